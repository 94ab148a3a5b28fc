//! Search: which messages have some words.

use std::time::{Duration, Instant};

use crate::chat::Chat;
use crate::chat::message::{Amendments, Message, MessageView};
use crate::chat::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use crate::chat::search::{Search, SearchResults};
use crate::chat::state::State;

/// Default of [`Limits::search_time`](crate::chat::Limits::search_time).
pub const SEARCH_TIME: Duration = Duration::from_millis(500);

/// Searches that may go on or wait, one at a time.
pub const SEARCHES_ADMITTED: usize = 4;

/// Messages that are looked at in memory before others may change something.
const AT_ONCE: usize = 256;

impl State {
    /// The newest messages of some rooms before one, as many as are looked at at once.
    pub(in crate::chat) fn before(&self, rooms: &[RoomId], before: Option<Seq>) -> Vec<Message> {
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
        let SearchResults { messages, more, ended_early } =
            match self.searched.ask(|archive| archive.search(&search, limit, deadline))? {
                Some(found) => found,
                None => self.scan(&search, limit, deadline)?,
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

    /// The first `limit` messages of a member, oldest first, after some message (exclusive). In rooms that they left, what
    /// others said and did is not theirs to see any more: what they answered, reactions and pins.
    pub fn said_by(&self, author: MemberId, after: Seq, limit: usize) -> Result<Vec<MessageView>, Refusal> {
        let archived = self.old.ask(|archive| archive.said_by(author, after, limit))?;
        let state = self.state();
        let mut messages = archived.unwrap_or_else(|| {
            let own = state.window.after(after).filter(|message| message.author == author);
            own.take(limit).cloned().collect()
        });
        for message in messages.iter_mut().filter(|message| !state.sees(author, message.room)) {
            message.quote = None;
            message.amendments = Amendments { edited: message.amendments.edited, ..Amendments::default() };
        }
        Ok(state.resolve_all_names(messages))
    }

    /// The first message of a room since some time, if there is one.
    pub fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, Refusal> {
        if let Some(found) = self.old.ask(|archive| archive.first_since(room, at))? {
            return Ok(found);
        }
        let state = self.state();
        let mut all = state.window.page(room, None, usize::MAX).0;
        Ok(all.find(|message| message.at >= at).map(|message| message.id))
    }
}
