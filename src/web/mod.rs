//! The only place that knows `tiny_http`: requests in, replies out.

mod access;
mod entry;
mod fault;
mod form;
mod reply;
mod request;
mod room;
mod routes;
mod sessions;
mod throttle;
mod workers;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use crate::chat::{Chat, Journal, Limits, NotKept, Timestamp};
use crate::secrets::{Argon2id, Hasher, Passwords, draw_nonce};
use crate::settings::Settings;
use crate::views::Site;
use reply::Reply;
use sessions::Sessions;
use throttle::SignInThrottle;
use workers::Workers;

/// Everything that requests share.
pub struct App {
    chat: Chat,
    passwords: Passwords,
    sessions: Sessions,
    sign_in_throttle: SignInThrottle,
    site: Site,
    invite_code: Option<String>,
}

impl App {
    /// The chat that `settings` describe, on what `journal` remembers.
    pub fn new(settings: &Settings, journal: Box<dyn Journal>) -> Result<Self, NotKept> {
        let limits = Limits {
            history: settings.history,
            ..Limits::default()
        };
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
        Ok(Self {
            chat: Chat::open(journal, limits)?,
            passwords: Passwords::new(hasher),
            sessions: Sessions::new(now()),
            sign_in_throttle: SignInThrottle::new(settings.sign_in_rate),
            site: Site {
                title: settings.title.clone(),
                zone: settings.time_zone,
            },
            invite_code: settings.invite_code.clone(),
        })
    }
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    workers: Workers,
}

impl Server {
    /// Serves `app` on `listener` until [`Server::stop`].
    pub fn start(listener: TcpListener, app: App) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let http = tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?;
        let workers = Workers::start(http, Arc::new(move |request| serve(&app, request)))?;
        Ok(Self { address, workers })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Finishes the requests that are under way, within a bounded time.
    pub fn stop(self) {
        self.workers.stop();
    }
}

/// Answers one request, whatever happens.
fn serve(app: &App, mut raw: tiny_http::Request) {
    let answer = catch_unwind(AssertUnwindSafe(|| routes::answer(app, &mut raw)));
    let reply = answer.unwrap_or_else(|_| internal_error(&raw));
    if let Err(error) = raw.respond(reply.into_response()) {
        eprintln!("snug: an answer could not be sent: {error}");
    }
}

/// A panic's answer: a number here and in the log, and nothing else outside.
fn internal_error(raw: &tiny_http::Request) -> Reply {
    let mut reference = draw_nonce();
    reference.truncate(8);
    let path = raw.url().split('?').next().unwrap_or_default();
    eprintln!(
        "snug: internal error {reference} while answering {} {path}",
        raw.method()
    );
    Reply::text(
        500,
        format!(
            "Something went wrong inside. If it stays so, tell whoever runs this chat the number {reference}.\n"
        ),
    )
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
