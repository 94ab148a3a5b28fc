//! The table of routes, and the way from a request to its function.

use percent_encoding::percent_decode_str;

use super::access::{check_host, check_origin};
use super::context::{Context, Visitor};
use super::form::parse_id;
use super::form_page::{member_card, stranger_card};
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply, respond};
use super::request::Request;
use super::room_access::RoomPath;
use super::sessions::Sessions;
use super::{
    App, activity, chat_settings, composer, day, file_download, files, gzip, half_uploads, install, mentions,
    message, node, nodes, notifications, people, pins, posting, profile, reactions, removed_members, reset,
    room, room_files, rooms, script, search, sidebar, sign_in, socket, streams, switcher,
};
use crate::chat::{MemberId, NameKey, Refusal, RoomId, Seq};
use crate::emoji;
use crate::exchange::RequestParts;
use crate::fair::Client;
use crate::views::{NoticePage, SCRIPT, WORKER, frame};

/// Callers of a route's handler. A member's handlers cannot be called without a visitor.
enum Access {
    Anyone(fn(&App, &Request, Option<&Visitor>) -> HandlerResult),
    /// Strangers are asked to sign in first.
    Member(Handler),
    /// For members, inside another page, where a sign-in page would be lost.
    MemberFrame(Handler),
    /// For programs: strangers are told so.
    MemberProgram(Handler),
    /// May take files: the first handler decides by the head whether a body is spooled, the second does what is asked for.
    Upload(Handler, Handler),
}

/// A member's handler, by what its route's `:id` or `:name` captures. An id that is none is a 404.
enum Handler {
    Page(fn(&Context) -> HandlerResult),
    /// The shared room, a room by its id, or a conversation by its partner's name.
    Shared(fn(&Context, &RoomPath) -> HandlerResult),
    Room(fn(&Context, &RoomPath) -> HandlerResult),
    Conversation(fn(&Context, &RoomPath) -> HandlerResult),
    Named(fn(&Context, RoomId) -> HandlerResult),
    Person(fn(&Context, &NameKey) -> HandlerResult),
    Removed(fn(&Context, MemberId) -> HandlerResult),
    Message(fn(&Context, Seq) -> HandlerResult),
    File(fn(&Context, Seq) -> HandlerResult),
    /// As it stands.
    Word(fn(&Context, &str) -> HandlerResult),
}

impl Handler {
    /// `captured`: the one segment that the route's pattern leaves open; empty where it has none.
    fn call(&self, cx: &Context, captured: &str) -> HandlerResult {
        let id = |none: HttpError| {
            let id = parse_id(captured).map_err(|_| none.with_unsent(&cx.request.typed_text()))?;
            cx.app.catch_up_to(id, cx.request);
            Ok::<_, HttpError>(id)
        };
        let room = || {
            let room = RoomId(id(HttpError::NotFound)?);
            cx.app.catch_up_unless(|state| state.sees(cx.visitor.member, room), cx.request);
            Ok::<_, HttpError>(room)
        };
        let name = || {
            // What is not UTF-8 is nobody's name, and stays so.
            let name = NameKey::of(&percent_decode_str(captured).decode_utf8_lossy());
            cx.app.catch_up_unless(|state| state.member_named(&name).is_some(), cx.request);
            name
        };
        match self {
            Page(handler) => handler(cx),
            Shared(handler) => handler(cx, &RoomPath::Room(RoomId::SHARED)),
            Room(handler) => handler(cx, &RoomPath::Room(room()?)),
            Conversation(handler) => handler(cx, &RoomPath::Conversation(name())),
            Named(handler) => handler(cx, room()?),
            Person(handler) => handler(cx, &name()),
            Removed(handler) => handler(cx, MemberId(id(HttpError::NotFound)?)),
            Message(handler) => handler(cx, id(Refusal::NoSuchMessage.into())?),
            File(handler) => handler(cx, id(HttpError::NoFile)?),
            Word(handler) => handler(cx, captured),
        }
    }
}

use Access::{Anyone, Member, MemberFrame, MemberProgram, Upload};
use Handler::{Conversation, File, Message, Named, Page, Person, Removed, Room, Shared, Word};

