//! Rooms: those that one is not in, new ones, and what one does with a room besides talking in it.

use std::cmp::Reverse;

use serde_json::json;

use super::access::go_on;
use super::context::Context;
use super::form::parse_id;
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::moment::Moment;
use super::notifications::is_saved;
use super::outcome::Outcome;
use super::people::{LISTED, part, skipped};
use super::pins;
use super::reply::{HandlerResult, Reply, respond};
use super::room_access::{RoomAccess, RoomPath, room_path};
use super::room_files;
use super::sidebar::in_order;
use crate::chat::{
    Added, MemberId, NameKey, Naming, NewRoom, Query, Refusal, Room, RoomChange, RoomId, RoomKind, RoomName,
    RoomTextError, State, Topic,
};
use crate::views::browse::{BrowsePage, NewRoomForm, OpenRoom};
use crate::views::details::{DetailsOutcome, DetailsPage};
use crate::views::notifications::LevelForm;
use crate::views::pager::Pager;
use crate::views::room_title::RoomTitle;
use crate::views::sidebar::PersonRow;

/// Members on the page about a room; the rest are on pages of their own.
const MEMBERS_SHOWN: usize = 10;
/// The newest photos and files there.
const FILES_SHOWN: usize = 8;
/// Of more open rooms, one may want to search.
const SEARCHABLE: usize = 10;

/// GET `/rooms`: those that one could join, and the form for a new one.
pub(super) fn list(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![q, skip, new])?;
    let (query, skip) = (&*fields.q, skipped(&fields.skip)?);
    let new = NewRoomForm { first: fields.new.given().is_some(), ..NewRoomForm::default() };
    Ok(list_page(cx, (query, skip), &new, None))
}

fn list_page(
    cx: &Context,
    (query, skip): (&str, usize),
    new: &NewRoomForm,
    error: Option<&HttpError>,
) -> Reply {
    let (moment, member) = (Moment::now(cx), cx.visitor.member);
    let mut rooms: Vec<OpenRoom> = moment.state.rooms_beside(member).filter_map(open_room).collect();
    let opened = moment.state.newest_opened(member);
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let searchable = rooms.len() > SEARCHABLE;
    let words = Query::of(query);
    rooms.retain(|room| words.are_in(&format!("{} {}", room.name.as_str(), room.topic.as_str())));
    rooms.sort_by_key(|room| (Reverse(room.members), room.room));
    let pager = Pager::new(&cx.app.site.path("/rooms"), &[("q", query)], skip, LISTED, rooms.len());
    let detail = error.map(|error| error.text(cx.request.locale.language));
    let list = BrowsePage {
        site: &cx.app.site,
        locale: cx.request.locale,
        invitations: &shell.sidebar.invitations,
        query,
        rooms: part(&rooms, skip),
        searchable,
        pager: &pager,
        opened,
        new,
    };
    let texts = cx.request.locale.texts();
    let title = if new.first { texts.sidebar.new_room } else { texts.rooms.browse };
    let list = list.render(detail.as_deref());
    shell.card(cx, title, &list, error)
}

fn open_room((id, room): (RoomId, &Room)) -> Option<OpenRoom> {
    let RoomKind::Named { name, topic, .. } = &room.kind else { return None };
    Some(OpenRoom { room: id, name: name.clone(), topic: topic.clone(), members: room.members.len() })
}

/// POST `/rooms`.
pub(super) fn open(cx: &Context) -> HandlerResult {
    let form = cx.request.form(form![name, topic, open, opened])?;
    let (name, topic, open) = (&*form.name, &*form.topic, &*form.open == "yes");
    let known = form.opened.id().map(|id| id.map(RoomId));
    let newest = known.as_ref().ok().copied().flatten();
    let opened = (|| {
        let naming = Naming { name: RoomName::parse(name)?, topic: Topic::parse(topic)? };
        let known = known?;
        cx.app.may_open_room(cx.request, cx.visitor)?;
        Ok(cx.app.chat.open_room(cx.visitor.member, NewRoom { naming, open, known }, cx.request.now)?)
    })();
    let on = |room: RoomId| {
        let to = || Reply::see_other(cx.app.site.path(&room_path(room)));
        Ok(if cx.request.wants_json() { Reply::json(201, &json!({ "room": room.0.0 })) } else { to() })
    };
    let new = NewRoomForm { name, topic, open, opened: newest, first: true };
    respond(cx.request, opened, on, |error| Ok(list_page(cx, ("", 0), &new, Some(&error))))
}

/// GET `/rooms/ID/about`.
pub(super) fn about(cx: &Context, room: RoomId) -> HandlerResult {
    about_page(cx, room, &RejectedInput::default(), None)
}

