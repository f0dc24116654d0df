//! Where the files are that come with the program, wherever it was started.

use std::path::{Path, PathBuf};

/// The model that answers when none is named.
pub const MODEL: &str = "www/models/mini";
/// The folder with the bank of scenes and stickers.
pub const DATA: &str = "data";

/// A path of the repository: in the current folder, else beside the program, else in the
/// repository that the program was built from. Where it is nowhere, as it was given.
pub fn shipped(path: &str) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join(path)));
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let places = [Some(PathBuf::from(path)), beside, Some(built)];
    places.into_iter().flatten().find(|place| place.exists()).unwrap_or_else(|| path.into())
}

/// A file of this user's that may be deleted at any time; None where there is no place for such files.
pub fn cached(name: &str) -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || Some(set("HOME")?.join(".cache"));
    let folder = set("XDG_CACHE_HOME").or_else(|| set("LOCALAPPDATA")).or_else(home)?;
    Some(folder.join("omni-r1").join(name))
}
