//! Limits and timeouts of the door, each with its reason.

use std::time::Duration;

use crate::network::TrustedProxies;
use crate::transfer::TRANSFERS_MAX;

/// A request's first line and headers, in bytes: browsers send 1 to 2 KiB, with many cookies 8.
pub(super) const HEAD_MAX: usize = 16 * 1024;
/// Header lines: browsers send about 20.
pub(super) const HEADERS_MAX: usize = 64;
/// The target in the first line, in bytes. RFC 9110 asks for at least 8,000.
pub(super) const TARGET_MAX: usize = 8 * 1024;
/// A body, in bytes: a message twice as long as any may be, in characters of four bytes,
/// percent-encoded. So whoever pastes too much gets it back with a word about the limit.
pub(super) const BODY_MAX: usize = 128 * 1024;
/// Most bytes of a chunked body on the wire: chunks of one byte take six.
pub(super) const CHUNKED_MAX: u64 = 8 * BODY_MAX as u64;

/// Least bytes of a body that may be a file, and of a file that is sent, within [`PACE_TIME`]: 2 KiB a second, a fifth of what
/// a phone has at the edge of its net.
pub(super) const PACE: usize = crate::transfer::PIECE;
pub(super) const PACE_TIME: Duration = Duration::from_secs(30);

/// From the first byte of a head to its last; for a connection that is new, from the start.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(10);
/// From the end of a head to the end of its body.
pub(super) const BODY_TIME: Duration = Duration::from_secs(20);
/// Between requests. Browsers open a new connection without ado.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(15);
/// Time for which a client may take nothing of an answer.
pub(super) const STALL_TIME: Duration = Duration::from_secs(10);
/// Time that a client has for a whole answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Time that the application has. It refuses what it cannot do soon, so this is for bugs.
pub(super) const WORK_TIME: Duration = Duration::from_secs(60);
/// Time that a request waits for a connection to the application.
pub(super) const QUEUE_TIME: Duration = Duration::from_secs(10);
/// Interval at which a write that makes no progress is looked at.
pub(super) const WRITE_TICK: Duration = Duration::from_millis(250);

/// Bodies that are being sent, or wait for the application, in bytes of all together. A message is some hundred bytes.
pub(super) const BODIES_MAX: usize = 8 * 1024 * 1024;
/// Answers waiting for slow clients, in bytes of all together. A page is 10 to 500 KiB. When it is reached, those of
/// whoever holds most are ended.
pub(super) const ANSWERS_MAX: usize = 16 * 1024 * 1024;
/// Bytes that are counted for an answer before it is there: most are smaller.
pub(super) const ANSWER_RESERVED: usize = 64 * 1024;
/// Time that a request waits for room for its body or its answer.
pub(super) const ROOM_TIME: Duration = Duration::from_secs(2);
/// Bytes that the system keeps of an answer for a client; left alone, it would keep megabytes.
pub(super) const SEND_BUFFER: usize = 64 * 1024;

/// After a refusal: what is still read (and thrown away) so that the client sees the answer and
/// not a reset.
pub(super) const DRAIN_MAX: u64 = 256 * 1024;
/// Time for which the rest of a refused request is read (and thrown away).
pub(super) const DRAIN_TIME: Duration = Duration::from_secs(1);
/// The same for a body that is longer: browsers look at an answer only when they have sent all.
pub(super) const UPLOAD_DRAIN_MAX: u64 = 64 * 1024 * 1024;
pub(super) const UPLOAD_DRAIN_TIME: Duration = Duration::from_secs(30);
/// Connections beyond the limit: a quarter of them are told so (more are closed without a word), and the others are
/// about to leave, as they gave way.
const TURNED_AWAY_MAX: usize = 64;
/// `Retry-After` of a 503, in seconds.
pub(super) const RETRY_AFTER: u32 = 2;

