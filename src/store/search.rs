//! Finds messages: room by room from the newest on, and nowhere else.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::time::Instant;

use super::files;
use super::message_row::{MESSAGE, message};
use super::rows::{room_id, seq};
use super::sql::{Error, Row, Sql, values};
use crate::chat::{MemberId, Message, Query, RoomId, Search, SearchResults, Seq, searchable_text};

/// Messages that one question to the index gives at most.
pub(super) const CANDIDATES: i64 = 256;

/// The words of messages and of their files' names, without the texts. Each engine has its own.
pub(crate) trait SearchIndex<S: Sql> {
    /// Lets search find a new message.
    fn add(&mut self, sql: &S, message: &Message) -> Result<(), Error>;

    /// Takes a message out of what search finds, before its text or one of its files goes.
    fn remove(&mut self, sql: &S, message: Seq) -> Result<(), Error>;

    /// Lets search find a message by what it is now.
    fn put_back(&mut self, sql: &S, message: Seq) -> Result<(), Error>;

    /// Takes all messages of a room out of what search finds, before these go.
    fn remove_room(&mut self, sql: &S, room: RoomId) -> Result<(), Error>;
}

/// Asks the index of an engine.
pub(crate) trait Searchable: Sql {
    /// Looks through a part of a room, from a message of it on (inclusive) backwards.
    fn candidates(&self, asked: &Asked) -> Result<Candidates, Error>;
}

/// What an index is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) words: &'a Query,
    pub(crate) author: Option<MemberId>,
    pub(crate) room: RoomId,
    /// The newest message to look at, which is of the room.
    pub(crate) up_to: i64,
}

/// Messages that may match.
pub(crate) struct Candidates {
    /// Newest first.
    pub(crate) ids: Vec<i64>,
    /// The oldest number that was looked at.
    pub(crate) last: i64,
}

impl Candidates {
    /// Of what an index found in a part of a room that begins with `first`, up to [`CANDIDATES`].
    pub(crate) fn found(ids: Vec<i64>, first: i64) -> Self {
        let all = i64::try_from(ids.len()).is_ok_and(|count| count < CANDIDATES);
        let last = ids.last().copied().filter(|_| !all).unwrap_or(first);
        Self { ids, last }
    }
}

/// What is searched of a message, with its room, if there is one of this id.
pub(super) fn searched_text(sql: &impl Sql, message: Seq) -> Result<Option<(RoomId, String)>, Error> {
    let by_id = "SELECT room, text FROM messages WHERE id = ?1";
    let found = sql.one(by_id, values![message], |row| Ok((room_id(row)?, row.get::<String>("text")?)))?;
    let Some((room, text)) = found else { return Ok(None) };
    Ok(Some((room, with_files(sql, message, &text)?.into_owned())))
}

/// What is searched of a message with this text.
pub(super) fn with_files<'t>(sql: &impl Sql, message: Seq, text: &'t str) -> Result<Cow<'t, str>, Error> {
    Ok(searchable_text(text, files::texts_of_message(sql, message)?.into_iter()))
}

/// The part of a room that is not looked at yet: no message newer than `up_to`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rest {
    up_to: i64,
    /// `up_to` is a message of that room, and of the author that is searched for; else only a bound.
    exact: bool,
    room: Seq,
}

/// A search under way. At any moment, all that is newer than `found.more` was looked at.
pub(super) struct SearchRun<'a, S> {
    sql: &'a S,
    search: &'a Search,
    /// Not looked at yet, the newest first.
    rests: BinaryHeap<Rest>,
    /// Ids that the index gave, the newest first. Their texts may not match.
    candidates: BinaryHeap<i64>,
}

impl<'a, S: Searchable> SearchRun<'a, S> {
    pub(super) fn new(sql: &'a S, search: &'a Search) -> Self {
        let up_to = search.before.map_or(i64::MAX, |before| i64::try_from(before.0).unwrap_or(i64::MAX) - 1);
        let rests = search.rooms.iter().map(|room| Rest { up_to, exact: false, room: room.0 });
        Self { sql, search, rests: rests.collect(), candidates: BinaryHeap::new() }
    }

    /// Looks until there are `limit` messages, nothing is left, or it is late.
    ///
    /// Cost: for each room one look at an index of messages, and for each part of those rooms one at the words in
    /// it, unless enough was found in newer ones.
    pub(super) fn run(
        &mut self,
        limit: usize,
        deadline: Instant,
        found: &mut SearchResults<Message>,
    ) -> Result<(), Error> {
        while let Some(next) = self.next() {
            found.more = next.checked_add(1).map(seq).or(found.more);
            if Instant::now() >= deadline {
                found.ended_early = true;
                return Ok(());
            }
            if self.candidates.peek() == Some(&next) {
                self.candidates.pop();
                // A damaged row is somebody else's to report.
                found.messages.extend(self.read(next)?.filter(|message| self.search.finds(message)));
                found.more = Some(seq(next));
                if found.messages.len() == limit {
                    return Ok(());
                }
            } else if let Some(rest) = self.rests.pop() {
                self.look(&rest)?;
            }
        }
        found.more = None;
        Ok(())
    }

    /// The newest id that was not looked at. A candidate is read when nothing newer may be found elsewhere.
    fn next(&self) -> Option<i64> {
        let rest = self.rests.peek().map(|rest| rest.up_to);
        self.candidates.peek().copied().max(rest)
    }

    /// Goes one step back in a room.
    fn look(&mut self, rest: &Rest) -> Result<(), Error> {
        let Rest { up_to, exact, room } = *rest;
        if !exact {
            if let Some(up_to) = self.newest(RoomId(room), up_to)? {
                self.rests.push(Rest { up_to, exact: true, room });
            }
            return Ok(());
        }
        let Search { words, author, .. } = self.search;
        let last = if words.is_empty() {
            self.candidates.push(up_to);
            up_to
        } else {
            let found = self.sql.candidates(&Asked { words, author: *author, room: RoomId(room), up_to })?;
            self.candidates.extend(found.ids);
            found.last
        };
        self.rests.push(Rest { up_to: last - 1, exact: false, room });
        Ok(())
    }

    /// The newest message of a room up to one, by whom is searched for.
    fn newest(&self, room: RoomId, up_to: i64) -> Result<Option<i64>, Error> {
        let read = |row: &Row| row.get("id");
        let newest = match self.search.author {
            Some(author) => self.sql.one(
                "SELECT max(id) AS id FROM messages WHERE author = ?3 AND room = ?1 AND id <= ?2",
                values![room, up_to, author],
                read,
            ),
            None => self.sql.one(
                "SELECT max(id) AS id FROM messages WHERE room = ?1 AND id <= ?2",
                values![room, up_to],
                read,
            ),
        };
        newest.map(Option::flatten)
    }

    fn read(&self, id: i64) -> Result<Option<Message>, Error> {
        let by_id = format!("SELECT {MESSAGE} FROM messages WHERE id = ?1");
        Ok(self.sql.one(&by_id, values![id], |row| Ok(message(self.sql, row).ok()))?.flatten())
    }
}
