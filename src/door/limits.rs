//! What the door lets in, and for how long it waits. Each number with its reason.

use std::time::Duration;

use crate::network::TrustedProxies;

/// A request's first line and headers, in bytes: browsers send 1 to 2 KiB, with many cookies 8.
pub(super) const HEAD_MAX: usize = 16 * 1024;
/// Header lines: browsers send about 20.
pub(super) const HEADERS_MAX: usize = 64;
/// The target in the first line, in bytes. RFC 9110 asks for at least 8,000.
pub(super) const TARGET_MAX: usize = 8 * 1024;
/// A body, in bytes: a message twice as long as any may be, in characters of four bytes,
/// percent-encoded. So whoever pastes too much gets it back with a word about the limit.
pub(super) const BODY_MAX: usize = 128 * 1024;
/// What a chunked body may take on the wire: chunks of one byte take six.
pub(super) const CHUNKED_MAX: usize = 8 * BODY_MAX;

/// From the first byte of a head to its last; for a connection that is new, from the start.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(10);
/// From the end of a head to the end of its body.
pub(super) const BODY_TIME: Duration = Duration::from_secs(20);
/// Between requests. Browsers open a new connection without ado.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(15);
/// How long a client may take nothing of an answer.
pub(super) const STALL_TIME: Duration = Duration::from_secs(10);
/// How long a client may take for a whole answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(60);
/// How long the application may take. It refuses what it cannot do soon, so this is for bugs.
pub(super) const WORK_TIME: Duration = Duration::from_secs(60);
/// How long a request waits for a connection to the application.
pub(super) const QUEUE_TIME: Duration = Duration::from_secs(10);
/// How often a write that makes no progress is looked at.
pub(super) const WRITE_TICK: Duration = Duration::from_secs(1);

/// Answers waiting for slow clients, in bytes of all together. Beyond it, a client that takes
/// nothing for [`WRITE_TICK`] is closed, so that many slow ones cannot fill the memory.
pub(super) const ANSWERS_MAX: usize = 16 * 1024 * 1024;

/// After a refusal: what is still read (and thrown away) so that the client sees the answer and
/// not a reset.
pub(super) const DRAIN_MAX: usize = 256 * 1024;
/// The same, in time.
pub(super) const DRAIN_TIME: Duration = Duration::from_secs(1);
/// Connections beyond the limit that are told so at the same time; more are closed without a word.
pub(super) const TURNED_AWAY_MAX: usize = 32;
/// When to come back after a 503, in seconds.
pub(super) const RETRY_AFTER: u32 = 2;

/// A connection's thread. It parses one head and copies. Of this only what is ever touched costs
/// memory, two pages as it stands: larger buffers live on the heap while they are in use.
pub(super) const STACK: usize = 128 * 1024;
/// How long a thread without a connection waits for one, to save the start of another.
pub(super) const THREAD_IDLE: Duration = Duration::from_millis(500);
/// Accepting goes on after this when descriptors or memory ran out.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// A connection to the application that is unused for this long is closed, but for the last.
pub(super) const BACKEND_IDLE: Duration = Duration::from_secs(10);

/// Descriptors for everything that is no connection: files, the listener, the poller.
const DESCRIPTORS_RESERVED: usize = 32;
/// A connection to the application takes one here and two in `tiny_http`.
const DESCRIPTORS_PER_BACKEND: usize = 3;

/// What the operator can set.
#[derive(Clone, Debug)]
pub struct DoorLimits {
    /// Connections of all clients together.
    pub connections: usize,
    /// Connections of one address; loopback and trusted proxies may have all.
    pub connections_per_address: usize,
    /// Streams that are held apart from connections.
    pub streams: usize,
    /// Requests that the application answers at the same time.
    pub requests: usize,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted: TrustedProxies,
}

impl DoorLimits {
    /// Lowers the numbers to what a limit of open descriptors allows.
    #[must_use]
    pub fn within(self, descriptors: usize) -> Self {
        let free = descriptors.saturating_sub(DESCRIPTORS_RESERVED);
        // A third of them for the application, so that clients can fill up only the rest.
        let requests = (free / 3 / DESCRIPTORS_PER_BACKEND).clamp(1, self.requests);
        let free = free.saturating_sub(requests * DESCRIPTORS_PER_BACKEND + TURNED_AWAY_MAX.min(free / 8));
        let connections = (free / 2).max(free.saturating_sub(self.streams)).clamp(1, self.connections);
        let streams = free.saturating_sub(connections).clamp(1, self.streams);
        Self { connections, streams, requests, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_fit_the_descriptors() {
        let wanted = DoorLimits {
            connections: 1024,
            connections_per_address: 64,
            streams: 1024,
            requests: 80,
            trusted: TrustedProxies::default(),
        };
        for descriptors in [40, 64, 128, 256, 1024, 4096, 1 << 20] {
            let got = wanted.clone().within(descriptors);
            let used =
                DESCRIPTORS_RESERVED + got.requests * DESCRIPTORS_PER_BACKEND + got.connections + got.streams;
            assert!(used <= descriptors.max(DESCRIPTORS_RESERVED + 8), "{descriptors}: {got:?}");
        }
        let ample = wanted.clone().within(1 << 20);
        assert_eq!((ample.connections, ample.streams, ample.requests), (1024, 1024, 80));
    }
}
