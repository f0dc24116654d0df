//! The bank of real material: backgrounds, named stickers and fonts.
//!
//! One safetensors file of encoded pictures and fonts (data/build_bank.py says how it is laid out and made);
//! native code and the page read the same bytes. A picture is decoded when it is first asked for, so that
//! thousands of them cost nothing to load.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use ab_glyph::FontVec;
use image::{DynamicImage, RgbImage, RgbaImage};
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;

use super::task_type::Split;
use crate::error::{Error, Result};

/// The file's name inside the data folder.
pub const FILE: &str = "bank.safetensors";

/// The file is at most so long.
const LARGEST: u64 = 1 << 30;

/// A picture as the file holds it, and decoded once somebody looked.
struct Picture<P> {
    encoded: Vec<u8>,
    decoded: OnceLock<P>,
}

impl<P: From<DynamicImage>> Picture<P> {
    fn new(encoded: &[u8]) -> Self {
        Self { encoded: encoded.to_vec(), decoded: OnceLock::new() }
    }

    fn get(&self) -> &P {
        let decode = || image::load_from_memory(&self.encoded).expect("the bank's checksum is right").into();
        self.decoded.get_or_init(decode)
    }
}

struct Scene {
    held_out: bool,
    picture: Picture<RgbImage>,
}

/// The glyphs of one name in one set.
struct Stickers {
    unseen: bool,
    glyphs: Vec<Picture<RgbaImage>>,
}

/// Backgrounds, stickers and fonts.
#[derive(Default)]
pub struct Bank {
    names: Vec<String>,
    held_out_names: Vec<String>,
    scenes: Vec<Scene>,
    /// By name, then by set.
    stickers: BTreeMap<String, BTreeMap<String, Stickers>>,
    /// Whether held out, and the font.
    fonts: Vec<(bool, Arc<FontVec>)>,
}

fn broken(what: impl std::fmt::Display) -> Error {
    Error::data(
        format!("The bank of pictures can't be used: {what}."),
        "Fetch data/bank.safetensors again, or make it with cargo xtask bank.",
    )
}

impl Bank {
    /// A bank with nothing in it: enough for every kind but the natural ones.
    pub fn empty() -> Bank {
        Bank::default()
    }

    /// Reads `bank.safetensors` in a folder, or the file itself.
    pub fn load(path: &Path) -> Result<Bank> {
        let path = if path.is_dir() { path.join(FILE) } else { path.to_path_buf() };
        let bytes = crate::input::read(&path, LARGEST)?;
        Bank::from_bytes(&bytes)
    }

