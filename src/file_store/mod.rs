//! Where the bytes of kept files lie, each under its key: in a folder beside the chat's file, or in memory.
//!
//! ```text
//! chat.db.files/incoming/     bodies on their way, and files that are being made (see `transfer`)
//! chat.db.files/ab/ab34...    a kept file: its key in 32 hexadecimal digits
//! ```
//!
//! What is kept never changes. A file is synced before it gets its name, and its name before [`FileStore::keep`]
//! returns: whoever records the key after that has the bytes as long as the disk has what was synced. What a crash left
//! between the two is removed by [`FileStore::clean`].

mod folder;
mod memory;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) use folder::Folder;
use memory::Memory;

use crate::chat::FileKey;
use crate::fair::{Overloaded, Permit, Semaphore};
use crate::lock::lock;
use crate::log::log;
use crate::secrets::draw_file_key;
use crate::transfer::Content;

/// Works on files at once: each reads and writes a whole file, or waits for the disk.
const WORK_AT_ONCE: usize = 4;
/// Works under way or waiting for a turn; who comes then is asked to come back.
pub(crate) const FILE_WORK_ADMITTED: usize = 32;
/// Files that one crash may leave: those that were being kept, and some whose removal the disk did not hear of.
const STRAY_MAX: usize = if cfg!(test) { 3 } else { 1_000 };
/// What a file takes at least, in bytes: a block of most disks. So the bound of bytes is one of files as well.
const BLOCK: u64 = 4096;

/// All files that are kept, within a bound of bytes, of which each file takes whole blocks.
pub(crate) struct FileStore {
    bytes_max: u64,
    place: Place,
    work: Semaphore,
}

enum Place {
    Folder {
        folder: Folder,
        /// Bytes of what lies there, and of what is on its way there. No I/O under it.
        bytes: Mutex<u64>,
    },
    Memory(Mutex<Memory>),
}

/// A file that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) key: FileKey,
    /// What was let go of for it: the oldest, where files are kept in memory.
    pub(crate) evicted: Vec<FileKey>,
}

/// Why a file is not kept. Nothing of it is left.
#[derive(Debug)]
pub(crate) enum KeepError {
    /// All files together may have so many bytes.
    Full,
    /// The disk has no space left.
    DiskFull,
    Disk(io::Error),
}

impl From<io::Error> for KeepError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Disk(error),
        }
    }
}

impl FileStore {
    /// Files in this folder, which is made when there is a file; without one, in memory. [`Self::clean`] has to follow
    /// before anything is kept.
    ///
    /// Errors: one line for the operator, where the folder cannot be used.
    pub(crate) fn open(folder: Option<&Path>, bytes_max: u64) -> Result<Self, String> {
        let place = match folder {
            Some(path) => Place::Folder { folder: Folder::open(path)?, bytes: Mutex::default() },
            None => Place::Memory(Mutex::default()),
        };
        let work = Semaphore::new(WORK_AT_ONCE, FILE_WORK_ADMITTED - WORK_AT_ONCE);
        Ok(Self { bytes_max, place, work })
    }