/// A crawler has to be let in to see `noindex`; one that is kept out lists an address that others link to
/// (<https://developers.google.com/search/docs/crawling-indexing/block-indexing>).
const ROBOTS: &str = "# Nothing here is to be indexed: every answer says so (X-Robots-Tag: noindex).\n\
                      # To see that, crawlers have to be let in.\n\
                      User-agent: *\nDisallow:\n";

const ROUTES: &[(&str, &str, Access)] = &[
    ("GET", "/", Anyone(sign_in::home)),
    ("GET", "/register", Anyone(sign_in::register_form)),
    ("POST", "/register", Anyone(sign_in::register)),
    ("GET", "/login", Anyone(sign_in::login_form)),
    ("POST", "/login", Anyone(sign_in::login)),
    ("GET", "/logout", Anyone(sign_in::logout_form)),
    ("POST", "/logout", Anyone(sign_in::logout)),
    ("GET", "/reset", Anyone(reset::form)),
    ("POST", "/reset", Anyone(reset::set)),
    ("GET", "/chat", Member(Shared(room::show))),
    ("POST", "/chat", Upload(Shared(posting::admit), Shared(posting::post))),
    ("GET", "/chat/live", MemberFrame(Shared(streams::page))),
    ("GET", "/chat/files", Member(Shared(room_files::list))),
    ("GET", "/chat/pins", Member(Shared(pins::list))),
    ("GET", "/chat/compose", MemberFrame(Shared(composer::compose))),
    ("GET", "/chat/notifications", Member(Shared(notifications::show))),
    ("POST", "/chat/notifications", Member(Shared(notifications::choose))),
    ("POST", "/chat/read", MemberProgram(Shared(rooms::read))),
    ("GET", "/rooms", Member(Page(rooms::list))),
    ("POST", "/rooms", Member(Page(rooms::open))),
    ("GET", "/rooms/:id", Member(Room(room::show))),
    ("POST", "/rooms/:id", Upload(Room(posting::admit), Room(posting::post))),
    ("GET", "/rooms/:id/live", MemberFrame(Room(streams::page))),
    ("GET", "/rooms/:id/files", Member(Room(room_files::list))),
    ("GET", "/rooms/:id/pins", Member(Room(pins::list))),
    ("GET", "/rooms/:id/compose", MemberFrame(Room(composer::compose))),
    ("POST", "/rooms/:id/notifications", Member(Room(notifications::choose))),
    ("POST", "/rooms/:id/read", MemberProgram(Room(rooms::read))),
    ("GET", "/rooms/:id/about", Member(Named(rooms::about))),
    ("POST", "/rooms/:id/about", Member(Named(rooms::change))),
    ("POST", "/rooms/:id/add", Member(Named(rooms::add))),
    ("POST", "/rooms/:id/join", Member(Named(rooms::join))),
    ("POST", "/rooms/:id/decline", Member(Named(rooms::decline))),
    ("POST", "/rooms/:id/leave", Member(Named(rooms::leave))),
    ("GET", "/people", Member(Page(people::all_people))),
    ("GET", "/people/:name", Member(Conversation(room::show))),
    ("POST", "/people/:name", Upload(Conversation(posting::admit), Conversation(posting::post))),
    ("GET", "/people/:name/live", MemberFrame(Conversation(streams::page))),
    ("GET", "/people/:name/files", Member(Conversation(room_files::list))),
    ("GET", "/people/:name/pins", Member(Conversation(pins::list))),
    ("GET", "/people/:name/compose", MemberFrame(Conversation(composer::compose))),
    ("POST", "/people/:name/notifications", Member(Conversation(notifications::choose))),
    ("POST", "/people/:name/read", MemberProgram(Conversation(rooms::read))),
    ("GET", "/people/:name/about", Member(Person(chat_settings::person))),
    ("POST", "/people/:name/role", Member(Person(chat_settings::change_role))),
    ("POST", "/people/:name/remove", Member(Person(chat_settings::remove))),
    ("GET", "/messages/:id", Member(Message(message::go_to))),
    ("GET", "/messages/:id/about", Member(Message(message::about))),
    ("POST", "/messages/:id/edit", Member(Message(message::edit))),
    ("POST", "/messages/:id/pin", Member(Message(pins::pin))),
    ("POST", "/messages/:id/react", Member(Message(reactions::react))),
    ("POST", "/messages/:id/unread", Member(Message(activity::mark_unread))),
    ("POST", "/messages/:id/remove", Member(Message(message::remove))),
    ("GET", "/activity", Member(Page(activity::show))),
    ("POST", "/activity/seen", Member(Page(activity::seen))),
    ("POST", "/read-all", Member(Page(activity::read_all))),
    ("GET", "/search", Member(Page(search::search))),
    ("GET", "/day", Member(Page(day::day))),
    ("GET", "/switch", MemberProgram(Page(switcher::switch))),
    ("GET", "/shortcuts", Member(Page(switcher::shortcuts))),
    ("GET", "/me", Member(Page(profile::show))),
    ("GET", "/me/messages", Member(Page(search::own_messages))),
    ("POST", "/me/zone", Member(Page(profile::choose_zone))),
    ("POST", "/me/quiet", Member(Page(profile::choose_quiet_hours))),
    ("POST", "/me/language", Member(Page(profile::choose_language))),
    ("POST", "/me/sessions", Member(Page(profile::sign_out))),
    ("POST", "/me/password", Member(Page(profile::change_password))),
    ("GET", "/owner", Member(Page(chat_settings::house))),
    ("POST", "/owner", Member(Page(chat_settings::configure))),
    ("GET", "/owner/invite", Member(Page(chat_settings::invite))),
    ("GET", "/owner/removed", Member(Page(removed_members::list))),
    ("GET", "/owner/removed/:id", Member(Removed(removed_members::person))),
    ("POST", "/owner/removed/:id", Member(Removed(removed_members::offer_return))),
    ("GET", "/owner/nodes", Member(Page(nodes::list))),
    ("POST", "/files", Upload(Page(files::admit), Page(files::upload))),
    ("PUT", "/files", Upload(Page(files::admit), Page(files::upload))),
    ("POST", "/files/uploads", MemberProgram(Page(half_uploads::begin))),
    ("GET", "/files/uploads/:name", MemberProgram(Word(half_uploads::show))),
    ("PATCH", "/files/uploads/:name", Upload(Word(half_uploads::admit), Word(half_uploads::append))),
    ("GET", "/files/:id", Member(File(file_download::send))),
    ("GET", "/files/:id/preview", MemberProgram(File(file_download::send_preview))),
    ("POST", "/files/:id/remove", Member(File(files::remove))),
    ("GET", "/sidebar", MemberProgram(Page(sidebar::sidebar_alone))),
    ("GET", "/events", MemberProgram(Page(streams::events))),
    ("POST", "/typing", MemberProgram(Page(streams::typing))),
    ("GET", "/socket", MemberProgram(Page(socket::open))),
    ("POST", "/socket", Anyone(socket::say)),
    ("POST", "/mentions", MemberProgram(Page(mentions::outside))),
    ("GET", "/emoji.txt", Anyone(|_, _, _| Ok(Reply::text(200, emoji::LIST).kept_for_ever()))),
    ("GET", SCRIPT.path, Anyone(|_, request, _| script::send(request))),
    ("GET", WORKER.path, Anyone(|_, request, _| script::send_worker(request))),
    ("GET", "/manifest.webmanifest", Anyone(install::manifest)),
    ("GET", "/icon-192.png", Anyone(|_, _, _| Ok(Reply::png(install::ICON_192)))),
    ("GET", "/icon-512.png", Anyone(|_, _, _| Ok(Reply::png(install::ICON_512)))),
    ("GET", "/icon-maskable.png", Anyone(|_, _, _| Ok(Reply::png(install::ICON_MASKABLE)))),
    ("GET", "/apple-touch-icon.png", Anyone(|_, _, _| Ok(Reply::png(install::APPLE_TOUCH_ICON)))),
    ("GET", "/healthz", Anyone(|_, _, _| Ok(Reply::text(200, "ok\n")))),
    ("GET", "/readyz", Anyone(node::ready)),
    ("GET", "/robots.txt", Anyone(|_, _, _| Ok(Reply::text(200, ROBOTS)))),
];

