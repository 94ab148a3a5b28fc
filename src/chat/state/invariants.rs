//! Invariants of every state, computed anew from what it is derived from; each is named where its field is declared.
//! The log's contract checks all of them after every verb.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::State;
use super::unread_mentions::MENTIONS_KNOWN_MAX;
use super::unread_reactions::REACTIONS_KNOWN_MAX;
use crate::chat::file::{FileId, FileKey, FileRecord, UNSENT_FILES_MAX, UNSENT_FILES_PER_MEMBER};
use crate::chat::message::{CHANGES_MAX, Message};
use crate::chat::model::{MemberId, RoomId, Seq};
use crate::chat::notification::NotificationLevel;
use crate::chat::quote::Excerpt;
use crate::chat::room::{PINS_MAX, RoomKind};

impl State {
    pub(crate) fn check_invariants(&self) {
        self.tokens_are_their_members();
        self.rooms_and_members_agree();
        self.pairs_are_their_rooms();
        self.markers_are_memberships();
        self.names_are_kept();
        self.nonces_are_of_known_messages();
        self.changes_are_of_different_messages();
        self.unread_mentions_are_unread();
        self.unread_reactions_are_unseen();
        self.levels_are_of_memberships();
        self.pins_are_of_rooms();
        self.quotes_follow();
        self.unsent_files_are_few();
        self.files_are_of_one_message();
    }

    fn messages(&self) -> impl Iterator<Item = &Message> {
        self.window.after(Seq::default())
    }

    fn tokens_are_their_members(&self) {
        for (id, member) in &self.members {
            let sessions: Vec<Seq> = member.sessions.iter().map(|digest| self.sessions[digest].id).collect();
            let devices: Vec<Seq> =
                member.known_devices.iter().map(|digest| self.known_devices[digest].id).collect();
            assert!(sessions.is_sorted() && devices.is_sorted(), "oldest first");
            assert!(member.sessions.iter().all(|digest| self.sessions[digest].member == *id));
            assert!(member.known_devices.iter().all(|digest| self.known_devices[digest].member == *id));
            assert!(!member.is_former() || (sessions.is_empty() && devices.is_empty() && !member.owner));
        }
        let count = |of: fn(&super::Member) -> usize| self.members.values().map(of).sum::<usize>();
        assert_eq!(self.sessions.len(), count(|member| member.sessions.len()));
        assert_eq!(self.known_devices.len(), count(|member| member.known_devices.len()));
        let offered: HashSet<MemberId> = self.offers.values().map(|offer| offer.member).collect();
        assert_eq!(offered.len(), self.offers.len(), "one a member");
    }

    fn rooms_and_members_agree(&self) {
        for (id, room) in &self.rooms {
            assert!(room.members.iter().all(|member| self.members[member].rooms.contains(id)));
            assert!(room.invited.keys().all(|member| self.members[member].invitations.contains(id)));
            assert!(room.members.is_disjoint(&room.departed));
            assert!(room.invited.keys().all(|member| room.departed.contains(member)));
            if let (Some(by), RoomKind::Named { .. }) = (room.opened_by, &room.kind) {
                assert!(self.members[&by].opened.contains(id));
            }
        }
        for (id, member) in &self.members {
            assert!(member.rooms.iter().all(|room| self.rooms[room].members.contains(id)));
            assert!(member.invitations.iter().all(|room| self.rooms[room].invited.contains_key(id)));
            assert!(member.opened.iter().all(|room| self.rooms[room].opened_by == Some(*id)));
        }
        assert!(self.messages().all(|message| self.rooms.contains_key(&message.room)));
    }

    fn pairs_are_their_rooms(&self) {
        let pair = |(id, room): (&RoomId, &super::Room)| match room.kind {
            RoomKind::Pair(one, other) => Some(((one, other), *id)),
            _ => None,
        };
        assert_eq!(self.pairs, self.rooms.iter().filter_map(pair).collect());
        assert!(self.pairs.keys().all(|(one, other)| one <= other));
    }

    fn markers_are_memberships(&self) {
        let markers: BTreeSet<(MemberId, RoomId)> = self.marks.keys().copied().collect();
        let memberships = self.active_members().flat_map(|(id, member)| {
            [RoomId::SHARED].into_iter().chain(member.rooms.iter().copied()).map(move |room| (id, room))
        });
        assert_eq!(markers, memberships.collect());
        assert!(self.marks.values().all(|up_to| *up_to <= self.last));
    }

    fn names_are_kept(&self) {
        for (id, member) in self.active_members() {
            assert!(self.names.keeps(id));
            assert_eq!(self.member_named(member.name.key()).map(|(named, _)| named), Some(id));
        }
    }

    fn nonces_are_of_known_messages(&self) {
        let nonce = |message: &Message| Some(((message.author, message.nonce.clone()?), message.id));
        let mut known: HashMap<_, _> = self.messages().filter_map(nonce).collect();
        known.extend(self.changes.iter().filter_map(|(change, sent)| Some((sent.clone()?, change.message))));
        assert_eq!(self.nonces, known);
    }

