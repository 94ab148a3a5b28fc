//! How often people may do things. Of several nodes, each allows its share, so that a member or an address has one rate in all.

use super::App;
use super::code_limiter::CodeLimiter;
use super::context::Visitor;
use super::http_error::HttpError;
use super::rate_limiter::{RateLimiter, SignInRateLimiter};
use super::rate_share::RateShare;
use super::request::Request;
use crate::chat::MemberId;
use crate::network::Network;
use crate::settings::Settings;

/// Registrations from one address at once: a school class, an office.
const REGISTER_BURST: u32 = 100;
/// As many times more are let in from one site, as which a customer with many networks counts (an IPv6 /48).
const SITE_FACTOR: u32 = 4;
/// Messages of one member at once: somebody pastes, or a script catches up.
const POST_BURST: u32 = 200;

/// Rooms of one member at once, and a minute after that: nobody needs more, and each is kept.
const ROOM_BURST: u32 = 30;
const ROOM_RATE: u32 = 2;

/// New conversations of one member at once, and then as many a minute as rooms: somebody greets a whole club.
const PAIR_BURST: u32 = 100;

/// Other changes of one member at once, and a minute after that (names, topics, who is in a room, roles, settings,
/// sessions): more than a hand can do, and each is written, told to others, and kept.
const CHANGE_BURST: u32 = 60;
const CHANGE_RATE: u32 = 60;

/// Read markers, hints of typing and questions who is mentioned, which our script sends by itself: each of some open windows may send one of
/// any kind every few seconds.
const HINT_BURST: u32 = 240;
const HINT_RATE: u32 = 240;

/// Reactions of one member at once, set or taken back, and a minute after that: each is written, and told to a whole room.
const REACTION_BURST: u32 = 30;
const REACTION_RATE: u32 = 60;

/// Searches of one member at once.
const SEARCH_BURST: u32 = 30;

pub(super) struct RateLimits {
    pub(super) sign_ins: SignInRateLimiter,
    pub(super) codes: CodeLimiter,
    registrations: RateLimiter<Network>,
    /// Counts registrations by site, as `registrations` does by network.
    site_registrations: RateLimiter<Network>,
    posts: RateLimiter<MemberId>,
    rooms: RateLimiter<MemberId>,
    pairs: RateLimiter<MemberId>,
    changes: RateLimiter<MemberId>,
    hints: RateLimiter<MemberId>,
    reactions: RateLimiter<MemberId>,
    searches: RateLimiter<MemberId>,
}

impl RateLimits {
    pub(super) fn new(settings: &Settings, share: &RateShare) -> Self {
        let member = |rate, burst| RateLimiter::new(rate, burst, share);
        let site_rate = settings.register_rate.saturating_mul(SITE_FACTOR);
        Self {
            sign_ins: SignInRateLimiter::new(settings.sign_in_rate, share),
            codes: CodeLimiter::new(settings.sign_in_rate, share),
            registrations: RateLimiter::new(settings.register_rate, REGISTER_BURST, share),
            site_registrations: RateLimiter::new(site_rate, REGISTER_BURST * SITE_FACTOR, share),
            posts: member(settings.post_rate, POST_BURST),
            rooms: member(ROOM_RATE, ROOM_BURST),
            pairs: member(ROOM_RATE, PAIR_BURST),
            changes: member(CHANGE_RATE, CHANGE_BURST),
            hints: member(HINT_RATE, HINT_BURST),
            reactions: member(REACTION_RATE, REACTION_BURST),
            searches: member(settings.search_rate, SEARCH_BURST),
        }
    }
}

/// Each lets somebody do something, or says how long they have to wait.
impl App {
    /// Counts for the network that the request comes from.
    pub(super) fn may_register_from(&self, request: &Request) -> Result<(), HttpError> {
        let network = Network::of(request.from);
        let RateLimits { registrations, site_registrations, .. } = &self.rates;
        site_registrations
            .take(&network.site(), request.instant)
            .and_then(|()| registrations.take(&network, request.instant))
            .map_err(HttpError::TooManyMembers)
    }

    /// A text of so many bytes: a long one counts once more for each KiB, so that the rate bounds what one member adds to
    /// memory and file.
    pub(super) fn may_write(
        &self,
        request: &Request,
        visitor: &Visitor,
        bytes: usize,
    ) -> Result<(), HttpError> {
        let cost = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1);
        let posts = &self.rates.posts;
        posts.take_many(&visitor.member, cost, request.instant).map_err(HttpError::TooManyMessages)
    }

    pub(super) fn may_open_room(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.rates.rooms.take(&visitor.member, request.instant).map_err(HttpError::TooManyRooms)
    }

    /// A conversation.
    pub(super) fn may_open_pair(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.rates.pairs.take(&visitor.member, request.instant).map_err(HttpError::TooManyPairs)
    }

    pub(super) fn may_change(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.rates.changes.take(&visitor.member, request.instant).map_err(HttpError::TooManyChanges)
    }

    /// A read marker, a hint of typing or a question who is mentioned.
    pub(super) fn may_hint(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.rates.hints.take(&visitor.member, request.instant).map_err(HttpError::TooManyHints)
    }

    pub(super) fn may_react(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.rates.reactions.take(&visitor.member, request.instant).map_err(HttpError::TooManyReactions)
    }

    pub(super) fn may_search(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.rates.searches.take(&visitor.member, request.instant).map_err(HttpError::TooManySearches)
    }
}
