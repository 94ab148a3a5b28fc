//! The table of routes, and the way from a request to its function.

use super::access::{check_host, check_origin};
use super::context::Context;
use super::form_page::{member_card, stranger_card};
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use super::sessions::{Sessions, Visitor};
use super::{
    App, chat_settings, composer, day, install, mentions, message, people, profile, removed_members, reset,
    room, rooms, search, sidebar, sign_in, streams, switcher,
};
use crate::emoji;
use crate::fair::Client;
use crate::views::{NoticePage, frame};

/// A route's function, by who may call it. What a member may do cannot be reached without one.
enum Access {
    Anyone(fn(&App, &Request, Option<&Visitor>) -> HandlerResult),
    /// Strangers are asked to sign in first.
    Member(fn(&Context) -> HandlerResult),
    /// For members, inside another page, where a sign-in page would be lost.
    MemberFrame(fn(&Context) -> HandlerResult),
    /// For programs: strangers are told so.
    MemberProgram(fn(&Context) -> HandlerResult),
}

use Access::{Anyone, Member, MemberFrame, MemberProgram};

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
    ("GET", "/chat", Member(room::show)),
    ("POST", "/chat", Member(room::post)),
    ("GET", "/chat/live", MemberFrame(streams::page)),
    ("GET", "/chat/compose", MemberFrame(composer::compose)),
    ("POST", "/chat/read", MemberProgram(rooms::read)),
    ("GET", "/rooms", Member(rooms::list)),
    ("POST", "/rooms", Member(rooms::open)),
    ("GET", "/rooms/:id", Member(room::show)),
    ("POST", "/rooms/:id", Member(room::post)),
    ("GET", "/rooms/:id/live", MemberFrame(streams::page)),
    ("GET", "/rooms/:id/compose", MemberFrame(composer::compose)),
    ("POST", "/rooms/:id/read", MemberProgram(rooms::read)),
    ("GET", "/rooms/:id/about", Member(rooms::about)),
    ("POST", "/rooms/:id/about", Member(rooms::change)),
    ("POST", "/rooms/:id/add", Member(rooms::add)),
    ("POST", "/rooms/:id/join", Member(rooms::join)),
    ("POST", "/rooms/:id/decline", Member(rooms::decline)),
    ("POST", "/rooms/:id/leave", Member(rooms::leave)),
    ("GET", "/people", Member(people::all_people)),
    ("GET", "/people/:name", Member(room::show)),
    ("POST", "/people/:name", Member(room::post)),
    ("GET", "/people/:name/live", MemberFrame(streams::page)),
    ("GET", "/people/:name/compose", MemberFrame(composer::compose)),
    ("POST", "/people/:name/read", MemberProgram(rooms::read)),
    ("GET", "/people/:name/about", Member(chat_settings::person)),
    ("POST", "/people/:name/role", Member(chat_settings::change_role)),
    ("POST", "/people/:name/remove", Member(chat_settings::remove)),
    ("GET", "/messages/:id", Member(message::go_to)),
    ("GET", "/messages/:id/about", Member(message::about)),
    ("POST", "/messages/:id/edit", Member(message::edit)),
    ("POST", "/messages/:id/remove", Member(message::remove)),
    ("GET", "/search", Member(search::search)),
    ("GET", "/day", Member(day::day)),
    ("GET", "/switch", MemberProgram(switcher::switch)),
    ("GET", "/shortcuts", Member(switcher::shortcuts)),
    ("GET", "/me", Member(profile::show)),
    ("GET", "/me/messages", Member(search::own_messages)),
    ("POST", "/me/zone", Member(profile::choose_zone)),
    ("POST", "/me/language", Member(profile::choose_language)),
    ("POST", "/me/sessions", Member(profile::sign_out)),
    ("POST", "/me/password", Member(profile::change_password)),
    ("GET", "/owner", Member(chat_settings::house)),
    ("POST", "/owner", Member(chat_settings::configure)),
    ("GET", "/owner/invite", Member(chat_settings::invite)),
    ("GET", "/owner/removed", Member(removed_members::list)),
    ("GET", "/owner/removed/:id", Member(removed_members::person)),
    ("POST", "/owner/removed/:id", Member(removed_members::offer_return)),
    ("GET", "/sidebar", MemberProgram(sidebar::sidebar_alone)),
    ("GET", "/events", MemberProgram(streams::events)),
    ("POST", "/typing", MemberProgram(streams::typing)),
    ("POST", "/mentions", MemberProgram(mentions::outside)),
    ("GET", "/emoji.txt", Anyone(|_, _, _| Ok(Reply::text(200, emoji::LIST).kept_for_ever()))),
    ("GET", "/manifest.webmanifest", Anyone(install::manifest)),
    ("GET", "/icon-192.png", Anyone(install::icon)),
    ("GET", "/icon-512.png", Anyone(install::icon)),
    ("GET", "/icon-maskable.png", Anyone(install::icon)),
    ("GET", "/apple-touch-icon.png", Anyone(install::icon)),
    ("GET", "/healthz", Anyone(|_, _, _| Ok(Reply::text(200, "ok\n")))),
    ("GET", "/robots.txt", Anyone(|_, _, _| Ok(Reply::text(200, ROBOTS)))),
];

