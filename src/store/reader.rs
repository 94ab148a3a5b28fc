//! Reading while others may write: older pages, search, exports, checks.

use std::time::Instant;

use super::message_row::{self, MESSAGE};
use super::rows::{id, room_id, seq};
use super::search::Searchable;
use super::sql::{Error, Sql, Value, number, values};
use super::{files, notified, reactions, snapshot, talk};
use crate::chat::{
    ActivityRef, Archive, FileId, FileKey, MemberId, Message, Nonce, OwnedKey, RoomId, Search, SearchResults,
    SentFile, Seq, Snapshot, StorageError, Timestamp, UnreadReaction,
};

/// Rooms whose messages are looked for at once.
const ROOMS_AT_ONCE: usize = 256;

/// A connection of an engine, to read; with it, all of [`Archive`] and [`Reader`] is there.
pub(crate) trait ReadConnection: Send {
    type Sql: Searchable;

    fn sql(&self) -> &Self::Sql;

    /// See [`Archive::search`].
    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, Error>;

    /// See [`Reader::at_one_moment`].
    fn at_one_moment(&self) -> Result<Box<dyn Moment + '_>, Error>;
}

/// While it lives, all that a connection reads is of one moment.
pub(crate) trait Moment {}

/// Reads all of a chat, whichever engine keeps it.
pub(crate) trait Reader: Archive {
    /// From now on and until it is dropped, all that is read is of one moment.
    fn at_one_moment(&self) -> Result<Box<dyn Moment + '_>, StorageError>;

    /// Restores everything but messages.
    fn outline(&self) -> Result<Snapshot, StorageError>;

    /// Every message, in order.
    fn every_message(
        &self,
        visit: &mut dyn FnMut(Message) -> Result<(), StorageError>,
    ) -> Result<(), StorageError>;

    /// Cost: O(messages).
    fn message_count(&self) -> Result<u64, StorageError>;

    /// Whether a message of this room has a file whose bytes are kept; of any room, if none is named.
    fn has_files(&self, room: Option<RoomId>) -> Result<bool, StorageError>;

    /// Cost: O(files).
    fn file_count(&self) -> Result<u64, StorageError>;

    /// The keys of files that are still to be removed.
    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError>;

    /// The file whose bytes, or whose preview's, have this name: its id, its message, and whether it is the preview.
    fn file_of_key(&self, key: FileKey) -> Result<Option<(FileId, Option<Seq>, bool)>, StorageError>;

    /// The first message that does not fit what the tables have about it, and why.
    fn talk_fault(&self) -> Result<Option<(Seq, &'static str)>, StorageError>;
}

impl<C: ReadConnection> Reader for C {
    fn at_one_moment(&self) -> Result<Box<dyn Moment + '_>, StorageError> {
        Ok(ReadConnection::at_one_moment(self)?)
    }

    fn outline(&self) -> Result<Snapshot, StorageError> {
        Ok(snapshot::outline(self.sql())?)
    }

    fn every_message(
        &self,
        visit: &mut dyn FnMut(Message) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        Ok(snapshot::messages(self.sql(), visit)?)
    }

    fn message_count(&self) -> Result<u64, StorageError> {
        Ok(count(self.sql(), "messages")?)
    }

    fn has_files(&self, room: Option<RoomId>) -> Result<bool, StorageError> {
        let kept = "SELECT EXISTS (SELECT 1 FROM files WHERE room IS NOT NULL AND NOT gone) AS found";
        let of_room = "SELECT EXISTS (SELECT 1 FROM files WHERE room = ?1 AND NOT gone) AS found";
        let found = match room {
            Some(room) => self.sql().one(of_room, values![room], |row| row.get("found")),
            None => self.sql().one(kept, values![], |row| row.get("found")),
        };
        Ok(found?.unwrap_or(false))
    }

    fn file_count(&self) -> Result<u64, StorageError> {
        Ok(count(self.sql(), "files")?)
    }

    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        Ok(files::dropped(self.sql())?)
    }

    fn file_of_key(&self, key: FileKey) -> Result<Option<(FileId, Option<Seq>, bool)>, StorageError> {
        Ok(files::of_key(self.sql(), key)?)
    }

    fn talk_fault(&self) -> Result<Option<(Seq, &'static str)>, StorageError> {
        Ok(talk::fault(self.sql())?)
    }
}

