//! From cookies to members.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::App;
use super::context::{Context, Visitor};
use super::device::device;
use super::http_error::HttpError;
use super::request::Request;
use crate::chat::{
    MemberId, NameKey, NewDevice, NewSession, Refusal, SESSION_IDLE_MAX, Seq, Session, Timestamp, TokenDigest,
};
use crate::door::Members;
use crate::lock::lock;
use crate::secrets::{SecretToken, digest};

/// Of several nodes, the others are told again of a session that goes on being used after this.
const TOLD_AGAIN: Duration = Duration::from_secs(5 * 60);

/// New tokens of a browser whose member signed in.
pub(super) struct Opened {
    pub(super) session: SecretToken,
    /// None for programs, which are no known devices.
    pub(super) device: Option<SecretToken>,
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
    /// When other nodes were told of it, or told of it.
    told: Option<Instant>,
}

impl Sessions {
    pub(super) fn new(started: Timestamp) -> Self {
        Self {
            started: Use { instant: Instant::now(), at: started, told: None },
            last_used: Mutex::default(),
        }
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

    fn note_use(&self, digest: TokenDigest, instant: Instant, at: Timestamp) {
        let mut last_used = lock(&self.last_used);
        let used = last_used.entry(digest).or_insert(Use { instant, at, told: None });
        (used.instant, used.at) = (instant, at);
    }

    /// The sessions of whose use other nodes are to be told, by their records' numbers.
    pub(super) fn used_lately(app: &App, now: Instant) -> Vec<Seq> {
        let state = app.chat.state();
        let mut last_used = lock(&app.sessions.last_used);
        let is_untold = |used: &Use| {
            used.told.is_none_or(|told| used.instant.saturating_duration_since(told) >= TOLD_AGAIN)
        };
        let untold = last_used.iter_mut().filter(|(_, used)| is_untold(used));
        let told = untold.filter_map(|(digest, used)| {
            used.told = Some(now);
            Some(state.session(digest)?.id)
        });
        told.collect()
    }

    /// Takes note of sessions that another node tells of.
    pub(super) fn used_elsewhere(app: &App, ids: &[Seq]) {
        let (now, ids) = (Instant::now(), ids.iter().collect::<HashSet<_>>());
        let used = Use { instant: now, at: app.now(), told: Some(now) };
        let state = app.chat.state();
        let named = state.sessions().filter(|(_, session)| ids.contains(&session.id));
        lock(&app.sessions.last_used).extend(named.map(|(digest, _)| (*digest, used)));
    }

    /// Whose request this is. Of several tokens (another program on this host may have planted one:
    /// cookies know no ports) the first that stands for a session counts.
    pub(super) fn visitor(app: &App, request: &Request) -> Option<Visitor> {
        app.cookies.tokens(request.cookies(), request.now).find_map(|(cookie, token)| {
            let digest = digest(token);
            let state = app.chat.state();
            let session = state.session(&digest)?.clone();
            let member = state.member(session.member)?;
            let (name, zone, language) = (member.name.clone(), member.zone, member.language);
            drop(state);
            if app.sessions.idle(&digest, request.instant) > SESSION_IDLE_MAX {
                return None;
            }
            app.sessions.note_use(digest, request.instant, request.now);
            Some(Visitor { member: session.member, name, zone, language, token: token.into(), cookie })
        })
    }

    /// The error for a request without a visitor.
    pub(super) fn error(app: &App, request: &Request) -> HttpError {
        if Self::is_revoked(app, request) { Refusal::NotAMember.into() } else { HttpError::SignedOut }
    }

    /// True if the browser bears a session that its member's removal ended.
    pub(super) fn is_revoked(app: &App, request: &Request) -> bool {
        let mut tokens = app.cookies.tokens(request.cookies(), request.now);
        tokens.any(|(_, token)| app.chat.state().is_revoked(&digest(token), request.now))
    }

    /// Notes that a stream uses its session; false if that is over.
    pub(super) fn keep(app: &App, session: &TokenDigest) -> bool {
        let stands = app.chat.state().session(session).is_some();
        if stands {
            app.sessions.note_use(*session, Instant::now(), app.now());
        }
        stands
    }

    /// Opens a session with a new token by one of the chat's verbs, in place of the browser's former one.
    pub(super) fn begin(
        app: &App,
        request: &Request,
        former: Option<&Visitor>,
        verb: impl FnOnce(NewSession) -> Result<(), Refusal>,
    ) -> Result<Opened, Refusal> {
        let (token, former) = (SecretToken::draw(), former.map(Visitor::digest));
        // A program that signs in over and over would take the places of its member's browsers.
        let browser = (!request.wants_json()).then(SecretToken::draw);
        let known_by = browser
            .as_ref()
            .map(|token| NewDevice { digest: token.digest(), former: Self::device(app, request, |_| true) });
        // Before there is the session, so that it is never taken for one that was idle since the start.
        app.sessions.note_use(token.digest(), request.instant, request.now);
        let opened = verb(NewSession { digest: token.digest(), device: device(request), former, known_by });
        Self::forget_ended(app);
        opened?;
        Ok(Opened { session: token, device: browser })
    }

    pub(super) fn open(
        app: &App,
        request: &Request,
        former: Option<&Visitor>,
        member: MemberId,
    ) -> Result<Opened, Refusal> {
        let idle = |digest: &_| app.sessions.idle(digest, request.instant);
        Self::begin(app, request, former, |session| app.chat.open_session(member, session, request.now, idle))
    }

    /// The device that this browser is, if it is known as one of such a member.
    fn device(app: &App, request: &Request, whose: impl Fn(MemberId) -> bool) -> Option<TokenDigest> {
        let state = app.chat.state();
        let mut digests = app.cookies.device_tokens(request.cookies()).map(digest);
        digests
            .find(|digest| state.known_device(digest, request.now).is_some_and(|device| whose(device.member)))
    }

    /// Returns the browser's device token if the member with this name signed in there before.
    pub(super) fn device_of(app: &App, request: &Request, name: &NameKey) -> Option<TokenDigest> {
        let member = app.chat.state().active_named(name).map(|(id, _)| id)?;
        Self::device(app, request, |known| known == member)
    }

    /// Ends every session that the browser bears: another one would take the place of the first. Gives the cookies to take
    /// away.
    pub(super) fn end_all(app: &App, request: &Request) -> Result<Vec<String>, Refusal> {
        let mut gone = vec![app.cookies.unset(request)];
        for (cookie, token) in app.cookies.tokens(request.cookies(), request.now) {
            let digest = digest(token);
            if app.chat.state().session(&digest).is_some() {
                app.chat.end_session(digest, request.now)?;
                gone.extend(app.cookies.unset_other(request, cookie));
            }
        }
        Self::forget_ended(app);
        Ok(gone)
    }

    /// Gives the visitor's browser its cookie for longer.
    pub(super) fn renew(cx: &Context) -> String {
        cx.app.cookies.set(cx.request, &cx.visitor.token)
    }

    /// The cookies for a browser whose own has another name than it would be given now: what it is called today, and what is
    /// taken away.
    pub(super) fn rename(cx: &Context) -> Vec<String> {
        let other = cx.app.cookies.unset_other(cx.request, cx.visitor.cookie);
        other.map_or_else(Vec::new, |other| vec![Self::renew(cx), other])
    }

    /// Nothing is remembered of sessions that are over.
    pub(super) fn forget_ended(app: &App) {
        let state = app.chat.state();
        lock(&app.sessions.last_used).retain(|digest, _| state.session(digest).is_some());
    }
}

impl Members for App {
    fn member(&self, cookies: &str) -> Option<u64> {
        let (now, state) = (self.now(), self.chat.state());
        let mut tokens = self.cookies.tokens(std::iter::once(cookies), now);
        tokens.find_map(|(_, token)| Some(state.session(&digest(token))?.member.0.0))
    }
}
