//! A copy of the chat: its file, and the folder of its files.
//!
//! The files come first, then the file, and then those files that it names and that came in between. What is
//! deleted meanwhile is copied already, or not named; a file that came and went in between makes it begin anew, with what
//! it has. One that the chat has lost is left out, and named.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::file_bytes::{bounded_lines, create, file_in_words};
use super::progress::Progress;
use super::tasks::{refuse_existing, say};
use crate::chat::{Archive as _, FileKey, StorageError};
use crate::file_store::Folder;
use crate::settings::DataPlace;
#[cfg(feature = "postgres")]
use crate::store::DatabaseUrl;
use crate::store::{DatabaseReader, NewFolder, Reader, cannot_write, files_folder};

/// Times that it begins anew.
const TRIES: usize = 8;

pub(super) fn backup(data: &DataPlace, to: &Path) -> Result<(), String> {
    match data {
        DataPlace::File(path) => copy_chat(path, to),
        #[cfg(feature = "postgres")]
        DataPlace::Database(url) => Err(database_ways(url)),
    }
}

/// How a database is copied: its server has better ways than a client.
#[cfg(feature = "postgres")]
fn database_ways(url: &DatabaseUrl) -> String {
    let (schema, connection) = (url.schema(), url.for_libpq());
    let older = if connection.contains("sslrootcert=system") {
        "\nPostgreSQL 15's own programs need the file of the authorities that this system believes in the place of \
         \"system\" there, as sslrootcert=/etc/ssl/certs/ca-certificates.crt"
    } else {
        ""
    };
    format!(
        "{url} is copied by PostgreSQL itself, while it serves:\n\
         this chat alone, as one file: pg_dump --format=custom --schema={schema} --file=OUT \"{connection}\"\n\
         and back, into an empty database, once all nodes are stopped: pg_restore --dbname=\"{connection}\" OUT\n\
         the whole server, by a role with REPLICATION: pg_basebackup --pgdata=FOLDER --checkpoint=fast \
         --dbname=\"{connection}\"\n\
         each moment of it since: archive_mode and archive_command in postgresql.conf, and such a base backup{older}"
    )
}

fn copy_chat(data: &Path, to: &Path) -> Result<(), String> {
    refuse_existing(to)?;
    let reader = DatabaseReader::of_any(data)?;
    let mut files = FilesCopy::begin(data, to)?;
    for _ in 0..TRIES {
        files.take(&keys(&reader)?)?;
        let progress = RefCell::new(Progress::new("copying", 0));
        let copy = reader.copy(to, |done, all| progress.borrow_mut().reach(done, all))?;
        drop(progress);
        let named = keys(&DatabaseReader::open(copy.part())?)?;
        let missing = files.take(&named)?;
        // A file is removed after the row that names it.
        let still: HashSet<FileKey> = keys(&reader)?.into_iter().collect();
        if missing.iter().all(|key| still.contains(key)) {
            files.end(&named)?;
            copy.publish(to).map_err(|error| cannot_write(to, &error))?;
            files.new.keep();
            return tell(&reader, data, to, &missing);
        }
    }
    Err(format!("files of {} come and go too fast to be copied; try again", data.display()))
}

/// Errors: files are lost, which are named.
fn tell(reader: &DatabaseReader, data: &Path, to: &Path, lost: &[FileKey]) -> Result<(), String> {
    let holds = format!("{} holds all of {} now", to.display(), data.display());
    if lost.is_empty() {
        return say(&holds);
    }
    let lines = lost.iter().map(|key| {
        let found = reader.file_of_key(*key).map_err(|error| error.to_string())?;
        Ok(found.map_or_else(
            || "a file that was deleted meanwhile".to_owned(),
            |(id, message, is_preview)| {
                let of = if is_preview { "the preview of " } else { "" };
                format!("{of}{} is missing", file_in_words(id, message))
            },
        ))
    });
    let lines = bounded_lines(lines.collect::<Result<_, String>>()?);
    let folder = files_folder(data);
    Err(format!("{holds}, but for what {} lacks:\n{}", folder.display(), lines.join("\n")))
}

fn keys(reader: &DatabaseReader) -> Result<Vec<FileKey>, String> {
    let keys = reader.file_keys().map_err(|error: StorageError| error.to_string())?;
    Ok(keys.into_iter().map(|key| key.key).collect())
}

struct FilesCopy {
    from: Folder,
    to: Folder,
    new: NewFolder,
    copied: HashSet<FileKey>,
}

impl FilesCopy {
    fn begin(data: &Path, to: &Path) -> Result<Self, String> {
        let path = files_folder(to);
        let new = NewFolder::create(&path).map_err(|error| cannot_write(&path, &error))?;
        let (from, to) = (Folder::at(&files_folder(data)), Folder::at(&path));
        Ok(Self { from, to, new, copied: HashSet::new() })
    }

    /// Takes the files of these that it does not have yet. Gives those that are not there.
    fn take(&mut self, keys: &[FileKey]) -> Result<Vec<FileKey>, String> {
        let mut missing = Vec::new();
        let wanted = keys.iter().filter(|key| !self.copied.contains(key)).count();
        let mut progress = Progress::new("copying files", wanted as u64);
        for key in keys {
            if self.copied.contains(key) {
                continue;
            }
            match link_or_copy(&self.from.path_of(*key), &self.to, *key) {
                Ok(true) => drop(self.copied.insert(*key)),
                Ok(false) => missing.push(*key),
                Err(error) => return Err(self.cannot_write(&error)),
            }
            progress.step();
        }
        Ok(missing)
    }

    /// Removes what the copy does not name.
    fn end(&self, named: &[FileKey]) -> Result<(), String> {
        let named: HashSet<&FileKey> = named.iter().collect();
        for key in self.copied.iter().filter(|key| !named.contains(key)) {
            self.to.remove(*key).map_err(|error| self.cannot_write(&error))?;
        }
        self.new.sync().map_err(|error| self.cannot_write(&error))
    }

    fn cannot_write(&self, error: &io::Error) -> String {
        cannot_write(self.new.path(), error)
    }
}

/// Gives a file a second name, as its bytes never change, or copies it to another disk. Tells if it was there.
fn link_or_copy(from: &Path, to: &Folder, key: FileKey) -> io::Result<bool> {
    let to = to.place_of(key)?;
    match fs::hard_link(from, &to) {
        Ok(()) => return Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(_) => {}
    }
    let mut bytes = match File::open(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let mut copy = create(&to)?;
    io::copy(&mut bytes, &mut copy)?;
    copy.sync_all().map(|()| true)
}
