//! The versions of the file's schema, and the upgrade to the newest.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use rusqlite::Connection;

use super::copies::keep_as_it_is;
use super::paths::{companion_path, has_wal};
use super::{damaged, failure_in_words, former_mentions, in_words};
use crate::log::log;

/// SQLite's application id of snug's files.
const APPLICATION: i32 = i32::from_be_bytes(*b"snug");

/// Makes each version out of the one before. Invariant: only ever appended to.
const VERSIONS: &[&str] = &[
    include_str!("v1.sql"),
    include_str!("v2.sql"),
    include_str!("v3.sql"),
    include_str!("v4.sql"),
    include_str!("v5.sql"),
    include_str!("v6.sql"),
];

/// The first version that keeps whom messages mention.
const MENTIONS_SINCE: usize = 4;

/// The kind of a file, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileContent {
    Nothing,
    Ours,
}

/// Brings the file to the newest version, in one transaction. An older one is copied beside itself first.
///
/// Errors: one line for the operator; a newer or damaged file is left as it is.
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
            former_mentions::find_all(&change).map_err(|error| failure_in_words(path, &error))?;
        }
    }
    change.pragma_update(None, "application_id", APPLICATION).map_err(words)?;
    let newest = i64::try_from(versions.len()).unwrap_or(i64::MAX);
    change.pragma_update(None, "user_version", newest).map_err(words)?;
    change.commit().map_err(words)
}

/// Upgrades as a program that knows more versions would.
#[cfg(test)]
pub(super) fn renew_for_tests(path: &Path, more: &[&str]) -> Result<(), String> {
    let mut connection = super::connect(path).unwrap();
    go_through(&[VERSIONS, more].concat(), &mut connection, path, FileContent::Ours)
}

/// Refuses a file that is not of the newest version, for those who only read.
pub(super) fn check_newest(connection: &Connection, path: &Path) -> Result<(), String> {
    match check(VERSIONS.len(), connection, path)? {
        version if version == VERSIONS.len() => Ok(()),
        _ => {
            Err(format!("{} is of an older version; start snug on it once, which renews it", path.display()))
        }
    }
}

/// Refuses a version that this program does not know.
fn check_version(version: usize, path: &Path) -> Result<(), String> {
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
    let stated = pages(connection, path)?.saturating_mul(number("page_size")?);
    if length < u64::try_from(stated).unwrap_or(u64::MAX) {
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

/// The number of pages: 0 where the making of the file was broken off, which SQLite undoes.
fn pages(connection: &Connection, path: &Path) -> Result<i64, String> {
    connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .map_err(|error| in_words(path, &error))
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
                check_version(version, path).map(|()| FileContent::Ours)
            } else {
                Err(format!("{} belongs to another program", path.display()))
            }
        }
        _ => Err(format!("{} is no file of snug's, or damaged", path.display())),
    }
}
