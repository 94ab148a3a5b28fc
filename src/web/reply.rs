//! An answer, and the headers that every answer bears.

use std::borrow::Cow;
use std::io::Cursor;
use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use maud::Markup;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tiny_http::{Header, Response, StatusCode};

use super::date;
use super::gzip::{self, Part};
use super::http_error::{HttpError, SocketError};
use super::request::{JSON, Request};
use crate::command;
use crate::exchange::{Answer, Handover, ON_ALL_ANSWERS, SocketSeat};
use crate::text::Language;
use crate::transfer::{Download, Upload};
use crate::views::{CARD_SCRIPT, NO_SCRIPT_STYLE, SCRIPT, STYLE};

/// Nothing but our own style and script, forms and links to ourselves.
///
/// The script at an address of its own is named by its digest as well, which its tag repeats as `integrity` (CSP 3; Chromium
/// 59, Firefox 116, Safari 15.6). `'self'` would let a tag load any answer of ours, and that those are no scripts would hang on
/// their types alone; an exact address needs the host, and there is none for `[::1]` in a policy.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src '{}' '{}'; script-src '{}' '{}'; \
         img-src 'self' data: blob:; media-src 'self' blob:; manifest-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'self'",
        STYLE.integrity, NO_SCRIPT_STYLE.integrity, SCRIPT.integrity, CARD_SCRIPT.integrity,
    )
});

/// Abilities of browsers that no page uses. Sound and notifications are used; clipboard-write and
/// fullscreen disturb nobody.
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), clipboard-read=(), \
    display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), \
    screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), \
    xr-spatial-tracking=()";

/// The only one there is (RFC 6455, 4.4).
pub(super) const WEBSOCKET_VERSION: &str = "13";
const CONTENT_ENCODING: &str = "Content-Encoding";

pub(super) type HandlerResult = Result<Reply, HttpError>;

/// Answers a form: `on` to where it leads, or `again` with what is wrong, which is the form with what was typed, or the error
/// itself where its cause leaves no form. Programs are told the error alone.
pub(super) fn respond<T>(
    request: &Request,
    done: Result<T, HttpError>,
    on: impl FnOnce(T) -> HandlerResult,
    again: impl FnOnce(HttpError) -> HandlerResult,
) -> HandlerResult {
    match done {
        Ok(done) => on(done),
        Err(error) if request.wants_json() => Err(error),
        Err(error) => again(error),
    }
}

pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Cow<'static, [u8]>,
    handover: Option<Handover>,
}

impl Reply {
    fn new(status: u16, content_type: &str, body: impl Into<Cow<'static, [u8]>>) -> Self {
        let headers = vec![("Content-Type", content_type.into())];
        Self { status, headers, body: body.into(), handover: None }
    }

