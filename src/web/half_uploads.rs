//! Files that arrive in pieces, so that a connection that is lost costs one piece (after the shape of
//! draft-ietf-httpbis-resumable-upload). The last step is a form like that of any other file, which names the upload.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::context::Context;
use super::files::{may_send, nonce_of, reserve, told_before};
use super::form::parse_id;
use super::http_error::HttpError;
use super::kept_file::unkept;
use super::reply::{HandlerResult, Reply};
use crate::chat::{MemberId, Nonce};
use crate::lock::lock;
use crate::transfer::{Spool, Upload};

/// Uploads that one member may have begun; the oldest makes room.
const PER_MEMBER: usize = 4;
/// For how long an upload waits for its next piece.
const WAIT: Duration = Duration::from_secs(10 * 60);

/// Uploads that have begun, by the nonces of their files. Each has a place and its bytes among all that is under way,
/// from which it may be revoked.
#[derive(Default)]
pub(super) struct HalfUploads(Mutex<HashMap<(MemberId, Nonce), HalfUpload>>);

/// Guards one upload, whose pieces are written under it.
#[derive(Clone)]
struct HalfUpload {
    size: u64,
    touched: Instant,
    body: Arc<Mutex<Body>>,
}

struct Body {
    upload: Upload,
    /// Bytes that are there.
    done: u64,
}

impl HalfUploads {
    /// Lets go of those that wait for too long, and of those that were revoked.
    pub(super) fn tidy(&self, now: Instant) {
        let gone = |half: &HalfUpload| {
            let late = now.saturating_duration_since(half.touched) > WAIT;
            late || half.body.try_lock().is_ok_and(|body| body.upload.seat.is_revoked())
        };
        let gone: Vec<_> = lock(&self.0).extract_if(|_, half| gone(half)).collect();
        // What lies on the disk is removed under no lock.
        drop(gone);
    }

    fn find(&self, key: &(MemberId, Nonce)) -> Option<HalfUpload> {
        lock(&self.0).get(key).cloned()
    }

    fn insert(&self, key: (MemberId, Nonce), half: HalfUpload) {
        let mut halves = lock(&self.0);
        let own = halves.iter().filter(|((member, _), _)| *member == key.0);
        let oldest = own.clone().min_by_key(|(_, half)| half.touched).map(|(key, _)| key.clone());
        let full = own.count() >= PER_MEMBER;
        let oldest = oldest.filter(|_| full).and_then(|oldest| halves.remove(&oldest));
        let former = halves.insert(key, half);
        drop(halves);
        drop((oldest, former));
    }

    /// The whole file. Errors: it is not there as a whole.
    pub(super) fn take(&self, key: &(MemberId, Nonce)) -> Result<Spool, HttpError> {
        let half = self.find(key).ok_or(HttpError::NoFile)?;
        if lock(&half.body).done < half.size {
            return Err(HttpError::NoFile);
        }
        let taken = lock(&self.0).remove(key).ok_or(HttpError::NoFile)?;
        drop(half);
        // None where another one is at it just now.
        let body = Arc::into_inner(taken.body).and_then(|body| body.into_inner().ok());
        Ok(body.ok_or(HttpError::UploadsFull)?.upload.finish())
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
    if let Some(half) = halves.find(&key).filter(|half| half.size == size) {
        let done = lock(&half.body).done;
        return Ok(told(200, done));
    }
    let most = cx.app.site.file_max;
    if most == 0 {
        return Err(HttpError::FilesOff);
    }
    may_send(cx)?;
    cx.app.may_write(cx.request, cx.visitor, 0)?;
    if size <= most {
        cx.app.file_upkeep.store.admit(cx.visitor.member, size).map_err(unkept)?;
    }
    let upload = reserve(cx, Some(size), most, HttpError::FileTooLarge(most))?;
    let body = Arc::new(Mutex::new(Body { upload, done: 0 }));
    halves.insert(key, HalfUpload { size, touched: cx.request.instant, body });
    Ok(told(201, 0))
}

/// GET `/files/uploads/NONCE`, and HEAD: how far it is.
pub(super) fn show(cx: &Context, nonce: &str) -> HandlerResult {
    let (_, half) = found(cx, nonce)?;
    let done = lock(&half.body).done;
    Ok(told(200, done))
}

/// Whether a piece that waits outside is wanted, by its head alone.
pub(super) fn admit(cx: &Context, nonce: &str) -> HandlerResult {
    let (_, half) = found(cx, nonce)?;
    let done = lock(&half.body).done;
    if offset(cx)? != done {
        return Ok(told(409, done));
    }
    let length = cx.request.offer.and_then(|offer| offer.length);
    reserve(cx, length, half.size - done, HttpError::FileTooLarge(half.size)).map(Reply::spool)
}

/// PATCH `/files/uploads/NONCE`: the bytes from `Upload-Offset` on.
pub(super) fn append(cx: &Context, nonce: &str) -> HandlerResult {
    let (key, half) = found(cx, nonce)?;
    let piece = cx.request.take_spool().ok_or(HttpError::NoFilesForm)?;
    let _turn = cx.app.file_upkeep.store.turn()?;
    let mut body = lock(&half.body);
    if offset(cx)? != body.done {
        return Ok(told(409, body.done));
    }
    let length = piece.content.len();
    if length > half.size - body.done {
        return Err(HttpError::FileTooLarge(half.size));
    }
    if let Err(error) = io::copy(&mut piece.content.reader(), &mut body.upload) {
        // It is not known how much of it is there.
        lock(&cx.app.file_upkeep.halves.0).remove(&key);
        return Err(unkept(error.into()));
    }
    body.done += length;
    if let Some(half) = lock(&cx.app.file_upkeep.halves.0).get_mut(&key) {
        half.touched = cx.request.instant;
    }
    Ok(told(200, body.done))
}

fn found(cx: &Context, nonce: &str) -> Result<((MemberId, Nonce), HalfUpload), HttpError> {
    let nonce = Nonce::parse(nonce).map_err(|_| HttpError::NoFile)?;
    let key = (cx.visitor.member, nonce);
    cx.app.file_upkeep.halves.tidy(cx.request.instant);
    let half = cx.app.file_upkeep.halves.find(&key).ok_or(HttpError::NoFile)?;
    Ok((key, half))
}

fn offset(cx: &Context) -> Result<u64, HttpError> {
    let offset = cx.request.header("upload-offset")?.unwrap_or_default();
    Ok(parse_id(offset)?.0)
}

fn told(status: u16, done: u64) -> Reply {
    Reply::json(status, &json!({ "offset": done })).header("Upload-Offset", done.to_string())
}
