//! From an address to a room: found through the visitor, or not at all.

use super::App;
use super::context::{Context, Visitor};
use super::form::FieldText;
use super::http_error::{HttpError, SomeoneElse};
use crate::chat::{
    History, HistoryRange, Member, MemberId, NameKey, NewMessage, RoomId, RoomKind, Seq, State, Username,
};
use crate::views::paths::person_path;
use crate::views::reader::Reader;
use crate::views::room_title::RoomTitle;

/// Messages on a page.
pub(super) const PAGE: usize = 50;

/// Captured by the path of a room's pages.
pub(super) enum RoomPath {
    /// `/chat` or `/rooms/ID`.
    Room(RoomId),
    /// `/people/NAME`.
    Conversation(NameKey),
}

enum RoomTarget {
    Room(RoomId),
    /// A conversation with this member, in which nothing was said yet.
    NotBegun(MemberId),
}

/// A room as one member finds it.
pub(super) struct RoomAccess {
    target: RoomTarget,
    /// Its address, below the chat's own.
    pub(super) path: String,
    pub(super) heading: RoomTitle,
    /// In a conversation, with whom (oneself, perhaps).
    pub(super) partner: Option<MemberId>,
    /// The member is in it. If not, they may read and join.
    pub(super) inside: bool,
    /// It is a conversation with a removed member.
    pub(super) over: bool,
}

impl RoomAccess {
    /// Finds the room of a path. Errors: 404 also if the visitor may not see it.
    pub(super) fn of(cx: &Context, path: &RoomPath) -> Result<Self, HttpError> {
        Self::find(&cx.app.chat.state(), cx.visitor.member, path)
    }

    /// As whom the member reads its messages.
    pub(super) fn reader(&self, member: MemberId) -> Reader {
        if self.inside && !self.over { Reader::Member(member) } else { Reader::Onlooker }
    }

    /// Finds the room of a path. Errors: 404 also if the visitor is not in it.
    pub(super) fn inside(cx: &Context, path: &RoomPath) -> Result<Self, HttpError> {
        let access = Self::of(cx, path)?;
        if access.inside { Ok(access) } else { Err(HttpError::NotFound) }
    }

    /// Finds the room of a path. Errors: 404 also if the member may not see it.
    pub(super) fn find(state: &State, member: MemberId, path: &RoomPath) -> Result<Self, HttpError> {
        let found = match path {
            RoomPath::Room(room) => Self::known(state, member, *room),
            RoomPath::Conversation(name) => Self::conversation(state, member, name),
        };
        found.ok_or(HttpError::NotFound)
    }

    fn known(state: &State, member: MemberId, room: RoomId) -> Option<Self> {
        let kind = state.room_for(member, room)?.kind.clone();
        Some(Self {
            target: RoomTarget::Room(room),
            path: path_of(state, member, room, &kind),
            heading: heading_of(state, member, &kind),
            partner: kind.partner(member),
            inside: state.is_in(member, room),
            over: state.is_over(member, room),
        })
    }

    fn conversation(state: &State, own: MemberId, name: &NameKey) -> Option<Self> {
        let (partner, member) = state.member_named(name)?;
        let room = state.pair(own, partner);
        // With somebody who left, no conversation begins.
        let is_there = room.is_some() || !member.is_former();
        is_there.then(|| Self {
            target: room.map_or(RoomTarget::NotBegun(partner), RoomTarget::Room),
            path: person_path(&member.name),
            heading: conversation(own, partner, member),
            partner: Some(partner),
            inside: true,
            over: member.is_former(),
        })
    }

    /// Refuses what was meant for another member: a name that became free may be someone else's now. Without `to`,
    /// it is for the one who has the name.
    /// `outcome` says so, and what became of what was asked for.
    pub(super) fn must_mean(&self, to: &FieldText, outcome: SomeoneElse) -> Result<(), HttpError> {
        let name = if let RoomTitle::With { name, .. } = &self.heading { Some(name) } else { None };
        match self.partner {
            Some(partner) => must_mean(partner, name, to, outcome),
            None if to.given().is_some() => Err(HttpError::BadRequest(|t| t.no_one_meant)),
            None => Ok(()),
        }
    }

