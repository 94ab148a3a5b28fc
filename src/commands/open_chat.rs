//! A chat that a command reads: its rows, and the bytes of its files.

use super::file_source::FileSource;
use crate::chat::StorageError;
use crate::file_store::Folder;
use crate::settings::DataPlace;
#[cfg(feature = "postgres")]
use crate::store::postgres;
use crate::store::{DatabaseReader, Reader, files_folder};

#[allow(clippy::large_enum_variant, reason = "a command has one")]
pub(super) enum OpenChat {
    File(DatabaseReader, Folder),
    #[cfg(feature = "postgres")]
    Database(postgres::DatabaseReader),
}

impl OpenChat {
    /// Errors: one line for the operator.
    pub(super) fn open(place: &DataPlace) -> Result<Self, String> {
        match place {
            DataPlace::File(path) => {
                Ok(Self::File(DatabaseReader::of_any(path)?, Folder::at(&files_folder(path))))
            }
            #[cfg(feature = "postgres")]
            DataPlace::Database(url) => Ok(Self::Database(postgres::DatabaseReader::open(url)?)),
        }
    }

    pub(super) fn reader(&self) -> &dyn Reader {
        match self {
            Self::File(reader, _) => reader,
            #[cfg(feature = "postgres")]
            Self::Database(reader) => reader,
        }
    }

    pub(super) fn files(&self) -> &dyn FileSource {
        match self {
            Self::File(_, folder) => folder,
            #[cfg(feature = "postgres")]
            Self::Database(reader) => reader,
        }
    }

    /// One line for each damage that the engine itself finds. A server looks after its own pages.
    pub(super) fn faults(&self) -> Result<Vec<String>, StorageError> {
        match self {
            Self::File(reader, _) => reader.faults(),
            #[cfg(feature = "postgres")]
            Self::Database(_) => Ok(Vec::new()),
        }
    }
}
