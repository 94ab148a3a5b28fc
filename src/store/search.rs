//! Finds messages in the file: room by room from the newest on, and nowhere else.

use std::collections::BinaryHeap;
use std::time::Instant;

use rusqlite::{Connection, params};

use super::message_row::{MESSAGE, message};
use super::rows::{number, seq};
use super::search_index::{block_of, prefix};
use crate::chat::{Message, Query, Search, SearchResults, Term};

/// Messages that one question to the index gives at most.
const CANDIDATES: i64 = 256;

/// The part of a room that is not looked at yet: no message newer than `up_to`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rest {
    up_to: i64,
    /// `up_to` is a message of that room, and of the author that is searched for; else only a bound.
    exact: bool,
    room: i64,
}

/// A search under way. At any moment, all that is newer than `found.more` was looked at.
pub(super) struct SearchRun<'a> {
    connection: &'a Connection,
    search: &'a Search,
    /// Not looked at yet, the newest first.
    rests: BinaryHeap<Rest>,
    /// Ids that the index gave, the newest first. Their texts may not match.
    candidates: BinaryHeap<i64>,
}

impl<'a> SearchRun<'a> {
    pub(super) fn new(connection: &'a Connection, search: &'a Search) -> Self {
        let up_to = search.before.map_or(i64::MAX, |before| number(before) - 1);
        let rests = search.rooms.iter().map(|room| Rest { up_to, exact: false, room: number(room.0) });
        Self { connection, search, rests: rests.collect(), candidates: BinaryHeap::new() }
    }

    /// Looks until there are `limit` messages, nothing is left, or it is late.
    ///
    /// Cost: for each room one look at an index of messages, and for each block of those rooms one at the words in
    /// it, unless enough was found in newer ones.
    pub(super) fn run(
        &mut self,
        limit: usize,
        deadline: Instant,
        found: &mut SearchResults<Message>,
    ) -> rusqlite::Result<()> {
        // All is of one moment: an edit may put messages into another block.
        let _moment = self.connection.unchecked_transaction()?;
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
    fn look(&mut self, rest: &Rest) -> rusqlite::Result<()> {
        let Rest { up_to, exact, room } = *rest;
        if !exact {
            if let Some(up_to) = self.newest(room, up_to)? {
                self.rests.push(Rest { up_to, exact: true, room });
            }
            return Ok(());
        }
        let last = if self.search.words.is_empty() {
            self.candidates.push(up_to);
            up_to
        } else {
            self.ask_the_index(room, up_to)?
        };
        self.rests.push(Rest { up_to: last - 1, exact: false, room });
        Ok(())
    }

    /// The newest message of a room up to one, by whom is searched for.
    fn newest(&self, room: i64, up_to: i64) -> rusqlite::Result<Option<i64>> {
        let author = self.search.author.map(|author| number(author.0));
        let sql = match author {
            Some(_) => "SELECT max(id) FROM messages WHERE author = ?3 AND room = ?1 AND id <= ?2",
            None => "SELECT max(id) FROM messages WHERE ?3 IS NULL AND room = ?1 AND id <= ?2",
        };
        self.connection.prepare_cached(sql)?.query_row(params![room, up_to, author], |row| row.get(0))
    }

    /// Takes what a block gives as candidates. Gives the oldest id that was looked at.
    fn ask_the_index(&mut self, room: i64, up_to: i64) -> rusqlite::Result<i64> {
        let Some(block) = block_of(self.connection, room, up_to)? else { return Ok(0) };
        // The author's ids of a block are fewer than the messages that have the words, and come from an index alone.
        let sql = "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid <= ?2 AND (?4 IS NULL OR +rowid IN
            (SELECT id FROM messages WHERE author = ?4 AND room = ?5 AND id BETWEEN ?6 AND ?2))
            ORDER BY rowid DESC LIMIT ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let author = self.search.author.map(|author| number(author.0));
        let asked = params![asked(&self.search.words, block), up_to, CANDIDATES, author, room, block];
        let ids = query.query_map(asked, |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let all = i64::try_from(ids.len()).is_ok_and(|count| count < CANDIDATES);
        let last = ids.last().copied().filter(|_| !all);
        self.candidates.extend(ids);
        Ok(last.unwrap_or(block))
    }

    fn read(&self, id: i64) -> rusqlite::Result<Option<Message>> {
        let sql = format!("SELECT {MESSAGE} FROM messages WHERE id = ?1");
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query([id])?;
        Ok(rows.next()?.and_then(|row| message(self.connection, row).ok()))
    }
}

/// Returns the FTS5 query for the words in a block. Terms are letters, digits and signs alone: nothing in them ends
/// the quotes.
fn asked(words: &Query, block: i64) -> String {
    let prefix = prefix(block);
    let terms = words.terms().into_iter().map(|Term { text, whole }| {
        let end = if whole { "" } else { "*" };
        format!("\"{prefix}{text}\"{end}")
    });
    terms.collect::<Vec<_>>().join(" AND ")
}
