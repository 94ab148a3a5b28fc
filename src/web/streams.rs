//! What goes on: events for programs and for our script, and a page that never ends.

use serde_json::json;

use super::App;
use super::fault::Fault;
use super::reply::Reply;
use super::request::Request;
use super::room::{PAGE, message_json, parse_id};
use super::routes::Answer;
use super::sessions::{Sessions, Visitor};
use crate::chat::{History, MemberId, Message, Seq, Timestamp, TokenDigest, Username};
use crate::live::{Form, NoStream, Source, Subscription};
use crate::views::Site;
use crate::views::room::{Entry, LiveFrame, here as in_words};

/// Messages that a stream catches up with; whoever missed more loads the page anew.
const CATCH_UP: usize = 500;
/// The same, in bytes as told.
const CATCH_UP_BYTES: usize = 256 * 1024;
/// Of those who type, as many are named: a page tells one name, or how many.
const TYPING_NAMED: usize = 10;
/// How long a browser waits before it connects again, in milliseconds.
const RETRY: u32 = 2_000;
/// Somebody missed more than can be told: the page has to be loaded anew.
const RELOAD: &str = "event: reload\ndata:\n\n";

/// GET `/events`: server-sent events (WHATWG HTML, 9.2), from `Last-Event-ID` or `after` on, or
/// from now.
pub(super) fn events(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.query(&["after", "format"])?;
    let form = match fields.get("format") {
        "" | "json" => Form::Json,
        "html" => Form::Html,
        _ => return Err(Fault::bad_request("The format is json or html.")),
    };
    // A browser that comes back sends both, and the header is the newer one.
    let last_seen = request.header("last-event-id")?.filter(|id| !id.is_empty());
    let after = last_seen.or(fields.given("after")).map(parse_id).transpose()?;
    let after = after.unwrap_or_else(|| app.chat.state().last());
    let missed = app.chat.since(after, CATCH_UP)?.filter(|history| history.newest);
    let retry = format!("retry: {RETRY}\n\n");
    let Some(missed) = missed else {
        return Ok(Reply::events(retry + RELOAD));
    };
    // The seat first: what it takes to tell what was missed is bounded by the seats.
    let ticket = reserve(app, request, visitor, form, missed.seq)?;
    if let Some(events) = told(app, &missed, form) {
        return Ok(go_on(Reply::events(retry + &events), ticket));
    }
    if let Some(ticket) = ticket {
        app.live.cancel(ticket);
    }
    Ok(Reply::events(retry + RELOAD))
}

/// GET `/chat/live`: the newest messages, and then each as it comes, without a script.
pub(super) fn page(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let history = app.chat.history(None, PAGE)?;
    let ticket = match reserve(app, request, visitor, Form::Page, history.seq) {
        // Without a stream the page is just loaded again and again.
        Err(Fault { status: 429 | 503, .. }) => None,
        ticket => ticket?,
    };
    let open = LiveFrame { site: &app.site, history: &history }.beginning();
    Ok(go_on(Reply::html_text(200, open), ticket))
}

/// POST `/typing`: a hint for the others, which is never stored.
pub(super) fn typing(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    request.form(&[])?;
    app.live.typing(visitor.member);
    Ok(Reply::text(200, "ok\n"))
}

/// A seat for this stream; none for HEAD, which gets no body.
fn reserve(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    form: Form,
    after: Seq,
) -> Result<Option<u64>, Fault> {
    if request.method == "HEAD" {
        return Ok(None);
    }
    let subscription = Subscription { form, after, member: visitor.member, session: visitor.digest() };
    app.live.reserve(subscription).map(Some).map_err(|none| match none {
        NoStream::Full => Fault::streams_full(),
        NoStream::MemberFull => Fault::too_many_streams(),
    })
}

fn go_on(reply: Reply, ticket: Option<u64>) -> Reply {
    ticket.into_iter().fold(reply, Reply::stream)
}

/// What was missed, as the events that would have told it; nothing if it is too much.
fn told(app: &App, missed: &History, form: Form) -> Option<String> {
    let mut events = String::new();
    let first = missed.messages.first().map(|(message, _)| message.id);
    let before = first.and_then(|first| app.chat.history(Some(first), 1).ok());
    let mut earlier = before.and_then(|mut before| before.messages.pop()).map(|(message, _)| message);
    for (message, author) in &missed.messages {
        events += &render(&app.site, earlier.as_ref(), message, author, form);
        if events.len() > CATCH_UP_BYTES {
            return None;
        }
        earlier = Some(message.clone());
    }
    Some(events)
}

/// A message as one form of stream tells it.
fn render(
    site: &Site,
    earlier: Option<&Message>,
    message: &Message,
    author: &Username,
    form: Form,
) -> String {
    let html = || Entry { site, earlier, message, author }.render().into_string();
    match form {
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
    fn message(&self, id: Seq, form: Form) -> Option<Vec<u8>> {
        let state = self.chat.state();
        let (earlier, message, author) = state.message(id)?;
        let (earlier, message, author) = (earlier.cloned(), message.clone(), author.clone());
        drop(state);
        Some(render(&self.site, earlier.as_ref(), &message, &author, form).into_bytes())
    }

    fn people(&self, here: &[MemberId], typing: &[MemberId]) -> Vec<u8> {
        let state = self.chat.state();
        let typing = state.names(&typing[..typing.len().min(TYPING_NAMED)]);
        let typing: Vec<&str> = typing.iter().map(Username::as_str).collect();
        let people = json!({ "here": in_words(&state.names(here)), "typing": typing });
        format!("event: people\ndata: {people}\n\n").into_bytes()
    }

    fn may_watch(&self, session: &TokenDigest) -> bool {
        Sessions::keep(self, session, Timestamp::now())
    }
}