/// Fields of a refused form, as they were typed.
#[derive(Default)]
struct RejectedInput<'a> {
    names: Option<(&'a str, &'a str)>,
    added: &'a str,
}

fn about_page(cx: &Context, room: RoomId, typed: &RejectedInput, error: Option<&HttpError>) -> HandlerResult {
    let (moment, member) = (Moment::now(cx), cx.visitor.member);
    let access = named(&moment.state, member, room)?;
    let fields = cx.request.query(form![done, who, skip])?;
    let (moment, pins) = pins::read(cx, moment, &access)?;
    let (moment, files) = room_files::newest(cx, moment, &access, None, FILES_SHOWN)?;
    let state = &*moment.state;
    let inside = state.room_for(member, room).into_iter().flat_map(|room| &room.members);
    let mut members: Vec<PersonRow> =
        inside.filter_map(|id| Some(moment.person(*id, state.active(*id).ok()?))).collect();
    let invited = state.names(&state.invited_to(room));
    let level = access.inside.then(|| state.notification_level(member, room));
    let last = access.inside && state.ends_with(member, room);
    let done = done(&fields.done, fields.who.id()?.map(MemberId), state, room);
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    in_order(&mut members);
    let (skip, path) = (skipped(&fields.skip)?, cx.app.site.path(&access.path) + "/about");
    let pager = fields.skip.given().map(|_| Pager::new(&path, &[], skip, LISTED, members.len()));
    let few = &members[..members.len().min(MEMBERS_SHOWN)];
    let detail = error.map(|error| error.text(cx.request.locale.language));
    let details = DetailsPage {
        site: &cx.app.site,
        locale: cx.request.locale,
        path: &access.path,
        heading: &access.heading,
        inside: access.inside,
        count: members.len(),
        members: if pager.is_some() { part(&members, skip) } else { few },
        pager: pager.as_ref(),
        files: &files,
        pins: &pins,
        level: level.map(|level| LevelForm {
            site: &cx.app.site,
            locale: cx.request.locale,
            path: &access.path,
            level,
            saved: error.is_none() && is_saved(&fields.done),
        }),
        invited: if access.inside { &invited } else { &[] },
        last,
        done: done.as_ref().filter(|_| access.inside && error.is_none()),
        added: typed.added,
        typed: typed.names,
        fault: detail.as_deref(),
    };
    let title = (cx.request.locale.texts().details.title)(access.heading.name(cx.request.locale.language));
    Ok(shell.card(cx, &title, &details.render(), error))
}

/// Reads from the address what a form did; None where it is not so any more.
fn done(done: &str, who: Option<MemberId>, state: &State, room: RoomId) -> Option<DetailsOutcome> {
    let name = |id: MemberId| state.names(&[id]).into_iter().next();
    match done {
        "saved" => Some(DetailsOutcome::Saved),
        "added" => who.filter(|id| state.is_in(*id, room)).and_then(name).map(DetailsOutcome::Added),
        "invited" => who.filter(|id| state.is_invited(*id, room)).and_then(name).map(DetailsOutcome::Invited),
        _ => None,
    }
}

/// Finds a room that members opened and may change.
fn named(state: &State, member: MemberId, room: RoomId) -> Result<RoomAccess, HttpError> {
    let access = RoomAccess::find(state, member, &RoomPath::Room(room))?;
    if matches!(access.heading, RoomTitle::Named { .. }) { Ok(access) } else { Err(HttpError::NotFound) }
}

/// POST `/rooms/ID/about`.
pub(super) fn change(cx: &Context, room: RoomId) -> HandlerResult {
    let unsent = |error: HttpError| error.with_unsent(&cx.request.typed_text());
    let access = named(&cx.app.chat.state(), cx.visitor.member, room).map_err(unsent)?;
    let form = cx.request.form(form![name, topic, name_was, topic_was])?;
    let (name, topic) = (&*form.name, &*form.topic);
    let changed = (|| {
        let naming = Naming { name: RoomName::parse(name)?, topic: Topic::parse(topic)? };
        let known = known_naming(form.name_was.given(), &form.topic_was)?;
        cx.app.may_change(cx.request, cx.visitor)?;
        Ok(cx.app.chat.change_room(cx.visitor.member, room, RoomChange { naming, known }, cx.request.now)?)
    })();
    let typed = RejectedInput { names: Some((name, topic)), added: "" };
    finish(cx, (&access, room), changed.map(|()| "?done=saved#edit".into()), &typed)
}

