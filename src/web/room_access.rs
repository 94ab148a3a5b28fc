//! From an address to a room: found through the visitor, or not at all.

use super::App;
use super::context::Context;
use super::form::Fields;
use super::http_error::{HttpError, SomeoneElse};
use super::json::parse_id;
use super::sessions::Visitor;
use crate::chat::{
    Before, Body, History, Member, MemberId, NameKey, Nonce, RoomId, RoomKind, Seq, State, Timestamp,
    Username,
};
use crate::views::message::person_path;
use crate::views::room_title::RoomTitle;

/// Messages on a page.
pub(super) const PAGE: usize = 50;

/// What the path of a room's pages captures.
pub(super) enum RoomPath {
    /// `/chat` or `/rooms/ID`.
    Room(RoomId),
    /// `/people/NAME`.
    Conversation(NameKey),
}

/// What an address leads to.
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
    /// Whether the member is in it; if not, they may read, and join.
    pub(super) inside: bool,
    /// Whether it is a conversation with somebody who is no member any more.
    pub(super) over: bool,
}

impl RoomAccess {
    /// Finds the room of a path. Errors: 404 also if the visitor may not see it.
    pub(super) fn of(cx: &Context, path: &RoomPath) -> Result<Self, HttpError> {
        let found = match path {
            RoomPath::Room(room) => Self::known(cx.app, cx.visitor, *room),
            RoomPath::Conversation(name) => Self::conversation(cx.app, cx.visitor, name),
        };
        found.ok_or_else(HttpError::not_found)
    }

    /// Finds the room of a path. Errors: 404 also if the visitor is not in it.
    pub(super) fn inside(cx: &Context, path: &RoomPath) -> Result<Self, HttpError> {
        let place = Self::of(cx, path)?;
        if place.inside { Ok(place) } else { Err(HttpError::not_found()) }
    }

    fn known(app: &App, visitor: &Visitor, room: RoomId) -> Option<Self> {
        let state = app.chat.state();
        let kind = state.room_for(visitor.member, room)?.kind.clone();
        Some(Self {
            target: RoomTarget::Room(room),
            path: path_of(&state, visitor.member, room, &kind),
            heading: heading_of(&state, visitor.member, &kind),
            partner: kind.partner(visitor.member),
            inside: state.is_in(visitor.member, room),
            over: state.is_over(visitor.member, room),
        })
    }

    fn conversation(app: &App, visitor: &Visitor, name: &NameKey) -> Option<Self> {
        let state = app.chat.state();
        let (partner, member) = state.member_named(name)?;
        let room = state.pair(visitor.member, partner);
        // With somebody who left, no conversation begins.
        let is_there = room.is_some() || !member.is_former();
        is_there.then(|| Self {
            target: room.map_or(RoomTarget::NotBegun(partner), RoomTarget::Room),
            path: person_path(&member.name),
            heading: conversation(visitor.member, partner, member),
            partner: Some(partner),
            inside: true,
            over: member.is_former(),
        })
    }

    /// Refuses what was meant for another member: a name that became free may be someone else's now. Without `to`,
    /// it is for the one who has the name.
    /// `outcome` says so, and what became of what was asked for.
    pub(super) fn must_mean(&self, fields: &Fields, outcome: SomeoneElse) -> Result<(), HttpError> {
        let name = if let RoomTitle::With { name, .. } = &self.heading { Some(name) } else { None };
        match self.partner {
            Some(partner) => must_mean(partner, name, fields, outcome),
            None if fields.given("to").is_some() => Err(HttpError::bad_request(|t| t.no_one_meant)),
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

    /// Says something here. With the first message, a conversation begins.
    pub(super) fn post(
        &self,
        app: &App,
        author: MemberId,
        body: Body,
        nonce: Option<Nonce>,
        now: Timestamp,
    ) -> Result<Seq, HttpError> {
        Ok(match self.target {
            RoomTarget::Room(room) => app.chat.post(author, room, body, nonce, now)?,
            RoomTarget::NotBegun(with) => app.chat.post_privately(author, with, body, nonce, now)?,
        })
    }

    /// Messages around one, which need not be there: some before it, and some from it on.
    pub(super) fn around(
        &self,
        app: &App,
        at: Seq,
        before: usize,
        after: usize,
    ) -> Result<History, HttpError> {
        match self.room() {
            Some(room) => Ok(app.chat.around(room, at, before, after)?),
            None => Ok(self.recent(app, before + after)),
        }
    }

    /// What was said here (see [`crate::chat::Chat::history`]).
    pub(super) fn history(&self, app: &App, before: Option<Seq>, limit: usize) -> Result<History, HttpError> {
        match self.room() {
            Some(room) => Ok(app.chat.history(room, before, limit)?),
            None => Ok(self.recent(app, limit)),
        }
    }

    /// The newest of what was said here, as far as it is in memory.
    pub(super) fn recent(&self, app: &App, limit: usize) -> History {
        let state = app.chat.state();
        match self.room() {
            Some(room) => state.history(room, None, limit),
            None => {
                History { messages: Vec::new(), before: Before::Beginning, newest: true, seq: state.last() }
            }
        }
    }
}

/// Refuses a form whose `to` says that it is about another member than the one who has the name now.
pub(super) fn must_mean(
    member: MemberId,
    name: Option<&Username>,
    fields: &Fields,
    outcome: SomeoneElse,
) -> Result<(), HttpError> {
    let meant = fields.given("to").map(parse_id).transpose()?;
    let same = meant.is_none_or(|meant| MemberId(meant) == member);
    if same { Ok(()) } else { Err(HttpError::someone_else(name, outcome)) }
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
    let kind = &state.room_for(visitor.member, room).ok_or_else(HttpError::not_found)?.kind;
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

/// What a conversation is to one of the two.
pub(super) fn conversation(own: MemberId, id: MemberId, partner: &Member) -> RoomTitle {
    if id == own {
        return RoomTitle::Notes;
    }
    RoomTitle::With { name: partner.name.clone(), former: partner.is_former() }
}