/// The answer to a request.
pub(super) fn answer(app: &App, raw: &mut tiny_http::Request) -> Reply {
    let mut request = Request::of(raw, app.now(), app.site.zone);
    let reply = dispatch(app, &mut request, raw).unwrap_or_else(|fault| refuse(app, &request, None, &fault));
    reply.for_secure_contexts(&request, app.hsts)
}

fn dispatch(app: &App, request: &mut Request, raw: &mut tiny_http::Request) -> HandlerResult {
    check_host(app, request)?;
    request.enter(&app.site.base)?;
    let call = find(&request.method, &request.path)?;
    if request.method == "POST" {
        let origin = check_origin(app, request);
        let read = request.read_body(raw);
        origin.map_err(|fault| fault.with_unsent(&request.typed_text()))?;
        read?;
    }
    let visitor = Sessions::visitor(app, request);
    if let Some(Visitor { zone, language, .. }) = &visitor {
        request.locale = request.locale.chosen(*language, *zone);
    }
    let client = Client::new(request.from, visitor.as_ref().map(|visitor| visitor.member.0.0));
    client.act();
    app.lanes.enter(client);
    let reply = call_for(app, request, call, visitor.as_ref())
        .unwrap_or_else(|fault| refuse(app, request, visitor.as_ref(), &fault));
    let renamed = visitor
        .map_or_else(Vec::new, |visitor| Sessions::rename(&Context { app, request, visitor: &visitor }));
    Ok(renamed.into_iter().fold(reply, Reply::cookie_unless_set))
}

fn call_for(app: &App, request: &Request, call: &Access, visitor: Option<&Visitor>) -> HandlerResult {
    match (call, visitor) {
        (Anyone(function), visitor) => function(app, request, visitor),
        (MemberFrame(function), Some(visitor)) => {
            function(&Context { app, request, visitor }).or_else(|fault| {
                let page = frame::refused(&app.site, request.locale, &fault.text(request.locale.language));
                if request.wants_json() { Err(fault) } else { Ok(Reply::page(Some(&fault), page)) }
            })
        }
        (Member(function) | MemberProgram(function), Some(visitor)) => {
            function(&Context { app, request, visitor })
        }
        (MemberProgram(_), None) => Err(Sessions::fault(app, request)),
        (_, None) if request.wants_json() => Err(Sessions::fault(app, request)),
        (MemberFrame(_), None) => {
            let why = Sessions::fault(app, request).text(request.locale.language);
            Ok(Reply::html(401, frame::signed_out(&app.site, request.locale, &why)))
        }
        (Member(_), None) if request.method == "POST" => sign_in::sign_in_again(app, request),
        (Member(_), None) => Ok(sign_in::sign_in_first(app, request)),
    }
}

fn find(method: &str, path: &str) -> Result<&'static Access, HttpError> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut at_path = ROUTES.iter().filter(|(_, at, _)| leads_to(path, at)).peekable();
    if at_path.peek().is_none() {
        return Err(HttpError::not_found());
    }
    let found = at_path.find(|(allowed, ..)| *allowed == method);
    found.map(|(_, _, call)| call).ok_or_else(HttpError::method)
}

/// Whether a path is one of these; `:id` stands for any one segment.
fn leads_to(path: &str, pattern: &str) -> bool {
    let (segments, wanted) = (path.split('/'), pattern.split('/'));
    let fits = |(segment, wanted): (&str, &str)| {
        segment == wanted || (wanted.starts_with(':') && !segment.is_empty())
    };
    segments.clone().count() == wanted.clone().count() && segments.zip(wanted).all(fits)
}

/// A fault as JSON or as a page, whichever the client asked for.
fn refuse(app: &App, request: &Request, visitor: Option<&Visitor>, fault: &HttpError) -> Reply {
    let reply = if request.wants_json() {
        Reply::json_fault(fault, request.locale.language)
    } else if fault.status == 421 {
        // No page of ours: its title is for those alone who asked for us.
        Reply::text(421, format!("{}\n", fault.text(request.locale.language)))
    } else {
        let (locale, texts) = (request.locale, &request.locale.texts().notice);
        let heading = match fault.status {
            404 => texts.not_found,
            403 => texts.not_allowed,
            410 => texts.gone,
            503 => texts.not_now,
            _ => texts.did_not_work,
        };
        let text = fault.text(locale.language);
        let notice =
            NoticePage { site: &app.site, locale, heading, text: &text, unsent: fault.unsent.as_deref() };
        let notice = notice.render();
        match visitor {
            Some(visitor) => member_card(&Context { app, request, visitor }, heading, &notice, Some(fault)),
            None => stranger_card(app, request, heading, &notice, Some(fault)),
        }
    };
    if fault.status == 405 { reply.header("Allow", allowed(&request.path)) } else { reply }
}

fn allowed(path: &str) -> String {
    let at_path = ROUTES.iter().filter(|(_, at, _)| leads_to(path, at));
    let methods = at_path.flat_map(|(method, ..)| match *method {
        "GET" => &["GET", "HEAD"][..],
        _ => &["POST"][..],
    });
    methods.copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::leads_to;

    #[test]
    fn a_pattern_takes_one_segment_for_each_of_its_own() {
        for (path, pattern) in
            [("/", "/"), ("/chat", "/chat"), ("/rooms/1", "/rooms/:id"), ("/rooms/1/live", "/rooms/:id/live")]
        {
            assert!(leads_to(path, pattern), "{path} {pattern}");
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
            assert!(!leads_to(path, pattern), "{path} {pattern}");
        }
    }
}
