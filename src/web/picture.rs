//! The picture that the page gives: looked at, asked about, asked about once more.

use crate::error::Result;
use crate::vq::last::LastPicture;
use std::cell::RefCell;
use std::rc::Rc;

/// The picture of a file. What was looked at last isn't decoded again.
pub fn decoded(file: &[u8]) -> Result<Rc<image::RgbImage>> {
    thread_local! { static LAST: RefCell<LastPicture> = const { RefCell::new(LastPicture::NONE) }; }
    LAST.with_borrow_mut(|last| last.of(file))
}
