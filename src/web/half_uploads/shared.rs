//! Uploads in pieces among what the nodes share: each piece may come to another.

use std::io::Write as _;

use super::{PER_MEMBER, Progress};
use crate::chat::{BlobStore, HalfBlob, StorageError, UploadKey};
use crate::file_store::{FileStore, next_part};
use crate::transfer::{Spool, Upload};
use crate::web::http_error::HttpError;
use crate::web::kept_file::unkept;

pub(super) fn progress(blobs: &dyn BlobStore, key: &UploadKey) -> Result<Option<Progress>, HttpError> {
    Ok(blobs.upload(key).map_err(failed)?.as_ref().map(Progress::of))
}

impl Progress {
    fn of(half: &HalfBlob) -> Self {
        Self { size: half.length, done: half.done }
    }
}

/// Takes its room in its member's share.
pub(super) fn begin(
    store: &FileStore,
    blobs: &dyn BlobStore,
    key: &UploadKey,
    size: u64,
) -> Result<(), HttpError> {
    let blob = store.reserve(key.0, size).map_err(unkept)?;
    let begun = blobs.begin_upload(key, &blob, PER_MEMBER);
    begun.inspect_err(|_| store.discard(&blob)).map_err(failed)
}

/// Adds a piece that begins at `offset`; gives how far it is then, or is in truth.
pub(super) fn append(
    blobs: &dyn BlobStore,
    key: &UploadKey,
    offset: u64,
    piece: &Spool,
) -> Result<Result<u64, u64>, HttpError> {
    let half = blobs.upload(key).map_err(failed)?.ok_or(HttpError::NoFile)?;
    let (length, mut at) = (piece.content.len(), 0);
    if !Progress::of(&half).goes_on(offset, length)? {
        return Ok(Err(half.done));
    }
    let added =
        blobs.append(key, &half, length, &mut || next_part(&piece.content, &mut at)).map_err(failed)?;
    if added {
        return Ok(Ok(half.done + length));
    }
    let now = progress(blobs, key)?.ok_or(HttpError::NoFile)?;
    Ok(Err(now.done))
}

/// The whole file, in `upload`. Errors: it is not there as a whole, or another request has taken it.
pub(super) fn take(
    blobs: &dyn BlobStore,
    key: &UploadKey,
    reserve: impl FnOnce(u64) -> Result<Upload, HttpError>,
) -> Result<Spool, HttpError> {
    let half = blobs.upload(key).map_err(failed)?.filter(|half| Progress::of(half).is_whole());
    let half = half.ok_or(HttpError::NoFile)?;
    let mut upload = reserve(half.length)?;
    let mut at = 0;
    while at < half.length {
        let part = blobs.read(half.key, at).map_err(failed)?.ok_or(HttpError::NoFile)?;
        upload.write_all(&part).map_err(|error| unkept(error.into()))?;
        at += part.len() as u64;
    }
    if blobs.end_upload(key, &half).map_err(failed)? { Ok(upload.finish()) } else { Err(HttpError::NoFile) }
}

fn failed(error: StorageError) -> HttpError {
    unkept(error.into())
}
