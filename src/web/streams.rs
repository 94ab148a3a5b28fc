//! What goes on: events for programs and for our script, and a page that never ends.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::App;
use super::context::{Context, Visitor};
use super::form::{FieldList, FieldText, parse_id};
use super::http_error::HttpError;
use super::json::message_json;
use super::linked::linked;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use super::room::{in_room, landing, newest};
use super::room_access::{RoomAccess, RoomPath};
use super::sessions::Sessions;
use crate::chat::{CatchUp, MemberId, Message, MessageChange, MessageView, RoomId, Scope, Seq, State};
use crate::live::{Audience, FeedSource, Format, Reach, Subscription, View, reload};
use crate::text::Locale;
use crate::views::message::MessageRow;
use crate::views::page_place::PagePlace;
use crate::views::reader::Reader;
use crate::views::room::{Landing, LiveFrame, named};
use crate::websocket::text_frame;

/// Messages that a stream catches up with; whoever missed more loads the page anew.
const CATCH_UP: usize = 500;
/// Bytes of rendered events that a stream catches up with.
const CATCH_UP_BYTES: usize = 256 * 1024;
/// Of those who type, as many are named: a page tells two names, or how many.
const TYPING_NAMED: usize = 10;
/// Of those who watch anything, as many are named for the list of people.
const PRESENT_NAMED: usize = 100;
/// Rooms that one stream tells of besides those that its member is in: as many as a browser's windows may show.
const SHOWN_ROOMS_MAX: usize = 32;
/// Milliseconds until a browser connects again.
const RETRY: u32 = 2_000;

