//! The only place that knows `tiny_http`: requests in, replies out.

#[macro_use]
mod form;

mod access;
mod activity;
mod chat_settings;
mod chat_watcher;
mod code_limiter;
mod composer;
mod content_disposition;
mod context;
mod cookies;
mod date;
mod day;
mod device;
mod file_download;
mod file_upkeep;
mod files;
mod form_page;
mod groups;
mod gzip;
mod half_uploads;
mod http;
mod http_error;
mod install;
mod invite_addresses;
mod json;
mod kept_file;
mod linked;
mod mentions;
mod message;
mod moment;
mod multipart;
mod name_error;
mod notifications;
mod outcome;
mod page_cache;
mod people;
mod pins;
mod posting;
mod profile;
mod range;
mod rate_limiter;
mod reactions;
mod read_markers;
mod removed_members;
mod reply;
mod request;
mod reset;
mod room;
mod room_access;
mod room_files;
mod rooms;
mod routes;
mod script;
mod search;
mod sessions;
mod sidebar;
mod sign_in;
mod socket;
mod streams;
mod switcher;
#[cfg(all(test, debug_assertions))]
mod tests;
mod upload_form;
mod workers;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::authority::Hosts;
use crate::chat::{
    Chat, Identity, InviteCode, Limits, Log, MemberId, Registration, StateChange, StorageError, Timestamp,
    Username,
};
use crate::exchange::Exchanges;
use crate::fair::Lanes;
use crate::live::{Live, StreamLimits};
use crate::log::SparseLog;
use crate::network::Network;
use crate::secrets::{Argon2id, Hasher, Passwords, draw_chat_id, draw_code};
use crate::settings::Settings;
use crate::views::Site;
use chat_watcher::ChatWatcher;
use code_limiter::CodeLimiter;
use context::Visitor;
use cookies::Cookies;
use file_upkeep::FileUpkeep;
use files::Files;
pub use http::Web;
use http_error::HttpError;
use page_cache::PageCache;
use rate_limiter::{RateLimiter, SignInRateLimiter};
use read_markers::ReadMarkerWriter;
use request::Request;
use reset::Offers;
use sessions::Sessions;
pub use workers::WORKERS_MAX;

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

pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything that requests share.
pub struct App {
    cookies: Cookies,
    hosts: Hosts,
    /// Seconds for which browsers are to come by https alone, if any.
    hsts: Option<u32>,
    origin_log: SparseLog,
    marks: ReadMarkerWriter,
    chat: Arc<Chat>,
    live: Live,
    exchanges: Exchanges,
    lanes: Lanes,
    pages: Arc<PageCache>,
    file_upkeep: Arc<FileUpkeep>,
    files: Files,
    passwords: Passwords,
    sessions: Sessions,
    sign_in_throttle: SignInRateLimiter,
    code_limiter: CodeLimiter,
    register_throttle: RateLimiter<Network>,
    /// Counts registrations by site, as `register_throttle` does by network.
    register_site_throttle: RateLimiter<Network>,
    post_throttle: RateLimiter<MemberId>,
    room_throttle: RateLimiter<MemberId>,
    pair_throttle: RateLimiter<MemberId>,
    change_throttle: RateLimiter<MemberId>,
    hint_throttle: RateLimiter<MemberId>,
    reaction_throttle: RateLimiter<MemberId>,
    search_throttle: RateLimiter<MemberId>,
    reset_offers: Offers,
    clock: Clock,
    site: Arc<Site>,
    /// Holds until the owners decide.
    default_title: String,
    default_registration: Registration,
    /// Addresses that the server listens on.
    listen: Vec<IpAddr>,
    /// Others than this machine may reach it.
    exposed: bool,
    /// The code for the first registration, in a chat that others may reach.
    first_code: Option<String>,
}

/// The condition for registering now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Anyone,
    /// With this code.
    Invited(InviteCode),
    /// The first member, with the code that was printed.
    First(String),
    Nobody,
}

impl App {
    /// The chat that `settings` describe, on what `log` remembers.
    pub fn new(settings: &Settings, log: Box<dyn Log>) -> Result<Self, StorageError> {
        let limits = Limits { history: settings.history, ..Limits::default() };
        let hasher = Argon2id::new(settings.password_memory);
        Self::with(settings, log, Box::new(hasher), limits)
    }

    /// Members whom only the exact spelling of their names tells apart (see [`State::colliding_names`]), as lines for the
    /// operator.
    ///
    /// [`State::colliding_names`]: crate::chat::State::colliding_names
    pub fn colliding_names(&self) -> Vec<String> {
        let met = self.chat.state().colliding_names();
        met.iter().map(|names| names.iter().map(Username::as_str).collect::<Vec<_>>().join(", ")).collect()
    }

