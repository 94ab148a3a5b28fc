//! Rows of files, without their bytes.

use std::collections::HashMap;

use super::rows::{bytes, column, damaged, id, key, member_id, seq, time};
use super::sql::{Error, Row, Sql, Value, values};
use crate::chat::{
    AltText, FileId, FileKey, FileName, FileRecord, MemberId, Message, OwnedKey, RoomId, SentFile, Seq,
    Timestamp, UnsentFile,
};
use crate::media::{Dimensions, FileType};

/// Adds one that no message has yet.
pub(super) fn add(
    sql: &impl Sql,
    id: Seq,
    added: Timestamp,
    owner: MemberId,
    file: &FileRecord,
) -> Result<(), Error> {
    let FileRecord { name, kind, size, dimensions, alt, key, sha256, preview, gone } = file;
    let (width, height) = dimensions.map(|shown| (shown.width, shown.height)).unzip();
    sql.run(
        "INSERT INTO files (id, added_at, owner, key, name, type, size, width, height, alt, sha256, preview, gone)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING",
        values![
            id,
            added,
            owner,
            &key.0,
            name.as_str(),
            kind.media_type(),
            i64::try_from(*size).unwrap_or(i64::MAX),
            width.map(i64::from),
            height.map(i64::from),
            alt.as_str(),
            sha256,
            preview.as_ref().map(|key| &key.0),
            *gone,
        ],
    )
}

/// Makes files a message's. Of one that is read again there was no row before.
pub(super) fn send(sql: &impl Sql, message: &Message) -> Result<(), Error> {
    for (place, (id, file)) in (0i64..).zip(message.files.iter()) {
        add(sql, id.0, message.at, message.author, file)?;
        sql.run(
            "UPDATE files SET message = ?2, room = ?3, place = ?4, alt = ?5 WHERE id = ?1",
            values![*id, message.id, message.room, place, file.alt.as_str()],
        )?;
    }
    Ok(())
}

/// Notes that the bytes of one are gone.
pub(super) fn let_go(sql: &impl Sql, id: FileId) -> Result<(), Error> {
    sql.run(
        "INSERT INTO dropped_files (key, owner) SELECT key, owner FROM files WHERE id = ?1 AND NOT gone
         UNION ALL SELECT preview, owner FROM files WHERE id = ?1 AND NOT gone AND preview IS NOT NULL",
        values![id],
    )?;
    sql.run("UPDATE files SET gone = TRUE WHERE id = ?1", values![id])
}

/// Removes those of a message.
pub(super) fn remove_of_message(sql: &impl Sql, message: Seq) -> Result<(), Error> {
    sql.run("DELETE FROM files WHERE message = ?1", values![message])
}

/// Their bytes are noted as to be removed.
pub(super) fn drop_all(sql: &impl Sql, ids: &[FileId]) -> Result<(), Error> {
    ids.iter().try_for_each(|id| sql.run("DELETE FROM files WHERE id = ?1", values![*id]))
}

pub(super) fn unsent(row: &Row) -> Result<(FileId, UnsentFile), Error> {
    let (owner, added) = (member_id(row, "owner")?, time(row, "added_at")?);
    Ok((FileId(id(row)?), UnsentFile { owner, added, file: file(row)? }))
}

fn file(row: &Row) -> Result<FileRecord, Error> {
    let fit = || damaged("file", row);
    let preview: Option<Vec<u8>> = column(row, "preview")?;
    Ok(FileRecord {
        name: FileName::of(&column::<String>(row, "name")?),
        kind: FileType::of_media_type(&column::<String>(row, "type")?).ok_or_else(fit)?,
        size: column::<i64>(row, "size")?.try_into().map_err(|_| fit())?,
        dimensions: pixels(row, "width")?
            .zip(pixels(row, "height")?)
            .map(|(width, height)| Dimensions { width, height }),
        alt: AltText::of(&column::<String>(row, "alt")?),
        key: key(row)?,
        sha256: bytes(row, "sha256")?,
        preview: preview.map(|key| key.try_into().map(FileKey).map_err(|_| fit())).transpose()?,
        gone: column(row, "gone")?,
    })
}

fn pixels(row: &Row, name: &str) -> Result<Option<u16>, Error> {
    let pixels: Option<i64> = column(row, name)?;
    pixels.map(|pixels| pixels.try_into().map_err(|_| damaged("file", row))).transpose()
}

/// The files of each of these messages, in their places.
pub(super) fn of_messages(
    sql: &impl Sql,
    messages: &[Seq],
) -> Result<HashMap<Seq, Vec<(FileId, FileRecord)>>, Error> {
    let mut files = HashMap::<Seq, Vec<_>>::new();
    let all = "SELECT * FROM files WHERE message = ?1 ORDER BY place";
    let messages: Vec<_> = messages.iter().map(|message| [Value::from(*message)]).collect();
    sql.each_of(all, &messages, |row| {
        let file = (FileId(id(row)?), file(row)?);
        files.entry(seq(column(row, "message")?)).or_default().push(file);
        Ok(())
    })?;
    Ok(files)
}

/// Name and alternative text of each file of a message, in its order, whatever they are.
pub(super) fn texts_of_message(sql: &impl Sql, message: Seq) -> Result<Vec<(String, String)>, Error> {
    let all = "SELECT name, alt FROM files WHERE message = ?1 ORDER BY place";
    sql.all(all, values![message], |row| Ok((row.get("name")?, row.get("alt")?)))
}

/// The newest of a room before one, of those that are kept.
pub(super) fn of_room(
    sql: &impl Sql,
    room: RoomId,
    before: FileId,
    limit: i64,
) -> Result<Vec<SentFile>, Error> {
    let newest = "SELECT * FROM files WHERE room = ?1 AND id < ?2 AND NOT gone ORDER BY id DESC LIMIT ?3";
    sql.all(newest, values![room, before, limit], |row| {
        Ok(SentFile { message: seq(column(row, "message")?), id: FileId(id(row)?), file: file(row)? })
    })
}

/// The names under which the bytes of all files lie.
pub(super) fn keys(sql: &impl Sql) -> Result<Vec<OwnedKey>, Error> {
    let all = "SELECT key, owner FROM files WHERE NOT gone
        UNION ALL SELECT preview, owner FROM files WHERE NOT gone AND preview IS NOT NULL";
    sql.all(all, values![], owned_key)
}

/// The names of bytes that are still to be removed.
pub(super) fn dropped(sql: &impl Sql) -> Result<Vec<OwnedKey>, Error> {
    sql.all("SELECT key, owner FROM dropped_files", values![], owned_key)
}

fn owned_key(row: &Row) -> Result<OwnedKey, Error> {
    Ok(OwnedKey { key: key(row)?, owner: member_id(row, "owner")? })
}

pub(super) fn forget_dropped(sql: &impl Sql, keys: &[FileKey]) -> Result<(), Error> {
    keys.iter().try_for_each(|key| sql.run("DELETE FROM dropped_files WHERE key = ?1", values![&key.0]))
}

/// The file whose bytes, or whose preview's, have this name: its id, its message, and whether it is the preview.
pub(super) fn of_key(sql: &impl Sql, name: FileKey) -> Result<Option<(FileId, Option<Seq>, bool)>, Error> {
    let named = "SELECT id, message, key FROM files WHERE key = ?1 OR preview = ?1";
    sql.one(named, values![&name.0], |row| {
        let message: Option<i64> = column(row, "message")?;
        Ok((FileId(id(row)?), message.map(seq), key(row)? != name))
    })
}
