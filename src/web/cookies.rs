//! The cookie that bears a session: what it is called, and how browsers are given it.
//!
//! Cookies know no ports, so each chat on a host has names of its own. Where the browser speaks https, the name
//! begins with `__Host-`: then no other host and nobody on the network can have set it
//! (<https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix>).

use super::request::Request;
use crate::chat::{Identity, KNOWN_DEVICE_TIME, SESSION_IDLE_MAX, Seq, Timestamp};

/// The session cookie's name of versions that had one for all chats.
const FORMER: &str = "snug";
/// For how long after an upgrade the former name is taken, in milliseconds: 30 days.
const FORMER_TAKEN: i64 = 30 * 24 * 60 * 60 * 1000;
/// `Max-Age` of the session cookie, in seconds: as long as the server
/// keeps an idle session.
const AGE: u64 = SESSION_IDLE_MAX.as_secs();

/// Suffix of a device cookie's name, after the session cookie's.
const DEVICE: &str = "-device";
/// `Max-Age` of the device cookie, in seconds: as long as the device is known.
const DEVICE_AGE: u64 = KNOWN_DEVICE_TIME.unsigned_abs() / 1000;

/// Suffix of the name of the cookie that says up to where its browser knows the chat; of several nodes, one that does not
/// yet waits.
const SEQ: &str = "-seq";
/// `Max-Age` of that cookie, in seconds. A node that is further behind is not asked.
const SEQ_AGE: u64 = 60;

/// Variants of the cookie's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// With `__Host-`, as it is set over https.
    Secure,
    /// As it is set over plain http.
    Plain,
    /// The name of before.
    Former,
}

pub(super) struct Cookies {
    secure: String,
    plain: String,
    /// Below which path browsers send all but the secure one.
    path: String,
    /// Until when the former name is taken.
    former_until: Option<Timestamp>,
}

impl Cookies {
    pub(super) fn new(identity: &Identity, base: &str) -> Self {
        let plain = format!("snug-{}", identity.id.as_str());
        Self {
            secure: format!("__Host-{plain}"),
            plain,
            path: if base.is_empty() { "/".into() } else { base.into() },
            former_until: identity.given_at.map(|at| Timestamp(at.0.saturating_add(FORMER_TAKEN))),
        }
    }

    /// The tokens in these lists of cookies, by trust in their names. Those of plain http count over https too, so that people
    /// stay signed in when a chat moves there.
    pub(super) fn tokens<'a>(
        &'a self,
        lists: impl Iterator<Item = &'a str> + Clone,
        now: Timestamp,
    ) -> impl Iterator<Item = (Name, &'a str)> {
        let former = self.former_until.is_some_and(|until| now < until);
        let names = [Name::Secure, Name::Plain, Name::Former];
        let taken = names.into_iter().filter(move |name| former || *name != Name::Former);
        taken.flat_map(move |name| {
            let pairs = lists.clone().flat_map(|list| list.split(';'));
            pairs.filter_map(move |pair| {
                let (own, value) = pair.trim().split_once('=')?;
                (own == self.named(name)).then_some((name, value))
            })
        })
    }

    /// The tokens by which this browser may be known.
    pub(super) fn device_tokens<'a>(
        &'a self,
        lists: impl Iterator<Item = &'a str> + Clone,
    ) -> impl Iterator<Item = &'a str> {
        self.of_kind(DEVICE, lists)
    }

    /// Up to where the browser knows the chat, if it was told lately.
    pub(super) fn seq<'a>(&'a self, lists: impl Iterator<Item = &'a str> + Clone) -> Option<Seq> {
        self.of_kind(SEQ, lists).find_map(|value| value.parse().ok().map(Seq))
    }

    /// The values of cookies whose names end so, after the session cookie's.
    fn of_kind<'a>(
        &'a self,
        kind: &'a str,
        lists: impl Iterator<Item = &'a str> + Clone,
    ) -> impl Iterator<Item = &'a str> {
        [&self.secure, &self.plain].into_iter().flat_map(move |name| {
            let pairs = lists.clone().flat_map(|list| list.split(';'));
            pairs.filter_map(move |pair| {
                let (own, value) = pair.trim().split_once('=')?;
                (own.strip_suffix(kind)? == name).then_some(value)
            })
        })
    }

    /// Gives the browser what it is known by. It stays when the session ends.
    pub(super) fn set_device(&self, request: &Request, token: &str) -> String {
        self.line_of(Self::own(request), DEVICE, token, DEVICE_AGE)
    }

    /// Tells the browser up to where it knows the chat.
    pub(super) fn set_seq(&self, request: &Request, seq: Seq) -> String {
        self.line_of(Self::own(request), SEQ, &seq.to_string(), SEQ_AGE)
    }

    /// Gives the browser its session, or gives it longer.
    pub(super) fn set(&self, request: &Request, token: &str) -> String {
        self.line(Self::own(request), token, AGE)
    }

    /// A list of cookies from a program that has this session alone.
    pub(super) fn of_program(&self, token: &str) -> String {
        format!("{}={token}", self.plain)
    }

    /// Takes the cookie away that this chat gives to browsers which come as this one.
    pub(super) fn unset(&self, request: &Request) -> String {
        self.line(Self::own(request), "", 0)
    }

    /// Takes away the one by which this browser came, if it has another name than it would be given now.
    pub(super) fn unset_other(&self, request: &Request, name: Name) -> Option<String> {
        (name != Self::own(request)).then(|| self.line(name, "", 0))
    }

    fn own(request: &Request) -> Name {
        if request.https { Name::Secure } else { Name::Plain }
    }

    fn named(&self, name: Name) -> &str {
        match name {
            Name::Secure => &self.secure,
            Name::Plain => &self.plain,
            Name::Former => FORMER,
        }
    }

    fn line(&self, name: Name, value: &str, age: u64) -> String {
        self.line_of(name, "", value, age)
    }

    fn line_of(&self, name: Name, kind: &str, value: &str, age: u64) -> String {
        let (path, secure) = if name == Name::Secure { ("/", "; Secure") } else { (&*self.path, "") };
        let name = self.named(name);
        format!("{name}{kind}={value}; HttpOnly; SameSite=Lax; Path={path}; Max-Age={age}{secure}")
    }
}
