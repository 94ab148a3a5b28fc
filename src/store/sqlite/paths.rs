//! Names of files and of what lies beside them, and which file a name leads to.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Suffixes of what SQLite may put beside a file that it has open.
pub(super) const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Suffix of the folder of a chat's files.
pub(super) const FILES: &str = ".files";

/// Device and inode of a file.
pub(super) type FileIdentity = (u64, u64);

pub(super) fn identity(path: &Path) -> io::Result<FileIdentity> {
    fs::metadata(path).map(|data| (data.dev(), data.ino()))
}

/// Tells if the name still leads to this open file.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let own = file.metadata().map(|data| (data.dev(), data.ino()));
    own.is_ok_and(|own| identity(path).is_ok_and(|known| known == own))
}

/// Appends `suffix` to the file's name.
pub(crate) fn companion_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The folder of a chat's files: beside what the name leads to, as all that goes with it.
pub(crate) fn files_folder(path: &Path) -> PathBuf {
    let found = path.canonicalize();
    companion_path(found.as_deref().unwrap_or(path), FILES)
}

pub(super) fn wal(path: &Path) -> PathBuf {
    companion_path(path, "-wal")
}

/// Tells if there is a WAL with anything in it.
pub(super) fn has_wal(path: &Path) -> bool {
    fs::metadata(wal(path)).is_ok_and(|wal| wal.len() > 0)
}

/// The folder that the file is in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a new or renamed file's name durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// Makes the names in a folder, in those in it, and its own durable.
pub(crate) fn sync_tree(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(path)?.sync_all()?;
    sync_folder(path)
}
