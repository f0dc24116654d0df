//! The service worker of the folder: www/sw.js with the lists of what it keeps before it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::names::Site;

const HEAD_ENDS: &str = "</head>";

/// A page with more tags in its head.
pub fn in_head(page: &str, tags: &[String]) -> Result<String> {
    let (head, rest) = page.split_once(HEAD_ENDS).context("index.html has no head")?;
    let tags: String = tags.iter().map(|tag| format!("  {tag}\n  ")).collect();
    Ok(format!("{head}{tags}{HEAD_ENDS}{rest}"))
}

/// Adds `sw.js`, and its name to the page.
pub fn add(site: &mut Site, names: &BTreeMap<String, String>, script: &[u8]) -> Result<()> {
    let page = String::from_utf8(site["index.html"].clone())?;
    // Only what `dist` wrote has a service worker.
    let named = in_head(&page, &["<meta name=\"omni-offline\" content=\"sw.js\">".into()])?;
    site.insert("index.html".into(), named.into_bytes());
    let mut contents = lists(site, names);
    let version = format!("{:x}", Sha256::digest([contents.to_string().as_bytes(), script].concat()));
    contents["VERSION"] = json!(version[..16]);
    site.insert("sw.js".into(), [format!("self.CONTENTS = {contents};\n").as_bytes(), script].concat());
    Ok(())
}

/// `PAGES` keep their names, with hashes by which a new one is told from an old one; `FILES` and the
/// `PROGRAMS` by module have names of their own, and hashes as `integrity` takes them.
fn lists(site: &Site, names: &BTreeMap<String, String>) -> serde_json::Value {
    let digest = |path: &str| format!("sha256-{}", base64(&Sha256::digest(&site[path])));
    let (mut files, mut programs) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for path in names.values() {
        match path.strip_prefix("www/wasm/").and_then(|rest| rest.split('/').next()) {
            Some(module) => programs.entry(module).or_default().push(json!([path, digest(path)])),
            None => files.push(json!([path, digest(path)])),
        }
    }
    let lists_models = |path: &str| path.starts_with("www/models/") && path != "www/models/index.json";
    let pages = site.keys().filter(|path| path.starts_with("www/") || path.ends_with(".html"));
    let pages = pages.filter(|path| !lists_models(path) && !names.values().any(|name| name == *path));
    let pages: Vec<_> = pages.map(|path| json!([path, digest(path)])).collect();
    json!({ "PAGES": pages, "FILES": files, "PROGRAMS": programs })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let number = (0..3).fold(0, |number, i| number << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        (0..4).map(move |i| if i > three.len() { b'=' } else { LETTERS[(number >> (18 - 6 * i)) as usize & 63] })
    });
    letters.map(char::from).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_as_browsers_read_it() {
        for (bytes, letters) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(super::base64(bytes.as_bytes()), letters);
        }
    }
}
