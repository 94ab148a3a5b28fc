//! Names and ports under which clients reach the chat, and those that are its own.
//!
//! A website whose name suddenly means 127.0.0.1 (DNS rebinding) can talk to whatever listens on a visitor's own
//! machine, and what it asks for still bears its own name. So a chat for this machine alone answers to names of this machine.

use std::fmt;
use std::net::IpAddr;

/// A host with or without a port, as in `Host` and `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// In lower case, without the dot of the root; addresses without brackets, in their shortest form.
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// None for what is no host.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            (IpAddr::V6(address.parse().ok()?).to_canonical().to_string(), port)
        } else {
            let at = text.find(':').unwrap_or(text.len());
            (name(&text[..at])?, &text[at..])
        };
        let port = match port.strip_prefix(':') {
            // RFC 3986, 3.2.3: a port may be empty.
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            None if port.is_empty() => None,
            _ => return None,
        };
        Some(Self { host, port })
    }

    /// Drops the port if it is the scheme's default.
    pub(crate) fn over(self, https: bool) -> Self {
        let usual = if https { 443 } else { 80 };
        Self { port: self.port.filter(|port| *port != usual), ..self }
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// True for this machine's own names and addresses, whatever a name server says: browsers ask none for these.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        let local = self.host == "localhost" || self.host.ends_with(".localhost");
        local || address.is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match self.port {
            Some(port) => write!(f, "{host}:{port}"),
            None => f.write_str(&host),
        }
    }
}

/// Whom a form is from, or for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FormSource {
    pub(crate) https: bool,
    /// Without a port that goes without saying.
    pub(crate) authority: Authority,
}

impl FormSource {
    /// That of a page, as its `Origin` says.
    pub(crate) fn of_origin(origin: &str) -> Option<Self> {
        let (scheme, host) = origin.split_once("://")?;
        let https = scheme.eq_ignore_ascii_case("https");
        if https || scheme.eq_ignore_ascii_case("http") { Self::of_host(host, https) } else { None }
    }

    /// That of what a request asks for.
    pub(crate) fn of_host(host: &str, https: bool) -> Option<Self> {
        Some(Self { https, authority: Authority::parse(host)?.over(https) })
    }
}

/// A name, or an IPv4 address.
fn name(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_ascii_lowercase())
}

/// To which names the chat answers.
#[derive(Clone, Debug)]
pub(crate) enum Hosts {
    /// Others may reach it, under names that it need not know.
    Any,
    /// Those that mean this machine, and these. Without a port they stand for all.
    Only(Vec<Authority>),
}

impl Hosts {
    pub(crate) fn new(named: &[Authority], is_exposed: bool) -> Self {
        if is_exposed && named.is_empty() { Self::Any } else { Self::Only(named.to_vec()) }
    }

    /// True where a request with this `Host` is for the chat. Browsers always send one.
    pub(crate) fn answer_to(&self, host: &str, https: bool) -> bool {
        let Self::Only(named) = self else { return true };
        if host.is_empty() {
            return true;
        }
        let Some(asked) = Authority::parse(host) else { return false };
        let is_named = |own: &Authority| {
            let any_port = own.port.is_none();
            own.host == asked.host && (any_port || own.clone().over(https) == asked.clone().over(https))
        };
        asked.is_loopback() || named.iter().any(is_named)
    }

