//! What every [`BlobStore`] does.

use super::{Blob, BlobStore, BlobUsage, HalfBlob, PART, UploadKey, Uploaded};
use crate::chat::{FileId, FileKey, MemberId, Nonce, Seq, StorageError};

const ANN: MemberId = MemberId(Seq(1));
const BOB: MemberId = MemberId(Seq(2));
const BLOCK: u64 = 4096;

/// An empty store, and how a row comes to tell of a file there, or does not any more.
pub(crate) struct Subject<'a> {
    pub(crate) store: &'a dyn BlobStore,
    pub(crate) own: &'a dyn Fn(FileKey),
    pub(crate) disown: &'a dyn Fn(FileKey),
}

fn blob(n: u8, owner: MemberId, length: usize) -> Blob {
    Blob {
        key: FileKey([n; 16]),
        owner,
        length: length as u64,
        size: (length as u64 + 1).next_multiple_of(BLOCK),
    }
}

fn nonce(member: MemberId, text: &str) -> UploadKey {
    (member, Nonce::parse(text).unwrap())
}

fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// Gives bytes in parts, and fails before the part with this number, if there is one.
fn parts(bytes: &[u8], fails_at: Option<usize>) -> impl FnMut() -> Result<Vec<u8>, StorageError> {
    let parts: Vec<Vec<u8>> = bytes.chunks(PART).map(<[u8]>::to_vec).collect();
    let mut number = 0;
    move || {
        number += 1;
        let fails = Some(number - 1) == fails_at;
        if fails {
            Err(StorageError("it fails".into()))
        } else {
            Ok(parts.get(number - 1).cloned().unwrap_or_default())
        }
    }
}

pub(crate) fn check_blob_store(subject: &Subject<'_>) {
    check_room(subject.store);
    check_files(subject);
    check_uploads(subject.store);
    let usage = subject.store.usage(ANN).unwrap();
    assert_eq!((usage.all, usage.own), (0, 0), "all was given back");
}

fn reserve(store: &dyn BlobStore, blob: &Blob) {
    assert!(store.reserve(blob, &store.usage(blob.owner).unwrap()).unwrap());
}

fn check_room(store: &dyn BlobStore) {
    let seen = store.usage(ANN).unwrap();
    assert_eq!((seen.all, seen.own), (0, 0));
    let (anns, bobs) = (blob(1, ANN, 5), blob(2, BOB, 5000));
    assert!(store.reserve(&anns, &seen).unwrap());
    assert!(!store.reserve(&bobs, &seen).unwrap(), "it is seen no more");
    reserve(store, &bobs);
    let of = |owner| store.usage(owner).map(|BlobUsage { all, own, .. }| (all, own)).unwrap();
    assert_eq!([ANN, BOB].map(of), [(3 * BLOCK, BLOCK), (3 * BLOCK, 2 * BLOCK)]);
    let before = store.usage(ANN).unwrap();
    for _ in 0..2 {
        store.remove(anns.key).unwrap();
    }
    assert_eq!([ANN, BOB].map(of), [(2 * BLOCK, 0), (2 * BLOCK, 2 * BLOCK)]);
    // The same amount again is not what was seen.
    reserve(store, &anns);
    assert!(!store.reserve(&blob(3, ANN, 5), &before).unwrap());
    for blob in [anns, bobs] {
        store.remove(blob.key).unwrap();
    }
}

