//! From cookies to members.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono_tz::Tz;

use super::App;
use super::device::device;
use super::request::{COOKIE, Request, tokens_in};
use crate::chat::{
    MemberId, NewSession, Refusal, SESSION_IDLE_MAX, Session, Timestamp, TokenDigest, Username,
};
use crate::door::Members;
use crate::lock::lock;
use crate::secrets::{Token, digest};

/// How long a browser keeps the cookie after it was last set, in seconds: as long as the server
/// keeps an idle session.
const COOKIE_AGE: u64 = SESSION_IDLE_MAX.as_secs();

/// Somebody who is signed in.
pub(super) struct Visitor {
    pub(super) member: MemberId,
    pub(super) name: Username,
    /// In which they read times.
    pub(super) zone: Tz,
    /// What their browser bears.
    token: String,
}

impl Visitor {
    pub(super) fn digest(&self) -> TokenDigest {
        digest(&self.token)
    }
}

/// When each session was used last. Whether a session stands is the chat's to say; this is kept
/// in memory only, as it changes with every request.
///
/// For how long a session was idle is counted by the steady clock: the wall clock may be years wrong when a
/// machine without a battery starts, and be set right later.
pub(super) struct Sessions {
    started: Use,
    /// Guards the table. Taken after the chat's locks; nothing is done under it but look-ups.
    last_used: Mutex<HashMap<TokenDigest, Use>>,
}

/// When a session was used.
#[derive(Clone, Copy)]
struct Use {
    /// To count.
    instant: Instant,
    /// To show.
    at: Timestamp,
}

impl Sessions {
    pub(super) fn new(started: Timestamp) -> Self {
        Self { started: Use { instant: Instant::now(), at: started }, last_used: Mutex::default() }
    }

    /// When a session was used last, to be shown. Of what was before the server started, nothing is known.
    pub(super) fn last_used(&self, digest: &TokenDigest, session: &Session) -> Timestamp {
        let used = lock(&self.last_used).get(digest).map(|used| used.at);
        used.unwrap_or(self.started.at.max(session.opened))
    }

    /// For how long a session was not used. One that was not used since the server started counts from then.
    fn idle(&self, digest: &TokenDigest, now: Instant) -> Duration {
        let used = lock(&self.last_used).get(digest).copied().unwrap_or(self.started);
        now.saturating_duration_since(used.instant)
    }

    fn note_use(&self, digest: TokenDigest, request: &Request) {
        let used = Use { instant: request.instant, at: request.now };
        lock(&self.last_used).insert(digest, used);
    }

    /// Whose request this is. Of several tokens (another program on this host may have planted one:
    /// cookies know no ports) the first that stands for a session counts.
    pub(super) fn visitor(app: &App, request: &Request) -> Option<Visitor> {
        request.tokens().find_map(|token| {
            let digest = digest(token);
            let state = app.chat.state();
            let session = state.session(&digest)?.clone();
            let member = state.member(session.member)?;
            let (name, zone) = (member.name.clone(), member.zone.unwrap_or(app.site.zone));
            drop(state);
            if app.sessions.idle(&digest, request.instant) > SESSION_IDLE_MAX {
                return None;
            }
            app.sessions.note_use(digest, request);
            Some(Visitor { member: session.member, name, zone, token: token.into() })
        })
    }

    /// Whether a session that is in use all the time still stands.
    pub(super) fn keep(app: &App, session: &TokenDigest) -> bool {
        let stands = app.chat.state().session(session).is_some();
        if stands {
            let now = Use { instant: Instant::now(), at: app.now() };
            lock(&app.sessions.last_used).insert(*session, now);
        }
        stands
    }

    /// Opens a session with a new token by one of the chat's verbs, in place of the browser's former one.
    pub(super) fn begin(
        app: &App,
        request: &Request,
        former: Option<&Visitor>,
        verb: impl FnOnce(NewSession) -> Result<(), Refusal>,
    ) -> Result<Token, Refusal> {
        let (token, former) = (Token::draw(), former.map(Visitor::digest));
        // Before there is the session, so that it is never taken for one that was idle since the start.
        app.sessions.note_use(token.digest(), request);
        let opened = verb(NewSession { digest: token.digest(), device: device(request), former });
        Self::forget_ended(app);
        opened?;
        Ok(token)
    }

    /// Signs a member in.
    pub(super) fn open(
        app: &App,
        request: &Request,
        former: Option<&Visitor>,
        member: MemberId,
    ) -> Result<Token, Refusal> {
        let idle = |digest: &_| app.sessions.idle(digest, request.instant);
        Self::begin(app, request, former, |session| app.chat.open_session(member, session, request.now, idle))
    }

    /// Ends the session on the server.
    pub(super) fn end(app: &App, request: &Request, visitor: &Visitor) -> Result<(), Refusal> {
        app.chat.end_session(visitor.digest(), request.now)?;
        Self::forget_ended(app);
        Ok(())
    }

    /// Gives the visitor's browser its cookie for longer.
    pub(super) fn renew(app: &App, request: &Request, visitor: &Visitor) -> String {
        Self::cookie(app, request, Some(&visitor.token))
    }

    /// The cookie that gives a browser its session, or gives it longer; none takes it away.
    pub(super) fn cookie(app: &App, request: &Request, token: Option<&str>) -> String {
        let (value, age) = token.map_or(("", 0), |token| (token, COOKIE_AGE));
        let path = if app.site.base.is_empty() { "/" } else { &app.site.base };
        let secure = if request.https { "; Secure" } else { "" };
        format!("{COOKIE}={value}; HttpOnly; SameSite=Lax; Path={path}; Max-Age={age}{secure}")
    }

    /// Nothing is remembered of sessions that are over.
    pub(super) fn forget_ended(app: &App) {
        let state = app.chat.state();
        lock(&app.sessions.last_used).retain(|digest, _| state.session(digest).is_some());
    }
}

impl Members for App {
    fn member(&self, cookies: &str) -> Option<u64> {
        let state = self.chat.state();
        tokens_in(cookies).find_map(|token| Some(state.session(&digest(token))?.member.0.0))
    }
}
