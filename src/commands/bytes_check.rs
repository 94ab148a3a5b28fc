//! Checks that the bytes of files are there, whole, and nobody else's.

use std::collections::HashSet;
use std::io;

use super::file_bytes::{Found, bounded_lines, copy_preview, copy_whole, file_in_words};
use super::file_source::FileSource;
use super::progress::Progress;
use crate::chat::{FileId, FileKey, FileRecord, Message, OwnedKey, Seq, Snapshot, StorageError};
use crate::store::Reader;

/// What there is of files' bytes, and what rows say of it.
pub(super) struct BytesCheck<'a> {
    source: &'a dyn FileSource,
    /// Read before the rows are: what is added meanwhile is not stray.
    there: Vec<FileKey>,
    files: Vec<(FileId, Option<Seq>, FileRecord)>,
}

impl<'a> BytesCheck<'a> {
    /// Errors: it cannot be read.
    pub(super) fn begin(source: &'a dyn FileSource) -> io::Result<Self> {
        Ok(Self { source, there: source.list()?, files: Vec::new() })
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
    pub(super) fn faults(self, reader: &dyn Reader) -> Result<Vec<String>, StorageError> {
        let mut suspects = self.suspects()?;
        let keys = |owned: Vec<OwnedKey>| owned.into_iter().map(|owned| owned.key);
        let now: HashSet<FileKey> = keys(reader.file_keys()?).collect();
        // A file is removed after the row that names it.
        suspects.retain(|(key, _)| now.contains(key));
        let mut faults: Vec<String> = suspects.into_iter().map(|(_, line)| line).collect();
        let mut known: HashSet<FileKey> = now.into_iter().chain(keys(reader.dropped_files()?)).collect();
        known.extend(self.files.iter().flat_map(|(.., file)| file.keys()));
        let stray = self.there.iter().filter(|key| !known.contains(key));
        faults.extend(stray.filter_map(|key| self.source.stray(*key)));
        Ok(bounded_lines(faults))
    }

    /// Files that are not as their rows say, each with a line about it.
    fn suspects(&self) -> Result<Vec<(FileKey, String)>, StorageError> {
        let away = |error: io::Error| StorageError(error.to_string());
        let mut progress = Progress::new("checking files", self.files.len() as u64);
        let mut suspects = Vec::new();
        for (id, message, file) in self.files.iter().filter(|(.., file)| !file.gone) {
            progress.step();
            let shown = file_in_words(*id, *message);
            // Writing to nowhere does not fail.
            let whole = copy_whole(self.source.open(file.key), file, &mut io::sink()).map_err(away)?;
            suspects.extend(fault(whole).map(|how| (file.key, format!("{shown} {how}"))));
            if let Some(key) = file.preview {
                let preview = copy_preview(self.source.open(key), &mut io::sink()).map_err(away)?;
                suspects.extend(fault(preview).map(|how| (key, format!("the preview of {shown} {how}"))));
            }
        }
        Ok(suspects)
    }
}

fn fault(found: Found) -> Option<&'static str> {
    match found {
        Found::Whole => None,
        Found::Missing => Some("is missing"),
        Found::Altered => Some("is altered"),
    }
}
