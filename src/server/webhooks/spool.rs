//! Where pushes are on disk before their courier is answered: records one after another in files of one
//! size. Bodies are sealed, as in the database.
//!
//! A commit of the database has to wait for the writer and for the disk to write pages here and there. A
//! record is written behind the last one into a file that has its size already, which is the least a disk
//! can be asked for; and it does not need the database to be there. Whoever applies pushes reads them from
//! the same files, in order, and says how far the database has them; files before that are written anew.
//!
//! A record counts when its checksum, which covers its place, is right: what a crash has cut off and what
//! a file held before are no records. One process uses a folder at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::server::db::webhooks::NewPush;

/// Bytes of a file: some thousands of pushes, and written in full within some milliseconds.
const FILE_BYTES: u64 = 4 << 20;
/// What a file begins with: these bytes, its number, and a checksum of both.
const MAGIC: [u8; 8] = *b"pushes 1";
const HEADER_BYTES: u64 = 20;
/// What a record begins with: its length and its checksum.
const RECORD_HEADER_BYTES: usize = 8;
/// Files that are kept although nothing is in them: the next one to write.
const SPARE_FILES: usize = 1;
const LOCK_FILE: &str = "lock";

/// A place between two records: the number of a file, which grows by one from file to file, and the bytes
/// before the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    file: u64,
    offset: u64,
}

impl Place {
    fn start_of(file: u64) -> Place {
        Place { file, offset: HEADER_BYTES }
    }
}

/// Pushes read from the spool.
pub struct Spooled {
    /// In the order in which they came.
    pub pushes: Vec<NewPush>,
    /// The place before them.
    pub from: Place,
    /// The place behind them.
    pub place: Place,
    /// They were written before this process began: nobody knows which of them the database has.
    pub is_old: bool,
}

/// A file of the folder and the number it has now; none when nothing is in it.
struct Slot {
    path: PathBuf,
    number: Option<u64>,
}

/// A folder that this process has for itself.
struct Open {
    slots: Vec<Slot>,
    written: Place,
    applied: Place,
    /// The first file of this process; what is in those before may be in the database.
    begun: u64,
    /// Files before this number may be written anew.
    kept_from: u64,
    // Given back by the system when the process ends, however it does.
    _lock: File,
}

/// The folder of the files.
pub struct Spool {
    folder: PathBuf,
    open: Mutex<Option<Open>>,
    // Held by whoever writes, and not while others look at what is written.
    writing: Mutex<Option<(u64, File)>>,
}

impl Spool {
    /// A spool in a folder, which is made when it is first needed.
    pub fn new(folder: PathBuf) -> Spool {
        Spool { folder, open: Mutex::default(), writing: Mutex::default() }
    }

    /// Takes the folder for this process, if it has not got it yet.
    ///
    /// # Errors
    /// What the file system says, and [`io::ErrorKind::WouldBlock`] while another process has it.
    pub fn take(&self) -> io::Result<()> {
        let mut open = lock(&self.open);
        if open.is_none() {
            *open = Some(Open::take(&self.folder)?);
        }
        Ok(())
    }

    /// Writes pushes and returns once they are on disk.
    ///
    /// # Errors
    /// What the file system says; then none of them counts.
    pub fn append(&self, pushes: &[&NewPush]) -> io::Result<()> {
        self.take()?;
        let mut writing = lock(&self.writing);
        let mut place = lock(&self.open).as_ref().map_or(Place::start_of(0), |open| open.written);
        let mut records = Vec::new();
        for push in pushes {
            let record = serde_json::to_vec(push)?;
            let end = place.offset + (records.len() + RECORD_HEADER_BYTES + record.len()) as u64;
            if end > FILE_BYTES && place.offset + records.len() as u64 > HEADER_BYTES {
                self.write(&mut writing, place, &records)?;
                place = Place::start_of(place.file + 1);
                records.clear();
            }
            let offset = place.offset + records.len() as u64;
            records.extend((record.len() as u32).to_le_bytes());
            records.extend(checksum(Place { offset, ..place }, &record).to_le_bytes());
            records.extend(record);
        }
        place = self.write(&mut writing, place, &records)?;
        if let Some(open) = &mut *lock(&self.open) {
            open.written = place;
        }
        Ok(())
    }

    /// Puts records at a place and waits for the disk; answers the place behind them.
    fn write(&self, writing: &mut Option<(u64, File)>, place: Place, records: &[u8]) -> io::Result<Place> {
        if writing.as_ref().is_none_or(|(number, _)| *number != place.file) {
            *writing = Some((place.file, self.begin_file(place.file)?));
        }
        let Some((_, file)) = writing else { return Err(io::ErrorKind::NotFound.into()) };
        file.write_all_at(records, place.offset)?;
        file.sync_data()?;
        Ok(Place { offset: place.offset + records.len() as u64, ..place })
    }

