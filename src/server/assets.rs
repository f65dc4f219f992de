//! Style sheet, script, WebAssembly and public files, compiled into the program by `build.rs`.
//!
//! A static table: no folder to deploy, nothing to compress at run time. Names under `/pkg/`
//! carry a hash of their content, so that browsers keep them for a year and never ask again.

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

const CACHE_FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Public files keep their names, so an hour is how long an old favicon may live.
const CACHE_BRIEFLY: &str = "public, max-age=3600";

struct Asset {
    /// The URL without its leading slash.
    name: &'static str,
    content_type: &'static str,
    /// Hash of the content.
    tag: &'static str,
    /// The name changes with the content.
    immutable: bool,
    raw: &'static [u8],
    br: Option<&'static [u8]>,
    gz: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Where pages find the style sheet.
pub fn css_path() -> &'static str {
    if dev::folder().is_some() { dev::CSS_PATH } else { CSS_PATH }
}

/// Where pages find the script and the WebAssembly; `None` in a build without the browser
/// tools, whose pages work by links and forms alone.
pub fn script_paths() -> Option<(&'static str, &'static str)> {
    if dev::folder().is_some() { Some(dev::SCRIPT_PATHS) } else { SCRIPT_PATHS }
}

/// Answers `GET` and `HEAD` of `/pkg/{name}`.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = dev::serve(&name) {
        return response;
    }
    answer(FILES, &format!("pkg/{name}"), &headers)
}

/// Answers `GET` and `HEAD` of what lies in `public/`, each under its own route.
pub async fn public_file(uri: Uri, headers: HeaderMap) -> Response {
    // Browsers ask for the .ico unbidden; the drawing serves as well.
    let name = match uri.path().trim_start_matches('/') {
        "favicon.ico" => "favicon.svg",
        name => name,
    };
    answer(FILES, name, &headers)
}

fn answer(files: &'static [Asset], name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = files.iter().find(|asset| asset.name == name) else {
        // An older page may ask for a name of the build before: that must not be remembered.
        return (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], "Not found\n").into_response();
    };
    let (encoding, bytes) = choose(asset, headers);
    let etag = match encoding {
        None => format!("\"{}\"", asset.tag),
        Some(encoding) => format!("\"{}-{encoding}\"", asset.tag),
    };
    let cache = if asset.immutable { CACHE_FOR_EVER } else { CACHE_BRIEFLY };
    let unchanged = already_has(headers, &etag);
    let common =
        ([(CACHE_CONTROL, cache), (VARY, "Accept-Encoding"), (X_CONTENT_TYPE_OPTIONS, "nosniff")], [(ETAG, etag)]);
    if unchanged {
        return (StatusCode::NOT_MODIFIED, common.0, common.1).into_response();
    }
    let content_type = [(CONTENT_TYPE, asset.content_type)];
    let body = Body::from(Bytes::from_static(bytes));
    match encoding.map(|encoding| [(CONTENT_ENCODING, encoding)]) {
        None => (common.0, common.1, content_type, body).into_response(),
        Some(encoding) => (common.0, common.1, encoding, content_type, body).into_response(),
    }
}

/// The encoding the client likes best; brotli where it likes two equally.
fn choose(asset: &Asset, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let accepted = header_text(headers, &ACCEPT_ENCODING);
    let identity = explicit_quality(&accepted, "identity").unwrap_or(f32::MIN_POSITIVE);
    let mut best = (None, asset.raw, identity);
    for (encoding, bytes) in [("gzip", asset.gz), ("br", asset.br)] {
        let quality = explicit_quality(&accepted, encoding).or_else(|| explicit_quality(&accepted, "*")).unwrap_or(0.0);
        if let Some(bytes) = bytes
            && quality > 0.0
            && quality >= best.2
        {
            best = (Some(encoding), bytes, quality);
        }
    }
    (best.0, best.1)
}

/// The q-value that an `Accept-Encoding` gives this very coding, if it names it.
fn explicit_quality(accepted: &str, coding: &str) -> Option<f32> {
    accepted.split(',').find_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case(coding) {
            return None;
        }
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(quality.map_or(1.0, |text| text.parse().unwrap_or(0.0)))
    })
}

fn already_has(headers: &HeaderMap, etag: &str) -> bool {
    header_text(headers, &IF_NONE_MATCH)
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}

/// All values of a header in one comma-separated line; unreadable ones count as absent.
fn header_text(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    values.join(",")
}

/// Under `make dev` (and `cargo leptos watch`) a debug build reads `/pkg` from the folder
/// that they rewrite, so that a new style or island needs no new server. Both say where by
/// the variables of cargo-leptos. A release build never looks there.
mod dev {
    use std::path::PathBuf;
    use std::sync::OnceLock;

    use axum::http::StatusCode;
    use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
    use axum::response::{IntoResponse, Response};

    pub const CSS_PATH: &str = "/pkg/harkara.css";
    pub const SCRIPT_PATHS: (&str, &str) = ("/pkg/harkara.js", "/pkg/harkara.wasm");

