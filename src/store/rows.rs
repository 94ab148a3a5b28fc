//! Columns of rows as the chat's values.
//!
//! Errors: what does not fit was not written by snug, or is damaged; the text names the record.

use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

use super::files;
use crate::chat::{
    Body, Files, MemberId, Mention, Mentions, Message, Nonce, RoomId, Seq, StorageError, Timestamp,
    TokenDigest,
};

/// The columns of `messages` that [`message`] reads.
pub(super) const MESSAGE: &str = "messages.*, (SELECT group_concat(at || ' ' || length || ' ' || member)
    FROM mentions WHERE message = messages.id) AS mentions,
    EXISTS (SELECT 1 FROM files WHERE message = messages.id) AS has_files";

/// Where the message has files, these are asked for.
pub(super) fn message(connection: &Connection, row: &Row) -> Result<Message, StorageError> {
    let fit = || damaged("message", row);
    let files =
        if column(row, "has_files")? { files::of_message(connection, id(row)?)? } else { Files::default() };
    let text = column::<String>(row, "text")?;
    let all_files = text.is_empty() && !files.is_empty();
    let body = if all_files { Body::none() } else { Body::from_storage(&text).ok_or_else(fit)? };
    let nonce: Option<String> = column(row, "nonce")?;
    Ok(Message {
        id: id(row)?,
        author: member_id(row, "author")?,
        room: room_id(row)?,
        at: time(row, "posted_at")?,
        mentions: mentions_from_row(&body, column(row, "mentions")?).ok_or_else(fit)?,
        body,
        files,
        edited: column::<Option<i64>>(row, "edited_at")?.map(Timestamp),
        nonce: nonce.map(|nonce| Nonce::parse(&nonce).map_err(|_| fit())).transpose()?,
    })
}

/// Parses `at length member` of each mention, with commas between. `None` where they do not fit the message.
fn mentions_from_row(body: &Body, rows: Option<String>) -> Option<Mentions> {
    let Some(rows) = rows else { return Some(Mentions::default()) };
    let mention = |row: &str| {
        let mut numbers = row.split(' ');
        let (at, length) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let member = MemberId(Seq(numbers.next()?.parse().ok()?));
        Some(Mention { at, length, member })
    };
    Mentions::from_storage(body, rows.split(',').map(mention).collect::<Option<_>>()?)
}

pub(super) fn id(row: &Row) -> Result<Seq, StorageError> {
    Ok(seq(row.get("id")?))
}

pub(super) fn room_id(row: &Row) -> Result<RoomId, StorageError> {
    Ok(RoomId(seq(column(row, "room")?)))
}

pub(super) fn member_id(row: &Row, name: &str) -> Result<MemberId, StorageError> {
    Ok(MemberId(seq(column(row, name)?)))
}

pub(super) fn member_or_none(row: &Row, name: &str) -> Result<Option<MemberId>, StorageError> {
    Ok(column::<Option<i64>>(row, name)?.map(|id| MemberId(seq(id))))
}

pub(super) fn digest(row: &Row) -> Result<TokenDigest, StorageError> {
    column(row, "token_sha256").map(TokenDigest)
}

pub(super) fn time(row: &Row, name: &str) -> Result<Timestamp, StorageError> {
    column(row, name).map(Timestamp)
}

pub(super) fn column<T: FromSql>(row: &Row, name: &str) -> Result<T, StorageError> {
    row.get(name).map_err(|error| {
        let id = row.get::<_, i64>("id").unwrap_or_default();
        StorageError(format!("record {id} is damaged: {error}"))
    })
}

pub(super) fn damaged(what: &str, row: &Row) -> StorageError {
    StorageError(format!("{what} {} is damaged", row.get::<_, i64>("id").unwrap_or_default()))
}

/// A number from SQLite; 0 for one that is not ours.
pub(super) fn seq(id: i64) -> Seq {
    Seq(u64::try_from(id).unwrap_or(0))
}

/// A number for SQLite. Ours fit; one that a client made up may not, and becomes the highest.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
