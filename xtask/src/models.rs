//! `www/models/index.json` lists the files of the models with size and SHA-256, which the page
//! checks, and the kinds of tasks that each model was trained on, as its config.json says. Names and
//! titles in it are written by hand; this fills in the rest.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const INDEX: &str = "www/models/index.json";

/// Every entry of the index as the files are now.
pub fn refresh() -> Result<()> {
    let text = std::fs::read_to_string(INDEX).context(INDEX)?;
    let mut index: Value = serde_json::from_str(&text).context(INDEX)?;
    for file in files(&mut index) {
        let path = path_of(file)?;
        let bytes = std::fs::read(&path).with_context(|| format!("{}, listed in {INDEX}", path.display()))?;
        file["bytes"] = json!(bytes.len());
        file["sha256"] = json!(format!("{:x}", Sha256::digest(&bytes)));
    }
    for model in index["models"].as_array_mut().into_iter().flatten() {
        let files = model["files"].as_array().into_iter().flatten();
        let mut paths = files.filter_map(|file| file["path"].as_str());
        let config = paths.find(|path| path.ends_with("/config.json")).context("a model has no config.json")?;
        let config = std::fs::read(Path::new("www/models").join(config)).with_context(|| config.to_string())?;
        let config: Value = serde_json::from_slice(&config)?;
        if let Some(kinds) = config["omni_r1"].get("kinds") {
            model["kinds"] = kinds.clone();
        }
    }
    let fresh = serde_json::to_string_pretty(&index)? + "\n";
    if fresh != text {
        std::fs::write(INDEX, fresh)?;
        println!("{INDEX}: sizes and hashes brought up to date");
    }
    Ok(())
}

/// The index and its files into one folder that stands alone.
pub fn copy(to: &Path) -> Result<()> {
    let mut index: Value = serde_json::from_str(&std::fs::read_to_string(INDEX)?)?;
    for file in files(&mut index) {
        let from = path_of(file)?;
        // What lies elsewhere in the repository moves in beside the index.
        let path = file["path"].as_str().context("a path")?.trim_start_matches("../");
        let inside = to.join(path);
        std::fs::create_dir_all(inside.parent().context("a folder")?)?;
        std::fs::copy(&from, &inside).with_context(|| from.display().to_string())?;
        file["path"] = json!(path);
    }
    std::fs::write(to.join("index.json"), serde_json::to_string_pretty(&index)? + "\n")?;
    Ok(())
}

fn files(index: &mut Value) -> Vec<&mut Value> {
    let Some(index) = index.as_object_mut() else { return Vec::new() };
    let (mut models, mut bank) = (None, None);
    for (name, value) in index {
        match name.as_str() {
            "models" => models = value.as_array_mut(),
            "bank" => bank = Some(value),
            _ => {}
        }
    }
    let models = models.into_iter().flatten().filter_map(|model| model["files"].as_array_mut()).flatten();
    models.chain(bank).collect()
}

fn path_of(file: &Value) -> Result<PathBuf> {
    let path = file["path"].as_str().with_context(|| format!("{INDEX}: a file has no path"))?;
    Ok(Path::new("www/models").join(path))
}
