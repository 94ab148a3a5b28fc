//! Bytes of files that nodes share, without a database: what it is held to, `store/postgres/files.rs` is held to by the
//! same tests.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::chat::{
    Blob, BlobStore, BlobUsage, FileKey, HalfBlob, MemberId, NextPart, PART, StorageError, UploadKey,
    Uploaded,
};
use crate::fair::Client;
use crate::lock::lock;

#[derive(Default)]
pub(crate) struct TestBlobs {
    state: Mutex<State>,
    /// Nothing is answered.
    pub(crate) away: AtomicBool,
    /// Counts the parts that were asked for.
    pub(crate) reads: AtomicUsize,
    /// For whom the last of them was.
    pub(crate) reader: Mutex<Option<Client>>,
}

#[derive(Default)]
struct State {
    files: HashMap<FileKey, (Blob, BTreeMap<u64, Vec<u8>>)>,
    /// The oldest first.
    halves: Vec<(UploadKey, HalfBlob)>,
    uploaded: HashMap<UploadKey, Uploaded>,
    /// Keys that no row tells of.
    ownerless: HashSet<FileKey>,
    version: u64,
}

impl State {
    fn remove(&mut self, key: FileKey) {
        self.version += 1;
        self.files.remove(&key);
        self.halves.retain(|(_, half)| half.key != key);
    }

    fn half(&mut self, upload: &UploadKey) -> Option<&mut HalfBlob> {
        self.halves.iter_mut().find(|(key, _)| key == upload).map(|(_, half)| half)
    }
}

impl TestBlobs {
    fn state<T>(&self, ask: impl FnOnce(&mut State) -> T) -> Result<T, StorageError> {
        if self.away.load(Ordering::SeqCst) {
            Err(StorageError("it is away".into()))
        } else {
            Ok(ask(&mut lock(&self.state)))
        }
    }

    /// From now on, nothing has this file any more.
    pub(crate) fn disown(&self, key: FileKey) {
        lock(&self.state).ownerless.insert(key);
    }

    pub(crate) fn own(&self, key: FileKey) {
        lock(&self.state).ownerless.remove(&key);
    }

    /// How many files there are, and how many have all of their bytes.
    pub(crate) fn count(&self) -> (usize, usize) {
        let state = lock(&self.state);
        let whole = state
            .files
            .values()
            .filter(|(blob, parts)| parts.values().map(Vec::len).sum::<usize>() as u64 == blob.length);
        (state.files.len(), whole.count())
    }
}

/// All parts that come, each with where it begins.
fn collect(from: u64, next: NextPart<'_>) -> Result<Vec<(u64, Vec<u8>)>, StorageError> {
    let (mut parts, mut at) = (Vec::new(), from);
    loop {
        let part = next()?;
        if part.is_empty() {
            return Ok(parts);
        }
        assert!(part.len() <= PART);
        at += part.len() as u64;
        parts.push((at - part.len() as u64, part));
    }
}

impl BlobStore for TestBlobs {
    fn usage(&self, owner: MemberId) -> Result<BlobUsage, StorageError> {
        self.state(|state| {
            let blobs = || state.files.values().map(|(blob, _)| blob);
            let own = blobs().filter(|blob| blob.owner == owner).map(|blob| blob.size).sum();
            BlobUsage { all: blobs().map(|blob| blob.size).sum(), own, version: state.version }
        })
    }

    fn reserve(&self, blob: &Blob, seen: &BlobUsage) -> Result<bool, StorageError> {
        self.state(|state| {
            let fits = state.version == seen.version;
            if fits {
                state.version += 1;
                state.files.insert(blob.key, (*blob, BTreeMap::new()));
            }
            fits
        })
    }

    fn write(&self, key: FileKey, next: NextPart<'_>) -> Result<(), StorageError> {
        let parts = collect(0, next)?;
        self.state(|state| state.files.get_mut(&key).map(|(_, file)| file.extend(parts)))?
            .ok_or_else(|| StorageError("it has no room".into()))
    }

    fn open(&self, key: FileKey) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
        self.state(|state| {
            let (blob, parts) = state.files.get(&key).filter(|_| !state.ownerless.contains(&key))?;
            Some((blob.length, parts.get(&0).cloned().unwrap_or_default()))
        })
    }

    fn read(&self, key: FileKey, at: u64) -> Result<Option<Vec<u8>>, StorageError> {
        *lock(&self.reader) = Some(Client::acting());
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.state(|state| state.files.get(&key)?.1.get(&at).cloned())
    }

    fn remove(&self, key: FileKey) -> Result<(), StorageError> {
        self.state(|state| state.remove(key))
    }

    fn ownerless(&self, keys: &[FileKey]) -> Result<Vec<FileKey>, StorageError> {
        self.state(|state| keys.iter().copied().filter(|key| state.ownerless.contains(key)).collect())
    }

    fn remove_strays(&self) -> Result<u64, StorageError> {
        Ok(0)
    }

    fn begin_upload(&self, upload: &UploadKey, blob: &Blob, most: usize) -> Result<(), StorageError> {
        self.state(|state| {
            let others = state.halves.iter().filter(|(key, _)| key.0 == upload.0 && key != upload);
            let others: Vec<FileKey> = others.map(|(_, half)| half.key).collect();
            let gone = others.len().saturating_sub(most - 1);
            let former = state.halves.iter().find(|(key, _)| key == upload).map(|(_, half)| half.key);
            others[..gone].iter().copied().chain(former).for_each(|key| state.remove(key));
            state.halves.push((upload.clone(), HalfBlob { key: blob.key, length: blob.length, done: 0 }));
        })
    }

    fn upload(&self, upload: &UploadKey) -> Result<Option<HalfBlob>, StorageError> {
        self.state(|state| state.half(upload).copied())
    }

    fn append(
        &self,
        upload: &UploadKey,
        half: &HalfBlob,
        length: u64,
        next: NextPart<'_>,
    ) -> Result<bool, StorageError> {
        let parts = collect(half.done, next)?;
        self.state(|state| {
            let Some(at) = state.half(upload).filter(|at| *at == half) else { return false };
            at.done += length;
            let file = state.files.get_mut(&half.key);
            file.map(|(_, file)| file.extend(parts)).is_some()
        })
    }

    fn end_upload(&self, _: &UploadKey, half: &HalfBlob) -> Result<bool, StorageError> {
        self.state(|state| {
            let is_there = state.files.contains_key(&half.key);
            state.remove(half.key);
            is_there
        })
    }

    fn remember(&self, upload: &UploadKey, uploaded: Uploaded) -> Result<(), StorageError> {
        self.state(|state| {
            state.uploaded.insert(upload.clone(), uploaded);
        })
    }

    fn remembered(&self, upload: &UploadKey) -> Result<Option<Uploaded>, StorageError> {
        self.state(|state| state.uploaded.get(upload).copied())
    }
}
