//! The list of rooms and people beside each page of a member.

use maud::html;
use serde_json::json;

use super::App;
use super::context::Context;
use super::reply::{HandlerResult, Reply};
use super::room_access::{heading_of, path_of};
use super::sessions::Visitor;
use crate::chat::{Invitation, Member, MemberId, NameKey, RoomSummary, State};
use crate::views::room_title::RoomTitle;
use crate::views::sidebar::{InvitationRow, PersonRow, RoomRow, Sidebar};

/// People who are listed beside a page; the rest are on a page of their own.
const PEOPLE_SHOWN: usize = 30;

/// The list beside every page.
pub(super) fn sidebar<'a>(cx: &Context<'a>, current: Option<&str>) -> Sidebar<'a> {
    let Context { app, request, visitor } = *cx;
    let mut people = people_named(app, visitor, "");
    let more = people.len().saturating_sub(PEOPLE_SHOWN);
    people.truncate(PEOPLE_SHOWN);
    let state = app.chat.state();
    let member = visitor.member;
    let line = |listed: RoomSummary| {
        let path = path_of(&state, member, listed.room, &listed.kind);
        RoomRow {
            current: current == Some(&*path),
            room: listed.room,
            heading: heading_of(&state, member, &listed.kind),
            path,
            unread: listed.unread,
            mentions: listed.mentions,
            newest: listed.newest,
        }
    };
    let lines: Vec<RoomRow> = state.rooms_of(member).into_iter().map(line).collect();
    let (beside, invitations) = (state.rooms_beside(member).count(), invitations(&state, visitor));
    let is_owner = state.is_owner(member);
    Sidebar { site: &app.site, locale: request.locale, is_owner, lines, invitations, beside, people, more }
}

/// Who is online, in the order of ids. Whoever reads a page is, also where the page has no stream.
pub(super) fn online(app: &App, visitor: &Visitor) -> Vec<MemberId> {
    let mut here = app.live.here();
    if let Err(at) = here.binary_search(&visitor.member) {
        here.insert(at, visitor.member);
    }
    here
}

/// All members whose names begin so, those who are here first, and then by name.
pub(super) fn people_named(app: &App, visitor: &Visitor, start: &str) -> Vec<PersonRow> {
    let here = online(app, visitor);
    let start = NameKey::of(start);
    let state = app.chat.state();
    let found = state.active_members().filter(|(_, member)| member.name.key().starts_with(&start));
    let mut people: Vec<PersonRow> =
        found.filter_map(|(id, member)| person(visitor, &here, id, member)).collect();
    // The state is not kept from others while this is brought into order.
    drop(state);
    in_order(&mut people);
    people
}

/// A member, unless they left; `here` is in the order of ids.
pub(super) fn person(
    visitor: &Visitor,
    here: &[MemberId],
    id: MemberId,
    member: &Member,
) -> Option<PersonRow> {
    (!member.is_former()).then(|| PersonRow {
        id,
        here: here.binary_search(&id).is_ok(),
        own: id == visitor.member,
        name: member.name.clone(),
    })
}

pub(super) fn in_order(people: &mut [PersonRow]) {
    people.sort_by(|one, other| (!one.here, one.name.key()).cmp(&(!other.here, other.name.key())));
}

/// To which rooms a visitor is invited.
pub(super) fn invitations(state: &State, visitor: &Visitor) -> Vec<InvitationRow> {
    let shown = |invitation: Invitation| {
        let heading = heading_of(state, visitor.member, &invitation.kind);
        Some(InvitationRow { room: invitation.room, heading, by: state.member(invitation.by)?.name.clone() })
    };
    state.invitations_of(visitor.member).into_iter().filter_map(shown).collect()
}

/// GET `/sidebar`: the list alone, for our script and for programs.
pub(super) fn sidebar_alone(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(&["path"])?;
    let sidebar = sidebar(cx, fields.given("path"));
    let language = cx.request.locale.language;
    if !cx.request.wants_json() {
        return Ok(Reply::html(200, sidebar.render(&html! {})));
    }
    let line = |line: &RoomRow| {
        json!({
            "room": line.room.0.0,
            "path": cx.app.site.path(&line.path),
            "name": line.heading.name(language),
            "private": matches!(line.heading, RoomTitle::With { .. }),
            "unread": line.unread,
            "mentions": line.mentions,
            "newest": line.newest.0,
        })
    };
    let invitation = |invited: &InvitationRow| json!({ "room": invited.room.0.0, "name": invited.heading.name(language), "by": invited.by.as_str() });
    let rooms: Vec<_> = sidebar.lines.iter().map(line).collect();
    let invitations: Vec<_> = sidebar.invitations.iter().map(invitation).collect();
    Ok(Reply::json(200, &json!({ "rooms": rooms, "invitations": invitations })))
}