    /// Reads the bytes of `bank.safetensors`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Bank> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let said = |key: &str| header.metadata().as_ref().and_then(|map| map.get(key)).map_or("", String::as_str);
        let words = |key: &str| said(key).split_whitespace().map(String::from).collect::<Vec<_>>();
        let unseen_sets = words("unseen_sets");
        let mut bank = Bank { names: words("names"), held_out_names: words("held_out_names"), ..Bank::default() };
        let mut entries: Vec<(&str, &[u8])> = tensors.iter().map(|(key, view)| (key, view.data())).collect();
        // The reader's order is by chance, and the order decides what a seed picks.
        entries.sort_unstable_by_key(|(key, _)| *key);
        if said("checksum") != checksum(entries.iter().map(|(_, data)| *data)) {
            return Err(broken("its checksum is wrong, so it is damaged or of another version"));
        }
        for (key, data) in entries {
            match key.split('/').collect::<Vec<_>>()[..] {
                [split, "scene", _, _] => {
                    bank.scenes.push(Scene { held_out: split != "train", picture: Picture::new(data) });
                }
                [_, "sticker", set, glyph] => {
                    let name = glyph.split_once('~').map_or(glyph, |(name, _)| name);
                    let sets = bank.stickers.entry(name.to_string()).or_default();
                    let unseen = unseen_sets.iter().any(|unseen| unseen == set);
                    let stickers = || Stickers { unseen, glyphs: Vec::new() };
                    sets.entry(set.to_string()).or_insert_with(stickers).glyphs.push(Picture::new(data));
                }
                [split, "font", _] => {
                    let font = FontVec::try_from_vec(data.to_vec()).map_err(|e| broken(format!("{key}: {e}")))?;
                    bank.fonts.push((split != "train", Arc::new(font)));
                }
                _ => return Err(broken(format!("\"{key}\" is no scene, no sticker and no font"))),
            }
        }
        bank.complete()
    }

    /// The bank if every split finds what it needs in it.
    fn complete(self) -> Result<Bank> {
        let both = |has: &dyn Fn(bool) -> bool| has(true) && has(false);
        let scenes = both(&|held_out| self.scenes.iter().any(|scene| scene.held_out == held_out));
        let fonts = both(&|held_out| self.fonts.iter().any(|(held, _)| *held == held_out));
        if self.names.len() < 4 || !scenes || !fonts {
            return Err(broken("it lacks names, scenes or fonts"));
        }
        for name in self.names.iter().chain(&self.held_out_names) {
            for split in [Split::Train, Split::Test, Split::UnseenHand] {
                if self.sets(split, name).is_empty() {
                    return Err(broken(format!("there is no sticker of \"{name}\" for {split:?}")));
                }
            }
        }
        Ok(self)
    }

    /// The bank with the held-out scenes alone, or, for both splits, with those of training.
    #[cfg(test)]
    pub fn scenes_alone(mut self, held_out: bool) -> Bank {
        self.scenes.retain(|scene| scene.held_out == held_out);
        self.scenes.iter_mut().for_each(|scene| scene.held_out = true);
        self
    }

    /// Whether there is material for natural scenes.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names that questions use, the easiest to tell apart first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names that no question of training uses; their stickers are in the bank in every set that has them.
    pub fn held_out_names(&self) -> &[String] {
        &self.held_out_names
    }

    /// Whether a name may be asked for, in training or only in tests.
    pub fn knows(&self, name: &str) -> bool {
        self.names.iter().chain(&self.held_out_names).any(|known| known == name)
    }

    /// A background by chance: training scenes for training, held-out ones for tests.
    pub fn scene(&self, split: Split, rng: &mut ChaCha8Rng) -> Option<&RgbImage> {
        let held_out = split != Split::Train;
        let scenes: Vec<&Scene> = self.scenes.iter().filter(|scene| scene.held_out == held_out).collect();
        scenes.choose(rng).map(|scene| scene.picture.get())
    }

    /// A name's sticker: a set by chance that the split allows, and a glyph of it by chance. Sets that draw in
    /// plain ink have black stickers ([`is_ink`]), which show on a light ground, or recoloured.
    pub fn sticker(&self, split: Split, name: &str, rng: &mut ChaCha8Rng) -> Option<&RgbaImage> {
        self.sets(split, name).choose(rng)?.glyphs.choose(rng).map(Picture::get)
    }

    /// A font by chance: those of training for training, held-out ones for tests.
    pub fn font(&self, split: Split, rng: &mut ChaCha8Rng) -> Option<Arc<FontVec>> {
        let held_out = split != Split::Train;
        let fonts: Vec<&Arc<FontVec>> =
            self.fonts.iter().filter(|(held, _)| *held == held_out).map(|(_, f)| f).collect();
        fonts.choose(rng).map(|font| Arc::clone(font))
    }

    fn sets(&self, split: Split, name: &str) -> Vec<&Stickers> {
        let unseen = split == Split::UnseenHand;
        let sets = self.stickers.get(name).into_iter().flat_map(BTreeMap::values);
        sets.filter(|stickers| stickers.unseen == unseen).collect()
    }
}

/// Whether a sticker is drawn in plain ink: all that can be seen of it is black.
pub fn is_ink(sticker: &RgbaImage) -> bool {
    sticker.pixels().all(|pixel| pixel[3] == 0 || pixel.0[..3] == [0; 3])
}

/// FNV-1a with 64 bits, in hexadecimal.
fn checksum<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", parts.flatten().fold(0xcbf2_9ce4_8422_2325, mix))
}