    /// The room; nothing where a conversation has not begun.
    pub(super) fn room(&self) -> Option<RoomId> {
        match self.target {
            RoomTarget::Room(room) => Some(room),
            RoomTarget::NotBegun(_) => None,
        }
    }

    /// Posts here. The first message of a conversation begins it.
    pub(super) fn post(&self, cx: &Context, message: NewMessage) -> Result<Seq, HttpError> {
        let (chat, now) = (&cx.app.chat, cx.request.now);
        Ok(match self.target {
            RoomTarget::Room(room) => chat.post(room, message, now)?,
            RoomTarget::NotBegun(with) => chat.post_privately(with, message, now)?,
        })
    }

    /// Reads messages of the room from memory and the archive.
    pub(super) fn history(&self, app: &App, range: HistoryRange) -> Result<History, HttpError> {
        match self.room() {
            Some(room) => Ok(app.chat.range(room, range)?),
            None => Ok(History::empty(app.chat.state().last())),
        }
    }

    /// Returns the same under the caller's guard. None: the archive has to be read.
    pub(super) fn history_in_memory(&self, state: &State, range: HistoryRange) -> Option<History> {
        match self.room() {
            Some(room) => state.range(room, range),
            None => Some(History::empty(state.last())),
        }
    }

    /// Returns the newest messages, as many as memory has of a page.
    pub(super) fn recent(&self, state: &State) -> History {
        match self.room() {
            Some(room) => state.history(room, None, PAGE),
            None => History::empty(state.last()),
        }
    }
}

/// Refuses a form whose `to` says that it is about another member than the one who has the name now.
pub(super) fn must_mean(
    member: MemberId,
    name: Option<&Username>,
    to: &FieldText,
    outcome: SomeoneElse,
) -> Result<(), HttpError> {
    let same = to.id()?.is_none_or(|meant| MemberId(meant) == member);
    if same { Ok(()) } else { Err(HttpError::SomeoneElse(name.cloned(), outcome)) }
}

/// The address of a room, for one who is in it.
pub(super) fn path_of(state: &State, member: MemberId, room: RoomId, kind: &RoomKind) -> String {
    match kind {
        RoomKind::Shared => "/chat".into(),
        RoomKind::Named { .. } => room_path(room),
        RoomKind::Pair(..) => {
            let partner = kind.partner(member).and_then(|id| Some((id, state.member(id)?)));
            // Their name may be somebody else's now.
            let named = partner.filter(|(id, partner)| {
                state.member_named(partner.name.key()).is_some_and(|(now, _)| now == *id)
            });
            named.map_or_else(|| room_path(room), |(_, partner)| person_path(&partner.name))
        }
    }
}

/// The address of a room for a visitor; one that they may not see is not there.
pub(super) fn address(app: &App, visitor: &Visitor, room: RoomId) -> Result<String, HttpError> {
    let state = app.chat.state();
    let kind = &state.room_for(visitor.member, room).ok_or(HttpError::NotFound)?.kind;
    Ok(app.site.path(&path_of(&state, visitor.member, room, kind)))
}

/// The address of a message in its place in a room.
pub(super) fn at_message(room: &str, id: Seq) -> String {
    format!("{room}?at={id}#m{id}")
}

/// The address of a room that members opened.
pub(super) fn room_path(room: RoomId) -> String {
    format!("/rooms/{}", room.0)
}

pub(super) fn heading_of(state: &State, member: MemberId, kind: &RoomKind) -> RoomTitle {
    match kind {
        RoomKind::Shared => RoomTitle::Shared,
        RoomKind::Named { name, topic, open } => {
            RoomTitle::Named { name: name.clone(), topic: topic.clone(), open: *open }
        }
        RoomKind::Pair(..) => {
            // Members are never forgotten, so there is one.
            let partner = kind.partner(member).and_then(|id| Some((id, state.member(id)?)));
            partner.map_or(RoomTitle::Notes, |(id, partner)| conversation(member, id, partner))
        }
    }
}

pub(super) fn conversation(own: MemberId, id: MemberId, partner: &Member) -> RoomTitle {
    if id == own {
        return RoomTitle::Notes;
    }
    RoomTitle::With { name: partner.name.clone(), former: partner.is_former() }
}
