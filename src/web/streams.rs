//! What goes on: events for programs and for our script, and a page that never ends.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::App;
use super::fault::Fault;
use super::form::Fields;
use super::place::Place;
use super::reply::Reply;
use super::request::Request;
use super::room::{PAGE, in_room, look_at, message_json, parse_id};
use super::routes::Answer;
use super::sessions::{Sessions, Visitor};
use crate::chat::{History, MemberId, Message, RoomId, Scope, Seq, Timestamp, Username};
use crate::live::{Audience, Form, NoStream, Source, Subscription, View};
use crate::views::message::Entry;
use crate::views::room::{LiveFrame, here as in_words};

/// Messages that a stream catches up with; whoever missed more loads the page anew.
const CATCH_UP: usize = 500;
/// The same, in bytes as told.
const CATCH_UP_BYTES: usize = 256 * 1024;
/// Of those who type, as many are named: a page tells one name, or how many.
const TYPING_NAMED: usize = 10;
/// Of those who watch anything, as many are named for the list of people.
const PRESENT_NAMED: usize = 100;
/// How long a browser waits before it connects again, in milliseconds.
const RETRY: u32 = 2_000;
/// Somebody missed more than can be told: the page has to be loaded anew.
const RELOAD: &str = "event: reload\ndata:\n\n";

/// GET `/events`: server-sent events (WHATWG HTML, 9.2), from `Last-Event-ID` or `after` on, or
/// from now.
pub(super) fn events(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.query(&["after", "format", "room"])?;
    let room = own_room(app, visitor, &fields)?;
    let form = match fields.get("format") {
        "" | "json" => Form::Json,
        "html" => Form::Html,
        _ => return Err(Fault::bad_request("The format is json or html.")),
    };
    // A browser that comes back sends both, and the header is the newer one.
    let last_seen = request.header("last-event-id")?.filter(|id| !id.is_empty());
    let after = last_seen.or(fields.given("after")).map(parse_id).transpose()?;
    let after = after.unwrap_or_else(|| app.chat.state().last());
    let scope = Scope::Of(visitor.member);
    let missed = app.chat.since(scope, after, CATCH_UP)?.filter(|history| history.newest);
    let retry = format!("retry: {RETRY}\n\n");
    let Some(missed) = missed else {
        return Ok(Reply::events(retry + RELOAD));
    };
    // The seat first: what it takes to tell what was missed is bounded by the seats.
    let view = View { form, zone: app.site.zone };
    let ticket = reserve(app, request, visitor, view, room, missed.seq)?;
    if let Some(events) = told(app, &missed, view) {
        return Ok(go_on(Reply::events(retry + &events), ticket));
    }
    if let Some(ticket) = ticket {
        app.live.cancel(ticket);
    }
    Ok(Reply::events(retry + RELOAD))
}

/// GET `.../live`: a room's newest messages, and then each as it comes, without a script.
pub(super) fn page(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let place = Place::inside(app, request, visitor)?;
    let history = place.history(app, None, PAGE)?;
    let seen = request.query(&["seen"])?.given("seen").map(parse_id).transpose()?;
    look_at(app, request, visitor, &place, &history);
    let view = View { form: Form::Page, zone: app.site.zone };
    // A conversation that has not begun has no stream: its page is just loaded again and again.
    let ticket = match place.room.map(|room| reserve(app, request, visitor, view, room, history.seq)) {
        // And so is this one.
        None | Some(Err(Fault { status: 429 | 503, .. })) => None,
        Some(ticket) => ticket?,
    };
    let unseen = history.unseen(seen, &visitor.name);
    let frame = LiveFrame { site: &app.site, path: &place.path, room: place.room, history: &history, unseen };
    Ok(go_on(Reply::html_text(200, frame.beginning()), ticket))
}

/// POST `/typing`: a hint for the others in the room, which is never stored.
pub(super) fn typing(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.form(&["room"])?;
    let room = own_room(app, visitor, &fields)?;
    app.live.typing(visitor.member, room);
    Ok(Reply::text(200, "ok\n"))
}

