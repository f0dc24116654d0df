//! Lines of a TOML file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line of a byte, counted from 1.
pub fn of_byte(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// The line of the value at a path, or of the last table on the way there.
pub fn of_key(text: &str, path: &str) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let (mut table, mut line) = (file.get_ref(), None);
    for part in path.split('.') {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else { break };
        line = Some(of_byte(text, name.span().start));
        match Spanned::get_ref(value) {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    line
}
