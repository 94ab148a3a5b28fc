//! What events mean to code that does not match on them.

use super::{Event, ForgottenChange, MemberData, ReadMarker, Record};
use crate::chat::configuration::Configuration;
use crate::chat::message::{ChangeKind, Message, MessageChange};
use crate::chat::model::{MemberId, RoomId, Seq, TokenDigest};

/// An event's meaning to code that does not match on it. There is no default for an event: each is named in
/// [`Event::effects`].
#[derive(Default)]
struct Effects<'a> {
    markers: Vec<ReadMarker>,
    ends: Option<(MemberId, &'static [MemberData])>,
    /// The message that is not as it was, its room, and in which way.
    changed: Option<(Seq, RoomId, ChangeKind)>,
    /// The change that is forgotten for that one.
    forgets: Option<ForgottenChange>,
    poster: Option<MemberId>,
    ended_session: Option<TokenDigest>,
    configuration: Option<&'a Configuration>,
    erases: bool,
    order: Order,
}

/// What may be decided beside an event without knowing of it, and beside what it may be decided.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Order {
    /// Messages and read markers of other nodes make no difference to it.
    #[default]
    Plain,
    /// They do: it is decided again where another node appended any.
    HeedsTalk,
    /// The same as `Plain`; and while it is in flight, messages and read markers may be decided.
    Commutes,
    /// A message without files, or a read marker: whatever other nodes decided without it holds, unless that heeds talk.
    Talk,
}

impl Record {
    /// The message that it makes; None: it is not [`Event::Posted`].
    pub(crate) fn message(&self) -> Option<Message> {
        let Event::Posted { author, room, body, mentions, group, quote, files, nonce, amendments } =
            &self.event
        else {
            return None;
        };
        Some(Message {
            id: self.seq,
            author: *author,
            room: *room,
            at: self.at,
            body: body.clone(),
            mentions: mentions.clone(),
            group: group.clone(),
            quote: quote.clone(),
            files: files.clone(),
            amendments: amendments.clone(),
            nonce: nonce.clone(),
        })
    }

    /// The change of a message that this is, if it is one.
    pub(crate) fn change(&self) -> Option<MessageChange> {
        let (message, room, kind) = self.event.effects(self.seq).changed?;
        Some(MessageChange { seq: self.seq, message, room, kind })
    }

    /// The change that is forgotten for this one, if it is one.
    pub(crate) fn forgets(&self) -> Option<ForgottenChange> {
        self.event.effects(self.seq).forgets
    }

    /// The read markers that it moves; none moves back. Whoever comes into a room has seen what was said before, and
    /// so has whoever posts there.
    pub(crate) fn read_markers(&self) -> Vec<ReadMarker> {
        self.event.effects(self.seq).markers
    }
}

impl Event {
    /// Content that it replaces or ends must be gone from the disk afterwards.
    pub(crate) fn erases(&self) -> bool {
        self.effects(Seq::default()).erases
    }

    /// The data of a member that ends, before the event does anything else.
    pub(crate) fn ends(&self) -> Option<(MemberId, &'static [MemberData])> {
        self.effects(Seq::default()).ends
    }

    /// The author, where it posts a message.
    pub(crate) fn poster(&self) -> Option<MemberId> {
        self.effects(Seq::default()).poster
    }

    /// The session that it ends.
    pub(crate) fn ended_session(&self) -> Option<TokenDigest> {
        self.effects(Seq::default()).ended_session
    }

    pub(crate) fn configuration(&self) -> Option<&Configuration> {
        self.effects(Seq::default()).configuration
    }

    /// Messages and read markers may be decided while this is in flight: it changes nothing that they depend on.
    pub(in crate::chat) fn commutes_with_messages(&self) -> bool {
        matches!(self.effects(Seq::default()).order, Order::Commutes | Order::Talk)
    }

    /// Other nodes may have appended it since a decision was made, which holds all the same, unless that
    /// [heeds it](Self::heeds_talk).
    pub fn is_talk(&self) -> bool {
        self.effects(Seq::default()).order == Order::Talk
    }

    /// The decision depends on messages, so that it is made again where another node appended any.
    pub fn heeds_talk(&self) -> bool {
        self.effects(Seq::default()).order == Order::HeedsTalk
    }

