//! The spool: order, restarts, torn records, files written anew, what is taken away.

use super::*;
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::time::UnixMillis;

fn push(id: &str, body: &str) -> NewPush {
    NewPush {
        id: id.to_owned(),
        store_id: StoreId::new("s"),
        courier_id: CourierId::new("c"),
        received_at: UnixMillis(1),
        body: body.to_owned(),
        body_hash: "hash".to_owned(),
        size_bytes: 6,
    }
}

struct Shelf {
    folder: tempfile::TempDir,
    spool: Spool,
}

impl Shelf {
    fn new() -> Shelf {
        let folder = tempfile::tempdir().unwrap();
        Shelf { spool: Spool::new(folder.path().join("spool")), folder }
    }

    /// The process ends, however it does, and another one begins.
    fn restart(self) -> Shelf {
        let folder = self.folder;
        drop(self.spool);
        Shelf { spool: Spool::new(folder.path().join("spool")), folder }
    }

    fn append(&self, ids: &[&str]) {
        let pushes: Vec<NewPush> = ids.iter().map(|id| push(id, "sealed")).collect();
        self.spool.append(&pushes.iter().collect::<Vec<_>>()).unwrap();
    }

    /// Reads some and says that the database has them.
    fn apply(&self, count: usize) -> Vec<String> {
        self.spool.take().unwrap();
        let spooled = self.spool.next(None, count).unwrap().unwrap();
        self.spool.has_applied(spooled.place);
        spooled.pushes.into_iter().map(|push| push.id).collect()
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path().join("spool")).unwrap().count() - 1
    }

    /// All bytes of all files, to find something in.
    fn holds(&self, text: &str) -> bool {
        fs::read_dir(self.folder.path().join("spool")).unwrap().any(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

#[test]
fn pushes_are_read_in_the_order_they_came_and_once() {
    let shelf = Shelf::new();
    assert_eq!(shelf.apply(10), [""; 0]);
    shelf.append(&["1", "2"]);
    shelf.append(&["3"]);
    assert!(shelf.spool.waiting_bytes() > 300);
    assert_eq!(shelf.apply(2), ["1", "2"]);
    shelf.append(&["4"]);
    assert!(shelf.spool.has_waiting(None));
    assert_eq!(shelf.apply(10), ["3", "4"]);
    assert!(!shelf.spool.has_waiting(None));
    assert_eq!(shelf.spool.waiting_bytes(), 0);
    assert_eq!(shelf.apply(10), [""; 0]);
}

#[test]
fn what_was_not_applied_before_the_end_is_read_again_and_marked_as_old() {
    let shelf = Shelf::new();
    shelf.append(&["1", "2"]);
    assert_eq!(shelf.apply(1), ["1"]);
    let shelf = shelf.restart();
    shelf.append(&["3"]);
    // The spool does not know what the database has got: all of them, and apart from those of this run.
    let spooled = shelf.spool.next(None, 10).unwrap().unwrap();
    assert_eq!((spooled.is_old, spooled.pushes.len()), (true, 2));
    shelf.spool.has_applied(spooled.place);
    let spooled = shelf.spool.next(None, 10).unwrap().unwrap();
    assert_eq!((spooled.is_old, spooled.pushes[0].id.as_str()), (false, "3"));
}

#[test]
fn a_record_that_was_cut_off_is_none_and_hides_nothing() {
    for cut in [1, 7, 9, 40] {
        let shelf = Shelf::new();
        shelf.append(&["1", "2"]);
        let end = shelf.spool.end().unwrap().offset;
        shelf.append(&["3"]);
        let path = shelf.folder.path().join("spool/pushes-0");
        let file = OpenOptions::new().write(true).open(path).unwrap();
        let zeros = [0; 300];
        file.write_all_at(&zeros, end + cut).unwrap();
        let shelf = shelf.restart();
        shelf.append(&["4"]);
        assert_eq!(shelf.apply(10), ["1", "2"], "cut after {cut}");
        assert_eq!(shelf.apply(10), ["4"], "cut after {cut}");
    }
}

#[test]
fn files_are_written_anew_once_they_are_forgotten_and_old_records_in_them_do_not_count() {
    let shelf = Shelf::new();
    let long = "x".repeat(FILE_BYTES as usize / 4);
    for round in 0..12 {
        let pushes = [push(&format!("{round}a"), &long), push(&format!("{round}b"), &long)];
        shelf.spool.append(&pushes.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(shelf.apply(10), [format!("{round}a"), format!("{round}b")]);
        shelf.spool.forget(shelf.spool.end().unwrap());
    }
    assert_eq!(shelf.files(), 2);
    // A short record at the beginning of a file that was full of others.
    shelf.spool.end_file();
    shelf.append(&["short"]);
    let shelf = shelf.restart();
    shelf.append(&["new"]);
    let mut read = shelf.apply(100);
    read.extend(shelf.apply(100));
    assert_eq!(&read[read.len() - 2..], ["short", "new"]);
}

#[test]
fn nothing_is_written_over_that_the_database_has_not_on_disk() {
    let shelf = Shelf::new();
    let long = "x".repeat(FILE_BYTES as usize / 2);
    for round in 0..6 {
        let one = push(&round.to_string(), &long);
        shelf.spool.append(&[&one]).unwrap();
        shelf.apply(1);
    }
    assert_eq!(shelf.files(), 6);
    let shelf = shelf.restart();
    assert_eq!(shelf.apply(10), ["0", "1", "2", "3", "4", "5"]);
    let end = shelf.spool.end().unwrap();
    assert!(shelf.spool.is_full(end));
    shelf.spool.forget(end);
    assert!(!shelf.spool.is_full(end));
    shelf.spool.clear_forgotten().unwrap();
    assert_eq!(shelf.files(), 2);
}

#[test]
fn what_is_cleared_is_gone_from_the_disk() {
    let shelf = Shelf::new();
    let one = push("1", "a sealed body that somebody asked to be forgotten");
    shelf.spool.append(&[&one]).unwrap();
    shelf.apply(1);
    shelf.spool.end_file();
    shelf.spool.clear_forgotten().unwrap();
    assert!(shelf.holds("somebody asked"), "not before it is known to be on the database's disk");
    shelf.spool.forget(shelf.spool.end().unwrap());
    shelf.spool.clear_forgotten().unwrap();
    assert!(!shelf.holds("somebody asked"));
    shelf.append(&["2"]);
    assert_eq!(shelf.apply(10), ["2"]);
}

#[test]
fn a_push_longer_than_a_file_is_kept_too() {
    let shelf = Shelf::new();
    shelf.append(&["1"]);
    let long = push("2", &"x".repeat(FILE_BYTES as usize + 1));
    shelf.spool.append(&[&long]).unwrap();
    shelf.append(&["3"]);
    assert_eq!(shelf.apply(10), ["1", "2", "3"]);
    let shelf = shelf.restart();
    assert_eq!(shelf.apply(10), ["1", "2", "3"]);
}

#[test]
fn a_folder_is_one_processs() {
    let shelf = Shelf::new();
    shelf.append(&["1"]);
    let other = Spool::new(shelf.folder.path().join("spool"));
    assert_eq!(other.take().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let one = push("2", "sealed");
    assert_eq!(other.append(&[&one]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(shelf.spool);
    other.append(&[&one]).unwrap();
    let spooled = other.next(None, 10).unwrap().unwrap();
    assert_eq!((spooled.is_old, spooled.pushes[0].id.as_str()), (true, "1"));
}
