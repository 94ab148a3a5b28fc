//! The archive behind memory, for one kind of questions.

use std::sync::Mutex;
use std::time::Instant;

use super::log::{Archive, OpenArchive};
use super::model::Refusal;
use super::storage_error::StorageError;
use crate::fair::{Permit, Semaphore};
use crate::lock::lock;
use crate::log::SparseLog;

/// An archive that one asks at a time, and some wait for: whoever comes then is asked to come back. The only place
/// that knows whether the log has one; the state knows it as `Window::remembers`.
pub(super) struct SerialArchive {
    exists: bool,
    /// Slow, so it is only taken within `semaphore`.
    reader: Mutex<Reader>,
    semaphore: Semaphore,
    failures: SparseLog,
}

/// A reader of an archive, opened when it is first asked: an idle one takes some 200 KB.
struct Reader {
    open: Option<OpenArchive>,
    opened: Option<Box<dyn Archive>>,
}

impl SerialArchive {
    /// `opened`: where there is a reader already.
    pub(super) fn new(open: Option<OpenArchive>, opened: Option<Box<dyn Archive>>, admitted: usize) -> Self {
        Self {
            exists: open.is_some(),
            reader: Mutex::new(Reader { open, opened }),
            semaphore: Semaphore::new(1, admitted - 1),
            failures: SparseLog::default(),
        }
    }

    /// A turn, also for those who look for the same where there is no archive.
    pub(super) fn enter(&self) -> Result<Permit<'_>, Refusal> {
        self.semaphore.acquire().map_err(|_| Refusal::Busy)
    }

    /// None: there is no archive, and what memory has let go is gone.
    ///
    /// Errors: `Busy` where too many wait, `NotRead` where reading fails or after [`Self::close`].
    ///
    /// Locks: waits for a disk, so not to be called under a guard of the state.
    pub(super) fn ask<T>(
        &self,
        what: impl FnOnce(&dyn Archive) -> Result<T, StorageError>,
    ) -> Result<Option<T>, Refusal> {
        if !self.exists {
            return Ok(None);
        }
        let _turn = self.enter()?;
        let mut reader = lock(&self.reader);
        let Reader { open, opened } = &mut *reader;
        let open = open.as_ref().ok_or(Refusal::NotRead)?;
        let archive = opened.take().map_or_else(open, Ok);
        let answer = archive.and_then(|archive| what(&**opened.insert(archive)));
        answer.map(Some).map_err(|error| {
            self.failures.log(Instant::now(), format_args!("older messages could not be read: {error}"));
            Refusal::NotRead
        })
    }

    /// Gives nothing any more.
    pub(super) fn close(&self) {
        *lock(&self.reader) = Reader { open: None, opened: None };
    }
}