    /// `seq` is the number of the event's record.
    fn effects(&self, seq: Seq) -> Effects<'_> {
        use MemberData::{
            Departures, Invitations, KnownDevices, Memberships, NotificationLevels, PasswordReset,
            ReadMarkers, RevokedSessions,
        };
        let seen = |member: MemberId, room: RoomId| ReadMarker { member, room, up_to: seq };
        match self {
            Self::Registered { .. } => {
                Effects { markers: vec![seen(MemberId(seq), RoomId::SHARED)], ..Effects::default() }
            }
            Self::MemberReturned { member, conversations, .. } => {
                let rooms = [RoomId::SHARED].into_iter().chain(conversations.iter().copied());
                let markers = rooms.map(|room| seen(*member, room)).collect();
                Effects { markers, ends: Some((*member, &[RevokedSessions])), ..Effects::default() }
            }
            Self::PairOpened { one, other, .. } => {
                let markers = [one, other].map(|member| seen(*member, RoomId(seq))).into();
                Effects { markers, ..Effects::default() }
            }
            Self::Joined { room, member } => {
                Effects { markers: vec![seen(*member, *room)], ..Effects::default() }
            }
            Self::Read { member, room, up_to } => {
                let marker = ReadMarker { member: *member, room: *room, up_to: *up_to };
                Effects { markers: vec![marker], order: Order::Talk, ..Effects::default() }
            }
            Self::Posted { author, room, files, .. } => {
                let (markers, poster) = (vec![seen(*author, *room)], Some(*author));
                // Others may remove a file that is not sent.
                let order = if files.is_empty() { Order::Talk } else { Order::Commutes };
                Effects { markers, poster, order, ..Effects::default() }
            }
            Self::Edited { message, room, forgets, .. }
            | Self::FileRemoved { message, room, forgets, .. } => {
                let changed = Some((*message, *room, ChangeKind::Content));
                Effects { changed, forgets: *forgets, erases: true, ..Effects::default() }
            }
            Self::Removed { message, room, forgets, .. } => {
                let changed = Some((*message, *room, ChangeKind::Removed));
                Effects { changed, forgets: *forgets, erases: true, ..Effects::default() }
            }
            Self::Reacted { message, room, forgets, .. }
            | Self::ReactionRemoved { message, room, forgets, .. } => {
                let changed = Some((*message, *room, ChangeKind::Reactions));
                Effects { changed, forgets: *forgets, order: Order::Commutes, ..Effects::default() }
            }
            Self::Pinned { message, room, forgets, .. } | Self::Unpinned { message, room, forgets, .. } => {
                let changed = Some((*message, *room, ChangeKind::Pin));
                Effects { changed, forgets: *forgets, order: Order::Commutes, ..Effects::default() }
            }
            Self::Configured(configuration) => {
                Effects { configuration: Some(configuration), erases: true, ..Effects::default() }
            }
            Self::ResetOffered { member, .. } => {
                Effects { ends: Some((*member, &[PasswordReset])), ..Effects::default() }
            }
            Self::PasswordChanged { member, .. } => {
                let ends = Some((*member, [PasswordReset, KnownDevices].as_slice()));
                Effects { ends, erases: true, ..Effects::default() }
            }
            Self::MemberRemoved { member, .. } => {
                let all: &[_] = &[
                    KnownDevices, PasswordReset, Memberships, ReadMarkers, Departures, Invitations,
                    NotificationLevels,
                ];
                Effects { ends: Some((*member, all)), erases: true, ..Effects::default() }
            }
            // An open room goes as nobody wrote there.
            Self::RoomDeleted { open, .. } => {
                let order = if *open { Order::HeedsTalk } else { Order::Plain };
                Effects { erases: true, order, ..Effects::default() }
            }
            Self::FilesDropped { .. } => Effects { erases: true, ..Effects::default() },
            // It names the messages that notify the member.
            Self::MarkedUnread { .. } => Effects { order: Order::HeedsTalk, ..Effects::default() },
            Self::SessionEnded { digest } | Self::SessionRevoked { digest, .. } => {
                Effects { ended_session: Some(*digest), ..Effects::default() }
            }
            Self::SessionOpened { .. }
            | Self::DeviceKnown { .. }
            | Self::DeviceForgotten { .. }
            | Self::RevokedSessionsForgotten { .. }
            | Self::ZoneChosen { .. }
            | Self::LanguageChosen { .. }
            | Self::RoleChanged { .. }
            | Self::RoomOpened { .. }
            | Self::RoomChanged { .. }
            | Self::Invited { .. }
            | Self::InvitationDeclined { .. }
            | Self::Left { .. }
            | Self::FileAdded { .. }
            | Self::NotificationLevelChosen { .. }
            | Self::QuietHoursChosen { .. }
            | Self::ReactionsSeen { .. } => Effects::default(),
        }
    }
}