    /// Opens the chat with these limits and this way to hash passwords.
    pub fn with(
        settings: &Settings,
        log: Box<dyn Log>,
        hasher: Box<dyn Hasher>,
        limits: Limits,
    ) -> Result<Self, StorageError> {
        let file_upkeep = Arc::new(FileUpkeep::open(settings, log.blobs(), limits.members)?);
        let live =
            Live::new(StreamLimits { streams: settings.streams, per_member: settings.streams_per_member });
        let site = Site::new(&settings.title, settings.time_zone, &settings.base_path);
        // Half for texts, which many pages show, and half for pages.
        let cached = settings.page_cache << 20;
        let site = site.with_files_up_to(settings.file_bytes_max()).with_rendered_up_to(cached / 2);
        let site = Arc::new(site);
        let pages = Arc::new(PageCache::new(cached / 2));
        let watcher = ChatWatcher {
            live: live.clone(),
            files: Arc::clone(&file_upkeep),
            pages: Arc::clone(&pages),
            site: Arc::clone(&site),
            default_title: settings.title.clone(),
        };
        let watcher = move |change: StateChange| watcher.told(&change);
        let drawn = || Identity { id: draw_chat_id(), given_at: None };
        let identity = log.identity()?.unwrap_or_else(drawn);
        let chat = Arc::new(Chat::open(log, limits, Box::new(watcher))?);
        file_upkeep.clean(&chat)?;
        if let Some(title) = &chat.state().configuration().title {
            site.rename(title.as_str());
        }
        let is_first = settings.is_exposed() && chat.state().member_count() == 0;
        Ok(Self {
            cookies: Cookies::new(&identity, &settings.base_path),
            hosts: Hosts::new(&settings.hosts, settings.is_exposed()),
            hsts: settings.hsts,
            origin_log: SparseLog::default(),
            marks: ReadMarkerWriter::start(Arc::clone(&chat), Arc::clone(&file_upkeep)),
            chat,
            live,
            exchanges: Exchanges::default(),
            lanes: Lanes::new(),
            pages,
            file_upkeep,
            files: Files::new(settings),
            passwords: Passwords::new(hasher),
            sessions: Sessions::new(Timestamp::now()),
            sign_in_throttle: SignInRateLimiter::new(settings.sign_in_rate),
            code_limiter: CodeLimiter::new(settings.sign_in_rate),
            register_throttle: RateLimiter::new(settings.register_rate, REGISTER_BURST),
            register_site_throttle: RateLimiter::new(
                settings.register_rate.saturating_mul(SITE_FACTOR),
                REGISTER_BURST * SITE_FACTOR,
            ),
            post_throttle: RateLimiter::new(settings.post_rate, POST_BURST),
            room_throttle: RateLimiter::new(ROOM_RATE, ROOM_BURST),
            pair_throttle: RateLimiter::new(ROOM_RATE, PAIR_BURST),
            change_throttle: RateLimiter::new(CHANGE_RATE, CHANGE_BURST),
            hint_throttle: RateLimiter::new(HINT_RATE, HINT_BURST),
            reaction_throttle: RateLimiter::new(REACTION_RATE, REACTION_BURST),
            search_throttle: RateLimiter::new(settings.search_rate, SEARCH_BURST),
            reset_offers: Offers::default(),
            clock: Box::new(Timestamp::now),
            site,
            default_title: settings.title.clone(),
            default_registration: match &settings.invite_code {
                Some(code) => Registration::Invited(code.clone()),
                None => Registration::Open,
            },
            listen: settings.listen.iter().map(SocketAddr::ip).collect(),
            exposed: settings.is_exposed(),
            first_code: is_first.then(draw_code),
        })
    }

    /// Replaces the machine's wall clock.
    #[must_use]
    pub fn on_clock(mut self, clock: Clock) -> Self {
        self.sessions = Sessions::new(clock());
        self.clock = clock;
        self
    }

    /// The wall clock, for what is recorded and shown. It may be set at any time, to any time.
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn admission(&self) -> Admission {
        let state = self.chat.state();
        if let Some(code) = self.first_code.as_ref().filter(|_| state.member_count() == 0) {
            return Admission::First(code.clone());
        }
        match state.configuration().registration.as_ref().unwrap_or(&self.default_registration) {
            Registration::Open => Admission::Anyone,
            Registration::Invited(code) => Admission::Invited(code.clone()),
            Registration::Closed => Admission::Nobody,
        }
    }

    /// Lets someone register from this network, or says how long they have to wait.
    fn may_register_from(&self, request: &Request) -> Result<(), HttpError> {
        let network = Network::of(request.from);
        self.register_site_throttle
            .take(&network.site(), request.instant)
            .and_then(|()| self.register_throttle.take(&network, request.instant))
            .map_err(HttpError::TooManyMembers)
    }

    /// Lets a member write a text of so many bytes, or says how long they have to wait: a long one counts once more
    /// for each KiB, so that the rate bounds what one member adds to memory and file.
    fn may_write(&self, request: &Request, visitor: &Visitor, bytes: usize) -> Result<(), HttpError> {
        let cost = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1);
        self.post_throttle
            .take_many(&visitor.member, cost, request.instant)
            .map_err(HttpError::TooManyMessages)
    }

    /// Lets a member change something, or says how long they have to wait.
    fn may_change(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.change_throttle.take(&visitor.member, request.instant).map_err(HttpError::TooManyChanges)
    }

    /// Lets a member send a read marker, a hint of typing or a question who is mentioned, or says how long they have to wait.
    fn may_hint(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.hint_throttle.take(&visitor.member, request.instant).map_err(HttpError::TooManyHints)
    }

    /// Lets a member react to a message, or says how long they have to wait.
    fn may_react(&self, request: &Request, visitor: &Visitor) -> Result<(), HttpError> {
        self.reaction_throttle.take(&visitor.member, request.instant).map_err(HttpError::TooManyReactions)
    }

    /// The path of the chat's first page.
    pub(crate) fn home(&self) -> String {
        self.site.path("/")
    }

    /// The current title.
    pub(crate) fn title(&self) -> Arc<str> {
        self.site.title()
    }

    /// The code that the first member needs, as long as there is none.
    pub fn first_code(&self) -> Option<String> {
        match self.admission() {
            Admission::First(code) => Some(code),
            _ => None,
        }
    }

    /// Closes what keeps the chat, so that it is whole when the process ends.
    pub(crate) fn close(&self) {
        self.marks.stop();
        self.chat.close();
    }

    pub(crate) fn exchanges(&self) -> Exchanges {
        self.exchanges.clone()
    }

    pub fn live(&self) -> &Live {
        &self.live
    }
}
