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

/// What the index lists as files of one folder that stands alone, the index with their new paths among
/// them; `named` may give a path yet another name, by the file's hash.
pub fn gather(wanted: Wanted, named: impl Fn(&str, &str) -> String) -> Result<Vec<(String, Vec<u8>)>> {
    let mut index: Value = serde_json::from_str(&std::fs::read_to_string(INDEX)?)?;
    if wanted == Wanted::Default {
        let default = index["default"].clone();
        let models = index["models"].as_array_mut().context("the index lists no models")?;
        models.retain(|model| model["id"] == default);
        index.as_object_mut().context("the index is no object")?.remove("bank");
    }
    let mut gathered = Vec::new();
    for file in files(&mut index) {
        let from = path_of(file)?;
        let hash = file["sha256"].as_str().context("a file has no hash")?;
        // What lies elsewhere in the repository moves in beside the index.
        let path = named(file["path"].as_str().context("a file has no path")?.trim_start_matches("../"), hash);
        gathered.push((path.clone(), std::fs::read(&from).with_context(|| from.display().to_string())?));
        file["path"] = json!(path);
    }
    gathered.push(("index.json".into(), (serde_json::to_string_pretty(&index)? + "\n").into_bytes()));
    Ok(gathered)
}

#[derive(Clone, Copy, PartialEq)]
pub enum Wanted {
    /// Every model, and the photos for surprises.
    All,
    /// What an element shows that names no model.
    Default,
}

/// The default model for the npm package: files below `models`, and the index as www/list.js. Bundlers take
/// along what they find as `new URL`, under other names. Weights have their even bytes first and then their
/// odd ones, which makes the package a sixteenth smaller.
pub fn for_package() -> Result<Vec<(String, Vec<u8>)>> {
    let mut gathered = gather(Wanted::Default, |path, _| path.replace(WEIGHTS, PLANES))?;
    let (_, index) = gathered.pop().context("an index")?;
    let mut index: Value = serde_json::from_slice(&index)?;
    for file in files(&mut index) {
        let path = file["path"].as_str().context("a file has no path")?.to_string();
        if path.ends_with(PLANES) {
            file["planes"] = json!(true);
        }
        file["name"] = json!(path.replace(PLANES, WEIGHTS).rsplit('/').next());
        file["path"] = json!(format!("<./models/{path}>"));
    }
    for (path, bytes) in &mut gathered {
        if path.ends_with(PLANES) {
            *bytes = bytes.iter().step_by(2).chain(bytes.iter().skip(1).step_by(2)).copied().collect();
        }
        *path = format!("models/{path}");
    }
    let list = serde_json::to_string_pretty(&index)?;
    let list = list.replace("\"<", "new URL(\"").replace(">\"", "\", import.meta.url).href");
    let list = format!(
        "/** The models that are in this package. */\n\nexport const SAMPLES = null;\n\n\
         export const INDEX = new URL(import.meta.url);\n\nexport const LISTED = {list};\n"
    );
    gathered.push(("list.js".into(), list.into_bytes()));
    Ok(gathered)
}

const WEIGHTS: &str = "model.safetensors";
const PLANES: &str = "model.planes";

/// How many bytes a visitor fetches of the model that answers where none is named.
pub fn default_size() -> Result<u64> {
    let index: Value = serde_json::from_str(&std::fs::read_to_string(INDEX)?)?;
    let models = index["models"].as_array().context("the index lists no models")?;
    let model = models.iter().find(|model| model["id"] == index["default"]).context("there is no default model")?;
    let files = model["files"].as_array().context("a model has no files")?;
    Ok(files.iter().filter_map(|file| file["bytes"].as_u64()).sum())
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
