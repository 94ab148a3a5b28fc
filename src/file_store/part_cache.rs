//! Parts of files that are elsewhere, as long as there is room for them: what was used last stays, and one large file does
//! not take the room of many small ones.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::chat::FileKey;
use crate::lock::{lock, wait_timeout_while};

/// The parts of one file take at most this part of the room.
const ONE_FILE: usize = 4;
/// What a part takes beside its bytes, in bytes: its places in the tables.
const OVERHEAD: usize = 256;
/// Wait for another thread that fetches the same part, before this one fetches it as well.
const FETCH_TIME: Duration = Duration::from_secs(5);

/// Parts of files, within a bound of bytes.
pub(super) struct PartCache {
    bytes_max: usize,
    /// Guards the table. Nothing is fetched under it.
    table: Mutex<Table>,
    /// Told when a part was fetched, or could not be.
    fetched: Condvar,
}

/// Invariants: `bytes` is the sum of what the parts take, and `order` has exactly their last uses.
#[derive(Default)]
struct Table {
    bytes: usize,
    files: HashMap<FileKey, CachedFile>,
    /// Which part was used when, the oldest first.
    order: BTreeMap<u64, (FileKey, u64)>,
    uses: u64,
    fetching: HashSet<(FileKey, u64)>,
}

#[derive(Default)]
struct CachedFile {
    /// Of the whole file.
    length: u64,
    bytes: usize,
    parts: HashMap<u64, CachedPart>,
}

struct CachedPart {
    used: u64,
    bytes: Arc<[u8]>,
}

impl PartCache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, table: Mutex::default(), fetched: Condvar::new() }
    }

    /// The length of a file of which there are parts here.
    pub(super) fn length(&self, key: FileKey) -> Option<u64> {
        lock(&self.table).files.get(&key).map(|file| file.length)
    }

    /// A part of a file of `length` bytes: from here, or by `fetch`. Of several threads that want the same one, one
    /// fetches it.
    pub(super) fn get(
        &self,
        (key, length): (FileKey, u64),
        number: u64,
        fetch: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> io::Result<Arc<[u8]>> {
        let table = lock(&self.table);
        let is_fetched = |table: &mut Table| table.fetching.contains(&(key, number));
        let mut table = wait_timeout_while(&self.fetched, table, FETCH_TIME, is_fetched);
        if let Some(found) = table.find(key, number) {
            return Ok(found);
        }
        table.fetching.insert((key, number));
        drop(table);
        let fetching = Fetching { cache: self, part: (key, number) };
        let part: Arc<[u8]> = fetch()?.into();
        self.add((key, length), number, &part);
        drop(fetching);
        Ok(part)
    }

    /// Takes in a part, and lets others go for it.
    pub(super) fn add(&self, (key, length): (FileKey, u64), number: u64, part: &Arc<[u8]>) {
        let size = part.len() + OVERHEAD;
        let mut gone = Vec::new();
        let mut table = lock(&self.table);
        gone.extend(table.remove(key, number));
        if size > self.bytes_max / ONE_FILE {
            return;
        }
        while table.files.get(&key).is_some_and(|file| file.bytes + size > self.bytes_max / ONE_FILE) {
            let Some(oldest) = table.oldest_of(key) else { break };
            gone.extend(table.remove(key, oldest));
        }
        while table.bytes + size > self.bytes_max {
            let Some((_, (file, number))) = table.order.first_key_value().map(|(at, part)| (*at, *part))
            else {
                break;
            };
            gone.extend(table.remove(file, number));
        }
        table.insert((key, length), number, Arc::clone(part));
        drop(table);
        // Freed under no lock.
        drop(gone);
    }

    /// The files of which there are parts here.
    pub(super) fn keys(&self) -> Vec<FileKey> {
        lock(&self.table).files.keys().copied().collect()
    }

    pub(super) fn forget(&self, key: FileKey) {
        let mut table = lock(&self.table);
        let numbers = table.files.get(&key).map(|file| file.parts.keys().copied().collect::<Vec<_>>());
        for number in numbers.into_iter().flatten() {
            table.remove(key, number);
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        lock(&self.table).bytes
    }
}

/// A part that is on its way, until this is dropped.
struct Fetching<'a> {
    cache: &'a PartCache,
    part: (FileKey, u64),
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        lock(&self.cache.table).fetching.remove(&self.part);
        self.cache.fetched.notify_all();
    }
}

