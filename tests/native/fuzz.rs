//! Damaged, truncated and hostile files for everything that is read from the world: none may panic, abort, hang
//! for ten seconds or take a gigabyte. `cargo test` runs some thousand cases, `cargo xtask fuzz` as many as
//! wanted; a case is made again by its number.
//!
//! Cases run in a second process, which this one watches: a case that ends it is named, and the next one begins
//! a new process.

#[path = "fuzz/guard.rs"]
mod guard;
#[path = "fuzz/loaders.rs"]
mod loaders;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/seeds.rs"]
mod seeds;

use loaders::Loader;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

#[global_allocator]
static ALLOCATOR: guard::Capped = guard::Capped;

/// Of the cases; another one gives other cases.
const SEED: u64 = 0xf022;
const CASES: u64 = 4_000;
/// Failures that are told before the rest isn't looked at any more.
const MOST_FAILURES: usize = 20;

#[derive(Default)]
struct Wishes {
    cases: Option<u64>,
    seed: Option<u64>,
    /// Cases of this loader alone.
    only: Option<String>,
    /// This case alone, in this process; its bytes go into the file of `save`.
    case: Option<u64>,
    save: Option<String>,
    /// In the second process: the first case, and where the number of the case at work is kept.
    from: Option<u64>,
    at: Option<String>,
}

fn wishes() -> Option<Wishes> {
    let mut wishes = Wishes::default();
    for argument in std::env::args().skip(1) {
        let (name, value) = argument.split_once('=').unwrap_or((&argument, ""));
        match name {
            "--cases" => wishes.cases = value.parse().ok(),
            "--seed" => wishes.seed = value.parse().ok(),
            "--only" => wishes.only = Some(value.into()),
            "--case" => wishes.case = value.parse().ok(),
            "--save" => wishes.save = Some(value.into()),
            "--from" => wishes.from = value.parse().ok(),
            "--at" => wishes.at = Some(value.into()),
            // `cargo test NAME` names other tests, `--list` and the like are for the usual harness.
            _ if name.starts_with('-') || "fuzz".contains(name) => {}
            _ => return None,
        }
    }
    Some(wishes)
}

fn main() -> ExitCode {
    let Some(wishes) = wishes() else { return ExitCode::SUCCESS };
    match (&wishes.at, wishes.case) {
        (Some(at), _) => child(&wishes, at),
        (None, Some(case)) => one(&wishes, case),
        (None, None) => parent(&wishes),
    }
}

/// The case of a number: what reads it, and its bytes.
fn case<'a>(loaders: &'a [Loader], wishes: &Wishes, number: u64) -> (&'a Loader, Vec<u8>) {
    let loader = &loaders[(number % loaders.len() as u64) as usize];
    let mut rng = ChaCha8Rng::seed_from_u64(wishes.seed.unwrap_or(SEED));
    rng.set_stream(number);
    (loader, mutate::mutated(loader, &mut rng))
}

/// Those that are wanted.
fn wanted(wishes: &Wishes) -> Vec<Loader> {
    let mut loaders = loaders::all();
    loaders.retain(|loader| wishes.only.as_deref().is_none_or(|only| only == loader.name));
    assert!(!loaders.is_empty(), "there is no loader of that name");
    loaders
}

fn one(wishes: &Wishes, number: u64) -> ExitCode {
    let loaders = wanted(wishes);
    let (loader, bytes) = case(&loaders, wishes, number);
    if let Some(path) = &wishes.save {
        std::fs::write(path, &bytes).expect("a place for the case");
    }
    println!("case {number}: {} bytes for {}", bytes.len(), loader.name);
    println!("{}", if (loader.read)(&bytes) { "taken" } else { "refused" });
    ExitCode::SUCCESS
}

/// Runs the cases from `--from` on; ends with 0 when all are done.
fn child(wishes: &Wishes, at: &str) -> ExitCode {
    let watch = guard::Watch::begin(at);
    let loaders = wanted(wishes);
    for loader in &loaders {
        for (place, seed) in loader.seeds.iter().enumerate() {
            assert!((loader.read)(seed), "seed {place} of {} isn't taken as it is", loader.name);
        }
    }
    let mut taken = 0_u64;
    let from = wishes.from.unwrap_or(0);
    for number in from..wishes.cases.unwrap_or(CASES) {
        let (loader, bytes) = case(&loaders, wishes, number);
        watch.case(number);
        taken += u64::from(std::panic::catch_unwind(|| (loader.read)(&bytes)).unwrap_or(false));
        if guard::panicked() {
            // Also one that the program has caught: in the page it would be the end.
            return ExitCode::from(guard::PANICKED);
        }
    }
    println!("{taken}");
    ExitCode::SUCCESS
}

fn parent(wishes: &Wishes) -> ExitCode {
    let program = std::env::current_exe().expect("this program");
    let at = std::env::temp_dir().join(format!("omni-r1-fuzz-{}", std::process::id()));
    let begin = std::time::Instant::now();
    let (mut from, mut failures, cases) = (0, Vec::new(), wishes.cases.unwrap_or(CASES));
    let names: Vec<&str> = wanted(wishes).iter().map(|loader| loader.name).collect();
    while from < cases && failures.len() < MOST_FAILURES {
        std::fs::write(&at, []).expect("a temporary file");
        let mut command = Command::new(&program);
        command.arg(format!("--at={}", at.display())).arg(format!("--from={from}")).arg(format!("--cases={cases}"));
        command.args(wishes.seed.map(|seed| format!("--seed={seed}")));
        command.args(wishes.only.as_ref().map(|only| format!("--only={only}")));
        let ended = command.stderr(Stdio::piped()).output().expect("this program once more");
        if ended.status.success() {
            break;
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        let Some(number) = guard::read_case(&at) else {
            println!("The cases can't be run: {}: {said}", ended.status);
            return ExitCode::FAILURE;
        };
        let name = names[(number % names.len() as u64) as usize];
        let why: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).take(4).collect();
        failures.push(format!("case {number} ({name}): {}: {}", ended.status, why.join(" ")));
        from = number + 1;
    }
    let _ = std::fs::remove_file(&at);
    let _ = std::fs::remove_file(at.with_extension("svg"));
    let seconds = begin.elapsed().as_secs_f64();
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{} loaders, {cases} cases in {seconds:.0} s, {} failures", names.len(), failures.len());
    failures.iter().for_each(|failure| _ = writeln!(out, "{failure}"));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
