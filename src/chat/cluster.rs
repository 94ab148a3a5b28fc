//! Several processes (nodes) that serve one chat, as one of them sees the others.

use std::sync::Arc;
use std::time::Duration;

use super::model::{MemberId, RoomId, Seq};

/// Members in one [`Hint::Here`] at most: a hint is a few kilobytes.
pub const HINT_MEMBERS_MAX: usize = 500;

/// The nodes, and the engine that they share. All is answered from memory: nothing here waits for the network.
pub trait Cluster: Send + Sync {
    /// The engine, as this node saw it last.
    fn engine(&self) -> EngineStatus;

    /// All nodes that were seen lately, this one among them, in the order of their names.
    fn nodes(&self) -> Vec<Node>;

    /// Counts the nodes that are at work, this one included: at least 1.
    fn live_nodes(&self) -> u32;

    /// How far the engine's clock is ahead of this machine's, in milliseconds.
    fn clock_offset(&self) -> i64;

    /// Why this node has to stop, in a line for the operator: it cannot read what others write.
    fn fault(&self) -> Option<String> {
        None
    }

    /// Tells the other nodes. A hint may be lost, and nobody waits for it.
    fn tell(&self, hint: &Hint);

    /// Has the watcher ask for news soon, as somebody heard of some: not for each who asks.
    fn ask_for_news(&self);

    /// Sets who is told what happens elsewhere, once; from then on this node is at work.
    fn watch(&self, watcher: Arc<dyn ClusterWatcher>);

    /// Tells the others that this node stops, and lets go of the watcher.
    fn leave(&self);
}

/// Is told what happens at other nodes.
pub trait ClusterWatcher: Send + Sync {
    /// Others may have appended something, or time has passed: called at least once a second on a thread of its own,
    /// where it may wait for the engine.
    fn news(&self);

    /// Another node has something to tell. Must be quick.
    fn hint(&self, node: &str, hint: Hint);

    /// The newest record that this node has applied. Must be quick.
    fn applied(&self) -> Seq;
}

/// The engine, as one node saw it last.
#[derive(Clone, Debug)]
pub struct EngineStatus {
    /// What it is and where, for people who run it: `PostgreSQL 15.18 at db1:5432`.
    pub name: String,
    /// Time since it answered last.
    pub silent_for: Duration,
    /// The newest number that it had then.
    pub newest: Seq,
    /// Standbys that have each commit before it is acknowledged, and those that follow behind.
    pub synchronous_standbys: u32,
    pub other_standbys: u32,
}

/// A node, as its last sign of life told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Of its machine and process, as in its log.
    pub name: String,
    pub version: String,
    /// The newest record that it had applied.
    pub applied: Seq,
    pub seen_ago: Duration,
    pub is_this: bool,
}

/// What nodes tell each other beside records: nothing that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Members who have a stream at the node, up to [`HINT_MEMBERS_MAX`]: all of them, where `first` and the hints that
    /// follow it without are taken together.
    Here { first: bool, members: Vec<MemberId> },
    /// Members who came to the node, and who left it.
    Moved { came: Vec<MemberId>, left: Vec<MemberId> },
    /// A member is typing in a room.
    Typing { member: MemberId, room: RoomId },
    /// Sessions that were used lately, by their records' numbers.
    SessionsUsed(Vec<Seq>),
}
