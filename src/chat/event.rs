//! Events: decisions in the past tense. Storage, export and replay derive from them and decide nothing again.

mod effects;
mod renumber;

use std::sync::Arc;

use super::configuration::Configuration;
use super::file::{FileId, FileRecord, Files};
use super::mentions::{GroupMention, Mentions};
use super::message::Amendments;
use super::model::{
    Body, Device, MemberId, Nonce, PasswordHash, RoomId, RoomName, Seq, Timestamp, TokenDigest, Topic,
};
use super::names::Username;
use super::notification::{NotificationLevel, QuietHours};
use super::quote::Quote;
use super::reaction::Emoji;
use crate::text::Language;
use crate::time_zone::Zone;

/// One change of the chat. Everything that changes anything is one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody became a member; the record's number is their id.
    Registered {
        name: Username,
        password: PasswordHash,
        /// True for the first member.
        owner: bool,
    },
    /// A member signed in on some device.
    SessionOpened { member: MemberId, digest: TokenDigest, device: Device },
    /// A device was signed out, by its owner or because it was unused for too long.
    SessionEnded { digest: TokenDigest },
    /// A member's removal ended a session; who bears its token is told so for a while.
    SessionRevoked { member: MemberId, digest: TokenDigest },
    /// A member signed in, and this browser is known from then on.
    DeviceKnown { member: MemberId, digest: TokenDigest },
    /// A browser is known no more.
    DeviceForgotten { digest: TokenDigest },
    /// Of the sessions that removals ended, those up to this record are known no more.
    RevokedSessionsForgotten { up_to: Seq },
    /// Whoever bears this token may set a new password for the member, who may be one that was removed, within
    /// [`super::RESET_TIME`]. It takes the place of an earlier offer.
    ResetOffered {
        /// The owner who made it, as long as they are one; nobody: who runs the chat.
        by: Option<MemberId>,
        member: MemberId,
        digest: TokenDigest,
    },
    /// A member has a new password; what was offered to set one is void, and their devices are known no more.
    PasswordChanged { member: MemberId, password: PasswordHash },
    /// A member chose the zone in which they read times; nothing is the chat's own.
    ZoneChosen { member: MemberId, zone: Option<Zone> },
    /// A member chose the language of what they read; nothing is their browser's.
    LanguageChosen { member: MemberId, language: Option<Language> },
    /// A member is an owner of the chat now, or is none any more.
    RoleChanged { member: MemberId, owner: bool },
    /// Somebody is no member any more. Their settings and all `MemberData` go with them; what they said stays.
    /// Sessions and rooms that end with them have events of their own: [`Event::SessionRevoked`] before this one, and
    /// [`Event::RoomDeleted`] after it.
    MemberRemoved {
        member: MemberId,
        /// Somebody else may take their name.
        name_freed: bool,
        /// The rooms and conversations that they were in, the shared one aside.
        left: Vec<RoomId>,
    },
    /// Somebody who was removed is a member again (see `verbs/removal.rs`).
    MemberReturned {
        member: MemberId,
        /// Their former name, unless that was freed and taken.
        name: Username,
        /// The conversations, notes included, that they had before and are in again.
        conversations: Vec<RoomId>,
    },
    /// The owners decided about the chat.
    Configured(Configuration),
    /// Somebody opened a room, in which nobody is yet; the record's number is its id.
    RoomOpened {
        /// None: a record of an older version, which does not say.
        by: Option<MemberId>,
        name: RoomName,
        topic: Topic,
        /// All members may see and join it; else only those whom its members add.
        open: bool,
    },
    /// A room has another name or topic.
    RoomChanged { room: RoomId, name: RoomName, topic: Topic },
    /// A room that nobody was in or invited to any more is gone, with its messages.
    RoomDeleted {
        /// All members could see it.
        open: bool,
        room: RoomId,
    },
    /// Two members (or one, with themselves) have a conversation; the record's number is its room's id.
    PairOpened {
        /// None: a record of an older version, which does not say.
        by: Option<MemberId>,
        /// The one whose id is lower.
        one: MemberId,
        other: MemberId,
    },
    /// A member is in a room now; if they were invited, they accepted.
    Joined { room: RoomId, member: MemberId },
    /// A member, who left a room, is invited to come back; they can join or decline.
    Invited { room: RoomId, member: MemberId, by: MemberId },
    /// A member does not come back to a room, so far.
    InvitationDeclined { room: RoomId, member: MemberId },
    /// A member left a room, by their own decision.
    Left { room: RoomId, member: MemberId },
    /// A member has seen a room's messages up to here.
    Read {
        member: MemberId,
        room: RoomId,
        /// The newest number that they have seen.
        up_to: Seq,
    },
    /// A member said something; the record's number is the message's id.
    Posted {
        author: MemberId,
        room: RoomId,
        body: Body,
        mentions: Mentions,
        group: Option<Arc<GroupMention>>,
        /// The message of the same room that it answers.
        quote: Option<Box<Quote>>,
        /// They are among the unsent files no more; those of a record that is read again never were.
        files: Files,
        /// The word by which a repeated request is known.
        nonce: Option<Nonce>,
        /// Only in records that are read again.
        amendments: Amendments,
    },
    /// A member uploaded a file, which no message has yet; the record's number is its id.
    FileAdded { owner: MemberId, file: FileRecord },
    /// Files that were uploaded and not sent are gone.
    FilesDropped { ids: Vec<FileId> },
    /// A message has a file less.
    FileRemoved {
        message: Seq,
        room: RoomId,
        file: FileId,
        /// Nobody took it out: the message has it still, without its bytes.
        gone: bool,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
    /// A message has another text; the one before is nowhere any more.
    Edited {
        message: Seq,
        room: RoomId,
        body: Body,
        /// Those of the new text.
        mentions: Mentions,
        group: Option<Arc<GroupMention>>,
        /// All who are told of the message from now on, in the order of their ids; see [`super::Message::notified`].
        notified: Arc<[MemberId]>,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
    /// A member put an emoji beside a message; the record's number is the reaction's id.
    Reacted {
        message: Seq,
        room: RoomId,
        /// Of the message.
        author: MemberId,
        member: MemberId,
        emoji: Emoji,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
    /// A member took a reaction back.
    ReactionRemoved {
        message: Seq,
        room: RoomId,
        /// Of the message.
        author: MemberId,
        reaction: Seq,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
    /// A room shows a message apart.
    Pinned {
        message: Seq,
        room: RoomId,
        by: MemberId,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
    /// It does so no more.
    Unpinned {
        message: Seq,
        room: RoomId,
        by: MemberId,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
    /// A member chose how much of a room they are told of; nothing is the default of its kind.
    NotificationLevelChosen { member: MemberId, room: RoomId, level: Option<NotificationLevel> },
    /// A member chose when they are not told of anything.
    QuietHoursChosen { member: MemberId, hours: Option<QuietHours> },
    /// A member has seen the reactions to their messages up to here.
    ReactionsSeen { member: MemberId, up_to: Seq },
    /// A member wants a room's messages after this one to count as unread.
    MarkedUnread {
        member: MemberId,
        room: RoomId,
        after: Seq,
        /// Those of them that notify the member, as far as these are known; in order.
        mentions: Vec<Seq>,
    },
    /// A message was removed; what it said is nowhere any more.
    Removed {
        message: Seq,
        room: RoomId,
        /// The author and nonce of the message, if it had one: a repeated request must not bring it back.
        sent: Option<(MemberId, Nonce)>,
        /// The change that is forgotten for this one, as there are too many.
        forgets: Option<ForgottenChange>,
    },
}

/// A change of a message that is not known any more: nor are those of its room that came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForgottenChange {
    pub room: RoomId,
    /// The number of the change's record.
    pub seq: Seq,
}

/// Up to where a member has seen a room's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMarker {
    pub member: MemberId,
    pub room: RoomId,
    /// The newest number that they have seen.
    pub up_to: Seq,
}

/// An event in its place in history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number: one more than that of the record decided before.
    pub seq: Seq,
    /// When it was decided, by the server's clock. A clock may jump back; numbers do not.
    pub at: Timestamp,
    pub event: Event,
}

/// Data of one member that ends as a whole, when an event says so in [`Event::ends`]; memory and storage carry it out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MemberData {
    /// By which the bearer of a session is told that a removal ended it.
    RevokedSessions,
    KnownDevices,
    /// The open offer to set a new password.
    PasswordReset,
    /// In rooms and conversations.
    Memberships,
    ReadMarkers,
    Departures,
    Invitations,
    NotificationLevels,
}
