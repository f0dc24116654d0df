//! The bank of scenes and stickers.

/// Backgrounds and stickers for natural scenes.
#[derive(Default)]
pub struct Bank;

impl Bank {
    /// A bank with nothing in it: enough for every kind that is drawn from nothing.
    pub fn empty() -> Bank {
        Bank
    }
}
