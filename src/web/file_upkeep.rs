//! What becomes of the bytes of files beside what requests do with them.

use std::collections::HashSet;
use std::io;
use std::path::Path;
#[cfg(not(feature = "sqlite"))]
use std::path::PathBuf;

use crate::chat::StorageError;
use crate::file_store::FileStore;
use crate::settings::Settings;
use crate::transfer::{TransferLimits, Transfers};

/// Bytes of all files on the disk, and in memory.
const FILES_TOTAL: u64 = 2 << 30;
const FILE_MEMORY: u64 = 32 << 20;

/// Where files lie, with the bodies on their way there. Errors: one line for the operator.
pub(super) fn open(settings: &Settings) -> Result<(FileStore, Transfers), StorageError> {
    #[cfg(feature = "sqlite")]
    let folder = settings.files_folder();
    #[cfg(not(feature = "sqlite"))]
    let folder = None::<PathBuf>;
    // In memory, nothing of this can fail.
    let shown = folder.as_deref().unwrap_or(Path::new("memory")).display();
    let in_words = |error: io::Error| StorageError(format!("{shown} cannot hold files: {error}"));
    let bytes_max = if folder.is_some() { FILES_TOTAL } else { FILE_MEMORY };
    let file_store = FileStore::open(folder.as_deref(), bytes_max).map_err(StorageError)?;
    let limits = TransferLimits::new(settings.transfers, folder.is_some());
    let transfers = Transfers::open(file_store.incoming().as_deref(), limits).map_err(in_words)?;
    // Those of the last process are known to nobody.
    file_store.clean(&HashSet::new()).map_err(in_words)?;
    Ok((file_store, transfers))
}
