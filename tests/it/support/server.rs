//! A running chat, and the people (and programs) that visit it.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use snug::authority::Authority;
use snug::chat::{
    Appended, ChatId, Identity, Limits, Log, PasswordHash, Record, Seq, Snapshot, StorageError, Timestamp,
};
use snug::fair::Overloaded;
use snug::secrets::{Argon2id, Hasher, Password};
use snug::settings::Settings;
use snug::web::App;

use super::{BrowserUser, Client, PASSWORD, ReservedPort, Seat, TIMEOUT, Valve, wait_until};

/// The real server on a port of its own, in this process, so that a test can look behind it.
pub(crate) struct Server {
    running: Option<snug::Server>,
    /// Kept over restarts: other stories are looking for ports meanwhile.
    _port: ReservedPort,
    settings: Settings,
    limits: Limits,
    records: Arc<Mutex<Vec<Record>>>,
    /// Of a server that is a node of a chat which others serve as well.
    seat: Option<Seat>,
    pub address: SocketAddr,
    /// The code that the first member needs, if any, as it was when the server started.
    pub first_code: Option<String>,
    /// How far the wall clock is ahead, in milliseconds.
    pub ahead: Arc<AtomicI64>,
    /// Where the wall clock stands, in milliseconds; 0: it goes.
    pub standing: Arc<AtomicI64>,
    /// Passwords hashed or compared so far; can be held up.
    pub hashing: Arc<Valve>,
    /// Appends to the log so far; can be held up.
    pub appending: Arc<Valve>,
}

impl Server {
    pub(crate) fn open() -> Self {
        Self::furnished(|_, _| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::furnished(|settings, _| change(settings))
    }

    /// One where stories may say and hear as much as they like.
    pub(crate) fn unlimited() -> Self {
        Self::with(|settings| (settings.post_rate, settings.streams_per_member) = (0, 60))
    }

    /// One that answers to this name as well.
    pub(crate) fn named(name: &str) -> Self {
        Self::with(|settings| settings.hosts.push(Authority::parse(name).unwrap()))
    }

    pub(crate) fn furnished(change: impl FnOnce(&mut Settings, &mut Limits)) -> Self {
        Self::new(None, change)
    }

    /// A node.
    pub(super) fn at(seat: Seat, change: impl FnOnce(&mut Settings)) -> Self {
        Self::new(Some(seat), |settings, _| change(settings))
    }

    fn new(seat: Option<Seat>, change: impl FnOnce(&mut Settings, &mut Limits)) -> Self {
        let (mut settings, mut limits) = (Settings::default(), Limits::default());
        settings.search_rate = 0;
        // What is found is to be all there is, also where the machine is busy.
        limits.search_time = TIMEOUT;
        change(&mut settings, &mut limits);
        limits.history = settings.history;
        let port = ReservedPort::port();
        let mut server = Self {
            running: None,
            settings,
            limits,
            records: Arc::default(),
            seat,
            address: port.address,
            _port: port,
            first_code: None,
            ahead: Arc::default(),
            standing: Arc::default(),
            hashing: Arc::default(),
            appending: Arc::default(),
        };
        server.start();
        server
    }

    fn start(&mut self) {
        // The cheapest parameters: stories sign in often.
        let hasher = Counted { inner: Argon2id::new(7), valve: Arc::clone(&self.hashing) };
        let log = match &self.seat {
            Some(seat) => seat.log(),
            None => Box::new(Slow {
                inner: Arc::clone(&self.records),
                valve: Arc::clone(&self.appending),
                id: self.chat_id(),
            }),
        };
        let app = App::with(&self.settings, log, Box::new(hasher), self.limits).unwrap();
        let (ahead, standing) = (Arc::clone(&self.ahead), Arc::clone(&self.standing));
        let app = app.on_clock(Box::new(move || match standing.load(Ordering::SeqCst) {
            0 => Timestamp(Timestamp::now().0 + ahead.load(Ordering::SeqCst)),
            at => Timestamp(at),
        }));
        self.first_code = app.first_code();
        // Programs that other stories are just starting have a copy of the former listener for a moment, as of
        // everything, until they begin.
        let mut listener = TcpListener::bind(self.address);
        wait_until("the port", || {
            if listener.is_err() {
                listener = TcpListener::bind(self.address);
            }
            listener.is_ok()
        });
        let running =
            snug::Server::start(listener.unwrap(), app, snug::door_limits(&self.settings).unwrap()).unwrap();
        self.running = Some(running);
    }

    /// Like a port, another one for each server.
    fn chat_id(&self) -> ChatId {
        ChatId::from_bits(self.address.port().into())
    }

    /// What its cookie is called over plain http.
    pub(crate) fn cookie_name(&self) -> String {
        format!("snug-{}", self.chat_id().as_str())
    }

    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }

