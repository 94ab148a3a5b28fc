//! Who is told of which messages.

use std::cmp::Reverse;

use super::reactions;
use super::rows::{column, seq};
use super::sql::{Error, Sql, values};
use crate::chat::{ActivityRef, MemberId, RoomId, Seq};

pub(super) fn add(
    sql: &impl Sql,
    message: Seq,
    room: RoomId,
    members: impl IntoIterator<Item = MemberId>,
) -> Result<(), Error> {
    let insert = "INSERT INTO notified (member, room, message) VALUES (?1, ?2, ?3)";
    members.into_iter().try_for_each(|member| sql.run(insert, values![member, room, message]))
}

pub(super) fn remove(sql: &impl Sql, message: Seq) -> Result<(), Error> {
    sql.run("DELETE FROM notified WHERE message = ?1", values![message])
}

/// The newest messages of a room after one that notify a member.
pub(super) fn after(
    sql: &impl Sql,
    member: MemberId,
    room: RoomId,
    id: Seq,
    limit: i64,
) -> Result<Vec<Seq>, Error> {
    let newest = "SELECT message FROM notified WHERE member = ?1 AND room = ?2 AND message > ?3
        ORDER BY message DESC LIMIT ?4";
    sql.all(newest, values![member, room, id, limit], |row| column(row, "message").map(seq))
}

/// The newest messages that notify a member and reactions to theirs, in these rooms before a record, newest first.
pub(super) fn activity(
    sql: &impl Sql,
    member: MemberId,
    rooms: &[RoomId],
    before: Seq,
    limit: usize,
) -> Result<Vec<ActivityRef>, Error> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    let messages = "SELECT message FROM notified WHERE member = ?1 AND room = ?2 AND message < ?3
        ORDER BY message DESC LIMIT ?4";
    let of_room = |room: &RoomId| values![member, *room, before, most].to_vec();
    sql.each_of(messages, &rooms.iter().map(of_room).collect::<Vec<_>>(), |row| {
        let id = seq(column(row, "message")?);
        found.push(ActivityRef { id, message: id });
        Ok(())
    })?;
    found.extend(reactions::activity(sql, member, rooms, before, limit)?);
    found.sort_by_key(|found| Reverse(found.id));
    found.truncate(limit);
    Ok(found)
}
