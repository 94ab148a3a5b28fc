//! Members come, are removed and return.

use super::State;
use crate::chat::event::{MemberData, Record};
use crate::chat::member::Member;
use crate::chat::model::{MemberId, PasswordHash, Refusal, RoomId, Timestamp};
use crate::chat::names::{NameKey, Username};

impl State {
    pub(super) fn add_member(&mut self, id: MemberId, member: Member) {
        self.names.claim(&member.name, id);
        self.members.insert(id, member);
    }

    pub(super) fn update_member(&mut self, member: MemberId, how: impl FnOnce(&mut Member)) {
        self.members.get_mut(&member).map(how);
    }

    /// See [`crate::chat::Event::ends`]. Cost: departures and invitations look at all rooms, read markers at all
    /// markers.
    pub(super) fn end(&mut self, member: MemberId, data: MemberData) {
        match data {
            MemberData::RevokedSessions => self.revoked_sessions.forget_member(member),
            MemberData::KnownDevices => self.forget_devices_of(member),
            MemberData::PasswordReset => self.offers.retain(|_, offer| offer.member != member),
            MemberData::Memberships => {
                let rooms = self.members.get_mut(&member).map(|member| std::mem::take(&mut member.rooms));
                for room in rooms.into_iter().flatten() {
                    self.rooms.get_mut(&room).map(|room| room.members.remove(&member));
                }
            }
            MemberData::ReadMarkers => {
                self.marks.retain(|(other, _), _| *other != member);
                self.unread_mentions.forget(member);
                self.unread_reactions.forget(member);
            }
            MemberData::NotificationLevels => self.levels.retain(|(other, _), _| *other != member),
            MemberData::Departures => {
                for room in self.rooms.values_mut() {
                    room.departed.remove(&member);
                }
            }
            MemberData::Invitations => {
                self.update_member(member, |member| member.invitations.clear());
                for room in self.rooms.values_mut() {
                    room.invited.remove(&member);
                }
            }
        }
    }

    pub(super) fn remove_member_from_state(&mut self, member: MemberId, name_freed: bool, now: Timestamp) {
        let Some(gone) = self.members.get_mut(&member) else { return };
        gone.removed = Some(now);
        gone.owner = false;
        (gone.zone, gone.language, gone.quiet_hours) = (None, None, None);
        gone.password = PasswordHash("".into());
        if name_freed {
            self.names.free(member);
        }
    }

    pub(super) fn bring_member_back(
        &mut self,
        record: &Record,
        member: MemberId,
        name: &Username,
        conversations: &[RoomId],
    ) {
        let keeps_name = self.names.keeps(member);
        let Some(back) = self.members.get_mut(&member) else { return };
        back.removed = None;
        back.reactions_seen = record.seq;
        if !keeps_name {
            back.name = name.clone();
            self.names.claim(name, member);
        }
        for room in conversations {
            self.add_to_room(member, *room);
        }
    }

    /// Counts former members too.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// The member with this id, also one who is none any more.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// The member with this id, if they are one still.
    pub fn active(&self, id: MemberId) -> Result<&Member, Refusal> {
        self.member(id).filter(|member| !member.is_former()).ok_or(Refusal::NotAMember)
    }

    /// Looks up an active member. Errors: `NoSuchMember` if the id is unknown or the member was removed (for the
    /// caller's own id use [`State::active`], which yields `NotAMember`).
    pub fn active_other(&self, id: MemberId) -> Result<&Member, Refusal> {
        self.active(id).map_err(|_| Refusal::NoSuchMember)
    }

    /// All who were not removed, in no order. Cost: linear in all who ever registered.
    pub fn active_members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        let members = self.members.iter().filter(|(_, member)| !member.is_former());
        members.map(|(id, member)| (*id, member))
    }

    /// Members who were removed, in no order.
    pub fn removed_members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.members.iter().filter(|(_, member)| member.is_former()).map(|(id, member)| (*id, member))
    }

    /// Whose name this is, in any letter case: a member's, or that of somebody who was one and keeps it.
    pub fn member_named(&self, key: &NameKey) -> Option<(MemberId, &Member)> {
        let id = self.names.named(key)?;
        Some((id, self.members.get(&id)?))
    }
}
