//! The table of mentions.

use super::sql::{Error, Sql, values};
use crate::chat::{Mention, Mentions, RoomId, Seq};

pub(super) fn add(sql: &impl Sql, message: Seq, room: RoomId, mentions: &Mentions) -> Result<(), Error> {
    let insert = "INSERT INTO mentions (message, at, length, member, room) VALUES (?1, ?2, ?3, ?4, ?5)";
    mentions.iter().try_for_each(|Mention { at, length, member }| {
        sql.run(insert, values![message, *at, *length, *member, room])
    })
}

pub(super) fn remove(sql: &impl Sql, message: Seq) -> Result<(), Error> {
    sql.run("DELETE FROM mentions WHERE message = ?1", values![message])
}

pub(super) fn remove_of_room(sql: &impl Sql, room: RoomId) -> Result<(), Error> {
    let delete = "DELETE FROM mentions WHERE message IN (SELECT id FROM messages WHERE room = ?1)";
    sql.run(delete, values![room])
}
