//! What a stream has besides that is a WebSocket: its client says something, and is answered.
//!
//! Each text is a command, which somebody else answers ([`SocketClient`]): this thread never waits. One is being
//! answered, one more may wait, and then nothing is read until the first answer is taken: so whoever says more than is
//! answered waits in their own system.

use std::io::{ErrorKind, Read};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::ring::SharedBytes;
use super::{GIVES_WAY, Ticket};
use crate::fair::{Claim, Overloaded, Revocable};
use crate::websocket::{CloseCode, FrameReader, Incoming, Violation, close_frame, pong_frame};

/// Bytes that are read at once; as many may be left of what was read until they are looked at.
const CHUNK: usize = 2 * 1024;
/// Bytes that a socket may say at once, and each second after that: the longest message, and some typing.
const ALLOWANCE: usize = 128 * 1024;
const ALLOWANCE_A_TICK: usize = 16 * 1024;
/// Bytes of a socket that are not counted: a message is some hundred.
const UNCOUNTED: usize = 2 * 1024;
/// Time from the first byte of a message to its last.
const MESSAGE_TIME: Duration = Duration::from_secs(20);
/// Time that a client has to close its side, once it was told.
const CLOSE_TIME: Duration = Duration::from_secs(2);
/// Bytes that it may still say until then.
const DRAIN_MAX: usize = 256 * 1024;

/// Where a socket came from, and how what its client says is answered. Nothing of it waits.
pub(crate) trait SocketClient: Send + Sync {
    /// Has a command answered: the answer comes by [`Live::answered`](super::Live::answered).
    fn ask(self: Arc<Self>, command: CommandId, text: String);
    /// Claims room for what the client said. Errors: it holds too much already.
    fn claim(&self, bytes: usize, holder: Arc<dyn Revocable>) -> Result<Claim, Overloaded>;
}

/// The socket on which a command came.
#[derive(Clone, Copy)]
pub(crate) struct CommandId {
    pub(super) ticket: u64,
    pub(super) key: usize,
}

/// What comes along with a socket.
pub(crate) struct SocketArrival {
    pub(crate) client: Arc<dyn SocketClient>,
    /// What was read of it already.
    pub(crate) said: Vec<u8>,
}

pub(super) struct WebSocket {
    client: Arc<dyn SocketClient>,
    reader: FrameReader,
    /// Read, and not looked at.
    unread: Vec<u8>,
    /// The system may have more to read.
    pub(super) readable: bool,
    /// Bytes that may be read.
    allowance: usize,
    /// Bytes of the command that is being answered.
    in_flight: Option<usize>,
    waiting: Option<String>,
    /// Frames to be written, in this order.
    answer: Option<SharedBytes>,
    pong: Option<SharedBytes>,
    close: Option<SharedBytes>,
    /// For what is held of what the client said.
    claim: Option<Claim>,
    /// When the message began of which the rest has to come.
    unfinished: Option<Instant>,
    /// Its client said that it leaves, and what it said before is still to be answered.
    leaving: bool,
    closing: Option<Closing>,
}

/// A command whose socket is closed, until it is answered.
pub(super) struct UnansweredCommand {
    _claim: Option<Claim>,
}

/// The client is told that it is over, or will be.
struct Closing {
    /// When its socket is closed, whatever it does.
    deadline: Instant,
    drained: usize,
}

/// How a socket ends.
#[derive(Clone, Copy)]
pub(super) enum SocketEnd {
    /// Its client left.
    Gone,
    /// Its client is told why.
    Told(CloseCode, &'static str),
}

impl From<Violation> for SocketEnd {
    fn from(violation: Violation) -> Self {
        Self::Told(violation.code, violation.reason)
    }
}

impl WebSocket {
    pub(super) fn new(arrival: SocketArrival) -> Self {
        Self {
            client: arrival.client,
            reader: FrameReader::default(),
            unread: arrival.said,
            readable: true,
            allowance: ALLOWANCE,
            in_flight: None,
            waiting: None,
            answer: None,
            pong: None,
            close: None,
            claim: None,
            unfinished: None,
            leaving: false,
            closing: None,
        }
    }

    /// Reads and takes in what the client says, as far as it may now.
    pub(super) fn listen(
        &mut self,
        socket: &TcpStream,
        ticket: &Arc<Ticket>,
        key: usize,
        now: Instant,
    ) -> Result<(), SocketEnd> {
        if self.closing.is_some() {
            return self.drain(socket);
        }
        let command = CommandId { ticket: ticket.number, key };
        if self.is_free()
            && let Some(text) = self.waiting.take()
        {
            self.ask(command, text);
        }
        if self.leaving && self.is_free() {
            return Err(SocketEnd::Told(CloseCode::Normal, ""));
        }
        while self.waiting.is_none() && !self.leaving {
            let mut chunk = [0; CHUNK];
            let kept = mem::take(&mut self.unread);
            let bytes = if kept.is_empty() { self.read(socket, &mut chunk)? } else { &kept };
            if bytes.is_empty() {
                break;
            }
            let mut rest = bytes;
            while self.waiting.is_none()
                && !self.leaving
                && let Some(incoming) = self.reader.read(&mut rest)?
            {
                if self.reader.held() == 0 {
                    self.unfinished = None;
                }
                self.take_in(incoming, command)?;
            }
            self.unread = rest.to_vec();
        }
        self.count(ticket, now)
    }

