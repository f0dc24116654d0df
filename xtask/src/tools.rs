//! Where things are, and how to get the tools that a fresh machine lacks.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The repository's root, wherever cargo was started.
pub fn repository() -> PathBuf {
    // As cargo runs it: a target folder that clones share may hold the program that another clone built.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("xtask lies in the repository").to_path_buf()
}

/// The folder cargo builds into, by cargo's own account.
pub fn target_dir(sh: &Shell) -> Result<PathBuf> {
    let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let path = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(path))
}

pub fn has(sh: &Shell, program: &str) -> bool {
    cmd!(sh, "{program} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok()
}

/// The standard library for WebAssembly.
pub fn ensure_wasm_target(sh: &Shell) -> Result<()> {
    let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    cmd!(sh, "rustup target add {WASM_TARGET}")
        .run()
        .context("install the Rust target wasm32-unknown-unknown for your toolchain, then try again")
}

/// Chromium for the browser tests: the one that CHROMIUM names, one that is installed, or Debian's.
pub fn ensure_chromium(sh: &Shell) -> Result<PathBuf> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        ensure!(Path::new(&path).is_file(), "CHROMIUM names {path}, and there is no such file");
        return Ok(path.into());
    }
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    if let Some(path) = usual.iter().find(|path| Path::new(path).is_file()) {
        return Ok(path.into());
    }
    apt_install(sh, &["chromium"])
        .context("the browser tests need Chromium: install it and name it in the variable CHROMIUM")?;
    Ok("/usr/bin/chromium".into())
}

/// Firefox and WebKit for the tests of the main paths, which are left out where Debian's packages can't be had.
pub fn try_other_browsers(sh: &Shell) {
    let packages = [
        ("/usr/bin/firefox-esr", "firefox-esr"),
        ("/usr/bin/WebKitWebDriver", "webkit2gtk-driver"),
        ("/usr/bin/Xvfb", "xvfb"),
    ];
    let lacking = packages.into_iter().filter(|(program, _)| !Path::new(program).is_file());
    let lacking: Vec<&str> = lacking.map(|(_, package)| package).collect();
    if lacking.is_empty() {
        return;
    }
    if let Err(error) = apt_install(sh, &lacking) {
        println!("The tests that need {} are left out: {error:#}", lacking.join(" and "));
    }
}

/// What tests/browser needs to drive the browsers.
pub fn ensure_browser_tests(sh: &Shell) -> Result<()> {
    let _inside = sh.push_dir("tests/browser");
    if !sh.path_exists("node_modules/.package-lock.json") {
        cmd!(sh, "npm ci --no-audit --no-fund").run().context("the browser tests need Node.js 20 or newer")?;
    }
    Ok(())
}

/// Where PyTorch without CUDA is.
const TORCH: &str = "https://download.pytorch.org/whl/cpu";

/// A Python with PyTorch, and with the packages of some folders of the repository, in `target/<name>`.
pub fn ensure_torch(sh: &Shell, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let environment = target_dir(sh)?.join(name);
    let python = environment.join("bin/python");
    let wanted: String = packages.iter().map(|package| format!("./{package}\n")).collect();
    let stamp = environment.join("installed");
    if sh.path_exists(&stamp) && sh.read_file(&stamp)? == wanted {
        return Ok(python);
    }
    let newest = ["python3.13", "python3.12", "python3.11", "python3"].into_iter().find(|python| has(sh, python));
    let newest = newest.context("PyTorch needs Python 3.11 or newer")?;
    cmd!(sh, "{newest} -m venv {environment}").run().context("PyTorch needs Python 3.11 or newer with venv")?;
    let small = cmd!(sh, "{python} -m pip install --quiet torch --index-url {TORCH}").run();
    if small.is_err() {
        println!("PyTorch without CUDA can't be had from {TORCH}: taking the large package (5.6 GB) from PyPI.");
        cmd!(sh, "{python} -m pip install --quiet torch").run()?;
    }
    for package in wanted.lines() {
        cmd!(sh, "{python} -m pip install --quiet {package}").run()?;
    }
    sh.write_file(&stamp, wanted)?;
    Ok(python)
}

fn apt_install(sh: &Shell, packages: &[&str]) -> Result<()> {
    ensure!(has(sh, "apt-get"), "there is no apt-get to install {} with", packages.join(" and "));
    let root = cmd!(sh, "id -u").quiet().read()? == "0";
    let sudo: &[&str] = if root { &[] } else { &["sudo", "-n"] };
    let apt = [sudo, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]].concat();
    let (program, words) = apt.split_first().expect("a command has a first word");
    cmd!(sh, "{program} {words...} update").run()?;
    cmd!(sh, "{program} {words...} install -y --no-install-recommends {packages...}").run()?;
    Ok(())
}
