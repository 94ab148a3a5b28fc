//! A room: its page, and what is said there.

use serde_json::{Value, json};

use super::App;
use super::entry::go_on;
use super::fault::{Fault, NONCE_REUSED};
use super::form::Fields;
use super::place::Place;
use super::reply::Reply;
use super::request::Request;
use super::rooms::sidebar;
use super::routes::Answer;
use super::sessions::{Sessions, Visitor};
use crate::chat::{Body, History, MemberId, Nonce, Refusal, RoomId, Said, Scope, Seq, State, Username};
use crate::secrets::draw_nonce;
use crate::views::room::{Composer, Room, compose_path};
use crate::views::{Page, exact};

/// The composer's fields.
pub(super) const MESSAGE_FIELDS: &[&str] = &["message", "nonce", "next"];
/// Messages on a page.
pub(super) const PAGE: usize = 50;

pub(super) fn show(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let place = Place::of(app, request, visitor)?;
    let fields = request.query(&["before", "after", "at"])?;
    let before = fields.given("before").map(parse_id).transpose()?;
    if request.wants_json() {
        return show_json(app, &place, before, fields.given("after").map(parse_id).transpose()?);
    }
    let number = |name| fields.given(name).map(parse_id).transpose();
    let history = match (number("at")?, number("after")?) {
        (Some(at), _) => place.around(app, at, PAGE / 2, PAGE / 2)?,
        (None, Some(after)) => place.around(app, Seq(after.0.saturating_add(1)), 0, PAGE)?,
        (None, None) => place.history(app, before, PAGE)?,
    };
    let reply = page(app, request, visitor, &place, &history, &Draft::new(), None);
    look_at(app, request, visitor, &place, &history);
    // The browser keeps its cookie for as long as the server keeps the session.
    Ok(reply.cookie(Sessions::renew(app, request, visitor)))
}

/// Whoever looks at the newest messages has read them.
pub(super) fn look_at(app: &App, request: &Request, visitor: &Visitor, place: &Place, history: &History) {
    if let Some(room) = place.room.filter(|_| place.inside && history.newest && request.method != "HEAD") {
        app.marks.note(visitor.member, room, history.seq);
    }
}

/// For programs, also those that ask again and again what came after.
fn show_json(app: &App, place: &Place, before: Option<Seq>, after: Option<Seq>) -> Answer {
    let mut answer = match (before, after, place.room) {
        (_, None, _) | (None, Some(_), None) => {
            let history = place.history(app, before, PAGE)?;
            json!({ "messages": all_json(&history.messages), "seq": history.seq.0 })
        }
        (None, Some(after), Some(room)) => missed_json(app, room, after)?,
        (Some(_), Some(_), _) => {
            return Err(Fault::bad_request("Ask for what was before or after, not both."));
        }
    };
    if !place.inside {
        answer["inside"] = false.into();
    }
    Ok(Reply::json(200, &answer))
}

pub(super) fn all_json(messages: &[Said]) -> Vec<Value> {
    messages.iter().map(message_json).collect()
}

/// What was said after some number, and what became of messages before it.
fn missed_json(app: &App, room: RoomId, after: Seq) -> Result<Value, Fault> {
    let missed = app.chat.since(Scope::Room(room), after, PAGE)?.ok_or_else(Fault::gone)?;
    let last = missed.messages.last().map_or(after, |said| said.message.id);
    let seq = if missed.newest { missed.seq } else { last };
    let changes = missed.changes.as_ref().ok_or_else(Fault::gone)?;
    let edited: Vec<Value> =
        changes.iter().filter_map(|(_, said)| Some(message_json(said.as_ref()?))).collect();
    let removed = changes.iter().filter(|(change, _)| change.removed);
    let removed: Vec<u64> = removed.map(|(change, _)| change.message.0).collect();
    let messages = all_json(&missed.messages);
    Ok(json!({ "messages": messages, "seq": seq.0, "edited": edited, "removed": removed }))
}

/// Digits alone: `parse` would take a sign as well.
pub(super) fn parse_id(text: &str) -> Result<Seq, Fault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits);
    id.map(Seq).ok_or_else(|| Fault::bad_request("A message's id is a whole number."))
}

/// A message for programs.
pub(super) fn message_json(Said { message, author, mentioned }: &Said) -> Value {
    let mut value = json!({
        "id": message.id.0,
        "room": message.room.0.0,
        "author": author.name.as_str(),
        "text": message.body.as_str(),
        "at": exact(message.at),
    });
    if author.former {
        value["former"] = true.into();
    }
    if let Some(edited) = message.edited {
        value["edited"] = exact(edited).into();
    }
    if !mentioned.is_empty() {
        value["mentions"] = mentioned.iter().map(Username::as_str).collect();
    }
    value
}

/// The composer alone, for the frame in which browsers without scripts show it.
pub(super) fn compose(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let place = Place::inside(app, request, visitor)?;
    Ok(compose_frame(app, &place.path, &Draft::new(), None))
}

