//! The page's WebAssembly modules, all from the one library: `cpu`, which works everywhere and is
//! small, `relaxed`, the same for browsers with fused multiply-adds, and `webgpu`, which the page fetches
//! only when it has found a real graphics processor. Then the npm package, which is the page's own
//! modules beside a README.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

use crate::{models, sizes, tools};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Module {
    Cpu,
    Relaxed,
    Webgpu,
}

impl Module {
    const ALL: [Module; 3] = [Module::Cpu, Module::Relaxed, Module::Webgpu];

    /// Where the arithmetic runs in shaders, our own code is built for size: 8% less to download.
    fn own_code(self) -> &'static [&'static str] {
        match self {
            Module::Cpu | Module::Relaxed => &[],
            Module::Webgpu => &["--config", r#"profile.dist.package.omni-r1-web.opt-level="z""#],
        }
    }

    /// Its folder, and the cargo feature that makes it.
    pub fn name(self) -> &'static str {
        match self {
            Module::Cpu => "cpu",
            Module::Relaxed => "relaxed",
            Module::Webgpu => "webgpu",
        }
    }

    /// What the program in it calls the device that it computes on.
    pub fn device(self) -> &'static str {
        match self {
            Module::Cpu | Module::Relaxed => "cpu",
            Module::Webgpu => "webgpu",
        }
    }
}

/// A visitor downloads one of the modules; neither may be larger than this after gzip.
const LIMIT: usize = 3 * 1024 * 1024;

const WASM: &str = "omni_r1_bg.wasm";

/// Modules into `www/wasm`, package into `pkg`.
pub fn page(sh: &Shell, only: Option<Module>) -> Result<()> {
    tools::ensure_wasm_target(sh)?;
    for module in Module::ALL {
        if only.is_none_or(|only| only == module) {
            build(sh, module)?;
        }
    }
    if only.is_none() {
        models::refresh()?;
        package(sh)?;
    }
    Ok(())
}

/// A module with the benchmarks in it, which the page never has.
pub fn with_benchmarks(sh: &Shell, module: Module, out: &Path) -> Result<()> {
    tools::ensure_wasm_target(sh)?;
    let compiled = compile(sh, module, &["bench"])?;
    check_constructors(&compiled)?;
    bind(&compiled, out)
}

fn build(sh: &Shell, module: Module) -> Result<()> {
    let name = module.name();
    let compiled = compile(sh, module, &[])?;
    let out = Path::new("www/wasm").join(name);
    let shipped = out.join(WASM);
    if is_newer(&shipped, &compiled) {
        println!("{}", sizes::line(&shipped)?);
        return Ok(());
    }
    check_constructors(&compiled)?;
    // Finished elsewhere first: what lies in www is whole at any time.
    let unfinished = compiled.with_extension("unfinished");
    bind(&compiled, &unfinished)?;
    copy_code(sh, &unfinished, &out)?;
    println!("{}", sizes::line(&shipped)?);
    let (_, gzip) = sizes::of(&shipped)?;
    ensure!(gzip <= LIMIT, "the {name} module is {gzip} bytes after gzip; the page allows {LIMIT}");
    Ok(())
}

/// The library as a cdylib, its path in cargo's target folder. The target's rustflags stand in
/// .cargo/config.toml; a RUSTFLAGS of the caller's would silently replace them.
fn compile(sh: &Shell, module: Module, more: &[&str]) -> Result<PathBuf> {
    let (target, own_code) = (tools::WASM_TARGET, module.own_code());
    let features = [&[module.name()], more].concat().join(",");
    cmd!(
        sh,
        "cargo rustc --lib --crate-type cdylib --profile dist --target {target} --no-default-features --features {features} {own_code...}"
    )
    .env_remove("RUSTFLAGS")
    .env_remove("CARGO_ENCODED_RUSTFLAGS")
    .run()?;
    let built = tools::target_dir(sh)?.join(target).join("dist/omni_r1_web.wasm");
    // All modules have the same file name in the target folder: keep each under its own.
    let kept = built.with_file_name(format!("{}.wasm", features.replace(',', "-")));
    if !same_bytes(&built, &kept) {
        std::fs::copy(&built, &kept).with_context(|| built.display().to_string())?;
    }
    Ok(kept)
}

/// When nothing refers to `__wasm_call_ctors`, the linker wraps every export in a
/// `*.command_export` that runs all static constructors at each call from JavaScript: with
/// CubeCL's in the module, 4.5 ms a call instead of microseconds. The start function in
/// src/web.rs refers to it; this checks that it still does.
fn check_constructors(compiled: &Path) -> Result<()> {
    let bytes = std::fs::read(compiled)?;
    let wrapped = bytes.windows(14).any(|window| window == b"command_export");
    ensure!(!wrapped, "{}: exports re-run the static constructors (command_export)", compiled.display());
    Ok(())
}

/// The JavaScript side, for the web.
fn bind(compiled: &Path, out: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(true)
        .out_name("omni_r1")
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
        .with_context(|| format!("wasm-bindgen on {}", compiled.display()))
}

/// `pkg/` holds README.md, package.json and the types by hand or by tsc; the rest is copied from the page.
pub fn package(sh: &Shell) -> Result<()> {
    for made in ["views", "lessons", "vendor", "wasm", "models"] {
        sh.remove_path(Path::new("pkg").join(made))?;
    }
    copy_code(sh, Path::new("www"), Path::new("pkg"))?;
    let modules = Module::ALL.into_iter().filter(|module| *module != Module::Relaxed);
    let modules: Vec<_> = modules.map(|module| format!("wasm/{}", module.name())).collect();
    for folder in modules.iter().map(String::as_str).chain(["views", "lessons", "vendor"]) {
        copy_code(sh, &Path::new("www").join(folder), &Path::new("pkg").join(folder))?;
    }
    // There is no room for it: the other module for the CPU does the same, more slowly.
    let script = sh.read_file("www/modules.js")?;
    sh.write_file("pkg/modules.js", script.replace("./wasm/relaxed/", "./wasm/cpu/"))?;
    for (path, bytes) in models::for_package()? {
        sh.write_file(Path::new("pkg").join(path), bytes)?;
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        sh.copy_file(licence, "pkg")?;
    }
    println!("pkg: the npm package is complete");
    Ok(())
}

/// Modules, styles and WebAssembly of one folder, without what belongs to the page alone.
fn copy_code(sh: &Shell, from: &Path, to: &Path) -> Result<()> {
    const PAGE_ALONE: [&str; 6] = ["main.js", "offline.js", "sw.js", "style.css", "kernels.js", "kernels.css"];
    sh.create_dir(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let code = path.extension().is_some_and(|kind| ["js", "css", "wasm", "ts"].iter().any(|code| kind == *code));
        if code && !PAGE_ALONE.iter().any(|name| path.ends_with(name)) {
            sh.copy_file(&path, to)?;
        }
    }
    Ok(())
}

fn is_newer(this: &Path, other: &Path) -> bool {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    matches!((modified(this), modified(other)), (Some(this), Some(other)) if this > other)
}

fn same_bytes(this: &Path, other: &Path) -> bool {
    matches!((std::fs::read(this), std::fs::read(other)), (Ok(this), Ok(other)) if this == other)
}
