//! Files that others wrote: read only where they end, text without the mark that some editors put before it;
//! and files that are written so that the old one is there until the new one is whole.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// A picture's file is at most so long.
pub const LONGEST_PICTURE: u64 = 256 << 20;
/// So is a file of text: items, examples, recipes.
const LONGEST_TEXT: u64 = 1 << 30;

/// The bytes of a file of at most `longest` bytes. A pipe or a device may never end, so it isn't opened.
pub fn read(path: &Path, longest: u64) -> Result<Vec<u8>> {
    let failed = |e| Error::File { path: path.into(), source: e };
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    if !about.is_file() {
        return Err(Error::data(
            format!("{} is a pipe or a device, not a file.", path.display()),
            "Save what it gives as a file, and name that.",
        ));
    }
    let too_long = || {
        let size = about.len().max(longest + 1) >> 20;
        let message = format!("{} has {size} MiB; at most {} MiB can be read.", path.display(), longest >> 20);
        Err(Error::data(message, "Split it, or make it smaller."))
    };
    if about.len() > longest {
        return too_long();
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    // Files of some systems say that they hold nothing, or grow while they are read.
    File::open(path).map_err(failed)?.take(longest + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > longest { too_long() } else { Ok(bytes) }
}

/// The bytes of a picture's file.
pub fn read_picture(path: &Path) -> Result<Vec<u8>> {
    read(path, LONGEST_PICTURE)
}

/// A file of text, without a byte-order mark.
pub fn read_text(path: &Path) -> Result<String> {
    let text = String::from_utf8(read(path, LONGEST_TEXT)?).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Error::data(
            format!("{} isn't UTF-8 text: byte {} doesn't belong there.", path.display(), at + 1),
            "Save it as UTF-8 (in Windows' Notepad: Save as, Encoding).",
        )
    })?;
    match without_mark(&text).len() {
        length if length == text.len() => Ok(text),
        length => Ok(text[text.len() - length..].to_string()),
    }
}

/// Text without the byte-order mark that some editors put before it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The same for bytes that are read as UTF-8 later.
pub fn bytes_without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Replaces a file as a whole: after a kill or a loss of power it is either the old or the new one.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        // Else the new name may be on the disk before what it names.
        file.sync_all()
    };
    // The reader knows the file by its own name, not by the passing one.
    write().and_then(|()| std::fs::rename(&partial, path)).map_err(Error::file(path))
}

/// Makes the names in a folder last, where the system can be asked to.
pub fn sync_folder(folder: &Path) {
    // Some file systems refuse: then they promise nothing, and there is nothing to be done about it.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("omni-r1-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn text_is_read_without_a_mark_and_must_be_utf8() {
        let folder = folder("text");
        let file = folder.join("a.jsonl");
        std::fs::write(&file, "\u{feff}{\"a\": 1}").unwrap();
        assert_eq!(read_text(&file).unwrap(), "{\"a\": 1}");
        std::fs::write(&file, b"ab\xff").unwrap();
        let error = read_text(&file).unwrap_err();
        assert!(error.to_string().contains("byte 3") && error.hint().contains("UTF-8"), "{error}");
        assert_eq!(read(&file, 2).unwrap_err().code(), "data");
        assert_eq!(read(&folder, 2).unwrap_err().code(), "file");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_opened() {
        let error = read(Path::new("/dev/zero"), 10).unwrap_err();
        assert!(error.to_string().contains("device"), "{error}");
    }

    #[test]
    fn files_of_one_stem_are_written_apart() {
        let folder = folder("partial");
        std::fs::write(folder.join("a.partial"), "mine").unwrap();
        write_file(&folder.join("a.json"), b"new").unwrap();
        assert_eq!(std::fs::read(folder.join("a.partial")).unwrap(), b"mine");
        assert_eq!(std::fs::read(folder.join("a.json")).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
