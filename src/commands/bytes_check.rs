//! Checks that the bytes of files are there, whole, and nobody else's.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::file_bytes::{Found, bounded_lines, copy_preview, copy_whole, file_in_words};
use super::progress::Progress;
use crate::chat::{
    Archive as _, FileId, FileKey, FileRecord, Message, OwnedKey, Seq, Snapshot, StorageError,
};
use crate::file_store::Folder;
use crate::store::{DatabaseReader, Reader, files_folder};

/// A file that is younger may be on its way into a message.
const SETTLED: Duration = Duration::from_secs(60);

/// What a file's folder holds, and what a chat's file says of it.
pub(super) struct BytesCheck {
    folder: Folder,
    /// Read before the rows are: what is added meanwhile is not stray.
    on_disk: Vec<FileKey>,
    files: Vec<(FileId, Option<Seq>, FileRecord)>,
}

impl BytesCheck {
    /// Errors: the folder cannot be read.
    pub(super) fn begin(data: &Path) -> Result<Self, StorageError> {
        let path = files_folder(data);
        let folder = Folder::at(&path);
        let mut on_disk = Vec::new();
        let listed = folder.list(|key, _| on_disk.push(key));
        listed.map_err(|error: io::Error| StorageError(format!("{}: {error}", path.display())))?;
        Ok(Self { folder, on_disk, files: Vec::new() })
    }

    pub(super) fn unsent(&mut self, kept: &Snapshot) {
        self.files.extend(kept.unsent_files.iter().map(|(id, unsent)| (*id, None, unsent.file.clone())));
    }

    pub(super) fn take(&mut self, message: &Message) {
        self.files.extend(message.files.iter().map(|(id, file)| (*id, Some(message.id), file.clone())));
    }

    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Returns one line for each fault, and one more where there are too many. `reader` is not held to one moment:
    /// what is deleted while this looks is no fault.
    ///
    /// Cost: reads all files.
    pub(super) fn faults(self, reader: &DatabaseReader) -> Result<Vec<String>, StorageError> {
        let mut suspects = self.suspects();
        let keys = |owned: Vec<OwnedKey>| owned.into_iter().map(|owned| owned.key);
        let now: HashSet<FileKey> = keys(reader.file_keys()?).collect();
        // A file is removed after the row that names it.
        suspects.retain(|(key, _)| now.contains(key));
        let mut faults: Vec<String> = suspects.into_iter().map(|(_, line)| line).collect();
        let mut known: HashSet<FileKey> = now.into_iter().chain(keys(reader.dropped_files()?)).collect();
        known.extend(self.files.iter().flat_map(|(.., file)| file.keys()));
        let stray = self.on_disk.iter().filter(|key| !known.contains(key));
        let stray = stray.map(|key| self.folder.path_of(*key)).filter(|path| is_settled(path));
        faults.extend(stray.map(|path| format!("{} belongs to nothing", path.display())));
        Ok(bounded_lines(faults))
    }

    /// Files that are not as their rows say, each with a line about it.
    fn suspects(&self) -> Vec<(FileKey, String)> {
        let mut progress = Progress::new("checking files", self.files.len() as u64);
        let mut suspects = Vec::new();
        for (id, message, file) in self.files.iter().filter(|(.., file)| !file.gone) {
            progress.step();
            let shown = file_in_words(*id, *message);
            // Writing to nowhere does not fail.
            let whole = copy_whole(&self.folder.path_of(file.key), file, &mut io::sink());
            suspects.extend(fault(&whole).map(|how| (file.key, format!("{shown} {how}"))));
            if let Some(key) = file.preview {
                let preview = copy_preview(&self.folder.path_of(key), &mut io::sink());
                suspects.extend(fault(&preview).map(|how| (key, format!("the preview of {shown} {how}"))));
            }
        }
        suspects
    }
}

fn fault(found: &io::Result<Found>) -> Option<&'static str> {
    match found {
        Ok(Found::Whole) => None,
        Ok(Found::Missing) => Some("is missing"),
        Ok(Found::Altered) | Err(_) => Some("is altered"),
    }
}

fn is_settled(path: &Path) -> bool {
    let changed = std::fs::metadata(path).and_then(|data| data.modified());
    changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age >= SETTLED))
}