/// The room that a field names, or the shared one; it is not there for one who is not in it.
fn own_room(app: &App, visitor: &Visitor, fields: &Fields) -> Result<RoomId, Fault> {
    let room = fields.given("room").map_or(Ok(Seq::default()), parse_id).map(RoomId)?;
    if app.chat.state().is_in(visitor.member, room) { Ok(room) } else { Err(Fault::not_found()) }
}

/// A seat for this stream; none for HEAD, which gets no body.
fn reserve(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    view: View,
    room: RoomId,
    after: Seq,
) -> Result<Option<u64>, Fault> {
    if request.method == "HEAD" {
        return Ok(None);
    }
    let subscription = Subscription { view, room, after, member: visitor.member, session: visitor.digest() };
    app.live.reserve(subscription).map(Some).map_err(|none| match none {
        NoStream::Full => Fault::streams_full(),
        NoStream::MemberFull => Fault::too_many_streams(),
    })
}

fn go_on(reply: Reply, ticket: Option<u64>) -> Reply {
    ticket.into_iter().fold(reply, Reply::stream)
}

/// What was missed, as the events that would have told it; nothing if it is too much.
fn told(app: &App, missed: &History, view: View) -> Option<String> {
    let mut events = String::new();
    let mut earlier: HashMap<RoomId, Message> = HashMap::new();
    for (message, author) in &missed.messages {
        let room = message.room;
        let before = earlier.remove(&room).or_else(|| {
            let before = app.chat.history(room, Some(message.id), 1).ok()?.messages.pop();
            before.map(|(message, _)| message)
        });
        events += &render(app, before.as_ref(), message, author, view);
        if events.len() > CATCH_UP_BYTES {
            return None;
        }
        earlier.insert(room, message.clone());
    }
    Some(events)
}

/// A message as one kind of stream tells it.
fn render(app: &App, earlier: Option<&Message>, message: &Message, author: &Username, view: View) -> String {
    let html = || {
        let site = Some(&app.site);
        Entry { site, zone: view.zone, earlier, message, author, unseen: false }.render().into_string()
    };
    match view.form {
        Form::Json => event(message.id, &message_json(message, author).to_string()),
        Form::Html => event(message.id, &html()),
        Form::Page => html() + "\n",
    }
}

/// One event; data of several lines is several fields.
fn event(id: Seq, data: &str) -> String {
    format!("id: {id}\ndata: {}\n\n", data.replace('\n', "\ndata: "))
}

impl Source for App {
    fn message(&self, id: Seq, view: View) -> Option<Vec<u8>> {
        let state = self.chat.state();
        let (earlier, message, author) = state.message(id)?;
        let (earlier, message, author) = (earlier.cloned(), message.clone(), author.clone());
        drop(state);
        Some(render(self, earlier.as_ref(), &message, &author, view).into_bytes())
    }

    fn audience(&self, room: RoomId) -> Audience {
        let state = self.chat.state();
        (room != RoomId::SHARED).then(|| Arc::new(state.audience(room)))
    }

    fn seen(&self, member: MemberId, room: RoomId, up_to: Seq) {
        self.marks.note(member, room, up_to);
    }

    fn people(&self, room: RoomId, here: &[MemberId], typing: &[MemberId]) -> Vec<u8> {
        let state = self.chat.state();
        let typing = state.names(&typing[..typing.len().min(TYPING_NAMED)]);
        let typing: Vec<&str> = typing.iter().map(Username::as_str).collect();
        let present = state.names(&here[..here.len().min(PRESENT_NAMED)]);
        let present: Vec<&str> = present.iter().map(Username::as_str).collect();
        let here = in_words(&in_room(&state, Some(room), here));
        let people = json!({ "here": here, "present": present, "typing": typing });
        format!("event: people\ndata: {people}\n\n").into_bytes()
    }

    fn may_watch(&self, subscription: &Subscription) -> bool {
        // Apart, as both read the state.
        let inside = self.chat.state().is_in(subscription.member, subscription.room);
        inside && Sessions::keep(self, &subscription.session, Timestamp::now())
    }
}
