//! By which ways others get into the chat.

use std::net::{IpAddr, SocketAddr};

use super::request::Request;
use super::{Admission, App};
use crate::authority::Authority;
use crate::views::chat_settings::InvitePage;

/// Addresses that are shown, of a machine that has many.
const ADDRESSES_MAX: usize = 3;

/// Addresses of the chat, and what to send to newcomers.
pub(super) struct InviteAddresses {
    addresses: Vec<String>,
    links: Vec<String>,
    needs_code: bool,
    flag: Option<String>,
}

impl InviteAddresses {
    pub(super) fn of(app: &App, request: &Request) -> Self {
        let asked = request.header("host").ok().flatten().and_then(Authority::parse);
        let here = asked.as_ref().is_none_or(Authority::is_loopback);
        let port = asked.and_then(|host| host.port()).unwrap_or(if request.https { 443 } else { 80 });
        let mut addresses = if here { beyond(&app.listen, port) } else { Vec::new() };
        if addresses.is_empty() {
            addresses = vec![request.origin()];
        }
        for address in &mut addresses {
            *address += &app.site.path("/");
        }
        let admission = app.admission();
        let code = match &admission {
            // The word of the flag is for the host to tell.
            Admission::Invited(code) if app.chat.state().configuration().registration.is_some() => Some(code),
            _ => None,
        };
        let query = code.map(|code| {
            let code: String = form_urlencoded::byte_serialize(code.as_str().as_bytes()).collect();
            format!("?code={code}")
        });
        let link = |address: &String| format!("{address}register{}", query.as_deref().unwrap_or_default());
        let links = match admission {
            Admission::Nobody => Vec::new(),
            _ => addresses.iter().map(link).collect(),
        };
        let flag = (here && !app.exposed).then(|| format!("--listen 0.0.0.0:{port}"));
        Self {
            links,
            needs_code: matches!(admission, Admission::Invited(_)) && code.is_none(),
            addresses,
            flag,
        }
    }

    pub(super) fn shown(&self, request: &Request) -> InvitePage<'_> {
        InvitePage {
            locale: request.locale,
            addresses: &self.addresses,
            links: &self.links,
            needs_code: self.needs_code,
            flag: self.flag.as_deref(),
        }
    }
}

/// The addresses by which other machines reach a listener.
fn beyond(listen: &[IpAddr], port: u16) -> Vec<String> {
    let others = listen.iter().filter(|address| !address.is_loopback());
    let urls = others.flat_map(|address| crate::network::urls(SocketAddr::new(*address, port)));
    let urls = urls.filter(|url| !url.contains("://127.") && !url.contains("://[::1]"));
    urls.map(|url| url.trim_end_matches('/').to_owned()).take(ADDRESSES_MAX).collect()
}
