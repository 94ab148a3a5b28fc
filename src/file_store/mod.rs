//! Where the bytes of kept files lie, each under its key: in a folder beside the chat's file, in a database that several
//! nodes share, or in memory. All of them are within a bound, of which each member has a share.
//!
//! ```text
//! chat.db.files/incoming/     bodies on their way, and files that are being made (see `transfer`)
//! chat.db.files/ab/ab34...    a kept file: its key in 32 hexadecimal digits
//! ```
//!
//! What is kept never changes. A file is synced before it gets its name, and its name before [`FileStore::keep`]
//! returns: whoever records the key after that has the bytes as long as the disk has what was synced. What a crash left
//! between the two is removed by [`FileStore::clean`].

mod accounts;
mod folder;
mod memory;
mod part_cache;
mod shared;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
pub(crate) mod test_blobs;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use accounts::{Accounts, Shares};
pub(crate) use folder::Folder;
use memory::Memory;
use shared::SharedFiles;
pub(crate) use shared::next_part;

use crate::chat::{Blob, BlobStore, FileKey, MemberId, OwnedKey, Seq, Shared, StorageError};
use crate::fair::{Overloaded, Permit, Semaphore};
use crate::lock::lock;
use crate::log::log;
use crate::secrets::draw_file_key;
use crate::transfer::{Content, SpoolPlace};

/// Works on files at once: each reads and writes a whole file, or waits for the disk.
const WORK_AT_ONCE: usize = 4;
/// Works under way or waiting for a turn; who comes then is asked to come back.
pub(crate) const FILE_WORK_ADMITTED: usize = 32;
/// Files that one crash may leave: those that were being kept, and some whose removal the disk did not hear of.
const STRAY_MAX: usize = if cfg!(test) { 3 } else { 1_000 };
/// What a file takes at least, in bytes: a block of most disks. So the bound of bytes is one of files as well.
const BLOCK: u64 = 4096;
/// Owns files that no row tells of.
const NOBODY: MemberId = MemberId(Seq(0));

/// All files that are kept, within a bound of bytes, of which each file takes whole blocks.
pub(crate) struct FileStore {
    place: Place,
    work: Semaphore,
}

/// Where files are to be kept.
pub(crate) enum FilePlace {
    /// Made when there is a file.
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "files lie beside the chat's own"))]
    Folder(PathBuf),
    /// With so many bytes of them at hand in memory.
    Shared(Shared<dyn BlobStore>, u64),
    Memory,
}

enum Place {
    Folder {
        folder: Box<Folder>,
        /// Of what lies there, and of what is on its way there. No I/O under it.
        accounts: Mutex<Accounts>,
    },
    Shared(SharedFiles),
    Memory(Mutex<Memory>),
}

/// A file that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) key: FileKey,
    /// What was let go of for it, where files are kept in memory.
    pub(crate) evicted: Vec<FileKey>,
}

/// Why a file is not kept. Nothing of it is left.
#[derive(Debug)]
pub(crate) enum KeepError {
    /// There is room for nothing more, in all.
    Full,
    /// The files of its owner take so much that no more of theirs may come.
    ShareFull {
        taken: u64,
        share: u64,
    },
    /// The disk has no space left.
    DiskFull,
    Disk(io::Error),
    /// The database failed, or cannot be reached.
    Database(StorageError),
}

impl From<StorageError> for KeepError {
    fn from(error: StorageError) -> Self {
        Self::Database(error)
    }
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
    /// Files in this place. [`Self::clean`] has to follow before anything is kept. `members` is the number of those whom
    /// the chat takes.
    ///
    /// Errors: one line for the operator, where the folder cannot be used.
    pub(crate) fn open(place: FilePlace, bytes_max: u64, members: usize) -> Result<Self, String> {
        let shares = Shares::new(bytes_max, members);
        let place = match place {
            FilePlace::Folder(path) => {
                let accounts = Mutex::new(Accounts::new(shares));
                Place::Folder { folder: Box::new(Folder::open(&path)?), accounts }
            }
            FilePlace::Shared(blobs, cached) => Place::Shared(SharedFiles::new(blobs, shares, cached)),
            FilePlace::Memory => Place::Memory(Mutex::new(Memory::new(bytes_max))),
        };
        let work = Semaphore::new(WORK_AT_ONCE, FILE_WORK_ADMITTED - WORK_AT_ONCE);
        Ok(Self { place, work })
    }

