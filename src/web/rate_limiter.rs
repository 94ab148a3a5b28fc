//! Slows down those who guess.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::rate_share::RateShare;
use crate::chat::{NameKey, TokenDigest};
use crate::lock::lock;
use crate::network::Network;

/// Keys that are remembered at most; beyond, those that have failed least are forgotten.
const KEYS_MAX: usize = 10_000;

/// Right passwords taken at once, as a multiple of wrong ones.
const RIGHT_BURST: u32 = 3;

/// A token bucket per key: `burst` at once, and `rate` a minute in the long run, or this node's share of both. A rate of 0 is
/// no limit.
pub(super) struct RateLimiter<K> {
    rate: u32,
    burst: u32,
    share: RateShare,
    /// Guards the buckets; no I/O under it.
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Eq + Hash + Clone> RateLimiter<K> {
    pub(super) fn new(rate: u32, burst: u32, share: &RateShare) -> Self {
        Self { rate, burst, share: share.clone(), buckets: Mutex::default() }
    }

    /// Takes one, or says how long to wait for it.
    pub(super) fn take(&self, key: &K, now: Instant) -> Result<(), Duration> {
        self.take_many(key, 1, now)
    }

    /// Takes so many where there is at least one: the rest is a debt, for which the next has to wait longer.
    pub(super) fn take_many(&self, key: &K, cost: u32, now: Instant) -> Result<(), Duration> {
        if let Some(wait) = self.wait(key, now) {
            return Err(wait);
        }
        self.charge_many(key, cost, now);
        Ok(())
    }

    /// Time until the next attempt is taken; None: now.
    pub(super) fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let missing = 1.0 - self.remaining(lock(&self.buckets).get(key)?, now);
        (self.rate > 0 && missing > 0.0).then(|| Duration::from_secs_f64(missing * 60.0 / self.rate()))
    }

    pub(super) fn charge(&self, key: &K, now: Instant) {
        self.charge_many(key, 1, now);
    }

    /// Takes so many, whether or not they are there.
    pub(super) fn charge_many(&self, key: &K, cost: u32, now: Instant) {
        if self.rate == 0 {
            return;
        }
        let mut buckets = lock(&self.buckets);
        if buckets.len() >= KEYS_MAX && !buckets.contains_key(key) {
            self.make_room(&mut buckets, now);
        }
        let left = buckets.get(key).map_or(self.burst(), |bucket| self.remaining(bucket, now));
        buckets.insert(key.clone(), Bucket { left: left - f64::from(cost), at: now });
    }

    /// True until all that was charged is made up for.
    pub(super) fn is_charged(&self, key: &K, now: Instant) -> bool {
        lock(&self.buckets).get(key).is_some_and(|bucket| self.remaining(bucket, now) < self.burst())
    }

    fn remaining(&self, bucket: &Bucket, now: Instant) -> f64 {
        let regained = now.saturating_duration_since(bucket.at).as_secs_f64() / 60.0;
        (bucket.left + regained * self.rate()).min(self.burst())
    }

    fn rate(&self) -> f64 {
        f64::from(self.rate) / self.share.count()
    }

    /// Nobody's share is too small for one.
    fn burst(&self) -> f64 {
        (f64::from(self.burst) / self.share.count()).max(1.0)
    }

    /// Forgets the fuller half, so that this is rare.
    fn make_room(&self, buckets: &mut HashMap<K, Bucket>, now: Instant) {
        let mut lefts: Vec<f64> = buckets.values().map(|bucket| self.remaining(bucket, now)).collect();
        let middle = lefts.len() / 2;
        let (_, median, _) = lefts.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        buckets.retain(|_, bucket| self.remaining(bucket, now) < median);
    }
}

/// Counts wrong passwords, per address and per account. (Wrong invite codes have `code_limiter.rs`.)
///
/// It is asked before an attempt and charged after a failure, so that any number of people behind
/// one address can sign in rightly. Attempts under way together may overdraw a bucket; the debt
/// makes the next wait longer, so the long-run rate holds.
///
/// A browser in which the account's owner signed in before is not held up by what strangers do to the account, nor by
/// others at its address, so nobody can lock the owner out. Its own failures are counted apart: it may be in the wrong
/// hands.
///
/// Right passwords cost as much time as wrong ones, so whoever signs in to one account over and over waits as
/// well, wherever from, and does not take the turns of all others.
pub(super) struct SignInRateLimiter {
    networks: RateLimiter<Network>,
    accounts: RateLimiter<NameKey>,
    devices: RateLimiter<TokenDigest>,
    successes: RateLimiter<NameKey>,
}

impl SignInRateLimiter {
    /// `rate` failures a minute, and as many at once; 0 is no limit.
    pub(super) fn new(rate: u32, share: &RateShare) -> Self {
        Self {
            networks: RateLimiter::new(rate, rate, share),
            accounts: RateLimiter::new(rate, rate, share),
            devices: RateLimiter::new(rate, rate, share),
            successes: RateLimiter::new(rate, rate.saturating_mul(RIGHT_BURST), share),
        }
    }