/// The answer to a request.
pub(super) fn answer(app: &App, raw: &tiny_http::Request, parts: Option<Box<RequestParts>>) -> Reply {
    let mut request = Request::of(raw, parts, app.now(), app.site.zone);
    let reply = dispatch(app, &mut request).unwrap_or_else(|error| refuse(app, &request, None, &error));
    reply.for_secure_contexts(&request, app.hsts)
}

fn dispatch(app: &App, request: &mut Request) -> HandlerResult {
    check_host(app, request)?;
    request.enter(&app.site.base)?;
    let found = find(&request.method, &request.path);
    if let Some(offer) = request.offer {
        // A small form is read as all others are: what was typed in it comes back, whatever is wrong.
        let spooled = request.method != "POST" || (request.is_multipart()? && !offer.is_small());
        if !spooled || !matches!(found, Ok((Upload(..), _))) {
            return Ok(Reply::no_spool());
        }
    }
    let (access, captured) = found.map_err(|error| match error {
        HttpError::NotFound => app.unknown_path(&request.path),
        error => error,
    })?;
    let captured = captured.to_owned();
    if !matches!(&*request.method, "GET" | "HEAD") {
        check_origin(app, request).map_err(|error| error.with_unsent(&request.typed_text()))?;
    }
    app.catch_up_with(request);
    let visitor = Sessions::visitor(app, request).filter(|_| app.may_show().is_ok());
    if let Some(Visitor { zone, language, .. }) = &visitor {
        request.locale = request.locale.chosen(*language, *zone);
    }
    let client = Client::new(request.from, visitor.as_ref().map(|visitor| visitor.member.0.0));
    client.act();
    app.lanes.enter(client);
    let erasures = app.file_upkeep.erasures();
    let reply = call(app, request, visitor.as_ref(), access, &captured)
        .unwrap_or_else(|error| refuse(app, request, visitor.as_ref(), &app.explained(error)));
    let reply = if matches!(&*request.method, "GET" | "HEAD") {
        reply
    } else {
        // What is deleted is gone before its author is told.
        app.file_upkeep.sweep_since(erasures, &app.chat);
        app.known_elsewhere(reply, request)
    };
    let reply = match (&*request.method, request.header("if-none-match")) {
        ("GET" | "HEAD", Ok(known)) => reply.tagged(known),
        _ => reply,
    };
    let reply = if gzip::is_wanted(request, visitor.as_ref()) { reply.compressed() } else { reply };
    let renamed = visitor
        .map_or_else(Vec::new, |visitor| Sessions::rename(&Context { app, request, visitor: &visitor }));
    Ok(renamed.into_iter().fold(reply, Reply::cookie_unless_set))
}

