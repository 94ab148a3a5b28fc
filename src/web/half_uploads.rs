//! Files that arrive in pieces, so that a connection that is lost costs one piece (after the shape of
//! draft-ietf-httpbis-resumable-upload). The last step is a form like that of any other file, which names the upload.

mod local;
mod shared;

use std::time::Instant;

use serde_json::json;

use super::context::Context;
use super::files::{may_send, nonce_of, reserve, told_before};
use super::form::parse_id;
use super::http_error::HttpError;
use super::kept_file::unkept;
use super::reply::{HandlerResult, Reply};
use crate::chat::{BlobStore, Nonce, Shared, UploadKey};
use crate::transfer::Spool;
use local::LocalUploads;

/// Uploads that one member may have begun; the oldest makes room.
const PER_MEMBER: usize = 4;

/// Uploads that have begun, by the nonces of their files.
pub(super) enum HalfUploads {
    Local(LocalUploads),
    Shared(Shared<dyn BlobStore>),
}

#[derive(Clone, Copy)]
struct Progress {
    /// Bytes that it is to have.
    size: u64,
    /// Bytes that are there.
    done: u64,
}

impl Progress {
    fn is_whole(self) -> bool {
        self.done == self.size
    }

    /// Tells if a piece that begins at `offset` goes on from here. Errors: it has more than what is missing.
    fn goes_on(self, offset: u64, length: u64) -> Result<bool, HttpError> {
        if offset != self.done {
            return Ok(false);
        }
        if length <= self.size - self.done { Ok(true) } else { Err(HttpError::FileTooLarge(self.size)) }
    }
}

impl HalfUploads {
    pub(super) fn new(blobs: Option<&Shared<dyn BlobStore>>) -> Self {
        blobs.map_or_else(|| Self::Local(LocalUploads::default()), |blobs| Self::Shared(Shared::clone(blobs)))
    }

    /// Lets go of those that wait for too long, and of those that were revoked. What nodes share goes by itself.
    pub(super) fn tidy(&self, now: Instant) {
        match self {
            Self::Local(local) => local.tidy(now),
            Self::Shared(_) => {}
        }
    }

    fn progress(&self, key: &UploadKey) -> Result<Option<Progress>, HttpError> {
        match self {
            Self::Local(local) => Ok(local.progress(key)),
            Self::Shared(blobs) => shared::progress(&**blobs, key),
        }
    }

    fn begin(&self, cx: &Context, key: UploadKey, size: u64) -> Result<(), HttpError> {
        let most = cx.app.site.file_max;
        if size > most {
            return Err(HttpError::FileTooLarge(most));
        }
        let store = &cx.app.file_upkeep.store;
        match self {
            Self::Local(local) => {
                store.admit(key.0, size).map_err(unkept)?;
                let upload = reserve(cx, Some(size), most, HttpError::FileTooLarge(most))?;
                local.begin(key, size, upload, cx.request.instant);
                Ok(())
            }
            Self::Shared(blobs) => {
                let _turn = store.turn()?;
                shared::begin(store, &**blobs, &key, size)
            }
        }
    }

    /// Adds a piece that begins at `offset`; gives how far it is then, or is in truth.
    fn append(
        &self,
        cx: &Context,
        key: &UploadKey,
        offset: u64,
        piece: &Spool,
    ) -> Result<Result<u64, u64>, HttpError> {
        match self {
            Self::Local(local) => local.append(key, offset, piece, cx.request.instant),
            Self::Shared(blobs) => shared::append(&**blobs, key, offset, piece),
        }
    }

    /// The whole file. Errors: it is not there as a whole.
    pub(super) fn take(&self, cx: &Context, key: &UploadKey) -> Result<Spool, HttpError> {
        match self {
            Self::Local(local) => local.take(key),
            Self::Shared(blobs) => {
                let _turn = cx.app.file_upkeep.store.turn()?;
                shared::take(&**blobs, key, |size| {
                    reserve(cx, Some(size), size, HttpError::FileTooLarge(size))
                })
            }
        }
    }
}

/// POST `/files/uploads`: begins, or says how far it is. Of a file that is there already, what the upload was told.
pub(super) fn begin(cx: &Context) -> HandlerResult {
    let fields = cx.request.form(form![nonce, size])?;
    let nonce = nonce_of(&fields.nonce)?.ok_or(HttpError::BadRequest(|t| t.no_id))?;
    let key = (cx.visitor.member, nonce);
    if let Some(reply) = told_before(cx, &key)? {
        return Ok(reply);
    }
    let halves = &cx.app.file_upkeep.halves;
    halves.tidy(cx.request.instant);
    let size = fields.size.id()?.ok_or(HttpError::BadRequest(|t| t.no_id))?.0;
    if let Some(half) = halves.progress(&key)?.filter(|half| half.size == size) {
        return Ok(told(200, half.done));
    }
    if cx.app.site.file_max == 0 {
        return Err(HttpError::FilesOff);
    }
    may_send(cx)?;
    cx.app.may_write(cx.request, cx.visitor, 0)?;
    halves.begin(cx, key, size)?;
    Ok(told(201, 0))
}

/// GET `/files/uploads/NONCE`, and HEAD: how far it is.
pub(super) fn show(cx: &Context, nonce: &str) -> HandlerResult {
    let (_, half) = found(cx, nonce)?;
    Ok(told(200, half.done))
}

/// Whether a piece that waits outside is wanted, by its head alone.
pub(super) fn admit(cx: &Context, nonce: &str) -> HandlerResult {
    let (_, half) = found(cx, nonce)?;
    if offset(cx)? != half.done {
        return Ok(told(409, half.done));
    }
    let length = cx.request.offer.and_then(|offer| offer.length);
    reserve(cx, length, half.size - half.done, HttpError::FileTooLarge(half.size)).map(Reply::spool)
}

/// PATCH `/files/uploads/NONCE`: the bytes from `Upload-Offset` on.
pub(super) fn append(cx: &Context, nonce: &str) -> HandlerResult {
    let key = key_of(cx, nonce)?;
    let piece = cx.request.take_spool().ok_or(HttpError::NoFilesForm)?;
    let _turn = cx.app.file_upkeep.store.turn()?;
    Ok(match cx.app.file_upkeep.halves.append(cx, &key, offset(cx)?, &piece)? {
        Ok(done) => told(200, done),
        Err(done) => told(409, done),
    })
}

fn key_of(cx: &Context, nonce: &str) -> Result<UploadKey, HttpError> {
    let nonce = Nonce::parse(nonce).map_err(|_| HttpError::NoFile)?;
    Ok((cx.visitor.member, nonce))
}

fn found(cx: &Context, nonce: &str) -> Result<(UploadKey, Progress), HttpError> {
    let key = key_of(cx, nonce)?;
    let halves = &cx.app.file_upkeep.halves;
    halves.tidy(cx.request.instant);
    let half = halves.progress(&key)?.ok_or(HttpError::NoFile)?;
    Ok((key, half))
}

fn offset(cx: &Context) -> Result<u64, HttpError> {
    let offset = cx.request.header("upload-offset")?.unwrap_or_default();
    Ok(parse_id(offset)?.0)
}

fn told(status: u16, done: u64) -> Reply {
    Reply::json(status, &json!({ "offset": done })).header("Upload-Offset", done.to_string())
}