impl<C: ReadConnection> Archive for C {
    fn before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        let which = "room = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
        let mut messages = some_messages(self.sql(), which, &[values![room, id, whole(limit)]])?;
        messages.reverse();
        Ok(messages)
    }

    fn ids_before(&self, room: RoomId, before: Seq, limit: usize) -> Result<Vec<Seq>, StorageError> {
        let newest = "SELECT id FROM messages WHERE room = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
        let mut ids = self.sql().all(newest, values![room, before, whole(limit)], id)?;
        ids.reverse();
        Ok(ids)
    }

    fn mentions_after(
        &self,
        member: MemberId,
        room: RoomId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<Seq>, StorageError> {
        Ok(notified::after(self.sql(), member, room, id, whole(limit))?)
    }

    fn reactions_after(
        &self,
        author: MemberId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<UnreadReaction>, StorageError> {
        Ok(reactions::unseen(self.sql(), author, id, whole(limit))?)
    }

    fn activity(
        &self,
        member: MemberId,
        rooms: &[RoomId],
        before: Seq,
        limit: usize,
    ) -> Result<Vec<ActivityRef>, StorageError> {
        Ok(notified::activity(self.sql(), member, rooms, before, limit)?)
    }

    fn by_nonce(&self, author: MemberId, nonce: &Nonce) -> Result<Option<Message>, StorageError> {
        let which = "author = ?1 AND nonce = ?2 LIMIT 1";
        Ok(some_messages(self.sql(), which, &[values![author, nonce.as_str()]])?.pop())
    }

    fn some(&self, ids: &[Seq]) -> Result<Vec<Message>, StorageError> {
        Ok(some(self.sql(), ids)?)
    }

    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, StorageError> {
        Ok(ReadConnection::search(self, search, limit, deadline)?)
    }

    fn said_by(&self, author: MemberId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        // Room by room, as their index goes: each of the author's rooms once for all of their messages.
        let own = "WITH RECURSIVE own AS (
                SELECT min(room) AS room FROM messages WHERE author = ?1
                UNION ALL SELECT (SELECT min(room) FROM messages WHERE author = ?1 AND room > own.room)
                FROM own WHERE room IS NOT NULL)
            SELECT room FROM own WHERE room IS NOT NULL";
        let rooms = self.sql().all(own, values![author], room_id)?;
        Ok(first(self.sql(), Some(author), &rooms, id, limit)?)
    }

    fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, StorageError> {
        let next = "SELECT id, posted_at FROM messages WHERE room = ?1 AND id >= ?2 AND id <= ?3
            ORDER BY id LIMIT 1";
        let newest = number(snapshot::newest(self.sql())?);
        let next = |id: i64| {
            self.sql().one(next, values![room, id, newest], |row| {
                Ok((row.get::<i64>("id")?, row.get::<i64>("posted_at")?))
            })
        };
        // Ids grow with time (where the clock does), so halving the distance finds it without looking at all.
        let (mut low, mut high) = (0, newest.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            match next(middle)? {
                Some((id, posted)) if posted < at.0 => low = id + 1,
                _ => high = middle,
            }
        }
        Ok(next(low)?.map(|(id, _)| seq(id)))
    }

    fn after(&self, rooms: &[RoomId], id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        Ok(first(self.sql(), None, rooms, id, limit)?)
    }

    fn message_of_file(&self, id: FileId) -> Result<Option<Seq>, StorageError> {
        let of_file = "SELECT message FROM files WHERE id = ?1";
        let message = self.sql().one(of_file, values![id], |row| row.get::<Option<i64>>("message"))?;
        Ok(message.flatten().map(seq))
    }

    fn files_of_room(&self, room: RoomId, id: FileId, limit: usize) -> Result<Vec<SentFile>, StorageError> {
        Ok(files::of_room(self.sql(), room, id, whole(limit))?)
    }

    fn file_keys(&self) -> Result<Vec<OwnedKey>, StorageError> {
        Ok(files::keys(self.sql())?)
    }
}

/// The first `limit` messages of these rooms after one (exclusive), oldest first, by an author or by anyone.
fn first(
    sql: &impl Sql,
    author: Option<MemberId>,
    rooms: &[RoomId],
    after: Seq,
    limit: usize,
) -> Result<Vec<Message>, Error> {
    // Each room by its index: a query for all of them would read all that others say elsewhere. And the numbers
    // first: most of what many rooms together have is not wanted.
    let whose = if author.is_some() { "author = ?4 AND" } else { "" };
    let oldest = format!("SELECT id FROM messages WHERE {whose} room = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let of_room = |room: &RoomId| {
        let mut values = values![*room, after, whole(limit)].to_vec();
        values.extend(author.map(Value::from));
        values
    };
    let mut ids: Vec<Seq> = Vec::new();
    for rooms in rooms.chunks(ROOMS_AT_ONCE) {
        sql.each_of(&oldest, &rooms.iter().map(of_room).collect::<Vec<_>>(), |row| {
            ids.push(id(row)?);
            Ok(())
        })?;
        ids.sort_unstable();
        ids.truncate(limit);
    }
    some(sql, &ids)
}

fn some(sql: &impl Sql, ids: &[Seq]) -> Result<Vec<Message>, Error> {
    some_messages(sql, "id = ?1", &ids.iter().map(|id| [Value::from(*id)]).collect::<Vec<_>>())
}

/// The messages for which this holds, with each of these sets of values.
fn some_messages<'v>(
    sql: &impl Sql,
    which: &str,
    sets: &[impl AsRef<[Value<'v>]>],
) -> Result<Vec<Message>, Error> {
    message_row::messages(sql, &format!("SELECT {MESSAGE} FROM messages WHERE {which}"), sets)
}

fn count(sql: &impl Sql, table: &str) -> Result<u64, Error> {
    let count =
        sql.one(&format!("SELECT count(*) AS count FROM {table}"), values![], |row| row.get("count"))?;
    Ok(count.and_then(|count: i64| u64::try_from(count).ok()).unwrap_or(0))
}

/// A number of rows.
fn whole(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
