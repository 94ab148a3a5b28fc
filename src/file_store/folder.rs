//! Files in a folder.

use std::fs::{self, DirBuilder, DirEntry, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::chat::FileKey;
use crate::transfer::Content;

/// The folder of all files, with one below it for each first byte of their keys.
pub(crate) struct Folder {
    path: PathBuf,
    /// Of each folder below, whether this process has synced its name.
    synced: [AtomicBool; 256],
}

impl Folder {
    /// Errors: one line for the operator, where there is something that is no folder, or none that can be written to.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let unusable = |why: &dyn std::fmt::Display| format!("{} cannot hold files: {why}", path.display());
        let folder = Self::at(path);
        match fs::metadata(path) {
            Ok(data) if data.is_dir() => folder.probe().map_err(|error| unusable(&error))?,
            Ok(_) => return Err(unusable(&"it is no folder")),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(&error)),
        }
        Ok(folder)
    }

    /// Whatever is there.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), synced: [const { AtomicBool::new(false) }; 256] }
    }

    /// Errors: where nothing can be made there.
    fn probe(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(self.incoming())?;
        let path = self.incoming().join("probe");
        File::create(&path)?;
        fs::remove_file(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn incoming(&self) -> PathBuf {
        self.path.join("incoming")
    }

    /// Moves a temporary file here, for good.
    pub(super) fn keep(&self, key: FileKey, content: Content) -> io::Result<()> {
        let to = self.prepare(key)?;
        content.settle(&to)?;
        sync(folder_of(&to)).inspect_err(|_| {
            // One that stays is removed by the next start.
            let _ = fs::remove_file(&to);
        })
    }

    /// The path of a file that is to come. Its folder is there, and not yet durable.
    pub(crate) fn place_of(&self, key: FileKey) -> io::Result<PathBuf> {
        let path = self.path_of(key);
        DirBuilder::new().recursive(true).mode(0o700).create(folder_of(&path))?;
        Ok(path)
    }

    /// Makes the folder of a key, durably. Whoever comes first, others who find it do not rely on that.
    fn prepare(&self, key: FileKey) -> io::Result<PathBuf> {
        let path = self.place_of(key)?;
        let synced = &self.synced[usize::from(key.0[0])];
        if !synced.load(Ordering::Acquire) {
            sync(&self.path)?;
            sync(folder_of(&self.path))?;
            synced.store(true, Ordering::Release);
        }
        Ok(path)
    }

    pub(super) fn open_file(&self, key: FileKey) -> io::Result<Option<Content>> {
        found(Content::open(&self.path_of(key)))
    }

    /// Removes a file; gives its length, if there was one.
    pub(crate) fn remove(&self, key: FileKey) -> io::Result<Option<u64>> {
        let path = self.path_of(key);
        let Some(data) = found(fs::symlink_metadata(&path))? else { return Ok(None) };
        Ok(found(fs::remove_file(&path))?.map(|()| data.len()))
    }

    /// Each file, with its length.
    pub(crate) fn list(&self, mut each: impl FnMut(FileKey, u64)) -> io::Result<()> {
        for below in found(fs::read_dir(&self.path))?.into_iter().flatten() {
            let below = below?;
            let Some(first) = hex::<1>(&below) else { continue };
            if !below.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(below.path())? {
                let entry = entry?;
                let Some(key) = hex::<16>(&entry).filter(|key| key[..1] == first) else { continue };
                // It may be removed meanwhile.
                let Some(data) = found(entry.metadata())? else { continue };
                if data.is_file() {
                    each(FileKey(key), data.len());
                }
            }
        }
        Ok(())
    }

    pub(crate) fn path_of(&self, key: FileKey) -> PathBuf {
        let name = format!("{:032x}", u128::from_be_bytes(key.0));
        self.path.join(&name[..2]).join(&name)
    }
}

/// Nothing where there is none.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The bytes that a name is in lowercase hexadecimal digits.
fn hex<const N: usize>(entry: &DirEntry) -> Option<[u8; N]> {
    let name = entry.file_name();
    let name = name.as_encoded_bytes();
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if name.len() != 2 * N {
        return None;
    }
    for (byte, two) in bytes.iter_mut().zip(name.chunks(2)) {
        *byte = digit(two[0])? << 4 | digit(two[1])?;
    }
    Some(bytes)
}
