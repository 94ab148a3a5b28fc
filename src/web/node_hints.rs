//! What nodes tell each other beside records: who is here, who is typing, which sessions are used. Any of it may be lost.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::App;
use super::sessions::Sessions;
use crate::chat::{Cluster, ClusterWatcher, HINT_MEMBERS_MAX, Hint, MemberId, RoomId, Seq};
use crate::lock::lock;

/// Interval of lists of all members at this node.
const LIST_PAUSE: Duration = Duration::from_secs(15);
/// Who comes and goes within this is one piece of news.
const MOVES_PAUSE: Duration = Duration::from_millis(500);
/// Interval at which the others are told of sessions, of each now and then.
const SESSIONS_PAUSE: Duration = Duration::from_secs(5);

/// Tells the other nodes what is due.
#[derive(Default)]
pub(super) struct HintSender(Mutex<Told>);

/// What they were told last, and when.
#[derive(Default)]
struct Told {
    /// In the order of their ids.
    members: Vec<MemberId>,
    moves: Option<Instant>,
    list: Option<Instant>,
    sessions: Option<Instant>,
}

/// Notes that something is told, if it is due.
fn is_due(told: &mut Option<Instant>, pause: Duration, now: Instant) -> bool {
    let is_due = told.is_none_or(|last| now.saturating_duration_since(last) >= pause);
    if is_due {
        *told = Some(now);
    }
    is_due
}

impl HintSender {
    fn send_due(&self, app: &App, cluster: &dyn Cluster, now: Instant) {
        let mut told = lock(&self.0);
        if is_due(&mut told.moves, MOVES_PAUSE, now) {
            told.tell_moves(cluster, app.live.at_this_node());
        }
        if is_due(&mut told.list, LIST_PAUSE, now) {
            told.tell_list(cluster);
        }
        if is_due(&mut told.sessions, SESSIONS_PAUSE, now) {
            for part in Sessions::used_lately(app, now).chunks(HINT_MEMBERS_MAX) {
                cluster.tell(&Hint::SessionsUsed(part.into()));
            }
        }
    }

    /// Nobody is here any more.
    fn take_leave(&self, cluster: &dyn Cluster) {
        lock(&self.0).tell_moves(cluster, Vec::new());
    }
}

impl Told {
    fn tell_moves(&mut self, cluster: &dyn Cluster, here: Vec<MemberId>) {
        let beside = |all: &[MemberId], others: &[MemberId]| -> Vec<MemberId> {
            all.iter().filter(|member| others.binary_search(member).is_err()).copied().collect()
        };
        for came in beside(&here, &self.members).chunks(HINT_MEMBERS_MAX) {
            cluster.tell(&Hint::Moved { came: came.into(), left: Vec::new() });
        }
        for left in beside(&self.members, &here).chunks(HINT_MEMBERS_MAX) {
            cluster.tell(&Hint::Moved { came: Vec::new(), left: left.into() });
        }
        self.members = here;
    }

    fn tell_list(&self, cluster: &dyn Cluster) {
        let mut first = true;
        let mut parts = self.members.chunks(HINT_MEMBERS_MAX);
        while let Some(part) = parts.next().or(first.then_some(&[])) {
            cluster.tell(&Hint::Here { first, members: part.into() });
            first = false;
        }
    }
}

impl App {
    /// From now on, this node is one of those that serve the chat, and hears of the others.
    pub(crate) fn join_cluster(self: &Arc<Self>) {
        if let Some(node) = &self.node {
            node.cluster.watch(Arc::clone(self) as Arc<dyn ClusterWatcher>);
        }
    }

    /// The others go on without this node.
    pub(super) fn leave_cluster(&self) {
        if let Some(node) = &self.node {
            node.hints.take_leave(&*node.cluster);
            node.cluster.leave();
        }
    }

    /// A hint for those who watch the room, at whatever node.
    pub(super) fn tell_typing(&self, member: MemberId, room: RoomId) {
        self.live.typing(member, room);
        if let Some(node) = &self.node {
            node.cluster.tell(&Hint::Typing { member, room });
        }
    }
}

impl ClusterWatcher for App {
    fn news(&self) {
        let Some(node) = &self.node else { return };
        let began = Instant::now();
        // Whoever keeps the connection says why not.
        if self.chat.follow().is_ok() {
            self.file_upkeep.revoke_if_due(&self.chat);
        }
        if node.cluster.fault().is_some() {
            node.stop();
        }
        self.live.forget_silent_nodes();
        node.hints.send_due(self, &*node.cluster, began);
    }

    fn hint(&self, node: &str, hint: Hint) {
        match hint {
            Hint::SessionsUsed(ids) => Sessions::used_elsewhere(self, &ids),
            hint => self.live.hear(node, &hint),
        }
    }

    fn applied(&self) -> Seq {
        self.chat.state().last()
    }
}
