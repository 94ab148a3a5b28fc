//! The files of an export: in a folder beside it, `OUT.files`, each named by its number.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::file_bytes::{Found, Opened, copy_preview, copy_whole, create};
use super::file_source::FileSource;
use crate::chat::{FileId, FileKey, FileRecord, Message, StorageError};
use crate::store::{NewFolder, cannot_write, files_folder};
use crate::views::attachment::{exported_name, preview_name};

/// What becomes of the bytes of files.
pub(super) enum FilesOut<'a> {
    Copied(Box<FilesCopied<'a>>),
    /// The export says that they are gone.
    LeftOut,
}

pub(super) struct FilesCopied<'a> {
    from: &'a dyn FileSource,
    to: NewFolder,
    /// Files that are not whole where they should be.
    lost: u64,
}

impl<'a> FilesOut<'a> {
    /// Errors: one line for the operator.
    pub(super) fn beside(out: &Path, from: &'a dyn FileSource) -> Result<Self, String> {
        let path = files_folder(out);
        let to = NewFolder::create(&path).map_err(|error| cannot_write(&path, &error))?;
        Ok(Self::Copied(Box::new(FilesCopied { from, to, lost: 0 })))
    }

    /// The address of the folder from a page beside it.
    pub(super) fn address(&self) -> Option<String> {
        let Self::Copied(files) = self else { return None };
        let name = files.to.path().file_name()?.as_encoded_bytes();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let encoded = name.iter().fold(String::from("./"), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = if unreserved(*byte) {
                text.write_char(char::from(*byte))
            } else {
                write!(text, "%{byte:02X}")
            };
            text
        });
        Some(encoded)
    }

    /// Copies the bytes of a message's files; those that cannot be had are marked as gone.
    pub(super) fn take(&mut self, message: &mut Message) -> Result<(), StorageError> {
        if message.files.is_empty() {
            return Ok(());
        }
        let mut files = message.files.to_vec();
        for (id, file) in files.iter_mut().filter(|(_, file)| !file.gone) {
            file.gone = match self {
                Self::LeftOut => true,
                Self::Copied(files) => !files.copy(*id, file)?,
            };
        }
        message.files = files.into();
        Ok(())
    }

    /// To be called before the export gets its name, and `keep` after.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        match self {
            Self::LeftOut => Ok(()),
            Self::Copied(files) => files.to.sync().map_err(|error| files.unwritten(&error)),
        }
    }

    pub(super) fn keep(self) {
        let Self::Copied(files) = self else { return };
        let FilesCopied { to, lost, .. } = *files;
        to.keep();
        if lost > 0 {
            // Nobody may be reading; the export says it as well.
            let _ = writeln!(
                io::stderr(),
                "snug: files that are missing or altered, and said to be gone in the export: {lost}; snug check names them"
            );
        }
    }
}

impl FilesCopied<'_> {
    /// Tells if its bytes are in the export. A preview that is not there is none.
    fn copy(&mut self, id: FileId, file: &mut FileRecord) -> Result<bool, StorageError> {
        let whole = |from: Opened<'_>, to: &mut File| copy_whole(from, file, to);
        let is_whole = self.fill(file.key, &exported_name(id, file), whole)?;
        if let Some(key) = file.preview.filter(|_| is_whole) {
            let small = |from: Opened<'_>, to: &mut File| copy_preview(from, to);
            file.preview = self.fill(key, &preview_name(id), small)?.then_some(key);
        }
        Ok(is_whole)
    }

    /// Makes a file of this name out of that of a key, where `copy` finds it whole.
    fn fill(
        &mut self,
        key: FileKey,
        name: &str,
        copy: impl Fn(Opened<'_>, &mut File) -> io::Result<Found>,
    ) -> Result<bool, StorageError> {
        let path = self.to.path().join(name);
        let copied = create(&path).and_then(|mut to| {
            let found = copy(self.from.open(key), &mut to)?;
            to.sync_all()?;
            if found != Found::Whole {
                std::fs::remove_file(&path)?;
            }
            Ok(found == Found::Whole)
        });
        let is_whole = copied.map_err(|error| self.unwritten(&error))?;
        self.lost += u64::from(!is_whole);
        Ok(is_whole)
    }

    fn unwritten(&self, error: &io::Error) -> StorageError {
        if error.kind() == ErrorKind::NotConnected {
            return StorageError(error.to_string());
        }
        StorageError(cannot_write(self.to.path(), error))
    }
}