    /// A turn for whoever makes a file to be kept, keeps or removes some; the lane serves others meanwhile. Not to be
    /// taken twice by one thread.
    pub(crate) fn turn(&self) -> Result<Permit<'_>, Overloaded> {
        self.work.acquire()
    }

    /// Where that is to be made which becomes a file here.
    pub(crate) fn spools(&self) -> SpoolPlace {
        match &self.place {
            Place::Folder { folder, .. } => SpoolPlace::Folder(folder.incoming()),
            Place::Shared(_) => SpoolPlace::Unnamed(temporary_folder()),
            Place::Memory(_) => SpoolPlace::Memory,
        }
    }

    /// The folder, where files lie in one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder { folder, .. } => Some(folder.path()),
            Place::Shared(_) | Place::Memory(_) => None,
        }
    }

    /// Where the nodes of a chat keep what they share.
    pub(crate) fn blobs(&self) -> Option<&Shared<dyn BlobStore>> {
        match &self.place {
            Place::Shared(shared) => Some(shared.blobs()),
            Place::Folder { .. } | Place::Memory(_) => None,
        }
    }

    /// Whether files go by themselves, as others need their room.
    pub(crate) fn evicts(&self) -> bool {
        matches!(self.place, Place::Memory(_))
    }

    /// Counts what lies there for the owners of `known`, and removes the files that nobody knows, which a crash may have
    /// left. What is no file of this store is left alone, nothing that is missing is an error, and where so many are
    /// unknown that these are another chat's, all are left. Says in the log what it did.
    ///
    /// Cost: a look at every file.
    pub(crate) fn clean(&self, known: &HashMap<FileKey, MemberId>) -> io::Result<()> {
        let Place::Folder { folder, accounts } = &self.place else { return Ok(()) };
        let (mut stray, mut stray_bytes) = (Vec::new(), 0_u64);
        folder.list(|key, length| {
            let owner = known.get(&key).copied();
            if owner.is_none() {
                stray.push(OwnedKey { key, owner: NOBODY });
                stray_bytes += length;
            }
            lock(accounts).add(owner.unwrap_or(NOBODY), on_disk(length));
        })?;
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

    /// Whether a member could keep a file of so many bytes now, with less room where others are keeping some.
    pub(crate) fn admit(&self, owner: MemberId, length: u64) -> Result<(), KeepError> {
        match &self.place {
            Place::Folder { accounts, .. } => lock(accounts).admit(owner, on_disk(length)),
            Place::Shared(shared) => shared.admit(owner, on_disk(length)),
            Place::Memory(memory) => lock(memory).room_for(owner, on_disk(length)).map(drop),
        }
    }

    /// Takes the room for an upload in pieces among what nodes share.
    pub(crate) fn reserve(&self, owner: MemberId, length: u64) -> Result<Blob, KeepError> {
        let blob = Blob { key: draw_file_key(), owner, length, size: on_disk(length) };
        match &self.place {
            Place::Shared(shared) => shared.reserve(&blob).map(|()| blob),
            Place::Folder { .. } | Place::Memory(_) => Ok(blob),
        }
    }

    /// Gives the room of such an upload back.
    pub(crate) fn discard(&self, blob: &Blob) {
        if let Place::Shared(shared) = &self.place {
            shared.discard(blob.key);
        }
    }

    /// Keeps a member's file that is spooled, and in a folder without writing it again. In memory, others make room.
    pub(crate) fn keep(&self, owner: MemberId, content: Content) -> Result<Kept, KeepError> {
        let (key, size) = (draw_file_key(), on_disk(content.len()));
        match &self.place {
            Place::Folder { folder, accounts } => {
                // Counted before it is there, so that no two take the same room.
                {
                    let mut accounts = lock(accounts);
                    accounts.admit(owner, size)?;
                    accounts.add(owner, size);
                }
                folder.keep(key, content).inspect_err(|_| lock(accounts).subtract(owner, size))?;
                Ok(Kept { key, evicted: Vec::new() })
            }
            Place::Shared(shared) => {
                shared.keep(&Blob { key, owner, length: content.len(), size }, &content)?;
                Ok(Kept { key, evicted: Vec::new() })
            }
            Place::Memory(memory) => {
                let evicted = lock(memory).keep(owner, key, Arc::new(content), size)?;
                // What nobody reads any more is freed here, under no lock.
                Ok(Kept { key, evicted: evicted.into_iter().map(|(key, _)| key).collect() })
            }
        }
    }

    /// The bytes of a file, if they are there. Errors: `NotConnected` where that cannot be known now.
    pub(crate) fn open_file(&self, key: FileKey) -> io::Result<Option<Arc<Content>>> {
        match &self.place {
            Place::Folder { folder, .. } => Ok(folder.open_file(key)?.map(Arc::new)),
            Place::Shared(shared) => Ok(shared.open(key)?.map(Arc::new)),
            Place::Memory(memory) => Ok(lock(memory).find(key)),
        }
    }

    /// Of these keys and of all at hand, those that nothing has any more, as another node may know alone. They are at
    /// hand no more.
    pub(crate) fn ownerless(&self, keys: Vec<FileKey>) -> Result<Vec<FileKey>, StorageError> {
        match &self.place {
            Place::Shared(shared) => shared.ownerless(keys),
            Place::Folder { .. } | Place::Memory(_) => Ok(Vec::new()),
        }
    }

    /// Of these keys, those of which memory has let go. Elsewhere, nothing goes by itself.
    pub(crate) fn evicted_of(&self, keys: impl Iterator<Item = FileKey>) -> Vec<FileKey> {
        match &self.place {
            Place::Folder { .. } | Place::Shared(_) => Vec::new(),
            Place::Memory(memory) => {
                let memory = lock(memory);
                keys.filter(|key| memory.find(*key).is_none()).collect()
            }
        }
    }

    /// Removes files. Gives the keys of those that are not here any more, and of those that never were.
    pub(crate) fn remove(&self, keys: &[OwnedKey]) -> Vec<FileKey> {
        let gone = |dropped @ OwnedKey { key, owner }: &OwnedKey| match &self.place {
            Place::Folder { folder, accounts } => match folder.remove(*key) {
                Ok(length) => {
                    lock(accounts).subtract(*owner, length.map_or(0, on_disk));
                    true
                }
                Err(error) => {
                    log(format_args!("a file could not be removed: {error}"));
                    false
                }
            },
            Place::Shared(shared) => shared.remove(dropped),
            Place::Memory(memory) => {
                let removed = lock(memory).remove(*key);
                drop(removed);
                true
            }
        };
        keys.iter().filter(|key| gone(key)).map(|key| key.key).collect()
    }
}

/// For bodies on their way, which may be large: not a folder in memory, as `/tmp` often is.
fn temporary_folder() -> PathBuf {
    let named = std::env::var_os("TMPDIR").map(PathBuf::from);
    named
        .or_else(|| Some("/var/tmp".into()).filter(|folder: &PathBuf| folder.is_dir()))
        .unwrap_or_else(std::env::temp_dir)
}

/// What a file of this length takes.
pub(crate) fn on_disk(length: u64) -> u64 {
    length.max(1).checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX)
}
