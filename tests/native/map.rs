//! The README's map names every folder that there is, and nothing that isn't there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Folders that tools make, which nobody reads.
const MADE: [&str; 5] = ["target", "runs", "node_modules", "wasm", "__pycache__"];

/// What the map names, as paths of the repository.
fn named() -> BTreeSet<PathBuf> {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let map = readme.split("## The map\n```\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("a map");
    let (mut names, mut folder) = (BTreeSet::new(), PathBuf::new());
    for line in map.lines() {
        let inner = line.starts_with(' ');
        for name in line.trim_start().split("  ").next().unwrap_or_default().split(' ') {
            let path = if inner { folder.join(name) } else { PathBuf::from(name) };
            if !inner && name.ends_with('/') {
                folder.clone_from(&path);
            }
            names.insert(path.components().collect());
        }
    }
    names
}

fn folders(of: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join(of)).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| !name.starts_with('.') && !MADE.contains(&name.as_str()))
        .map(|name| Path::new(of).join(name))
        .collect()
}

#[test]
fn all_that_the_map_names_is_there() {
    let missing: Vec<PathBuf> = named().into_iter().filter(|path| !Path::new(ROOT).join(path).exists()).collect();
    assert!(missing.is_empty(), "the map names what is not there: {missing:?}");
}

#[test]
fn the_map_names_every_folder() {
    let names = named();
    let unnamed: Vec<PathBuf> =
        ["", "src", "www"].into_iter().flat_map(folders).filter(|folder| !names.contains(folder)).collect();
    assert!(unnamed.is_empty(), "the map doesn't name {unnamed:?}");
}

/// What "To add" names: files and folders, and each name that is said to stand in one, such as "`HANDS` (`path`)".
#[test]
fn what_is_to_be_added_to_is_there() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let section = readme.split("## To add\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let quoted: Vec<&str> = section.split('`').collect();
    // What is between backquotes, with the text before and the name before that.
    for at in (1..quoted.len()).step_by(2).filter(|at| quoted[*at].contains('/')) {
        let path = Path::new(ROOT).join(quoted[at]);
        assert!(path.exists(), "{} isn't there", quoted[at]);
        if at > 1 && quoted[at - 1] == " (" {
            let name = quoted[at - 2].trim_end_matches('!');
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(name), "{name} isn't in {}", quoted[at]);
        }
    }
}
