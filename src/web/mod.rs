//! The only place that knows `tiny_http`: requests in, replies out.

mod access;
mod entry;
mod fault;
mod form;
mod marks;
mod place;
mod reply;
mod request;
mod reset;
mod room;
mod rooms;
mod routes;
mod sessions;
mod streams;
mod throttle;
mod workers;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::chat::{Chat, Journal, Limits, MemberId, NotKept, Timestamp};
use crate::live::{Live, StreamLimits};
use crate::log::log;
use crate::network::Network;
use crate::secrets::{Argon2id, Hasher, Passwords, draw_nonce};
use crate::settings::Settings;
use crate::views::Site;
use marks::Marks;
use reply::Reply;
use sessions::Sessions;
use throttle::{SignInThrottle, Throttle};
pub use workers::WORKERS_MAX;
use workers::Workers;

/// Registrations from one address at once: a school class, an office.
const REGISTER_BURST: u32 = 100;
/// Messages of one member at once: somebody pastes, or a script catches up.
const POST_BURST: u32 = 200;

/// Rooms of one member at once, and a minute after that: nobody needs more, and each is kept.
const ROOM_BURST: u32 = 30;
const ROOM_RATE: u32 = 2;

/// Everything that requests share.
pub struct App {
    marks: Marks,
    chat: Arc<Chat>,
    live: Live,
    passwords: Passwords,
    sessions: Sessions,
    sign_in_throttle: SignInThrottle,
    register_throttle: Throttle<Network>,
    post_throttle: Throttle<MemberId>,
    room_throttle: Throttle<MemberId>,
    site: Site,
    invite_code: Option<String>,
}

impl App {
    /// The chat that `settings` describe, on what `journal` remembers.
    pub fn new(settings: &Settings, journal: Box<dyn Journal>) -> Result<Self, NotKept> {
        let limits = Limits { history: settings.history, ..Limits::default() };
        let hasher = Argon2id::new(settings.password_memory);
        Self::with(settings, journal, Box::new(hasher), limits)
    }

    /// The same with other limits, and with another way to hash passwords.
    pub fn with(
        settings: &Settings,
        journal: Box<dyn Journal>,
        hasher: Box<dyn Hasher>,
        limits: Limits,
    ) -> Result<Self, NotKept> {
        let live =
            Live::new(StreamLimits { streams: settings.streams, per_member: settings.streams_per_member });
        let watcher = live.clone();
        let chat = Chat::open(journal, limits, Box::new(move |records| watcher.committed(records)))?;
        let chat = Arc::new(chat);
        Ok(Self {
            marks: Marks::start(Arc::clone(&chat)),
            chat,
            live,
            passwords: Passwords::new(hasher),
            sessions: Sessions::new(Timestamp::now()),
            sign_in_throttle: SignInThrottle::new(settings.sign_in_rate),
            register_throttle: Throttle::new(settings.register_rate, REGISTER_BURST),
            post_throttle: Throttle::new(settings.post_rate, POST_BURST),
            room_throttle: Throttle::new(ROOM_RATE, ROOM_BURST),
            site: Site {
                title: settings.title.clone(),
                zone: settings.time_zone,
                base: settings.base_path.clone(),
            },
            invite_code: settings.invite_code.clone(),
        })
    }

    /// Closes what keeps the chat, so that it is whole when the process ends.
    pub(crate) fn close(&self) {
        self.marks.stop();
        self.chat.close();
    }

    /// The streams.
    pub fn live(&self) -> &Live {
        &self.live
    }
}

/// The running `tiny_http` loop.
pub struct Web(Workers);

impl Web {
    /// Serves `app` on `listener`, whose clients must be well-behaved (see [`crate::door`]), until
    /// [`Web::stop`].
    pub fn start(listener: impl Into<tiny_http::Listener>, app: Arc<App>) -> io::Result<Self> {
        let http = tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?;
        Ok(Self(Workers::start(http, Arc::new(move |request| serve(&app, request)))?))
    }

    /// Finishes the requests that are under way, until `deadline`.
    pub fn stop(self, deadline: Instant) {
        self.0.stop(deadline);
    }
}

/// Answers one request, whatever happens.
fn serve(app: &App, mut raw: tiny_http::Request) {
    let answer = catch_unwind(AssertUnwindSafe(|| routes::answer(app, &mut raw)));
    let reply = answer.unwrap_or_else(|_| internal_error(&raw));
    if let Err(error) = raw.respond(reply.into_response()) {
        log(format_args!("an answer could not be sent: {error}"));
    }
}

/// A panic's answer: a number here and in the log, and nothing else outside.
fn internal_error(raw: &tiny_http::Request) -> Reply {
    let mut reference = draw_nonce();
    reference.truncate(8);
    let path = raw.url().split('?').next().unwrap_or_default();
    log(format_args!("internal error {reference} while answering {} {path}", raw.method()));
    Reply::text(
        500,
        format!(
            "Something went wrong inside. If it stays so, tell whoever runs this chat the number {reference}.\n"
        ),
    )
}