    /// A turn for whoever makes a file to be kept, keeps or removes some; the lane serves others meanwhile. Not to be
    /// taken twice by one thread.
    pub(crate) fn turn(&self) -> Result<Permit<'_>, Overloaded> {
        self.work.acquire()
    }

    /// The folder of what becomes a file here, if it lies on the disk.
    pub(crate) fn incoming(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Folder { folder, .. } => Some(folder.incoming()),
            Place::Memory(_) => None,
        }
    }

    /// Removes the files that nobody knows, which a crash may have left, and counts the others. What is no file of this
    /// store is left alone, nothing that is missing is an error, and where so many are unknown that these are another
    /// chat's, all are left. Says in the log what it did.
    ///
    /// Cost: a look at every file.
    pub(crate) fn clean(&self, known: &HashSet<FileKey>) -> io::Result<()> {
        let Place::Folder { folder, bytes } = &self.place else { return Ok(()) };
        let (mut stray, mut stray_bytes, mut kept) = (Vec::new(), 0_u64, 0);
        folder.list(|key, length| {
            kept += on_disk(length);
            if !known.contains(&key) {
                stray.push(key);
                stray_bytes += length;
            }
        })?;
        *lock(bytes) = kept;
        let count = stray.len();
        if count > STRAY_MAX {
            log(format_args!(
                "{count} files with {stray_bytes} bytes are no message's; so many stay, as they may be another chat's"
            ));
        } else if count > 0 {
            let removed = self.remove(&stray).len();
            log(format_args!("files that no message has were removed: {removed}, with {stray_bytes} bytes"));
        }
        Ok(())
    }

    /// Whether a file of so many bytes could be kept now.
    pub(crate) fn has_room_for(&self, length: u64) -> bool {
        match &self.place {
            Place::Folder { bytes, .. } => lock(bytes).saturating_add(on_disk(length)) <= self.bytes_max,
            Place::Memory(_) => on_disk(length) <= self.bytes_max,
        }
    }

    /// Keeps a file that is spooled, and on the disk without writing it again. In memory, the oldest files make room.
    pub(crate) fn keep(&self, content: Content) -> Result<Kept, KeepError> {
        let (key, size) = (draw_file_key(), on_disk(content.len()));
        match &self.place {
            Place::Folder { folder, bytes } => {
                // Counted before it is there, so that no two take the same room.
                {
                    let mut bytes = lock(bytes);
                    *bytes = bytes
                        .checked_add(size)
                        .filter(|sum| *sum <= self.bytes_max)
                        .ok_or(KeepError::Full)?;
                }
                folder.keep(key, content).inspect_err(|_| *lock(bytes) -= size)?;
                Ok(Kept { key, evicted: Vec::new() })
            }
            Place::Memory(_) if size > self.bytes_max => Err(KeepError::Full),
            Place::Memory(memory) => {
                let evicted = lock(memory).keep(key, Arc::new(content), size, self.bytes_max);
                // What nobody reads any more is freed here, under no lock.
                Ok(Kept { key, evicted: evicted.into_iter().map(|(key, _)| key).collect() })
            }
        }
    }

    /// The bytes of a file, if they are here.
    pub(crate) fn open_file(&self, key: FileKey) -> io::Result<Option<Arc<Content>>> {
        match &self.place {
            Place::Folder { folder, .. } => Ok(folder.open_file(key)?.map(Arc::new)),
            Place::Memory(memory) => Ok(lock(memory).find(key)),
        }
    }

    /// Of these keys, those of which memory has let go. On the disk, nothing goes by itself.
    pub(crate) fn evicted_of(&self, keys: impl Iterator<Item = FileKey>) -> Vec<FileKey> {
        match &self.place {
            Place::Folder { .. } => Vec::new(),
            Place::Memory(memory) => {
                let memory = lock(memory);
                keys.filter(|key| memory.find(*key).is_none()).collect()
            }
        }
    }

    /// Removes files. Gives the keys of those that are not here any more, and of those that never were.
    pub(crate) fn remove(&self, keys: &[FileKey]) -> Vec<FileKey> {
        let gone = |key: &FileKey| match &self.place {
            Place::Folder { folder, bytes } => match folder.remove(*key) {
                Ok(length) => {
                    let freed = length.map_or(0, on_disk);
                    let mut bytes = lock(bytes);
                    *bytes = bytes.saturating_sub(freed);
                    true
                }
                Err(error) => {
                    log(format_args!("a file could not be removed: {error}"));
                    false
                }
            },
            Place::Memory(memory) => {
                let removed = lock(memory).remove(*key);
                drop(removed);
                true
            }
        };
        keys.iter().filter(|key| gone(key)).copied().collect()
    }
}

/// What a file of this length takes.
fn on_disk(length: u64) -> u64 {
    length.max(1).checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX)
}