    fn is_free(&self) -> bool {
        self.in_flight.is_none() && self.answer.is_none()
    }

    fn ask(&mut self, command: CommandId, text: String) {
        self.in_flight = Some(text.len());
        Arc::clone(&self.client).ask(command, text);
    }

    fn take_in(&mut self, incoming: Incoming, command: CommandId) -> Result<(), SocketEnd> {
        match incoming {
            Incoming::Text(text) if self.is_free() => self.ask(command, text),
            Incoming::Text(text) => self.waiting = Some(text),
            // Of several, the newest alone is answered (RFC 6455, 5.5.3).
            Incoming::Ping(payload) => self.pong = Some(pong_frame(&payload).into()),
            Incoming::Pong => {}
            Incoming::Close if self.is_free() => return Err(SocketEnd::Told(CloseCode::Normal, "")),
            Incoming::Close => self.leaving = true,
        }
        Ok(())
    }

    /// Some bytes, if there are any that may be read now.
    fn read<'a>(
        &mut self,
        mut socket: &TcpStream,
        chunk: &'a mut [u8; CHUNK],
    ) -> Result<&'a [u8], SocketEnd> {
        let most = self.allowance.min(CHUNK);
        while self.readable && most > 0 {
            match socket.read(&mut chunk[..most]) {
                Ok(0) => return Err(SocketEnd::Gone),
                Ok(count) => {
                    self.allowance -= count;
                    return Ok(&chunk[..count]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(SocketEnd::Gone),
            }
        }
        Ok(&[])
    }

    /// Counts what is held, and since when a message is unfinished.
    fn count(&mut self, ticket: &Arc<Ticket>, now: Instant) -> Result<(), SocketEnd> {
        let unfinished = self.reader.held();
        if unfinished > 0 {
            self.unfinished.get_or_insert(now);
        }
        let waiting = self.waiting.as_ref().map_or(0, String::len);
        let held = unfinished + self.unread.len() + waiting + self.in_flight.unwrap_or_default();
        let counted = match &self.claim {
            _ if held <= UNCOUNTED => {
                self.claim = None;
                return Ok(());
            }
            Some(claim) => claim.try_set(held),
            None => self
                .client
                .claim(held, Arc::clone(ticket) as Arc<dyn Revocable>)
                .map(|claim| self.claim = Some(claim)),
        };
        counted.map_err(|_| SocketEnd::Told(CloseCode::TryAgainLater, GIVES_WAY))
    }

    /// Throws away what a client says that was told that it is over.
    fn drain(&mut self, mut socket: &TcpStream) -> Result<(), SocketEnd> {
        let Some(closing) = &mut self.closing else { return Ok(()) };
        let mut chunk = [0; CHUNK];
        while closing.drained < DRAIN_MAX {
            match socket.read(&mut chunk) {
                Ok(count @ 1..) => closing.drained += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        Err(SocketEnd::Gone)
    }

    /// The command is answered; the answer is to be written.
    pub(super) fn answered(&mut self, answer: SharedBytes) {
        self.in_flight = None;
        if self.closing.is_none() {
            self.answer = Some(answer);
        }
    }

    /// The next frame besides events.
    pub(super) fn next_frame(&mut self) -> Option<SharedBytes> {
        self.answer.take().or_else(|| self.pong.take()).or_else(|| self.close.take())
    }

    pub(super) fn has_frame(&self) -> bool {
        self.answer.is_some() || self.pong.is_some() || self.close.is_some()
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Has the client told that it is over, and takes in nothing any more.
    pub(super) fn close(&mut self, code: CloseCode, reason: &str, now: Instant) {
        self.close = Some(close_frame(code, reason).into());
        self.closing = Some(Closing { deadline: now + CLOSE_TIME, drained: 0 });
        (self.pong, self.waiting, self.unread) = (None, None, Vec::new());
        self.reader = FrameReader::default();
        self.claim = self.claim.take().filter(|_| self.in_flight.is_some());
    }

    /// Where a command is being answered: what is counted for it.
    pub(super) fn into_unanswered(self) -> Option<UnansweredCommand> {
        self.in_flight.map(|_| UnansweredCommand { _claim: self.claim })
    }

    /// Once a tick: more may be read. Gives whether there may be something, or how it ends.
    pub(super) fn tick(&mut self, now: Instant) -> Result<bool, SocketEnd> {
        if let Some(closing) = &self.closing {
            return if now < closing.deadline { Ok(false) } else { Err(SocketEnd::Gone) };
        }
        if self.unfinished.is_some_and(|since| now.duration_since(since) >= MESSAGE_TIME) {
            return Err(SocketEnd::Told(CloseCode::Policy, "the message took too long"));
        }
        self.allowance = ALLOWANCE.min(self.allowance + ALLOWANCE_A_TICK);
        Ok(self.readable && self.waiting.is_none())
    }
}
