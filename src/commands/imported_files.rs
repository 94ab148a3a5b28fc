//! The files of an import: from the folder beside it, `FILE.files`, to that of the chat.

use std::fs;
use std::path::{Path, PathBuf};

use super::file_bytes::{Found, copy_preview, copy_whole, create};
use crate::chat::{Event, FileId, FileKey, FileRecord, Files, Record};
use crate::file_store::{Folder, on_disk};
use crate::log::log;
use crate::store::{cannot_write, files_folder, sync_tree};
use crate::views::attachment::{exported_name, preview_name};

/// Files that come in. Dropped, what was written is removed, unless it is kept.
pub(super) struct FilesIn {
    from: Source,
    path: PathBuf,
    to: Folder,
    written: Vec<FileKey>,
    /// What these take on the disk.
    bytes: u64,
}

pub(super) enum Source {
    Folder(PathBuf),
    /// The lines come from standard input: nobody knows where the bytes are.
    Unknown,
    /// All are taken for gone.
    LeftOut,
}

impl FilesIn {
    pub(super) fn new(from: Source, data: &Path) -> Self {
        let path = files_folder(data);
        Self { from, to: Folder::at(&path), path, written: Vec::new(), bytes: 0 }
    }

    /// Takes the bytes of a record's files, which have to be those of the export.
    pub(super) fn take(&mut self, record: &mut Record) -> Result<(), String> {
        let Event::Posted { files, .. } = &mut record.event else { return Ok(()) };
        if matches!(self.from, Source::LeftOut) {
            let gone = files.iter().map(|(id, file)| (*id, FileRecord { gone: true, ..file.clone() }));
            *files = gone.collect::<Files>();
            return Ok(());
        }
        files.iter().filter(|(_, file)| !file.gone).try_for_each(|(id, file)| self.copy(*id, file))
    }

    fn copy(&mut self, id: FileId, file: &FileRecord) -> Result<(), String> {
        let Source::Folder(folder) = &self.from else {
            return Err("it has files: name the export, so that they are found beside it, or leave them out by --no-files".into());
        };
        let folder = folder.clone();
        let whole = self.fill(file.key, |to| copy_whole(&folder.join(exported_name(id, file)), file, to));
        found(&folder.join(exported_name(id, file)), whole?)?;
        let Some(key) = file.preview else { return Ok(()) };
        let from = folder.join(preview_name(id));
        let preview = self.fill(key, |to| copy_preview(&from, to));
        found(&from, preview?)
    }

    fn fill(
        &mut self,
        key: FileKey,
        copy: impl FnOnce(&mut fs::File) -> std::io::Result<Found>,
    ) -> Result<Found, String> {
        self.written.push(key);
        let filled = self.to.place_of(key).and_then(|path| create(&path)).and_then(|mut file| {
            let found = copy(&mut file)?;
            file.sync_all()?;
            Ok((found, file.metadata()?.len()))
        });
        let (found, length) = filled.map_err(|error| cannot_write(&self.path, &error))?;
        self.bytes = self.bytes.saturating_add(on_disk(length));
        Ok(found)
    }

    /// Makes it durable, before the chat has it.
    pub(super) fn sync(&self) -> Result<(), String> {
        let synced = if self.written.is_empty() { Ok(()) } else { sync_tree(&self.path) };
        synced.map_err(|error| cannot_write(&self.path, &error))
    }

    /// Keeps what was written. Says so where that is more than all files of a chat may have, in MiB.
    pub(super) fn keep(mut self, files_total: u32) {
        self.written.clear();
        if self.bytes > u64::from(files_total) << 20 {
            log(format_args!(
                "the files take {} MiB, and --files-total is {files_total}: start snug with more, or no more files can be sent",
                self.bytes.div_ceil(1 << 20)
            ));
        }
    }
}

fn found(from: &Path, found: Found) -> Result<(), String> {
    match found {
        Found::Whole => Ok(()),
        Found::Missing => Err(format!("{} is missing", from.display())),
        Found::Altered => Err(format!("{} is not what was exported", from.display())),
    }
}

impl Drop for FilesIn {
    fn drop(&mut self) {
        for key in &self.written {
            let _ = self.to.remove(*key);
            // Those that others are in stay.
            let _ = self.to.path_of(*key).parent().map(fs::remove_dir);
        }
        if !self.written.is_empty() {
            let _ = fs::remove_dir(&self.path);
        }
    }
}