fn check_files(Subject { store, own, disown }: &Subject<'_>) {
    for (n, length) in (10..).zip([0, 1, PART, 2 * PART + 5]) {
        let (blob, bytes) = (blob(n, ANN, length), pattern(length));
        reserve(*store, &blob);
        store.write(blob.key, &mut parts(&bytes, None)).unwrap();
        assert_eq!(store.open(blob.key).unwrap(), None, "no row tells of it");
        own(blob.key);
        let first = bytes[..length.min(PART)].to_vec();
        assert!(store.open(blob.key).unwrap() == Some((length as u64, first)));
        for (number, part) in bytes.chunks(PART).enumerate() {
            assert!(store.read(blob.key, (number * PART) as u64).unwrap().as_deref() == Some(part));
        }
        assert_eq!(store.read(blob.key, length.next_multiple_of(PART) as u64 + 1).unwrap(), None);
        let never = FileKey([99; 16]);
        assert_eq!(store.ownerless(&[blob.key, never]).unwrap(), [never]);
        disown(blob.key);
        assert_eq!(store.ownerless(&[blob.key, never]).unwrap(), [blob.key, never]);
        assert_eq!(store.open(blob.key).unwrap(), None);
        store.remove(blob.key).unwrap();
        assert_eq!(store.read(blob.key, 0).unwrap(), None);
    }
    let broken = blob(20, ANN, 3 * PART);
    reserve(*store, &broken);
    store.write(broken.key, &mut parts(&pattern(3 * PART), Some(2))).unwrap_err();
    assert_eq!(store.read(broken.key, 0).unwrap(), None, "nothing of it is there");
    assert_eq!(store.remove_strays().unwrap(), 0, "it may be on its way");
    store.remove(broken.key).unwrap();
}

fn check_uploads(store: &dyn BlobStore) {
    let (length, bytes) = (PART + 20, pattern(PART + 20));
    let (key, first) = (nonce(ANN, "one"), blob(30, ANN, length));
    reserve(store, &first);
    assert_eq!(store.upload(&key).unwrap(), None);
    store.begin_upload(&key, &first, 2).unwrap();
    assert_eq!(store.upload(&nonce(BOB, "one")).unwrap(), None, "another's is another");
    let begun = HalfBlob { key: first.key, length: length as u64, done: 0 };
    assert_eq!(store.upload(&key).unwrap(), Some(begun));
    store.append(&key, &begun, PART as u64, &mut parts(&bytes, Some(0))).unwrap_err();
    assert_eq!(store.upload(&key).unwrap(), Some(begun), "a piece comes as a whole");
    assert!(store.append(&key, &begun, 10, &mut parts(&bytes[..10], None)).unwrap());
    assert!(!store.append(&key, &begun, 10, &mut parts(&bytes[..10], None)).unwrap(), "it is further");
    let half = HalfBlob { done: 10, ..begun };
    assert_eq!(store.upload(&key).unwrap(), Some(half));
    assert!(store.append(&key, &half, length as u64 - 10, &mut parts(&bytes[10..], None)).unwrap());
    let mut whole = Vec::new();
    while let Some(part) = store.read(first.key, whole.len() as u64).unwrap() {
        whole.extend(part);
    }
    assert!(whole == bytes);
    let whole = store.upload(&key).unwrap().unwrap();
    assert_eq!([(); 2].map(|()| store.end_upload(&key, &whole).unwrap()), [true, false]);
    assert_eq!((store.upload(&key).unwrap(), store.read(first.key, 0).unwrap()), (None, None));
    // One begins anew under its nonce, and the oldest makes room.
    let (again, others) = (blob(31, ANN, 5), [blob(32, ANN, 5), blob(33, ANN, 5)]);
    for (key, blob) in
        [("two", &blob(34, ANN, 5)), ("two", &again), ("three", &others[0]), ("four", &others[1])]
    {
        reserve(store, blob);
        store.begin_upload(&nonce(ANN, key), blob, 2).unwrap();
    }
    let found =
        ["two", "three", "four"].map(|text| store.upload(&nonce(ANN, text)).unwrap().map(|half| half.key));
    assert_eq!(found, [None, Some(others[0].key), Some(others[1].key)]);
    assert_eq!(store.usage(ANN).unwrap().own, 2 * BLOCK);
    for blob in others {
        store.remove(blob.key).unwrap();
    }
    assert_eq!(store.upload(&nonce(ANN, "four")).unwrap(), None);
    assert_eq!(store.remembered(&key).unwrap(), None);
    for cleaned in [false, true] {
        let uploaded = Uploaded { id: FileId(Seq(7)), cleaned };
        store.remember(&key, uploaded).unwrap();
        assert_eq!(store.remembered(&key).unwrap(), Some(uploaded));
    }
}
