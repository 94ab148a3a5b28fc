//! A room: its page, and what is said there.

use serde_json::{Value, json};

use super::App;
use super::access::go_on;
use super::composer::{ComposerDraft, MESSAGE_FIELDS, Parties, compose_frame, is_from_frame};
use super::context::Context;
use super::day::{beginning, parse_day};
use super::form::Fields;
use super::form_page::header;
use super::http_error::{HttpError, SOMEONE_ELSE};
use super::json::{all_json, message_json, parse_id};
use super::outcome::Outcome;
use super::reply::{HandlerResult, Reply};
use super::room_access::{PAGE, RoomAccess, RoomPath};
use super::sessions::{Sessions, Visitor};
use super::sidebar::{online, sidebar};
use crate::chat::{
    Body, History, MemberId, NameKey, Nonce, Refusal, RoomId, Scope, Seq, State, Timestamp, Username,
};
use crate::time_zone::Zone;
use crate::views::Page;
use crate::views::actions::Rights;
use crate::views::room::RoomPage;

/// Of these, those before the first one that its reader has not seen.
const CONTEXT: usize = 10;

/// What a page of a room begins with.
enum PageStart {
    /// A day on which nothing was said, if there is one that was asked for; the newest messages.
    Newest(Option<Timestamp>),
    /// Those before one.
    Before(Seq),
    /// Those after one.
    After(Seq),
    /// Those around one, which is the first one after a day on which nothing was said, if there is one.
    At(Seq, Option<Timestamp>),
    /// What is new since one.
    Since(Seq),
}

impl PageStart {
    /// What a page's address asks for; `seen` is where its reader is, if something is new to them.
    fn of(fields: &Fields, zone: Zone, seen: Option<Seq>) -> Result<Self, HttpError> {
        let number = |name| fields.given(name).map(parse_id).transpose();
        let day = fields
            .given("day")
            .map(|day| Ok::<_, HttpError>(beginning(parse_day(day)?, zone)))
            .transpose()?;
        Ok(match (number("at")?, number("since")?, number("after")?, number("before")?) {
            (Some(at), ..) => Self::At(at, day),
            (_, Some(since), ..) => Self::Since(since),
            (_, _, Some(after), _) => Self::After(after),
            (.., Some(before)) => Self::Before(before),
            _ if day.is_some() || fields.given("latest").is_some() => Self::Newest(day),
            _ => seen.map_or(Self::Newest(None), Self::Since),
        })
    }

    fn history(&self, app: &App, place: &RoomAccess) -> Result<History, HttpError> {
        match *self {
            Self::Newest(_) => place.history(app, None, PAGE),
            Self::Before(id) => place.history(app, Some(id), PAGE),
            Self::After(id) => place.around(app, Seq(id.0.saturating_add(1)), 0, PAGE),
            Self::At(id, _) => place.around(app, id, PAGE / 2, PAGE / 2),
            Self::Since(id) => landing(app, place, id),
        }
    }
}

/// What is new since one, with what came before it.
pub(super) fn landing(app: &App, place: &RoomAccess, since: Seq) -> Result<History, HttpError> {
    place.around(app, Seq(since.0.saturating_add(1)), CONTEXT, PAGE - CONTEXT)
}

pub(super) fn show(cx: &Context, path: &RoomPath) -> HandlerResult {
    let place = RoomAccess::of(cx, path)?;
    let fields = cx.request.query(&["before", "after", "at", "since", "latest", "day", "to"])?;
    place.must_mean(&fields, |t| t.someone_else)?;
    if cx.request.wants_json() {
        let number = |name| fields.given(name).map(parse_id).transpose();
        return show_json(cx.app, &place, number("before")?, number("after")?);
    }
    let unseen = Unseen::of(cx.app, cx.visitor, &place);
    let start = PageStart::of(&fields, cx.request.locale.zone, unseen.seen.filter(|_| unseen.count > 0))?;
    let history = start.history(cx.app, &place)?;
    let shown = Shown { place: &place, start: &start, unseen, history: &history };
    let reply = page(cx, &shown, &ComposerDraft::new(), None);
    // The browser keeps its cookie for as long as the server keeps the session.
    Ok(reply.cookie(Sessions::renew(cx)))
}

