//! The folder in cargo's target in which the benchmarks in Chromium run: the files of xtask/race, what
//! npm installs for them, and our modules with the benchmarks in them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::{build, tools};

/// The folder, with the module for one device under its name, built now or before.
pub fn folder(sh: &Shell, module: build::Module, no_build: bool) -> Result<PathBuf> {
    let folder = tools::target_dir(sh)?.join("race");
    if !no_build {
        build::with_benchmarks(sh, module, &folder.join(module.name()))?;
    }
    copy(sh, Path::new("xtask/race"), &folder)?;
    if !sh.path_exists(folder.join("node_modules/.package-lock.json")) {
        let _inside = sh.push_dir(&folder);
        cmd!(sh, "npm install --no-audit --no-fund").run().context("the benchmarks need Node.js 20.11 or newer")?;
    }
    Ok(folder)
}

/// The files of a folder.
pub fn copy(sh: &Shell, from: &Path, to: &Path) -> Result<()> {
    sh.create_dir(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        if path.is_file() {
            sh.copy_file(&path, to)?;
        }
    }
    Ok(())
}