    /// Time until this attempt is taken; None: now. `account` is the name that it is about, whether or not someone has
    /// it, and `device` the browser, if the account's owner signed in there.
    pub(super) fn wait(
        &self,
        from: IpAddr,
        account: &NameKey,
        device: Option<&TokenDigest>,
        now: Instant,
    ) -> Option<Duration> {
        let by_success = self.successes.wait(account, now);
        let by_failure = if let Some(device) = device {
            self.devices.wait(device, now)
        } else {
            self.networks.wait(&Network::of(from), now).max(self.accounts.wait(account, now))
        };
        by_failure.max(by_success)
    }

    pub(super) fn failed(&self, from: IpAddr, account: &NameKey, device: Option<&TokenDigest>, now: Instant) {
        if let Some(device) = device {
            return self.devices.charge(device, now);
        }
        self.networks.charge(&Network::of(from), now);
        self.accounts.charge(account, now);
    }

    pub(super) fn succeeded(&self, account: &NameKey, now: Instant) {
        self.successes.charge(account, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Another name each time: only the address is the same.
    fn names() -> impl FnMut() -> NameKey {
        let mut names = (0..).map(|n: u32| NameKey::of(&format!("name{n}")));
        move || names.next().unwrap()
    }

    #[test]
    fn ten_failures_then_one_every_six_seconds() {
        let throttle = SignInRateLimiter::new(10, &RateShare::default());
        let (from, start, mut any) = (address("192.0.2.1"), Instant::now(), names());
        for _ in 0..10 {
            assert_eq!(throttle.wait(from, &any(), None, start), None);
            throttle.failed(from, &any(), None, start);
        }
        let wait = throttle.wait(from, &any(), None, start).unwrap();
        assert!(wait > Duration::from_millis(5_990) && wait <= Duration::from_secs(6));
        assert_eq!(throttle.wait(from, &any(), None, start + Duration::from_secs(6)), None);
        assert_eq!(throttle.wait(address("192.0.2.2"), &any(), None, start), None);
    }

    #[test]
    fn a_household_is_one_address() {
        let throttle = SignInRateLimiter::new(1, &RateShare::default());
        let (now, mut any) = (Instant::now(), names());
        throttle.failed(address("2001:db8::1"), &any(), None, now);
        assert!(throttle.wait(address("2001:db8::2"), &any(), None, now).is_some());
        assert!(throttle.wait(address("2001:db8:0:1::1"), &any(), None, now).is_none());
        throttle.failed(address("::ffff:192.0.2.1"), &any(), None, now);
        assert!(throttle.wait(address("192.0.2.1"), &any(), None, now).is_some());
    }

    #[test]
    fn strangers_cannot_lock_the_owner_out() {
        let throttle = SignInRateLimiter::new(2, &RateShare::default());
        let (ann, now) = (NameKey::of("ann"), Instant::now());
        let (hers, another) = (TokenDigest([1; 32]), TokenDigest([2; 32]));
        for n in 1..=9 {
            throttle.failed(address(&format!("198.51.100.{n}")), &ann, None, now);
        }
        let there = address("198.51.100.1");
        throttle.failed(there, &names()(), None, now);
        assert!(throttle.wait(there, &ann, None, now).is_some());
        assert!(throttle.wait(there, &ann, Some(&hers), now).is_none());
        assert!(throttle.wait(address("203.0.113.1"), &NameKey::of("bob"), None, now).is_none());
        // Whoever has it guesses no more often than others, and costs others nothing.
        (0..2).for_each(|_| throttle.failed(there, &ann, Some(&hers), now));
        assert!(throttle.wait(there, &ann, Some(&hers), now).is_some());
        assert!(throttle.wait(there, &ann, Some(&another), now).is_none());
    }

    #[test]
    fn whoever_signs_in_over_and_over_waits_and_nobody_else() {
        let throttle = SignInRateLimiter::new(2, &RateShare::default());
        let (from, ann, now) = (address("192.0.2.1"), NameKey::of("ann"), Instant::now());
        for _ in 0..6 {
            assert_eq!(throttle.wait(from, &ann, None, now), None);
            throttle.succeeded(&ann, now);
        }
        assert!(throttle.wait(from, &ann, None, now).is_some());
        assert!(throttle.wait(address("198.51.100.1"), &ann, None, now).is_some());
        assert_eq!(throttle.wait(from, &NameKey::of("bob"), None, now), None);
        assert_eq!(throttle.wait(from, &ann, None, now + Duration::from_secs(30)), None);
    }

    #[test]
    fn memory_is_bounded_and_the_worst_are_remembered() {
        let throttle: RateLimiter<usize> = RateLimiter::new(5, 5, &RateShare::default());
        let now = Instant::now();
        (0..5).for_each(|_| throttle.charge(&0, now));
        (1..3 * KEYS_MAX).for_each(|key| throttle.charge(&key, now));
        assert!(lock(&throttle.buckets).len() <= KEYS_MAX);
        assert!(throttle.wait(&0, now).is_some());
    }

    #[test]
    fn zero_is_no_limit() {
        let throttle = SignInRateLimiter::new(0, &RateShare::default());
        let (from, ann, now) = (address("192.0.2.1"), NameKey::of("ann"), Instant::now());
        (0..100).for_each(|_| throttle.failed(from, &ann, None, now));
        assert_eq!(throttle.wait(from, &ann, None, now), None);
    }
}
