//! From rows to records. What does not fit was not written by snug, or is damaged.

use std::fmt::Display;

use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::chat::{
    Body, Event, MemberId, Message, Nonce, NotKept, PasswordHash, Record, Seq, Timestamp, TokenDigest,
    Username,
};

/// Every row of every table, as `id, at, what, member, text, word, token`. The first parameter is the
/// first message wanted.
pub(super) const RECORDS: &str = "
    SELECT id, registered_at, 'member', NULL, name, password, NULL FROM members
    UNION ALL SELECT id, opened_at, 'session', member, NULL, NULL, token_sha256 FROM sessions
    UNION ALL SELECT id, offered_at, 'reset', member, NULL, NULL, token_sha256 FROM password_resets
    UNION ALL SELECT id, posted_at, 'message', author, text, nonce, NULL FROM messages WHERE id >= ?1
    ORDER BY 1";

/// The record that a row of [`RECORDS`] stands for.
pub(super) fn record(row: &Row) -> Result<Record, NotKept> {
    let id: i64 = row.get(0)?;
    let fit = |what: &str| NotKept(format!("{what} {id} is damaged"));
    let what: String = column(row, 2, id)?;
    let text = |index| column::<String>(row, index, id);
    let member = || column(row, 3, id).map(|id| MemberId(seq(id)));
    let digest = || column(row, 6, id).map(TokenDigest);
    let event = match &*what {
        "member" => Event::Registered {
            name: Username::kept(&text(4)?).ok_or_else(|| fit("member"))?,
            password: PasswordHash(text(5)?.into()),
        },
        "session" => Event::SessionOpened { member: member()?, digest: digest()? },
        "reset" => Event::ResetOffered { member: member()?, digest: digest()? },
        _ => {
            let nonce: Option<String> = column(row, 5, id)?;
            let nonce = nonce.map(|nonce| Nonce::parse(&nonce).map_err(|_| fit("message"))).transpose()?;
            let body = Body::kept(&text(4)?).ok_or_else(|| fit("message"))?;
            Event::Posted { author: member()?, body, nonce }
        }
    };
    Ok(Record { seq: seq(id), at: Timestamp(column(row, 1, id)?), event })
}

/// The message that a row of `id, posted_at, author, text` stands for.
pub(super) fn message(row: &Row) -> Result<Message, NotKept> {
    let id: i64 = row.get(0)?;
    let text: String = column(row, 3, id)?;
    let body = Body::kept(&text).ok_or_else(|| NotKept(format!("message {id} is damaged")))?;
    Ok(Message::new(seq(id), MemberId(seq(column(row, 2, id)?)), Timestamp(column(row, 1, id)?), body))
}

fn column<T: FromSql>(row: &Row, index: usize, id: impl Display) -> Result<T, NotKept> {
    row.get(index).map_err(|error| NotKept(format!("record {id} is damaged: {error}")))
}

/// A number that SQLite gave us: one of ours.
pub(super) fn seq(id: i64) -> Seq {
    Seq(u64::try_from(id).unwrap_or(0))
}

/// A number for SQLite. Ours never get there; a visitor's may.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
