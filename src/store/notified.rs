//! Who is told of which messages.

use std::cmp::Reverse;
use std::collections::HashSet;

use rusqlite::{Connection, Transaction, params};

use super::rows::{number, seq};
use crate::chat::{ActivityRef, MemberId, RoomId, Seq};

pub(super) fn add(
    change: &Transaction,
    message: Seq,
    room: RoomId,
    members: impl IntoIterator<Item = MemberId>,
) -> rusqlite::Result<()> {
    let mut query =
        change.prepare_cached("INSERT INTO notified (member, room, message) VALUES (?1, ?2, ?3)")?;
    for member in members {
        query.execute([number(member.0), number(room.0), number(message)])?;
    }
    Ok(())
}

pub(super) fn remove(change: &Transaction, message: Seq) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM notified WHERE message = ?1")?.execute([number(message)])
}

/// The newest messages of a room after one that notify a member.
pub(super) fn after(
    connection: &Connection,
    member: MemberId,
    room: RoomId,
    id: Seq,
    limit: i64,
) -> rusqlite::Result<Vec<Seq>> {
    let mut query = connection.prepare_cached(
        "SELECT message FROM notified WHERE member = ?1 AND room = ?2 AND message > ?3
         ORDER BY message DESC LIMIT ?4",
    )?;
    let values = params![number(member.0), number(room.0), number(id), limit];
    query.query_map(values, |row| row.get(0).map(seq))?.collect()
}

/// The newest messages that notify a member and reactions to theirs, in these rooms before a record, newest first.
pub(super) fn activity(
    connection: &Connection,
    member: MemberId,
    rooms: &[RoomId],
    before: Seq,
    limit: usize,
) -> rusqlite::Result<Vec<ActivityRef>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    let mut messages = connection.prepare_cached(
        "SELECT message FROM notified WHERE member = ?1 AND room = ?2 AND message < ?3
         ORDER BY message DESC LIMIT ?4",
    )?;
    for room in rooms {
        let values = params![number(member.0), number(room.0), number(before), most];
        for id in messages.query_map(values, |row| row.get(0).map(seq))? {
            let id = id?;
            found.push(ActivityRef { id, message: id });
        }
    }
    let rooms: HashSet<i64> = rooms.iter().map(|room| number(room.0)).collect();
    let mut reactions = connection.prepare_cached(
        "SELECT id, message, room FROM reactions WHERE author = ?1 AND id < ?2 AND member <> ?1 ORDER BY id DESC",
    )?;
    let rows = reactions.query_map([number(member.0), number(before)], |row| {
        Ok((ActivityRef { id: seq(row.get(0)?), message: seq(row.get(1)?) }, row.get::<_, i64>(2)?))
    })?;
    let inside = rows.filter(|row| row.as_ref().map_or(true, |(_, room)| rooms.contains(room)));
    for row in inside.take(limit) {
        found.push(row?.0);
    }
    found.sort_by_key(|found| Reverse(found.id));
    found.truncate(limit);
    Ok(found)
}