fn call(
    app: &App,
    request: &Request,
    visitor: Option<&Visitor>,
    access: &Access,
    captured: &str,
) -> HandlerResult {
    match (access, visitor) {
        (Anyone(handler), visitor) => handler(app, request, visitor),
        (_, None) if let Err(error) = app.may_show().and_then(|()| app.may_turn_away(request)) => {
            refuse_to_show(app, request, access, error)
        }
        (MemberFrame(handler), Some(visitor)) => {
            let reply = handler.call(&Context { app, request, visitor }, captured);
            respond(request, reply, Ok, |error| Ok(refuse_in_frame(app, request, &error)))
        }
        (Member(handler) | MemberProgram(handler), Some(visitor)) => {
            handler.call(&Context { app, request, visitor }, captured)
        }
        (Upload(admit, handler), Some(visitor)) => {
            let cx = &Context { app, request, visitor };
            match request.offer {
                None => handler.call(cx, captured),
                Some(_) if is_framed(request) => {
                    let reply = admit.call(cx, captured);
                    respond(request, reply, Ok, |error| Ok(refuse_in_frame(app, request, &error)))
                }
                Some(_) => admit.call(cx, captured),
            }
        }
        (MemberProgram(_), None) => Err(Sessions::error(app, request)),
        (_, None) if request.wants_json() => Err(Sessions::error(app, request)),
        (MemberFrame(_), None) => Ok(signed_out_in_frame(app, request)),
        // A form that is not read does not say where it stands.
        (Upload(..), None) if request.offer.is_some() && is_framed(request) => {
            Ok(signed_out_in_frame(app, request))
        }
        (Member(_) | Upload(..), None) if request.method == "POST" => sign_in::sign_in_again(app, request),
        (Member(_) | Upload(..), None) => Ok(sign_in::sign_in_first(app, request)),
    }
}