/// Whether a message comes from such a frame, and its answer leads back.
pub(super) fn is_from_frame(app: &App, path: &str, fields: &Fields) -> bool {
    let own = app.site.path(&compose_path(path));
    let without_anchor = |path: &str| path.split('#').next().map(str::to_owned);
    without_anchor(fields.get("next")) == without_anchor(&own)
}

/// What stands in a composer.
pub(super) struct Draft<'a> {
    text: &'a str,
    nonce: String,
}

impl<'a> Draft<'a> {
    /// Nothing yet.
    fn new() -> Self {
        Self { text: "", nonce: draw_nonce() }
    }

    /// What could not be posted. It keeps its nonce: should it turn out to be kept after all (a disk that
    /// failed late), sending it again makes no second message.
    pub(super) fn after(fields: &'a Fields, fault: &Fault) -> Self {
        let nonce = Nonce::parse(fields.get("nonce")).ok().filter(|_| fault.error != NONCE_REUSED);
        let nonce = nonce.map_or_else(draw_nonce, |nonce| nonce.as_str().to_owned());
        Self { text: fields.get("message"), nonce }
    }
}

pub(super) fn compose_frame(app: &App, path: &str, draft: &Draft, fault: Option<&Fault>) -> Reply {
    let fault_text = fault.map(|fault| fault.detail.as_str());
    let composer = Composer { path, nonce: &draft.nonce, draft: draft.text, fault: fault_text };
    Reply::page(fault, composer.frame(&app.site))
}

pub(super) fn post(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.form(MESSAGE_FIELDS)?;
    let unsent = |fault: Fault| fault.with_unsent(fields.get("message"));
    let place = Place::of(app, request, visitor).map_err(unsent)?;
    match try_post(app, request, visitor, &place, &fields) {
        Ok(id) if request.wants_json() => Ok(Reply::json(201, &json!({ "id": id.0 }))),
        Ok(_) => Ok(go_on(app, fields.given("next").unwrap_or(&app.site.path(&place.path)))),
        Err(fault) if request.wants_json() => Err(fault),
        Err(fault) if is_from_frame(app, &place.path, &fields) => {
            Ok(compose_frame(app, &place.path, &Draft::after(&fields, &fault), Some(&fault)))
        }
        Err(fault) => {
            // From memory alone: what was typed must come back whatever the disk does.
            let history = place.recent(app, PAGE);
            Ok(page(app, request, visitor, &place, &history, &Draft::after(&fields, &fault), Some(&fault)))
        }
    }
}

fn try_post(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    place: &Place,
    fields: &Fields,
) -> Result<Seq, Fault> {
    let body = Body::parse(fields.get("message"))?;
    let nonce = fields.given("nonce").filter(|nonce| !nonce.is_empty()).map(Nonce::parse).transpose()?;
    let posted = |nonce: &Nonce| app.chat.state().knows_nonce(visitor.member, nonce);
    if !nonce.as_ref().is_some_and(posted) {
        app.post_throttle.take(&visitor.member, request.instant).map_err(Fault::too_many_messages)?;
    }
    if !place.inside {
        return Err(Fault::outside());
    }
    if place.over {
        return Err(Refusal::PartnerGone.into());
    }
    place.post(app, visitor.member, body, nonce, request.now)
}

/// Of these members, those who are in a room, by name; in a conversation that has not begun, nobody.
pub(super) fn in_room(state: &State, room: Option<RoomId>, members: &[MemberId]) -> Vec<Username> {
    let inside = |member: &MemberId| room.is_some_and(|room| state.is_in(*member, room));
    state.names(&members.iter().copied().filter(inside).collect::<Vec<_>>())
}

fn page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    place: &Place,
    history: &History,
    draft: &Draft,
    fault: Option<&Fault>,
) -> Reply {
    let fault_text = fault.map(|fault| fault.detail.as_str());
    let composer = Composer { path: &place.path, nonce: &draft.nonce, draft: draft.text, fault: fault_text };
    let state = app.chat.state();
    let here = in_room(&state, place.room, &app.live.here());
    let seen = place.room.filter(|_| place.inside).map(|room| state.mark_of(visitor.member, room));
    drop(state);
    let sidebar = sidebar(app, visitor, Some(&place.path));
    let room = Room {
        site: &app.site,
        id: place.room,
        path: &place.path,
        heading: &place.heading,
        inside: place.inside,
        over: place.over,
        me: visitor.member,
        zone: visitor.zone,
        seen,
        at: request.query(&["at"]).ok().and_then(|fields| parse_id(fields.given("at")?).ok()),
        history,
        here,
        composer,
        unread: sidebar.unread_elsewhere(),
    };
    let page = Page {
        site: &app.site,
        now: request.now,
        zone: visitor.zone,
        name: place.heading.as_str(),
        member: Some(visitor.name.as_str()),
        kind: room.kind(),
        beside: Some(&sidebar.render()),
    };
    Reply::page(fault, page.with(&room.render()))
}