    /// The server ends, does `meanwhile` happen, and starts again at the same address with all that
    /// was kept.
    pub(crate) fn restarts(&mut self, meanwhile: impl FnOnce()) {
        self.stop();
        meanwhile();
        self.start();
    }

    /// The same, and nothing was kept: no members, no messages, no sessions.
    pub(crate) fn restarts_empty(&mut self) {
        self.records = Arc::default();
        self.restarts(|| {});
    }

    /// The same, and everything happened this much earlier, in milliseconds, for its number.
    pub(crate) fn restarts_older(&mut self, age: impl Fn(u64) -> i64) {
        self.stop();
        for record in self.records.lock().unwrap().iter_mut() {
            record.at.0 -= age(record.seq.0);
        }
        self.start();
    }

    /// Its place at the engine.
    pub(crate) fn seat(&self) -> &Seat {
        self.seat.as_ref().expect("a node")
    }

    /// A member of another node's, who comes here.
    pub(crate) fn takes_over(&self, client: &Client) -> Client {
        client.clone().moved_to(self.address)
    }

    /// Offers a new password; the path of the link.
    pub(crate) fn offers_reset(&self, name: &str) -> String {
        self.running.as_ref().unwrap().app().offer_reset(name).unwrap()
    }

    /// What happened so far.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap().clone()
    }

    /// Somebody whose browser knows nothing yet.
    pub(crate) fn visitor(&self) -> Client {
        Client::at(self.address)
    }

    /// A new member, signed in.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> Client {
        self.visitor().into_member(name)
    }

    /// New members, each signed in, in this order.
    #[track_caller]
    pub(crate) fn members<const N: usize>(&self, names: [&str; N]) -> [Client; N] {
        names.map(|name| self.member(name))
    }

    #[track_caller]
    pub(crate) fn with_members<const N: usize>(self, names: [&str; N]) -> (Self, [Client; N]) {
        let members = self.members(names);
        (self, members)
    }

    /// With somebody in a browser, who is not registered. Without Chromium there is nobody.
    #[track_caller]
    pub(crate) fn with_browser(self, name: &'static str, scripts: bool) -> Option<(Self, BrowserUser)> {
        let user = BrowserUser::arrives(&self, name, scripts)?;
        Some((self, user))
    }

    /// The same, and a member. Stories about becoming one go through its pages with `registers`.
    #[track_caller]
    pub(crate) fn with_browser_member(
        self,
        name: &'static str,
        scripts: bool,
    ) -> Option<(Self, BrowserUser)> {
        let (server, user) = self.with_browser(name, scripts)?;
        user.is_let_in(&server);
        Some((server, user))
    }

    /// Another device of a member.
    #[track_caller]
    pub(crate) fn login(&self, name: &str) -> Client {
        let mut client = self.visitor();
        client.login(name, PASSWORD).expect(303);
        client
    }

    #[allow(dead_code, reason = "for the browser's stories")]
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.hashing.release();
        self.appending.release();
        self.stop();
    }
}

struct Counted {
    inner: Argon2id,
    valve: Arc<Valve>,
}

impl Hasher for Counted {
    fn hash(&self, password: &Password) -> Result<PasswordHash, Overloaded> {
        self.valve.pass();
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Overloaded> {
        self.valve.pass();
        self.inner.verify(password, hash)
    }

    fn decoy(&self) -> PasswordHash {
        self.inner.decoy()
    }
}

struct Slow {
    inner: Arc<Mutex<Vec<Record>>>,
    valve: Arc<Valve>,
    id: ChatId,
}

impl Log for Slow {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        if !self.valve.pass() {
            return Err(StorageError("no space left".into()));
        }
        self.inner.lock().unwrap().extend_from_slice(records);
        Ok(Appended::after(expected))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot { tail: self.inner.lock().unwrap().clone(), ..Snapshot::default() })
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        Ok(Some(Identity { id: self.id.clone(), given_at: None }))
    }
}
