//! Members, rooms and names so far, as records come one after the other.

use std::collections::HashSet;

use crate::chat::{Directory, Event, FileId, MemberId, NameKey, Record, RoomId, Username};

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
            Event::RoomOpened { .. } | Event::PairOpened { .. } => {
                self.rooms.insert(RoomId(record.seq));
            }
            Event::Posted { files, .. } => {
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
            | Event::Joined { .. }
            | Event::Invited { .. }
            | Event::InvitationDeclined { .. }
            | Event::Left { .. }
            | Event::Read { .. }
            | Event::FileAdded { .. }
            | Event::FilesDropped { .. }
            | Event::FileRemoved { .. }
            | Event::Edited { .. }
            | Event::Reacted { .. }
            | Event::ReactionRemoved { .. }
            | Event::Pinned { .. }
            | Event::Unpinned { .. }
            | Event::NotificationLevelChosen { .. }
            | Event::QuietHoursChosen { .. }
            | Event::ReactionsSeen { .. }
            | Event::MarkedUnread { .. }
            | Event::Removed { .. } => {}
        }
        Ok(())
    }
}

pub(super) fn two_are_called(name: &Username) -> String {
    format!("two members are called {}", name.as_str())
}
