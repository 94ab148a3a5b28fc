//! The files of an import: from the folder beside it, `FILE.files`, to where the chat keeps them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file_bytes::{Found, copy_preview, copy_whole, create};
use super::file_source::open_path;
use crate::chat::{Blob, Event, FileId, FileKey, FileRecord, Files, MemberId, Record};
use crate::file_store::{Folder, on_disk};
use crate::log::log;
#[cfg(feature = "postgres")]
use crate::store::postgres::NewBlobs;
use crate::store::{cannot_write, files_folder, sync_tree};
use crate::views::attachment::{exported_name, preview_name};

/// Files that come in.
pub(super) struct FilesIn {
    from: Source,
    /// What they take.
    bytes: u64,
}

pub(super) enum Source {
    Folder(PathBuf),
    /// The lines come from standard input: nobody knows where the bytes are.
    Unknown,
    /// All are taken for gone.
    LeftOut,
}

/// Where files are kept.
pub(super) trait FileSink {
    /// Keeps what `copy` writes as a file, and gives what it found.
    fn keep(&mut self, blob: &Blob, copy: Copy<'_>) -> Result<Found, String>;

    /// Makes all of them durable, before the chat has them.
    fn sync(&self) -> Result<(), String> {
        Ok(())
    }
}

type Copy<'a> = &'a mut dyn FnMut(&mut dyn Write) -> io::Result<Found>;

impl FilesIn {
    pub(super) fn new(from: Source) -> Self {
        Self { from, bytes: 0 }
    }

    /// Takes the bytes of a record's files, which have to be those of the export.
    pub(super) fn take(&mut self, record: &mut Record, to: &mut dyn FileSink) -> Result<(), String> {
        let Event::Posted { author, files, .. } = &mut record.event else { return Ok(()) };
        let folder = match &self.from {
            Source::LeftOut => {
                let gone = files.iter().map(|(id, file)| (*id, FileRecord { gone: true, ..file.clone() }));
                *files = gone.collect::<Files>();
                return Ok(());
            }
            Source::Folder(folder) => Some(folder.clone()),
            Source::Unknown => None,
        };
        for (id, file) in files.iter().filter(|(_, file)| !file.gone) {
            let folder = folder.as_deref().ok_or(
                "it has files: name the export, so that they are found beside it, or leave them out by --no-files",
            )?;
            self.copy(folder, (*id, file), *author, to)?;
        }
        Ok(())
    }

    fn copy(
        &mut self,
        folder: &Path,
        (id, file): (FileId, &FileRecord),
        owner: MemberId,
        to: &mut dyn FileSink,
    ) -> Result<(), String> {
        let from = folder.join(exported_name(id, file));
        let whole = self.fill(file.key, owner, &from, to, &mut |to| copy_whole(open_path(&from), file, to));
        found(&from, whole?)?;
        let Some(key) = file.preview else { return Ok(()) };
        let from = folder.join(preview_name(id));
        let preview = self.fill(key, owner, &from, to, &mut |to| copy_preview(open_path(&from), to));
        found(&from, preview?)
    }

    fn fill(
        &mut self,
        key: FileKey,
        owner: MemberId,
        from: &Path,
        to: &mut dyn FileSink,
        copy: Copy<'_>,
    ) -> Result<Found, String> {
        let length = fs::metadata(from).map_or(0, |data| data.len());
        let size = on_disk(length);
        self.bytes = self.bytes.saturating_add(size);
        to.keep(&Blob { key, owner, length, size }, copy)
    }

    /// Says so where they take more than all files of a chat may have, in MiB.
    pub(super) fn end(self, files_total: u32) {
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

/// The folder beside a chat's file. Dropped, what was written is removed, unless it is kept.
pub(super) struct FolderSink {
    path: PathBuf,
    to: Folder,
    written: Vec<FileKey>,
}

impl FolderSink {
    pub(super) fn beside(data: &Path) -> Self {
        let path = files_folder(data);
        Self { to: Folder::at(&path), path, written: Vec::new() }
    }

    /// Keeps what was written.
    pub(super) fn publish(mut self) {
        self.written.clear();
    }
}

impl FileSink for FolderSink {
    fn keep(&mut self, blob: &Blob, copy: Copy<'_>) -> Result<Found, String> {
        self.written.push(blob.key);
        let filled = self.to.place_of(blob.key).and_then(|path| create(&path)).and_then(|mut file| {
            let found = copy(&mut file)?;
            file.sync_all()?;
            Ok(found)
        });
        filled.map_err(|error| cannot_write(&self.path, &error))
    }

    fn sync(&self) -> Result<(), String> {
        let synced = if self.written.is_empty() { Ok(()) } else { sync_tree(&self.path) };
        synced.map_err(|error| cannot_write(&self.path, &error))
    }
}

impl Drop for FolderSink {
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

/// Rows of the transaction in which all is imported.
#[cfg(feature = "postgres")]
impl FileSink for NewBlobs<'_> {
    fn keep(&mut self, blob: &Blob, copy: Copy<'_>) -> Result<Found, String> {
        let mut writer = self.begin(blob).map_err(|error| error.0)?;
        let found = copy(&mut writer).and_then(|found| writer.flush().map(|()| found));
        found.map_err(|error| error.to_string())
    }
}
