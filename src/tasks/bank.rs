//! The bank of real material for natural scenes: views of panoramas and named stickers.
//!
//! One safetensors file of encoded pictures (data/build_bank.py says how it is laid out and made);
//! native code and the page read the same bytes.

use std::path::Path;

use image::{RgbImage, RgbaImage};
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;

use super::Split;
use crate::error::{Error, Result};
use crate::vq::decode::decode_plain;

/// The file's name inside the data folder.
pub const FILE: &str = "bank.safetensors";

/// The file is at most so long.
const LARGEST: u64 = 1 << 30;

/// The sticker style that training never shows.
const UNSEEN_STYLE: &str = "twemoji";

/// The styles of Mini Omni-Bench; training has more, so that a thing is known by its shape.
const BENCH_STYLES: [&str; 2] = ["fluent", "noto"];

struct Scene {
    held_out: bool,
    picture: RgbImage,
}

struct Sticker {
    style: String,
    name: String,
    picture: RgbaImage,
}

/// Backgrounds and stickers for natural scenes, decoded.
#[derive(Default)]
pub struct Bank {
    names: Vec<String>,
    held_out_names: Vec<String>,
    scenes: Vec<Scene>,
    stickers: Vec<Sticker>,
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
        let words = |key: &str| -> Vec<String> {
            let text = header.metadata().as_ref().and_then(|map| map.get(key));
            text.map(|text| text.split_whitespace().map(String::from).collect()).unwrap_or_default()
        };
        let mut bank = Bank { names: words("names"), held_out_names: words("held_out_names"), ..Bank::default() };
        let mut entries: Vec<(&str, &[u8])> = tensors.iter().map(|(key, view)| (key, view.data())).collect();
        // The reader's order is by chance, and the order decides what a seed picks.
        entries.sort_unstable_by_key(|(key, _)| *key);
        for (key, data) in entries {
            let picture = || decode_plain(data).map_err(|e| broken(format!("{key}: {e}").trim_end_matches('.')));
            match key.split('/').collect::<Vec<_>>()[..] {
                [split, "scene", _, _] => {
                    bank.scenes.push(Scene { held_out: split != "train", picture: picture()?.to_rgb8() });
                }
                [_, "sticker", style, name] => bank.stickers.push(Sticker {
                    style: style.to_string(),
                    name: name.to_string(),
                    picture: picture()?.to_rgba8(),
                }),
                _ => return Err(broken(format!("\"{key}\" is no scene and no sticker"))),
            }
        }
        let has = |held_out: bool| bank.scenes.iter().any(|scene| scene.held_out == held_out);
        if bank.names.len() < 4 || !has(true) || !has(false) {
            return Err(broken("it lacks names or scenes"));
        }
        for name in &bank.names {
            for split in [Split::Train, Split::Test, Split::UnseenStyle] {
                if bank.styles(split, name).is_empty() {
                    return Err(broken(format!("there is no sticker of \"{name}\" for {split:?}")));
                }
            }
        }
        Ok(bank)
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

    /// Names that no question of training uses; their stickers are in the bank in every style.
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
        scenes.choose(rng).map(|scene| &scene.picture)
    }

    /// A name's sticker in a style by chance that the split allows.
    pub fn sticker(&self, split: Split, name: &str, rng: &mut ChaCha8Rng) -> Option<&RgbaImage> {
        self.styles(split, name).choose(rng).map(|sticker| &sticker.picture)
    }

    fn styles(&self, split: Split, name: &str) -> Vec<&Sticker> {
        let allowed = |style: &str| match split {
            Split::Train => style != UNSEEN_STYLE,
            Split::Test => BENCH_STYLES.contains(&style),
            Split::UnseenStyle => style == UNSEEN_STYLE,
        };
        self.stickers.iter().filter(|s| s.name == name && allowed(&s.style)).collect()
    }
}