/// A connection's thread. It parses one head and copies. Of this only what is ever touched costs
/// memory, two pages as it stands: larger buffers live on the heap while they are in use.
pub(super) const STACK: usize = 128 * 1024;
/// Time that a thread without a connection waits for one, to save the start of another.
pub(super) const THREAD_IDLE: Duration = Duration::from_millis(500);
/// Connections that the system keeps until they are accepted.
pub(super) const BACKLOG: i32 = 1024;
/// Accepting goes on after this when descriptors or memory ran out.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// A connection to the application that is unused for this long is closed, but for the last.
pub(super) const BACKEND_IDLE: Duration = Duration::from_secs(10);

/// Descriptors for what is neither a connection nor open at the start: pollers, sockets that are
/// just being accepted, a file now and then.
const DESCRIPTORS_RESERVED: usize = 16;
/// With less than this for clients and application it is no use to start.
const DESCRIPTORS_LEAST: usize = 16;
/// A connection to the application takes one here and two in `tiny_http`.
const DESCRIPTORS_PER_BACKEND: usize = 3;

#[derive(Clone, Debug)]
pub struct DoorLimits {
    /// Connections of all clients together.
    pub connections: usize,
    /// Connections of one address; loopback and trusted proxies may have all.
    pub connections_per_address: usize,
    /// Streams that are held apart from connections.
    pub streams: usize,
    /// Connections beyond the limit, told so or about to leave; more are closed at once.
    pub turned_away: usize,
    /// Files that are open while they are sent or loaded.
    pub transfers: usize,
    /// Requests that the application answers at the same time.
    pub requests: usize,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted: TrustedProxies,
}

impl DoorLimits {
    /// These, and as much of the rest as is good.
    pub(crate) fn new(
        connections: usize,
        connections_per_address: usize,
        streams: usize,
        requests: usize,
        trusted: TrustedProxies,
    ) -> Self {
        let turned_away = TURNED_AWAY_MAX;
        let transfers = TRANSFERS_MAX;
        Self { connections, connections_per_address, streams, turned_away, transfers, requests, trusted }
    }

    /// Lowers the numbers to what a limit of open descriptors allows, of which `used` are open. If
    /// it is too low for anything, gives the least that would do.
    pub fn within(self, limit: usize, used: usize) -> Result<Self, usize> {
        let least = used + DESCRIPTORS_RESERVED + DESCRIPTORS_LEAST;
        if limit < least {
            return Err(least);
        }
        let free = limit - used - DESCRIPTORS_RESERVED;
        // A third of them for the application, so that clients can fill up only the rest.
        let requests = (free / 3 / DESCRIPTORS_PER_BACKEND).clamp(1, self.requests);
        let free = free - requests * DESCRIPTORS_PER_BACKEND;
        let transfers = (free / 4).min(self.transfers);
        let free = free - transfers;
        let turned_away = (free / 8).min(self.turned_away);
        let free = free - turned_away;
        let connections = (free / 2).max(free.saturating_sub(self.streams)).min(self.connections);
        let streams = (free - connections).min(self.streams);
        Ok(Self { connections, streams, turned_away, transfers, requests, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_fit_the_descriptors() {
        let wanted = DoorLimits::new(1024, 64, 1024, 80, TrustedProxies::default());
        for limit in [44, 45, 64, 80, 128, 256, 1024, 4096, 1 << 20] {
            let got = wanted.clone().within(limit, 12).unwrap();
            let backends = got.requests * DESCRIPTORS_PER_BACKEND;
            let used = backends + got.connections + got.streams + got.turned_away + got.transfers;
            assert!(used + 12 + DESCRIPTORS_RESERVED <= limit, "{limit}: {got:?}");
            assert!(
                got.connections > 0 && got.streams > 0 && got.requests > 0 && got.transfers > 2,
                "{limit}: {got:?}"
            );
        }
        let ample = wanted.clone().within(1 << 20, 12).unwrap();
        assert_eq!((ample.connections, ample.streams, ample.requests), (1024, 1024, 80));
        assert_eq!(wanted.within(43, 12).unwrap_err(), 44);
    }
}
