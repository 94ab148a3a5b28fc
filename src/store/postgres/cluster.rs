//! This node among others: its sign of life, theirs, and what they tell each other.
//!
//! A task on the runtime's thread has a session of its own: it listens, says every two seconds that this node lives, and
//! removes from the feed what nobody needs. A thread asks the log for news whenever another node wrote.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::engine::Engine;
use super::node_state::{Inbox, Shared};
use super::{erasing, heartbeat, hints};
use crate::chat::{Cluster, ClusterWatcher, EngineStatus, Hint, Node, Seq};
use crate::lock::lock;
use crate::log::log;

/// A node that was not seen for longer is not at work.
const LIVE_TIME: Duration = Duration::from_secs(10);
/// How long a node that stops waits to tell the others.
const LEAVE_TIME: Duration = Duration::from_secs(1);
/// Hints and notifications that may wait; more are lost, which costs a second.
const INBOX_MAX: usize = 1_000;

pub(super) struct PostgresCluster {
    shared: Arc<Shared>,
    /// Taken when the node begins its work.
    inbox: Mutex<Option<mpsc::Receiver<Inbox>>>,
}

impl PostgresCluster {
    pub(super) fn new(engine: &Engine) -> Arc<Self> {
        let (sender, inbox) = mpsc::channel(INBOX_MAX);
        let shared = Shared::new(Arc::clone(&engine.link), sender);
        Arc::new(Self { shared: Arc::new(shared), inbox: Mutex::new(Some(inbox)) })
    }

    /// By which this node knows what it has told itself.
    pub(super) fn id(&self) -> &str {
        &self.shared.id
    }

    /// Notes why this node has to stop.
    pub(super) fn fail(&self, why: String) {
        let _ = self.shared.fault.set(why);
    }
}

impl Cluster for PostgresCluster {
    fn engine(&self) -> EngineStatus {
        let (synchronous_standbys, other_standbys) = lock(&self.shared.pulse).standbys;
        EngineStatus {
            name: self.shared.link.server(),
            silent_for: self.shared.link.silent_for(),
            newest: Seq(self.shared.newest.load(Ordering::Relaxed)),
            synchronous_standbys,
            other_standbys,
        }
    }

    fn nodes(&self) -> Vec<Node> {
        let pulse = lock(&self.shared.pulse);
        let since = pulse.at.map_or(Duration::ZERO, |at| at.elapsed());
        let seen = |node: &Node| Node { seen_ago: node.seen_ago + since, ..node.clone() };
        pulse.nodes.iter().map(seen).collect()
    }

    fn live_nodes(&self) -> u32 {
        let pulse = lock(&self.shared.pulse);
        let live = pulse.nodes.iter().filter(|node| node.is_this || node.seen_ago < LIVE_TIME).count();
        u32::try_from(live).unwrap_or(u32::MAX).max(1)
    }

    fn clock_offset(&self) -> i64 {
        self.shared.clock_offset.load(Ordering::Relaxed)
    }

    fn fault(&self) -> Option<String> {
        self.shared.fault.get().cloned()
    }

    fn tell(&self, hint: &Hint) {
        let text = format!("{} {}", self.shared.id, hints::encode(hint));
        let _ = self.shared.sender.try_send(Inbox::Tell(format!("{} {text}", self.shared.name)));
    }

    fn ask_for_news(&self) {
        self.shared.wake();
    }

    fn watch(&self, watcher: Arc<dyn ClusterWatcher>) {
        let Some(inbox) = lock(&self.inbox).take() else { return };
        *lock(&self.shared.watcher) = Some(watcher);
        self.shared.link.spawn(heartbeat::serve(Arc::clone(&self.shared), inbox));
        self.shared.link.spawn(erasing::serve(Arc::clone(&self.shared)));
        let shared = Arc::clone(&self.shared);
        let follow = move || shared.follow();
        if let Err(error) = thread::Builder::new().name("follow".into()).spawn(follow) {
            log(format_args!("no thread to follow other nodes: {error}"));
        }
    }

    fn leave(&self) {
        if self.shared.left.swap(true, Ordering::AcqRel) {
            return;
        }
        let was_watching = lock(&self.shared.watcher).take().is_some();
        self.shared.wake();
        let (said, farewell) = oneshot::channel();
        if was_watching && self.shared.sender.try_send(Inbox::Leave(said)).is_ok() {
            self.shared.link.wait(async {
                // Whether it was said or not: the others find out within seconds.
                let _ = timeout(LEAVE_TIME, farewell).await;
            });
        }
    }
}
