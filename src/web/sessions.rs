//! From cookies to members.

use std::collections::HashMap;
use std::sync::Mutex;

use super::App;
use super::request::{COOKIE, Request};
use crate::chat::{
    MemberId, PasswordHash, Refusal, SESSION_IDLE_MAX, Session, Timestamp, TokenDigest, Username, is_idle,
};
use crate::secrets::{Token, digest};
use crate::share::lock;

/// How long a browser keeps the cookie after it was last set, in seconds: as long as the server
/// keeps an idle session.
const COOKIE_AGE: i64 = SESSION_IDLE_MAX / 1000;

/// Somebody who is signed in.
pub(super) struct Visitor {
    pub(super) member: MemberId,
    pub(super) name: Username,
    pub(super) session: TokenDigest,
}

/// When each session was used last. Whether a session stands is the chat's to say; this is kept
/// in memory only, as it changes with every request.
pub(super) struct Sessions {
    started: Timestamp,
    /// Guards the table. Taken after the chat's locks; nothing is done under it but look-ups.
    last_used: Mutex<HashMap<TokenDigest, Timestamp>>,
}

impl Sessions {
    pub(super) fn new(started: Timestamp) -> Self {
        Self { started, last_used: Mutex::default() }
    }

    /// A session that was not used since the server started counts from then.
    fn last_used(&self, digest: &TokenDigest, session: &Session) -> Timestamp {
        let used = lock(&self.last_used).get(digest).copied();
        used.unwrap_or(self.started.max(session.opened))
    }

    /// Whose request this is.
    pub(super) fn visitor(app: &App, request: &Request) -> Option<Visitor> {
        let digest = digest(request.token()?);
        let state = app.chat.state();
        let session = state.session(&digest)?;
        let name = state.member(session.member)?.name.clone();
        drop(state);
        if is_idle(app.sessions.last_used(&digest, &session), request.now) {
            return None;
        }
        lock(&app.sessions.last_used).insert(digest, request.now);
        Some(Visitor { member: session.member, name, session: digest })
    }

    /// Signs a member in with a new token.
    pub(super) fn open(app: &App, request: &Request, member: MemberId) -> Result<Token, Refusal> {
        let token = Token::draw();
        Self::end_former(app, request)?;
        let last_used = |digest: &_, session: &_| app.sessions.last_used(digest, session);
        app.chat.open_session(member, token.digest(), request.now, last_used)?;
        Self::forget_ended(app);
        Ok(token)
    }

    /// Makes a member and signs them in. The name must be free.
    pub(super) fn register(
        app: &App,
        request: &Request,
        name: Username,
        password: PasswordHash,
    ) -> Result<Token, Refusal> {
        let token = Token::draw();
        app.chat.register(name, password, token.digest(), request.now)?;
        Self::end_former(app, request)?;
        Ok(token)
    }

    /// Ends the session that the browser had before: a token never outlives the next sign-in.
    fn end_former(app: &App, request: &Request) -> Result<(), Refusal> {
        match request.token() {
            Some(former) => app.chat.end_session(digest(former), request.now),
            None => Ok(()),
        }
    }

    /// Ends the session on the server.
    pub(super) fn end(app: &App, visitor: &Visitor, now: Timestamp) -> Result<(), Refusal> {
        app.chat.end_session(visitor.session, now)?;
        Self::forget_ended(app);
        Ok(())
    }

    /// The cookie that gives a browser its session, or gives it longer; none takes it away.
    pub(super) fn cookie(app: &App, request: &Request, token: Option<&str>) -> String {
        let (value, age) = token.map_or(("", 0), |token| (token, COOKIE_AGE));
        let path = if app.site.base.is_empty() { "/" } else { &app.site.base };
        let secure = if request.https { "; Secure" } else { "" };
        format!("{COOKIE}={value}; HttpOnly; SameSite=Lax; Path={path}; Max-Age={age}{secure}")
    }

    fn forget_ended(app: &App) {
        let state = app.chat.state();
        lock(&app.sessions.last_used).retain(|digest, _| state.session(digest).is_some());
    }
}
