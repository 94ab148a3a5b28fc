//! A state from what was kept.

use super::State;
use super::unread_mentions::MENTIONS_KNOWN_MAX;
use super::unread_reactions::REACTIONS_KNOWN_MAX;
use crate::chat::event::ForgottenChange;
use crate::chat::log::Archive;
use crate::chat::member::{Member, PasswordReset};
use crate::chat::model::{MemberId, RoomId, Seq};
use crate::chat::room::RoomKind;
use crate::chat::snapshot::{Kept, KeptInvitation, KeptMember, KeptReset, KeptRoom, Snapshot};
use crate::chat::storage_error::StorageError;

impl State {
    /// The state that was kept; it holds up to `history` messages.
    pub(in crate::chat) fn restore(history: usize, snapshot: Snapshot) -> Self {
        let mut state = Self::new(history);
        state.window.remember(true);
        if let Some(Kept { id, value, .. }) = snapshot.configuration {
            (state.configuration, state.configured) = (value, id);
        }
        for member in snapshot.members {
            state.restore_member(member);
        }
        for Kept { id, value: KeptRoom { by, kind }, .. } in snapshot.rooms {
            state.restore_room(RoomId(id), by, kind);
        }
        for Kept { value: (room, member), .. } in snapshot.memberships {
            state.add_to_room(member, room);
        }
        for (room, member) in snapshot.departures {
            state.note_departure(member, room);
        }
        for Kept { value: KeptInvitation { room, member, by }, .. } in snapshot.invitations {
            state.invite(member, room, by);
        }
        for (digest, session) in snapshot.sessions {
            state.open_session(digest, session);
        }
        for (digest, session) in snapshot.revoked_sessions {
            state.revoked_sessions.add(digest, session);
        }
        for (digest, device) in snapshot.known_devices {
            state.know_device(digest, device);
        }
        for Kept { at, value: KeptReset { by, member, digest }, .. } in snapshot.password_resets {
            state.offers.insert(digest, PasswordReset { by, member, made: at });
        }
        for (id, file) in snapshot.unsent_files {
            state.add_file(id, file);
        }
        for marker in snapshot.read_markers {
            state.advance_read_marker(marker);
        }
        for message in snapshot.messages {
            state.insert_message(message);
        }
        for (room, message) in snapshot.pins {
            state.add_pin(room, message);
        }
        for (member, room, level) in snapshot.notification_levels {
            state.choose_level(member, room, Some(level));
        }
        for (change, sent) in snapshot.changes {
            state.nonces.extend(sent.clone().map(|sent| (sent, change.message)));
            state.changes.push_back((change, sent));
        }
        for ForgottenChange { room, seq } in snapshot.forgotten_changes {
            state.changes_are_forgotten(room, seq);
        }
        for record in &snapshot.tail {
            state.apply(record);
        }
        state.last = state.last.max(snapshot.newest);
        state
    }

    fn restore_member(&mut self, kept: KeptMember) {
        let KeptMember {
            id,
            since,
            name,
            password,
            zone,
            language,
            quiet_hours,
            reactions_seen,
            owner,
            removed,
            name_freed,
        } = kept;
        if !name_freed {
            self.names.claim(&name, id);
        }
        let member = Member {
            zone,
            language,
            quiet_hours,
            reactions_seen,
            removed,
            ..Member::new(since, name, password, owner)
        };
        self.members.insert(id, member);
    }

    fn restore_room(&mut self, room: RoomId, by: Option<MemberId>, kind: RoomKind) {
        let RoomKind::Pair(one, other) = kind else { return self.open_room(room, by, kind) };
        self.open_pair(room, by, (one, other));
    }

    /// Only what memory holds counts from now on.
    pub(in crate::chat) fn recall_nothing(&mut self) {
        self.window.remember(false);
        self.unread_mentions.retain(|message| self.window.get(message).is_some());
        self.unread_reactions.retain(|known| self.window.get(known.message).is_some());
    }

    /// As [`super::window::Window::missing`], up to the newest record: an archive may know of those that come later.
    pub(in crate::chat) fn missing(&self, room: RoomId) -> (Seq, usize) {
        let (before, count) = self.window.missing(room);
        (before.min(self.last.next()), count)
    }

    /// Recalls what memory does not hold and counts as unread: the newest messages of each room, and mentions. What comes
    /// after the newest record is left out: other nodes may have appended it already, and it is applied in its turn.
    pub(in crate::chat) fn recall_all(&mut self, archive: &dyn Archive) -> Result<(), StorageError> {
        self.dropped_files.clear();
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            let (before, missing) = self.missing(room);
            if missing > 0 {
                let ids = archive.ids_before(room, before, missing)?;
                self.window.mark_incomplete_until(room, before, &ids, ids.len() < missing);
            }
        }
        let members: Vec<MemberId> = self.active_members().map(|(id, _)| id).collect();
        for member in members {
            let seen = self.member(member).map(|member| member.reactions_seen).unwrap_or_default();
            let found = archive.reactions_after(member, seen, REACTIONS_KNOWN_MAX)?;
            for reaction in found.into_iter().filter(|reaction| reaction.id <= self.last) {
                self.unread_reactions.add(member, reaction);
            }
            let rooms = self.member(member).into_iter().flat_map(|member| &member.rooms);
            let rooms: Vec<RoomId> = [RoomId::SHARED].iter().chain(rooms).copied().collect();
            for room in rooms {
                let seen = self.read_marker_of(member, room);
                if self.window.newest_in(room) > seen {
                    let found = archive.mentions_after(member, room, seen, MENTIONS_KNOWN_MAX)?;
                    for message in found.into_iter().filter(|message| *message <= self.last) {
                        self.unread_mentions.add(member, room, message);
                    }
                }
            }
        }
        Ok(())
    }
}
