//! Slows down those who guess the invite code, or the code of the first owner.

use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ipnet::IpNet;

use super::rate_limiter::RateLimiter;
use super::rate_share::RateShare;

/// The networks that a wrong code counts for, and how many times the rate each may have: one customer has an IPv6
/// /64, /56 or /48, and an IPv4 address or some of a /24.
const V6: [(u8, u32); 3] = [(64, 1), (56, 2), (48, 4)];
const V4: [(u8, u32); 2] = [(32, 1), (24, 4)];
/// Multiple of one network's rate that all together may have before one wrong code is enough to make its networks wait.
const ALL: u32 = 10;

/// Counts wrong codes: by network, and in all.
///
/// A right code is never refused for what others guess: an attempt waits only where one of its own networks has
/// used its share up, or has failed lately while all have used theirs up. It is asked before an attempt, and charged
/// after a failure; attempts under way together may overdraw it, and the debt makes the next wait longer.
pub(super) struct CodeLimiter {
    v6: [(u8, RateLimiter<IpNet>); 3],
    v4: [(u8, RateLimiter<IpNet>); 2],
    all: RateLimiter<()>,
}

impl CodeLimiter {
    /// `rate` wrong codes a minute for one address (an IPv6 /64), and as many at once; 0 is no limit.
    pub(super) fn new(rate: u32, share: &RateShare) -> Self {
        fn limiter<K: Eq + Hash + Clone>(rate: u32, share: &RateShare) -> RateLimiter<K> {
            RateLimiter::new(rate, rate, share)
        }
        let network = |(length, times)| (length, limiter(rate.saturating_mul(times), share));
        Self { v6: V6.map(network), v4: V4.map(network), all: limiter(rate.saturating_mul(ALL), share) }
    }

    /// Time until the next attempt is taken; None: now.
    pub(super) fn wait(&self, from: IpAddr, now: Instant) -> Option<Duration> {
        let own = self.networks(from).filter_map(|(throttle, network)| throttle.wait(&network, now)).max();
        let has_failed = || self.networks(from).any(|(throttle, network)| throttle.is_charged(&network, now));
        own.max(self.all.wait(&(), now).filter(|_| has_failed()))
    }

    pub(super) fn failed(&self, from: IpAddr, now: Instant) {
        self.networks(from).for_each(|(throttle, network)| throttle.charge(&network, now));
        self.all.charge(&(), now);
    }

    fn networks(&self, from: IpAddr) -> impl Iterator<Item = (&RateLimiter<IpNet>, IpNet)> {
        let from = from.to_canonical();
        let throttles = if from.is_ipv4() { &self.v4[..] } else { &self.v6[..] };
        throttles.iter().filter_map(move |(length, throttle)| {
            IpNet::new(from, *length).ok().map(|network| (throttle, network.trunc()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Counts wrong guesses from these addresses until one has to wait.
    fn guesses(limiter: &CodeLimiter, addresses: impl Iterator<Item = String>, now: Instant) -> usize {
        let free = addresses.map(|text| address(&text)).take_while(|from| {
            let free = limiter.wait(*from, now).is_none();
            limiter.failed(*from, now);
            free
        });
        free.count()
    }

    #[test]
    fn a_customer_has_one_share_however_many_networks_it_guesses_from() {
        let (limiter, now) = (CodeLimiter::new(10, &RateShare::default()), Instant::now());
        let from = |subnet: usize| format!("2001:db8:0:{subnet:x}::1");
        // One more than may is charged as well, each time.
        assert_eq!(guesses(&limiter, (0..99).map(|_| from(0)), now), 10);
        assert_eq!(guesses(&limiter, (1..99).map(from), now), 20 - 11);
        assert_eq!(guesses(&limiter, (1..99).map(|n| from(256 * n)), now), 40 - 21);
        assert_eq!(limiter.wait(address("2001:db8:ffff::1"), now), None);
        assert!(limiter.wait(address(&from(0xffff)), now + Duration::from_secs(1)).is_some());
        assert_eq!(limiter.wait(address(&from(0xffff)), now + Duration::from_secs(90)), None);
    }

    #[test]
    fn neighbours_share_a_network_of_256_addresses() {
        let (limiter, now) = (CodeLimiter::new(10, &RateShare::default()), Instant::now());
        assert_eq!(guesses(&limiter, (0..256).map(|n| format!("192.0.2.{n}")), now), 40);
        assert_eq!(limiter.wait(address("192.0.3.1"), now), None);
    }

    #[test]
    fn where_very_many_guess_each_network_has_one_try_and_a_right_code_passes() {
        let (limiter, now) = (CodeLimiter::new(10, &RateShare::default()), Instant::now());
        assert_eq!(guesses(&limiter, (0..1_000).map(|n| format!("2001:db8:{n:x}::1")), now), 1_000);
        assert!(limiter.wait(address("2001:db8:0:1::1"), now).is_some(), "it has failed before");
        assert_eq!(limiter.wait(address("2001:db8:ffff::1"), now), None);
        assert_eq!(limiter.wait(address("192.0.2.1"), now), None);
    }

    #[test]
    fn zero_is_no_limit() {
        let (limiter, now) = (CodeLimiter::new(0, &RateShare::default()), Instant::now());
        assert_eq!(guesses(&limiter, (0..2_000).map(|_| "192.0.2.1".into()), now), 2_000);
    }
}
