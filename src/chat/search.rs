//! Search: which messages have some words.

use std::time::{Duration, Instant};

use super::Chat;
use super::messages::{Message, MessageView};
use super::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use super::query::Query;
use super::state::State;

/// How long one search may take, unless [`Limits`](super::Limits) say otherwise.
pub const SEARCH_TIME: Duration = Duration::from_millis(500);
/// Searches that may go on or wait, one at a time.
pub const SEARCHES_ADMITTED: usize = 4;
/// Messages that are looked at in memory before others may change something.
const AT_ONCE: usize = 256;

/// What is searched for, and where.
#[derive(Clone, Debug)]
pub struct Search {
    /// All of these.
    pub words: Query,
    pub author: Option<MemberId>,
    /// In these rooms.
    pub rooms: Vec<RoomId>,
    /// Before this message (exclusive), if not up to the newest.
    pub before: Option<Seq>,
}

/// What a search found: messages with their names, or without.
#[derive(Debug)]
pub struct SearchResults<M = MessageView> {
    /// Newest first.
    pub messages: Vec<M>,
    /// Up to where it has looked, where it did not look through all: the `before` to go on with.
    pub more: Option<Seq>,
    /// Whether there was not enough time.
    pub ended_early: bool,
}

impl<M> SearchResults<M> {
    /// Nothing yet, of what is before some message.
    pub fn nothing(before: Option<Seq>) -> Self {
        Self { messages: Vec::new(), more: before, ended_early: false }
    }
}

impl Search {
    /// Whether a message is what is searched for.
    pub fn finds(&self, message: &Message) -> bool {
        self.rooms.contains(&message.room)
            && self.author.is_none_or(|author| author == message.author)
            && self.words.are_in(message.body.as_str())
    }
}

impl State {
    /// The rooms whose messages a member may see.
    pub fn rooms_seen_by(&self, member: MemberId) -> Vec<RoomId> {
        self.rooms.keys().copied().filter(|room| self.sees(member, *room)).collect()
    }

    /// The newest messages of some rooms before one, as many as are looked at at once.
    fn before(&self, rooms: &[RoomId], before: Option<Seq>) -> Vec<Message> {
        self.window.before(rooms, before).take(AT_ONCE).cloned().collect()
    }
}

impl Chat {
    /// The newest `limit` messages that a member may see and that are searched for.
    pub fn search(
        &self,
        member: MemberId,
        mut search: Search,
        limit: usize,
    ) -> Result<SearchResults, Refusal> {
        {
            let state = self.state();
            search.rooms.retain(|room| state.sees(member, *room));
        }
        let deadline = Instant::now() + self.limits.search_time;
        let SearchResults { messages, more, ended_early } = if self.has_archive {
            self.searched.ask(|archive| archive.search(&search, limit, deadline))?
        } else {
            self.scan(&search, limit, deadline)?
        };
        let state = self.state();
        // They may have left a room meanwhile.
        let seen = messages.into_iter().filter(|message| state.sees(member, message.room));
        Ok(SearchResults { messages: state.resolve_all_names(seen), more, ended_early })
    }

    /// Everything that memory has, newest first.
    fn scan(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, Refusal> {
        let _turn = self.searched.enter()?;
        let mut found = SearchResults::nothing(search.before);
        loop {
            let some = self.state().before(&search.rooms, found.more);
            if some.is_empty() {
                return Ok(SearchResults { more: None, ..found });
            }
            for message in some {
                found.more = Some(message.id);
                if search.finds(&message) {
                    found.messages.push(message);
                }
                if found.messages.len() == limit {
                    return Ok(found);
                }
                // One message may take milliseconds.
                if Instant::now() >= deadline {
                    return Ok(SearchResults { ended_early: true, ..found });
                }
            }
        }
    }

    /// What a member said, oldest first, after some message (exclusive).
    pub fn said_by(&self, author: MemberId, after: Seq, limit: usize) -> Result<Vec<MessageView>, Refusal> {
        let messages = if self.has_archive {
            self.old.ask(|archive| archive.said_by(author, after, limit))?
        } else {
            let state = self.state();
            let own = state.window.after(after).filter(|message| message.author == author);
            own.take(limit).cloned().collect()
        };
        Ok(self.state().resolve_all_names(messages))
    }

    /// The first message of a room since some time, if there is one.
    pub fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, Refusal> {
        if self.has_archive {
            return self.old.ask(|archive| archive.first_since(room, at));
        }
        let state = self.state();
        let mut all = state.window.page(room, None, usize::MAX).0;
        Ok(all.find(|message| message.at >= at).map(|message| message.id))
    }
}
