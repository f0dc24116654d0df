//! A small file server for the page, on this machine only: right types, compressed where that pays, parts
//! of files (Range), no caching without asking (ETag), and nothing outside the page's own files. Each connection has a thread and one
//! request: a pool of threads lets a browser's idle connections hold up its other ones.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use percent_encoding::percent_decode_str;

use crate::encode::{self, Encoding};
use crate::tools;

/// What the page is made of; nothing else in the repository is served.
const PUBLIC: [&str; 5] = ["index.html", "kernels.html", "www", "pkg", "data/bank.safetensors"];
/// Longer request heads are nobody's we know.
const LONGEST_HEAD: u64 = 64 * 1024;
/// A visitor who says nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until the process ends.
pub fn run(port: u16, open: bool) -> Result<()> {
    let (address, thread) = start(port)?;
    println!("Omni-R1 is at {address} (stop with Ctrl+C)");
    if open && has_screen() && open::that_detached(&address).is_err() {
        println!("No browser could be opened: open the address yourself.");
    }
    thread.join().map_err(|_| anyhow!("the server failed"))
}

/// Serves in the background; port 0 takes any free one. The address, and the thread that serves it.
pub fn start(port: u16) -> Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} can't be used; choose another with --port"))?;
    let address = format!("http://{}/", listener.local_addr()?);
    let root = tools::repository().canonicalize()?;
    let thread = std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let root = root.clone();
            // A visitor who has gone is no fault of ours.
            std::thread::spawn(move || answer(&root, connection).ok());
        }
    });
    Ok((address, thread))
}

/// What a request says of itself that matters here.
#[derive(Default)]
struct Head {
    method: String,
    url: String,
    known: String,
    accepts: String,
    range: String,
    unless_changed: String,
}

impl Head {
    /// None where the visitor said nothing.
    fn read(connection: &TcpStream) -> io::Result<Option<Head>> {
        let mut lines = BufReader::new(connection.take(LONGEST_HEAD)).lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_string);
        let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut head = Head { method, url, ..Head::default() };
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim().to_string();
            match name.to_ascii_lowercase().as_str() {
                "if-none-match" => head.known = value,
                "accept-encoding" => head.accepts = value,
                "range" => head.range = value,
                "if-range" => head.unless_changed = value,
                _ => {}
            }
        }
        Ok(Some(head))
    }
}