    pub(super) fn text(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.into().into_bytes())
    }

    pub(super) fn html(status: u16, page: Markup) -> Self {
        Self::html_text(status, page.into_string())
    }

    /// A page that may say what went wrong, with the status and headers that go with it.
    pub(super) fn page(error: Option<&HttpError>, page: Markup) -> Self {
        let reply = Self::html(error.map_or(200, HttpError::status), page);
        error.into_iter().fold(reply, Self::hint)
    }

    pub(super) fn html_text(status: u16, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page.into_bytes())
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, JSON, format!("{value}\n").into_bytes())
    }

    /// A script, in a coding or as it is.
    pub(super) fn script(body: impl Into<Cow<'static, [u8]>>, coding: Option<&str>) -> Self {
        let reply = Self::new(200, "text/javascript; charset=utf-8", body);
        coding.into_iter().fold(reply, |reply, coding| reply.header(CONTENT_ENCODING, coding.into()))
    }

    /// A web app manifest.
    pub(super) fn manifest(value: &Value) -> Self {
        Self::new(200, "application/manifest+json", format!("{value}\n").into_bytes())
    }

    /// A picture of ours, which another version may have changed: it is kept for a day.
    pub(super) fn png(picture: &'static [u8]) -> Self {
        let reply = Self::new(200, "image/png", picture);
        reply.header("Cache-Control", "public, max-age=86400".into())
    }

    /// JSON, one value a line, to be kept.
    pub(super) fn lines(text: String) -> Self {
        let reply = Self::new(200, "application/jsonl", text.into_bytes());
        reply.header("Content-Disposition", "attachment; filename=\"messages.jsonl\"".into())
    }

    /// An error for programs.
    pub(super) fn json_error(error: &HttpError, language: Language) -> Self {
        let mut value = json!({ "error": error.code(), "detail": error.text(language) });
        if let HttpError::ManyPeople(count, _) = error {
            value["count"] = (*count).into();
        }
        if let HttpError::MessageChanged(now) = error {
            let body = &now.message.body;
            value["text"] = body.as_str().into();
            value["version"] = body.version().to_string().into();
        }
        Self::json(error.status(), &value).hint(error)
    }

    /// The same as the one text in which a command is answered: its status, and its JSON, if it is that.
    pub(super) fn answering(self, tag: Option<&str>) -> Self {
        let is_json = self.has("Content-Type", |kind| kind == JSON);
        let data = std::str::from_utf8(&self.body).ok().filter(|_| is_json).map(str::trim_end);
        let wait = self.headers.iter().find(|(name, _)| *name == "Retry-After").map(|(_, wait)| &**wait);
        let text = command::answer(tag, self.status, data, wait) + "\n";
        let others = self.headers.into_iter().filter(|(name, _)| *name != "Content-Type");
        let headers = others.chain([("Content-Type", JSON.into())]).collect();
        Self { headers, body: text.into_bytes().into(), ..self }
    }

    /// "Go there with GET": the answer to every form that was carried out.
    pub(super) fn see_other(location: impl Into<String>) -> Self {
        Self::text(303, "").header("Location", location.into())
    }

    /// The text of a page, unless it says what went wrong, or goes on as a stream.
    pub(super) fn good_page(&self) -> Option<&str> {
        let is_page = self.status == 200 && self.has("Content-Type", |kind| kind.starts_with("text/html"));
        let page = std::str::from_utf8(&self.body).ok();
        page.filter(|_| is_page && self.handover.is_none())
    }

    fn has(&self, name: &str, value: impl Fn(&str) -> bool) -> bool {
        self.headers.iter().any(|(own, own_value)| *own == name && value(own_value))
    }

    /// The same with another body, which may be compressed.
    pub(super) fn with_body(self, body: Vec<u8>, gzip: bool) -> Self {
        let reply = Self { body: body.into(), ..self };
        if gzip { reply.header(CONTENT_ENCODING, "gzip".into()) } else { reply }
    }

    /// The same as gzip, where that is worth it: a good page, or JSON.
    pub(super) fn compressed(self) -> Self {
        let is_json = self.status == 200 && self.has("Content-Type", |kind| kind == JSON);
        if self.body.len() < gzip::WORTH || self.has(CONTENT_ENCODING, |_| true) {
            return self;
        }
        let part = match self.good_page() {
            Some(page) => Part::page(page),
            None if is_json => Part::compressed(&self.body),
            None => return self,
        };
        self.with_body(gzip::stream(&[&part]), true)
    }

    /// For a program that asks again: an answer with a tag (RFC 9110, 8.8.3), or without a body where it has that one.
    /// The tag is weak, as the answer may be compressed.
    pub(super) fn tagged(self, known: Option<&str>) -> Self {
        let is_json = self.status == 200 && self.has("Content-Type", |kind| kind == JSON);
        if !is_json {
            return self;
        }
        let sum = Base64UrlUnpadded::encode_string(&Sha256::digest(&self.body)[..16]);
        let tag = format!("W/\"{sum}\"");
        let is_known = known.unwrap_or_default().split(',').any(|known| {
            known.trim() == "*" || known.trim().trim_start_matches("W/") == tag.trim_start_matches("W/")
        });
        let reply = if is_known { Self { status: 304, body: Cow::default(), ..self } } else { self };
        reply.header("ETag", tag)
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// For what never changes at its address, and is no secret.
    pub(super) fn kept_for_ever(self) -> Self {
        self.header("Cache-Control", "public, max-age=31536000, immutable".into())
    }

    /// The headers that go with an error.
    fn hint(self, error: &HttpError) -> Self {
        if matches!(error, HttpError::Socket(SocketError::NotUpgraded)) {
            let reply = self.header("Upgrade", "websocket".into());
            return reply.header("Sec-WebSocket-Version", WEBSOCKET_VERSION.into());
        }
        match error.retry_after() {
            Some(wait) => self.header("Retry-After", (wait.as_secs() + 1).to_string()),
            None => self,
        }
    }

    /// Server-sent events; what is said here is the beginning.
    pub(super) fn events(body: Vec<u8>) -> Self {
        Self::new(200, "text/event-stream", body)
    }

    /// Goes on as a stream: the door hands the socket over for this ticket.
    pub(super) fn stream(self, ticket: u64) -> Self {
        // nginx would gather what comes, and send it when there is enough.
        self.handing_over(Handover::Stream(ticket)).header("X-Accel-Buffering", "no".into())
    }

    /// Goes on as a WebSocket, which begins with these frames (RFC 6455, 4.2.2); without a seat, they are all.
    pub(super) fn socket(accept: String, frames: Vec<u8>, seat: Option<SocketSeat>) -> Self {
        let headers = vec![("Upgrade", "websocket".into()), ("Sec-WebSocket-Accept", accept)];
        Self { status: 101, headers, body: frames.into(), handover: Some(Handover::Socket(seat)) }
    }

    /// To the door: the body that was offered is spooled here.
    pub(super) fn spool(upload: Upload) -> Self {
        Self::text(200, "").handing_over(Handover::Spool(Some(Box::new(upload))))
    }

    /// To the door: the body that was offered is read as any other.
    pub(super) fn no_spool() -> Self {
        Self::text(200, "").handing_over(Handover::Spool(None))
    }

    pub(super) fn file(status: u16, content_type: &str, download: Download) -> Self {
        Self::new(status, content_type, Vec::new()).handing_over(Handover::File(download))
    }

    fn handing_over(self, handover: Handover) -> Self {
        Self { handover: Some(handover), ..self }
    }

    /// Sets a cookie (see [`super::cookies::Cookies`]).
    pub(super) fn cookie(self, cookie: String) -> Self {
        self.header("Set-Cookie", cookie)
    }

    /// Sets a cookie, unless one of its name is set already.
    pub(super) fn cookie_unless_set(self, cookie: String) -> Self {
        let name = |cookie: &str| cookie.split('=').next().map(str::to_owned);
        let mut set = self.headers.iter().filter(|(header, _)| *header == "Set-Cookie");
        if set.any(|(_, other)| name(other) == name(&cookie)) { self } else { self.cookie(cookie) }
    }

    /// Adds what browsers heed only where nobody on the network can have changed it, and complain of elsewhere. `hsts` is in
    /// seconds.
    pub(super) fn for_secure_contexts(self, request: &Request, hsts: Option<u32>) -> Self {
        let reply = match hsts.filter(|_| request.https) {
            // Never `includeSubDomains` or `preload`: other names are not ours to decide on.
            Some(age) => self.header("Strict-Transport-Security", format!("max-age={age}")),
            None => self,
        };
        if request.is_trustworthy() {
            reply.header("Cross-Origin-Opener-Policy", "same-origin".into())
        } else {
            reply
        }
    }

    /// For the door.
    pub(super) fn into_answer(self) -> Answer {
        let reason = StatusCode(self.status).default_reason_phrase();
        let mut head = format!("HTTP/1.1 {} {reason}\r\nDate: {}\r\n", self.status, date::now());
        for (name, value) in self.all_headers() {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
        Answer { status: self.status, head: head.into(), body: self.body, handover: self.handover }
    }

    /// For whoever asks `tiny_http` without a door.
    pub(super) fn into_response(self) -> Response<Cursor<Vec<u8>>> {
        let headers = self.all_headers().filter_map(|(name, value)| Header::from_bytes(name, value).ok());
        let headers = headers.collect();
        let body = self.body.into_owned();
        let length = body.len();
        Response::new(self.status.into(), headers, Cursor::new(body), Some(length), None)
            .with_chunked_threshold(usize::MAX)
    }

    /// Its own, and those of every answer. What is no header (a line break, say) is left out; all of these are made by us.
    fn all_headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fixed = [
            ("Content-Security-Policy", POLICY.as_str()),
            // Not `no-referrer`: under that, forms on a plain-http LAN send `Origin: null`.
            ("Referrer-Policy", "same-origin"),
            ("Permissions-Policy", PERMISSIONS),
        ];
        let is_own = |name: &str| self.headers.iter().any(|(own, _)| *own == name);
        let fixed = fixed.into_iter().chain(ON_ALL_ANSWERS).filter(move |(name, _)| !is_own(name));
        let own = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        own.chain(fixed)
            .filter(|(_, value)| value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()))
    }
}
