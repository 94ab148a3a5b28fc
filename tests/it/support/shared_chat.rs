//! One chat that several servers of this process share, as nodes: its engine keeps records in memory, and a node can be cut
//! off from it, or hear late.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use snug::chat::{
    Appended, ChatId, Cluster, ClusterWatcher, EngineStatus, Hint, Identity, Log, News, Node, Record, Seq,
    Snapshot, StorageError,
};
use snug::settings::Settings;

use super::Server;

/// Interval at which a node is called at least, as by a real engine: once a second.
const CALL_PAUSE: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(crate) struct SharedChat {
    engine: Arc<Engine>,
}

#[derive(Default)]
struct Engine {
    state: Mutex<EngineState>,
    /// Something was appended, or is different for a node.
    changed: Condvar,
    standbys: AtomicUsize,
}

#[derive(Default)]
struct EngineState {
    records: Vec<Record>,
    first_code: Option<String>,
    nodes: Vec<NodeState>,
}

struct NodeState {
    watcher: Option<Arc<dyn ClusterWatcher>>,
    at_work: bool,
    /// It is not told of what others append.
    lags: bool,
    cut_off: bool,
    /// For how long it has not heard of the engine.
    silent_for: Duration,
}

/// A node's place at the engine.
#[derive(Clone)]
pub(crate) struct Seat {
    engine: Arc<Engine>,
    index: usize,
    /// How far the engine's clock is ahead of this machine's, in milliseconds.
    pub offset: Arc<AtomicI64>,
    /// How often the node looked at the engine's status.
    looked: Arc<AtomicUsize>,
    /// Somebody at the node waits for news.
    asks: Arc<AtomicBool>,
}

impl SharedChat {
    /// One more server of this chat.
    pub(crate) fn node(&self) -> Server {
        self.node_with(|_| {})
    }

    pub(crate) fn node_with(&self, change: impl FnOnce(&mut Settings)) -> Server {
        let mut state = self.engine.lock();
        let index = state.nodes.len();
        let quiet = Duration::ZERO;
        let node = NodeState { watcher: None, at_work: true, lags: false, cut_off: false, silent_for: quiet };
        state.nodes.push(node);
        drop(state);
        let engine = Arc::clone(&self.engine);
        let (offset, looked, asks) = (Arc::default(), Arc::default(), Arc::default());
        Server::at(Seat { engine, index, offset, looked, asks }, change)
    }

    pub(crate) fn has_a_synchronous_standby(&self) {
        self.engine.standbys.store(1, Ordering::SeqCst);
    }
}

impl Engine {
    fn lock(&self) -> MutexGuard<'_, EngineState> {
        self.state.lock().unwrap()
    }
}

impl Seat {
    pub(super) fn log(&self) -> Box<dyn Log> {
        Box::new(self.clone())
    }

    fn change(&self, change: impl FnOnce(&mut NodeState)) {
        change(&mut self.engine.lock().nodes[self.index]);
        self.engine.changed.notify_all();
    }

    /// From now on, the node does not hear what others append.
    pub(crate) fn lags(&self) {
        self.change(|node| node.lags = true);
    }

    pub(crate) fn hears_again(&self) {
        self.change(|node| node.lags = false);
    }

    /// The engine has not answered this node for so many seconds, and does not.
    pub(crate) fn is_cut_off_for(&self, seconds: u64) {
        self.change(|node| (node.cut_off, node.silent_for) = (true, Duration::from_secs(seconds)));
    }

    /// The engine answers it again.
    pub(crate) fn is_back(&self) {
        self.change(|node| (node.cut_off, node.silent_for) = (false, Duration::ZERO));
    }

    /// How often the node looked whether the engine answers.
    pub(crate) fn looked(&self) -> usize {
        self.looked.load(Ordering::SeqCst)
    }

    /// What others appended after a record, for a node that reaches the engine.
    fn news(&self, state: &EngineState, after: Seq) -> Result<News, StorageError> {
        let node = &state.nodes[self.index];
        if node.cut_off {
            return Err(StorageError("the engine does not answer".into()));
        }
        let later = state.records.iter().filter(|record| record.seq > after);
        Ok(News::Records(later.cloned().collect()))
    }

