//! A small file server for the page, on this machine only: right types, no caching without
//! asking (ETag), and nothing outside the page's own files.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::UNIX_EPOCH;

use anyhow::{Result, anyhow};
use percent_encoding::percent_decode_str;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use crate::tools;

/// What the page is made of; nothing else in the repository is served.
const PUBLIC: [&str; 4] = ["index.html", "www", "pkg", "data/bank.safetensors"];
const THREADS: usize = 4;

/// Serves until the process ends.
pub fn run(port: u16, open: bool) -> Result<()> {
    let (address, threads) = start(port)?;
    println!("Omni-R1 is at {address} (stop with Ctrl+C)");
    if open && has_screen() && open::that_detached(&address).is_err() {
        println!("No browser could be opened: open the address yourself.");
    }
    for thread in threads {
        thread.join().map_err(|_| anyhow!("a server thread failed"))?;
    }
    Ok(())
}

/// Serves in the background; port 0 takes any free one. The address, and the threads that serve it.
pub fn start(port: u16) -> Result<(String, Vec<JoinHandle<()>>)> {
    let server = Server::http(("127.0.0.1", port))
        .map_err(|error| anyhow!("port {port} can't be used ({error}); choose another with --port"))?;
    let address = format!("http://{}/", server.server_addr());
    let server = Arc::new(server);
    let root = tools::repository().canonicalize()?;
    let threads = (0..THREADS).map(|_| {
        let (server, root) = (server.clone(), root.clone());
        std::thread::spawn(move || {
            while let Ok(request) = server.recv() {
                // A visitor who has gone is no fault of ours.
                let _gone = answer(&root, request);
            }
        })
    });
    Ok((address, threads.collect()))
}

fn answer(root: &Path, request: Request) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::empty(405).with_header(header("Allow", "GET, HEAD")));
    }
    let Some((path, file, tag)) = find(root, request.url()).and_then(opened) else {
        return request.respond(Response::from_string("Not found\n").with_status_code(StatusCode(404)));
    };
    let headers = [
        header("Content-Type", &content_type(&path)),
        header("Cache-Control", "no-cache"),
        header("X-Content-Type-Options", "nosniff"),
        header("ETag", &tag),
    ];
    let known = |name: &Header| name.field.equiv("If-None-Match") && name.value.as_str() == tag;
    if request.headers().iter().any(known) {
        let mut response = Response::empty(304);
        headers.into_iter().for_each(|header| response.add_header(header));
        return request.respond(response);
    }
    let mut response = Response::from_file(file);
    headers.into_iter().for_each(|header| response.add_header(header));
    request.respond(response)
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
    (found.starts_with(root) && found.is_file()).then_some(found)
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

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("header names and values here are plain ASCII")
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
