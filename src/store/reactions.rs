//! Rows of reactions.

use rusqlite::{Connection, Transaction, params};

use super::rows::{column, damaged, id, member_id, number, room_id, seq, time};
use crate::chat::{Emoji, MemberId, Message, Reaction, Reactions, RoomId, Seq, StorageError, UnreadReaction};

pub(super) fn add(
    change: &Transaction,
    (message, room, author): (Seq, RoomId, MemberId),
    reaction: &Reaction,
) -> rusqlite::Result<usize> {
    let Reaction { id, at, member, emoji } = reaction;
    change
        .prepare_cached(
            "INSERT INTO reactions (id, reacted_at, message, room, author, member, emoji)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            number(*id),
            at.0,
            number(message),
            number(room.0),
            number(author.0),
            number(member.0),
            emoji.as_str()
        ])
}

/// Adds those of a message that is read again.
pub(super) fn add_all(change: &Transaction, message: &Message) -> rusqlite::Result<()> {
    let place = (message.id, message.room, message.author);
    message.amendments.reactions.iter().try_for_each(|reaction| add(change, place, reaction).map(drop))
}

pub(super) fn remove(change: &Transaction, reaction: Seq) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM reactions WHERE id = ?1")?.execute([number(reaction)])
}

pub(super) fn remove_of_message(change: &Transaction, message: Seq) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM reactions WHERE message = ?1")?.execute([number(message)])
}

/// The reactions to a message whose row says that it has some.
pub(super) fn of_message(connection: &Connection, message: Seq) -> Result<Reactions, StorageError> {
    let mut query = connection.prepare_cached("SELECT * FROM reactions WHERE message = ?1 ORDER BY id")?;
    let mut rows = query.query([number(message)])?;
    let mut reactions = Vec::new();
    while let Some(row) = rows.next()? {
        let emoji = Emoji::parse(&column::<String>(row, "emoji")?).ok_or_else(|| damaged("reaction", row))?;
        let (at, member) = (time(row, "reacted_at")?, member_id(row, "member")?);
        reactions.push(Reaction { id: id(row)?, at, member, emoji });
    }
    Ok(Reactions::from_storage(reactions))
}

/// The newest of others to a member's messages after one.
pub(super) fn unseen(
    connection: &Connection,
    author: MemberId,
    after: Seq,
    limit: i64,
) -> Result<Vec<UnreadReaction>, StorageError> {
    let mut query = connection.prepare_cached(
        "SELECT * FROM reactions WHERE author = ?1 AND id > ?2 AND member <> ?1 ORDER BY id DESC LIMIT ?3",
    )?;
    let mut rows = query.query(params![number(author.0), number(after), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (message, room) = (seq(column(row, "message")?), room_id(row)?);
        found.push(UnreadReaction { id: id(row)?, message, room });
    }
    Ok(found)
}
