//! Addresses: whose they are, and who is trusted to speak for others.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// The network of one client: an IPv4 address, or the /64 that one IPv6 household has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// The network that may be all one customer's: the IPv4 address, or the IPv6 /48.
    pub(crate) fn site(self) -> Self {
        Self(match self.0 {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 80 << 80).into(),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// The proxies whose word about a request's origin is taken.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

/// A request's client and scheme, as trusted proxies report them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) from: IpAddr,
    pub(crate) https: bool,
}

impl TrustedProxies {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Reads `X-Forwarded-For` and `X-Forwarded-Proto`, if `peer` is trusted.
    ///
    /// Each proxy adds whom it heard from at the right. So the client is the rightmost hop that
    /// is no trusted proxy; what stands left of it, the client may have made up.
    pub(crate) fn origin<'a>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'a str>,
        forwarded_proto: Option<&str>,
    ) -> Origin {
        let mut origin = Origin { from: peer.to_canonical(), https: false };
        if !self.contains(peer) {
            return origin;
        }
        let proto = forwarded_proto.and_then(|list| list.rsplit(',').next());
        origin.https = proto.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
        for hop in forwarded_for.rev().flat_map(|list| list.rsplit(',')).map(str::trim) {
            let Some(address) = parse_hop(hop) else { break };
            origin.from = address.to_canonical();
            if !self.contains(address) {
                break;
            }
        }
        origin
    }
}

/// An address, with or without a port, in brackets or not.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The ways to a path of ours.
pub(crate) fn links(address: SocketAddr, path: &str) -> Vec<String> {
    urls(address).into_iter().map(|url| url.trim_end_matches('/').to_owned() + path).collect()
}

/// The addresses to open in a browser: for "every interface", those of this machine.
pub(crate) fn urls(address: SocketAddr) -> Vec<String> {
    let url = |ip: IpAddr| format!("http://{}/", SocketAddr::new(ip, address.port()));
    if !address.ip().is_unspecified() {
        return vec![url(address.ip())];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let usable = interfaces.iter().map(if_addrs::Interface::ip).filter(|ip| match ip {
        IpAddr::V4(_) => true,
        // A link-local address needs a zone, which browsers do not take.
        IpAddr::V6(v6) => address.is_ipv6() && !v6.is_unicast_link_local(),
    });
    let urls: Vec<String> = usable.map(url).collect();
    if urls.is_empty() { vec![url(address.ip())] } else { urls }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_its_own_neighbour() {
        let proxies = TrustedProxies(vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/24".parse().unwrap()]);
        let from =
            |peer: &str, lists: &[&str]| proxies.origin(ip(peer), lists.iter().copied(), Some("https"));
        let client = Origin { from: ip("192.0.2.7"), https: true };
        assert_eq!(from("127.0.0.1", &["192.0.2.7"]), client);
        assert_eq!(from("127.0.0.1", &["6.6.6.6, 192.0.2.7, 10.0.0.9"]), client);
        assert_eq!(from("127.0.0.1", &["6.6.6.6", "192.0.2.7"]), client);
        assert_eq!(from("::ffff:127.0.0.1", &["192.0.2.7:5000"]), client);
        assert_eq!(from("127.0.0.1", &["6.6.6.6, nonsense, 10.0.0.9"]).from, ip("10.0.0.9"));
        assert_eq!(from("127.0.0.1", &["[2001:db8::1]:80"]).from, ip("2001:db8::1"));
        assert_eq!(from("127.0.0.1", &[]).from, ip("127.0.0.1"));
        assert_eq!(from("192.0.2.8", &["192.0.2.7"]), Origin { from: ip("192.0.2.8"), https: false });
    }

    #[test]
    fn a_household_is_one_network() {
        assert_eq!(Network::of(ip("2001:db8::1")), Network::of(ip("2001:db8::2")));
        assert_ne!(Network::of(ip("2001:db8::1")), Network::of(ip("2001:db8:0:1::1")));
        assert_eq!(Network::of(ip("::ffff:192.0.2.1")), Network::of(ip("192.0.2.1")));
    }
}
