//! What messages have of each other: what an import brings in is settled, and what does not fit is found.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::rows::{number, seq};
use crate::chat::{Body, Event, Excerpt, Record, Seq};

/// A reply of an import quotes what the file has of the message that it answers. Returns whether that is of the reply's
/// room, and of the author that it names.
pub(super) fn settle_quote(change: &Transaction, record: &mut Record) -> rusqlite::Result<bool> {
    let Event::Posted { room, quote: Some(quote), .. } = &mut record.event else { return Ok(true) };
    let sql = "SELECT room, author, text FROM messages WHERE id = ?1";
    let answered = change.prepare_cached(sql)?.query_row([number(quote.message)], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    });
    let Some((its_room, author, text)) = answered.optional()? else {
        quote.excerpt = None;
        return Ok(true);
    };
    let body = Body::from_storage(&text).unwrap_or_else(Body::none);
    quote.excerpt = Some(Excerpt::of(&body));
    Ok(its_room == number(room.0) && author == number(quote.author.0))
}

/// Rows that contradict the messages that they are about, and why.
const FAULTS: [(&str, &str); 4] = [
    (
        "SELECT replies.id FROM messages AS replies JOIN messages ON messages.id = replies.answers
         WHERE messages.room <> replies.room OR messages.author <> replies.answered_author LIMIT 1",
        "it answers a message of another room or author",
    ),
    (
        "SELECT reactions.message FROM reactions LEFT JOIN messages ON messages.id = reactions.message
         WHERE messages.id IS NULL OR messages.room <> reactions.room OR messages.author <> reactions.author LIMIT 1",
        "its reactions are not its own",
    ),
    (
        "SELECT notified.message FROM notified LEFT JOIN messages ON messages.id = notified.message
         WHERE messages.id IS NULL OR messages.room <> notified.room OR messages.author = notified.member LIMIT 1",
        "who was told of it does not fit",
    ),
    (
        "SELECT max(id) FROM messages WHERE pin IS NOT NULL GROUP BY room HAVING count(*) > 20 LIMIT 1",
        "its room has too many pinned messages",
    ),
];

/// The first message that does not fit what there is about it.
pub(super) fn fault(connection: &Connection) -> rusqlite::Result<Option<(Seq, &'static str)>> {
    for (sql, why) in FAULTS {
        let found = connection.query_row(sql, [], |row| row.get(0)).optional()?;
        if let Some(id) = found {
            return Ok(Some((seq(id), why)));
        }
    }
    Ok(None)
}

const _: () = assert!(crate::chat::PINS_MAX == 20, "the query says so");
