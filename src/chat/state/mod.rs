//! The state, and its mutations: what the records amount to.

mod access;
mod files;
#[cfg(test)]
mod invariants;
mod members;
mod messages;
mod reactions;
mod restore;
mod rooms;
mod sessions;
mod unread_mentions;
mod unread_reactions;
mod window;

use std::collections::{HashMap, VecDeque};

use super::configuration::Configuration;
use super::directory::Directory;
use super::event::{Event, Record};
use super::file::{FileId, OwnedKey, UnsentFile};
use super::member::{KnownDevice, Member, PasswordReset, Session};
use super::message::{Message, MessageChange};
use super::model::{MemberId, Nonce, RoomId, Seq, TokenDigest};
use super::notification::NotificationLevel;
use super::quote::Excerpt;
use super::room::{Room, RoomKind};
use sessions::RevokedSessions;
pub(super) use unread_mentions::MENTIONS_KNOWN_MAX;
use unread_mentions::UnreadMentions;
pub use unread_reactions::UnreadReaction;
use unread_reactions::UnreadReactions;
pub use window::HISTORY_BYTES_PER_MESSAGE;
use window::Window;

/// The chat as of one record. The same records give the same state.
///
/// Only the modules of this folder change it. What is derived in it is named below by its invariant, a function of
/// `invariants.rs` that computes it anew; the log's contract calls them after every verb.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    pub(super) last: Seq,
    /// Who has seen less cannot catch up: what came between is not known record by record.
    begins_at: Seq,
    pub(super) configuration: Configuration,
    /// The record that decided it; 0: none did.
    pub(super) configured: Seq,
    /// All who ever registered. Invariant: `rooms_and_members_agree`.
    pub(super) members: HashMap<MemberId, Member>,
    /// Invariant: `names_are_kept`, each member's own spelling means them.
    pub(super) names: Directory,
    /// Open sessions. Invariant: `tokens_are_their_members`, each is listed with one member who was not removed.
    pub(super) sessions: HashMap<TokenDigest, Session>,
    pub(super) revoked_sessions: RevokedSessions,
    /// Browsers in which members signed in, few a member. Invariant: `tokens_are_their_members`.
    pub(super) known_devices: HashMap<TokenDigest, KnownDevice>,
    /// Open offers to set a new password. Invariant: `tokens_are_their_members`, one a member.
    pub(super) offers: HashMap<TokenDigest, PasswordReset>,
    /// Invariant: `unsent_files_are_few`.
    pub(super) unsent_files: HashMap<FileId, UnsentFile>,
    /// The messages of the window that have files. Invariant: `files_are_of_one_message`.
    pub(super) file_messages: HashMap<FileId, Seq>,
    /// Names of bytes that nothing has any more, and that are to be removed; empty where an archive keeps those.
    pub(super) dropped_files: Vec<OwnedKey>,
    pub(super) window: Window,
    /// Invariant: `unread_mentions_are_unread`.
    pub(super) unread_mentions: UnreadMentions,
    /// Invariant: `unread_reactions_are_unseen`.
    pub(super) unread_reactions: UnreadReactions,
    /// Those that are not the default. Invariant: `levels_are_of_memberships`.
    pub(super) levels: HashMap<(MemberId, RoomId), NotificationLevel>,
    /// Invariant: `nonces_are_of_known_messages`, those of the window and of known removals.
    pub(super) nonces: HashMap<(MemberId, Nonce), Seq>,
    /// The newest change of each of [`super::CHANGES_MAX`] messages, in order; of those that removed one, with the
    /// nonce that it had. Invariant: `changes_are_of_different_messages`.
    pub(super) changes: VecDeque<(MessageChange, Option<(MemberId, Nonce)>)>,
    /// Invariant: `rooms_and_members_agree`, who is in or invited is listed on both sides.
    pub(super) rooms: HashMap<RoomId, Room>,
    /// Conversations by their two members, the lower id first. Invariant: `pairs_are_their_rooms`.
    pub(super) pairs: HashMap<(MemberId, MemberId), RoomId>,
    /// Up to where each member has seen each room. Invariant: `markers_are_memberships`, one for each.
    pub(super) marks: HashMap<(MemberId, RoomId), Seq>,
}