    /// A file to write, with its header: one that nothing is left in, or a new one.
    fn begin_file(&self, number: u64) -> io::Result<File> {
        let mut open = lock(&self.open);
        let open = open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let kept_from = open.kept_from;
        let same = open.slots.iter().position(|slot| slot.number == Some(number));
        let free = || open.slots.iter().position(|slot| slot.number.is_none_or(|number| number < kept_from));
        let at = match same.or_else(free) {
            Some(at) => at,
            None => {
                let path = self.folder.join(format!("pushes-{}", open.slots.len()));
                make_file(&path)?;
                open.slots.push(Slot { path, number: None });
                open.slots.len() - 1
            }
        };
        let file = OpenOptions::new().write(true).open(&open.slots[at].path)?;
        file.write_all_at(&header(number), 0)?;
        open.slots[at].number = Some(number);
        Ok(file)
    }

    /// The next pushes behind a place, or behind those that were applied; none while the folder is another's.
    ///
    /// # Errors
    /// What the file system says.
    pub fn next(&self, behind: Option<Place>, count: usize) -> io::Result<Option<Spooled>> {
        let (from, end, begun, files) = {
            let open = lock(&self.open);
            let Some(open) = open.as_ref() else { return Ok(None) };
            let files: Vec<(u64, PathBuf)> =
                open.slots.iter().filter_map(|slot| Some((slot.number?, slot.path.clone()))).collect();
            (behind.unwrap_or(open.applied), open.written, open.begun, files)
        };
        let mut place = from;
        let is_old = place.file < begun;
        // Those of before the start and those of this run are not given together.
        let end = if is_old { end.min(Place::start_of(begun)) } else { end };
        let mut pushes = Vec::new();
        while place < end && pushes.len() < count {
            let path = files.iter().find(|(number, _)| *number == place.file).map(|(_, path)| path);
            if let Some(path) = path {
                let limit = (place.file == end.file).then_some(end.offset);
                place.offset = read_records(path, place, limit, count, &mut pushes)?;
            }
            if pushes.len() < count && place < end {
                if place.file == end.file {
                    tracing::error!("the spool cannot be read up to its end");
                }
                place = if place.file < end.file { Place::start_of(place.file + 1) } else { end };
            }
        }
        Ok(Some(Spooled { pushes, from, place, is_old }))
    }

    /// Says that the database has everything before a place.
    pub fn has_applied(&self, place: Place) {
        if let Some(open) = &mut *lock(&self.open) {
            open.applied = open.applied.max(place);
        }
    }

    /// Whether a file is full that the database has everything of, and that is not forgotten yet.
    pub fn is_full(&self, place: Place) -> bool {
        lock(&self.open).as_ref().is_some_and(|open| open.kept_from < place.file)
    }

    /// Says that what the database has of files before this place is on its disk: they may be written anew.
    pub fn forget(&self, place: Place) {
        if let Some(open) = &mut *lock(&self.open) {
            open.kept_from = open.kept_from.max(place.file);
        }
    }

    /// The place behind the last push that was written.
    pub fn end(&self) -> Option<Place> {
        lock(&self.open).as_ref().map(|open| open.written)
    }

    /// Whether the database has everything before a place.
    pub fn is_applied(&self, place: Place) -> bool {
        lock(&self.open).as_ref().is_none_or(|open| open.applied >= place)
    }

    /// Whether something is behind a place, or else behind what was applied.
    pub fn has_waiting(&self, behind: Option<Place>) -> bool {
        lock(&self.open).as_ref().is_some_and(|open| behind.unwrap_or(open.applied) < open.written)
    }

    /// Whether everything before a place is applied, and nothing behind it.
    pub fn is_next(&self, place: Place) -> bool {
        lock(&self.open).as_ref().is_some_and(|open| open.applied == place)
    }

    /// Bytes that wait for the database.
    pub fn waiting_bytes(&self) -> u64 {
        let open = lock(&self.open);
        let Some(Open { written, applied, .. }) = open.as_ref() else { return 0 };
        if applied >= written {
            return 0;
        }
        (written.file - applied.file) * FILE_BYTES + written.offset - applied.offset
    }

    /// Ends the file that is being written, so that it can be forgotten. Answers up to where everything is
    /// applied.
    pub fn end_file(&self) -> Option<Place> {
        let _still = lock(&self.writing);
        let mut open = lock(&self.open);
        let open = open.as_mut()?;
        if open.written.offset > HEADER_BYTES {
            let is_applied = open.applied == open.written;
            open.written = Place::start_of(open.written.file + 1);
            if is_applied {
                open.applied = open.written;
            }
        }
        Some(open.applied)
    }

