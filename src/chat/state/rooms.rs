//! Rooms open and end; members come into them, leave them and read them.

use super::State;
use crate::chat::event::ReadMarker;
use crate::chat::model::{MemberId, RoomId, Seq};
use crate::chat::notification::NotificationLevel;
use crate::chat::room::{Room, RoomKind};

impl State {
    pub(in crate::chat) fn open_room(&mut self, room: RoomId, by: Option<MemberId>, kind: RoomKind) {
        self.rooms.insert(room, Room { opened_by: by, ..Room::new(kind) });
        if let Some(by) = by {
            self.update_member(by, |member| {
                member.opened.insert(room);
            });
        }
    }

    pub(super) fn open_pair(
        &mut self,
        room: RoomId,
        by: Option<MemberId>,
        (one, other): (MemberId, MemberId),
    ) {
        self.pairs.insert((one, other), room);
        self.rooms.insert(room, Room { opened_by: by, ..Room::new(RoomKind::Pair(one, other)) });
        for member in [one, other] {
            self.add_to_room(member, room);
        }
    }

    pub(super) fn delete_room(&mut self, room: RoomId) {
        let opener = self.rooms.remove(&room).and_then(|room| room.opened_by);
        if let Some(opener) = opener {
            self.update_member(opener, |member| {
                member.opened.remove(&room);
            });
        }
        self.levels.retain(|(_, other), _| *other != room);
        self.unread_reactions.retain(|known| known.room != room);
        let gone = self.window.remove_room(room);
        self.forget(&gone);
        self.changes.retain(|(change, sent)| {
            let stays = change.room != room;
            if let Some(sent) = sent.as_ref().filter(|_| !stays) {
                self.nonces.remove(sent);
            }
            stays
        });
    }

    pub(super) fn add_to_room(&mut self, member: MemberId, room: RoomId) {
        let one = self.members.get_mut(&member).filter(|member| !member.is_former());
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), one) {
            one.rooms.insert(room);
            one.invitations.remove(&room);
            found.members.insert(member);
            found.departed.remove(&member);
            found.invited.remove(&member);
        }
    }

    pub(super) fn remove_from_room(&mut self, member: MemberId, room: RoomId) {
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), self.members.get_mut(&member)) {
            one.rooms.remove(&room);
            found.members.remove(&member);
            found.departed.insert(member);
            self.marks.remove(&(member, room));
            self.levels.remove(&(member, room));
            self.unread_mentions.read(member, room, Seq(u64::MAX));
        }
    }

    /// Others cannot add this member again: they come back by their own decision alone.
    pub(super) fn note_departure(&mut self, member: MemberId, room: RoomId) {
        self.rooms.get_mut(&room).map(|found| found.departed.insert(member));
    }

    pub(super) fn invite(&mut self, member: MemberId, room: RoomId, by: MemberId) {
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), self.members.get_mut(&member)) {
            one.invitations.insert(room);
            found.invited.insert(member, by);
        }
    }

    pub(super) fn drop_invitation(&mut self, member: MemberId, room: RoomId) {
        self.update_member(member, |one| {
            one.invitations.remove(&room);
        });
        self.rooms.get_mut(&room).map(|found| found.invited.remove(&member));
    }

    pub(super) fn advance_read_marker(&mut self, ReadMarker { member, room, up_to }: ReadMarker) {
        // A room that they left since has none, and who is no member has none at all.
        if self.is_in(member, room) && self.active(member).is_ok() {
            let mark = self.marks.entry((member, room)).or_default();
            *mark = up_to.max(*mark);
            self.unread_mentions.read(member, room, up_to);
        }
    }

    /// Moves a read marker back.
    pub(super) fn mark_unread(&mut self, member: MemberId, room: RoomId, after: Seq, mentions: &[Seq]) {
        self.marks.insert((member, room), after);
        for message in mentions {
            self.unread_mentions.add(member, room, *message);
        }
    }

    pub(super) fn choose_level(&mut self, member: MemberId, room: RoomId, level: Option<NotificationLevel>) {
        match level {
            Some(level) => self.levels.insert((member, room), level),
            None => self.levels.remove(&(member, room)),
        };
    }

    /// How much of a room a member is told of.
    pub fn notification_level(&self, member: MemberId, room: RoomId) -> NotificationLevel {
        let default = || self.rooms.get(&room).map(|room| NotificationLevel::default_of(&room.kind));
        let chosen = self.levels.get(&(member, room)).copied();
        chosen.or_else(default).unwrap_or(NotificationLevel::Nothing)
    }

    /// Up to where a member has seen a room.
    pub fn read_marker_of(&self, member: MemberId, room: RoomId) -> Seq {
        self.marks.get(&(member, room)).copied().unwrap_or_default()
    }
}
