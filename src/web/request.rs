//! What routes need of a request, taken from `tiny_http` once and checked.

use std::borrow::Cow;
use std::cell::Cell;
use std::net::IpAddr;
use std::time::Instant;

use serde_json::Value;

use super::form::{Form, FormError, fill, parse};
use super::http_error::{HttpError, SocketError};
use super::multipart::Multipart;
use crate::authority::Authority;
use crate::chat::Timestamp;
use crate::exchange::{BodyOffer, RequestParts};
use crate::text::Locale;
use crate::time_zone::Zone;
use crate::transfer::Spool;

const FORM: &str = "application/x-www-form-urlencoded";
/// What programs send and take.
pub(super) const JSON: &str = "application/json";

pub(super) struct Request {
    pub(super) method: String,
    /// The path below the chat's own.
    pub(super) path: String,
    query: String,
    /// By their names in lower case.
    headers: Vec<(Cow<'static, str>, String)>,
    body: Vec<u8>,
    /// The client's address.
    pub(super) from: IpAddr,
    /// The client speaks https, to a proxy.
    pub(super) https: bool,
    /// The wall clock, for what is recorded and shown.
    pub(super) now: Timestamp,
    /// The steady clock, for throttles.
    pub(super) instant: Instant,
    /// A body that waits outside, of which the application is asked whether it is wanted.
    pub(super) offer: Option<BodyOffer>,
    /// A body that was spooled, until it is taken.
    spool: Cell<Option<Spool>>,
    /// From `Accept-Language`; the visitor's own choice once they are known.
    pub(super) locale: Locale,
}

impl Request {
    /// `parts`: as the door handed them over; without it, `raw` has the headers, and nothing else counts.
    pub(super) fn of(
        raw: &tiny_http::Request,
        parts: Option<Box<RequestParts>>,
        now: Timestamp,
        zone: Zone,
    ) -> Self {
        let (path, query) = raw.url().split_once('?').unwrap_or((raw.url(), ""));
        let parts = parts.unwrap_or_else(RequestParts::empty);
        let seen = |header: &tiny_http::Header| {
            (header.field.as_str().as_str().to_ascii_lowercase().into(), header.value.to_string())
        };
        let passed = parts.headers.into_iter().map(|(name, value)| (name.into(), value));
        let mut request = Self {
            method: raw.method().to_string(),
            path: path.into(),
            query: query.into(),
            headers: raw.headers().iter().map(seen).chain(passed).collect(),
            body: parts.body,
            from: parts.from,
            https: parts.https,
            now,
            instant: Instant::now(),
            offer: parts.offer,
            spool: Cell::new(parts.spool),
            locale: Locale::negotiate(None, zone),
        };
        request.locale = Locale::negotiate(request.header("accept-language").ok().flatten(), zone);
        request
    }

    /// The body that may have files, once; one that is small was read as other forms are.
    pub(super) fn take_spool(&self) -> Option<Spool> {
        if let Some(spool) = self.spool.take() {
            return Some(spool);
        }
        let has_form = !self.body.is_empty() && self.is_multipart().is_ok_and(|is| is);
        has_form.then(|| Spool::small(&self.body))
    }

    /// True where the body is of this media type, whatever its parameters.
    fn is_of_type(&self, media_type: &str) -> Result<bool, HttpError> {
        let kind = self.header("content-type")?.unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        Ok(kind.eq_ignore_ascii_case(media_type))
    }

    /// True for a form that may have files.
    pub(super) fn is_multipart(&self) -> Result<bool, HttpError> {
        self.is_of_type("multipart/form-data")
    }

    /// Takes the chat's own path off, if the request is below it.
    pub(super) fn enter(&mut self, base: &str) -> Result<(), HttpError> {
        let below = self.path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let below = below.ok_or(HttpError::NotFound)?;
        self.path = if below.is_empty() { "/".into() } else { below.into() };
        Ok(())
    }

    /// True of an address whose query has numbers and names of fields alone: nothing of it can be a text.
    pub(super) fn query_is_of_numbers(&self) -> bool {
        let values = self.query.split('&').filter_map(|field| field.split_once('='));
        values.flat_map(|(_, value)| value.bytes()).all(|byte| byte.is_ascii_digit())
    }

