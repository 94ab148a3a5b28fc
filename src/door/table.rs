//! Who is connected.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::limits::{DoorLimits, TURNED_AWAY_MAX};
use crate::network::Network;
use crate::share::lock;

/// One client's connection.
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) peer: IpAddr,
    /// Set while a request of it is being answered: that one is finished even when snug stops.
    answering: AtomicBool,
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
        if full && seats.open.len() - seats.guests >= TURNED_AWAY_MAX {
            return None;
        }
        let seat = if full { Seat::TurnedAway } else { Seat::Guest(network) };
        if let Seat::Guest(network) = seat {
            seats.guests += 1;
            if let Some(network) = network {
                *seats.per_network.entry(network).or_default() += 1;
            }
        }
        let connection = Arc::new(Connection { socket, peer, answering: AtomicBool::new(false), seat });
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

    /// Notes whether a request is being answered; gives whether another may be read after it.
    pub(super) fn answering(&self, connection: &Connection, answering: bool) -> bool {
        // Under the lock, so that `stop` sees each connection either here or there.
        let seats = lock(&self.seats);
        connection.answering.store(answering, Ordering::Relaxed);
        !seats.stopping
    }

    /// Sends those home who are not being answered, and waits for the others until `deadline`.
    pub(super) fn stop(&self, deadline: Instant) {
        let mut seats = lock(&self.seats);
        seats.stopping = true;
        for connection in seats.open.values() {
            if !connection.answering.load(Ordering::Relaxed) {
                // Their threads wake up and end. One that is gone already is no error.
                let _ = connection.socket.shutdown(Shutdown::Both);
            }
        }
        while !seats.open.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            seats = self.left.wait_timeout(seats, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
