//! Steps in the life of a connection, of which each kind of request takes some.

use std::io::{ErrorKind, IoSlice, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::head::{Framing, Head, Persistence, RequestLine};
use super::limits::{ANSWER_TIME, BODY_MAX, BODY_TIME, CHUNKED_MAX, QUEUE_TIME, ROOM_TIME, STALL_TIME};
use super::rejection::{BAD, BODY_TOO_LARGE, Rejection, TIMEOUT, UNAVAILABLE};
use super::stream::{Patience, ReadBuffer, ReadError, write_all};
use super::table::{Connection, Phase};
use super::{Admitted, DoorState, chunked};
use crate::exchange::{Answer, RequestParts};
use crate::fair::{Budget, Claim, Client, Overloaded, Permit, Revocable};
use crate::live::SocketArrival;
use crate::log::log;
use crate::transfer::Spool;
use socket2::SockRef;

/// The header that goes with the last answer.
pub(super) const CLOSE: &str = "Connection: close\r\n";

pub(super) enum End {
    /// Nothing is left to say.
    Quiet,
    /// Both sides know that this was the last answer.
    Done,
    /// The client is told why.
    Rejected(Rejection),
    /// It goes on as a stream.
    Stream(HeldStream),
}

/// The ticket of a stream, and what a WebSocket needs besides.
pub(super) type HeldStream = (u64, Option<Box<SocketArrival>>);

impl From<Rejection> for End {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Overloaded> for End {
    fn from(_: Overloaded) -> Self {
        UNAVAILABLE.into()
    }
}

/// Has the application answer, in turn.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn ask(
    shared: &DoorState,
    connection: &Connection,
    client: Client,
    message: UpstreamRequest,
) -> Result<Answer, End> {
    connection.go_on(Phase::Queued);
    let turn = shared.turns.acquire_within(client, QUEUE_TIME)?;
    if !connection.go_on(Phase::Working) {
        return Err(UNAVAILABLE.into());
    }
    let answer = answer_in_turn(shared, &turn, message);
    connection.go_on(Phase::Answering);
    Ok(answer?)
}

/// Has the application answer. The turn is taken until then.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn answer_in_turn(
    shared: &DoorState,
    _turn: &Permit,
    message: UpstreamRequest,
) -> Result<Answer, Rejection> {
    let UpstreamRequest { line, mut parts, body } = message;
    // A body is counted until the answer is there.
    let _claim = match body {
        RequestBody::Read(bytes, claim) => {
            parts.body = bytes;
            claim
        }
        RequestBody::Spooled(spool) => {
            parts.spool = Some(*spool);
            None
        }
    };
    shared.backends.exchange(line, parts).map_err(|error| {
        log(format_args!("a request was not answered: {error}"));
        UNAVAILABLE
    })
}

/// Writes an answer, with its length and with what it says of the connection.
pub(super) fn send_answer(
    connection: &Connection,
    answer: &Answer,
    bodyless: bool,
    persistence: Persistence,
) -> Result<(), End> {
    // Neither has a body, and only the second may have a length: that of the answer that is known (RFC 9110, 8.6).
    let length = match answer.status {
        204 | 304 => String::new(),
        // It names another protocol (RFC 9110, 7.8).
        426 => format!("Content-Length: {}\r\nConnection: Upgrade\r\n", answer.body.len()),
        _ => format!("Content-Length: {}\r\n", answer.body.len()),
    };
    let tail = format!("{length}{}\r\n", connection_line(persistence));
    let head = [&*answer.head, tail.as_bytes()].into_iter();
    let sent = if bodyless {
        send_pieces(connection, head)
    } else {
        send_pieces(connection, head.chain([&*answer.body]))
    };
    sent.map_err(|_| End::Quiet)
}

/// The header that says whether the connection goes on.
pub(super) fn connection_line(persistence: Persistence) -> &'static str {
    match persistence {
        Persistence::Close => CLOSE,
        Persistence::Keep => "",
        Persistence::KeepIfTold => "Connection: keep-alive\r\n",
    }
}

/// Units of a budget for a connection, which waits for them a little.
pub(super) fn claim(
    budget: &Arc<Budget>,
    client: Client,
    units: usize,
    connection: &Arc<Connection>,
) -> Result<Claim, End> {
    let holder = Arc::clone(connection) as Arc<dyn Revocable>;
    connection.go_on(Phase::Queued);
    let claim = budget.claim(client, units, holder, ROOM_TIME)?;
    if connection.go_on(Phase::Waiting) { Ok(claim) } else { Err(UNAVAILABLE.into()) }
}

/// A request for the application.
pub(super) struct UpstreamRequest<'a> {
    pub(super) line: &'a RequestLine,
    pub(super) parts: Box<RequestParts>,
    pub(super) body: RequestBody,
}

/// A request's body.
pub(super) enum RequestBody {
    /// With what is counted for it.
    Read(Vec<u8>, Option<Claim>),
    Spooled(Box<Spool>),
}

impl RequestBody {
    pub(super) const NONE: Self = Self::Read(Vec::new(), None);
}

#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn read_body(
    shared: &DoorState,
    admitted: &Admitted,
    inbox: &mut ReadBuffer,
    head: &Head,
    client: Client,
) -> Result<RequestBody, End> {
    let connection = &*admitted.connection;
    let most = match head.framing {
        Framing::Length(0) => return Ok(RequestBody::NONE),
        Framing::Length(length) => usize::try_from(length).map_err(|_| BODY_TOO_LARGE)?,
        Framing::Chunked => BODY_MAX,
    };
    let claim = claim(&shared.bodies, client, most, &admitted.connection)?;
    if head.expects_continue && inbox.waiting.is_empty() {
        send(connection, b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| End::Quiet)?;
    }
    let patience = Patience::Until(Instant::now() + BODY_TIME);
    let read = match head.framing {
        Framing::Length(length) => {
            let mut body = Vec::new();
            let reader = inbox.reader(patience, length);
            reader.take(length).read_to_end(&mut body).map(|_| body)
        }
        Framing::Chunked => chunked::read(&mut inbox.reader(patience, CHUNKED_MAX), BODY_MAX),
    };
    let bytes = read.map_err(|error| match error.kind() {
        _ if connection.is_revoked() => UNAVAILABLE,
        ErrorKind::TimedOut => TIMEOUT,
        ErrorKind::FileTooLarge => BODY_TOO_LARGE,
        _ => BAD,
    })?;
    claim.set(bytes.len());
    Ok(RequestBody::Read(bytes, Some(claim)))
}

/// Writes all of this, as long as the client takes it.
pub(super) fn send(connection: &Connection, bytes: &[u8]) -> Result<(), ReadError> {
    send_pieces(connection, [bytes].into_iter())
}

pub(super) fn send_pieces<'a>(
    connection: &Connection,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Result<(), ReadError> {
    let start = Instant::now();
    let mut pieces = pieces.map(IoSlice::new).collect::<Vec<_>>();
    let sent = write_all(&connection.socket, &mut pieces, |progress| {
        progress.elapsed() < STALL_TIME && start.elapsed() < ANSWER_TIME
    });
    if sent.is_err() {
        send_reset(connection);
    }
    sent
}

/// What the system still keeps for this client goes as well when the connection is closed; if not, it goes later.
pub(super) fn send_reset(connection: &Connection) {
    let _ = SockRef::from(&connection.socket).set_linger(Some(Duration::ZERO));
}
