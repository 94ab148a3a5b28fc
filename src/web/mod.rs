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
mod node;
mod node_hints;
mod nodes;
mod notifications;
mod outcome;
mod page_cache;
mod people;
mod pins;
mod posting;
mod profile;
mod range;
mod rate_limiter;
mod rate_limits;
mod rate_share;
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
    Chat, Identity, InviteCode, Limits, Log, Registration, Shared, StateChange, StorageError, Timestamp,
    Username,
};
use crate::exchange::Exchanges;
use crate::fair::Lanes;
use crate::live::{Live, StreamLimits};
use crate::log::SparseLog;
use crate::secrets::{Argon2id, Hasher, Passwords, draw_chat_id, draw_code};
use crate::settings::Settings;
use crate::views::Site;
use chat_watcher::ChatWatcher;
use cookies::Cookies;
use file_upkeep::FileUpkeep;
use files::Files;
pub use http::Web;
use node::{Node, shared_clock};
use page_cache::PageCache;
use rate_limits::RateLimits;
use rate_share::RateShare;
use read_markers::{MarkerInbox, ReadMarkerWriter};
use reset::Offers;
use sessions::Sessions;
pub use workers::WORKERS_MAX;

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
    rates: RateLimits,
    reset_offers: Offers,
    /// None: this process keeps the chat by itself.
    node: Option<Node>,
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
        mut log: Box<dyn Log>,
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
        let marks = Arc::<MarkerInbox>::default();
        let watcher = ChatWatcher {
            live: live.clone(),
            files: Arc::clone(&file_upkeep),
            marks: Arc::clone(&marks),
            pages: Arc::clone(&pages),
            site: Arc::clone(&site),
            default_title: settings.title.clone(),
        };
        let watcher = move |change: StateChange| watcher.told(&change);
        let drawn = || Identity { id: draw_chat_id(), given_at: None };
        let identity = log.identity()?.unwrap_or_else(drawn);
        // Of several nodes, all have the code that the first of them drew.
        let first_code = settings.is_exposed().then(|| log.first_code(draw_code())).transpose()?;
        let cluster = log.cluster();
        let share = RateShare::of(cluster.as_ref());
        let chat = Arc::new(Chat::open(log, limits, Box::new(watcher))?);
        file_upkeep.clean(&chat)?;
        if let Some(title) = &chat.state().configuration().title {
            site.rename(title.as_str());
        }
        let is_first = chat.state().member_count() == 0;
        let clock = || shared_clock(Box::new(Timestamp::now), cluster.clone());
        Ok(Self {
            cookies: Cookies::new(&identity, &settings.base_path),
            hosts: Hosts::new(&settings.hosts, settings.is_exposed()),
            hsts: settings.hsts,
            origin_log: SparseLog::default(),
            marks: ReadMarkerWriter::start(Arc::clone(&chat), Arc::clone(&file_upkeep), marks, clock()),
            chat,
            live,
            exchanges: Exchanges::default(),
            lanes: Lanes::new(),
            pages,
            file_upkeep,
            files: Files::new(settings, &share),
            passwords: Passwords::new(hasher),
            sessions: Sessions::new(clock()()),
            rates: RateLimits::new(settings, &share),
            reset_offers: Offers::default(),
            clock: clock(),
            node: cluster.map(|cluster| Node::new(cluster, settings)),
            site,
            default_title: settings.title.clone(),
            default_registration: match &settings.invite_code {
                Some(code) => Registration::Invited(code.clone()),
                None => Registration::Open,
            },
            listen: settings.listen.iter().map(SocketAddr::ip).collect(),
            exposed: settings.is_exposed(),
            first_code: first_code.filter(|_| is_first),
        })
    }

    /// Replaces the machine's wall clock.
    #[must_use]
    pub fn on_clock(mut self, clock: Clock) -> Self {
        let cluster = self.node.as_ref().map(|node| Shared::clone(&node.cluster));
        self.clock = shared_clock(clock, cluster);
        self.sessions = Sessions::new(self.now());
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
        self.leave_cluster();
        self.chat.close();
    }

    pub(crate) fn exchanges(&self) -> Exchanges {
        self.exchanges.clone()
    }

    pub fn live(&self) -> &Live {
        &self.live
    }
}
