//! Mentions that a member has not seen, and replies to their messages, so that counting them needs neither the messages
//! nor the archive.

use std::collections::{BTreeSet, HashMap};

use crate::chat::model::{MemberId, RoomId, Seq};

/// Unread mentions of one member that are known. Of more, the room that has most of them gives the oldest up, so that
/// mentions in one room do not hide those in another.
pub(in crate::chat) const MENTIONS_KNOWN_MAX: usize = 100;

/// Unread mentions of members, each of one who is in the room, and by another; in order. 16 bytes each, see
/// [`MENTIONS_KNOWN_MAX`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct UnreadMentions(HashMap<MemberId, Vec<(Seq, RoomId)>>);

impl UnreadMentions {
    /// Cost: O([`MENTIONS_KNOWN_MAX`]), as below.
    pub(in crate::chat) fn add(&mut self, member: MemberId, room: RoomId, message: Seq) {
        let own = self.0.entry(member).or_default();
        let Err(index) = own.binary_search(&(message, room)) else { return };
        own.insert(index, (message, room));
        if own.len() > MENTIONS_KNOWN_MAX {
            let mut counts: HashMap<RoomId, usize> = HashMap::new();
            for (_, room) in own.iter() {
                *counts.entry(*room).or_default() += 1;
            }
            let most = counts.into_iter().max_by_key(|(room, count)| (*count, *room)).map(|(room, _)| room);
            if let Some(oldest) = own.iter().position(|(_, room)| Some(*room) == most) {
                own.remove(oldest);
            }
        }
    }

    /// The member has seen the room's messages up to here.
    pub(in crate::chat) fn read(&mut self, member: MemberId, room: RoomId, up_to: Seq) {
        self.keep(member, |(message, other)| *other != room || *message > up_to);
    }

    /// The member is no member any more.
    pub(in crate::chat) fn forget(&mut self, member: MemberId) {
        self.0.remove(&member);
    }

    /// The message is there no more, or mentions others. Cost: where memory does not know whom it notified, all
    /// members are looked at.
    pub(in crate::chat) fn gone(&mut self, message: Seq, notified: Option<&BTreeSet<MemberId>>) {
        let members: Vec<MemberId> = if let Some(members) = notified {
            members.iter().copied().collect()
        } else {
            let has = |own: &[(Seq, RoomId)]| own.binary_search_by_key(&message, |(id, _)| *id).is_ok();
            self.0.iter().filter(|(_, own)| has(own)).map(|(member, _)| *member).collect()
        };
        for member in members {
            self.keep(member, |(other, _)| *other != message);
        }
    }

    pub(super) fn retain(&mut self, is_known: impl Fn(Seq) -> bool) {
        for own in self.0.values_mut() {
            own.retain(|(message, _)| is_known(*message));
        }
        self.0.retain(|_, own| !own.is_empty());
    }

    /// In order.
    pub(in crate::chat) fn in_room(&self, member: MemberId, room: RoomId) -> impl Iterator<Item = Seq> {
        self.0.get(&member).into_iter().flatten().filter(move |(_, other)| *other == room).map(|(id, _)| *id)
    }

    fn keep(&mut self, member: MemberId, which: impl Fn(&(Seq, RoomId)) -> bool) {
        let Some(own) = self.0.get_mut(&member) else { return };
        own.retain(which);
        if own.is_empty() {
            self.0.remove(&member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId(Seq(1));
    const BOB: MemberId = MemberId(Seq(2));
    const CLUB: RoomId = RoomId(Seq(9));

    #[test]
    fn a_mention_counts_until_it_is_read_or_gone() {
        let mut unread = UnreadMentions::default();
        for id in 10..15 {
            unread.add(ANN, RoomId::SHARED, Seq(id));
            unread.add(BOB, RoomId::SHARED, Seq(id));
        }
        unread.add(ANN, CLUB, Seq(20));
        unread.read(ANN, RoomId::SHARED, Seq(12));
        unread.gone(Seq(13), None);
        assert_eq!(unread.in_room(ANN, RoomId::SHARED).collect::<Vec<_>>(), [Seq(14)]);
        assert_eq!(
            [(ANN, CLUB), (BOB, RoomId::SHARED)].map(|(member, room)| unread.in_room(member, room).count()),
            [1, 4]
        );
        unread.forget(BOB);
        unread.read(ANN, CLUB, Seq(u64::MAX));
        unread.read(ANN, RoomId::SHARED, Seq(14));
        assert_eq!(unread, UnreadMentions::default());
    }

    #[test]
    fn mentions_in_one_room_do_not_hide_those_in_another() {
        let mut unread = UnreadMentions::default();
        for (room, ids) in [(RoomId::SHARED, 10..15), (CLUB, 100..900)] {
            for id in ids {
                unread.add(ANN, room, Seq(id));
            }
        }
        let counts = [RoomId::SHARED, CLUB].map(|room| unread.in_room(ANN, room).count());
        assert_eq!(counts, [5, MENTIONS_KNOWN_MAX - 5]);
        assert_eq!(unread.0[&ANN].last(), Some(&(Seq(899), CLUB)));
    }
}
