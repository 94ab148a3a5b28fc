//! What becomes of the bytes of files when nothing has them any more.

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
#[cfg(not(feature = "sqlite"))]
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::half_uploads::HalfUploads;
use super::kept_file::PREVIEW_MAX;
use super::upload_form::OVERHEAD_MAX;
use crate::chat::{Chat, Record, StorageError, Timestamp};
use crate::file_store::FileStore;
use crate::log::log;
use crate::settings::Settings;
use crate::transfer::{TransferLimits, Transfers};

/// For how long a file waits for its message, in milliseconds.
const UNSENT_TIME: i64 = 60 * 60 * 1000;

/// Removes the bytes that the chat has dropped, and ends the downloads of what is over.
pub(super) struct FileUpkeep {
    pub(super) store: FileStore,
    pub(super) transfers: Transfers,
    pub(super) halves: HalfUploads,
    /// Counts the records after which bytes may have to be removed, and the start.
    erasures: AtomicU64,
    /// Up to which of them all that had to be removed is.
    swept: AtomicU64,
}

impl FileUpkeep {
    /// Errors: one line for the operator.
    pub(super) fn open(settings: &Settings, members: usize) -> Result<Self, StorageError> {
        #[cfg(feature = "sqlite")]
        let folder = settings.files_folder();
        #[cfg(not(feature = "sqlite"))]
        let folder = None::<PathBuf>;
        let store = FileStore::open(folder.as_deref(), settings.kept_bytes_max(), members);
        let store = store.map_err(StorageError)?;
        let largest = settings.file_bytes_max() + PREVIEW_MAX + OVERHEAD_MAX;
        let limits = TransferLimits::new(settings.transfers, folder.is_some(), largest);
        let incoming = store.incoming();
        let transfers =
            Transfers::open(incoming.as_deref(), limits).map_err(unusable(incoming.as_deref()))?;
        let (erasures, swept) = (AtomicU64::new(1), AtomicU64::new(0));
        Ok(Self { store, transfers, halves: HalfUploads::default(), erasures, swept })
    }

    /// Removes what the last process left. To be called before anybody is served.
    pub(super) fn clean(&self, chat: &Chat) -> Result<(), StorageError> {
        let Some(incoming) = self.store.incoming() else { return Ok(()) };
        self.sweep(chat);
        let unread = |_| StorageError("the list of files cannot be read".into());
        let known = chat.file_keys().map_err(unread)?;
        // What could not be removed is counted, and tried again.
        let dropped = chat.dropped_files().map_err(unread)?;
        let owners = known.iter().chain(&dropped).map(|known| (known.key, known.owner)).collect();
        self.store.clean(&owners).map_err(unusable(incoming.parent()))
    }

    /// Takes note of what was just applied. Called in order, under the log's lock; does not wait.
    pub(super) fn committed(&self, records: &[Record]) {
        for record in records {
            if let Some(session) = record.event.ended_session() {
                self.transfers.revoke_session(&session);
            }
            if record.event.erases() {
                self.erasures.fetch_add(1, Ordering::SeqCst);
            }
        }
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

    /// Called now and then.
    pub(super) fn tidy(&self, chat: &Chat, now: Timestamp) {
        self.halves.tidy(Instant::now());
        // Where it fails, it is tried again the next time.
        let _ = chat.drop_unsent_files(Timestamp(now.0.saturating_sub(UNSENT_TIME)), now);
        // In memory, messages are let go of after any record, and to ask costs nothing.
        if self.store.incoming().is_none() || self.swept.load(Ordering::SeqCst) != self.erasures() {
            self.sweep(chat);
        }
    }

    /// Others may do the same at the same time: each removes all that the chat does not know to be removed.
    fn sweep(&self, chat: &Chat) {
        let erasures = self.erasures();
        let Ok(keys) = chat.dropped_files() else { return };
        if !keys.is_empty() {
            let Ok(_turn) = self.store.turn() else { return };
            let removed = self.store.remove(&keys);
            for dropped in &keys {
                self.transfers.revoke_file(dropped.key);
            }
            if chat.forget_dropped_files(&removed).is_err() {
                return log(format_args!(
                    "it could not be noted that files were removed, which is tried again"
                ));
            }
            if removed.len() < keys.len() {
                return;
            }
        }
        self.swept.fetch_max(erasures, Ordering::SeqCst);
    }
}

fn unusable(folder: Option<&Path>) -> impl Fn(io::Error) -> StorageError {
    // In memory, nothing of this can fail.
    let shown = folder.unwrap_or(Path::new("memory")).display();
    move |error| StorageError(format!("{shown} cannot hold files: {error}"))
}
