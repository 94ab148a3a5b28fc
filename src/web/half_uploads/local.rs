//! Uploads in pieces, in the memory and on the disk of this process.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{PER_MEMBER, Progress};
use crate::chat::UploadKey;
use crate::file_store::KeepError;
use crate::lock::lock;
use crate::transfer::{Spool, Upload};
use crate::web::http_error::HttpError;
use crate::web::kept_file::unkept;

/// For how long an upload waits for its next piece.
const WAIT: Duration = Duration::from_secs(10 * 60);

/// Uploads that have begun, by the nonces of their files. Each has a place and its bytes among all that is under way,
/// from which it may be revoked.
#[derive(Default)]
pub(in crate::web) struct LocalUploads(Mutex<HashMap<UploadKey, HalfUpload>>);

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

impl HalfUpload {
    fn progress(&self) -> Progress {
        Progress { size: self.size, done: lock(&self.body).done }
    }
}

impl LocalUploads {
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

    fn find(&self, key: &UploadKey) -> Option<HalfUpload> {
        lock(&self.0).get(key).cloned()
    }

    pub(super) fn progress(&self, key: &UploadKey) -> Option<Progress> {
        self.find(key).map(|half| half.progress())
    }

    pub(super) fn begin(&self, key: UploadKey, size: u64, upload: Upload, now: Instant) {
        let half = HalfUpload { size, touched: now, body: Arc::new(Mutex::new(Body { upload, done: 0 })) };
        let mut halves = lock(&self.0);
        let own = halves.iter().filter(|((member, _), _)| *member == key.0);
        let oldest = own.clone().min_by_key(|(_, half)| half.touched).map(|(key, _)| key.clone());
        let full = own.count() >= PER_MEMBER;
        let oldest = oldest.filter(|_| full).and_then(|oldest| halves.remove(&oldest));
        let former = halves.insert(key, half);
        drop(halves);
        drop((oldest, former));
    }

    /// Adds a piece that begins at `offset`; gives how far it is then, or is in truth.
    pub(super) fn append(
        &self,
        key: &UploadKey,
        offset: u64,
        piece: &Spool,
        now: Instant,
    ) -> Result<Result<u64, u64>, HttpError> {
        let half = self.find(key).ok_or(HttpError::NoFile)?;
        let (mut body, length) = (lock(&half.body), piece.content.len());
        if !(Progress { size: half.size, done: body.done }).goes_on(offset, length)? {
            return Ok(Err(body.done));
        }
        if let Err(error) = io::copy(&mut piece.content.reader(), &mut body.upload) {
            // It is not known how much of it is there.
            lock(&self.0).remove(key);
            return Err(unkept(KeepError::from(error)));
        }
        body.done += length;
        if let Some(half) = lock(&self.0).get_mut(key) {
            half.touched = now;
        }
        Ok(Ok(body.done))
    }

    /// The whole file. Errors: it is not there as a whole.
    pub(super) fn take(&self, key: &UploadKey) -> Result<Spool, HttpError> {
        let half = self.find(key).filter(|half| half.progress().is_whole()).ok_or(HttpError::NoFile)?;
        let taken = lock(&self.0).remove(key).ok_or(HttpError::NoFile)?;
        drop(half);
        // None where another one is at it just now.
        let body = Arc::into_inner(taken.body).and_then(|body| body.into_inner().ok());
        Ok(body.ok_or(HttpError::UploadsFull)?.upload.finish())
    }
}
