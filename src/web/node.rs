//! This node among those that serve the chat: whether it reaches the engine that keeps it, and what a request waits for.

use std::sync::OnceLock;
use std::time::Duration;

use super::context::Visitor;
use super::http_error::HttpError;
use super::node_hints::HintSender;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use super::{App, Clock};
use crate::chat::{Chat, Cluster, Refusal, Seq, Shared, State, Timestamp};
use crate::fair::{Client, Semaphore};
use crate::live::Reach;
use crate::settings::Settings;

/// Silence after which a node counts as out of touch. The engine is asked every two seconds, and for news every second.
const IN_TOUCH: Duration = Duration::from_secs(5);
/// Silence after which streams end: their readers are told elsewhere what happened meanwhile, or begin anew.
const STREAMS_END: Duration = Duration::from_secs(10);
/// Time that a request waits for what another node has applied already. Usually that takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// Requests that may wait so at once; of them, a quarter for a turn, so that no client has all of them.
pub(super) const WAITS_ADMITTED: usize = 16;
const WAITS_QUEUED: usize = WAITS_ADMITTED / 4;

pub(super) struct Node {
    pub(super) cluster: Shared<dyn Cluster>,
    /// Silence after which nobody who is signed in is shown anything: since then, some may have been removed elsewhere.
    cut_off_time: Duration,
    waits: Semaphore,
    pub(super) hints: HintSender,
    /// Has the process end.
    stop: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Node {
    pub(super) fn new(cluster: Shared<dyn Cluster>, settings: &Settings) -> Self {
        Self {
            cluster,
            cut_off_time: Duration::from_secs(settings.cut_off_time.into()),
            waits: Semaphore::new(WAITS_ADMITTED - WAITS_QUEUED, WAITS_QUEUED),
            hints: HintSender::default(),
            stop: OnceLock::new(),
        }
    }

    /// Has the process end, as this node cannot go on.
    pub(super) fn stop(&self) {
        if let Some(stop) = self.stop.get() {
            stop();
        }
    }

    /// Time since the engine answered, and this node knew what the others had written.
    fn silent_for(&self, chat: &Chat) -> Duration {
        self.cluster.engine().silent_for.max(chat.behind_for())
    }
}

/// The wall clock that all nodes go by, the engine's, as this machine's shows it.
pub(super) fn shared_clock(own: Clock, cluster: Option<Shared<dyn Cluster>>) -> Clock {
    match cluster {
        Some(cluster) => Box::new(move || Timestamp(own().0.saturating_add(cluster.clock_offset()))),
        None => own,
    }
}

/// What requests ask; where this process keeps the chat by itself, each is answered at once.
impl App {
    pub(super) fn reach(&self) -> Reach {
        match self.node.as_ref().map_or(Duration::ZERO, |node| node.silent_for(&self.chat)) {
            silent if silent < IN_TOUCH => Reach::InTouch,
            silent if silent < STREAMS_END => Reach::Silent,
            _ => Reach::CutOff,
        }
    }

    /// Pages say that nothing can be kept for now.
    pub(super) fn is_silent(&self) -> bool {
        self.reach() != Reach::InTouch
    }

    /// Shows members what they ask for.
    ///
    /// Errors: this node is cut off for so long that some may be members no more.
    pub(super) fn may_show(&self) -> Result<(), HttpError> {
        let may = self.node.as_ref().is_none_or(|node| node.silent_for(&self.chat) < node.cut_off_time);
        may.then_some(()).ok_or(HttpError::CutOff)
    }

    /// Tells a client that nobody is signed in.
    ///
    /// Errors: another node may know more, which has told the client something that this one does not hear of.
    pub(super) fn may_turn_away(&self, request: &Request) -> Result<(), HttpError> {
        if self.node.is_none() {
            return Ok(());
        }
        let told = self.cookies.seq(request.cookies());
        let is_behind = told.is_some_and(|seq| self.chat.state().last() < seq);
        if is_behind && !self.chat.has_followed_since(request.instant) {
            return Err(HttpError::CutOff);
        }
        Ok(())
    }

    /// Why this node cannot go on, if so.
    pub(crate) fn fault(&self) -> Option<String> {
        self.node.as_ref().and_then(|node| node.cluster.fault())
    }