    /// True where a page from `origin` is one of the chat's own, as a proxy hides: one that puts its own name, as
    /// 127.0.0.1, into the `Host` of what it passes on (`asked`). Where the host is the same, another port is another
    /// program's, unless the port was given.
    pub(crate) fn owns(&self, origin: &FormSource, asked: &FormSource) -> bool {
        let Self::Only(named) = self else { return false };
        let is_hidden = origin.authority.host != asked.authority.host;
        let is_named = |own: &Authority| {
            (is_hidden || own.port.is_some()) && own.clone().over(origin.https) == origin.authority
        };
        (origin.https || !asked.https) && named.iter().any(is_named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_goes_without_saying_is_none() {
        for (origin, host, same) in [
            ("http://nas.local", "nas.local:80", true),
            ("http://nas.local:80", "nas.local", true),
            ("HTTP://NAS.local", "nas.LOCAL.:80", true),
            ("https://nas.local", "nas.local:443", true),
            ("https://nas.local:443", "nas.local", true),
            ("https://nas.local:", "nas.local", true),
            ("http://[::1]", "[0:0::1]:80", true),
            ("http://[::ffff:192.0.2.1]:80", "192.0.2.1", true),
            ("https://xn--bcher-kva.example", "XN--BCHER-KVA.example:443", true),
            ("http://nas.local", "nas.local:443", false),
            ("https://nas.local", "nas.local:80", false),
            ("http://nas.local:443", "nas.local", false),
            ("http://nas.local", "nas.local:8080", false),
            ("http://nas.local:8080", "nas.local", false),
            ("http://nas.local.evil.example", "nas.local", false),
            ("http://[::2]", "[::1]", false),
            ("ftp://nas.local", "nas.local", false),
            ("http://", "", false),
            ("nas.local", "nas.local", false),
        ] {
            let origin = FormSource::of_origin(origin);
            let https = origin.as_ref().is_some_and(|origin| origin.https);
            let own = origin.is_some() && origin == FormSource::of_host(host, https);
            assert_eq!(own, same, "{origin:?} {host}");
        }
    }

    #[test]
    fn a_name_that_is_given_is_the_chats_own_behind_a_proxy_that_hides_it() {
        let given = ["chat.example", "nas.local:8443"].map(|name| Authority::parse(name).unwrap());
        let hosts = Hosts::new(&given, false);
        for (origin, host, https, own) in [
            ("https://chat.example", "127.0.0.1:8080", false, true),
            ("http://chat.example", "backend", false, true),
            ("https://chat.example", "127.0.0.1:8080", true, true),
            ("https://nas.local:8443", "nas.local", false, true),
            ("https://nas.local:8443", "127.0.0.1:8080", false, true),
            // The page may have been changed on its way.
            ("http://chat.example", "127.0.0.1:8080", true, false),
            // Another program on the same host.
            ("http://chat.example", "chat.example:8080", false, false),
            ("https://chat.example", "chat.example:8080", false, false),
            ("https://chat.example:9", "127.0.0.1:8080", false, false),
            ("https://nas.local", "127.0.0.1:8080", false, false),
            ("https://evil.example", "127.0.0.1:8080", false, false),
        ] {
            let (page, asked) =
                (FormSource::of_origin(origin).unwrap(), FormSource::of_host(host, https).unwrap());
            assert_eq!(hosts.owns(&page, &asked), own, "{origin} {host} {https}");
            assert!(!Hosts::Any.owns(&page, &asked));
        }
    }

    #[test]
    fn a_host_is_read_as_browsers_write_it() {
        let read = |text: &str| Authority::parse(text).map(|authority| (authority.host, authority.port));
        for (text, host, port) in [
            ("NAS.local", "nas.local", None),
            ("nas.local.:8080", "nas.local", Some(8080)),
            ("nas.local:", "nas.local", None),
            ("[::1]", "::1", None),
            ("[0:0:0::1]:80", "::1", Some(80)),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1", Some(80)),
            ("192.0.2.1:8080", "192.0.2.1", Some(8080)),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
        ] {
            assert_eq!(read(text), Some((host.into(), port)), "{text}");
        }
        for text in [
            "", ".", ":80", "a b", "a/b", "me@nas.local", "nas:+80", "nas:80:80", "nas:65536", "[::1",
            "[nas]", "::1", "[::1]80", "b\u{fc}cher.example",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_chat_for_this_machine_answers_to_names_of_this_machine() {
        let named =
            ["nas.local", "chat.example:8443", "web.example:443"].map(|name| Authority::parse(name).unwrap());
        let hosts = Hosts::new(&named, false);
        for own in [
            "", "localhost", "LOCALHOST.:8080", "chat.localhost", "127.0.0.1:8080", "127.9.9.9",
            "[::1]:8080", "[::ffff:127.0.0.1]", "nas.local", "NAS.LOCAL.:9", "chat.example:8443",
            "web.example",
        ] {
            assert!(hosts.answer_to(own, true), "{own}");
        }
        for other in [
            "evil.example", "localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example", "192.0.2.1",
            "[::2]", "0.0.0.0", "chat.example", "chat.example:8444", "nas.local.evil.example",
            "me@localhost", "localhost:x",
        ] {
            assert!(!hosts.answer_to(other, true), "{other}");
        }
        assert!(!hosts.answer_to("web.example", false), "its port is another over http");
    }

    #[test]
    fn what_others_may_reach_answers_to_all_names_unless_some_are_given() {
        assert!(Hosts::new(&[], true).answer_to("evil.example", false));
        let only = Hosts::new(&[Authority::parse("chat.example").unwrap()], true);
        assert!(only.answer_to("chat.example:8080", false) && only.answer_to("127.0.0.1", false));
        assert!(!only.answer_to("evil.example", false));
    }
}
