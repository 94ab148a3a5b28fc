//! The bytes of files, where the log keeps them for several nodes.

#[cfg(test)]
pub(crate) mod contract;

use super::file::{FileId, FileKey};
use super::model::{MemberId, Nonce};
use super::storage_error::StorageError;

/// Bytes of each part of a file, but for the last: a download holds one in memory.
pub const PART: usize = 256 * 1024;

/// Gives the bytes that come next, up to [`PART`]; none at the end.
pub type NextPart<'a> = &'a mut dyn FnMut() -> Result<Vec<u8>, StorageError>;

/// Keeps bytes of files, in parts of [`PART`] bytes, for all nodes. Every question waits for the network, within a bound.
pub trait BlobStore: Send + Sync {
    /// How much room is taken.
    fn usage(&self, owner: MemberId) -> Result<BlobUsage, StorageError>;

    /// Takes the room for a file. False where anything has come or gone since `seen`.
    fn reserve(&self, blob: &Blob, seen: &BlobUsage) -> Result<bool, StorageError>;

    /// Writes the bytes of a file that has its room: all, or none.
    fn write(&self, key: FileKey, next: NextPart<'_>) -> Result<(), StorageError>;

    /// The length of a file and its first part, if it is there.
    fn open(&self, key: FileKey) -> Result<Option<(u64, Vec<u8>)>, StorageError>;

    /// The part of a file that begins at this byte, if it is there.
    fn read(&self, key: FileKey, at: u64) -> Result<Option<Vec<u8>>, StorageError>;

    /// Removes a file and gives its room back, if it is there.
    fn remove(&self, key: FileKey) -> Result<(), StorageError>;

    /// Those of these files that nothing has any more.
    fn ownerless(&self, keys: &[FileKey]) -> Result<Vec<FileKey>, StorageError>;

    /// Removes what was left half-way, once it is old; gives how many files that were.
    ///
    /// Cost: O(files).
    fn remove_strays(&self) -> Result<u64, StorageError>;

    /// Begins an upload in pieces, in the place of one with the same nonce; of one member's, the newest `most` stay. Its
    /// bytes go to `blob`, which has its room.
    fn begin_upload(&self, upload: &UploadKey, blob: &Blob, most: usize) -> Result<(), StorageError>;

    /// An upload in pieces that has begun.
    fn upload(&self, upload: &UploadKey) -> Result<Option<HalfBlob>, StorageError>;

    /// Adds a piece, or nothing of it. False where the upload is not at `half` any more.
    fn append(
        &self,
        upload: &UploadKey,
        half: &HalfBlob,
        length: u64,
        next: NextPart<'_>,
    ) -> Result<bool, StorageError>;

    /// Ends an upload and removes its bytes. False where somebody else has ended it.
    fn end_upload(&self, upload: &UploadKey, half: &HalfBlob) -> Result<bool, StorageError>;

    /// Remembers, for an hour, what became of an upload.
    fn remember(&self, upload: &UploadKey, uploaded: Uploaded) -> Result<(), StorageError>;

    fn remembered(&self, upload: &UploadKey) -> Result<Option<Uploaded>, StorageError>;
}

/// Names an upload: its member's word for it.
pub type UploadKey = (MemberId, Nonce);

/// A file that is to have its room.
#[derive(Clone, Copy, Debug)]
pub struct Blob {
    pub key: FileKey,
    pub owner: MemberId,
    /// In bytes.
    pub length: u64,
    /// What it takes, in bytes: whole blocks.
    pub size: u64,
}

/// How much room is taken, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobUsage {
    /// By all files.
    pub all: u64,
    /// By those of one member.
    pub own: u64,
    /// Counts what came and went.
    pub version: u64,
}

/// An upload in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfBlob {
    pub key: FileKey,
    /// Bytes that it is to have.
    pub length: u64,
    /// Bytes that are there.
    pub done: u64,
}

/// An upload that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub id: FileId,
    /// Whether it has no metadata, or none any more.
    pub cleaned: bool,
}