/// The naming that a form was made from, if it says so.
fn known_naming(name: Option<&str>, topic: &str) -> Result<Option<Naming>, HttpError> {
    let Some(name) = name else { return Ok(None) };
    let naming = RoomName::from_storage(name).zip(Topic::from_storage(topic));
    naming.map(|(name, topic)| Some(Naming { name, topic })).ok_or_else(|| RoomTextError::NameEmpty.into())
}

/// POST `/rooms/ID/add`.
pub(super) fn add(cx: &Context, room: RoomId) -> HandlerResult {
    let access = named(&cx.app.chat.state(), cx.visitor.member, room)?;
    let username = cx.request.form(form![username])?.username;
    let added = (|| {
        let member = cx.app.chat.state().active_named(&NameKey::of(&username)).map(|(id, _)| id);
        let member = member.ok_or(HttpError::NoSuchName)?;
        cx.app.may_change(cx.request, cx.visitor)?;
        Ok((member, cx.app.chat.add(cx.visitor.member, room, member, cx.request.now)?))
    })();
    if let (true, Ok((member, Added::Invited))) = (cx.request.wants_json(), &added) {
        return Ok(Reply::json(200, &json!({ "invited": member.0.0 })));
    }
    let to = added.map(|(member, added)| match added {
        Added::Joined => format!("?done=added&who={}#add", member.0),
        Added::Invited => format!("?done=invited&who={}#add", member.0),
    });
    finish(cx, (&access, room), to, &RejectedInput { names: None, added: &username })
}

/// POST `/rooms/ID/join`: an open room, or one that the visitor is invited to.
pub(super) fn join(cx: &Context, room: RoomId) -> HandlerResult {
    if !cx.app.chat.state().may_join(cx.visitor.member, room) {
        return Err(HttpError::NotFound);
    }
    cx.request.form(form![sure])?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.chat.join(cx.visitor.member, room, cx.request.now)?;
    Ok(Reply::see_other(cx.app.site.path(&room_path(room))))
}

/// POST `/rooms/ID/decline`.
pub(super) fn decline(cx: &Context, room: RoomId) -> HandlerResult {
    if !cx.app.chat.state().is_invited(cx.visitor.member, room) {
        return Err(HttpError::NotFound);
    }
    cx.request.form(form![sure])?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.chat.decline(cx.visitor.member, room, cx.request.now)?;
    Ok(Reply::see_other(Outcome::Declined.told_at(&cx.app.site.path("/rooms"))))
}

/// POST `/rooms/ID/leave`.
pub(super) fn leave(cx: &Context, room: RoomId) -> HandlerResult {
    named(&cx.app.chat.state(), cx.visitor.member, room)?;
    cx.request.form(form![sure])?;
    cx.app.may_change(cx.request, cx.visitor)?;
    let ends = cx.app.chat.state().ends_with(cx.visitor.member, room);
    cx.app.chat.leave(cx.visitor.member, room, cx.request.now)?;
    let outcome = if ends { Outcome::RoomDeleted } else { Outcome::LeftRoom };
    Ok(Reply::see_other(outcome.told_at(&cx.app.site.path("/chat"))))
}

/// Back to the page about the room with this query, or to the form with what went wrong.
fn finish(
    cx: &Context,
    (access, room): (&RoomAccess, RoomId),
    done: Result<String, HttpError>,
    typed: &RejectedInput,
) -> HandlerResult {
    let on = |query: String| Ok(Reply::see_other(cx.app.site.path(&access.path) + "/about" + &query));
    let is_gone =
        |error: &HttpError| matches!(error, HttpError::Refused(Refusal::NoSuchRoom | Refusal::NoSuchMember));
    respond(cx.request, done, on, |error| {
        // Outside, the page has no form.
        if is_gone(&error) || !access.inside {
            return Err(error.with_unsent(&cx.request.typed_text()));
        }
        about_page(cx, room, typed, Some(&error))
    })
}

/// POST `.../read`: the visitor has seen what was said up to `up_to`. A form says where it leads on.
pub(super) fn read(cx: &Context, path: &RoomPath) -> HandlerResult {
    cx.app.may_hint(cx.request, cx.visitor)?;
    let access = RoomAccess::of(cx, path)?;
    let form = cx.request.form(form![up_to, to, next])?;
    access.must_mean(&form.to, |t| t.someone_else)?;
    let up_to = parse_id(&form.up_to)?;
    cx.app.catch_up_to(up_to, cx.request);
    // What is said after this request has not been seen, whatever number it gives.
    let up_to = up_to.min(cx.app.chat.state().last());
    if let Some(room) = access.room().filter(|_| access.inside) {
        cx.app.marks.note(cx.visitor.member, room, up_to);
    }
    Ok(form.next.given().map_or_else(|| Reply::text(200, "ok\n"), |next| go_on(cx.app, next)))
}