    /// Takes away what files hold that may be forgotten, and files that are too many.
    ///
    /// # Errors
    /// What the file system says.
    pub fn clear_forgotten(&self) -> io::Result<()> {
        let mut open = lock(&self.open);
        let Some(open) = open.as_mut() else { return Ok(()) };
        let kept_from = open.kept_from;
        for slot in open.slots.iter_mut().filter(|slot| slot.number.is_some_and(|number| number < kept_from)) {
            write_zeros(&OpenOptions::new().write(true).open(&slot.path)?)?;
            slot.number = None;
        }
        while open.slots.len() > SPARE_FILES + 1 && open.slots.last().is_some_and(|slot| slot.number.is_none()) {
            if let Some(slot) = open.slots.pop() {
                fs::remove_file(slot.path)?;
            }
        }
        Ok(())
    }
}

impl Open {
    fn take(folder: &Path) -> io::Result<Open> {
        fs::create_dir_all(folder)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOCK_FILE))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })?;
        let mut slots = Vec::new();
        loop {
            let path = folder.join(format!("pushes-{}", slots.len()));
            if !path.exists() {
                break;
            }
            slots.push(Slot { number: number_of(&path)?, path });
        }
        let numbers = || slots.iter().filter_map(|slot| slot.number);
        // Never on in a file of another process: what it was writing last may be half there.
        let written = Place::start_of(numbers().max().map_or(1, |number| number + 1));
        let applied = numbers().min().map_or(written, Place::start_of);
        Ok(Open { slots, written, applied, begun: written.file, kept_from: applied.file, _lock: lock })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file of full size on disk, so that writing into it changes nothing but the bytes written.
fn make_file(path: &Path) -> io::Result<()> {
    write_zeros(&File::create(path)?)?;
    // The names too have to survive a power cut.
    for folder in path.ancestors().skip(1).take(2).filter(|folder| folder.is_dir()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write_zeros(mut file: &File) -> io::Result<()> {
    let zeros = [0; 64 << 10];
    for _ in 0..FILE_BYTES / zeros.len() as u64 {
        file.write_all(&zeros)?;
    }
    file.sync_all()
}

fn header(number: u64) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[..8].copy_from_slice(&MAGIC);
    header[8..16].copy_from_slice(&number.to_le_bytes());
    let sum = crc32fast::hash(&header[..16]);
    header[16..].copy_from_slice(&sum.to_le_bytes());
    header
}

/// The number in a file's header; none when there is no right one.
fn number_of(path: &Path) -> io::Result<Option<u64>> {
    let mut found = [0; HEADER_BYTES as usize];
    match File::open(path)?.read_exact_at(&mut found, 0) {
        Ok(()) => {}
        // A crash while it was made.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut number = [0; 8];
    number.copy_from_slice(&found[8..16]);
    let number = u64::from_le_bytes(number);
    Ok((found == header(number)).then_some(number))
}

fn checksum(place: Place, record: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&place.file.to_le_bytes());
    hasher.update(&place.offset.to_le_bytes());
    hasher.update(record);
    hasher.finalize()
}

/// Reads records of a file from a place on until there are enough; answers the bytes before the next one.
fn read_records(
    path: &Path,
    from: Place,
    limit: Option<u64>,
    count: usize,
    pushes: &mut Vec<NewPush>,
) -> io::Result<u64> {
    let file = File::open(path)?;
    let limit = match limit {
        Some(limit) => limit,
        None => file.metadata()?.len(),
    };
    let mut place = from;
    let mut bytes = Vec::new();
    while pushes.len() < count {
        let mut start = [0; RECORD_HEADER_BYTES];
        if place.offset + RECORD_HEADER_BYTES as u64 > limit {
            break;
        }
        file.read_exact_at(&mut start, place.offset)?;
        let length = u32::from_le_bytes([start[0], start[1], start[2], start[3]]);
        let sum = u32::from_le_bytes([start[4], start[5], start[6], start[7]]);
        let end = place.offset + RECORD_HEADER_BYTES as u64 + u64::from(length);
        if length == 0 || end > limit {
            break;
        }
        bytes.resize(length as usize, 0);
        file.read_exact_at(&mut bytes, place.offset + RECORD_HEADER_BYTES as u64)?;
        if checksum(place, &bytes) != sum {
            break;
        }
        match serde_json::from_slice(&bytes) {
            Ok(push) => pushes.push(push),
            // Written by another version of the program: nothing can be done with it here.
            Err(error) => tracing::error!("a spooled push cannot be read: {error}"),
        }
        place.offset = end;
    }
    Ok(place.offset)
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
