//! Long-lived names: a file that others refer to gets a hash into its name, and they the new name. A
//! browser or host may then keep it for ever, and a page never runs with another version's parts.
//!
//! A reference is a quoted string that, read from the folder of the file in which it stands, is the path
//! of a file of the site. A name's hash is taken over the file and all that it leads to, so that two
//! files may refer to each other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use regex::{Captures, Regex};
use sha2::{Digest, Sha256};

/// Bytes by path, with `/` between folders.
pub type Site = BTreeMap<String, Vec<u8>>;

/// The site with new names for all files but those that `stays` keeps, and old names to new ones.
pub fn hashed(site: &Site, stays: impl Fn(&str) -> bool) -> Result<(Site, BTreeMap<String, String>)> {
    let quoted = Regex::new(r#"(["'])([^"' \t\r\n]+)(["'])"#)?;
    let references: BTreeMap<&str, BTreeSet<String>> = site
        .iter()
        .map(|(path, bytes)| {
            let found = text_of(path, bytes).map(|text| {
                let words = quoted.captures_iter(text).map(|word| resolve(path, &word[2]));
                words.flatten().filter(|found| site.contains_key(found)).collect()
            });
            (path.as_str(), found.unwrap_or_default())
        })
        .collect();
    let names: BTreeMap<String, String> = site
        .keys()
        .filter(|path| !stays(path))
        .map(|path| Ok((path.clone(), with_hash(path, &hash_of(path, site, &references))?)))
        .collect::<Result<_>>()?;
    let renamed = site.iter().map(|(path, bytes)| {
        let name = names.get(path).unwrap_or(path).clone();
        let Some(text) = text_of(path, bytes) else { return (name, bytes.clone()) };
        let text = quoted.replace_all(text, |word: &Captures| {
            let new = resolve(path, &word[2]).and_then(|found| names.get(&found));
            match new.and_then(|new| new.rsplit('/').next()) {
                // The folders stay: only what stands after the last slash is another.
                Some(new) => {
                    let folder = word[2].rfind('/').map_or("", |slash| &word[2][..=slash]);
                    format!("{}{folder}{new}{}", &word[1], &word[3])
                }
                None => word[0].to_string(),
            }
        });
        (name, text.into_owned().into_bytes())
    });
    Ok((renamed.collect(), names))
}

/// The text of a file that can refer to others.
fn text_of<'a>(path: &str, bytes: &'a [u8]) -> Option<&'a str> {
    const REFERRING: [&str; 5] = ["html", "js", "css", "json", "webmanifest"];
    let ending = path.rsplit('.').next()?;
    if REFERRING.contains(&ending) { std::str::from_utf8(bytes).ok() } else { None }
}

/// The path in the site that a reference names.
fn resolve(from: &str, reference: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            "" => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn hash_of(path: &str, site: &Site, references: &BTreeMap<&str, BTreeSet<String>>) -> String {
    let mut reached = BTreeSet::from([path]);
    let mut ahead = vec![path];
    while let Some(next) = ahead.pop() {
        ahead.extend(references[next].iter().map(String::as_str).filter(|found| reached.insert(found)));
    }
    let mut hash = Sha256::new();
    for path in reached {
        hash.update(path);
        hash.update(Sha256::digest(&site[path]));
    }
    format!("{:x}", hash.finalize())
}

/// `www/element.js` as `www/element.3f2a91c0de.js`.
fn with_hash(path: &str, hash: &str) -> Result<String> {
    let (name, ending) = path.rsplit_once('.').with_context(|| format!("{path} has no ending"))?;
    ensure!(!ending.contains('/'), "{path} has no ending");
    Ok(format!("{name}.{}.{ending}", &hash[..10]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Site {
        files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect()
    }

    fn text(site: &Site, path: &str) -> String {
        String::from_utf8(site[path].clone()).unwrap()
    }

    const FILES: [(&str, &str); 5] = [
        ("index.html", r#"<script src="www/a.js"></script><a href="www/nothing.js">"#),
        ("www/a.js", r#"import "./views/b.js"; new URL('c.png', import.meta.url); say("a.js is", `./views/b.js`);"#),
        ("www/views/b.js", r#"import "../a.js"; fetch("../list.json");"#),
        ("www/c.png", "picture"),
        ("www/list.json", r#"[{"file": "c.png"}]"#),
    ];

    #[test]
    fn files_and_references_get_the_same_new_names() {
        let (renamed, names) = hashed(&site(&FILES), |path| path == "index.html").unwrap();
        assert_eq!(renamed.len(), FILES.len());
        assert!(renamed.keys().all(|path| path == "index.html" || path.split('.').count() == 3));
        let page = text(&renamed, "index.html");
        assert!(page.contains(&format!("\"{}\"", names["www/a.js"])), "{page}");
        assert!(page.contains("www/nothing.js"), "{page}");
        let list = text(&renamed, &names["www/list.json"]);
        assert!(list.contains(&names["www/c.png"]["www/".len()..]), "{list}");
        let module = text(&renamed, &names["www/views/b.js"]);
        assert!(module.contains(&format!("../{}", &names["www/a.js"]["www/".len()..])), "{module}");
    }

    #[test]
    fn a_change_reaches_the_names_of_all_that_lead_to_it_and_of_no_other() {
        let (_, before) = hashed(&site(&FILES), |_| false).unwrap();
        let mut changed = site(&FILES);
        changed.insert("www/list.json".into(), b"[]".to_vec());
        let (_, after) = hashed(&changed, |_| false).unwrap();
        for (path, same) in
            [("www/a.js", false), ("www/views/b.js", false), ("www/list.json", false), ("www/c.png", true)]
        {
            assert_eq!(before[path] == after[path], same, "{path}");
        }
    }
}
