//! What was just done, told on the page that a form leads to.

use super::context::Context;
use super::request::Request;
use crate::chat::{MemberId, State};
use crate::views::isolated;

/// The result of a form that the next page does not show by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    LeftRoom,
    RoomDeleted,
    Declined,
    MessageDeleted,
    MarkedUnread,
    EverythingRead,
    MemberRemoved(MemberId),
    OwnerMade(MemberId),
    OwnerUnmade(MemberId),
}

impl Outcome {
    /// The address of a page, without a fragment, that tells it.
    pub(super) fn told_at(self, page: &str) -> String {
        let (word, who) = match self {
            Self::LeftRoom => ("left", None),
            Self::RoomDeleted => ("room-deleted", None),
            Self::Declined => ("declined", None),
            Self::MessageDeleted => ("message-deleted", None),
            Self::MarkedUnread => ("unread", None),
            Self::EverythingRead => ("read", None),
            Self::MemberRemoved(who) => ("removed", Some(who)),
            Self::OwnerMade(who) => ("owner", Some(who)),
            Self::OwnerUnmade(who) => ("no-owner", Some(who)),
        };
        let start = if page.contains('?') { '&' } else { '?' };
        let who = who.map(|who| format!("&who={}", who.0)).unwrap_or_default();
        format!("{page}{start}done={word}{who}")
    }

    fn of(request: &Request) -> Option<Self> {
        let fields = request.query(form![done, who]).ok()?;
        let who = || fields.who.id().ok().flatten().map(MemberId);
        match &*fields.done {
            "left" => Some(Self::LeftRoom),
            "room-deleted" => Some(Self::RoomDeleted),
            "declined" => Some(Self::Declined),
            "message-deleted" => Some(Self::MessageDeleted),
            "unread" => Some(Self::MarkedUnread),
            "read" => Some(Self::EverythingRead),
            "removed" => who().map(Self::MemberRemoved),
            "owner" => who().map(Self::OwnerMade),
            "no-owner" => who().map(Self::OwnerUnmade),
            _ => None,
        }
    }

    /// The sentence for an address's `done`; None where the state says otherwise.
    pub(super) fn told(cx: &Context, state: &State) -> Option<String> {
        let outcome = Self::of(cx.request)?;
        let (texts, activity) = {
            let texts = cx.request.locale.texts();
            (&texts.outcome, &texts.activity)
        };
        let (who, sentence) = match outcome {
            Self::LeftRoom => return Some(texts.left_room.to_owned()),
            Self::RoomDeleted => return Some(texts.room_deleted.to_owned()),
            Self::Declined => return Some(texts.declined.to_owned()),
            Self::MessageDeleted => return Some(texts.message_deleted.to_owned()),
            Self::MarkedUnread => return Some(activity.marked_unread.to_owned()),
            Self::EverythingRead => return Some(activity.everything_read.to_owned()),
            Self::MemberRemoved(who) => (who, texts.member_removed),
            Self::OwnerMade(who) => (who, texts.owner_made),
            Self::OwnerUnmade(who) => (who, texts.owner_unmade),
        };
        let member = state.member(who)?;
        let is_so = match outcome {
            Self::MemberRemoved(_) => state.is_owner(cx.visitor.member) && member.is_former(),
            Self::OwnerMade(_) => member.owner,
            _ => !member.owner && !member.is_former(),
        };
        is_so.then(|| sentence(&isolated(member.name.as_str())))
    }
}
