//! The open connections.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::limits::DoorLimits;
use crate::fair::{Budget, Claim, Client, Revocable, Victim};
use crate::lock::{lock, wait_timeout};

/// Of the connections beyond the limit, one in so many may be told so.
const TOLD: usize = 4;

pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) peer: IpAddr,
    /// Guards what it does. Nothing is done under it but shutting the socket down.
    progress: Mutex<ConnectionProgress>,
}

#[derive(Clone, Copy)]
struct ConnectionProgress {
    phase: Phase,
    /// From the first byte of a request to the last of its answer: that one is finished even when snug stops.
    busy: bool,
    /// It has to give way to others.
    revoked: bool,
    /// A request of it reached the application.
    served: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It waits for bytes.
    Waiting,
    /// It waits for room or for its turn, which it sees only then.
    Queued,
    /// The application has its request. What is decided there is told.
    Working,
    /// Its client takes the answer.
    Answering,
}

impl Connection {
    /// Goes on to another phase. False where it has to give way instead.
    pub(super) fn go_on(&self, phase: Phase) -> bool {
        let mut progress = lock(&self.progress);
        progress.phase = phase;
        progress.served |= phase == Phase::Working;
        !progress.revoked
    }

    pub(super) fn is_revoked(&self) -> bool {
        lock(&self.progress).revoked
    }

    fn is_busy(&self) -> bool {
        lock(&self.progress).busy
    }
}

impl Revocable for Connection {
    fn revoke(&self) -> bool {
        let mut progress = lock(&self.progress);
        // Its thread wakes up. One that is gone already is no error.
        let _ = match progress.phase {
            Phase::Working => return false,
            // The client is told why.
            Phase::Waiting | Phase::Queued => self.socket.shutdown(Shutdown::Read),
            Phase::Answering => self.socket.shutdown(Shutdown::Both),
        };
        progress.revoked = true;
        true
    }

    fn leaves_at_once(&self) -> bool {
        lock(&self.progress).phase != Phase::Queued
    }

    fn is_useless(&self) -> bool {
        !lock(&self.progress).served
    }
}

pub(super) struct Table {
    limits: DoorLimits,
    /// One unit is one connection.
    budget: Arc<Budget>,
    /// Guards the connections; no I/O under it. Taken before the budget's own.
    open: Mutex<OpenConnections>,
    left: Condvar,
}

#[derive(Default)]
struct OpenConnections {
    next: u64,
    /// Without a claim, a connection is only told that there is no place for it.
    connections: HashMap<u64, (Arc<Connection>, Option<Claim>)>,
    /// Count of those without a claim.
    turned_away: usize,
    /// Count of commands of sockets that are being answered.
    commands: usize,
    stopping: bool,
}

impl Table {
    pub(super) fn new(limits: DoorLimits) -> Self {
        // An attacker has all of those who are told that they cannot come, so that these have an end of their own.
        let leaving = limits.turned_away - limits.turned_away / TOLD;
        let budget = Budget::new(limits.connections, leaving, Victim::NewestOrOwnUseless);
        Self { limits, budget, open: Mutex::default(), left: Condvar::new() }
    }

    /// Claims a place for a new connection; those of whoever has most give way. None if even its refusal would be too
    /// much.
    pub(super) fn admit(&self, socket: TcpStream, peer: IpAddr) -> Option<(u64, Arc<Connection>)> {
        let peer = peer.to_canonical();
        let progress =
            ConnectionProgress { phase: Phase::Waiting, busy: false, revoked: false, served: false };
        let connection = Arc::new(Connection { socket, peer, progress: Mutex::new(progress) });
        let client = Client::new(peer, None);
        // One address may stand for many people there.
        let limited = !peer.is_loopback() && !self.limits.trusted.contains(peer);
        let full = limited && self.budget.held_at_address_of(client) >= self.limits.connections_per_address;
        let mut open = lock(&self.open);
        if open.stopping {
            return None;
        }
        let holder = Arc::clone(&connection) as Arc<dyn Revocable>;
        let claim = if full { None } else { self.budget.claim(client, 1, holder, Duration::ZERO).ok() };
        if claim.is_none() {
            if open.turned_away >= self.limits.turned_away / TOLD {
                return None;
            }
            open.turned_away += 1;
            lock(&connection.progress).revoked = true;
        }
        let id = open.next;
        open.next += 1;
        open.connections.insert(id, (Arc::clone(&connection), claim));
        Some((id, connection))
    }

    /// It turned out whose connection it is.
    pub(super) fn identify(&self, id: u64, client: Client) {
        let open = lock(&self.open);
        if let Some((_, Some(claim))) = open.connections.get(&id) {
            claim.reassign(client);
        }
    }

    /// Takes a connection's place away.
    pub(super) fn leave(&self, id: u64) {
        let mut open = lock(&self.open);
        if let Some((_, None)) = open.connections.remove(&id) {
            open.turned_away -= 1;
        }
        drop(open);
        self.left.notify_all();
    }

    /// Notes whether a request is under way; gives whether another may follow.
    pub(super) fn set_busy(&self, connection: &Connection, busy: bool) -> bool {
        // Under the lock, so that `stop` sees each connection either here or there.
        let open = lock(&self.open);
        lock(&connection.progress).busy = busy;
        !open.stopping
    }

    /// Counts a command of a WebSocket, which is no connection of the table.
    pub(super) fn begin_command(&self) {
        lock(&self.open).commands += 1;
    }

    pub(super) fn end_command(&self) {
        lock(&self.open).commands -= 1;
        self.left.notify_all();
    }

    pub(super) fn is_stopping(&self) -> bool {
        lock(&self.open).stopping
    }

    /// Sends those home who have nothing under way, waits for the others until `deadline`, and
    /// then sends them home as well.
    pub(super) fn stop(&self, deadline: Instant) {
        let mut open = lock(&self.open);
        open.stopping = true;
        open.shut_down_idle(|connection| !connection.is_busy());
        while !open.connections.is_empty() || open.commands > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return open.shut_down_idle(|_| true);
            }
            open = wait_timeout(&self.left, open, left);
        }
    }
}

impl OpenConnections {
    /// Wakes up the threads of these connections, which then end.
    fn shut_down_idle(&self, which: impl Fn(&Connection) -> bool) {
        for (connection, _) in self.connections.values().filter(|(connection, _)| which(connection)) {
            // One that is gone already is no error.
            let _ = connection.socket.shutdown(Shutdown::Both);
        }
    }
}