    /// Calls the watcher whenever there may be news for it, until it leaves.
    fn call(&self) {
        let mut known = 0;
        loop {
            let mut state = self.engine.lock();
            let waiting = |state: &mut EngineState| {
                let node = &state.nodes[self.index];
                let asks = self.asks.load(Ordering::SeqCst);
                node.watcher.is_some() && !asks && state.records.len() == known
            };
            state = self.engine.changed.wait_timeout_while(state, CALL_PAUSE, waiting).unwrap().0;
            self.asks.store(false, Ordering::SeqCst);
            let node = &state.nodes[self.index];
            let Some(watcher) = node.watcher.clone() else { return };
            known = state.records.len();
            drop(state);
            watcher.news();
        }
    }

    /// The watchers of all other nodes.
    fn others(&self) -> Vec<Arc<dyn ClusterWatcher>> {
        let state = self.engine.lock();
        if state.nodes[self.index].cut_off {
            return Vec::new();
        }
        let others =
            state.nodes.iter().enumerate().filter(|(index, node)| *index != self.index && !node.cut_off);
        others.filter_map(|(_, node)| node.watcher.clone()).collect()
    }

    fn name(&self) -> String {
        format!("node-{}", self.index + 1)
    }
}

impl Log for Seat {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        let mut state = self.engine.lock();
        let news = self.news(&state, expected)?;
        if matches!(&news, News::Records(theirs) if !theirs.is_empty()) {
            return Ok(Appended { news, first: None });
        }
        state.records.extend_from_slice(records);
        drop(state);
        self.engine.changed.notify_all();
        Ok(Appended::after(expected))
    }

    fn follow(&mut self, after: Seq) -> Result<News, StorageError> {
        let state = self.engine.lock();
        if state.nodes[self.index].lags {
            return Err(StorageError("the engine takes its time".into()));
        }
        self.news(&state, after)
    }

    #[cfg(feature = "postgres")]
    fn cluster(&self) -> Option<Arc<dyn Cluster>> {
        Some(Arc::new(self.clone()))
    }

    fn first_code(&mut self, drawn: String) -> Result<String, StorageError> {
        Ok(self.engine.lock().first_code.get_or_insert(drawn).clone())
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot { tail: self.engine.lock().records.clone(), ..Snapshot::default() })
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        Ok(ChatId::parse("5ba12ed0c4a7").map(|id| Identity { id, given_at: None }))
    }
}

impl Cluster for Seat {
    fn ask_for_news(&self) {
        self.asks.store(true, Ordering::SeqCst);
        self.change(|_| ());
    }

    fn engine(&self) -> EngineStatus {
        self.looked.fetch_add(1, Ordering::SeqCst);
        let state = self.engine.lock();
        EngineStatus {
            name: "an engine in memory".into(),
            silent_for: state.nodes[self.index].silent_for,
            newest: state.records.last().map_or(Seq(0), |record| record.seq),
            synchronous_standbys: u32::try_from(self.engine.standbys.load(Ordering::SeqCst)).unwrap(),
            other_standbys: 0,
        }
    }

    fn nodes(&self) -> Vec<Node> {
        let watchers: Vec<_> = self.engine.lock().nodes.iter().map(|node| node.watcher.clone()).collect();
        let at_work = watchers.iter().enumerate().filter_map(|(index, node)| Some((index, node.as_ref()?)));
        let node = |(index, watcher): (usize, &Arc<dyn ClusterWatcher>)| Node {
            name: Self { index, ..self.clone() }.name(),
            version: format!("1.2.{index}"),
            applied: watcher.applied(),
            seen_ago: Duration::from_secs(1),
            is_this: index == self.index,
        };
        at_work.map(node).collect()
    }

    fn live_nodes(&self) -> u32 {
        let state = self.engine.lock();
        u32::try_from(state.nodes.iter().filter(|node| node.at_work).count()).unwrap()
    }

    fn clock_offset(&self) -> i64 {
        self.offset.load(Ordering::SeqCst)
    }

    fn tell(&self, hint: &Hint) {
        for watcher in self.others() {
            watcher.hint(&self.name(), hint.clone());
        }
    }

    fn watch(&self, watcher: Arc<dyn ClusterWatcher>) {
        self.change(|node| (node.watcher, node.at_work) = (Some(watcher), true));
        let own = self.clone();
        thread::spawn(move || own.call());
    }

    fn leave(&self) {
        self.change(|node| (node.watcher, node.at_work) = (None, false));
    }
}
