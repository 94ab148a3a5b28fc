//! Who and what there is so far, as records come one after the other.

use std::collections::HashSet;

use crate::chat::{Directory, Event, MemberId, NameKey, Record, RoomId};

#[derive(Default)]
pub(super) struct Known {
    members: HashSet<MemberId>,
    /// Of those that were not removed.
    owners: HashSet<MemberId>,
    /// Those who are members no more.
    former: HashSet<MemberId>,
    names: Directory,
    rooms: HashSet<RoomId>,
}

impl Known {
    pub(super) fn has_member(&self, id: MemberId) -> bool {
        self.members.contains(&id)
    }

    pub(super) fn has_room(&self, id: RoomId) -> bool {
        id == RoomId::SHARED || self.rooms.contains(&id)
    }

    pub(super) fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Whose name this is, and whether they are a member still.
    pub(super) fn named(&self, key: &NameKey) -> Option<(MemberId, bool)> {
        let member = self.names.named(key)?;
        Some((member, !self.former.contains(&member)))
    }

    pub(super) fn has_owner(&self) -> bool {
        !self.owners.is_empty()
    }

    /// Takes note of what a record made. False: a member whose name is another's.
    pub(super) fn learn(&mut self, record: &Record) -> bool {
        match &record.event {
            Event::Registered { name, .. } => {
                // The first member is one.
                if self.members.is_empty() {
                    self.owners.insert(MemberId(record.seq));
                }
                self.members.insert(MemberId(record.seq));
                self.names.take(name, MemberId(record.seq))
            }
            Event::RoleChanged { member, owner } => {
                if *owner {
                    self.owners.insert(*member);
                } else {
                    self.owners.remove(member);
                }
                true
            }
            Event::MemberRemoved { member, name_freed } => {
                self.owners.remove(member);
                self.former.insert(*member);
                if *name_freed {
                    self.names.free(*member);
                }
                true
            }
            Event::RoomOpened { .. } | Event::PairOpened { .. } => {
                self.rooms.insert(RoomId(record.seq));
                true
            }
            _ => true,
        }
    }
}
