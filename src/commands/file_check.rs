//! Checks that references, numbers and names of a file fit together.

use std::collections::HashSet;

use super::seen_ids::{TalkIds, two_are_called};
use crate::chat::{Directory, MemberId, Message, RoomId, RoomKind, Seq, Snapshot, StorageError};

pub(super) struct FileCheck {
    members: HashSet<MemberId>,
    rooms: HashSet<RoomId>,
    /// The numbers of other records, in order.
    numbers: Vec<Seq>,
    newest: Seq,
    last: Seq,
    messages: u64,
    talk: TalkIds,
}

fn damaged(id: Seq, what: &str) -> StorageError {
    StorageError(format!("record {id}: {what}"))
}

/// Two members who are called the same are a fault; who was removed may have let go of their name.
fn check_names(kept: &Snapshot) -> Result<(), StorageError> {
    let mut names = Directory::default();
    for member in kept.members.iter().filter(|member| !member.name_freed) {
        if !names.claim(&member.name, member.id) {
            return Err(damaged(member.id.0, &two_are_called(&member.name)));
        }
    }
    Ok(())
}

impl FileCheck {
    /// Checks all but messages. Errors: the first damage found.
    pub(super) fn of(kept: &Snapshot) -> Result<Self, StorageError> {
        let members = kept.members.iter().map(|member| member.id).collect();
        let rooms = kept.rooms.iter().map(|room| RoomId(room.id)).chain([RoomId::SHARED]).collect();
        let mut numbers = kept.numbers();
        numbers.sort_unstable();
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(damaged(pair[0], "its number is not its own"));
        }
        let last = numbers.last().copied().unwrap_or_default();
        let check = Self {
            members,
            rooms,
            numbers,
            newest: kept.newest,
            last,
            messages: 0,
            talk: TalkIds::default(),
        };
        check_names(kept)?;
        check.members(kept)?;
        check.rooms(kept)?;
        Ok(check)
    }

    fn members(&self, kept: &Snapshot) -> Result<(), StorageError> {
        let of_sessions = kept.sessions.iter().map(|(_, session)| (session.id, session.member));
        let of_revoked = kept.revoked_sessions.iter().map(|(_, session)| (session.id, session.member));
        let of_devices = kept.known_devices.iter().map(|(_, device)| (device.id, device.member));
        let of_resets = kept.password_resets.iter().flat_map(|kept| {
            [kept.value.member].into_iter().chain(kept.value.by).map(|member| (kept.id, member))
        });
        let of_rooms = kept.rooms.iter().flat_map(|room| {
            let inside = match room.value.kind {
                RoomKind::Pair(one, other) => vec![one, other],
                RoomKind::Named { .. } | RoomKind::Shared => Vec::new(),
            };
            inside.into_iter().chain(room.value.by).map(|member| (room.id, member))
        });
        let of_memberships = kept.memberships.iter().map(|kept| (kept.id, kept.value.1));
        let of_departures = kept.departures.iter().map(|(room, member)| (room.0, *member));
        let of_invitations = kept
            .invitations
            .iter()
            .flat_map(|kept| [kept.value.member, kept.value.by].map(|member| (kept.id, member)));
        let of_markers = kept.read_markers.iter().map(|marker| (marker.up_to, marker.member));
        let of_levels = kept.notification_levels.iter().map(|(member, room, _)| (room.0, *member));
        let mut all = of_sessions
            .chain(of_revoked)
            .chain(of_devices)
            .chain(of_resets)
            .chain(of_rooms)
            .chain(of_memberships)
            .chain(of_departures)
            .chain(of_invitations)
            .chain(of_markers)
            .chain(of_levels);
        all.try_for_each(|(id, member)| self.is_member(id, member))
    }

    fn rooms(&self, kept: &Snapshot) -> Result<(), StorageError> {
        let of_memberships = kept.memberships.iter().map(|kept| (kept.id, kept.value.0));
        let of_departures = kept.departures.iter().map(|(room, _)| (room.0, *room));
        let of_invitations = kept.invitations.iter().map(|kept| (kept.id, kept.value.room));
        let of_markers = kept.read_markers.iter().map(|marker| (marker.up_to, marker.room));
        // The room of a message that was removed may be gone as well.
        let edited = kept.changes.iter().map(|(change, _)| change).filter(|change| !change.is_removal());
        let of_levels = kept.notification_levels.iter().map(|(member, room, _)| (member.0, *room));
        let of_pins = kept.pins.iter().map(|(room, message)| (*message, *room));
        let of_changes = edited.map(|change| (change.seq, change.room));
        let mut all = of_memberships
            .chain(of_departures)
            .chain(of_invitations)
            .chain(of_markers)
            .chain(of_changes)
            .chain(of_levels)
            .chain(of_pins);
        all.try_for_each(|(id, room)| self.is_room(id, room))
    }

    pub(super) fn take(&mut self, message: &Message) -> Result<(), StorageError> {
        if self.numbers.binary_search(&message.id).is_ok() {
            return Err(damaged(message.id, "its number is not its own"));
        }
        self.is_member(message.id, message.author)?;
        let Message { amendments, group, quote, .. } = message;
        self.talk
            .must_be_free(message.id)
            .and_then(|()| self.talk.take(message.room, amendments))
            .map_err(StorageError)?;
        let of_reactions = amendments.reactions.iter().map(|reaction| reaction.member);
        let of_group = group.iter().flat_map(|group| group.members.iter().copied());
        let of_quote = quote.iter().map(|quote| quote.author);
        let of_pin = amendments.pin.iter().map(|pin| pin.by);
        let mut named = of_reactions.chain(of_group).chain(of_quote).chain(of_pin);
        named.try_for_each(|member| self.is_member(message.id, member))?;
        self.is_room(message.id, message.room)?;
        self.last = self.last.max(message.id);
        self.messages += 1;
        Ok(())
    }

    /// Gives the number of messages.
    pub(super) fn end(self) -> Result<u64, StorageError> {
        let Self { last, newest, messages, talk, .. } = self;
        let last = last.max(talk.newest());
        if last > newest {
            return Err(StorageError(format!("record {last} comes after the newest")));
        }
        Ok(messages)
    }

    fn is_member(&self, id: Seq, member: MemberId) -> Result<(), StorageError> {
        if self.members.contains(&member) { Ok(()) } else { Err(damaged(id, "it belongs to no one")) }
    }

    fn is_room(&self, id: Seq, room: RoomId) -> Result<(), StorageError> {
        if self.rooms.contains(&room) { Ok(()) } else { Err(damaged(id, "it is in no room")) }
    }
}