form! { EventsQuery { after, format, r#as; room } }

/// GET `/events`: server-sent events (WHATWG HTML, 9.2), from `Last-Event-ID` or `after` on, or
/// from now.
pub(super) fn events(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(EventsQuery::default())?;
    must_be(cx, &fields.r#as)?;
    let (rooms, gone) = shown_rooms(cx, &fields.room)?;
    let form = match &*fields.format {
        "" | "json" => Format::Json,
        "html" => Format::Html,
        _ => return Err(HttpError::BadRequest(|t| t.no_stream_format)),
    };
    // A browser that comes back sends both, and the header is the newer one.
    let last_seen = cx.request.header("last-event-id")?.filter(|id| !id.is_empty());
    let begun = begin(cx, form, rooms, last_seen.or(fields.after.given()))?;
    let (events, ticket) = begun.unwrap_or_else(|| (reload(form), None));
    let gone = gone.iter().map(|room| format!("event: gone\ndata: {}\n\n", room.0));
    let first = format!("retry: {RETRY}\n\n{}", gone.collect::<String>()).into_bytes();
    Ok(go_on(Reply::events([first, events].concat()), ticket))
}

/// Events, and the seat for those that follow.
pub(super) type Beginning = (Vec<u8>, Option<u64>);

/// What was missed after this number, or from now on, and the seat for what follows (none for HEAD). None: it is more
/// than can be told.
pub(super) fn begin(
    cx: &Context,
    form: Format,
    rooms: Box<[RoomId]>,
    after: Option<&str>,
) -> Result<Option<Beginning>, HttpError> {
    let after = after.map(parse_id).transpose()?;
    let after = after.unwrap_or_else(|| cx.app.chat.state().last());
    cx.app.may_stream_after(after, cx.request)?;
    let scope = Scope::RoomsOf(cx.visitor.member, &rooms);
    let missed = cx.app.chat.since(scope, after, CATCH_UP)?.filter(|missed| missed.newest);
    let Some(missed) = missed else { return Ok(None) };
    // The seat first: what it takes to tell what was missed is bounded by the seats.
    // One rendering serves all programs.
    let view = View { form, locale: if form == Format::Html { cx.request.locale } else { Locale::PROGRAM } };
    let ticket = reserve(cx.app, cx.request, subscription(cx.visitor, view, rooms, missed.seq))?;
    let events = told(cx.app, &missed, view);
    if events.is_none()
        && let Some(ticket) = ticket
    {
        cx.app.live.cancel(ticket);
    }
    Ok(events.map(|events| (events, ticket)))
}

/// GET `.../live`: a room's newest messages, and then each as it comes, without a script.
pub(super) fn page(cx: &Context, path: &RoomPath) -> HandlerResult {
    let access = RoomAccess::of(cx, path)?;
    let fields = cx.request.query(form![seen, key, to, at, new, again])?;
    access.must_mean(&fields.to, |t| t.someone_else)?;
    let seen = fields.seen.id()?;
    // What is new, with what came before it, where that reaches to the newest.
    let landing = seen.map(|seen| access.history(cx.app, landing(seen))).transpose()?;
    let landing = landing.filter(|history| history.newest);
    let history = landing.map_or_else(|| access.history(cx.app, newest(None)), Ok)?;
    // Without a script, what is on this page counts as read, but only in the frame of the reader's own page, which
    // knows the key: a link that somebody else wrote is a GET too, and over plain http browsers do not say whether a
    // frame asks (Sec-Fetch-Dest). What was skipped on the way to a message was not shown.
    let skips = fields.at.given().is_some() && !history.goes_on_from(seen);
    let counts = *fields.key == cx.visitor.frame_key() && !skips;
    let reads = counts && access.inside && cx.request.method != "HEAD";
    if let Some(room) = access.room().filter(|_| reads) {
        // A page that loads itself again was open before.
        if fields.again.given().is_some() {
            cx.app.marks.note_on(cx.visitor.member, room, history.seq);
        } else {
            cx.app.marks.note(cx.visitor.member, room, history.seq);
        }
    }
    let view = View { form: Format::Page, locale: cx.request.locale };
    // A conversation that has not begun has no stream: its page is just loaded again and again.
    let subscription =
        |room| Subscription { reads, ..subscription(cx.visitor, view, [room].into(), history.seq) };
    let may_stream = |_: &RoomId| !cx.app.is_silent();
    let ticket =
        match access.room().filter(may_stream).map(|room| reserve(cx.app, cx.request, subscription(room))) {
            // And so is this one.
            None | Some(Err(HttpError::Streams(_))) => None,
            Some(ticket) => ticket?,
        };
    let at = fields.at.id()?;
    // Without where it begins: by then, its reader is elsewhere.
    let again =
        [("seen=", Some(&fields.seen)), ("to=", Some(&fields.to)), ("key=", counts.then_some(&fields.key))];
    let again = again.iter().filter_map(|(name, field)| Some([name, field.as_ref()?.given()?].concat()));
    let frame = LiveFrame {
        site: &cx.app.site,
        locale: cx.request.locale,
        path: &access.path,
        heading: &access.heading,
        room: access.room(),
        history: &history,
        reader: access.reader(cx.visitor.member),
        linked: &linked(cx, &history.messages),
        seen,
        unseen: history.unseen(seen, cx.visitor.member),
        cut_off: cx.app.is_silent(),
        start: at.map(Landing::Message).or_else(|| fields.new.given().map(|_| Landing::New)),
        again: &(cx.app.site.path(&access.path) + "/live?again&" + &again.collect::<Vec<_>>().join("&")),
    };
    Ok(go_on(Reply::html_text(200, frame.beginning()), ticket))
}

/// POST `/typing`: a hint for the others in the room, which is never stored.
pub(super) fn typing(cx: &Context) -> HandlerResult {
    cx.app.may_hint(cx.request, cx.visitor)?;
    let room = cx.request.form(form![room])?.room;
    let room = room_of(cx.app, &room, |state, room| state.is_in(cx.visitor.member, room))?;
    cx.app.tell_typing(cx.visitor.member, room);
    Ok(Reply::text(200, "ok\n"))
}

/// The room that a field names, or the shared one; it is not there for one who may not.
pub(super) fn room_of(
    app: &App,
    room: &FieldText,
    may: impl FnOnce(&State, RoomId) -> bool,
) -> Result<RoomId, HttpError> {
    let room = RoomId(room.id()?.unwrap_or_default());
    if may(&app.chat.state(), room) { Ok(room) } else { Err(HttpError::NotFound) }
}

/// Refuses what a page of another member asks for: its browser has another session now.
pub(super) fn must_be(cx: &Context, by: &FieldText) -> Result<(), HttpError> {
    if by.id()?.is_none_or(|by| MemberId(by) == cx.visitor.member) {
        return Ok(());
    }
    Err(HttpError::AnotherMember(cx.visitor.name.clone()))
}

/// The rooms that a field names, or the shared one; and apart, those that the member may not see. It is an error where
/// that are all.
pub(super) fn shown_rooms(
    cx: &Context,
    field: &FieldList,
) -> Result<(Box<[RoomId]>, Vec<RoomId>), HttpError> {
    let mut rooms: Vec<RoomId> = field.ids()?.into_iter().map(RoomId).collect();
    if rooms.len() > SHOWN_ROOMS_MAX {
        return Err(HttpError::BadRequest(|t| t.many_shown_rooms));
    }
    if rooms.is_empty() {
        rooms.push(RoomId::SHARED);
    }
    let may_see = |state: &State, room: &RoomId| state.sees(cx.visitor.member, *room);
    cx.app.catch_up_unless(|state| rooms.iter().all(|room| may_see(state, room)), cx.request);
    let state = cx.app.chat.state();
    let (mut seen, mut gone) = (Vec::new(), Vec::new());
    for room in rooms {
        let named = if may_see(&state, &room) { &mut seen } else { &mut gone };
        if !named.contains(&room) {
            named.push(room);
        }
    }
    if seen.is_empty() { Err(HttpError::NotFound) } else { Ok((seen.into(), gone)) }
}

fn subscription(visitor: &Visitor, view: View, rooms: Box<[RoomId]>, after: Seq) -> Subscription {
    let (member, session) = (visitor.member, visitor.digest());
    Subscription { view, rooms, after, member, session, reads: false }
}

/// A seat for this stream; none for HEAD, which gets no body.
fn reserve(app: &App, request: &Request, subscription: Subscription) -> Result<Option<u64>, HttpError> {
    if request.method == "HEAD" {
        return Ok(None);
    }
    Ok(Some(app.live.reserve(subscription)?))
}

fn go_on(reply: Reply, ticket: Option<u64>) -> Reply {
    ticket.into_iter().fold(reply, Reply::stream)
}

/// Renders what was missed as events, in order. None: more than [`CATCH_UP`] or [`CATCH_UP_BYTES`].
fn told(app: &App, missed: &CatchUp, view: View) -> Option<Vec<u8>> {
    let mut events: Vec<(Seq, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    let changes = missed.changes.as_ref().filter(|changes| changes.len() <= CATCH_UP)?;
    for (change, said) in changes {
        let earlier = said.as_ref().and_then(|said| earlier(app, &said.message));
        let event = tell_change(app, *change, earlier.as_ref(), said.as_ref(), view);
        bytes += event.len();
        if bytes > CATCH_UP_BYTES {
            return None;
        }
        events.push((change.seq, event));
    }
    let mut last: HashMap<RoomId, Message> = HashMap::new();
    for said in &missed.messages {
        let before = last.remove(&said.message.room).or_else(|| earlier(app, &said.message));
        let event = tell(app, before.as_ref(), said, view);
        bytes += event.len();
        if bytes > CATCH_UP_BYTES {
            return None;
        }
        events.push((said.message.id, event));
        last.insert(said.message.room, said.message.clone());
    }
    events.sort_by_key(|(seq, _)| *seq);
    Some(events.into_iter().flat_map(|(_, event)| event).collect())
}

/// The message before another in its room.
fn earlier(app: &App, message: &Message) -> Option<Message> {
    let before = app.chat.history(message.room, Some(message.id), 1).ok()?.messages.pop();
    before.map(|said| said.message)
}

/// A message as one kind of stream tells it.
fn tell(app: &App, earlier: Option<&Message>, said: &MessageView, view: View) -> Vec<u8> {
    let id = said.message.id;
    match view.form {
        Format::Json => event(id, &message_json(&app.site, said).to_string()).into_bytes(),
        Format::Html => event(id, &html(app, earlier, said, view)).into_bytes(),
        Format::Page => (html(app, earlier, said, view) + "\n").into_bytes(),
        Format::Socket => frame("message", id, &message_json(&app.site, said).to_string()),
    }
}

/// Renders a change as an event. `said` is None for a removed message, and for one that memory has let go.
fn tell_change(
    app: &App,
    change: MessageChange,
    earlier: Option<&Message>,
    said: Option<&MessageView>,
    view: View,
) -> Vec<u8> {
    let name = change.kind.word();
    let number = || json!({ "id": change.message.0, "room": change.room.0.0 }).to_string();
    let (name, data) = match (said, view.form) {
        (None, _) if change.is_removal() => ("removed", number()),
        // So old that memory let it go, and a stream reads no file: whoever shows it asks for it.
        (None, Format::Json | Format::Socket) => (name, number()),
        (None, _) => ("stale", number()),
        (Some(said), Format::Json | Format::Socket) => (name, message_json(&app.site, said).to_string()),
        (Some(said), _) => (name, html(app, earlier, said, view)),
    };
    match view.form {
        Format::Socket => frame(name, change.seq, &data),
        _ => format!("event: {name}\n{}", event(change.seq, &data)).into_bytes(),
    }
}

fn html(app: &App, earlier: Option<&Message>, said: &MessageView, view: View) -> String {
    let (place, reader) = (PagePlace::Chat(&app.site), Reader::Anyone);
    let entry = MessageRow { place, locale: view.locale, earlier, said, reader, unseen: None, linked: &[] };
    entry.render().into_string()
}

/// One event; data of several lines is several fields.
fn event(id: Seq, data: &str) -> String {
    format!("id: {id}\ndata: {}\n\n", data.replace('\n', "\ndata: "))
}

/// The same for a WebSocket.
fn frame(name: &str, id: Seq, data: &str) -> Vec<u8> {
    text_frame(&format!("{{\"event\":\"{name}\",\"id\":{id},\"data\":{data}}}"))
}

impl FeedSource for App {
    fn message(&self, room: RoomId, id: Seq, view: View) -> Option<Vec<u8>> {
        let state = self.chat.state();
        let Some((earlier, said)) = state.message(id) else {
            // What was removed since is told to nobody; what memory let go makes the stream end.
            return state.is_in_window(room, id).then(Vec::new);
        };
        let earlier = earlier.cloned();
        drop(state);
        Some(tell(self, earlier.as_ref(), &said, view))
    }

    fn change(&self, change: MessageChange, view: View) -> Vec<u8> {
        let state = self.chat.state();
        let (earlier, said) = match state.message(change.message) {
            Some((earlier, said)) if !change.is_removal() => (earlier.cloned(), Some(said)),
            // Removed since, which is told next.
            None if !change.is_removal() && state.is_in_window(change.room, change.message) => {
                return Vec::new();
            }
            _ => (None, None),
        };
        drop(state);
        tell_change(self, change, earlier.as_ref(), said.as_ref(), view)
    }

    fn audience(&self, room: RoomId) -> Audience {
        if room == RoomId::SHARED {
            return Audience::Everybody;
        }
        let state = self.chat.state();
        let members = state.audience(room).into_iter().collect();
        if state.is_open(room) { Audience::Open(members) } else { Audience::Members(members) }
    }

    fn seen(&self, member: MemberId, room: RoomId, up_to: Seq) {
        self.marks.note_on(member, room, up_to);
    }

    fn people(&self, room: RoomId, here: &[MemberId], typing: &[MemberId]) -> Vec<u8> {
        let state = self.chat.state();
        let typing = typing.iter().take(TYPING_NAMED).filter_map(|id| {
            let name = &state.active(*id).ok()?.name;
            Some(json!({ "id": id.0.0, "name": name.as_str() }))
        });
        let typing: Vec<Value> = typing.collect();
        let present: Vec<u64> = here.iter().take(PRESENT_NAMED).map(|id| id.0.0).collect();
        // Whoever is not named is not here only if all are.
        let all = here.len() <= PRESENT_NAMED;
        let here = in_room(&state, Some(room), here);
        let (here, more) = named(&here);
        let people = json!({ "room": room.0.0, "here": here, "more": more, "present": present, "all": all, "typing": typing });
        format!("event: people\ndata: {people}\n\n").into_bytes()
    }

    fn may_watch(&self, subscription: &Subscription) -> bool {
        // Apart, as both read the state.
        let may_read = {
            let state = self.chat.state();
            subscription.rooms.iter().all(|room| state.sees(subscription.member, *room))
        };
        may_read && Sessions::keep(self, &subscription.session)
    }

    fn reach(&self) -> Reach {
        App::reach(self)
    }
}
