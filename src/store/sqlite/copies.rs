//! Copies of the file, made while others may write to it.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::new_file::{NewFile, remove_leftovers};
use super::paths::companion_path;
use super::{connect, in_words};

/// Pages that are copied between two reports of progress.
const STEP: i32 = 256;

/// Copies of one version that are kept at most: `.v3`, `.v3.2`, and so on.
const COPIES_MAX: u32 = 100;

/// Copies the file before it is upgraded, to a free name (`chat.db.v3`, or `chat.db.v3.2`), and returns its path.
/// An upgrade that is tried again makes no second copy of the same content.
pub(super) fn keep_as_it_is(connection: &Connection, path: &Path, version: usize) -> Result<PathBuf, String> {
    for older in 1..=version {
        remove_leftovers(&companion_path(path, &format!(".v{older}")));
    }
    let first = companion_path(path, &format!(".v{version}"));
    let cannot = |error: io::Error| cannot_write(&first, &error);
    let new = NewFile::create(&first).map_err(cannot)?;
    fill(&new, connection, path, &first, |_, _| {})?;
    for number in 1..=COPIES_MAX {
        let to = if number == 1 { first.clone() } else { companion_path(&first, &format!(".{number}")) };
        match new.publish(&to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if have_same_content(new.part(), &to).unwrap_or(false) {
                    return Ok(to);
                }
            }
            published => return published.map(|()| to).map_err(cannot),
        }
    }
    Err(format!("there are {COPIES_MAX} copies like {} already; remove what is not needed", first.display()))
}

fn have_same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let (data, others) = (fs::metadata(one)?, fs::metadata(other)?);
    if !others.is_file() || data.len() != others.len() {
        return Ok(false);
    }
    let read = |path: &Path| File::open(path).map(|file| BufReader::new(file).bytes());
    for (byte, another) in read(one)?.zip(read(other)?) {
        if byte? != another? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes a consistent copy, while others write, which has no wanted name yet. `progress` takes pages done and pages in
/// all.
///
/// Errors: one line for the operator.
pub(super) fn copy(
    connection: &Connection,
    path: &Path,
    to: &Path,
    progress: impl Fn(u64, u64),
) -> Result<NewFile, String> {
    let new = NewFile::create(to).map_err(|error| cannot_write(to, &error))?;
    fill(&new, connection, path, to, progress)?;
    Ok(new)
}

/// One line for the operator about a new file.
pub(crate) fn cannot_write(to: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{} exists already", to.display()),
        _ => format!("{} cannot be written: {error}", to.display()),
    }
}

fn fill(
    new: &NewFile,
    connection: &Connection,
    path: &Path,
    to: &Path,
    progress: impl Fn(u64, u64),
) -> Result<(), String> {
    copy_pages(connection, new.part(), progress).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => in_words(path, &error),
        _ => in_words(to, &error),
    })
}

fn copy_pages(connection: &Connection, to: &Path, progress: impl Fn(u64, u64)) -> rusqlite::Result<()> {
    // One snapshot from the first page to the last: otherwise each commit of the server would make
    // the copy begin anew.
    let snapshot = connection.unchecked_transaction()?;
    snapshot.query_row("SELECT newest FROM numbering", [], |_| Ok(()))?;
    let mut copy = connect(to)?;
    {
        let backup = Backup::new(&snapshot, &mut copy)?;
        while backup.step(STEP)? != StepResult::Done {
            let now = backup.progress();
            let number = |pages: i32| u64::try_from(pages).unwrap_or(0);
            progress(number(now.pagecount - now.remaining), number(now.pagecount));
        }
    }
    // A copy is one file; it gets its WAL when a chat is opened on it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.close().map_err(|(_, error)| error)
}
