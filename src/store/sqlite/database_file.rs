//! The file itself: claimed for one process, private to its owner, and still at its place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::new_file::remove_leftovers;
use super::paths::{COMPANIONS, FILES, FileIdentity, identity, sync_folder, wal};
use super::schema::{FileContent, look};
use crate::chat::StorageError;
use crate::log::log;

/// The file of a running chat, claimed for this process.
pub(super) struct DatabaseFile {
    pub(super) path: PathBuf,
    /// Locked, so that no other snug takes it. Never closed before SQLite is: that would drop
    /// SQLite's own locks (POSIX, `fcntl`).
    _file: File,
    /// Of the file and of its WAL, once there is one.
    identities: Vec<(PathBuf, FileIdentity)>,
}

impl DatabaseFile {
    /// Locks the file, and makes it where there is none, readable by its owner only.
    ///
    /// Errors: one line for the operator; the file is as it was.
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

    /// See [`make_private`]; called once it is clear that the file is a chat.
    pub(super) fn make_private(&self) {
        make_private(&self.path);
    }

    /// Remembers the identities of the file and its WAL, which SQLite has made by now.
    pub(super) fn remember(&mut self) -> io::Result<()> {
        for path in [self.path.clone(), wal(&self.path)] {
            let identity = identity(&path)?;
            self.identities.push((path, identity));
        }
        Ok(())
    }

    /// A file that was removed or moved goes on taking writes that nobody would ever find.
    ///
    /// Errors: the file or its WAL is not at its path any more.
    pub(super) fn is_still_there(&self) -> Result<(), StorageError> {
        for (path, known) in &self.identities {
            if identity(path).ok() != Some(*known) {
                return Err(StorageError(format!("{} is not there any more", path.display())));
            }
        }
        Ok(())
    }
}

/// Takes the permissions of others from a chat's file and what belongs to it: a copy that was put back is often
/// open to others.
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
            let is_companion = COMPANIONS.iter().chain([&FILES]).any(|suffix| suffix.as_bytes() == rest);
            rest.is_empty() || is_companion || is_copy(rest)
        })
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut closed: Vec<String> = Vec::new();
    for entry in entries.filter(|entry| belongs(entry.file_name().as_bytes())) {
        // Of the entry itself: what a link leads to is not ours.
        let Ok(data) = entry.metadata() else { continue };
        if !(data.is_file() || data.is_dir()) || data.mode() & OTHERS == 0 {
            continue;
        }
        // Nobody else comes through a closed folder to the files in it.
        let mode = if data.is_dir() { 0o700 } else { 0o600 };
        match fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode)) {
            Ok(()) => closed.push(entry.file_name().display().to_string()),
            Err(error) => log(format_args!("{} is open to others: {error}", entry.path().display())),
        }
    }
    if !closed.is_empty() {
        closed.sort();
        log(format_args!("closed to other users of this machine: {}", closed.join(", ")));
    }
}

/// Refuses what is no regular file, or has several names.
///
/// Errors: one line for the operator.
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
