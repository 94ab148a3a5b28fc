//! From the bytes of a request's head to what is passed on: RFC 9112, strictly.

use std::borrow::Cow;
use std::net::IpAddr;

use super::limits::{BODY_MAX, HEADERS_MAX, TARGET_MAX};
use super::rejection::{
    BAD, BODY_TOO_LARGE, EXPECTATION, HEAD_TOO_LARGE, NOT_IMPLEMENTED, Rejection, TARGET_TOO_LONG, VERSION,
};
use crate::exchange::RequestParts;
use crate::network::{Origin, TrustedProxies};

/// A form that may hold files (RFC 7578).
const MULTIPART: &str = "multipart/form-data";

/// The headers that the application reads; all others stay outside.
const PASSED_ON: &[&str] = &[
    "accept", "accept-encoding", "accept-language", "connection", "content-type", "cookie", "if-none-match",
    "if-range", "last-event-id", "origin", "range", "sec-fetch-dest", "sec-fetch-site", "sec-websocket-key",
    "sec-websocket-version", "upgrade", "upload-offset", "user-agent",
];

/// A request's head, as it is passed on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) framing: Framing,
    /// Set where the body may be, or hold, a file: the application is asked before it is read.
    pub(super) upload: bool,
    /// Set by `Expect: 100-continue`.
    pub(super) expects_continue: bool,
    pub(super) persistence: Persistence,
    /// Set for HEAD, whose answer has no body.
    pub(super) bodyless: bool,
    /// Of those who are forwarded, their own.
    pub(super) origin: Origin,
    pub(super) line: RequestLine,
    /// The headers that are passed on, `host` first, by their names in lower case. The values are plain ASCII.
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Its path and query are the target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestLine {
    pub(super) method: Cow<'static, str>,
    pub(super) target: Cow<'static, str>,
}

/// RFC 9112, 9.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    Close,
    Keep,
    /// Keeps the connection, and has to say so (HTTP/1.0).
    KeepIfTold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

/// Offset behind a head's empty line. `from` is the length at the last search.
pub(super) fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(3);
    let ends = bytes[from..].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(index, _)| from + index + 1)
        .find(|&end| bytes[..end].ends_with(b"\n\r\n") || bytes[..end].ends_with(b"\n\n"))
}

impl Head {
    /// Errors: the answer that the client gets. `bytes` is one whole head.
    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    pub(super) fn parse(bytes: &[u8], peer: IpAddr, trusted: &TrustedProxies) -> Result<Self, Rejection> {
        if has_bare_line_feed(bytes) {
            return Err(BAD);
        }
        let mut headers = vec![httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => {}
            Err(httparse::Error::TooManyHeaders) => return Err(HEAD_TOO_LARGE),
            Err(httparse::Error::Version) => return Err(if claims_http(bytes) { VERSION } else { BAD }),
            Ok(httparse::Status::Partial) | Err(_) => return Err(BAD),
        }
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let old = parsed.version == Some(0);
        let headers = Headers(parsed.headers);

        let (target, authority) = split_target(method, target)?;
        let host = headers.once("host")?;
        if host.is_none() && !old {
            return Err(BAD);
        }
        // An absolute target overrules the Host header (RFC 9112, 3.2.2).
        let host = authority.or(host).unwrap_or_default();
        if !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BAD);
        }

        let framing = headers.framing(old)?;
        let kind = headers.all("content-type").next().unwrap_or_default();
        let multipart = kind.get(..MULTIPART.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(MULTIPART));
        let is_file = multipart || matches!(method, "PUT" | "PATCH");
        let upload = match framing {
            Framing::Length(length) => length > BODY_MAX as u64 || (is_file && length > 0),
            Framing::Chunked => is_file,
        };
        let expects_continue = headers.expects_continue(old)?;
        let persistence = headers.persistence(old);
        let origin = trusted.origin(
            peer,
            headers.all("x-forwarded-for"),
            headers.all("x-forwarded-proto").next_back(),
        );
        let line = RequestLine { method: method.to_owned().into(), target: target.into_owned().into() };
        Ok(Self {
            framing,
            upload,
            expects_continue,
            persistence,
            bodyless: method == "HEAD",
            origin,
            line,
            headers: headers.passed_on(host, old),
        })
    }

    /// For the application.
    pub(super) fn parts(&self) -> Box<RequestParts> {
        let mut parts = RequestParts::empty();
        parts.headers.clone_from(&self.headers);
        (parts.from, parts.https) = (self.origin.from, self.origin.https);
        parts
    }

    /// All cookies, in one list.
    pub(super) fn cookies(&self) -> Cow<'_, str> {
        let mut lists = self.headers.iter().filter(|(name, _)| *name == "cookie").map(|(_, list)| &**list);
        let first = lists.next().unwrap_or_default();
        lists.fold(first.into(), |all, list| format!("{all}; {list}").into())
    }
}

