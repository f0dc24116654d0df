//! A small file server for the page, on this machine only: right types, no caching without
//! asking (ETag), and nothing outside the page's own files. Each connection has a thread and one
//! request: a pool of threads lets a browser's idle connections hold up its other ones.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use percent_encoding::percent_decode_str;

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

fn answer(root: &Path, connection: TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new((&connection).take(LONGEST_HEAD)).lines();
    let Some(first) = lines.next().transpose()? else { return Ok(()) };
    let mut known = String::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("if-none-match")
        {
            known = value.trim().to_string();
        }
    }
    let mut words = first.split(' ');
    let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut out = &connection;
    if !matches!(method, "GET" | "HEAD") {
        return write!(
            out,
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let Some((path, mut file, tag)) = find(root, url).and_then(opened) else {
        return write!(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let (status, length) = if known == tag { ("304 Not Modified", 0) } else { ("200 OK", file.metadata()?.len()) };
    write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nETag: {tag}\r\nConnection: close\r\n\r\n",
        content_type(&path)
    )?;
    if method == "GET" && length > 0 {
        io::copy(&mut file, &mut out)?;
    }
    Ok(())
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
