//! Members, rooms and names so far, as records come one after the other.

use std::collections::{HashMap, HashSet};

use crate::chat::{
    Amendments, Directory, Event, FileId, MemberId, NameKey, NotificationLevel, PINS_MAX, Record, RoomId,
    Seq, Username,
};

#[derive(Default)]
pub(super) struct SeenIds {
    members: HashSet<MemberId>,
    /// Of those that were not removed.
    owners: HashSet<MemberId>,
    /// Those who are members no more.
    former: HashSet<MemberId>,
    names: Directory,
    /// The newest member, whose name is another's: they are to be removed, and their name to be freed, before anything
    /// else happens. (Who came back may have a name that younger members had.)
    contested: Option<(MemberId, Username)>,
    rooms: HashSet<RoomId>,
    /// Conversations, which are among the rooms.
    pairs: HashSet<RoomId>,
    /// Those who are in rooms that members opened, and in conversations.
    memberships: HashSet<(RoomId, MemberId)>,
    talk: TalkIds,
    files: HashSet<FileId>,
}

impl SeenIds {
    pub(super) fn has_member(&self, id: MemberId) -> bool {
        self.members.contains(&id)
    }

    pub(super) fn has_room(&self, id: RoomId) -> bool {
        id == RoomId::SHARED || self.rooms.contains(&id)
    }

    pub(super) fn member_count(&self) -> usize {
        self.members.len()
    }

    /// The member whom a name means; false where they were removed.
    pub(super) fn named(&self, key: &NameKey) -> Option<(MemberId, bool)> {
        let member = self.names.named(key)?;
        Some((member, !self.former.contains(&member)))
    }

    /// The newest number of what was added to messages.
    pub(super) fn newest_added(&self) -> Seq {
        self.talk.newest()
    }

    pub(super) fn has_owner(&self) -> bool {
        !self.owners.is_empty()
    }

    /// The name that two members have, if any, once all records were learned.
    pub(super) fn contested(&self) -> Option<&Username> {
        self.contested.as_ref().map(|(_, name)| name)
    }

    /// Takes note of what a record made. Errors: two members have one name, or two messages one file.
    pub(super) fn learn(&mut self, record: &Record) -> Result<(), String> {
        if let Some((_, name)) = self.contested.as_ref().filter(|(member, _)| record.seq != member.0) {
            return Err(two_are_called(name));
        }
        self.talk.must_be_free(record.seq)?;
        match &record.event {
            Event::Registered { name, owner, .. } => {
                let member = MemberId(record.seq);
                if *owner {
                    self.owners.insert(member);
                }
                self.members.insert(member);
                if !self.names.claim(name, member) {
                    self.contested = Some((member, name.clone()));
                }
            }
            Event::RoleChanged { member, owner } => {
                if *owner {
                    self.owners.insert(*member);
                } else {
                    self.owners.remove(member);
                }
            }
            Event::MemberRemoved { member, name_freed, .. } => {
                self.owners.remove(member);
                self.former.insert(*member);
                if *name_freed {
                    self.names.free(*member);
                    self.contested = None;
                }
            }
            Event::RoomOpened { .. } => _ = self.rooms.insert(RoomId(record.seq)),
            Event::PairOpened { one, other, .. } => {
                let room = RoomId(record.seq);
                self.rooms.insert(room);
                self.pairs.insert(room);
                self.memberships.extend([(room, *one), (room, *other)]);
            }
            Event::Joined { room, member } => _ = self.memberships.insert((*room, *member)),
            Event::Left { room, member } => _ = self.memberships.remove(&(*room, *member)),
            Event::NotificationLevelChosen { member, room, level } => {
                let inside = *room == RoomId::SHARED || self.memberships.contains(&(*room, *member));
                if !inside || self.former.contains(member) {
                    return Err(format!("member {} is not in room {}", member.0, room.0));
                }
                let default = if self.pairs.contains(room) {
                    NotificationLevel::Everything
                } else {
                    NotificationLevel::Mentions
                };
                if *level == Some(default) {
                    return Err(format!(
                        "the level of member {} in room {} is the default",
                        member.0, room.0
                    ));
                }
            }
            Event::Posted { room, amendments, files, .. } => {
                let mut added = amendments.reactions.iter().map(|reaction| reaction.id);
                if let Some(id) = added.find(|id| self.has_member(MemberId(*id))) {
                    return Err(format!("number {id} is not its own"));
                }
                self.talk.take(*room, amendments)?;
                for (id, _) in files.iter() {
                    if id.0 >= record.seq || !self.files.insert(*id) {
                        return Err(format!("file {} is not its own", id.0));
                    }
                }
            }
            // A file has who and what there is, and not what became of them on the way.
            Event::MemberReturned { .. }
            | Event::RoomDeleted { .. }
            | Event::SessionOpened { .. }
            | Event::SessionEnded { .. }
            | Event::SessionRevoked { .. }
            | Event::RevokedSessionsForgotten { .. }
            | Event::DeviceKnown { .. }
            | Event::DeviceForgotten { .. }
            | Event::ResetOffered { .. }
            | Event::PasswordChanged { .. }
            | Event::ZoneChosen { .. }
            | Event::LanguageChosen { .. }
            | Event::Configured(_)
            | Event::RoomChanged { .. }
            | Event::Invited { .. }
            | Event::InvitationDeclined { .. }
            | Event::Read { .. }
            | Event::FileAdded { .. }
            | Event::FilesDropped { .. }
            | Event::FileRemoved { .. }
            | Event::Edited { .. }
            | Event::Reacted { .. }
            | Event::ReactionRemoved { .. }
            | Event::Pinned { .. }
            | Event::Unpinned { .. }
            | Event::QuietHoursChosen { .. }
            | Event::ReactionsSeen { .. }
            | Event::MarkedUnread { .. }
            | Event::Removed { .. } => {}
        }
        Ok(())
    }
}

/// Numbers of what was added to messages, which are nothing else's, and pinned messages of rooms.
#[derive(Default)]
pub(super) struct TalkIds {
    added: HashSet<Seq>,
    newest: Seq,
    pins: HashMap<RoomId, usize>,
}

impl TalkIds {
    /// Takes note of what was added to a message. Errors: a number is not its own, or the room has too many pins.
    pub(super) fn take(&mut self, room: RoomId, amendments: &Amendments) -> Result<(), String> {
        let pin = amendments.pin.iter().map(|pin| pin.id);
        for id in amendments.reactions.iter().map(|reaction| reaction.id).chain(pin) {
            if !self.added.insert(id) {
                return Err(format!("number {id} is not its own"));
            }
            self.newest = self.newest.max(id);
        }
        let pins = self.pins.entry(room).or_default();
        *pins += usize::from(amendments.pin.is_some());
        if *pins > PINS_MAX { Err(format!("room {} has too many pinned messages", room.0)) } else { Ok(()) }
    }

    /// Errors: the number is that of something that was added to a message.
    pub(super) fn must_be_free(&self, id: Seq) -> Result<(), String> {
        if self.added.contains(&id) { Err(format!("number {id} is not its own")) } else { Ok(()) }
    }

    /// The newest number of what was added to messages.
    pub(super) fn newest(&self) -> Seq {
        self.newest
    }
}

pub(super) fn two_are_called(name: &Username) -> String {
    format!("two members are called {}", name.as_str())
}
