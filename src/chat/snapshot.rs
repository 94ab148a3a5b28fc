//! A chat as the log keeps it, table by table.

use super::configuration::Configuration;
use super::event::{ForgottenChange, ReadMarker, Record};
use super::file::{FileId, UnsentFile};
use super::member::{KnownDevice, RevokedSession, Session};
use super::message::{Message, MessageChange};
use super::model::{MemberId, Nonce, PasswordHash, RoomId, Seq, Timestamp, TokenDigest};
use super::names::Username;
use super::notification::{NotificationLevel, QuietHours};
use super::room::RoomKind;
use crate::text::Language;
use crate::time_zone::Zone;

/// A chat as it is kept: each list in the order of its numbers.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The newest number that was given.
    pub newest: Seq,
    pub configuration: Option<Kept<Configuration>>,
    /// Also those who were removed.
    pub members: Vec<KeptMember>,
    /// Open sessions.
    pub sessions: Vec<(TokenDigest, Session)>,
    /// Sessions that a removal ended.
    pub revoked_sessions: Vec<(TokenDigest, RevokedSession)>,
    /// Browsers in which members signed in.
    pub known_devices: Vec<(TokenDigest, KnownDevice)>,
    /// Open offers to set a new password.
    pub password_resets: Vec<Kept<KeptReset>>,
    /// Rooms and conversations, without the shared one.
    pub rooms: Vec<Kept<KeptRoom>>,
    /// Without the shared room and conversations.
    pub memberships: Vec<Kept<(RoomId, MemberId)>>,
    /// Members who left a room by their own decision.
    pub departures: Vec<(RoomId, MemberId)>,
    /// Invitations that are open.
    pub invitations: Vec<Kept<KeptInvitation>>,
    /// Up to where each member has seen each room that they are in.
    pub read_markers: Vec<ReadMarker>,
    /// Pinned messages, in the order in which they were pinned.
    pub pins: Vec<(RoomId, Seq)>,
    /// How much of rooms members want to be told of, where that is not the default.
    pub notification_levels: Vec<(MemberId, RoomId, NotificationLevel)>,
    /// The newest change of messages; of those that removed one, with the nonce that it had.
    pub changes: Vec<(MessageChange, Option<(MemberId, Nonce)>)>,
    /// Up to where changes are not known.
    pub forgotten_changes: Vec<ForgottenChange>,
    /// Files that were uploaded and not sent.
    pub unsent_files: Vec<(FileId, UnsentFile)>,
    /// The newest messages.
    pub messages: Vec<Message>,
    /// Records that follow all of this, and are in none of it.
    pub tail: Vec<Record>,
}

/// A row of a table with the number of the record that made it.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    pub id: Seq,
    /// The record's time.
    pub at: Timestamp,
    pub value: T,
}

/// A member, or somebody who was one.
#[derive(Clone, Debug)]
pub struct KeptMember {
    /// The number of their record.
    pub id: MemberId,
    /// When they registered.
    pub since: Timestamp,
    pub name: Username,
    /// Empty where they were removed.
    pub password: PasswordHash,
    /// In which they read times, if not the chat's.
    pub zone: Option<Zone>,
    /// In which they read, if not their browser's.
    pub language: Option<Language>,
    /// When they are not told of anything.
    pub quiet_hours: Option<QuietHours>,
    /// Up to where they have seen reactions to their messages.
    pub reactions_seen: Seq,
    pub owner: bool,
    /// When they were removed.
    pub removed: Option<Timestamp>,
    /// Removed, and others may take the name.
    pub name_freed: bool,
}

/// A room or a conversation.
#[derive(Clone, Debug)]
pub struct KeptRoom {
    /// The member who opened or began it; None: a record of an older version, which does not say.
    pub by: Option<MemberId>,
    pub kind: RoomKind,
}

/// An offer to set a new password.
#[derive(Clone, Debug)]
pub struct KeptReset {
    /// The owner who made it; none where the host did.
    pub by: Option<MemberId>,
    pub member: MemberId,
    pub digest: TokenDigest,
}

/// An invitation to come back to a room.
#[derive(Clone, Debug)]
pub struct KeptInvitation {
    pub room: RoomId,
    pub member: MemberId,
    /// The member who invited them.
    pub by: MemberId,
}

impl Snapshot {
    /// The numbers of records that are kept as something of their own, messages aside, in no order.
    #[cfg(feature = "sqlite")]
    pub(crate) fn numbers(&self) -> Vec<Seq> {
        let mut all: Vec<Seq> = self.members.iter().map(|member| member.id.0).collect();
        all.extend(self.configuration.iter().map(|kept| kept.id));
        all.extend(self.sessions.iter().map(|(_, session)| session.id));
        all.extend(self.revoked_sessions.iter().map(|(_, session)| session.id));
        all.extend(self.known_devices.iter().map(|(_, device)| device.id));
        all.extend(self.password_resets.iter().map(|kept| kept.id));
        all.extend(self.rooms.iter().map(|kept| kept.id));
        all.extend(self.memberships.iter().map(|kept| kept.id));
        all.extend(self.invitations.iter().map(|kept| kept.id));
        all.extend(self.changes.iter().map(|(change, _)| change.seq));
        all.extend(self.unsent_files.iter().map(|(id, _)| id.0));
        all
    }
}
