//! Who is connected.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::limits::DoorLimits;
use crate::lock::{lock, wait_timeout};
use crate::network::Network;

/// One client's connection.
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) peer: IpAddr,
    /// Set from the first byte of a request to the last of its answer: that one is finished even
    /// when snug stops.
    busy: AtomicBool,
    seat: Seat,
}

/// What a connection counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// A guest, of this network where that is counted.
    Guest(Option<Network>),
    /// One too many, which is told so.
    TurnedAway,
}

/// All connections.
#[derive(Default)]
pub(super) struct Table {
    /// Guards the seats; no I/O under it.
    seats: Mutex<Seats>,
    left: Condvar,
}

#[derive(Default)]
struct Seats {
    next: u64,
    open: HashMap<u64, Arc<Connection>>,
    guests: usize,
    per_network: HashMap<Network, usize>,
    stopping: bool,
}

impl Connection {
    pub(super) fn is_turned_away(&self) -> bool {
        self.seat == Seat::TurnedAway
    }
}

impl Table {
    /// Gives a new connection its place, or none if even its refusal would be too much.
    pub(super) fn admit(
        &self,
        socket: TcpStream,
        peer: IpAddr,
        limits: &DoorLimits,
    ) -> Option<(u64, Arc<Connection>)> {
        let mut seats = lock(&self.seats);
        if seats.stopping {
            return None;
        }
        let peer = peer.to_canonical();
        // One address may stand for many people there.
        let counted = !peer.is_loopback() && !limits.trusted.contains(peer);
        let network = counted.then(|| Network::of(peer));
        let of_network = network.and_then(|network| seats.per_network.get(&network)).copied().unwrap_or(0);
        let full = seats.guests >= limits.connections || of_network >= limits.connections_per_address;
        if full && seats.open.len() - seats.guests >= limits.turned_away {
            return None;
        }
        let seat = if full { Seat::TurnedAway } else { Seat::Guest(network) };
        if let Seat::Guest(network) = seat {
            seats.guests += 1;
            if let Some(network) = network {
                *seats.per_network.entry(network).or_default() += 1;
            }
        }
        let connection = Arc::new(Connection { socket, peer, busy: AtomicBool::new(false), seat });
        let id = seats.next;
        seats.next += 1;
        seats.open.insert(id, Arc::clone(&connection));
        Some((id, connection))
    }

    /// Takes a connection's place away.
    pub(super) fn leave(&self, id: u64) {
        let mut seats = lock(&self.seats);
        let Some(connection) = seats.open.remove(&id) else { return };
        if let Seat::Guest(network) = connection.seat {
            seats.guests -= 1;
            if let Some(network) = network
                && let Some(count) = seats.per_network.get_mut(&network)
            {
                *count -= 1;
                if *count == 0 {
                    seats.per_network.remove(&network);
                }
            }
        }
        self.left.notify_all();
    }

    /// Notes whether a request is under way; gives whether another may follow.
    pub(super) fn set_busy(&self, connection: &Connection, busy: bool) -> bool {
        // Under the lock, so that `stop` sees each connection either here or there.
        let seats = lock(&self.seats);
        connection.busy.store(busy, Ordering::Relaxed);
        !seats.stopping
    }

    /// Sends those home who have nothing under way, waits for the others until `deadline`, and
    /// then sends them home as well.
    pub(super) fn stop(&self, deadline: Instant) {
        let mut seats = lock(&self.seats);
        seats.stopping = true;
        seats.send_home(|connection| !connection.busy.load(Ordering::Relaxed));
        while !seats.open.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return seats.send_home(|_| true);
            }
            seats = wait_timeout(&self.left, seats, left);
        }
    }
}

impl Seats {
    /// Wakes up the threads of these connections, which then end.
    fn send_home(&self, which: impl Fn(&Connection) -> bool) {
        for connection in self.open.values().filter(|connection| which(connection)) {
            // One that is gone already is no error.
            let _ = connection.socket.shutdown(Shutdown::Both);
        }
    }
}
