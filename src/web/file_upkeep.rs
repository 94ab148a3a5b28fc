//! What becomes of the bytes of files when nothing has them any more.

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::half_uploads::HalfUploads;
use super::kept_file::PREVIEW_MAX;
use super::upload_form::OVERHEAD_MAX;
use crate::chat::{BlobStore, Chat, OwnedKey, Record, Shared, State, StorageError, Timestamp};
use crate::file_store::{FilePlace, FileStore};
use crate::lock::lock;
use crate::log::log;
use crate::settings::Settings;
use crate::transfer::{TransferLimits, Transfers};

/// For how long a file waits for its message, in milliseconds.
const UNSENT_TIME: i64 = 60 * 60 * 1000;
/// Interval at which it is looked for what crashes left among that which nodes share.
const STRAYS_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Removes the bytes that the chat has dropped, and ends the downloads of what is over.
pub(super) struct FileUpkeep {
    pub(super) store: FileStore,
    pub(super) transfers: Transfers,
    pub(super) halves: HalfUploads,
    /// Counts the records after which bytes may have to be removed, and the start.
    erasures: AtomicU64,
    /// Up to which of them all that had to be removed is.
    swept: AtomicU64,
    /// Up to which of them all downloads have ended that had to.
    revoked: AtomicU64,
    /// When what crashes left among that which nodes share was looked for. Nothing else is done under it.
    strays_sought: Mutex<Instant>,
}

impl FileUpkeep {
    /// Errors: one line for the operator.
    pub(super) fn open(
        settings: &Settings,
        blobs: Option<Shared<dyn BlobStore>>,
        members: usize,
    ) -> Result<Self, StorageError> {
        let place = match blobs {
            Some(blobs) => FilePlace::Shared(blobs, u64::from(settings.file_memory) << 20),
            #[cfg(feature = "sqlite")]
            None => settings.files_folder().map_or(FilePlace::Memory, FilePlace::Folder),
            #[cfg(not(feature = "sqlite"))]
            None => FilePlace::Memory,
        };
        let store = FileStore::open(place, settings.kept_bytes_max(), members).map_err(StorageError)?;
        let spools = store.spools();
        let largest = settings.file_bytes_max() + PREVIEW_MAX + OVERHEAD_MAX;
        let limits = TransferLimits::new(settings.transfers, &spools, largest);
        let unusable = unusable(spools.folder());
        let transfers = Transfers::open(spools, limits).map_err(unusable)?;
        let (erasures, swept, revoked) = (AtomicU64::new(1), AtomicU64::new(0), AtomicU64::new(0));
        let halves = HalfUploads::new(store.blobs());
        let strays_sought = Mutex::new(Instant::now());
        Ok(Self { store, transfers, halves, erasures, swept, revoked, strays_sought })
    }

    /// Removes what the last process left. To be called before anybody is served.
    pub(super) fn clean(&self, chat: &Chat) -> Result<(), StorageError> {
        let Some(folder) = self.store.folder() else { return Ok(()) };
        self.sweep(chat);
        let unread = |_| StorageError("the list of files cannot be read".into());
        let known = chat.file_keys().map_err(unread)?;
        // What could not be removed is counted, and tried again.
        let dropped = chat.dropped_files().map_err(unread)?;
        let owners = known.iter().chain(&dropped).map(|known| (known.key, known.owner)).collect();
        self.store.clean(&owners).map_err(unusable(Some(folder)))
    }

