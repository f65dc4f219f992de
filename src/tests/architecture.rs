//! The laws of the rooms, as tests: what holds the code in shape must not depend on memory.

use std::path::{Path, PathBuf};

const LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 40, "the walk finds the sources");
    found
}

fn room(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/")
}

fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The part of a file before its unit tests.
fn product(text: &str) -> &str {
    let starts = ["mod tests", "pub mod tests", "#[path"].map(|next| format!("#[cfg(test)]\n{next}"));
    let end = starts.iter().filter_map(|start| text.find(start)).min();
    &text[..end.unwrap_or(text.len())]
}

#[track_caller]
fn assert_none(law: &str, offenders: Vec<String>) {
    assert!(offenders.is_empty(), "{law}:\n{}", offenders.join("\n"));
}

#[test]
fn every_file_says_what_lives_in_it() {
    let offenders =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| room(&path)).collect();
    assert_none("each file starts with //!", offenders);
}

#[test]
fn files_and_functions_stay_small() {
    let mut offenders = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > LINES_MAX && !room(&path).ends_with("messages.rs") {
            offenders.push(format!("{}: {lines} lines", room(&path)));
        }
        offenders.extend(long_functions(&room(&path), &text));
    }
    assert_none("at most 500 lines a file and 70 a function", offenders);
}

fn long_functions(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let is_function = ["fn ", "pub fn ", "async fn ", "pub async fn ", "const fn ", "pub const fn "]
            .iter()
            .any(|start| trimmed.starts_with(start));
        if !is_function {
            continue;
        }
        let indent = line.len() - trimmed.len();
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[at..].iter().position(|line| **line == close)
            && length > FUNCTION_LINES_MAX
        {
            found.push(format!("{name}:{}: {length} lines", at + 1));
        }
    }
    found
}

#[test]
fn sql_is_nowhere_but_in_the_database_room() {
    let words = ["sqlx::query", "query_as", "query_scalar", "Sql::new("];
    let offenders = sources()
        .into_iter()
        .filter(|(path, _)| !room(path).starts_with("server/db/") && !room(path).starts_with("tests/"))
        .filter(|(_, text)| code(text).any(|line| words.iter().any(|word| line.contains(word))))
        .map(|(path, _)| room(&path))
        .collect();
    assert_none("SQL lives in server/db", offenders);
}

#[test]
fn feature_gates_are_nowhere_but_in_lib() {
    let offenders = sources()
        .into_iter()
        .filter(|(path, _)| room(path) != "lib.rs" && !room(path).starts_with("tests/"))
        .filter(|(_, text)| code(text).any(|line| line.contains("cfg(feature") || line.contains("cfg(not(feature")))
        .filter(|(path, text)| !(room(path) == "islands/mod.rs" && text.contains("cfg_attr(feature")))
        .map(|(path, _)| room(&path))
        .collect();
    assert_none("cfg(feature) only in lib.rs (derives by cfg_attr are allowed)", offenders);
}

#[test]
fn dependencies_point_one_way() {
    let laws: &[(&str, &[&str])] = &[
        (
            "domain/",
            &[
                "crate::server",
                "crate::islands",
                "crate::server_fns",
                "async fn",
                "std::fs",
                "SystemTime",
                "std::net::Tcp",
            ],
        ),
        ("islands/", &["crate::server::"]),
        (
            "server/db/",
            &["crate::server::actions", "crate::server::pages", "crate::server::api", "crate::server_fns", "axum::"],
        ),
        (
            "server/actions/",
            &["axum::", "crate::server::pages", "crate::server::api", "crate::server_fns", "crate::islands"],
        ),
    ];
    let mut offenders = Vec::new();
    for (path, text) in sources() {
        let name = room(&path);
        for (start, forbidden) in laws.iter().filter(|(start, _)| name.starts_with(start)) {
            for word in *forbidden {
                if code(product(&text)).any(|line| line.contains(word)) {
                    offenders.push(format!("{name} ({start}) uses {word}"));
                }
            }
        }
    }
    assert_none("doors → actions → db → domain", offenders);
}

#[test]
fn server_functions_reach_the_server_only_inside_their_bodies() {
    let offenders = sources()
        .into_iter()
        .filter(|(path, _)| room(path).starts_with("server_fns/"))
        .filter(|(_, text)| code(text).any(|line| line.starts_with("use crate::server::")))
        .map(|(path, _)| room(&path))
        .collect();
    assert_none("server_fns import nothing of the server", offenders);
}

#[test]
fn writes_happen_only_in_actions_and_in_what_owns_its_tables() {
    // `webhooks` owns the log of pushes, `jobs` the queue; what follows from them is an action.
    let owners = [
        "server/actions/",
        "server/db/",
        "server/demo/",
        "server/mod.rs",
        "server/api/",
        "server/webhooks/",
        "server/jobs/",
        "tests/",
    ];
    let offenders = sources()
        .into_iter()
        .filter(|(path, _)| !owners.iter().any(|owner| room(path).starts_with(owner)))
        .filter(|(_, text)| code(product(text)).any(|line| line.contains(".write(move") || line.contains(".db.write(")))
        .map(|(path, _)| room(&path))
        .collect();
    assert_none("a change of the shop is an action", offenders);
}

#[test]
fn nothing_but_its_command_knows_of_the_simulation() {
    let own = ["server/simulation/", "server/cli/simulate.rs", "tests/"];
    let knows = |text: &str| {
        let lines: Vec<&str> = code(text).collect();
        lines.windows(2).any(|pair| pair[1].contains("server::simulation") && pair[0].trim() != "#[cfg(test)]")
    };
    let offenders = sources()
        .into_iter()
        .map(|(path, text)| (room(&path), text))
        .filter(|(name, text)| !own.iter().any(|start| name.starts_with(start)) && knows(text))
        .map(|(name, _)| name)
        .collect();
    assert_none("no shop can be told to simulate, and planted bugs are in tests alone", offenders);
}

#[test]
fn nothing_panics_on_purpose_outside_tests() {
    let mut offenders = Vec::new();
    let is_test = |name: &str| name.starts_with("tests/") || name.ends_with("_tests.rs");
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test(&room(path))) {
        for (at, line) in product(&text).lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment
                && [".unwrap()", "panic!(", "todo!(", "unimplemented!("].iter().any(|word| line.contains(word))
                && !line.contains("NonZero")
            {
                offenders.push(format!("{}:{}: {}", room(&path), at + 1, line.trim()));
            }
        }
    }
    assert_none("no unwrap, panic, todo outside tests", offenders);
}