    pub fn folder() -> Option<&'static PathBuf> {
        static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
        if !cfg!(debug_assertions) {
            return None;
        }
        FOLDER
            .get_or_init(|| {
                let root = PathBuf::from(std::env::var_os("LEPTOS_SITE_ROOT")?);
                Some(root.join(std::env::var_os("LEPTOS_SITE_PKG_DIR").unwrap_or("pkg".into())))
            })
            .as_ref()
    }

    pub fn serve(name: &str) -> Option<Response> {
        let path = folder()?.join(name);
        let content_type = match name.rsplit('.').next()? {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "wasm" => "application/wasm",
            _ => return None,
        };
        // A name is one path segment; a decoded slash must not lead out of the folder.
        if name.contains(['/', '\\']) {
            return None;
        }
        Some(match std::fs::read(path) {
            Ok(bytes) => ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache")], bytes).into_response(),
            Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SAMPLE: &[Asset] = &[
        Asset {
            name: "pkg/a.0123.css",
            content_type: "text/css; charset=utf-8",
            tag: "0123",
            immutable: true,
            raw: b"raw",
            br: Some(b"br"),
            gz: Some(b"gz"),
        },
        Asset {
            name: "robots.txt",
            content_type: "text/plain; charset=utf-8",
            tag: "4567",
            immutable: false,
            raw: b"raw",
            br: None,
            gz: None,
        },
    ];

    fn get(name: &str, headers: &[(HeaderName, &str)]) -> Response {
        let pairs = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        answer(SAMPLE, name, &pairs.collect())
    }

    fn header(response: &Response, name: HeaderName) -> Option<&str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    fn encoding(accepted: &str) -> Option<String> {
        let response = get("pkg/a.0123.css", &[(ACCEPT_ENCODING, accepted)]);
        assert_eq!(response.status(), StatusCode::OK);
        header(&response, CONTENT_ENCODING).map(str::to_owned)
    }

    #[test]
    fn the_best_liked_encoding_wins_and_brotli_wins_a_tie() {
        let expected = [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("GZIP;Q=0.5", Some("gzip")),
            ("gzip;q=1.0, br;q=0.5", Some("gzip")),
            ("br;q=0, gzip;q=0.1", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0.2, br;q=0", Some("gzip")),
            ("identity, br;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip")),
            ("deflate", None),
            ("gzip;q=nonsense", None),
            ("identity;q=0, *;q=0", None),
            ("", None),
        ];
        for (accepted, wanted) in expected {
            assert_eq!(encoding(accepted).as_deref(), wanted, "{accepted}");
        }
    }

    #[test]
    fn a_file_without_compressed_copies_is_sent_as_it_is() {
        let response = get("robots.txt", &[(ACCEPT_ENCODING, "br")]);
        assert_eq!(header(&response, CONTENT_ENCODING), None);
        assert_eq!(header(&response, CACHE_CONTROL), Some(CACHE_BRIEFLY));
        assert_eq!(header(&response, CONTENT_TYPE), Some("text/plain; charset=utf-8"));
    }

    #[test]
    fn hashed_names_are_kept_for_a_year_and_vary_by_encoding() {
        let response = get("pkg/a.0123.css", &[(ACCEPT_ENCODING, "br")]);
        assert_eq!(header(&response, CACHE_CONTROL), Some(CACHE_FOR_EVER));
        assert_eq!(header(&response, VARY), Some("Accept-Encoding"));
        assert_eq!(header(&response, ETAG), Some("\"0123-br\""));
        assert_eq!(header(&response, X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
    }

    #[test]
    fn a_browser_that_has_this_version_gets_304() {
        let unchanged = |tag: &str| get("robots.txt", &[(IF_NONE_MATCH, tag)]).status();
        for tag in ["\"4567\"", "W/\"4567\"", "\"old\", \"4567\"", "*"] {
            assert_eq!(unchanged(tag), StatusCode::NOT_MODIFIED, "{tag}");
        }
        assert_eq!(unchanged("\"old\""), StatusCode::OK);
    }

    #[test]
    fn a_tag_of_another_encoding_is_not_this_version() {
        let headers = [(ACCEPT_ENCODING, "gzip"), (IF_NONE_MATCH, "\"0123-br\"")];
        assert_eq!(get("pkg/a.0123.css", &headers).status(), StatusCode::OK);
    }

    #[test]
    fn an_unknown_name_is_404_and_not_remembered() {
        for name in ["pkg/a.9999.css", "pkg/", "", "pkg/../Cargo.toml"] {
            let response = get(name, &[]);
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
            assert_eq!(header(&response, CACHE_CONTROL), Some("no-store"), "{name}");
        }
    }

    #[tokio::test]
    async fn everything_that_pages_name_is_served() {
        let scripts = SCRIPT_PATHS.map(|(js, wasm)| vec![js, wasm]).unwrap_or_default();
        for path in std::iter::once(CSS_PATH).chain(scripts) {
            let name = path.strip_prefix("/pkg/").expect("a path below /pkg/").to_owned();
            let response = serve(Path(name), HeaderMap::new()).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(header(&response, CACHE_CONTROL), Some(CACHE_FOR_EVER), "{path}");
        }
    }
}