/// What a member has not seen of a room that they are in.
#[derive(Default)]
struct Unseen {
    /// Up to where they have seen it.
    seen: Option<Seq>,
    count: usize,
    /// Those that mention them, oldest first.
    mentions: Vec<Seq>,
}

impl Unseen {
    fn of(app: &App, visitor: &Visitor, place: &RoomAccess) -> Self {
        let Some(room) = place.room().filter(|_| place.inside) else { return Self::default() };
        let state = app.chat.state();
        Self {
            seen: Some(state.read_marker_of(visitor.member, room)),
            count: state.unread(visitor.member, room).0,
            mentions: state.mentions_of(visitor.member, room),
        }
    }
}

/// For programs, also those that ask again and again what came after.
fn show_json(app: &App, place: &RoomAccess, before: Option<Seq>, after: Option<Seq>) -> HandlerResult {
    let mut answer = match (before, after, place.room()) {
        (_, None, _) | (None, Some(_), None) => {
            let history = place.history(app, before, PAGE)?;
            json!({ "messages": all_json(&history.messages), "seq": history.seq.0 })
        }
        (None, Some(after), Some(room)) => missed_json(app, room, after)?,
        (Some(_), Some(_), _) => {
            return Err(HttpError::bad_request(|t| t.before_and_after));
        }
    };
    if !place.inside {
        answer["inside"] = false.into();
    }
    Ok(Reply::json(200, &answer))
}

/// What was said after some number, and what became of messages before it.
fn missed_json(app: &App, room: RoomId, after: Seq) -> Result<Value, HttpError> {
    let missed = app.chat.since(Scope::Room(room), after, PAGE)?.ok_or_else(HttpError::gone)?;
    let last = missed.messages.last().map_or(after, |said| said.message.id);
    let seq = if missed.newest { missed.seq } else { last };
    let changes = missed.changes.as_ref().ok_or_else(HttpError::gone)?;
    let edited: Vec<Value> =
        changes.iter().filter_map(|(_, said)| Some(message_json(said.as_ref()?))).collect();
    let removed = changes.iter().filter(|(change, _)| change.removed);
    let removed: Vec<u64> = removed.map(|(change, _)| change.message.0).collect();
    let messages = all_json(&missed.messages);
    Ok(json!({ "messages": messages, "seq": seq.0, "edited": edited, "removed": removed }))
}

pub(super) fn post(cx: &Context, path: &RoomPath) -> HandlerResult {
    let fields = cx.request.form(MESSAGE_FIELDS)?;
    let unsent = |fault: HttpError| fault.with_unsent(fields.get("message"));
    // Nobody has the name any more, by which whoever wrote this knew the other one.
    let gone = |fault| if fields.given("to").is_some() { Refusal::PartnerGone.into() } else { fault };
    let place = RoomAccess::of(cx, path).map_err(gone).map_err(unsent)?;
    match try_post(cx, &place, &fields) {
        Ok(id) if cx.request.wants_json() => Ok(Reply::json(201, &json!({ "id": id.0 }))),
        Ok(_) => Ok(go_on(cx.app, fields.given("next").unwrap_or(&cx.app.site.path(&place.path)))),
        Err(fault) if cx.request.wants_json() => Err(fault),
        Err(fault) if is_from_frame(cx.app, &place.path, &fields) => {
            // The page around the frame still shows whom it was for.
            let parties = Parties { by: Some(cx.visitor.member), ..Parties::sent(&fields) };
            Ok(compose_frame(
                cx.app,
                cx.request,
                &place.path,
                parties,
                &ComposerDraft::after(&fields, &fault),
                Some(&fault),
            ))
        }
        // A form around it would be for the one who has the name now, and the next press of its button send it to them.
        Err(fault) if fault.error == SOMEONE_ELSE => Err(unsent(fault)),
        // Here the page has no form.
        Err(fault) if !place.inside || place.over => Err(unsent(fault)),
        Err(fault) => {
            // From memory alone: what was typed must come back whatever the disk does.
            let (start, history) = (PageStart::Newest(None), place.recent(cx.app, PAGE));
            let unseen = Unseen::of(cx.app, cx.visitor, &place);
            let shown = Shown { place: &place, start: &start, unseen, history: &history };
            Ok(page(cx, &shown, &ComposerDraft::after(&fields, &fault), Some(&fault)))
        }
    }
}

