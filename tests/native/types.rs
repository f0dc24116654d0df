//! The types of what the program gives to the page, written from its own into www/program.js, which
//! www/protocol.js builds on. `TYPES=write cargo test --test types` writes them anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use syn::punctuated::Punctuated;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FILE: &str = "www/program.js";
const HEAD: &str =
    "/** What the program gives to the page: written from the Rust types by tests/native/types.rs. */\n\n";

/// Where each is, in the order in which they are written.
const TYPES: [(&str, &[&str]); 13] = [
    ("src/web/about.rs", &["About", "Checked"]),
    ("src/web.rs", &["Surprise"]),
    ("src/config.rs", &["Capabilities"]),
    ("src/generate/likelihood.rs", &["Judged"]),
    ("src/generate/events.rs", &["Event"]),
    ("src/generate/ahead.rs", &["Piece", "Guess", "Ahead", "WrittenToken", "Inside"]),
    ("src/web/look.rs", &["Coded"]),
    ("src/train/reward.rs", &["Reward"]),
    ("src/train/host.rs", &["RewardInput"]),
    ("src/web/examples.rs", &["ExampleStep", "Example"]),
    ("src/web/trainer.rs", &["Shown", "AnsweredStep", "Answered"]),
    ("src/web/tokenizer.rs", &["Reconstructions"]),
    ("src/web/watch.rs", &["WatchedStep", "WatchedRollout", "WatchedGroup", "Watched", "Chain", "Span"]),
];
/// Types of few words, of which readers of the page need no more.
const PLAIN: [(&str, &str); 2] = [("Hand", "string"), ("TokenRole", "string")];

/// What serde's attributes say: `rename`, `tag`, `rename_all`, `serialize_with` with their values, others without.
fn serde(attributes: &[syn::Attribute]) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let parts = attribute.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
        for part in parts.expect("serde's own form") {
            let value = match &part {
                syn::Meta::NameValue(syn::MetaNameValue {
                    value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
                    ..
                }) => text.value(),
                _ => String::new(),
            };
            said.insert(part.path().get_ident().expect("a plain name").to_string(), value);
        }
    }
    said
}

fn cased(name: &str, rule: Option<&String>) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for letter in name.chars() {
        match letter {
            '_' => words.push(String::new()),
            letter if letter.is_uppercase() && !words[words.len() - 1].is_empty() => {
                words.push(letter.to_lowercase().collect())
            }
            letter => words.last_mut().expect("a word").extend(letter.to_lowercase()),
        }
    }
    let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
    match rule.map(String::as_str) {
        Some("camelCase") => words[0].clone() + &words[1..].iter().map(capital).collect::<String>(),
        Some("kebab-case") => words.join("-"),
        Some("lowercase") => words.concat(),
        Some(other) => panic!("{other} isn't known here"),
        None => name.into(),
    }
}

fn type_of(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Reference(reference) => type_of(&reference.elem),
        syn::Type::Slice(slice) => format!("{}[]", type_of(&slice.elem)),
        syn::Type::Path(path) => {
            let last = path.path.segments.last().expect("a name");
            let inner = match &last.arguments {
                syn::PathArguments::AngleBracketed(list) => list.args.iter().find_map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => Some(type_of(ty)),
                    _ => None,
                }),
                _ => None,
            };
            match (last.ident.to_string().as_str(), inner) {
                ("String" | "str", _) => "string".into(),
                ("bool", _) => "boolean".into(),
                ("u8" | "u16" | "u32" | "u64" | "usize" | "f32" | "f64", _) => "number".into(),
                ("Vec", Some(inner)) => format!("{inner}[]"),
                ("Option", Some(inner)) => format!("{inner} | null"),
                (name, None) => {
                    PLAIN.iter().find(|(plain, _)| *plain == name).map_or(name, |(_, plain)| plain).to_string()
                }
                (name, Some(_)) => panic!("{name} isn't known here"),
            }
        }
        _ => panic!("a type that isn't known here"),
    }
}

/// The fields as an object, with those of what is flattened into it beside.
fn object(fields: &syn::Fields, first: &str, rule: Option<&String>) -> String {
    let (mut own, mut others) = (first.to_string(), String::new());
    for field in fields {
        let said = serde(&field.attrs);
        let name = field.ident.as_ref().expect("a field with a name").to_string();
        let name = said.get("rename").cloned().unwrap_or_else(|| cased(&name, rule));
        let ty = match said.get("serialize_with").map(String::as_str) {
            Some("bytes") => "Uint8Array".into(),
            Some("perhaps_bytes") => "Uint8Array | null".into(),
            Some(other) => panic!("{other} isn't known here"),
            None => type_of(&field.ty),
        };
        if said.contains_key("flatten") {
            let ty = ty.strip_suffix(" | null").map_or(ty.clone(), |ty| format!("Partial<{ty}>"));
            write!(others, " & {ty}").expect("a string");
        } else {
            let perhaps = if said.contains_key("skip_serializing_if") { "?" } else { "" };
            write!(own, " {name}{perhaps}: {ty};").expect("a string");
        }
    }
    format!("{{{own} }}{others}")
}

/// An item of this name, as a type.
fn written(item: &syn::Item, name: &str) -> Option<String> {
    match item {
        syn::Item::Struct(item) if item.ident == name => {
            let rule = serde(&item.attrs).remove("rename_all");
            Some(object(&item.fields, "", rule.as_ref()))
        }
        syn::Item::Enum(item) if item.ident == name => {
            let mut said = serde(&item.attrs);
            let (tag, rule) = (said.remove("tag")?, said.remove("rename_all"));
            let one = |variant: &syn::Variant| {
                let first = format!(" {tag}: {:?};", cased(&variant.ident.to_string(), rule.as_ref()));
                object(&variant.fields, &first, None)
            };
            Some(item.variants.iter().map(one).collect::<Vec<_>>().join(" | "))
        }
        _ => None,
    }
}

#[test]
fn the_page_has_the_programs_types() {
    let mut text = HEAD.to_string();
    for (path, names) in TYPES {
        let source = std::fs::read_to_string(format!("{ROOT}/{path}")).expect("a file of the program");
        let file = syn::parse_file(&source).expect("Rust");
        for name in names {
            let ty = file.items.iter().find_map(|item| written(item, name));
            let ty = ty.unwrap_or_else(|| panic!("{path} has no {name}"));
            writeln!(text, "/** @typedef {{{ty}}} {name} */").expect("a string");
        }
    }
    text += "\nexport {};\n";
    let path = format!("{ROOT}/{FILE}");
    if std::env::var("TYPES").is_ok_and(|value| value == "write") {
        std::fs::write(&path, &text).expect("room for the types");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{FILE} isn't what the program gives: `TYPES=write cargo test --test types` writes it");
}
