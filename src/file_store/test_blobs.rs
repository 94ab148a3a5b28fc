//! Bytes of files that nodes share, without a database: what it is held to, `store/postgres/files.rs` is held to by the
//! same tests.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::chat::{
    Blob, BlobStore, BlobUsage, FileKey, HalfBlob, MemberId, NextPart, PART, StorageError, UploadKey,
    Uploaded,
};
use crate::lock::lock;

#[derive(Default)]
pub(crate) struct TestBlobs {
    state: Mutex<State>,
    /// Nothing is answered.
    pub(crate) away: AtomicBool,
    /// Counts the parts that were asked for.
    pub(crate) reads: AtomicUsize,
}

#[derive(Default)]
struct State {
    files: HashMap<FileKey, (Blob, BTreeMap<u64, Vec<u8>>)>,
    halves: HashMap<UploadKey, HalfBlob>,
    uploaded: HashMap<UploadKey, Uploaded>,
    /// Keys that a row has no more.
    ownerless: Vec<FileKey>,
    version: u64,
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
        lock(&self.state).ownerless.push(key);
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
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.state(|state| state.files.get(&key)?.1.get(&at).cloned())
    }

    fn remove(&self, key: FileKey) -> Result<(), StorageError> {
        self.state(|state| {
            state.version += 1;
            state.files.remove(&key);
        })
    }

    fn ownerless(&self, keys: &[FileKey]) -> Result<Vec<FileKey>, StorageError> {
        self.state(|state| keys.iter().copied().filter(|key| state.ownerless.contains(key)).collect())
    }

    fn remove_strays(&self) -> Result<u64, StorageError> {
        Ok(0)
    }

    fn begin_upload(&self, upload: &UploadKey, blob: &Blob, most: usize) -> Result<(), StorageError> {
        self.state(|state| {
            let own = state.halves.keys().filter(|(member, _)| *member == upload.0).count();
            assert!(own <= most, "the newest stay");
            let half = HalfBlob { key: blob.key, length: blob.length, done: 0 };
            if let Some(former) = state.halves.insert(upload.clone(), half) {
                state.files.remove(&former.key);
            }
        })
    }

    fn upload(&self, upload: &UploadKey) -> Result<Option<HalfBlob>, StorageError> {
        self.state(|state| state.halves.get(upload).copied())
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
            let Some(at) = state.halves.get_mut(upload).filter(|at| *at == half) else { return false };
            at.done += length;
            let file = state.files.get_mut(&half.key);
            file.map(|(_, file)| file.extend(parts)).is_some()
        })
    }

    fn end_upload(&self, upload: &UploadKey, half: &HalfBlob) -> Result<bool, StorageError> {
        self.state(|state| {
            let ended = state.halves.remove(upload).is_some_and(|ended| ended == *half);
            state.files.remove(&half.key);
            ended
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
