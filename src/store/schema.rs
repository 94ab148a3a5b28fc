//! The forms that the file had over time, and the way to the newest.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::database_file::{FileContent, companion_path};
use super::new_file::{NewFile, remove_leftovers};
use super::{connect, damaged, in_words, mentions};
use crate::log::log;

/// What marks a file as snug's: the word itself, as SQLite's application id.
pub(super) const APPLICATION: i32 = i32::from_be_bytes(*b"snug");

/// What makes each version out of the one before. It is only ever added to.
const VERSIONS: &[&str] =
    &[include_str!("v1.sql"), include_str!("v2.sql"), include_str!("v3.sql"), include_str!("v4.sql")];

/// The first version that keeps whom messages mention.
const MENTIONS_SINCE: usize = 4;

/// Pages of a copy between two words about its progress.
const STEP: i32 = 256;

/// Brings the file to the newest version. An older one is copied beside itself first; a newer or
/// damaged one is refused as it is.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
    content: FileContent,
) -> Result<(), String> {
    go_through(VERSIONS, connection, path, content)
}

fn go_through(
    versions: &[&str],
    connection: &mut Connection,
    path: &Path,
    content: FileContent,
) -> Result<(), String> {
    let words = |error: rusqlite::Error| in_words(path, &error);
    let version = check(versions.len(), connection, path)?;
    if version == 0 && content == FileContent::Ours && pages(connection, path)? > 0 {
        return Err(damaged(path, "it has no version"));
    }
    if version == versions.len() {
        return Ok(());
    }
    if version > 0 {
        let copy = keep_as_it_is(connection, path, version)?;
        log(format_args!(
            "{} is brought up to date; as it was, it stays in {}, to be removed when all is well",
            path.display(),
            copy.display()
        ));
    }
    let change = connection.transaction().map_err(words)?;
    for (before, sql) in versions.iter().enumerate().skip(version) {
        change.execute_batch(sql).map_err(words)?;
        if before + 1 == MENTIONS_SINCE {
            mentions::find_all(&change).map_err(words)?;
        }
    }
    change.pragma_update(None, "application_id", APPLICATION).map_err(words)?;
    let newest = i64::try_from(versions.len()).unwrap_or(i64::MAX);
    change.pragma_update(None, "user_version", newest).map_err(words)?;
    change.commit().map_err(words)
}

/// What a program that knows more versions would do.
#[cfg(test)]
pub(super) fn renew_for_tests(path: &Path, more: &[&str]) -> Result<(), String> {
    let mut connection = connect(path).unwrap();
    go_through(&[VERSIONS, more].concat(), &mut connection, path, FileContent::Ours)
}

/// Whether the file is of the newest version, for those who only read.
pub(super) fn check_newest(connection: &Connection, path: &Path) -> Result<(), String> {
    match check(VERSIONS.len(), connection, path)? {
        version if version == VERSIONS.len() => Ok(()),
        _ => {
            Err(format!("{} is of an older version; start snug on it once, which renews it", path.display()))
        }
    }
}

/// Refuses a version that this program does not know.
pub(super) fn check_version(version: usize, path: &Path) -> Result<(), String> {
    if version <= VERSIONS.len() { Ok(()) } else { Err(newer(path)) }
}

fn newer(path: &Path) -> String {
    format!("{} was made by a newer snug; use that one", path.display())
}

/// The file's version, unless it is from the future or not whole.
fn check(newest: usize, connection: &Connection, path: &Path) -> Result<usize, String> {
    let words = |error: rusqlite::Error| in_words(path, &error);
    let number =
        |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(words);
    let version = usize::try_from(number("user_version")?).unwrap_or(usize::MAX);
    if version > newest {
        return Err(newer(path));
    }
    // Pages may be in the WAL alone, after a crash or while a server writes. Or they may have been cut
    // off: where there is a WAL, SQLite takes what is cut off for zeros until it looks.
    let length = fs::metadata(path).map_or(0, |data| data.len());
    let said = pages(connection, path)?.saturating_mul(number("page_size")?);
    if length < u64::try_from(said).unwrap_or(u64::MAX) {
        // rusqlite takes no arguments in the name of a pragma.
        let found: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(words)?;
        if found != "ok" {
            return Err(damaged(
                path,
                "it was cut off, or what lies beside it as -wal belongs to another file",
            ));
        }
    }
    Ok(version)
}

/// How many pages there are: none where the making of the file was broken off, which SQLite undoes.
fn pages(connection: &Connection, path: &Path) -> Result<i64, String> {
    connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .map_err(|error| in_words(path, &error))
}

/// Copies of one version that are kept at most: `.v3`, `.v3.2`, and so on.
const COPIES_MAX: u32 = 100;

/// Copies the file before it is changed, to a name that nothing has: `chat.db.v3`, or `chat.db.v3.2`. Where an
/// upgrade is tried again and again, the copy that has the same content already is enough. Gives its path.
fn keep_as_it_is(connection: &Connection, path: &Path, version: usize) -> Result<PathBuf, String> {
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

/// A consistent copy, while others write; whole, or not there. `progress` is told pages done and pages
/// in all. The error is one line for the operator.
pub(super) fn copy_to(
    connection: &Connection,
    path: &Path,
    to: &Path,
    progress: impl Fn(u64, u64),
) -> Result<(), String> {
    let cannot = |error: io::Error| cannot_write(to, &error);
    let new = NewFile::create(to).map_err(cannot)?;
    fill(&new, connection, path, to, progress)?;
    new.publish(to).map_err(cannot)
}

/// One line for the operator.
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
