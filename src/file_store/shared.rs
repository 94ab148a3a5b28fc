//! Files that the nodes of a chat share, where its log is kept.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::KeepError;
use super::accounts::Shares;
use super::part_cache::PartCache;
use crate::chat::{Blob, BlobStore, BlobUsage, FileKey, MemberId, OwnedKey, PART, Shared, StorageError};
use crate::fair::Client;
use crate::lock::lock;
use crate::log::log;
use crate::transfer::{Content, FetchPart};

/// Times that room is asked for, where other files come and go meanwhile.
const TRIES: usize = 32;
/// Files that are to be removed soon; more are removed later, as those that a crash leaves.
const LEFT_OVER_MAX: usize = 1_000;
/// For how long a file that is being sent waits for the database, which may be failing over: less than a client has to
/// wait for its next bytes (`door/limits.rs`).
const PATIENCE: Duration = Duration::from_secs(20);
/// For a question to the database.
const STACK: usize = 1 << 20;
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Files in a database, with those parts at hand that were read last.
pub(super) struct SharedFiles {
    blobs: Shared<dyn BlobStore>,
    shares: Shares,
    cache: Arc<PartCache>,
    /// Files that could not be kept, and take room until they are removed. Nothing is asked under it.
    left_over: Mutex<Vec<FileKey>>,
}

impl SharedFiles {
    /// `cached`: bytes of parts that are held in memory.
    pub(super) fn new(blobs: Shared<dyn BlobStore>, shares: Shares, cached: u64) -> Self {
        let cache = Arc::new(PartCache::new(usize::try_from(cached).unwrap_or(usize::MAX)));
        Self { blobs, shares, cache, left_over: Mutex::default() }
    }

    pub(super) fn admit(&self, owner: MemberId, size: u64) -> Result<(), KeepError> {
        let usage = self.usage(owner)?;
        self.shares.admit(usage.all, usage.own, size)
    }

    /// Of what is to stay.
    fn usage(&self, owner: MemberId) -> Result<BlobUsage, StorageError> {
        self.remove_left_over();
        self.blobs.usage(owner)
    }

    /// Takes the room for a file, whichever node others come from.
    pub(super) fn reserve(&self, blob: &Blob) -> Result<(), KeepError> {
        for _ in 0..TRIES {
            let usage = self.usage(blob.owner)?;
            self.shares.admit(usage.all, usage.own, blob.size)?;
            if self.blobs.reserve(blob, &usage)? {
                return Ok(());
            }
        }
        Err(StorageError("files come and go too fast".into()).into())
    }

    /// What a crash leaves of it is removed later.
    pub(super) fn keep(&self, blob: &Blob, content: &Content) -> Result<(), KeepError> {
        self.reserve(blob)?;
        let mut at = 0;
        let written = self.blobs.write(blob.key, &mut || next_part(content, &mut at));
        Ok(written.inspect_err(|_| self.discard(blob.key))?)
    }

    /// Gives the room of a file back that was not kept, as soon as the database lets it.
    pub(super) fn discard(&self, key: FileKey) {
        {
            let mut left_over = lock(&self.left_over);
            if left_over.len() < LEFT_OVER_MAX {
                left_over.push(key);
            }
        }
        self.remove_left_over();
    }

    fn remove_left_over(&self) {
        loop {
            let Some(key) = lock(&self.left_over).pop() else { return };
            if self.blobs.remove(key).is_err() {
                return lock(&self.left_over).push(key);
            }
        }
    }

    pub(super) fn open(&self, key: FileKey) -> io::Result<Option<Content>> {
        let length = if let Some(length) = self.cache.length(key) {
            length
        } else {
            let Some((length, first)) = self.blobs.open(key).map_err(unreachable)? else { return Ok(None) };
            self.cache.add((key, length), 0, &first.into());
            length
        };
        let (blobs, cache) = (Shared::clone(&self.blobs), Arc::clone(&self.cache));
        let source = SharedFile { key, length, blobs, cache, reader: Client::acting() };
        Ok(Some(Content::in_parts(length, PART as u64, Box::new(source))))
    }

    /// Whether it is gone.
    pub(super) fn remove(&self, dropped: &OwnedKey) -> bool {
        self.cache.forget(dropped.key);
        let removed = self.blobs.remove(dropped.key);
        removed.inspect_err(|error| log(format_args!("a file could not be removed: {error}"))).is_ok()
    }

    /// Those of these files, and of those at hand, that nothing has any more.
    pub(super) fn ownerless(&self, mut keys: Vec<FileKey>) -> Result<Vec<FileKey>, StorageError> {
        keys.extend(self.cache.keys());
        if keys.is_empty() {
            return Ok(keys);
        }
        let gone = self.blobs.ownerless(&keys)?;
        for key in &gone {
            self.cache.forget(*key);
        }
        Ok(gone)
    }

    pub(super) fn blobs(&self) -> &Shared<dyn BlobStore> {
        &self.blobs
    }
}

/// Reads the next part of a content, whose next byte is `at`.
pub(crate) fn next_part(content: &Content, at: &mut u64) -> Result<Vec<u8>, StorageError> {
    let left = usize::try_from(content.len() - *at).unwrap_or(usize::MAX);
    let mut part = vec![0; left.min(PART)];
    let read = content.read_at(&mut part, *at);
    *at += part.len() as u64;
    read.map(|()| part).map_err(|error| StorageError(format!("a spool cannot be read: {error}")))
}

/// What an answer that failed says: not that the file is missing.
fn unreachable(error: StorageError) -> io::Error {
    io::Error::new(ErrorKind::NotConnected, error.0)
}

/// One file, for one who reads it.
struct SharedFile {
    key: FileKey,
    length: u64,
    blobs: Shared<dyn BlobStore>,
    cache: Arc<PartCache>,
    reader: Client,
}

impl FetchPart for SharedFile {
    fn fetch(&self, number: u64) -> io::Result<Arc<[u8]>> {
        let part = || {
            with_room(|| {
                self.reader.act();
                self.read_patiently(number * PART as u64)
            })
        };
        self.cache.get((self.key, self.length), number, part)
    }
}

impl SharedFile {
    /// Waits for a database that comes back.
    fn read_patiently(&self, at: u64) -> io::Result<Vec<u8>> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.blobs.read(self.key, at) {
                Ok(part) => return part.ok_or_else(|| ErrorKind::NotFound.into()),
                Err(error) if Instant::now() >= until => return Err(unreachable(error)),
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }
}

/// Works on a thread of its own: the stacks of connections (`door/limits.rs`) are too small to ask a database.
///
/// Cost: 50 us, beside a question to the database.
fn with_room<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("file part".into()).stack_size(STACK);
        let done = thread.spawn_scoped(scope, work)?.join();
        // A panic is reported where it is.
        done.unwrap_or_else(|_| Err(io::Error::other("a part cannot be fetched")))
    })
}
