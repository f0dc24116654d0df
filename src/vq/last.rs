//! The picture that is looked at again and again: checked, asked about, asked about once more.

use crate::error::Result;
use crate::vq::pixels::decode_picture;
use image::RgbImage;
use std::rc::Rc;

/// Decodes a picture once, until another one comes.
#[derive(Default)]
pub struct LastPicture(Option<(Vec<u8>, Rc<RgbImage>)>);

impl LastPicture {
    pub const NONE: Self = Self(None);

    /// The picture of a file; errors as [`decode_picture`]'s, after which the last one is still there.
    pub fn of(&mut self, file: &[u8]) -> Result<Rc<RgbImage>> {
        match &self.0 {
            Some((known, picture)) if known == file => Ok(picture.clone()),
            _ => {
                let picture = Rc::new(decode_picture(file)?);
                self.0 = Some((file.to_vec(), picture.clone()));
                Ok(picture)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_decoded_once() {
        let file = |side: u32| crate::generate::events::png(&RgbImage::new(side, 4)).unwrap();
        let mut last = LastPicture::NONE;
        let first = last.of(&file(3)).unwrap();
        assert!(Rc::ptr_eq(&first, &last.of(&file(3)).unwrap()), "the same bytes are the same picture");
        assert!(last.of(b"no picture").is_err());
        assert!(Rc::ptr_eq(&first, &last.of(&file(3)).unwrap()), "what can't be read takes nobody's place");
        assert_eq!(last.of(&file(5)).unwrap().width(), 5);
        assert!(!Rc::ptr_eq(&first, &last.of(&file(3)).unwrap()), "one is kept");
    }
}
