//! Imports go one way: no file of the library needs a file that needs it.
//!
//! What a file re-exports from its own modules is no import of its own, and whoever imports a re-exported name
//! imports it from where it is defined.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// A path in the sources, such as `["crate", "tokens", "Vocab"]`, and by how many inline modules it is nested.
struct Found {
    path: Vec<String>,
    depth: usize,
    /// `pub use`.
    passed_on: bool,
}

#[derive(Default)]
struct Paths {
    found: Vec<Found>,
    depth: usize,
}

fn for_tests(attributes: &[syn::Attribute]) -> bool {
    let is_cfg = |attribute: &&syn::Attribute| attribute.path().is_ident("cfg");
    attributes.iter().filter(is_cfg).any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
    })
}

impl Paths {
    fn tree(&mut self, before: &[String], tree: &syn::UseTree, passed_on: bool) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(path.ident.to_string()), &path.tree, passed_on),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree, passed_on)),
            syn::UseTree::Name(name) if name.ident == "self" => self.add(before.to_vec(), passed_on),
            syn::UseTree::Name(name) => self.add(with(name.ident.to_string()), passed_on),
            syn::UseTree::Rename(rename) => self.add(with(rename.ident.to_string()), passed_on),
            syn::UseTree::Glob(_) => self.add(before.to_vec(), passed_on),
        }
    }

    fn add(&mut self, path: Vec<String>, passed_on: bool) {
        self.found.push(Found { path, depth: self.depth, passed_on });
    }
}

impl<'a> Visit<'a> for Paths {
    fn visit_item(&mut self, item: &'a syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, item);
        self.depth -= 1;
    }
    /// `pub(super)` says who may use it, not what it uses.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.tree(&[], &item.tree, !matches!(item.vis, syn::Visibility::Inherited));
    }
    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if matches!(names[0].as_str(), "crate" | "super" | "self") {
            self.add(names, false);
        }
        visit::visit_path(self, path);
    }
}

type Module = Vec<String>;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
}

fn module(path: &Path, root: &Path) -> Module {
    let path = path.strip_prefix(root).unwrap().with_extension("");
    let mut names: Module = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.pop_if(|name| matches!(name.as_str(), "mod" | "lib" | "main"));
    names
}

/// The module that a path in `from` leads into, and the name that is meant there.
fn resolved(modules: &BTreeMap<Module, Vec<Found>>, from: &Module, found: &Found) -> Option<(Module, Option<String>)> {
    let (mut base, mut rest) = (from.clone(), &found.path[..]);
    let mut depth = found.depth;
    match rest[0].as_str() {
        "crate" => (base, rest) = (Module::new(), &rest[1..]),
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                // Out of an inline module one is still in the same file.
                match depth {
                    0 => _ = base.pop(),
                    _ => depth -= 1,
                }
                rest = &rest[1..];
            }
        }
        name => {
            // A path without a beginning is of a crate, unless it is of a module of one's own.
            base.push(name.to_string());
            let own = modules.contains_key(&base);
            base.pop();
            if !own {
                return None;
            }
        }
    }
    let whole: Module = [base, rest.to_vec()].concat();
    let end = (0..=whole.len()).rev().find(|end| modules.contains_key(&whole[..*end]))?;
    Some((whole[..end].to_vec(), whole.get(end).cloned()))
}

/// Each module with those that it needs.
fn needs() -> BTreeMap<Module, BTreeSet<Module>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut modules = BTreeMap::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if name.ends_with("tests") || name == "fixtures" || name == "main" {
            continue;
        }
        let mut paths = Paths::default();
        paths.visit_file(&syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap());
        modules.insert(module(&file, &root), paths.found);
    }
    let mut passed_on = BTreeMap::new();
    for (from, found) in &modules {
        for found in found.iter().filter(|found| found.passed_on) {
            if let Some((to, Some(name))) = resolved(&modules, from, found) {
                passed_on.insert((from.clone(), name), to);
            }
        }
    }
    let mut needs: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, found) in &modules {
        let of = needs.entry(from.clone()).or_default();
        for found in found {
            let Some((mut to, name)) = resolved(&modules, from, found) else { continue };
            let own = found.passed_on && to.len() > from.len() && to.starts_with(from);
            while let Some(next) = name.as_ref().and_then(|name| passed_on.get(&(to.clone(), name.clone()))) {
                to.clone_from(next);
            }
            if to != *from && !own {
                of.insert(to);
            }
        }
    }
    needs
}

/// Modules that need each other, round in a circle.
fn circle(needs: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    fn walk(
        needs: &BTreeMap<Module, BTreeSet<Module>>,
        at: &Module,
        way: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> Option<Vec<Module>> {
        if let Some(begin) = way.iter().position(|module| module == at) {
            return Some(way[begin..].to_vec());
        }
        if !done.contains(at) {
            way.push(at.clone());
            let found = needs.get(at).into_iter().flatten().find_map(|next| walk(needs, next, way, done));
            way.pop();
            done.insert(at.clone());
            return found;
        }
        None
    }
    let mut done = BTreeSet::new();
    needs.keys().find_map(|module| walk(needs, module, &mut Vec::new(), &mut done))
}

#[test]
fn no_file_needs_a_file_that_needs_it() {
    let needs = needs();
    assert!(needs.values().map(BTreeSet::len).sum::<usize>() > 400, "the imports were read");
    let names = |circle: Vec<Module>| circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" -> ");
    assert_eq!(circle(&needs).map(names), None);
}

/// What the library is made of, from below: nothing below needs what is above.
#[test]
fn the_layers_are_one_above_the_other() {
    const LAYERS: [&[&str]; 7] = [
        &["error", "input"],
        &["kernels"],
        &["tokens", "tasks", "config"],
        &["model", "vq"],
        &["generate"],
        &["bundle", "eval"],
        &["train", "bench"],
    ];
    let layer = |module: &Module| {
        LAYERS.iter().position(|layer| module.first().is_some_and(|name| layer.contains(&name.as_str())))
    };
    for (from, to) in needs() {
        for to in to {
            if let (Some(above), Some(below)) = (layer(&from), layer(&to)) {
                assert!(above >= below, "{} needs {}, which is above it", from.join("::"), to.join("::"));
            }
        }
    }
}

#[test]
fn a_circle_is_found() {
    let module = |name: &str| vec![name.to_string()];
    let needs = BTreeMap::from([
        (module("a"), BTreeSet::from([module("b")])),
        (module("b"), BTreeSet::from([module("c"), module("d")])),
        (module("d"), BTreeSet::from([module("b")])),
    ]);
    assert_eq!(circle(&needs), Some(vec![module("b"), module("d")]));
}