    /// The value of a header that may be sent once.
    pub(super) fn header(&self, name: &str) -> Result<Option<&str>, HttpError> {
        let mut values = self.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        match values.next() {
            None => Ok(value),
            Some(_) => Err(HttpError::BadRequest(|t| t.repeated_header)),
        }
    }

    /// True where a header that is a list has this word.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        let values = self.headers.iter().filter(|(field, _)| field == name).map(|(_, value)| value);
        values.flat_map(|list| list.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
    }

    /// The scheme and host by which the client reaches the chat; empty where it does not say.
    pub(super) fn origin(&self) -> String {
        let host = self.header("host").ok().flatten().unwrap_or_default();
        let scheme = if self.https { "https" } else { "http" };
        if host.is_empty() { String::new() } else { format!("{scheme}://{host}") }
    }

    /// True where browsers trust the connection: by https, or to the same machine.
    pub(super) fn is_trustworthy(&self) -> bool {
        let host = self.header("host").ok().flatten().and_then(Authority::parse);
        self.https || host.is_some_and(|host| host.is_loopback())
    }

    /// True if `Accept` names JSON, and not HTML.
    pub(super) fn wants_json(&self) -> bool {
        let accept = self.headers.iter().filter(|(field, _)| field == "accept");
        let mut ranges = accept
            .flat_map(|(_, value)| value.split(','))
            .map(|range| range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let mut json = false;
        ranges.all(|range| {
            json |= range == JSON;
            range != "text/html"
        }) && json
    }

    /// The lists of cookies that the browser sends; one, usually.
    pub(super) fn cookies(&self) -> impl Iterator<Item = &str> + Clone {
        self.headers.iter().filter(|(field, _)| field == "cookie").map(|(_, value)| &**value)
    }

    /// The query's fields of this form; others are ignored.
    pub(super) fn query<F: Form>(&self, form: F) -> Result<F, HttpError> {
        Ok(parse(self.query.as_bytes(), form, Ok(()))?)
    }

    /// The path and query below the chat's own path.
    pub(super) fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The fields of the form that was sent: these, and no others.
    pub(super) fn form<F: Form>(&self, form: F) -> Result<F, HttpError> {
        let is_form = self.is_of_type(FORM)?;
        if !self.body.is_empty() && !is_form {
            return Err(FormError::ContentType.into());
        }
        Ok(parse(&self.body, form, Err(FormError::Unknown))?)
    }

    /// The body that was sent as JSON.
    pub(super) fn json(&self) -> Result<Value, HttpError> {
        if !self.is_of_type(JSON)? {
            return Err(SocketError::NotJson.into());
        }
        let text = str::from_utf8(&self.body).map_err(|_| SocketError::NoCommand)?;
        serde_json::from_str(text).map_err(|_| SocketError::NoCommand.into())
    }

    /// This form, sent by the same client, a program.
    pub(super) fn with_form(&self, body: String) -> Self {
        let own = self.headers.iter().filter(|(name, _)| !matches!(&**name, "accept" | "content-type"));
        let kinds = [("accept", JSON), ("content-type", FORM)];
        let kinds = kinds.map(|(name, value)| (name.into(), value.to_owned()));
        Self {
            method: self.method.clone(),
            path: self.path.clone(),
            query: String::new(),
            headers: own.cloned().chain(kinds).collect(),
            body: body.into_bytes(),
            offer: None,
            spool: Cell::default(),
            ..*self
        }
    }

    /// The fields of a form with files that was read whole. What is wrong with it is left out, and so are its files.
    pub(super) fn multipart_fields<F: Form>(&self, mut form: F) -> F {
        let kind = self.header("content-type").ok().flatten().unwrap_or_default();
        let Ok(mut parts) = Multipart::new(kind, &*self.body) else { return form };
        while let Ok(Some(mut part)) = parts.next_part() {
            let name = std::mem::take(&mut part.name);
            if part.file_name.is_none()
                && let Ok(text) = part.text(self.body.len())
            {
                let _ = fill(&mut form, &name, text);
            }
        }
        form
    }

    /// The message or topic of a form that is not read any further; empty if it has none.
    pub(super) fn typed_text(&self) -> String {
        let multipart = self.multipart_fields(form![message]);
        if let Some(message) = multipart.message.given() {
            return message.to_owned();
        }
        let form = parse(&self.body, form![message, topic], Ok(()));
        form.map(|form| form.message.given().unwrap_or(&form.topic).to_owned()).unwrap_or_default()
    }
}
