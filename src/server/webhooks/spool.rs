//! Files that hold pushes while the database is away: one line each, on disk before the courier is
//! answered. Bodies are sealed, as in the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CourierId, StoreId};
use crate::domain::time::UnixMillis;
use crate::server::db::webhooks::NewPush;

const OPEN_FILE: &str = "webhooks.jsonl";
const CLOSED_PREFIX: &str = "closed-";

/// One line.
#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    store_id: StoreId,
    courier_id: CourierId,
    received_at: UnixMillis,
    body: String,
    body_hash: String,
    size_bytes: i64,
}

impl From<NewPush> for Line {
    fn from(push: NewPush) -> Self {
        Line {
            id: push.id,
            store_id: push.store_id,
            courier_id: push.courier_id,
            received_at: push.received_at,
            body: push.body,
            body_hash: push.body_hash,
            size_bytes: push.size_bytes,
        }
    }
}

impl From<Line> for NewPush {
    fn from(line: Line) -> Self {
        NewPush {
            id: line.id,
            store_id: line.store_id,
            courier_id: line.courier_id,
            received_at: line.received_at,
            body: line.body,
            body_hash: line.body_hash,
            size_bytes: line.size_bytes,
        }
    }
}

/// A file nobody writes to any more.
pub struct ClosedFile {
    path: PathBuf,
    /// What is in it.
    pub pushes: Vec<NewPush>,
}

/// The folder of the files.
pub struct Spool {
    folder: PathBuf,
    // Held while the open file is written or closed.
    file: Arc<Mutex<()>>,
}

impl Spool {
    /// A spool in a folder, which is made when it is first needed.
    pub fn new(folder: PathBuf) -> Spool {
        Spool { folder, file: Arc::default() }
    }

    /// Writes pushes and answers once they are on disk.
    ///
    /// # Errors
    /// What the file system says.
    pub async fn append(&self, pushes: Vec<NewPush>) -> io::Result<()> {
        let (folder, file) = (self.folder.clone(), Arc::clone(&self.file));
        blocking(move || {
            let _held = file.lock().unwrap_or_else(PoisonError::into_inner);
            append(&folder, pushes)
        })
        .await
    }

    /// Every file, closed now so that nobody writes to it any more. A last line that was cut off by a
    /// crash was never acknowledged, and is left out.
    pub async fn closed_files(&self) -> Vec<ClosedFile> {
        let (folder, file) = (self.folder.clone(), Arc::clone(&self.file));
        let files = blocking(move || {
            let _held = file.lock().unwrap_or_else(PoisonError::into_inner);
            close_and_read(&folder)
        })
        .await;
        files.unwrap_or_else(|error| {
            tracing::error!("the spool cannot be read: {error}");
            Vec::new()
        })
    }

    /// Bytes of all files.
    pub async fn bytes(&self) -> u64 {
        let folder = self.folder.clone();
        let counted = blocking(move || {
            let mut bytes = 0;
            for entry in fs::read_dir(folder)? {
                bytes += entry?.metadata()?.len();
            }
            Ok(bytes)
        });
        // The folder is made when it is first needed; a file may have been moved into the database.
        counted.await.unwrap_or(0)
    }

    /// Removes a file whose pushes are in the database.
    pub async fn remove(&self, file: &ClosedFile) {
        if let Err(error) = tokio::fs::remove_file(&file.path).await {
            // Its pushes are stored once more next time, which changes nothing.
            tracing::warn!("a spool file cannot be removed: {error}");
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn append(folder: &Path, pushes: Vec<NewPush>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(OPEN_FILE);
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let mut lines = Vec::new();
    if !ends_with_a_line(&path)? {
        // What a crash or a full disk cut off must not take the next line with it.
        lines.push(b'\n');
    }
    for push in pushes {
        serde_json::to_writer(&mut lines, &Line::from(push))?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    file.sync_all()?;
    if is_new {
        // The names too have to survive a power cut.
        File::open(folder)?.sync_all()?;
        if let Some(parent) = folder.parent() {
            File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

fn ends_with_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn close_and_read(folder: &Path) -> io::Result<Vec<ClosedFile>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let open = folder.join(OPEN_FILE);
    if open.exists() {
        let number = fs::read_dir(folder)?.count();
        let stamp =
            fs::metadata(&open)?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
        fs::rename(&open, folder.join(format!("{CLOSED_PREFIX}{stamp}-{number}.jsonl")))?;
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_closed = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(CLOSED_PREFIX));
        if is_closed {
            // Bytes, not text: one torn line must not hide the others.
            let bytes = fs::read(&path)?;
            let pushes =
                bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
            files.push(ClosedFile { pushes: pushes.map(NewPush::from).collect(), path });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(id: &str) -> NewPush {
        NewPush {
            id: id.to_owned(),
            store_id: StoreId::new("s"),
            courier_id: CourierId::new("c"),
            received_at: UnixMillis(1),
            body: "sealed".to_owned(),
            body_hash: "hash".to_owned(),
            size_bytes: 6,
        }
    }

    #[tokio::test]
    async fn what_was_spooled_is_read_back_once_and_a_torn_line_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().join("spool"));
        assert!(spool.closed_files().await.is_empty());
        assert_eq!(spool.bytes().await, 0);
        spool.append(vec![push("1"), push("2")]).await.unwrap();
        assert!(spool.bytes().await > 100);
        spool.append(vec![push("3")]).await.unwrap();
        let mut file = OpenOptions::new().append(true).open(folder.path().join("spool").join(OPEN_FILE)).unwrap();
        file.write_all(b"{\"id\":\"torn\xff").unwrap();
        spool.append(vec![push("4")]).await.unwrap();
        let files = spool.closed_files().await;
        let ids: Vec<_> = files.iter().flat_map(|file| file.pushes.iter().map(|push| push.id.as_str())).collect();
        assert_eq!(ids, ["1", "2", "3", "4"]);
        for file in &files {
            spool.remove(file).await;
        }
        assert!(spool.closed_files().await.is_empty());
    }
}
