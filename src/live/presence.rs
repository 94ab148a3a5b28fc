//! Members who are here now, and those who are typing.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::chat::{MemberId, RoomId};

/// Time for which a member counts as typing after the last hint.
const TYPING_TIME: Duration = Duration::from_secs(5);

/// Hints only: nothing of this is stored, and nobody waits for it.
#[derive(Default)]
pub(super) struct Presence {
    /// Streams that each member holds; never 0.
    streams: HashMap<MemberId, usize>,
    typing: HashMap<MemberId, (RoomId, Instant)>,
    /// Times that somebody came or left.
    changes: u64,
}

impl Presence {
    pub(super) fn join(&mut self, member: MemberId) {
        let streams = self.streams.entry(member).or_default();
        self.changes += u64::from(*streams == 0);
        *streams += 1;
    }

    pub(super) fn leave(&mut self, member: MemberId) {
        if let Some(count) = self.streams.get_mut(&member) {
            *count -= 1;
            if *count == 0 {
                self.streams.remove(&member);
                self.changes += 1;
            }
        }
    }

    pub(super) fn set_typing(&mut self, member: MemberId, room: RoomId, now: Instant) {
        self.typing.insert(member, (room, now));
    }

    /// Whoever has just posted is not typing any more; gives whether that is news.
    pub(super) fn clear_typing(&mut self, member: MemberId) -> bool {
        self.typing.remove(&member).is_some()
    }

    /// Another number whenever other members are here.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Those who watch, in the order of their ids.
    pub(super) fn here(&self) -> Vec<MemberId> {
        let mut here: Vec<_> = self.streams.keys().copied().collect();
        here.sort_unstable_by_key(|member| member.0);
        here
    }

    /// Those who type and where, and when the first of them will count no more.
    pub(super) fn typing(&mut self, now: Instant) -> (Vec<(MemberId, RoomId)>, Option<Instant>) {
        self.typing.retain(|_, (_, since)| now.duration_since(*since) < TYPING_TIME);
        let mut typing: Vec<_> = self.typing.iter().map(|(member, (room, _))| (*member, *room)).collect();
        typing.sort_unstable_by_key(|(member, _)| *member);
        (typing, self.typing.values().map(|(_, since)| *since + TYPING_TIME).min())
    }
}
