//! A new file that is whole or not there: written beside its place under a name of its own, and only then given
//! the wanted one, which never replaces another file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::paths::{COMPANIONS, companion_path, folder, is_at, sync_folder};
use crate::secrets::draw_code;

/// Stands between the wanted name and the random letters in the name of a file that is being written.
const PART: &str = ".part-";
/// Names that are tried where a cleaner took the file before it was locked.
const TRIES: usize = 8;

/// A file that is being written, for its owner's eyes only. Dropping it removes what has no wanted name yet.
///
/// Locks: `flock` on the file while this exists, by which others tell it from what a crash left.
pub(crate) struct NewFile {
    file: File,
    part: PathBuf,
}

impl NewFile {
    /// Begins a file that is to be `to`, in the same folder, and removes what was left of earlier ones.
    pub(crate) fn create(to: &Path) -> io::Result<Self> {
        remove_leftovers(to);
        for _ in 0..TRIES {
            let part = companion_path(to, &format!("{PART}{}", draw_code().replace('-', "")));
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&part)?;
            // Where a file system has no locks, nobody removes what may be a leftover.
            if matches!(file.try_lock(), Ok(()) | Err(TryLockError::Error(_))) && is_at(&file, &part) {
                return Ok(Self { file, part });
            }
        }
        Err(io::Error::other("others remove what is written there"))
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The path until it is published.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// Gives it the wanted name, durably.
    ///
    /// Errors: [`io::ErrorKind::AlreadyExists`] where there is anything of that name.
    pub(crate) fn publish(&self, to: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        match fs::hard_link(&self.part, to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) => fs::remove_file(&self.part)?,
            // A file system without hard links: an empty file takes the name, and is replaced.
            Err(_) => {
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
                fs::rename(&self.part, to).inspect_err(|_| drop(fs::remove_file(to)))?;
            }
        }
        sync_folder(to)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        remove_with_companions(&self.part);
    }
}

/// Removes what crashes left of files that were to be `to`, and nothing that is still being written.
pub(super) fn remove_leftovers(to: &Path) {
    let (Some(name), Ok(entries)) = (to.file_name(), fs::read_dir(folder(to))) else { return };
    let is_part = |other: &[u8]| {
        let letters = other.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(PART.as_bytes()));
        letters.is_some_and(|letters| !letters.is_empty() && letters.iter().all(u8::is_ascii_alphanumeric))
    };
    let parts = entries.flatten().filter(|entry| is_part(entry.file_name().as_bytes()));
    // Opening a pipe would wait for its other end.
    for entry in parts.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
        let Ok(file) = File::open(entry.path()) else { continue };
        // Without a lock it may be written just now.
        if file.try_lock().is_ok() && is_at(&file, &entry.path()) {
            remove_with_companions(&entry.path());
        }
    }
}

fn remove_with_companions(part: &Path) {
    for companion in COMPANIONS {
        let _ = fs::remove_file(companion_path(part, companion));
    }
    let _ = fs::remove_file(part);
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;

    use super::super::tests::Folder;
    use super::*;

    #[test]
    fn of_many_that_want_one_name_one_gets_it_and_nothing_is_left() {
        let folder = Folder::new();
        let to = folder.0.join("out");
        fs::write(folder.0.join("out.part"), "precious").unwrap();
        fs::write(folder.0.join("out.part-1"), "left by a process").unwrap();
        fs::write(folder.0.join("out.part-1-journal"), "left by a process").unwrap();
        let write = |text: &str| {
            let new = NewFile::create(&to)?;
            assert!(!to.exists() || fs::read(&to).unwrap().len() == 4);
            (&mut new.file()).write_all(text.as_bytes())?;
            new.publish(&to)
        };
        let published = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|n| scope.spawn(move || write(&format!("{n:04}")).map(|()| n))).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect::<Vec<_>>()
        });
        assert_eq!(published.len(), 1);
        assert_eq!(fs::read_to_string(&to).unwrap(), format!("{:04}", published[0]));
        let mut names: Vec<_> =
            fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["out", "out.part"]);
    }

    #[test]
    fn what_is_being_written_is_no_leftover() {
        let folder = Folder::new();
        let to = folder.0.join("out");
        let first = NewFile::create(&to).unwrap();
        let second = NewFile::create(&to).unwrap();
        second.publish(&to).unwrap();
        assert!(first.part().exists());
        assert_eq!(first.publish(&to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_dangling_link_is_not_replaced() {
        let folder = Folder::new();
        let to = folder.0.join("out");
        std::os::unix::fs::symlink(folder.0.join("nowhere"), &to).unwrap();
        let new = NewFile::create(&to).unwrap();
        assert_eq!(new.publish(&to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(to.is_symlink());
    }
}
