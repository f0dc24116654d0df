//! What a link to the page looks like where people share it (Open Graph): such readers take a picture only
//! from a whole address, so the page is told where it will stand.

use anyhow::{Context, Result, ensure};

use super::names::Site;
use super::worker::in_head;

/// A real answer, as tests/browser/preview.mjs took it, 1200 x 630.
pub const PICTURE: &str = "preview.jpg";

/// Adds the picture, and its address to the page, which will be found at `url`.
pub fn add(site: &mut Site, picture: Vec<u8>, url: &str) -> Result<()> {
    let clean = !url.contains(['"', '<', '>', '&', '?', '#', ' ']) && url.ends_with('/');
    let named =
        url.split_once("://").is_some_and(|(scheme, rest)| ["http", "https"].contains(&scheme) && rest.len() > 1);
    ensure!(clean && named, "--url is \"{url}\": give the address of the folder, such as https://example.org/omni-r1/");
    site.insert(PICTURE.into(), picture);
    let page = std::str::from_utf8(&site["index.html"]).context("index.html")?;
    let tags = [
        format!("<meta property=\"og:url\" content=\"{url}\">"),
        format!("<meta property=\"og:image\" content=\"{url}{PICTURE}\">"),
        "<meta property=\"og:image:width\" content=\"1200\">".into(),
        "<meta property=\"og:image:height\" content=\"630\">".into(),
        "<meta property=\"og:image:alt\" content=\"A question, the model's words and drawings, and its answer\">"
            .into(),
        "<meta name=\"twitter:card\" content=\"summary_large_image\">".into(),
    ];
    let page = in_head(page, &tags)?;
    site.insert("index.html".into(), page.into_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_link_shows_the_picture_at_a_whole_address() {
        let page = "<html><head>\n  </head><body></body></html>";
        let mut site = Site::from([("index.html".into(), page.into())]);
        for url in ["", "example.org/", "https://example.org/a", "https://a b/", "https://\">/", "ftp://example.org/"] {
            assert!(add(&mut site, vec![1], url).is_err(), "{url}");
        }
        assert_eq!(site["index.html"], page.as_bytes());
        add(&mut site, vec![1, 2], "https://example.org/a/b/").unwrap();
        assert_eq!(site[PICTURE], [1, 2]);
        let page = String::from_utf8(site["index.html"].clone()).unwrap();
        let head = page.split("</head>").next().unwrap();
        assert!(head.contains("property=\"og:image\" content=\"https://example.org/a/b/preview.jpg\""), "{page}");
        assert!(head.contains("property=\"og:url\" content=\"https://example.org/a/b/\""), "{page}");
    }
}