/// Some programs take it for a line end and some do not, so it is no line end here.
fn has_bare_line_feed(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().any(|(at, &byte)| byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r'))
}

/// True where the first line ends like one of HTTP, in a version that is not ours.
fn claims_http(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').find(|line| line.len() > 1).unwrap_or_default();
    line.rsplit(|&byte| byte == b' ').next().is_some_and(|version| version.starts_with(b"HTTP/"))
}

/// The path and query, and the authority of a target that has one.
fn split_target<'a>(method: &str, target: &'a str) -> Result<(Cow<'a, str>, Option<&'a str>), Rejection> {
    if target.len() > TARGET_MAX {
        return Err(TARGET_TOO_LONG);
    }
    if method == "CONNECT" {
        return Err(NOT_IMPLEMENTED);
    }
    if !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Err(BAD);
    }
    if target.starts_with('/') || target == "*" {
        return Ok((target.into(), None));
    }
    let (scheme, rest) = target.split_once("://").ok_or(BAD)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(BAD);
    }
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    if authority.is_empty() {
        return Err(BAD);
    }
    let path = if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
    Ok((path, Some(authority)))
}

fn has_token(list: &str, token: &str) -> bool {
    list.split(',').any(|item| item.trim_matches(WHITE).eq_ignore_ascii_case(token))
}

/// White space between the parts of a head; Unicode has more, and HTTP does not.
const WHITE: [char; 2] = [' ', '\t'];

