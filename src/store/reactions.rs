//! Rows of reactions.

use std::collections::{HashMap, HashSet};

use super::rows::{column, damaged, id, member_id, room_id, seq, time};
use super::sql::{Error, Row, Sql, Value, values};
use crate::chat::{ActivityRef, Emoji, MemberId, Message, Reaction, RoomId, Seq, UnreadReaction};

/// Reactions that are read at once where some may be of other rooms.
const PAGE: i64 = 256;

pub(super) fn add(
    sql: &impl Sql,
    (message, room, author): (Seq, RoomId, MemberId),
    Reaction { id, at, member, emoji }: &Reaction,
) -> Result<(), Error> {
    sql.run(
        "INSERT INTO reactions (id, reacted_at, message, room, author, member, emoji)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![*id, *at, message, room, author, *member, emoji.as_str()],
    )
}

/// Adds those of a message that is read again.
pub(super) fn add_all(sql: &impl Sql, message: &Message) -> Result<(), Error> {
    let place = (message.id, message.room, message.author);
    message.amendments.reactions.iter().try_for_each(|reaction| add(sql, place, reaction))
}

pub(super) fn remove(sql: &impl Sql, reaction: Seq) -> Result<(), Error> {
    sql.run("DELETE FROM reactions WHERE id = ?1", values![reaction])
}

pub(super) fn remove_of_message(sql: &impl Sql, message: Seq) -> Result<(), Error> {
    sql.run("DELETE FROM reactions WHERE message = ?1", values![message])
}

/// The reactions to each of these messages, in their order.
pub(super) fn of_messages(sql: &impl Sql, messages: &[Seq]) -> Result<HashMap<Seq, Vec<Reaction>>, Error> {
    let mut reactions = HashMap::<Seq, Vec<_>>::new();
    let all = "SELECT * FROM reactions WHERE message = ?1 ORDER BY id";
    let messages: Vec<_> = messages.iter().map(|message| [Value::from(*message)]).collect();
    sql.each_of(all, &messages, |row| {
        let emoji = Emoji::parse(&column::<String>(row, "emoji")?).ok_or_else(|| damaged("reaction", row))?;
        let (at, member) = (time(row, "reacted_at")?, member_id(row, "member")?);
        let reaction = Reaction { id: id(row)?, at, member, emoji };
        reactions.entry(seq(column(row, "message")?)).or_default().push(reaction);
        Ok(())
    })?;
    Ok(reactions)
}

/// The newest of others to a member's messages after one.
pub(super) fn unseen(
    sql: &impl Sql,
    author: MemberId,
    after: Seq,
    limit: i64,
) -> Result<Vec<UnreadReaction>, Error> {
    let newest = "SELECT * FROM reactions WHERE author = ?1 AND id > ?2 AND member <> ?1
        ORDER BY id DESC LIMIT ?3";
    sql.all(newest, values![author, after, limit], unread)
}

/// The newest of others to a member's messages in these rooms before a record.
pub(super) fn activity(
    sql: &impl Sql,
    author: MemberId,
    rooms: &[RoomId],
    mut before: Seq,
    limit: usize,
) -> Result<Vec<ActivityRef>, Error> {
    let newest = "SELECT * FROM reactions WHERE author = ?1 AND id < ?2 AND member <> ?1
        ORDER BY id DESC LIMIT ?3";
    let rooms: HashSet<RoomId> = rooms.iter().copied().collect();
    let mut found = Vec::new();
    while found.len() < limit {
        let page = sql.all(newest, values![author, before, PAGE], unread)?;
        let Some(last) = page.last() else { break };
        before = last.id;
        let inside = page.into_iter().filter(|reaction| rooms.contains(&reaction.room));
        found.extend(inside.map(|reaction| ActivityRef { id: reaction.id, message: reaction.message }));
    }
    Ok(found)
}

fn unread(row: &Row) -> Result<UnreadReaction, Error> {
    Ok(UnreadReaction { id: id(row)?, message: seq(column(row, "message")?), room: room_id(row)? })
}