fn answer(root: &Path, connection: TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let Some(head) = Head::read(&connection)? else { return Ok(()) };
    let mut out = &connection;
    if !matches!(head.method.as_str(), "GET" | "HEAD") {
        return write!(
            out,
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let Some(found) = find(root, &head.url).and_then(opened) else {
        return write!(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let mut reply = reply(&head, found)?;
    write!(
        out,
        "HTTP/1.1 {}\r\n{}Content-Length: {}\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        reply.status, reply.fields, reply.length
    )?;
    if head.method == "GET" {
        io::copy(&mut reply.body, &mut out)?;
    }
    Ok(())
}

struct Reply {
    status: &'static str,
    fields: String,
    length: u64,
    body: Box<dyn Read>,
}

/// The file, compressed where that pays and the visitor takes it; a part of it where one is asked for;
/// nothing where the visitor has it.
fn reply(head: &Head, (path, mut file, tag): (PathBuf, File, String)) -> io::Result<Reply> {
    let whole = file.metadata()?.len();
    let encoding = Encoding::accepted(&head.accepts).filter(|_| encode::pays(&path));
    let tag = encoding.map_or(tag.clone(), |encoding| format!("{}-{}\"", tag.trim_end_matches('"'), encoding.name()));
    let mut fields = format!("Content-Type: {}\r\nETag: {tag}\r\n", content_type(&path));
    if head.known == tag {
        return Ok(Reply { status: "304 Not Modified", fields, length: 0, body: Box::new(io::empty()) });
    }
    if let Some(encoding) = encoding {
        let bytes = packed(&path, &tag, encoding, &mut file)?;
        fields += &format!("Content-Encoding: {}\r\n", encoding.name());
        return Ok(Reply { status: "200 OK", fields, length: bytes.len() as u64, body: Box::new(Cursor::new(bytes)) });
    }
    fields += "Accept-Ranges: bytes\r\n";
    let same = head.unless_changed.is_empty() || head.unless_changed == tag;
    match part(&head.range, whole).filter(|_| same) {
        Some(ByteRange::Of(from, to)) => {
            file.seek(SeekFrom::Start(from))?;
            fields += &format!("Content-Range: bytes {from}-{to}/{whole}\r\n");
            let length = to + 1 - from;
            Ok(Reply { status: "206 Partial Content", fields, length, body: Box::new(file.take(length)) })
        }
        Some(ByteRange::Beyond) => {
            fields += &format!("Content-Range: bytes */{whole}\r\n");
            Ok(Reply { status: "416 Range Not Satisfiable", fields, length: 0, body: Box::new(io::empty()) })
        }
        None => Ok(Reply { status: "200 OK", fields, length: whole, body: Box::new(file) }),
    }
}

#[derive(Debug, PartialEq)]
enum ByteRange {
    Of(u64, u64),
    Beyond,
}

/// The one part that is asked for, by its first and last byte; none for what we may answer with the whole.
fn part(range: &str, whole: u64) -> Option<ByteRange> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to),
        (Ok(from), Err(_)) if to.is_empty() => (from, u64::MAX),
        (Err(_), Ok(last)) if from.is_empty() => {
            (whole.saturating_sub(last), if last == 0 { return None } else { u64::MAX })
        }
        _ => return None,
    };
    Some(if from >= whole { ByteRange::Beyond } else { ByteRange::Of(from, to.min(whole - 1)) })
}

type Kept = HashMap<(PathBuf, &'static str), (String, Arc<[u8]>)>;

/// A compressed file, made once for each change of it.
fn packed(path: &Path, tag: &str, encoding: Encoding, file: &mut File) -> io::Result<Arc<[u8]>> {
    static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);
    let key = (path.to_path_buf(), encoding.name());
    let kept = || KEPT.lock().expect("nobody panics while holding it");
    if let Some((_, bytes)) = kept().get(&key).filter(|(of, _)| of == tag) {
        return Ok(bytes.clone());
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let packed: Arc<[u8]> = encoding.fast(&bytes).map_err(io::Error::other)?.into();
    kept().insert(key, (tag.to_string(), packed.clone()));
    Ok(packed)
}

/// The file that a URL names, if it is one of the page's.
fn find(root: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let path = if path.is_empty() { Path::new("index.html") } else { Path::new(&*path) };
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    if !PUBLIC.iter().any(|public| path.starts_with(public)) {
        return None;
    }
    // A link inside the page's folders must not lead out of them either.
    let found = root.join(path).canonicalize().ok()?;
    let public = PUBLIC.iter().any(|public| found.starts_with(root.join(public)));
    (public && found.is_file()).then_some(found)
}

/// The open file and a tag that changes with it.
fn opened(path: PathBuf) -> Option<(PathBuf, File, String)> {
    let file = File::open(&path).ok()?;
    let meta: fs::Metadata = file.metadata().ok()?;
    let changed = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some((path, file, format!("\"{changed:x}-{:x}\"", meta.len())))
}

fn content_type(path: &Path) -> String {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    match guess.type_() {
        mime_guess::mime::TEXT => format!("{guess}; charset=utf-8"),
        _ => guess.to_string(),
    }
}

/// Without a screen, "open" could start a text browser over this terminal.
fn has_screen() -> bool {
    cfg!(not(target_os = "linux")) || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pages_own_files_are_served() {
        let root = tools::repository().canonicalize().unwrap();
        assert_eq!(find(&root, "/"), Some(root.join("index.html")));
        assert_eq!(find(&root, "/?device=cpu"), Some(root.join("index.html")));
        assert_eq!(find(&root, "/kernels.html?cases=2"), Some(root.join("kernels.html")));
        assert_eq!(find(&root, "/www/main.js"), Some(root.join("www/main.js")));
        for url in [
            "/Cargo.toml",
            "/.git/config",
            "/www/../Cargo.toml",
            "/www/%2e%2e/Cargo.toml",
            "/www/..%2fCargo.toml",
            "//etc/passwd",
            "/www//etc/passwd",
            "/www",
            "/www/nothing.js",
            "/%ff",
        ] {
            assert_eq!(find(&root, url), None, "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out_of_the_pages_files() {
        let root = std::env::temp_dir().join(format!("omni-r1-serve-{}", std::process::id()));
        fs::create_dir_all(root.join("www")).unwrap();
        let root = root.canonicalize().unwrap();
        fs::write(root.join("secret"), "s").unwrap();
        fs::write(root.join("www/main.js"), "m").unwrap();
        std::os::unix::fs::symlink(root.join("secret"), root.join("www/out")).unwrap();
        std::os::unix::fs::symlink(root.join("www/main.js"), root.join("www/in")).unwrap();
        assert_eq!(find(&root, "/www/out"), None);
        assert_eq!(find(&root, "/www/in"), Some(root.join("www/main.js")));
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn parts_are_within_the_file() {
        for (range, expected) in [
            ("bytes=0-", Some(ByteRange::Of(0, 99))),
            ("bytes=40-", Some(ByteRange::Of(40, 99))),
            ("bytes=40-49", Some(ByteRange::Of(40, 49))),
            ("bytes=40-4900", Some(ByteRange::Of(40, 99))),
            ("bytes=-10", Some(ByteRange::Of(90, 99))),
            ("bytes=-1000", Some(ByteRange::Of(0, 99))),
            ("bytes=100-", Some(ByteRange::Beyond)),
            ("bytes=50-40", None),
            ("bytes=0-1,5-6", None),
            ("bytes=-", None),
            ("lines=0-1", None),
            ("", None),
        ] {
            assert_eq!(part(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn types_are_the_ones_that_browsers_insist_on() {
        for (name, kind) in [
            ("a.wasm", "application/wasm"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.html", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.webp", "image/webp"),
            ("a.svg", "image/svg+xml"),
            ("a.safetensors", "application/octet-stream"),
        ] {
            assert_eq!(content_type(Path::new(name)), kind);
        }
    }
}