    fn changes_are_of_different_messages(&self) {
        assert!(self.changes.iter().is_sorted_by(|(one, _), (next, _)| one.seq < next.seq));
        let changed: HashSet<Seq> = self.changes.iter().map(|(change, _)| change.message).collect();
        assert!(changed.len() == self.changes.len() && changed.len() <= CHANGES_MAX);
        for (change, sent) in &self.changes {
            let room = &self.rooms[&change.room];
            assert!(change.seq > room.changes_forgotten && (sent.is_none() || change.is_removal()));
            assert!(!change.is_removal() || self.at(change.message).is_none());
        }
    }

    fn unsent_files_are_few(&self) {
        assert!(self.unsent_files.len() <= UNSENT_FILES_MAX);
        for owner in self.members.keys() {
            let own = self.unsent_files.values().filter(|file| file.owner == *owner);
            assert!(own.count() <= UNSENT_FILES_PER_MEMBER);
        }
    }

    fn files_are_of_one_message(&self) {
        let sent = self.messages().flat_map(|message| message.files.iter().map(|(id, _)| (*id, message.id)));
        let sent: Vec<(FileId, Seq)> = sent.collect();
        assert_eq!(sent.len(), self.file_messages.len());
        assert!(sent.iter().all(|(id, message)| self.file_messages[id] == *message));
        assert!(sent.iter().all(|(id, _)| !self.unsent_files.contains_key(id)));
        let mut keys: HashSet<FileKey> = self.dropped_files.iter().map(|dropped| dropped.key).collect();
        assert_eq!(keys.len(), self.dropped_files.len());
        let sent = self.messages().flat_map(|message| message.files.iter().map(|(_, file)| file));
        let all =
            self.unsent_files.values().map(|unsent| &unsent.file).chain(sent).flat_map(FileRecord::keys);
        assert!(all.into_iter().all(|key| keys.insert(key)), "no bytes are of two files");
    }

    fn unread_reactions_are_unseen(&self) {
        for (id, member) in self.active_members() {
            let known: Vec<Seq> = self.unread_reactions.of(id).iter().map(|reaction| reaction.id).collect();
            assert!(known.len() <= REACTIONS_KNOWN_MAX && known.iter().all(|id| *id > member.reactions_seen));
            let own = self.messages().filter(|message| message.author == id);
            let unseen = own.flat_map(|message| message.amendments.reactions.iter());
            let unseen = unseen.filter(|one| one.member != id && one.id > member.reactions_seen);
            let mut unseen: Vec<Seq> = unseen.map(|reaction| reaction.id).collect();
            unseen.sort();
            let held = self.unread_reactions.of(id).iter().filter(|known| self.at(known.message).is_some());
            assert_eq!(held.map(|reaction| reaction.id).collect::<Vec<_>>(), unseen);
            assert!(self.window.remembers() || known == unseen);
        }
        assert!(
            self.members.iter().all(|(id, one)| !one.is_former() || self.unread_reactions.of(*id).is_empty())
        );
    }

    fn levels_are_of_memberships(&self) {
        assert!(self.levels.keys().all(|(member, room)| self.is_in(*member, *room)));
        for ((_, room), level) in &self.levels {
            assert_ne!(*level, NotificationLevel::default_of(&self.rooms[room].kind));
        }
    }

    fn pins_are_of_rooms(&self) {
        for (id, room) in &self.rooms {
            let pinned: HashSet<Seq> = room.pins.iter().copied().collect();
            assert!(pinned.len() == room.pins.len() && pinned.len() <= PINS_MAX);
            let held = self.messages().filter(|message| message.room == *id);
            for message in held {
                assert_eq!(message.amendments.pin.is_some(), pinned.contains(&message.id));
            }
        }
    }

    fn quotes_follow(&self) {
        for reply in self.messages() {
            let Some(quote) = &reply.quote else { continue };
            assert!(quote.message < reply.id);
            if let Some(answered) = self.at(quote.message) {
                assert_eq!((answered.room, answered.author), (reply.room, quote.author));
                assert_eq!(quote.excerpt, Some(Excerpt::of(&answered.body)));
            } else if quote.message > self.window.evicted_through_in(reply.room) {
                assert_eq!(quote.excerpt, None);
            }
        }
    }

    fn unread_mentions_are_unread(&self) {
        for (id, member) in self.active_members() {
            for room in [RoomId::SHARED].iter().chain(&member.rooms) {
                let known: Vec<Seq> = self.unread_mentions.in_room(id, *room).collect();
                let seen = self.read_marker_of(id, *room);
                let unread = self.messages().filter(|message| message.room == *room && message.id > seen);
                let unread: Vec<Seq> = unread
                    .filter(|message| message.notified().contains(&id))
                    .map(|message| message.id)
                    .collect();
                assert!(known.len() <= MENTIONS_KNOWN_MAX && known.iter().all(|message| *message > seen));
                // Of what memory let go, an archive may know more.
                let held: Vec<Seq> = known.iter().copied().filter(|id| self.at(*id).is_some()).collect();
                assert_eq!(held, unread);
                assert!(self.window.remembers() || held == known);
            }
        }
    }
}
