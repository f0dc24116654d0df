//! Files and functions small enough to be read at once, and nothing of any length written twice.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SOURCES: [&str; 7] = ["rs", "js", "mjs", "ts", "wgsl", "py", "css"];
const LINES_OF_A_FILE: usize = 350;
const LINES_OF_A_FUNCTION: usize = 80;
const LINES_TWICE: usize = 12;
/// The words of the lessons in one language, which are text, and types that a tool wrote.
const NO_CODE: [&str; 2] = ["www/lessons/en.js", "pkg/types/protocol.d.ts"];

/// Libraries of others, as they are.
const OF_OTHERS: &str = "www/vendor/";

/// The sources that are kept, with their paths.
fn sources() -> Vec<(String, String)> {
    let listed = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(ROOT).output();
    let listed = String::from_utf8(listed.expect("git lists the files").stdout).expect("plain names");
    let is_source = |path: &&str| {
        !path.starts_with(OF_OTHERS) && SOURCES.iter().any(|ending| path.ends_with(&format!(".{ending}")))
    };
    let read = |path: &str| Some((path.to_string(), std::fs::read_to_string(Path::new(ROOT).join(path)).ok()?));
    let sources: Vec<_> = listed.lines().filter(is_source).filter_map(read).collect();
    assert!(sources.len() > 100, "the sources are there");
    sources
}

#[test]
fn files_are_short() {
    let long =
        |(path, text): &(String, String)| !NO_CODE.contains(&path.as_str()) && text.lines().count() > LINES_OF_A_FILE;
    let long: Vec<String> = sources().into_iter().filter(long).map(|(path, _)| path).collect();
    assert!(long.is_empty(), "over {LINES_OF_A_FILE} lines: {long:?}");
}

/// The functions of a file that are too long.
#[derive(Default)]
struct Long(Vec<String>);

impl Long {
    fn look(&mut self, name: &syn::Ident, whole: proc_macro2::Span) {
        let lines = whole.end().line - whole.start().line + 1;
        if lines > LINES_OF_A_FUNCTION {
            self.0.push(format!("{name}: {lines}"));
        }
    }
}

impl<'a> Visit<'a> for Long {
    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        self.look(&function.sig.ident, function.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        self.look(&function.sig.ident, function.span());
        visit::visit_impl_item_fn(self, function);
    }
}

fn long_functions(text: &str) -> Vec<String> {
    let mut long = Long::default();
    long.visit_file(&syn::parse_file(text).expect("Rust"));
    long.0
}

#[test]
fn functions_are_short() {
    let rust = sources().into_iter().filter(|(path, _)| path.ends_with(".rs"));
    let long: Vec<String> = rust
        .flat_map(|(path, text)| long_functions(&text).into_iter().map(move |name| format!("{path} {name}")))
        .collect();
    assert!(long.is_empty(), "over {LINES_OF_A_FUNCTION} lines: {long:#?}");
    let long = format!("fn long() {{\n{}}}\n", "    work();\n".repeat(LINES_OF_A_FUNCTION));
    assert_eq!(long_functions(&long).len(), 1, "one that is too long is found");
}

/// Where the lines of one place stand again: pairs of places that share more than [`LINES_TWICE`] lines of code.
/// Lines that only open or close something, name an import or say nothing in a comment don't count.
fn twice(sources: &[(String, String)]) -> Vec<String> {
    let is_code = |line: &str| {
        let head =
            ["//", "///", "//!", "/*", "* ", "*/", "#", "use ", "import ", "export {", "pub use ", "mod ", "pub mod "];
        line.chars().any(char::is_alphanumeric) && !head.iter().any(|head| line.starts_with(head))
    };
    let mut seen: HashMap<Vec<&str>, (usize, usize)> = HashMap::new();
    let mut found = Vec::new();
    for (file, (path, text)) in sources.iter().enumerate() {
        let numbered = text.lines().map(str::trim).enumerate().filter(|(_, line)| is_code(line));
        let lines: Vec<(usize, &str)> = numbered.collect();
        let mut last = None;
        for (start, window) in lines.windows(LINES_TWICE + 1).enumerate() {
            let key: Vec<&str> = window.iter().map(|(_, line)| *line).collect();
            match seen.get(&key) {
                // The same pair of places, one line on.
                Some(_) if last.is_some_and(|last| last + 1 == start) => last = Some(start),
                Some((other, line)) => {
                    found.push(format!("{path}:{} is {}:{line}", window[0].0 + 1, sources[*other].0));
                    last = Some(start);
                }
                None => _ = seen.insert(key, (file, window[0].0 + 1)),
            }
        }
    }
    found
}

#[test]
fn nothing_stands_twice() {
    let twice_now = twice(&sources());
    assert!(twice_now.is_empty(), "more than {LINES_TWICE} lines of code stand twice: {twice_now:#?}");
    let lines: String = (0..=LINES_TWICE).map(|i| format!("work({i});\n")).collect();
    let copies = ["a.rs", "b.rs"].map(|path| (path.to_string(), lines.clone()));
    assert_eq!(twice(&copies), ["b.rs:1 is a.rs:1"], "what stands twice is found");
}
