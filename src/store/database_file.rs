//! The file itself: whose it is, and that it is still there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::damaged;
use super::new_file::{COMPANIONS, remove_leftovers};
use super::schema::{self, APPLICATION};
use crate::chat::StorageError;
use crate::log::log;

/// The file of a running chat, claimed for this process.
pub(super) struct DatabaseFile {
    pub(super) path: PathBuf,
    /// Locked, so that no other snug takes it. Never closed before SQLite is: that would drop
    /// SQLite's own locks (POSIX, `fcntl`).
    _file: File,
    /// The device and number of the file and of its WAL, once there is one.
    identities: Vec<(PathBuf, (u64, u64))>,
}

/// What a file is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileContent {
    Nothing,
    Ours,
}

impl DatabaseFile {
    /// Takes the file, and makes it where there is none, for its owner's eyes only. The error is one
    /// line for the operator; the file is as it was then.
    pub(super) fn claim(path: &Path) -> Result<(Self, FileContent), String> {
        let shown = path.display();
        let cannot = |error: io::Error| format!("{shown} cannot be opened: {error}");
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        check_kind(path)?;
        let file = match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = options.create_new(true).mode(0o600).open(path).map_err(cannot)?;
                sync_folder(path).map_err(cannot)?;
                file
            }
            opened => opened.map_err(cannot)?,
        };
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => format!("{shown} is in use by another snug"),
            TryLockError::Error(error) => cannot(error),
        })?;
        let path = path.canonicalize().map_err(cannot)?;
        let content = look(&file, &path)?;
        if content == FileContent::Nothing {
            make_private(&path);
        }
        Ok((Self { path, _file: file, identities: Vec::new() }, content))
    }

    /// Makes the file its owner's alone, and what lies beside it, once it is clear that it is a chat.
    pub(super) fn make_private(&self) {
        make_private(&self.path);
    }

    /// Remembers which files these are, now that SQLite has made its own.
    pub(super) fn remember(&mut self) -> io::Result<()> {
        for path in [self.path.clone(), wal(&self.path)] {
            let identity = identity(&path)?;
            self.identities.push((path, identity));
        }
        Ok(())
    }

    /// Whether what is written would be found again: a file that was removed or put elsewhere goes
    /// on taking what is written to it, and nobody would ever see it.
    pub(super) fn is_still_there(&self) -> Result<(), StorageError> {
        for (path, known) in &self.identities {
            if identity(path).ok() != Some(*known) {
                return Err(StorageError(format!("{} is not there any more", path.display())));
            }
        }
        Ok(())
    }
}

/// Makes a chat's file its owner's alone, and what lies beside it: a copy that was put back is often open to others.
fn make_private(path: &Path) {
    const OTHERS: u32 = 0o077;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let is_copy = |rest: &[u8]| {
        rest.strip_prefix(b".v")
            .is_some_and(|rest| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
    };
    let belongs = |other: &[u8]| {
        let rest = other.strip_prefix(name.as_bytes());
        rest.is_some_and(|rest| {
            rest.is_empty() || COMPANIONS.iter().any(|suffix| suffix.as_bytes() == rest) || is_copy(rest)
        })
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut closed: Vec<String> = Vec::new();
    for entry in entries.filter(|entry| belongs(entry.file_name().as_bytes())) {
        // Of the entry itself: what a link leads to is not ours.
        let open = entry.metadata().is_ok_and(|data| data.is_file() && data.mode() & OTHERS != 0);
        if !open {
            continue;
        }
        match fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o600)) {
            Ok(()) => closed.push(entry.file_name().display().to_string()),
            Err(error) => log(format_args!("{} is open to others: {error}", entry.path().display())),
        }
    }
    if !closed.is_empty() {
        closed.sort();
        log(format_args!("closed to other users of this machine: {}", closed.join(", ")));
    }
}

/// Refuses what is there and cannot be a chat's file. The error is one line for the operator.
pub(super) fn check_kind(path: &Path) -> Result<(), String> {
    let shown = path.display();
    if fs::metadata(path).is_ok_and(|data| data.is_file() && data.nlink() > 1) {
        // It may have got its name just before a crash, and kept the one that it was written under.
        remove_leftovers(path);
    }
    match fs::metadata(path) {
        Ok(data) if !data.is_file() => Err(format!("{shown} is no regular file")),
        // A WAL goes by the file's name, and must not be missed under another.
        Ok(data) if data.nlink() > 1 => Err(format!("{shown} has several names (hard links); leave it one")),
        Err(_) if path.is_symlink() => Err(format!("{shown} is a link to something that is not there")),
        _ => Ok(()),
    }
}

/// The device and number of the file of this name.
pub(super) fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|data| (data.dev(), data.ino()))
}

/// Returns device and inode of an open file.
pub(super) fn identity_of(file: &File) -> io::Result<(u64, u64)> {
    file.metadata().map(|data| (data.dev(), data.ino()))
}

pub(crate) fn companion_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn wal(path: &Path) -> PathBuf {
    companion_path(path, "-wal")
}

pub(super) fn has_wal(path: &Path) -> bool {
    fs::metadata(wal(path)).is_ok_and(|wal| wal.len() > 0)
}

/// Makes a new or renamed file's name durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Looks at the first bytes, before SQLite does anything to the file (format:
/// <https://www.sqlite.org/fileformat.html>, 1.3).
pub(super) fn look(mut file: &File, path: &Path) -> Result<FileContent, String> {
    const HEADER: usize = 100;
    let mut header = Vec::new();
    let read = file.by_ref().take(HEADER as u64).read_to_end(&mut header);
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    match header.len() {
        0 if has_wal(path) => Err(damaged(path, "it is empty, and its WAL is not")),
        0 => Ok(FileContent::Nothing),
        HEADER if header.starts_with(b"SQLite format 3\0") => {
            let version = header[60..64].iter().fold(0, |version, byte| version << 8 | usize::from(*byte));
            if header[68..72] == APPLICATION.to_be_bytes() {
                // What was broken off while it was made is in the rollback journal.
                if version == 0 && !has_wal(path) && !companion_path(path, "-journal").exists() {
                    return Err(damaged(path, "it has no version"));
                }
                schema::check_version(version, path).map(|()| FileContent::Ours)
            } else {
                Err(format!("{} belongs to another program", path.display()))
            }
        }
        _ => Err(format!("{} is no file of snug's, or damaged", path.display())),
    }
}