fn try_post(cx: &Context, place: &RoomAccess, fields: &Fields) -> Result<Seq, HttpError> {
    let author = fields.given("author").map(NameKey::of);
    let is_other = |author: &NameKey| {
        cx.app.chat.state().member_named(author).is_none_or(|(member, _)| member != cx.visitor.member)
    };
    if author.as_ref().is_some_and(is_other) {
        return Err(HttpError::somebody_else(&cx.visitor.name));
    }
    let by = fields.given("as").map(parse_id).transpose()?;
    if by.is_some_and(|by| MemberId(by) != cx.visitor.member) {
        return Err(HttpError::somebody_else(&cx.visitor.name));
    }
    place.must_mean(fields, |t| t.someone_else_not_sent)?;
    let body = Body::parse(fields.get("message"))?;
    let nonce = fields.given("nonce").filter(|nonce| !nonce.is_empty()).map(Nonce::parse).transpose()?;
    let posted = |nonce: &Nonce| cx.app.chat.state().knows_nonce(cx.visitor.member, nonce);
    if !nonce.as_ref().is_some_and(posted) {
        cx.app.may_write(cx.request, cx.visitor, body.as_str().len())?;
    }
    if !place.inside {
        return Err(HttpError::outside());
    }
    if place.over {
        return Err(Refusal::PartnerGone.into());
    }
    if place.room().is_none() {
        cx.app
            .pair_throttle
            .take(&cx.visitor.member, cx.request.instant)
            .map_err(HttpError::too_many_pairs)?;
    }
    place.post(cx.app, cx.visitor.member, body, nonce, cx.request.now)
}

/// Of these members, those who are in a room, by name; in a conversation that has not begun, nobody.
pub(super) fn in_room(state: &State, room: Option<RoomId>, members: &[MemberId]) -> Vec<Username> {
    let inside = |member: &MemberId| room.is_some_and(|room| state.is_in(*member, room));
    state.names(&members.iter().copied().filter(inside).collect::<Vec<_>>())
}

/// What a page shows of a room.
struct Shown<'a> {
    place: &'a RoomAccess,
    start: &'a PageStart,
    unseen: Unseen,
    history: &'a History,
}

fn page(
    cx: &Context,
    Shown { place, start, unseen, history }: &Shown,
    draft: &ComposerDraft,
    fault: Option<&HttpError>,
) -> Reply {
    let mut online = online(cx.app, cx.visitor);
    if place.partner.is_some() {
        // Of the two in a conversation, the other one is news.
        online.retain(|member| *member != cx.visitor.member);
    }
    let state = cx.app.chat.state();
    let here = in_room(&state, place.room(), &online);
    let moderates = place.room().is_some_and(|room| state.moderates(cx.visitor.member, room));
    drop(state);
    // A page of what is new since a number has the line there.
    let seen = if let PageStart::Since(since) = start { Some(*since) } else { unseen.seen };
    let (at, day) = match start {
        PageStart::At(at, day) => (Some(*at), *day),
        PageStart::Newest(day) => (None, *day),
        _ => (None, None),
    };
    let outcome = if fault.is_none() { Outcome::told(cx) } else { None };
    let sidebar = sidebar(cx, Some(&place.path));
    let room = RoomPage {
        site: &cx.app.site,
        id: place.room(),
        path: &place.path,
        heading: &place.heading,
        inside: place.inside,
        over: place.over,
        me: cx.visitor.member,
        frame_key: &cx.visitor.frame_key(),
        locale: cx.request.locale,
        seen: seen.filter(|_| place.inside),
        unseen: unseen.count,
        mentions: &unseen.mentions,
        lands: matches!(start, PageStart::Since(_)),
        at,
        day,
        outcome: outcome.as_deref(),
        history,
        here,
        composer: draft.composer(
            &place.path,
            Parties::of(cx.visitor, place),
            fault.map(|fault| fault.text(cx.request.locale.language)),
        ),
        rights: Rights { edit: place.inside, delete: moderates },
    };
    let head = room.head();
    let header = header(cx, &sidebar, Some(&head));
    let page = Page {
        site: &cx.app.site,
        now: cx.request.now,
        locale: cx.request.locale,
        name: &place.heading.label(cx.request.locale.language),
        header: Some(&header),
        kind: room.kind(),
    };
    Reply::page(fault, page.with(&room.render()))
}