/// Nobody is known to be a member; what was typed comes back.
fn refuse_to_show(app: &App, request: &Request, access: &Access, error: HttpError) -> HandlerResult {
    let error = error.with_unsent(&request.typed_text());
    respond(request, Err(error), Ok, |error| match access {
        MemberFrame(_) => Ok(refuse_in_frame(app, request, &error)),
        _ => Err(error),
    })
}

/// True of a form inside another page.
fn is_framed(request: &Request) -> bool {
    matches!(request.header("sec-fetch-dest"), Ok(Some("iframe")))
}

fn signed_out_in_frame(app: &App, request: &Request) -> Reply {
    let why = Sessions::error(app, request).text(request.locale.language);
    Reply::html(401, frame::signed_out(&app.site, request.locale, &why))
}

fn refuse_in_frame(app: &App, request: &Request, error: &HttpError) -> Reply {
    let page = frame::refused(&app.site, request.locale, &error.text(request.locale.language));
    Reply::page(Some(error), page)
}

/// The routes at a path, each with what its pattern captures there.
fn routes_at(path: &str) -> impl Iterator<Item = (&'static str, &'static Access, &str)> {
    ROUTES
        .iter()
        .filter_map(move |(method, pattern, access)| Some((*method, access, capture(path, pattern)?)))
}

fn find<'a>(method: &str, path: &'a str) -> Result<(&'static Access, &'a str), HttpError> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut at_path = routes_at(path).peekable();
    if at_path.peek().is_none() {
        return Err(HttpError::NotFound);
    }
    let found = at_path.find(|(allowed, ..)| *allowed == method);
    found.map(|(_, access, captured)| (access, captured)).ok_or(HttpError::Method)
}

/// Matches a path with a pattern, in which `:id` or `:name` stands for any one segment: returns that, or "" where there is none.
fn capture<'a>(path: &'a str, pattern: &str) -> Option<&'a str> {
    let (mut segments, mut captured) = (path.split('/'), "");
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted.starts_with(':') && !segment.is_empty() {
            captured = segment;
        } else if segment != wanted {
            return None;
        }
    }
    segments.next().is_none().then_some(captured)
}

/// An error as JSON or as a page, whichever the client asked for.
fn refuse(app: &App, request: &Request, visitor: Option<&Visitor>, error: &HttpError) -> Reply {
    let reply = if request.wants_json() {
        Reply::json_error(error, request.locale.language)
    } else if matches!(error, HttpError::UnknownHost(_)) {
        // No page of ours: its title is for those alone who asked for us.
        Reply::text(421, format!("{}\n", error.text(request.locale.language)))
    } else {
        let locale = request.locale;
        let (heading, text) = (error.heading(locale.language), error.text(locale.language));
        let notice = NoticePage { site: &app.site, locale, heading, text: &text, unsent: error.unsent() };
        let notice = notice.render();
        match visitor {
            Some(visitor) => member_card(&Context { app, request, visitor }, heading, &notice, Some(error)),
            None => stranger_card(app, request, heading, &notice, Some(error)),
        }
    };
    if matches!(error, HttpError::Method) { reply.header("Allow", allowed(&request.path)) } else { reply }
}

fn allowed(path: &str) -> String {
    let methods = routes_at(path).flat_map(|(method, ..)| match method {
        "GET" => &["GET", "HEAD"][..],
        "PUT" => &["PUT"][..],
        "PATCH" => &["PATCH"][..],
        _ => &["POST"][..],
    });
    methods.copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::capture;

    #[test]
    fn a_pattern_takes_one_segment_for_each_of_its_own() {
        for (path, pattern, captured) in [
            ("/", "/", ""),
            ("/chat", "/chat", ""),
            ("/rooms/1", "/rooms/:id", "1"),
            ("/rooms/1/live", "/rooms/:id/live", "1"),
        ] {
            assert_eq!(capture(path, pattern), Some(captured), "{path} {pattern}");
        }
        for (path, pattern) in [
            ("/chat/", "/chat"),
            ("/chat", "/"),
            ("/rooms", "/rooms/:id"),
            ("/rooms/", "/rooms/:id"),
            ("/rooms/1/", "/rooms/:id"),
            ("/rooms/1", "/rooms/:id/live"),
            ("/rooms/1/2/live", "/rooms/:id/live"),
        ] {
            assert_eq!(capture(path, pattern), None, "{path} {pattern}");
        }
    }
}
