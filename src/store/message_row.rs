//! Rows of messages, with what other tables have of them.

use rusqlite::{Connection, Row};

use super::files;
use super::rows::{column, damaged, id, member_id, room_id, time};
use crate::chat::{Body, Files, MemberId, Mention, Mentions, Message, Nonce, Seq, StorageError, Timestamp};

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
