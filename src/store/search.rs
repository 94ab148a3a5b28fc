//! Finds messages: room by room from the newest on, and nowhere else.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::mem;
use std::time::Instant;

use super::files;
use super::message_row::{MESSAGE, complete, draft};
use super::rows::{room_id, seq};
use super::sql::{Error, Sql, Value, values};
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
    /// Parts that are looked through together, at most: one that is far away is asked less often then.
    const LOOKS_AT_ONCE: usize;

    /// Looks through a part of each of these rooms, from a message of it on (inclusive) backwards.
    fn candidates(&self, asked: &[Asked]) -> Result<Vec<Candidates>, Error>;
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
    /// Parts that the next step looks through.
    looks: usize,
}

impl<'a, S: Searchable> SearchRun<'a, S> {
    pub(super) fn new(sql: &'a S, search: &'a Search) -> Self {
        let up_to = search.before.map_or(i64::MAX, |before| i64::try_from(before.0).unwrap_or(i64::MAX) - 1);
        let rests = search.rooms.iter().map(|room| Rest { up_to, exact: false, room: room.0 });
        Self { sql, search, rests: rests.collect(), candidates: BinaryHeap::new(), looks: 1 }
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
                let ids = self.next_candidates(limit - found.messages.len());
                let messages = self.read(&ids)?;
                found.messages.extend(messages.into_iter().filter(|message| self.search.finds(message)));
                found.more = ids.last().map(|last| seq(*last));
                if found.messages.len() == limit {
                    return Ok(());
                }
            } else if self.rests.peek().is_some_and(|rest| rest.exact) {
                self.look()?;
            } else {
                self.find_newest()?;
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

    /// Takes candidates that are newer than all that was not looked at, up to `most`, the newest first.
    fn next_candidates(&mut self, most: usize) -> Vec<i64> {
        let rest = self.rests.peek().map_or(i64::MIN, |rest| rest.up_to);
        let mut ids = Vec::new();
        while ids.len() < most && self.candidates.peek().is_some_and(|id| *id >= rest) {
            ids.extend(self.candidates.pop());
        }
        ids
    }

    /// Goes one step back in those rooms whose newest messages that were not looked at are the newest: in the first, the
    /// next time in two, and so on, as often enough the first has all that is wanted.
    fn look(&mut self) -> Result<(), Error> {
        let mut steps = Vec::new();
        while steps.len() < self.looks && self.rests.peek().is_some_and(|rest| rest.exact) {
            steps.extend(self.rests.pop());
        }
        self.looks = (2 * self.looks).min(S::LOOKS_AT_ONCE);
        let Search { words, author, .. } = self.search;
        let lasts: Vec<i64> = if words.is_empty() {
            self.candidates.extend(steps.iter().map(|step| step.up_to));
            steps.iter().map(|step| step.up_to).collect()
        } else {
            let asked = steps.iter().map(|step| {
                let (author, room, up_to) = (*author, RoomId(step.room), step.up_to);
                Asked { words, author, room, up_to }
            });
            let found = self.sql.candidates(&asked.collect::<Vec<_>>())?;
            self.candidates.extend(found.iter().flat_map(|found| &found.ids));
            found.iter().map(|found| found.last).collect()
        };
        let rests = steps.iter().zip(lasts);
        self.rests.extend(rests.map(|(step, last)| Rest { up_to: last - 1, exact: false, room: step.room }));
        Ok(())
    }

    /// Finds, for each room of which only a bound is known, the newest message up to that, by whom is searched for.
    fn find_newest(&mut self) -> Result<(), Error> {
        let (exact, bounds) =
            mem::take(&mut self.rests).into_iter().partition::<Vec<_>, _>(|rest| rest.exact);
        self.rests.extend(exact);
        let author = self.search.author;
        let whose = if author.is_some() { "author = ?3 AND" } else { "" };
        let newest = format!(
            "SELECT room, id FROM messages WHERE {whose} room = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1"
        );
        let bound = |rest: &Rest| {
            let mut values = values![rest.room, rest.up_to].to_vec();
            values.extend(author.map(Value::from));
            values
        };
        self.sql.each_of(&newest, &bounds.iter().map(bound).collect::<Vec<_>>(), |row| {
            self.rests.push(Rest { up_to: row.get("id")?, exact: true, room: room_id(row)?.0 });
            Ok(())
        })
    }

    /// Leaves out what is damaged: that is somebody else's to report.
    fn read(&self, ids: &[i64]) -> Result<Vec<Message>, Error> {
        let by_id = format!("SELECT {MESSAGE} FROM messages WHERE id = ?1");
        let ids: Vec<_> = ids.iter().map(|id| [Value::from(*id)]).collect();
        let mut drafts = Vec::new();
        self.sql.each_of(&by_id, &ids, |row| {
            drafts.extend(unless_damaged(draft(row))?);
            Ok(())
        })?;
        if let Some(messages) = unless_damaged(complete(self.sql, drafts.clone()))? {
            return Ok(messages);
        }
        let mut messages = Vec::new();
        for draft in drafts {
            messages.extend(unless_damaged(complete(self.sql, vec![draft]))?.into_iter().flatten());
        }
        Ok(messages)
    }
}

fn unless_damaged<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(Error::Damaged(_)) => Ok(None),
        read => read.map(Some),
    }
}
