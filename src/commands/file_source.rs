//! Where commands find the bytes of files.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use crate::chat::FileKey;
use crate::file_store::Folder;

/// A file to be read.
pub(super) struct OpenedFile<'a> {
    pub(super) length: u64,
    pub(super) bytes: Box<dyn Read + 'a>,
}

/// The bytes of a chat's files, by their keys.
pub(super) trait FileSource {
    /// None: it is not there. Errors: it cannot be read, whatever it is; `NotConnected`: nothing can be read.
    fn open(&self, key: FileKey) -> io::Result<Option<OpenedFile<'_>>>;

    /// All that is there, where whatever no row tells of is a fault.
    fn list(&self) -> io::Result<Vec<FileKey>> {
        Ok(Vec::new())
    }

    /// Says so of a file that no row tells of, unless it may be on its way into a message.
    fn stray(&self, _key: FileKey) -> Option<String> {
        None
    }
}

/// A file that is younger may be on its way into a message.
const SETTLED: Duration = Duration::from_secs(60);

impl FileSource for Folder {
    fn open(&self, key: FileKey) -> io::Result<Option<OpenedFile<'_>>> {
        open_path(&self.path_of(key))
    }

    fn list(&self) -> io::Result<Vec<FileKey>> {
        let mut keys = Vec::new();
        self.list(|key, _| keys.push(key))?;
        Ok(keys)
    }

    fn stray(&self, key: FileKey) -> Option<String> {
        let path = self.path_of(key);
        let changed = std::fs::metadata(&path).and_then(|data| data.modified());
        let is_settled = changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age >= SETTLED));
        is_settled.then(|| format!("{} belongs to nothing", path.display()))
    }
}

#[cfg(feature = "postgres")]
impl FileSource for crate::store::postgres::DatabaseReader {
    fn open(&self, key: FileKey) -> io::Result<Option<OpenedFile<'_>>> {
        let opened = self.open_blob(key)?;
        Ok(opened.map(|(length, bytes)| OpenedFile { length, bytes: Box::new(bytes) }))
    }
}

/// The file of this name.
pub(super) fn open_path(path: &Path) -> io::Result<Option<OpenedFile<'static>>> {
    let data = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        data => data?,
    };
    // Opening a pipe would wait for its other end.
    let file = if data.is_file() { File::open(path)? } else { return Err(ErrorKind::InvalidInput.into()) };
    Ok(Some(OpenedFile { length: data.len(), bytes: Box::new(file) }))
}
