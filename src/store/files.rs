//! Rows of files, without their bytes.

use rusqlite::{Connection, Row, Transaction, params};

use super::rows::{column, damaged, id, member_id, number, seq, time};
use crate::chat::{
    AltText, FileId, FileKey, FileName, FileRecord, Files, MemberId, Message, OwnedKey, RoomId, SentFile,
    Seq, StorageError, Timestamp, UnsentFile,
};
use crate::media::{Dimensions, FileType};

/// Adds one that no message has yet.
pub(super) fn add(
    change: &Transaction,
    id: Seq,
    added: Timestamp,
    owner: MemberId,
    file: &FileRecord,
) -> rusqlite::Result<usize> {
    let FileRecord { name, kind, size, dimensions, alt, key, sha256, preview, gone } = file;
    let (width, height) = dimensions.map(|shown| (shown.width, shown.height)).unzip();
    let size = i64::try_from(*size).unwrap_or(i64::MAX);
    change
        .prepare_cached(
            "INSERT OR IGNORE INTO files
                 (id, added_at, owner, key, name, type, size, width, height, alt, sha256, preview, gone)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            number(id),
            added.0,
            number(owner.0),
            key.0,
            name.as_str(),
            kind.media_type(),
            size,
            width,
            height,
            alt.as_str(),
            sha256,
            preview.map(|key| key.0),
            gone,
        ])
}

/// Makes files a message's. Of one that is read again there was no row before.
pub(super) fn send(change: &Transaction, message: &Message) -> rusqlite::Result<()> {
    for (place, (id, file)) in (0i64..).zip(message.files.iter()) {
        add(change, id.0, message.at, message.author, file)?;
        change
            .prepare_cached("UPDATE files SET message = ?2, room = ?3, place = ?4, alt = ?5 WHERE id = ?1")?
            .execute(params![
                number(id.0),
                number(message.id),
                number(message.room.0),
                place,
                file.alt.as_str()
            ])?;
    }
    Ok(())
}

/// Notes that the bytes of one are gone.
pub(super) fn let_go(change: &Transaction, id: FileId) -> rusqlite::Result<()> {
    let keys =
        "INSERT INTO dropped_files (key, owner) SELECT key, owner FROM files WHERE id = ?1 AND NOT gone
        UNION ALL SELECT preview, owner FROM files WHERE id = ?1 AND NOT gone AND preview IS NOT NULL";
    change.execute(keys, [number(id.0)])?;
    change.execute("UPDATE files SET gone = 1 WHERE id = ?1", [number(id.0)]).map(drop)
}

/// Removes those of a message.
pub(super) fn remove_of_message(change: &Transaction, message: Seq) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM files WHERE message = ?1")?.execute([number(message)])
}

/// Their bytes are noted as to be removed.
pub(super) fn drop_all(change: &Transaction, ids: &[FileId]) -> rusqlite::Result<usize> {
    let mut query = change.prepare_cached("DELETE FROM files WHERE id = ?1")?;
    ids.iter().try_fold(0, |count, id| Ok(count + query.execute([number(id.0)])?))
}

pub(super) fn unsent(row: &Row) -> Result<(FileId, UnsentFile), StorageError> {
    let (owner, added) = (member_id(row, "owner")?, time(row, "added_at")?);
    Ok((FileId(id(row)?), UnsentFile { owner, added, file: file(row)? }))
}

fn file(row: &Row) -> Result<FileRecord, StorageError> {
    let fit = || damaged("file", row);
    let size: (Option<u16>, Option<u16>) = (column(row, "width")?, column(row, "height")?);
    Ok(FileRecord {
        name: FileName::of(&column::<String>(row, "name")?),
        kind: FileType::of_media_type(&column::<String>(row, "type")?).ok_or_else(fit)?,
        size: column::<i64>(row, "size")?.try_into().map_err(|_| fit())?,
        dimensions: size.0.zip(size.1).map(|(width, height)| Dimensions { width, height }),
        alt: AltText::of(&column::<String>(row, "alt")?),
        key: FileKey(column(row, "key")?),
        sha256: column(row, "sha256")?,
        preview: column::<Option<[u8; 16]>>(row, "preview")?.map(FileKey),
        gone: column(row, "gone")?,
    })
}

/// The files of a message whose row says that it has some.
pub(super) fn of_message(connection: &Connection, message: Seq) -> Result<Files, StorageError> {
    let mut query = connection.prepare_cached("SELECT * FROM files WHERE message = ?1 ORDER BY place")?;
    let mut rows = query.query([number(message)])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        files.push((FileId(id(row)?), file(row)?));
    }
    Ok(files.into())
}

/// Name and alternative text of each file of a message, in its order, whatever they are.
pub(super) fn texts_of_message(
    connection: &Connection,
    message: Seq,
) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, alt FROM files WHERE message = ?1 ORDER BY place";
    let mut query = connection.prepare_cached(sql)?;
    query.query_map([number(message)], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// The newest of a room before one, of those that are kept.
pub(super) fn of_room(
    connection: &Connection,
    room: RoomId,
    before: FileId,
    limit: usize,
) -> Result<Vec<SentFile>, StorageError> {
    let mut query = connection.prepare_cached(
        "SELECT * FROM files WHERE room = ?1 AND id < ?2 AND NOT gone ORDER BY id DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = query.query(params![number(room.0), number(before.0), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let message = seq(column(row, "message")?);
        found.push(SentFile { message, id: FileId(id(row)?), file: file(row)? });
    }
    Ok(found)
}

/// The names under which the bytes of all files lie.
pub(super) fn keys(connection: &Connection) -> Result<Vec<OwnedKey>, StorageError> {
    all_keys(
        connection,
        "SELECT key, owner FROM files WHERE NOT gone
         UNION ALL SELECT preview, owner FROM files WHERE NOT gone AND preview IS NOT NULL",
    )
}

pub(super) fn dropped(connection: &Connection) -> Result<Vec<OwnedKey>, StorageError> {
    all_keys(connection, "SELECT key, owner FROM dropped_files")
}

fn all_keys(connection: &Connection, sql: &str) -> Result<Vec<OwnedKey>, StorageError> {
    let mut query = connection.prepare_cached(sql)?;
    let keys = query.query_map([], |row| Ok((row.get(0).map(FileKey)?, row.get::<_, i64>(1)?)))?;
    let owned = keys.map(|row| row.map(|(key, owner)| OwnedKey { key, owner: MemberId(seq(owner)) }));
    Ok(owned.collect::<Result<_, _>>()?)
}

pub(super) fn forget_dropped(connection: &mut Connection, keys: &[FileKey]) -> rusqlite::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let change = connection.transaction()?;
    {
        let mut query = change.prepare_cached("DELETE FROM dropped_files WHERE key = ?1")?;
        for key in keys {
            query.execute([key.0])?;
        }
    }
    change.commit()
}
