//! What messages have of each other: what an import brings in is settled, and what does not fit is found.

use super::rows::{column, id, member_id, room_id};
use super::sql::{Error, Sql, values};
use crate::chat::{Body, Event, Excerpt, Record, Seq};

/// A reply of an import quotes what the file has of the message that it answers. Returns whether that is of the reply's
/// room, and of the author that it names.
pub(super) fn settle_quote(sql: &impl Sql, record: &mut Record) -> Result<bool, Error> {
    let Event::Posted { room, quote: Some(quote), .. } = &mut record.event else { return Ok(true) };
    let answered = "SELECT id, room, author, text FROM messages WHERE id = ?1";
    let answered = sql.one(answered, values![quote.message], |row| {
        Ok((room_id(row)?, member_id(row, "author")?, column::<String>(row, "text")?))
    })?;
    let Some((its_room, author, text)) = answered else {
        quote.excerpt = None;
        return Ok(true);
    };
    let body = Body::from_storage(&text).unwrap_or_else(Body::none);
    quote.excerpt = Some(Excerpt::of(&body));
    Ok(its_room == *room && author == quote.author)
}

/// Rows that contradict the messages that they are about, and why.
const FAULTS: [(&str, &str); 4] = [
    (
        "SELECT replies.id FROM messages AS replies JOIN messages ON messages.id = replies.answers
         WHERE messages.room <> replies.room OR messages.author <> replies.answered_author LIMIT 1",
        "it answers a message of another room or author",
    ),
    (
        "SELECT reactions.message AS id FROM reactions LEFT JOIN messages ON messages.id = reactions.message
         WHERE messages.id IS NULL OR messages.room <> reactions.room OR messages.author <> reactions.author LIMIT 1",
        "its reactions are not its own",
    ),
    (
        "SELECT notified.message AS id FROM notified LEFT JOIN messages ON messages.id = notified.message
         WHERE messages.id IS NULL OR messages.room <> notified.room OR messages.author = notified.member LIMIT 1",
        "who was told of it does not fit",
    ),
    (
        "SELECT max(id) AS id FROM messages WHERE pin IS NOT NULL GROUP BY room HAVING count(*) > 20 LIMIT 1",
        "its room has too many pinned messages",
    ),
];

/// The first message that does not fit what there is about it.
pub(super) fn fault(sql: &impl Sql) -> Result<Option<(Seq, &'static str)>, Error> {
    for (faulty, why) in FAULTS {
        if let Some(message) = sql.one(faulty, values![], id)? {
            return Ok(Some((message, why)));
        }
    }
    Ok(None)
}

const _: () = assert!(crate::chat::PINS_MAX == 20, "the query says so");
