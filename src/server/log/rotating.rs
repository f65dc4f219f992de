//! A log file with a limit: before a line would exceed it, the file is put away as `.1`, what was `.1`
//! becomes `.2`, and the oldest goes.
//!
//! Own code: `tracing-appender` rotates by time alone, and `file-rotate` either tears a line at the limit
//! or goes beyond it. Several processes may write the same file (a command beside the shop): the size is
//! asked of the file, and whoever meets the limit looks whether another one has put it away already.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file and those that were put away.
pub struct RotatingFile {
    path: PathBuf,
    file: File,
    bytes_max: u64,
    backups_max: u32,
}

impl RotatingFile {
    /// Opens the file to go on at its end; its folder is made when it is missing.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(path: &Path, bytes_max: u64, backups_max: u32) -> io::Result<RotatingFile> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(RotatingFile { path: path.to_owned(), file: append_to(path)?, bytes_max, backups_max })
    }

    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        if self.fits(bytes)? {
            return Ok(());
        }
        // Perhaps somebody else has put it away, and this is the old one.
        self.file = append_to(&self.path)?;
        if self.fits(bytes)? {
            return Ok(());
        }
        for number in (1..self.backups_max).rev() {
            if self.backup(number).exists() {
                fs::rename(self.backup(number), self.backup(number + 1))?;
            }
        }
        fs::rename(&self.path, self.backup(1))?;
        self.file = append_to(&self.path)?;
        Ok(())
    }

    /// A line that is longer than a whole file gets one for itself.
    fn fits(&self, bytes: u64) -> io::Result<bool> {
        let size = self.file.metadata()?.len();
        Ok(size == 0 || size + bytes <= self.bytes_max)
    }

    fn backup(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

impl Write for RotatingFile {
    /// Writes one line whole. When the file cannot be put away, the line goes where the others are:
    /// a log that is too long is better than none.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let made_room = self.make_room(line.len() as u64);
        self.file.write_all(line)?;
        if let Err(error) = made_room {
            // Not by `tracing`, which is on its way through here.
            eprintln!("The log file {} cannot be put away: {error}.", self.path.display());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Log {
        folder: tempfile::TempDir,
    }

    impl Log {
        fn new() -> Log {
            Log { folder: tempfile::tempdir().unwrap() }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("logs/shop.log")
        }

        fn open(&self) -> RotatingFile {
            RotatingFile::open(&self.path(), 10, 3).unwrap()
        }

        /// What is in the file, and in each that was put away.
        fn contents(&self) -> Vec<String> {
            let mut paths = vec![self.path()];
            paths.extend((1..9).map(|number| self.path().with_extension(format!("log.{number}"))));
            paths.iter().map_while(|path| fs::read_to_string(path).ok()).collect()
        }
    }

    #[test]
    fn a_line_that_would_exceed_the_limit_begins_a_new_file_and_no_line_is_torn() {
        let log = Log::new();
        let mut file = log.open();
        file.write_all(b"12345\n").unwrap();
        file.write_all(b"789\n").unwrap();
        assert_eq!(log.contents(), ["12345\n789\n"], "exactly the limit fits");
        file.write_all(b"\n").unwrap();
        assert_eq!(log.contents(), ["\n", "12345\n789\n"]);
        file.write_all(b"a line beyond the limit\n").unwrap();
        assert_eq!(log.contents(), ["a line beyond the limit\n", "\n", "12345\n789\n"]);
    }

    #[test]
    fn the_newest_backups_are_kept_and_the_oldest_goes() {
        let log = Log::new();
        let mut file = log.open();
        for number in 1..=6 {
            file.write_all(format!("line {number}...\n").as_bytes()).unwrap();
        }
        assert_eq!(log.contents(), ["line 6...\n", "line 5...\n", "line 4...\n", "line 3...\n"]);
    }

    #[test]
    fn it_goes_on_where_it_stopped() {
        let log = Log::new();
        log.open().write_all(b"12345\n").unwrap();
        log.open().write_all(b"789\n").unwrap();
        assert_eq!(log.contents(), ["12345\n789\n"]);
        log.open().write_all(b"next\n").unwrap();
        assert_eq!(log.contents(), ["next\n", "12345\n789\n"]);
    }

    #[test]
    fn what_another_process_has_put_away_is_not_put_away_again() {
        let log = Log::new();
        let (mut one, mut other) = (log.open(), log.open());
        one.write_all(b"12345678\n").unwrap();
        other.write_all(b"second\n").unwrap();
        one.write_all(b"3\n").unwrap();
        assert_eq!(log.contents(), ["second\n3\n", "12345678\n"]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_at_once_and_one_that_is_lost_later_costs_no_line() {
        let log = Log::new();
        let in_the_way = log.folder.path().join("file");
        fs::write(&in_the_way, "").unwrap();
        assert!(RotatingFile::open(&in_the_way.join("shop.log"), 10, 3).is_err());
        let mut file = log.open();
        file.write_all(b"12345678\n").unwrap();
        // A folder stands where the backup would go.
        fs::create_dir_all(log.path().with_extension("log.1").join("occupied")).unwrap();
        fs::create_dir_all(log.path().with_extension("log.2").join("occupied")).unwrap();
        fs::create_dir_all(log.path().with_extension("log.3").join("occupied")).unwrap();
        file.write_all(b"more\n").unwrap();
        assert_eq!(log.contents(), ["12345678\nmore\n"]);
    }
}
