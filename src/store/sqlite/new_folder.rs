//! The folder of files that goes with a new file: whole once that file is there, and else a leftover.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::paths::sync_tree;

/// A file in it while it is being filled.
const MARK: &str = "unfinished";

/// A folder that is being filled, for its owner's eyes only. Dropping it removes it, unless it is kept.
///
/// Locks: `flock` on a file in it while this exists, by which others tell it from what a crash left.
pub(crate) struct NewFolder {
    path: PathBuf,
    kept: bool,
    _mark: File,
}

impl NewFolder {
    /// Begins a folder, in the place of one that was broken off.
    ///
    /// Errors: [`ErrorKind::AlreadyExists`] where there is anything else of that name.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let make = || DirBuilder::new().mode(0o700).create(path);
        make().or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists if remove_leftover(path) => make(),
            _ => Err(error),
        })?;
        let mark = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path.join(MARK))?;
        // Where a file system has no locks, nobody removes what may be a leftover.
        let _ = mark.try_lock();
        Ok(Self { path: path.into(), kept: false, _mark: mark })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes all names in it durable, before its file gets its own.
    pub(crate) fn sync(&self) -> io::Result<()> {
        sync_tree(&self.path)
    }

    /// Leaves it for good, as its file is there; without any file it goes.
    pub(crate) fn keep(mut self) {
        self.kept = true;
        // One that stays is nobody's file.
        let _ = fs::remove_file(self.path.join(MARK));
        let _ = fs::remove_dir(&self.path);
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
        }
    }
}

/// Removes what a crash left, and nothing that is whole or being filled. Tells if it did.
fn remove_leftover(path: &Path) -> bool {
    if !fs::symlink_metadata(path).is_ok_and(|data| data.is_dir()) {
        return false;
    }
    // Whoever made an empty one came no further, or is about to mark it, which fails then.
    if fs::remove_dir(path).is_ok() {
        return true;
    }
    let mark = File::open(path.join(MARK));
    mark.is_ok_and(|mark| mark.try_lock().is_ok()) && remove(path)
}

/// The mark goes last: what is broken off goes the next time.
fn remove(path: &Path) -> bool {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_name() != MARK {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let _ = if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        }
    }
    let _ = fs::remove_file(path.join(MARK));
    fs::remove_dir(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::Folder;
    use super::*;

    #[test]
    fn it_is_there_once_it_is_kept_and_replaces_only_what_was_broken_off() {
        let folder = Folder::new();
        let path = folder.0.join("out.files");
        let fill = |new: &NewFolder| {
            fs::create_dir(new.path().join("ab")).unwrap();
            fs::write(new.path().join("ab/file"), "x").unwrap();
            new.sync().unwrap();
        };
        let refused = || NewFolder::create(&path).err().map(|error| error.kind());
        let new = NewFolder::create(&path).unwrap();
        fill(&new);
        assert_eq!(refused(), Some(ErrorKind::AlreadyExists), "somebody fills it");
        drop(new);
        assert!(!path.exists());
        // A crash: it stays, and nobody holds its mark.
        fs::create_dir_all(path.join("ab")).unwrap();
        fs::write(path.join("ab/left"), "x").unwrap();
        fs::write(path.join(MARK), "").unwrap();
        let new = NewFolder::create(&path).unwrap();
        assert!(!path.join("ab").exists());
        fill(&new);
        new.keep();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        assert_eq!(refused(), Some(ErrorKind::AlreadyExists), "it is whole");
        fs::remove_dir_all(&path).unwrap();
        std::os::unix::fs::symlink(&folder.0, &path).unwrap();
        assert_eq!(refused(), Some(ErrorKind::AlreadyExists));
        fs::remove_file(&path).unwrap();
        // Without any file it is not wanted.
        NewFolder::create(&path).unwrap().keep();
        assert!(!path.exists());
    }
}
