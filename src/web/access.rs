//! Who may ask: the gates against other sites, and where "back" may lead.

use std::slice;

use percent_encoding::percent_decode_str;

use super::App;
use super::form::NEXT_MAX;
use super::http_error::HttpError;
use super::reply::Reply;
use super::request::Request;
use crate::authority::{FormSource, Hosts};

/// Longest host or origin that is shown, in characters.
const SHOWN_MAX: usize = 100;

/// Lets a request in that asks for one of our names.
pub(super) fn check_host(app: &App, request: &Request) -> Result<(), HttpError> {
    let host = request.header("host")?.unwrap_or_default();
    if app.hosts.answer_to(host, request.https) {
        Ok(())
    } else {
        Err(HttpError::UnknownHost(shortened(host)))
    }
}

/// Lets a request change something only if it comes from our own pages, or from no page at all.
///
/// `Sec-Fetch-Site` is the browser's own word. It is not sent to plain-http addresses other than
/// localhost; there `Origin` must be ours. A client that sends neither is no browser (OWASP,
/// Cross-Site Request Forgery Prevention Cheat Sheet: Fetch Metadata, verifying origin).
pub(super) fn check_origin(app: &App, request: &Request) -> Result<(), HttpError> {
    match (request.header("sec-fetch-site")?, request.header("origin")?) {
        (Some("same-origin" | "none"), _) | (None, None) => Ok(()),
        (None, Some(origin)) if origin.contains("://") => check_named_origin(app, request, origin),
        _ => Err(HttpError::Foreign),
    }
}

/// Checks an origin that has a name, which may be ours and look foreign behind a proxy.
fn check_named_origin(app: &App, request: &Request, origin: &str) -> Result<(), HttpError> {
    let host = request.header("host")?.unwrap_or_default();
    let (theirs, ours) = (FormSource::of_origin(origin), FormSource::of_host(host, request.https));
    let is_own = |theirs: &FormSource, ours: &FormSource| theirs == ours || app.hosts.owns(theirs, ours);
    if theirs.as_ref().zip(ours.as_ref()).is_some_and(|(theirs, ours)| is_own(theirs, ours)) {
        return Ok(());
    }
    let scheme = if request.https { "https" } else { "http" };
    let mend = match (&theirs, &ours) {
        (Some(theirs), Some(ours)) if theirs.authority == ours.authority => {
            "has to send X-Forwarded-Proto, and --trust-proxy has to name the proxy's address".into()
        }
        (Some(theirs), Some(ours))
            if Hosts::new(slice::from_ref(&theirs.authority), false).owns(theirs, ours) =>
        {
            format!(
                "has to pass on Host and X-Forwarded-Proto, with --trust-proxy for its address, or start snug with --host {}",
                shortened(&theirs.authority.to_string())
            )
        }
        _ => "has to pass on Host and X-Forwarded-Proto, with --trust-proxy for its address".to_owned(),
    };
    let (origin, host) = (shortened(origin), shortened(host));
    app.origin_log.log(
        request.instant,
        format_args!(
            "a form from {origin} was refused, as it came to {scheme}://{host}; if both are this chat, its proxy {mend}"
        ),
    );
    Err(HttpError::ForeignOrigin)
}

/// The beginning of what a client claims, for people to read. The door passes on visible ASCII and spaces alone.
fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

/// The path to go on to, if it is one of ours (below `base`); any other is ignored.
///
/// Browsers read `//host`, `/\host` and `/<tab>/host` as other sites, so only visible ASCII is
/// taken, without backslashes, and one slash at the start. They also take `/./` and `/../` out, which may be escaped (and a
/// proxy may see slashes in what is): no page of ours is called so.
pub(super) fn own_path<'a>(base: &str, next: &'a str) -> Option<&'a str> {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let below = next.strip_prefix(base)?;
    let path = below.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let dots = path.split(['/', '\\']).any(|segment| segment == "." || segment == "..");
    (below.starts_with('/') && !next.starts_with("//") && plain && !dots && next.len() <= NEXT_MAX)
        .then_some(next)
}

/// To where the person wanted to go, or into the chat.
pub(super) fn go_on(app: &App, next: &str) -> Reply {
    let chat = app.site.path("/chat");
    Reply::see_other(own_path(&app.site.base, next).unwrap_or(&chat))
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_way_back_stays_in_the_house() {
        for ours in ["/", "/chat", "/chat?before=12#m3", "/a//b"] {
            assert_eq!(own_path("", ours), Some(ours));
        }
        let long = format!("/{}", "x".repeat(512));
        for foreign in [
            "", "chat", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example",
            "javascript:alert(1)", "/a b", "/ü", "/a\r\nSet-Cookie: x=1", &long,
        ] {
            assert_eq!(own_path("", foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_way_back_stays_below_the_chats_own_path() {
        for ours in [
            "/chat/", "/chat/chat?next=/../x", "/chat/people/b..b", "/chat/a%20b", "/chat/...",
            "/chat//x#/../",
        ] {
            assert_eq!(own_path("/chat", ours), Some(ours));
        }
        for foreign in [
            "/", "/chat", "/chatter", "/login", "/chat/..", "/chat/../admin", "/chat/./../x",
            "/chat/a/../../x", "/chat/%2e%2e/x", "/chat/.%2E/x", "/chat/%2e./x", "/chat/..%2f",
            "/chat/..%2fadmin", "/chat/x%2f..%2F..", "/chat/..%5cx", "/chat/..?x", "/chat/..#x", "/chat/%ff",
            "//chat/", "/chat/./x",
        ] {
            assert_eq!(own_path("/chat", foreign), None, "{foreign}");
        }
    }
}
