//! The list of rooms and people beside each page of a member.

use maud::html;
use serde_json::json;

use super::context::Context;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply};
use super::room_access::{heading_of, path_of};
use super::streams::must_be;
use crate::chat::{Invitation, MemberId, NameKey, RoomSummary, State, UnreadActivity};
use crate::views::room_title::RoomTitle;
use crate::views::sidebar::{ActivityLine, InvitationRow, PersonRow, RoomRow, Sidebar};

/// People who are listed beside a page; the rest are on a page of their own.
const PEOPLE_SHOWN: usize = 30;

/// Reads the list beside a page; `current` is the path of the room that is shown. See [`arrange`].
pub(super) fn read<'a>(cx: &Context<'a>, moment: &Moment, current: Option<&str>) -> Sidebar<'a> {
    let (state, member) = (&*moment.state, cx.visitor.member);
    let row = |listed: RoomSummary| {
        let path = path_of(state, member, listed.room, &listed.kind);
        RoomRow {
            current: current == Some(&*path),
            room: listed.room,
            heading: heading_of(state, member, &listed.kind),
            path,
            unread: listed.unread,
            mentions: listed.mentions,
            level: listed.level,
            newest: listed.newest,
        }
    };
    Sidebar {
        site: &cx.app.site,
        locale: cx.request.locale,
        is_owner: state.is_owner(member),
        quiet_hours: state.member(member).and_then(|own| own.quiet_hours),
        activity: ActivityLine {
            unread: state.unread_activity(member),
            current: current == Some("/activity"),
        },
        lines: state.rooms_of(member).into_iter().map(row).collect(),
        invitations: invitations(state, member),
        beside: state.rooms_beside(member).count(),
        people: people_named(moment, ""),
        more: 0,
    }
}

/// Leaves the first of the people in the list. Not done under the state's lock.
pub(super) fn arrange(mut sidebar: Sidebar) -> Sidebar {
    in_order(&mut sidebar.people);
    sidebar.more = sidebar.people.len().saturating_sub(PEOPLE_SHOWN);
    sidebar.people.truncate(PEOPLE_SHOWN);
    sidebar
}

/// All members whose names begin so, in no order.
pub(super) fn people_named(moment: &Moment, start: &str) -> Vec<PersonRow> {
    let start = NameKey::of(start);
    let found = moment.state.active_members().filter(|(_, member)| member.name.key().starts_with(&start));
    found.map(|(id, member)| moment.person(id, member)).collect()
}

/// Sorts people: those who are online first, then by name. Not done under the state's lock.
pub(super) fn in_order(people: &mut [PersonRow]) {
    people.sort_by(|one, other| (!one.here, one.name.key()).cmp(&(!other.here, other.name.key())));
}

fn invitations(state: &State, member: MemberId) -> Vec<InvitationRow> {
    let shown = |invitation: Invitation| {
        let heading = heading_of(state, member, &invitation.kind);
        Some(InvitationRow { room: invitation.room, heading, by: state.member(invitation.by)?.name.clone() })
    };
    state.invitations_of(member).into_iter().filter_map(shown).collect()
}

/// GET `/sidebar`: the list alone, for our script and for programs.
pub(super) fn sidebar_alone(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![path, r#as])?;
    must_be(cx, &fields.r#as)?;
    let sidebar = arrange(read(cx, &Moment::now(cx), fields.path.given()));
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
            "level": line.level.word(),
            "newest": line.newest.0,
        })
    };
    let invitation = |invited: &InvitationRow| json!({ "room": invited.room.0.0, "name": invited.heading.name(language), "by": invited.by.as_str() });
    let rooms: Vec<_> = sidebar.lines.iter().map(line).collect();
    let invitations: Vec<_> = sidebar.invitations.iter().map(invitation).collect();
    let UnreadActivity { mentions, reactions } = sidebar.activity.unread;
    let activity = json!({ "mentions": mentions, "reactions": reactions });
    let mut lists = json!({ "rooms": rooms, "invitations": invitations, "activity": activity });
    if cx.app.is_silent() {
        lists["cut_off"] = language.texts().nodes.cut_off.into();
    }
    Ok(Reply::json(200, &lists))
}
