//! `cargo xtask dist`: the page as one folder for any static host, under any path. Names that hold a hash
//! of what is in them may be kept for ever; each file that compression makes smaller has siblings
//! (`.br`, `.gz`) for hosts that send them; what a visitor downloads is checked against the budget.

mod names;
mod preview;
mod worker;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xshell::Shell;

use crate::encode::{self, Encoding};
use crate::models::{self, Wanted};
use crate::{build, tools};
use names::Site;

#[derive(clap::Args)]
pub struct Dist {
    /// The folder to write: a new one, an empty one, or one that this command wrote before.
    #[arg(long)]
    pub out: PathBuf,
    /// Take the modules that were built before.
    #[arg(long)]
    pub no_build: bool,
    /// Where the folder will be found, such as https://example.org/omni-r1/: links to it that people share then
    /// show a picture.
    #[arg(long)]
    pub url: Option<String>,
}

/// Says that a folder was written by this command, and may be replaced by it.
const MARK: &str = ".omni-r1-dist";
/// What comes before the weights, compressed: the page and the largest of its modules.
const PAGE_LIMIT: u64 = 3 << 20;
/// The weights of the model that answers where none is named.
const WEIGHTS_LIMIT: u64 = 12 << 20;
/// Others come in by these names, from outside or by habit of a browser.
const STAYS: [&str; 4] = ["www/embed.html", "www/element.js", "www/manifest.webmanifest", "www/models/index.json"];
const ELEMENT: &str = "www/element.js";

impl Dist {
    pub fn run(&self, sh: &Shell) -> Result<()> {
        // Before a build of minutes.
        free(&self.out)?;
        if !self.no_build {
            build::page(sh, None)?;
        }
        let site = site(self.url.as_deref())?;
        let compressed = compressed(&site, &self.out)?;
        check_budget(&site, &compressed)?;
        write(&self.out, &site, &compressed)?;
        println!("{}: {} files. Any static host can serve it, under any path.", self.out.display(), site.len());
        Ok(())
    }
}

/// Every file of the page by its path in the folder.
fn site(url: Option<&str>) -> Result<Site> {
    let root = tools::repository();
    let mut site = Site::new();
    for name in ["index.html", "kernels.html", "LICENSE-MIT", "LICENSE-APACHE", "CREDITS.md"] {
        site.insert(name.into(), fs::read(root.join(name)).with_context(|| name.to_string())?);
    }
    collect(&root.join("www"), "www", &mut site)?;
    ensure!(
        site.contains_key("www/wasm/cpu/omni_r1_bg.wasm"),
        "www/wasm has no modules: run this without --no-build, or `cargo xtask build` before"
    );
    let by_hash = |path: &str, hash: &str| match path.split_once('/') {
        Some((folder, name)) => format!("{folder}-{}/{name}", &hash[..10]),
        None => format!("{}/{path}", &hash[..10]),
    };
    for (path, bytes) in models::gather(Wanted::All, by_hash)? {
        site.insert(format!("www/models/{path}"), bytes);
    }
    let script = site.remove("www/sw.js").context("www/sw.js is missing")?;
    let stays = |path: &str| !path.contains('/') || path.starts_with("www/models/") || STAYS.contains(&path);
    // Under its old name the element is a door to the new one.
    let (mut site, names) = names::hashed(&site, |path| stays(path) && path != ELEMENT)?;
    let element = names[ELEMENT].rsplit('/').next().context("a name")?;
    site.insert(ELEMENT.into(), format!("export * from \"./{element}\";\n").into_bytes());
    if let Some(url) = url {
        let picture = root.join("docs").join(preview::PICTURE);
        preview::add(&mut site, fs::read(&picture).with_context(|| picture.display().to_string())?, url)?;
    }
    worker::add(&mut site, &names, &script)?;
    Ok(site)
}

/// Files of a folder that belong to the page; models come by their index.
fn collect(folder: &Path, name: &str, site: &mut Site) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let own = path.file_name().and_then(|own| own.to_str()).context("a file name that is no text")?;
        let inside = format!("{name}/{own}");
        if path.is_dir() && inside != "www/models" {
            collect(&path, &inside, site)?;
        } else if path.is_file() && !own.ends_with(".ts") && !own.starts_with('.') {
            site.insert(inside, fs::read(&path)?);
        }
    }
    Ok(())
}

