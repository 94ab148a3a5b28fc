//! News on the way to the streams.

use std::collections::{HashMap, HashSet};
use std::net::TcpStream;

use super::Seat;
use super::notices::SidebarNotice;
use super::ring::SharedBytes;
use super::socket::{CommandId, SocketArrival};
use crate::chat::{Event, MemberId, MessageChange, Record, RoomId, Seq, TokenDigest};

/// Entry of the feed; its number is the cursor by which a stream comes back.
#[derive(Clone, Copy, Debug)]
pub(super) enum FeedItem {
    /// Something was said in a room.
    Said(RoomId),
    /// A message has another text, or is there no more.
    Changed(MessageChange),
    /// Something was said and is not there any more.
    Nothing,
}

impl FeedItem {
    /// The room that it is about, if it is about one.
    pub(super) fn room(self) -> Option<RoomId> {
        match self {
            Self::Said(room) | Self::Changed(MessageChange { room, .. }) => Some(room),
            Self::Nothing => None,
        }
    }
}

/// News that the thread of the streams has not taken yet.
#[derive(Default)]
pub(super) struct FeedInbox {
    /// The chat was restored anew as of this record, before all that is here.
    pub(super) restored: Option<Seq>,
    pub(super) news: Vec<(Seq, FeedItem)>,
    /// Each with the number of the newest record that gave it.
    pub(super) notices: HashMap<SidebarNotice, Seq>,
    pub(super) ended: Vec<TokenDigest>,
    /// Memberships that ended.
    pub(super) left: Vec<(MemberId, RoomId)>,
    pub(super) deleted: Vec<RoomId>,
    /// Rooms that others are in now.
    pub(super) moved: HashSet<RoomId>,
    /// A WebSocket is told apart by what comes along with it.
    pub(super) arrivals: Vec<(Seat, TcpStream, Option<Box<SocketArrival>>)>,
    /// Frames that answer what clients said.
    pub(super) answers: Vec<(CommandId, SharedBytes)>,
    /// Tickets of streams that have to give way.
    pub(super) revoked: Vec<u64>,
    pub(super) hints: bool,
    pub(super) stopping: bool,
}

impl FeedInbox {
    fn notice(&mut self, record: &Record, notice: SidebarNotice) {
        self.notices.insert(notice, record.seq);
    }

    /// Adds the news that a record is to streams.
    pub(super) fn note(&mut self, record: &Record) {
        if let Some(change) = record.change() {
            self.news.push((record.seq, FeedItem::Changed(change)));
        }
        match &record.event {
            Event::Posted { room, .. } => self.news.push((record.seq, FeedItem::Said(*room))),
            // Its author's list tells of it.
            Event::Reacted { author, .. } | Event::ReactionRemoved { author, .. } => {
                self.notice(record, SidebarNotice::Member(*author));
            }
            Event::RoomChanged { room, .. } => self.notice(record, SidebarNotice::Room(*room)),
            Event::Read { member, .. }
            | Event::MarkedUnread { member, .. }
            | Event::ReactionsSeen { member, .. }
            | Event::NotificationLevelChosen { member, .. }
            | Event::QuietHoursChosen { member, .. }
            | Event::Invited { member, .. }
            | Event::InvitationDeclined { member, .. } => {
                self.notice(record, SidebarNotice::Member(*member));
            }
            Event::Joined { member, room } => {
                self.moved.insert(*room);
                self.notice(record, SidebarNotice::Member(*member));
            }
            Event::Left { member, room } => {
                self.moved.insert(*room);
                self.left.push((*member, *room));
                self.notice(record, SidebarNotice::Member(*member));
            }
            Event::RoomDeleted { room, open } => {
                self.moved.insert(*room);
                self.deleted.push(*room);
                if *open {
                    self.notice(record, SidebarNotice::Room(RoomId::SHARED));
                }
            }
            // One room more to browse, or another list of people.
            Event::RoomOpened { open: true, .. } | Event::Registered { .. } => {
                self.notice(record, SidebarNotice::Room(RoomId::SHARED));
            }
            Event::MemberRemoved { left: rooms, .. } | Event::MemberReturned { conversations: rooms, .. } => {
                self.moved.extend(rooms);
                self.notice(record, SidebarNotice::Room(RoomId::SHARED));
            }
            Event::SessionEnded { digest } | Event::SessionRevoked { digest, .. } => {
                self.ended.push(*digest);
            }
            // Changes of messages, which are news above.
            Event::Edited { .. }
            | Event::Removed { .. }
            | Event::FileRemoved { .. }
            | Event::Pinned { .. }
            | Event::Unpinned { .. }
            // Its first member joins it.
            | Event::RoomOpened { open: false, .. }
            | Event::PairOpened { .. }
            | Event::SessionOpened { .. }
            | Event::RevokedSessionsForgotten { .. }
            | Event::DeviceKnown { .. }
            | Event::DeviceForgotten { .. }
            | Event::ResetOffered { .. }
            | Event::PasswordChanged { .. }
            | Event::ZoneChosen { .. }
            | Event::LanguageChosen { .. }
            | Event::RoleChanged { .. }
            | Event::Configured(_)
            | Event::FileAdded { .. }
            | Event::FilesDropped { .. } => {}
        }
    }
}
