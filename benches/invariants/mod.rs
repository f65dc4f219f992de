//! A benchmark that leaves broken data behind has measured nothing.

use std::path::Path;

use harkara::server::actions::invariants::check_database;
use harkara::server::clock::Clock;
use harkara::server::db::Db;

/// What does not hold of the databases in a folder, in words; that something waits is no breach.
pub async fn broken_in(folder: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let db = Db::connect(&format!("sqlite://{}", path.display())).await.expect("the database");
        let found = check_database(&db, Clock::System.now()).await.expect("looked through");
        db.close().await;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        broken.extend(found.iter().filter(|one| !one.is_warning()).map(|one| format!("{name}: {one}")));
    }
    broken
}
