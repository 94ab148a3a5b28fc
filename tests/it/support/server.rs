//! A running chat, and the people (and programs) that visit it.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use snug::authority::Authority;
use snug::chat::{ChatId, Limits, PasswordHash, Record, Timestamp};
use snug::fair::Overloaded;
use snug::secrets::{Argon2id, Hasher, Password};
use snug::settings::Settings;
use snug::web::App;

use super::chat_place::{ChatPlace, ObservedLog};
use super::{BrowserUser, Client, PASSWORD, ReservedPort, Seat, SeqCookie, TIMEOUT, Valve, wait_until};

/// The real server on a port of its own, in this process, so that a test can look behind it. It may be several nodes
/// (see [`ChatPlace::usual`]): clients go to another one with each request, and what one of them was told, all know.
pub(crate) struct Server {
    /// Its nodes.
    running: Vec<snug::Server>,
    /// Kept over restarts: other stories are looking for ports meanwhile.
    ports: Vec<ReservedPort>,
    settings: Settings,
    limits: Limits,
    place: ChatPlace,
    id: Option<ChatId>,
    kept: Arc<Mutex<Vec<Record>>>,
    /// Up to where its clients know the chat: they sit in one room, and ask for what another was just told.
    seq: SeqCookie,
    /// Of the first node.
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
        let (place, nodes) = ChatPlace::usual();
        Self::new(place, nodes, change)
    }

    /// One that is a single node whatever `SNUG_NODES` says, as its story is about what a process has for itself.
    pub(crate) fn alone(change: impl FnOnce(&mut Settings)) -> Self {
        Self::new(ChatPlace::memory(), 1, |settings, _| change(settings))
    }

    /// A node.
    pub(super) fn at(seat: Seat, change: impl FnOnce(&mut Settings)) -> Self {
        Self::new(ChatPlace::Seat(seat), 1, |settings, _| change(settings))
    }

    fn new(place: ChatPlace, nodes: usize, change: impl FnOnce(&mut Settings, &mut Limits)) -> Self {
        let (mut settings, mut limits) = (Settings::default(), Limits::default());
        settings.search_rate = 0;
        // What is found is to be all there is, also where the machine is busy.
        limits.search_time = TIMEOUT;
        change(&mut settings, &mut limits);
        limits.history = settings.history;
        let ports: Vec<_> = (0..nodes).map(|_| ReservedPort::port()).collect();
        let mut server = Self {
            running: Vec::new(),
            settings,
            limits,
            place,
            id: None,
            kept: Arc::default(),
            seq: SeqCookie::default(),
            address: ports[0].address,
            ports,
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
        for node in 0..self.ports.len() {
            self.start_node(self.ports[node].address);
        }
        self.first_code = self.running[0].app().first_code();
    }

    fn start_node(&mut self, address: SocketAddr) {
        // The cheapest parameters: stories sign in often.
        let hasher = Counted { inner: Argon2id::new(7), valve: Arc::clone(&self.hashing) };
        // Like a port, another one for each server.
        let inner = self.place.log(ChatId::from_bits(self.address.port().into()));
        self.id = inner.identity().unwrap().map(|identity| identity.id);
        let log = ObservedLog { inner, kept: Arc::clone(&self.kept), valve: Arc::clone(&self.appending) };
        let app = App::with(&self.settings, Box::new(log), Box::new(hasher), self.limits).unwrap();
        let (ahead, standing) = (Arc::clone(&self.ahead), Arc::clone(&self.standing));
        let app = app.on_clock(Box::new(move || match standing.load(Ordering::SeqCst) {
            0 => Timestamp(Timestamp::now().0 + ahead.load(Ordering::SeqCst)),
            at => Timestamp(at),
        }));
        // Programs that other stories are just starting have a copy of the former listener for a moment, as of
        // everything, until they begin.
        let mut listener = TcpListener::bind(address);
        wait_until("the port", || {
            if listener.is_err() {
                listener = TcpListener::bind(address);
            }
            listener.is_ok()
        });
        let limits = snug::door_limits(&self.settings).unwrap();
        self.running.push(snug::Server::start(listener.unwrap(), app, limits).unwrap());
    }

    /// What its cookie is called over plain http.
    pub(crate) fn cookie_name(&self) -> String {
        format!("snug-{}", self.id.as_ref().expect("an id").as_str())
    }

    fn stop(&mut self) {
        self.running.drain(..).for_each(snug::Server::stop);
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
        self.stop();
        self.kept.lock().unwrap().clear();
        self.place = self.place.another();
        self.start();
    }

    /// The same, and everything happened this much earlier, in milliseconds, for its number.
    pub(crate) fn restarts_older(&mut self, age: impl Fn(u64) -> i64) {
        self.stop();
        for record in self.place.records().iter_mut() {
            record.at.0 -= age(record.seq.0);
        }
        self.start();
    }

    /// Whether there are nodes, be it one.
    pub(crate) fn is_kept_by_nodes(&self) -> bool {
        !matches!(self.place, ChatPlace::Memory(_))
    }

    /// Its place at the engine.
    pub(crate) fn seat(&self) -> &Seat {
        match &self.place {
            ChatPlace::Seat(seat) => seat,
            _ => panic!("no node of a shared chat"),
        }
    }

    /// A member of another node's, who comes here.
    pub(crate) fn takes_over(&self, client: &Client) -> Client {
        client.clone().moved_to(self.address)
    }

    /// Offers a new password; the path of the link.
    pub(crate) fn offers_reset(&self, name: &str) -> String {
        self.running[0].app().offer_reset(name).unwrap()
    }

    /// What happened so far.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records = self.kept.lock().unwrap().clone();
        records.sort_by_key(|record| record.seq);
        records
    }

    /// Somebody whose browser knows nothing yet.
    pub(crate) fn visitor(&self) -> Client {
        let client = Client::at(self.address);
        match self.ports.len() {
            1 => client,
            _ => client.among(self.ports.iter().map(|port| port.address), &self.seq),
        }
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
