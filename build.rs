//! Turns the finished site (or, without one, the style sheet and the public folder) into a
//! Rust table that `src/server/assets.rs` compiles in, so that the shop is one file to copy.
//!
//! `HARKARA_SITE` names a folder made by `deploy/build/assets.mjs`. Without it the program
//! still serves complete pages: it has the style sheet, and no script.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep style sheets may import each other before we call it a loop.
const IMPORT_DEPTH_MAX: usize = 8;

struct File {
    /// The path in the URL, without the leading slash.
    name: String,
    source: PathBuf,
    tag: String,
    immutable: bool,
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=HARKARA_SITE");
    if env::var_os("CARGO_FEATURE_SSR").is_none() {
        return; // The browser's half embeds nothing, and a new style must not rebuild it.
    }
    println!("cargo:rerun-if-changed=migrations"); // sqlx::migrate! does not see new files.

    let files = match env::var_os("HARKARA_SITE").filter(|value| !value.is_empty()) {
        Some(site) => site_files(
            &fs::canonicalize(&site)
                .unwrap_or_else(|error| panic!("HARKARA_SITE: {}: {error}", PathBuf::from(&site).display())),
        ),
        None => plain_files(),
    };
    let out = out_dir().join("assets.rs");
    write_if_changed(&out, table(&files).as_bytes());
}

/// What `assets.mjs` left behind. It removes strays, so that everything found belongs.
fn site_files(site: &Path) -> Vec<File> {
    // The manifest holds the hash of every file: it changes exactly when the site does.
    let manifest = site.join("manifest.json");
    println!("cargo:rerun-if-changed={}", manifest.display());
    assert!(manifest.is_file(), "{}: no manifest.json; run `make wasm`", site.display());

    let mut files = Vec::new();
    for source in files_in(&site.join("pkg")) {
        let name = file_name(&source);
        let tag = name.split('.').rev().nth(1).unwrap_or_default().to_owned();
        files.push(File { name: format!("pkg/{name}"), source, tag, immutable: true });
    }
    files.extend(public_files(&site.join("public")));
    files
}

/// A build without the browser tools: the style sheet in one piece, and `public/`.
fn plain_files() -> Vec<File> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    println!("cargo:rerun-if-changed=style");
    println!("cargo:rerun-if-changed=public");

    let css = inline_imports(&root.join("style/main.css"), 0);
    let tag = content_tag(css.as_bytes());
    let source = out_dir().join("main.css");
    write_if_changed(&source, css.as_bytes());
    let mut files = vec![File { name: format!("pkg/main.{tag}.css"), source, tag, immutable: true }];
    files.extend(public_files(&root.join("public")));
    files
}

fn public_files(folder: &Path) -> Vec<File> {
    let describe = |source: PathBuf| {
        let tag = content_tag(&read(&source));
        File { name: file_name(&source), source, tag, immutable: false }
    };
    files_in(folder).into_iter().map(describe).collect()
}

/// The files of a folder in a fixed order, compressed copies left out.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable folder").path()).collect();
    paths.retain(|path| {
        assert!(path.is_file(), "{}: only plain files are served", path.display());
        let name = file_name(path);
        !name.starts_with('.') && !name.ends_with(".br") && !name.ends_with(".gz")
    });
    paths.sort();
    paths
}

/// Replaces lines `@import "x.css";` and `@import "x.css" layer(y);` by the text of the file.
/// Only these forms are allowed, so that we and the bundler cannot come to different results.
fn inline_imports(path: &Path, depth: usize) -> String {
    assert!(depth < IMPORT_DEPTH_MAX, "{}: style sheets import each other", path.display());
    let text = String::from_utf8(read(path)).expect("style sheets are UTF-8");
    let folder = path.parent().expect("a file has a folder");
    let mut css = String::new();
    for line in text.lines() {
        if !line.trim_start().starts_with("@import") {
            css.push_str(line);
        } else if let Some((name, layer)) = parse_import(line) {
            let imported = inline_imports(&folder.join(name), depth + 1);
            match layer {
                None => css.push_str(&imported),
                Some(layer) => write!(css, "@layer {layer} {{\n{imported}}}").expect("to a string"),
            }
        } else {
            panic!("{}: cannot read {line}", path.display());
        }
        css.push('\n');
    }
    css
}

/// The file that an import line names, and the layer it goes into.
fn parse_import(line: &str) -> Option<(&str, Option<&str>)> {
    let rest = line.trim().strip_prefix("@import \"")?.strip_suffix(';')?;
    let (name, rest) = rest.split_once('"')?;
    match rest.trim() {
        "" => Some((name, None)),
        rest => Some((name, Some(rest.strip_prefix("layer(")?.strip_suffix(')')?))),
    }
}

/// The Rust text that `assets.rs` includes.
fn table(files: &[File]) -> String {
    let mut rust = String::from("static FILES: &[Asset] = &[\n");
    for file in files {
        let source = file.source.display().to_string();
        let compressed = |ending: &str| {
            let path = format!("{source}.{ending}");
            match Path::new(&path).is_file() {
                true => format!("Some(include_bytes!({path:?}))"),
                false => "None".to_owned(),
            }
        };
        writeln!(
            rust,
            "    Asset {{ name: {:?}, content_type: {:?}, tag: {:?}, immutable: {}, \
             raw: include_bytes!({source:?}), br: {}, gz: {} }},",
            file.name,
            content_type(&file.name),
            file.tag,
            file.immutable,
            compressed("br"),
            compressed("gz"),
        )
        .expect("to a string");
    }
    rust.push_str("];\n");
    let css = path_of(files, "pkg/main.", ".css").expect("the style sheet is always there");
    writeln!(rust, "const CSS_PATH: &str = {css:?};").expect("to a string");
    let scripts = path_of(files, "pkg/harkara.", ".js").zip(path_of(files, "pkg/harkara_bg.", ".wasm"));
    writeln!(rust, "const SCRIPT_PATHS: Option<(&str, &str)> = {scripts:?};").expect("to a string");
    rust
}

fn path_of(files: &[File], start: &str, end: &str) -> Option<String> {
    let wanted = |file: &&File| file.name.starts_with(start) && file.name.ends_with(end);
    let mut found = files.iter().filter(wanted);
    let first = found.next()?;
    assert!(found.next().is_none(), "two files {start}*{end}; run `make clean-site`");
    Some(format!("/{}", first.name))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        other => panic!("{name}: no content type known for .{other}"),
    }
}

/// FNV-1a: names versions of our own files, guards nothing, and needs no crate.
fn content_tag(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

/// An untouched file keeps its time, and so cargo compiles nothing again.
fn write_if_changed(path: &Path, bytes: &[u8]) {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return;
    }
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a file has a name").to_string_lossy().into_owned()
}

fn out_dir() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"))
}