type Compressed = BTreeMap<(String, &'static str), Vec<u8>>;

/// The siblings, but those that would be no smaller; all processors at work, but for what the folder has
/// from before.
fn compressed(site: &Site, out: &Path) -> Result<Compressed> {
    let jobs: Vec<_> = site
        .iter()
        .filter(|(path, _)| encode::pays(Path::new(path)))
        .flat_map(|(path, bytes)| Encoding::ALL.map(|encoding| (path, bytes, encoding)))
        .collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> Result<Vec<_>> {
        let mut done = Vec::new();
        while let Some((path, bytes, encoding)) = jobs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            // A run that was killed may have left half of one.
            let before = fs::read(out.join(format!("{path}.{}", encoding.ending()))).ok();
            let before = before.filter(|packed| encoding.unpacked(packed).is_ok_and(|unpacked| unpacked == **bytes));
            let packed = before.map_or_else(|| encoding.smallest(bytes), Ok)?;
            if packed.len() < bytes.len() {
                done.push(((path.to_string(), encoding.ending()), packed));
            }
        }
        Ok(done)
    };
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("compression doesn't panic"));
        Ok(done.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    })
}

/// Lessons, and what they alone use: they come when Learn is opened.
const LATER: [&str; 2] = ["www/lessons/", "www/vendor/"];

/// What a visitor who asks downloads at most before the weights, by gzip, which is the larger of both:
/// the page with the views and pictures, and one module.
fn check_budget(site: &Site, compressed: &Compressed) -> Result<()> {
    let size = |path: &String, bytes: &Vec<u8>| compressed.get(&(path.clone(), "gz")).unwrap_or(bytes).len() as u64;
    let (mut page, mut modules) = (Vec::new(), Vec::new());
    for (path, bytes) in site.iter().filter(|(path, _)| path.starts_with("www/") || path.ends_with(".html")) {
        match path.strip_prefix("www/wasm/").and_then(|rest| rest.split('/').next()) {
            Some(module) => modules.push((module.to_string(), size(path, bytes))),
            None if LATER.iter().any(|folder| path.starts_with(folder)) => {}
            None if !path.starts_with("www/models/") => page.push((path.clone(), size(path, bytes))),
            None => {}
        }
    }
    let mut by_module = BTreeMap::<_, u64>::new();
    for (module, size) in modules {
        *by_module.entry(module).or_default() += size;
    }
    let (module, largest) = by_module.into_iter().max_by_key(|(_, size)| *size).context("the page has no module")?;
    let total = largest + page.iter().map(|(_, size)| size).sum::<u64>();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "before the weights: {:.2} MiB with gzip, {:.2} MiB of them the {module} module",
        mib(total),
        mib(largest)
    );
    if total > PAGE_LIMIT {
        page.push((format!("the {module} module"), largest));
        page.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        let heaviest: Vec<_> = page.iter().take(5).map(|(name, size)| format!("{name} {:.2}", mib(*size))).collect();
        bail!(
            "a visitor downloads {:.2} MiB with gzip before the weights, and the budget is {:.2} MiB; the heaviest: {}",
            mib(total),
            mib(PAGE_LIMIT),
            heaviest.join(", ")
        );
    }
    let weights = models::default_size()?;
    println!("the default model: {:.2} MiB", mib(weights));
    ensure!(
        weights <= WEIGHTS_LIMIT,
        "the default model has {:.2} MiB, and the budget is {:.2} MiB: name a smaller one as `default` in \
         www/models/index.json",
        mib(weights),
        mib(WEIGHTS_LIMIT)
    );
    Ok(())
}

/// Refuses a folder that holds anything else.
fn free(out: &Path) -> Result<()> {
    let Ok(mut entries) = fs::read_dir(out) else {
        ensure!(!out.exists(), "{} is a file: name a folder", out.display());
        return Ok(());
    };
    ensure!(
        entries.next().is_none() || out.join(MARK).is_file(),
        "{} holds files that this command didn't write: name an empty folder",
        out.display()
    );
    Ok(())
}

fn write(out: &Path, site: &Site, compressed: &Compressed) -> Result<()> {
    if out.join(MARK).is_file() {
        for entry in fs::read_dir(out)? {
            let path = entry?.path();
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
    }
    let put = |path: &str, bytes: &[u8]| -> Result<()> {
        let to = out.join(path);
        fs::create_dir_all(to.parent().context("a folder")?)?;
        fs::write(&to, bytes).with_context(|| to.display().to_string())
    };
    put(MARK, b"Written by `cargo xtask dist`, which replaces all of this folder.\n")?;
    for (path, bytes) in site {
        put(path, bytes)?;
    }
    for ((path, ending), bytes) in compressed {
        put(&format!("{path}.{ending}"), bytes)?;
    }
    Ok(())
}