impl Table {
    fn find(&mut self, key: FileKey, number: u64) -> Option<Arc<[u8]>> {
        let part = self.files.get_mut(&key)?.parts.get_mut(&number)?;
        self.uses += 1;
        self.order.remove(&part.used);
        part.used = self.uses;
        self.order.insert(part.used, (key, number));
        Some(Arc::clone(&part.bytes))
    }

    fn oldest_of(&self, key: FileKey) -> Option<u64> {
        let parts = self.files.get(&key)?.parts.iter();
        parts.min_by_key(|(_, part)| part.used).map(|(number, _)| *number)
    }

    fn insert(&mut self, (key, length): (FileKey, u64), number: u64, bytes: Arc<[u8]>) {
        let size = bytes.len() + OVERHEAD;
        self.uses += 1;
        self.bytes += size;
        self.order.insert(self.uses, (key, number));
        let file = self.files.entry(key).or_default();
        file.length = length;
        file.bytes += size;
        file.parts.insert(number, CachedPart { used: self.uses, bytes });
    }

    fn remove(&mut self, key: FileKey, number: u64) -> Option<Arc<[u8]>> {
        let file = self.files.get_mut(&key)?;
        let part = file.parts.remove(&number)?;
        let size = part.bytes.len() + OVERHEAD;
        file.bytes -= size;
        if file.parts.is_empty() {
            self.files.remove(&key);
        }
        self.bytes -= size;
        self.order.remove(&part.used);
        Some(part.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PART: usize = 1000 - OVERHEAD;

    fn key(n: u8) -> FileKey {
        FileKey([n; 16])
    }

    /// Whether a part was there without being fetched.
    fn hits(cache: &PartCache, file: u8, number: u64) -> bool {
        let fetched = Cell::new(false);
        let part = cache.get((key(file), 1 << 20), number, || {
            fetched.set(true);
            Ok(vec![file; PART])
        });
        assert_eq!(part.unwrap()[..], vec![file; PART]);
        !fetched.get()
    }

    #[test]
    fn what_was_used_last_stays_within_the_bound() {
        let cache = PartCache::new(8 * 1000);
        for file in 1..=8 {
            assert!(!hits(&cache, file, 0));
        }
        assert!(hits(&cache, 1, 0));
        assert!(!hits(&cache, 9, 0));
        assert!(hits(&cache, 1, 0) && hits(&cache, 3, 0));
        assert_eq!((cache.length(key(2)), cache.bytes()), (None, 8 * 1000));
        cache.forget(key(3));
        assert_eq!((cache.keys().len(), cache.bytes()), (7, 7 * 1000));
        assert!(!hits(&cache, 3, 0));
    }

    #[test]
    fn one_file_takes_a_quarter_and_nobody_elses_room() {
        let cache = PartCache::new(8 * 1000);
        for file in 2..=7 {
            hits(&cache, file, 0);
        }
        for number in 0..20 {
            assert!(!hits(&cache, 1, number));
        }
        assert!(hits(&cache, 1, 19) && hits(&cache, 1, 18));
        assert!((2..=7).all(|file| hits(&cache, file, 0)));
        assert!(!hits(&cache, 1, 17));
    }

    #[test]
    fn a_part_that_is_too_large_is_not_kept() {
        let cache = PartCache::new(0);
        assert!(!hits(&cache, 1, 0) && !hits(&cache, 1, 0));
        assert_eq!((cache.bytes(), cache.keys()), (0, Vec::new()));
    }

    #[test]
    fn many_who_want_the_same_fetch_it_once_and_a_failure_is_one_thread_s() {
        let (cache, fetches, start) = (PartCache::new(1 << 20), AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let part = cache.get((key(1), 5), 0, || {
                        fetches.fetch_add(1, Ordering::Relaxed);
                        Ok(b"bytes".to_vec())
                    });
                    assert_eq!(part.unwrap()[..], *b"bytes");
                });
            }
        });
        assert_eq!(fetches.into_inner(), 1);
        let failed = cache.get((key(2), 5), 0, || Err(io::ErrorKind::NotConnected.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotConnected);
        assert!(!hits(&cache, 2, 0));
    }
}