    /// Takes note of what was just applied. Called in order, under the log's lock; does not wait.
    pub(super) fn committed(&self, records: &[Record]) {
        for record in records {
            if let Some(session) = record.event.ended_session() {
                self.transfers.revoke_sessions(|other| *other == session);
            }
            if record.event.erases() {
                self.erasures.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    /// The same where it is not known what happened.
    pub(super) fn restored(&self, state: &State) {
        self.transfers.revoke_sessions(|session| state.session(session).is_none());
        self.erasures.fetch_add(1, Ordering::SeqCst);
    }

    /// The count of records after which bytes may have to be removed.
    pub(super) fn erasures(&self) -> u64 {
        self.erasures.load(Ordering::SeqCst)
    }

    /// Removes bytes that nothing has any more, if there may be some since then. What cannot be removed now is tried
    /// again by [`Self::tidy`].
    pub(super) fn sweep_since(&self, erasures: u64, chat: &Chat) {
        if self.erasures() != erasures {
            self.sweep(chat);
        }
    }

    /// Ends the downloads of what another node may have dropped since this was last done. The bytes are removed there, or
    /// by [`Self::tidy`]: that takes time.
    pub(super) fn revoke_if_due(&self, chat: &Chat) {
        let erasures = self.erasures();
        if self.revoked.load(Ordering::SeqCst) == erasures {
            return;
        }
        let Ok(keys) = chat.dropped_files() else { return };
        self.revoke(&keys, erasures);
    }

    /// Removes bytes if there may be some since it was last done.
    fn sweep_if_due(&self, chat: &Chat) {
        if self.swept.load(Ordering::SeqCst) != self.erasures() {
            self.sweep(chat);
        }
    }

    /// Called now and then.
    pub(super) fn tidy(&self, chat: &Chat, now: Timestamp) {
        self.halves.tidy(Instant::now());
        // Where it fails, it is tried again the next time.
        let _ = chat.drop_unsent_files(Timestamp(now.0.saturating_sub(UNSENT_TIME)), now);
        // In memory, messages are let go of after any record, and to ask costs nothing.
        if self.store.evicts() {
            self.sweep(chat);
        } else {
            self.sweep_if_due(chat);
        }
        self.remove_strays();
    }

    /// Removes, now and then, what crashes left among that which nodes share.
    fn remove_strays(&self) {
        let Some(blobs) = self.store.blobs() else { return };
        let mut sought = lock(&self.strays_sought);
        if sought.elapsed() < STRAYS_PAUSE {
            return;
        }
        *sought = Instant::now();
        drop(sought);
        match blobs.remove_strays() {
            Ok(0) => {}
            Ok(count) => log(format_args!("files that no message has were removed: {count}")),
            Err(error) => log(format_args!("files that no message has could not be removed: {error}")),
        }
    }

    /// Others may do the same at the same time: each removes all that the chat does not know to be removed.
    fn sweep(&self, chat: &Chat) {
        let erasures = self.erasures();
        let Ok(dropped) = chat.dropped_files() else { return };
        let is_all_removed = self.remove(&dropped, chat);
        if self.revoke(&dropped, erasures) && is_all_removed {
            self.swept.fetch_max(erasures, Ordering::SeqCst);
        }
    }

    /// Tells if all of them are removed.
    fn remove(&self, dropped: &[OwnedKey], chat: &Chat) -> bool {
        if dropped.is_empty() {
            return true;
        }
        let Ok(_turn) = self.store.turn() else { return false };
        let removed = self.store.remove(dropped);
        chat.forget_dropped_files(&removed).is_ok() && removed.len() == dropped.len()
    }

    /// Ends the downloads of what was dropped up to this count, and of what another node has removed; tells if that is
    /// known.
    fn revoke(&self, dropped: &[OwnedKey], erasures: u64) -> bool {
        for dropped in dropped {
            self.transfers.revoke_file(dropped.key);
        }
        let Ok(gone) = self.store.ownerless(self.transfers.files_read()) else { return false };
        for key in gone {
            self.transfers.revoke_file(key);
        }
        self.revoked.fetch_max(erasures, Ordering::SeqCst);
        true
    }
}

fn unusable(folder: Option<&Path>) -> impl Fn(io::Error) -> StorageError + use<> {
    // In memory, nothing of this can fail.
    let shown = folder.unwrap_or(Path::new("memory")).display().to_string();
    move |error| StorageError(format!("{shown} cannot hold files: {error}"))
}