    /// Has `stop` called when this node cannot go on, maybe several times.
    pub(crate) fn on_fault(&self, stop: impl Fn() + Send + Sync + 'static) {
        if let Some(node) = &self.node {
            let _ = node.stop.set(Box::new(stop));
        }
    }

    /// Waits for what the client was told of by another node.
    pub(super) fn catch_up_with(&self, request: &Request) {
        if let Some(node) = &self.node
            && let Some(seq) = self.cookies.seq(request.cookies())
        {
            Client::new(request.from, None).act();
            self.wait_for(node, seq, request);
        }
    }

    /// Waits for a record that the client names: another node may have told of it.
    pub(super) fn catch_up_to(&self, seq: Seq, request: &Request) {
        if let Some(node) = &self.node {
            self.wait_for(node, seq, request);
        }
    }

    /// Waits for all that other nodes have appended by now, unless this is known here: nobody is told that something is
    /// not there before.
    pub(super) fn catch_up_unless(&self, is_known: impl FnOnce(&State) -> bool, request: &Request) {
        if self.node.is_some() && !is_known(&self.chat.state()) {
            self.catch_up_to(Seq(u64::MAX), request);
        }
    }

    /// Lets a program ask what came after this number.
    ///
    /// Errors: another node may know.
    pub(super) fn may_go_on_from(&self, seq: Seq, request: &Request) -> Result<(), HttpError> {
        if self.chat.state().last() >= seq { Ok(()) } else { self.may_stream_after(seq, request) }
    }

    /// Lets a stream begin after this number.
    ///
    /// Errors: another node may be able to.
    pub(super) fn may_stream_after(&self, seq: Seq, request: &Request) -> Result<(), HttpError> {
        let Some(node) = &self.node else { return Ok(()) };
        if self.is_silent() {
            return Err(HttpError::CutOff);
        }
        // A number that nobody has is of another history than this.
        if self.wait_for(node, seq, request) || self.chat.has_followed_since(request.instant) {
            return Ok(());
        }
        Err(Refusal::NotRead.into())
    }

    /// Waits until a record is applied here, unless nobody has it, it takes too long or too many wait; gives whether it is.
    fn wait_for(&self, node: &Node, seq: Seq, request: &Request) -> bool {
        if self.chat.state().last() >= seq {
            return true;
        }
        if self.is_silent() {
            return false;
        }
        let turn = node.waits.acquire();
        node.cluster.ask_for_news();
        turn.is_ok() && self.chat.wait_for(seq, request.instant, request.instant + PATIENCE)
    }

    /// The same answer to a request that may have changed something: whichever node the client asks next has that.
    pub(super) fn known_elsewhere(&self, reply: Reply, request: &Request) -> Reply {
        if self.node.is_none() {
            return reply;
        }
        let last = self.chat.state().last();
        // What it was told elsewhere counts, unless nobody has that any more.
        let told = self.cookies.seq(request.cookies());
        let told = told.filter(|_| !self.chat.has_followed_since(request.instant));
        reply.cookie(self.cookies.set_seq(request, last.max(told.unwrap_or_default())))
    }

    /// What is wrong with a path that has no route. A script may be that of another version, which a node has while the
    /// others are upgraded: it is asked for there.
    pub(super) fn unknown_path(&self, path: &str) -> HttpError {
        let is_script = path.strip_suffix(".js").is_some();
        let nodes =
            self.node.as_ref().filter(|_| is_script).map(|node| node.cluster.nodes()).unwrap_or_default();
        let is_mixed = nodes.windows(2).any(|two| two[0].version != two[1].version);
        if is_mixed { Refusal::Busy.into() } else { HttpError::NotFound }
    }

    /// Why nothing was kept, if that is the engine.
    pub(super) fn explained(&self, error: HttpError) -> HttpError {
        match error {
            HttpError::Refused(Refusal::NotKept) if self.node.is_some() => HttpError::CutOff,
            HttpError::Unsent(cause, text) => HttpError::Unsent(Box::new(self.explained(*cause)), text),
            error => error,
        }
    }
}

/// GET `/readyz`: whether a balancer is to send people here.
pub(super) fn ready(app: &App, _: &Request, _: Option<&Visitor>) -> HandlerResult {
    Ok(if app.is_silent() { Reply::text(503, "not ready\n") } else { Reply::text(200, "ok\n") })
}