struct Headers<'a>(&'a [httparse::Header<'a>]);

impl<'a> Headers<'a> {
    /// All values of a header that are text; others are nothing that we know.
    fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        let named = self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| std::str::from_utf8(header.value).unwrap_or("\u{FFFD}").trim_matches(WHITE))
    }

    /// The value of a header that may stand there once.
    fn once(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        let mut values = self.all(name);
        let value = values.next();
        if values.next().is_some() { Err(BAD) } else { Ok(value) }
    }

    /// RFC 9112, 6.3. What could be read in two ways is read in none (request smuggling).
    fn framing(&self, old: bool) -> Result<Framing, Rejection> {
        let length = self.once("content-length")?;
        let coding = self.all("transfer-encoding").collect::<Vec<_>>();
        match (length, &coding[..]) {
            (None, []) => Ok(Framing::Length(0)),
            (Some(length), []) => {
                let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
                match length.parse() {
                    _ if !digits => Err(BAD),
                    Ok(length) => Ok(Framing::Length(length)),
                    // Digits that are no u64 are too many.
                    Err(_) => Err(BODY_TOO_LARGE),
                }
            }
            (Some(_), _) => Err(BAD),
            (None, _) if old => Err(BAD),
            (None, ["chunked"]) => Ok(Framing::Chunked),
            (None, [one]) if one.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
            (None, _) => Err(NOT_IMPLEMENTED),
        }
    }

    fn expects_continue(&self, old: bool) -> Result<bool, Rejection> {
        match self.once("expect")? {
            None => Ok(false),
            Some(_) if old => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("100-continue") => Ok(true),
            Some(_) => Err(EXPECTATION),
        }
    }

    fn persistence(&self, old: bool) -> Persistence {
        let says = |token: &str| self.all("connection").any(|list| has_token(list, token));
        match old {
            _ if says("close") => Persistence::Close,
            false => Persistence::Keep,
            true if says("keep-alive") => Persistence::KeepIfTold,
            true => Persistence::Close,
        }
    }

    fn passed_on(&self, host: &str, old: bool) -> Vec<(&'static str, String)> {
        let mut passed = vec![("host", host.to_owned())];
        for header in self.0 {
            let name = PASSED_ON.iter().find(|name| header.name.eq_ignore_ascii_case(name));
            // HTTP/1.0 has no other protocols (RFC 9110, 7.8).
            if let Some(name) = name.filter(|name| !old || **name != "upgrade") {
                // Another program's cookie must not lock anybody out.
                let plain =
                    |&byte: &u8| if byte == b' ' || byte.is_ascii_graphic() { byte.into() } else { '?' };
                passed.push((name, header.value.trim_ascii().iter().map(plain).collect()));
            }
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(head: &str) -> Result<Head, Rejection> {
        Head::parse(head.as_bytes(), IpAddr::from([192, 0, 2, 1]), &TrustedProxies::default())
    }

    fn with(lines: &str) -> Result<Head, Rejection> {
        parse(&format!("POST /chat HTTP/1.1\r\nHost: here\r\n{lines}\r\n"))
    }

    #[test]
    fn a_head_is_passed_on_in_one_form() {
        let head = parse("GET /a?b HTTP/1.1\r\nhOsT:  here:80 \r\nAccept:x\r\nX-Snug-From: 1.1.1.1\r\nX-Forwarded-For: 1.1.1.1\r\nCookie: a=\u{e9}\r\n\r\n").unwrap();
        assert_eq!((&*head.line.method, &*head.line.target), ("GET", "/a?b"));
        let expected = [("host", "here:80"), ("accept", "x"), ("cookie", "a=??")];
        assert_eq!(head.headers, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!((head.origin.from, head.origin.https), (IpAddr::from([192, 0, 2, 1]), false));
        assert_eq!((head.persistence, head.bodyless), (Persistence::Keep, false));
    }

    #[test]
    fn ambiguous_framing_is_refused() {
        assert_eq!(with("Content-Length: 3\r\n").unwrap().framing, Framing::Length(3));
        assert_eq!(with("Transfer-Encoding: Chunked\r\n").unwrap().framing, Framing::Chunked);
        for lines in [
            "Content-Length: 3\r\nContent-Length: 3\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: +3\r\n",
            "Content-Length: 3, 3\r\n",
            "Content-Length: \r\n",
            "Content-Length: 0x3\r\n",
            "Content-Length : 3\r\n",
            "Content-Length: \u{a0}3\r\n",
            "A: b\nC: d\r\n",
            "Host: there\r\n",
            " folded: x\r\n",
            "A: b\r\n c\r\n",
        ] {
            assert_eq!(with(lines), Err(BAD), "{lines}");
        }
        for lines in [
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ] {
            assert_eq!(with(lines), Err(NOT_IMPLEMENTED), "{lines}");
        }
        assert_eq!(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(BAD));
        assert_eq!(with("Content-Length: 99999999999999999999999\r\n"), Err(BODY_TOO_LARGE));
    }

    #[test]
    fn targets_and_versions() {
        let first = |line: &str| parse(&format!("{line}\r\nHost: here\r\n\r\n"));
        let absolute = |line: &str| {
            let head = first(line).unwrap();
            (head.line.target.into_owned(), head.headers[0].1.clone())
        };
        assert_eq!(absolute("GET http://there/x HTTP/1.1"), ("/x".into(), "there".into()));
        assert_eq!(absolute("GET http://there HTTP/1.1"), ("/".into(), "there".into()));
        assert_eq!(absolute("GET http://there?x HTTP/1.1"), ("/?x".into(), "there".into()));
        for line in [
            "GET x HTTP/1.1", "GET ftp://x/ HTTP/1.1", "GET http:///x HTTP/1.1", "GET /\u{e9} HTTP/1.1",
            "GET /#x HTTP/1.1", "GET /x", "/x HTTP/1.1", "GET  /x HTTP/1.1",
        ] {
            assert_eq!(first(line), Err(BAD), "{line}");
        }
        assert_eq!(first("GET / HTTP/2.0"), Err(VERSION));
        assert_eq!(first("CONNECT here:80 HTTP/1.1"), Err(NOT_IMPLEMENTED));
        assert_eq!(first(&format!("GET /{} HTTP/1.1", "x".repeat(TARGET_MAX))), Err(TARGET_TOO_LONG));
        assert_eq!(parse("GET / HTTP/1.1\r\n\r\n"), Err(BAD));
        let persistence = |head: &str| parse(head).unwrap().persistence;
        assert_eq!(persistence("GET / HTTP/1.0\r\n\r\n"), Persistence::Close);
        assert_eq!(persistence("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), Persistence::KeepIfTold);
        assert_eq!(with("Expect: 200-ok\r\n"), Err(EXPECTATION));
        assert_eq!(with(&"A: b\r\n".repeat(HEADERS_MAX)), Err(HEAD_TOO_LARGE));
    }

    #[test]
    fn the_application_is_asked_about_bodies_that_may_be_files() {
        let asks = |method: &str, lines: &str| {
            parse(&format!("{method} / HTTP/1.1\r\nHost: here\r\n{lines}\r\n")).unwrap().upload
        };
        let (form, long) =
            ("Content-Type: Multipart/Form-Data; boundary=x\r\n", "Content-Length: 131073\r\n");
        assert!(
            asks("POST", &format!("{form}Content-Length: 1\r\n")) && asks("POST", long) && asks("GET", long)
        );
        assert!(asks("PUT", "Content-Length: 1\r\n") && asks("PATCH", "Transfer-Encoding: chunked\r\n"));
        assert!(asks("POST", &format!("{form}Transfer-Encoding: chunked\r\n")));
        assert!(
            !asks("POST", "Content-Length: 131072\r\n") && !asks("POST", "Transfer-Encoding: chunked\r\n")
        );
        assert!(!asks("PUT", "") && !asks("POST", form) && !asks("PUT", "Content-Length: 0\r\n"));
    }

    proptest! {
        #[test]
        fn whatever_is_let_in_is_in_one_form(
            noise in prop::collection::vec(any::<u8>(), 0..12),
            at in 0..120usize,
        ) {
            let mut bytes = b"POST /chat?x=1 HTTP/1.1\r\nHost: here\r\nCookie: a=b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n".to_vec();
            let at = at.min(bytes.len());
            bytes.splice(at..at, noise);
            if let Ok(head) = Head::parse(&bytes, IpAddr::from([192, 0, 2, 1]), &TrustedProxies::default()) {
                let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(plain(&head.line.method) && plain(&head.line.target));
                for (name, value) in head.headers {
                    prop_assert!(plain(name) && value.split(' ').all(plain), "{name}: {value:?}");
                }
            }
        }
    }
}