impl State {
    /// An empty chat that holds up to `history` messages (see [`super::HISTORY_BYTES_PER_MESSAGE`]).
    pub fn new(history: usize) -> Self {
        Self {
            last: Seq::default(),
            begins_at: Seq::default(),
            configuration: Configuration::default(),
            configured: Seq::default(),
            members: HashMap::new(),
            names: Directory::default(),
            sessions: HashMap::new(),
            revoked_sessions: RevokedSessions::default(),
            known_devices: HashMap::new(),
            offers: HashMap::new(),
            unsent_files: HashMap::new(),
            file_messages: HashMap::new(),
            dropped_files: Vec::new(),
            window: Window::new(history),
            unread_mentions: UnreadMentions::default(),
            unread_reactions: UnreadReactions::default(),
            levels: HashMap::new(),
            nonces: HashMap::new(),
            changes: VecDeque::new(),
            rooms: HashMap::from([(RoomId::SHARED, Room::new(RoomKind::Shared))]),
            pairs: HashMap::new(),
            marks: HashMap::new(),
        }
    }

    /// The one function that changes memory. Cannot fail: what is recorded has happened.
    #[expect(clippy::too_many_lines, reason = "an arm for each event")]
    pub fn apply(&mut self, record: &Record) {
        self.last = record.seq;
        if let Some((member, data)) = record.event.ends() {
            for data in data {
                self.end(member, *data);
            }
        }
        match &record.event {
            Event::Registered { name, password, owner } => {
                let member = Member::new(record.at, name.clone(), password.clone(), *owner);
                self.add_member(MemberId(record.seq), member);
            }
            Event::SessionOpened { member, digest, device } => {
                let (member, device) = (*member, device.clone());
                self.open_session(*digest, Session { id: record.seq, member, opened: record.at, device });
            }
            Event::SessionEnded { digest } => self.end_session(digest),
            Event::SessionRevoked { member, digest } => self.revoke_session(record, *member, *digest),
            Event::DeviceKnown { member, digest } => {
                let device = KnownDevice { id: record.seq, member: *member, seen: record.at };
                self.know_device(*digest, device);
            }
            Event::DeviceForgotten { digest } => self.forget_device(digest),
            Event::RevokedSessionsForgotten { up_to } => self.revoked_sessions.forget(*up_to),
            Event::ResetOffered { by, member, digest } => {
                self.offers.insert(*digest, PasswordReset { by: *by, member: *member, made: record.at });
            }
            Event::PasswordChanged { member, password } => {
                self.update_member(*member, |member| member.password = password.clone());
            }
            Event::ZoneChosen { member, zone } => self.update_member(*member, |member| member.zone = *zone),
            Event::LanguageChosen { member, language } => {
                self.update_member(*member, |member| member.language = *language);
            }
            Event::RoleChanged { member, owner } => {
                self.update_member(*member, |member| member.owner = *owner);
            }
            Event::MemberRemoved { member, name_freed, .. } => {
                self.remove_member_from_state(*member, *name_freed, record.at);
            }
            Event::MemberReturned { member, name, conversations } => {
                self.bring_member_back(record, *member, name, conversations);
            }
            Event::Configured(configuration) => {
                self.configuration = configuration.clone();
                self.configured = record.seq;
            }
            Event::RoomOpened { by, name, topic, open } => {
                let kind = RoomKind::Named { name: name.clone(), topic: topic.clone(), open: *open };
                self.open_room(RoomId(record.seq), *by, kind);
            }
            Event::RoomChanged { room, name, topic } => {
                if let Some(Room { kind: RoomKind::Named { name: old, topic: about, .. }, .. }) =
                    self.rooms.get_mut(room)
                {
                    (*old, *about) = (name.clone(), topic.clone());
                }
            }
            Event::RoomDeleted { room, .. } => self.delete_room(*room),
            Event::PairOpened { by, one, other } => {
                self.open_pair(RoomId(record.seq), *by, (*one, *other));
            }
            Event::Joined { room, member } => self.add_to_room(*member, *room),
            Event::Invited { room, member, by } => self.invite(*member, *room, *by),
            Event::InvitationDeclined { room, member } => self.drop_invitation(*member, *room),
            Event::Left { room, member } => self.remove_from_room(*member, *room),
            Event::Read { .. } => {}
            Event::Posted { .. } => {
                if let Some(message) = record.message() {
                    if message.amendments.pin.is_some() {
                        self.add_pin(message.room, message.id);
                    }
                    self.insert_message(message);
                }
            }
            Event::FileAdded { owner, file } => {
                let (owner, added, file) = (*owner, record.at, file.clone());
                self.add_file(FileId(record.seq), UnsentFile { owner, added, file });
            }
            Event::FilesDropped { ids } => self.drop_unsent(ids),
            Event::FileRemoved { message, file, gone, .. } => {
                self.note_change(record, None);
                self.remove_file(*message, *file, *gone);
            }
            Event::Edited { message, room, body, mentions, group, notified, .. } => {
                self.note_change(record, None);
                let before = self.window.get(*message).map(Message::notified);
                self.unread_mentions.gone(*message, before.as_ref());
                if self.is_kept(*message) {
                    self.note_mentions(*room, *message, notified.iter().copied());
                }
                self.edit_message(*message, body, (mentions, group), record.at);
                self.quote_again(*message, *room, || Some(Excerpt::of(body)));
            }
            Event::Reacted { message, room, author, member, emoji, .. } => {
                self.note_change(record, None);
                self.add_reaction(record, (*message, *room, *author), *member, emoji);
            }
            Event::ReactionRemoved { message, author, reaction, .. } => {
                self.note_change(record, None);
                self.remove_reaction(*message, *author, *reaction);
            }
            Event::Pinned { message, room, by, .. } => {
                self.note_change(record, None);
                self.pin(record, *message, *room, *by);
            }
            Event::Unpinned { message, room, .. } => {
                self.note_change(record, None);
                self.unpin(*message, *room);
            }
            Event::NotificationLevelChosen { member, room, level } => {
                self.choose_level(*member, *room, *level);
            }
            Event::QuietHoursChosen { member, hours } => {
                self.update_member(*member, |member| member.quiet_hours = *hours);
            }
            Event::ReactionsSeen { member, up_to } => {
                self.update_member(*member, |member| member.reactions_seen = *up_to);
                self.unread_reactions.seen(*member, *up_to);
            }
            Event::MarkedUnread { member, room, after, mentions } => {
                self.mark_unread(*member, *room, *after, mentions);
            }
            Event::Removed { message, room, sent, .. } => {
                self.note_change(record, sent.as_ref());
                self.delete_message(*room, *message);
                self.quote_again(*message, *room, || None);
            }
        }
        for marker in record.read_markers() {
            self.advance_read_marker(marker);
        }
    }

    /// The number of the newest record.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// It takes the place of another, which may have been of another history.
    pub(super) fn begins_here(&mut self) {
        self.begins_at = self.last;
    }

    /// Tells if all that came after a record is known. False also where that is from another history.
    pub(super) fn goes_on_from(&self, seq: Seq) -> bool {
        (self.begins_at..=self.last).contains(&seq)
    }

    /// Forgets how it came to be what it is.
    #[cfg(test)]
    pub(super) fn forget_what_was(&mut self, last: Seq) {
        (self.last, self.begins_at) = (last, Seq::default());
        self.window.forget_what_was();
        self.dropped_files.clear();
    }

    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The number of the record by which they did; 0: none.
    pub fn configured(&self) -> Seq {
        self.configured
    }
}
