//! Mini Omni-Bench 2: 800 items by all hands of training, before all their cameras, with the paper's
//! split, made by seed from held-out scenes and phrasings.
//!
//! What is asked are the committed files in `data/mini-bench-2`, which any program can read. This makes
//! them, and knows the scenes behind their pictures, for pictures that are executed.

use std::collections::HashMap;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Line, Question, read_items};
use crate::error::{Error, Result};
use crate::model::checkpoint::write_file;
use crate::tasks::{Bank, Family, Item, SceneState, Split, TaskType, generate};

/// Where the files lie, from the repository's root.
pub const FOLDER: &str = "data/mini-bench-2";
/// The items, one a line; their pictures are beside it.
pub const ITEMS: &str = "items.jsonl";
/// No other seed of the program is near it.
const SEED: u64 = 0x03b4_0000_0000;

/// Its types, in the order by which their seeds are numbered: it stays what it is where other types come.
const TYPES: [TaskType; 19] = {
    use TaskType::*;
    [N1, N2, N3, N4, S1, S2, S3, S4, S5, D1, D2, D3, D4, D5, V1, V2, V3, V4, V5]
};

/// Items of each type: 100 natural, 200 structured, 200 diagrams, 300 operational in all.
fn share(family: Family) -> usize {
    match family {
        Family::Natural => 25,
        Family::Structured | Family::Diagram => 40,
        Family::Operational => 60,
    }
}

/// All items in the files' order. Each has a seed of its own, so none depends on the others.
pub fn items(bank: &Bank) -> impl Iterator<Item = Item> {
    let numbered = |(at, task_type): (usize, TaskType)| {
        (0..share(task_type.family())).map(move |number| (at as u64, task_type, number))
    };
    TYPES.into_iter().enumerate().flat_map(numbered).map(|(at, task_type, number)| {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED + (at << 16) + number as u64);
        let item = generate(bank, task_type, Split::Test, &mut rng);
        Item { id: format!("{task_type}-{number:02}"), ..item }
    })
}

/// The bytes of a picture's file: JPEG, so that a photographed sheet stays small.
pub fn encoded(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    let written =
        JpegEncoder::new_with_quality(&mut bytes, 92).write_image(picture, width, height, ExtendedColorType::Rgb8);
    written.map_err(|e| Error::picture(format!("A picture can't be written: {e}."), "Check the disk."))?;
    Ok(bytes)
}

fn picture_name(item: &Item) -> String {
    format!("{}.jpg", item.id)
}

/// The items file.
pub fn lines(items: &[Item]) -> String {
    let line = |item| serde_json::to_string(&Line::of(item, &picture_name(item))).expect("an item is valid JSON");
    items.iter().map(|item| line(item) + "\n").collect()
}

/// Writes the files into a folder.
pub fn write(bank: &Bank, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let items: Vec<Item> = items(bank).collect();
    for item in &items {
        write_file(&folder.join(picture_name(item)), &encoded(&item.picture)?)?;
    }
    write_file(&folder.join(ITEMS), lines(&items).as_bytes())
}

/// The committed questions. With a bank they know the scenes behind their pictures.
pub fn questions(folder: &Path, bank: Option<&Bank>) -> Result<Vec<Question>> {
    let mut questions = read_items(&folder.join(ITEMS))?;
    if let Some(bank) = bank {
        let mut states: HashMap<String, SceneState> =
            items(bank).filter_map(|item| Some((item.id, item.state?))).collect();
        for question in &mut questions {
            question.state = states.remove(&question.id);
        }
    }
    Ok(questions)
}

#[cfg(test)]
#[path = "mini_tests.rs"]
mod tests;
