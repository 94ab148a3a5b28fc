//! Steps in the life of a connection, of which each kind of request takes some.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backend::BackendResponse;
use super::head::{BAD, BODY_TOO_LARGE, Framing, Head, Persistence, Rejection, TIMEOUT, UNAVAILABLE};
use super::limits::{ANSWER_TIME, BODY_MAX, BODY_TIME, CHUNKED_MAX, QUEUE_TIME, ROOM_TIME, STALL_TIME};
use super::stream::{Patience, ReadBuffer, ReadError, write_all};
use super::table::{Connection, Phase};
use super::{Admitted, DoorState, chunked};
use crate::fair::{Budget, Claim, Client, Overloaded, Revocable};
use crate::internal_headers::SPOOL;
use crate::log::log;
use crate::transfer::Spool;
use socket2::SockRef;

/// The header that goes with the last answer.
pub(super) const CLOSE: &[u8] = b"Connection: close\r\n";

pub(super) enum End {
    /// Nothing is left to say.
    Quiet,
    /// Both sides know that this was the last answer.
    Done,
    /// The client is told why.
    Rejected(Rejection),
    /// It goes on as a stream, with this ticket.
    Stream(u64),
}

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
) -> Result<BackendResponse, End> {
    connection.go_on(Phase::Queued);
    let _turn = shared.turns.acquire_within(client, QUEUE_TIME)?;
    if !connection.go_on(Phase::Working) {
        return Err(UNAVAILABLE.into());
    }
    let UpstreamRequest { canonical: mut request, bodyless, body } = message;
    // What the application has of it is counted until it answers, and what it does not take is let go of.
    let (_claim, _delivery);
    match body {
        RequestBody::Read(bytes, claim) => {
            request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", bytes.len()).as_bytes());
            request.extend_from_slice(&bytes);
            _claim = claim;
        }
        RequestBody::Spooled(spool) => {
            let delivery = shared.transfers.deliver(spool);
            request.extend_from_slice(
                format!("{SPOOL}: {}\r\nContent-Length: 0\r\n\r\n", delivery.ticket).as_bytes(),
            );
            _delivery = delivery;
        }
    }
    let answer = shared.backends.exchange(&request, bodyless).map_err(|error| {
        log(format_args!("a request was not answered: {error}"));
        UNAVAILABLE
    });
    connection.go_on(Phase::Answering);
    Ok(answer?)
}

/// Writes an answer, with what it says of the connection.
pub(super) fn send_answer(
    connection: &Connection,
    response: BackendResponse,
    persistence: Persistence,
) -> Result<(), End> {
    let mut bytes = response.bytes;
    // Before the empty line that ends the head.
    let end_of_fields = response.head - 2;
    bytes.splice(end_of_fields..end_of_fields, connection_line(persistence).iter().copied());
    send(connection, &bytes).map_err(|_| End::Quiet)
}

/// The header that says whether the connection goes on.
pub(super) fn connection_line(persistence: Persistence) -> &'static [u8] {
    match persistence {
        Persistence::Close => CLOSE,
        Persistence::Keep => b"",
        Persistence::KeepIfTold => b"Connection: keep-alive\r\n",
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

/// An answer's lines but for this one, its length and the empty one.
pub(super) fn head_without(answer: &BackendResponse, inner: &str) -> Vec<u8> {
    let mut lines = Vec::with_capacity(answer.bytes.len() + CLOSE.len());
    for line in answer.bytes[..answer.head - 2].split_inclusive(|&byte| byte == b'\n') {
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        if ![inner, "Content-Length"].iter().any(|inner| name.eq_ignore_ascii_case(inner.as_bytes())) {
            lines.extend_from_slice(line);
        }
    }
    lines
}

/// A request for the application: its head, without a length and the last line end, and its body.
pub(super) struct UpstreamRequest {
    pub(super) canonical: Vec<u8>,
    /// Whether the answer has no body.
    pub(super) bodyless: bool,
    pub(super) body: RequestBody,
}

/// A request's body.
pub(super) enum RequestBody {
    /// With what is counted for it.
    Read(Vec<u8>, Option<Claim>),
    Spooled(Spool),
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

/// Writes an answer, as long as the client takes it.
pub(super) fn send(connection: &Connection, bytes: &[u8]) -> Result<(), ReadError> {
    let start = Instant::now();
    let sent = write_all(&connection.socket, bytes, |progress| {
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
