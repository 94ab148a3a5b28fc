//! Who may ask: the gate against other sites, and where "back" may lead.

use super::App;
use super::fault::Fault;
use super::reply::Reply;
use super::request::Request;

/// Longest path to come back to, in bytes.
pub(super) const NEXT_MAX: usize = 512;

/// Lets a request change something only if it comes from our own pages, or from no page at all.
///
/// `Sec-Fetch-Site` is the browser's own word. It is not sent to plain-http addresses other than
/// localhost; there `Origin` must be ours. A client that sends neither is no browser (OWASP,
/// Cross-Site Request Forgery Prevention Cheat Sheet: Fetch Metadata, verifying origin).
pub(super) fn check_origin(request: &Request) -> Result<(), Fault> {
    let ours = match (request.header("sec-fetch-site")?, request.header("origin")?) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let scheme = if request.https { "https" } else { "http" };
            let host = request.header("host")?.unwrap_or_default();
            !host.is_empty() && origin.eq_ignore_ascii_case(&format!("{scheme}://{host}"))
        }
        (None, None) => true,
    };
    if ours { Ok(()) } else { Err(Fault::foreign()) }
}

/// The path to go on to, if it is one of ours (below `base`); any other is ignored.
///
/// Browsers read `//host`, `/\host` and `/<tab>/host` as other sites, so only visible ASCII is
/// taken, without backslashes, and one slash at the start.
pub(super) fn own_path<'a>(base: &str, next: &'a str) -> Option<&'a str> {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let below = next.strip_prefix(base)?;
    (below.starts_with('/') && !next.starts_with("//") && plain && next.len() <= NEXT_MAX).then_some(next)
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
            "",
            "chat",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a b",
            "/ü",
            "/a\r\nSet-Cookie: x=1",
            &long,
        ] {
            assert_eq!(own_path("", foreign), None, "{foreign}");
        }
    }
}
