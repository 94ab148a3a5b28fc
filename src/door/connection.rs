//! One connection's life: requests in, one after the other, and their answers out.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backend::{BackendResponse, Handover};
use super::head::{
    BAD, BODY_TOO_LARGE, Framing, HEAD_TOO_LARGE, Head, Persistence, Rejection, TARGET_TOO_LONG, TIMEOUT,
    UNAVAILABLE, end_of_head,
};
use super::limits::{
    ANSWER_RESERVED, ANSWER_TIME, BODY_MAX, BODY_TIME, CHUNKED_MAX, HEAD_MAX, HEAD_TIME, IDLE_TIME,
    QUEUE_TIME, RETRY_AFTER, ROOM_TIME, STALL_TIME,
};
use super::stream::{Patience, ReadBuffer, ReadError, close_gently, write_all};
use super::table::{Connection, Phase};
use super::{Admitted, DoorState, chunked, download, upload};
use crate::fair::{Budget, Claim, Client, Overloaded, Revocable};
use crate::internal_headers::{self, SPOOL};
use crate::log::log;
use crate::transfer::Spool;
use socket2::SockRef;

/// The header that goes with the last answer.
const CLOSE: &[u8] = b"Connection: close\r\n";

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

/// Serves requests until one side has enough. Gives the ticket of a stream that follows.
pub(super) fn serve(shared: &DoorState, admitted: &Admitted) -> Option<u64> {
    let connection = &*admitted.connection;
    let mut inbox = ReadBuffer::new(&connection.socket);
    let end = if connection.is_revoked() {
        UNAVAILABLE.into()
    } else {
        let mut patience = HEAD_TIME;
        loop {
            if let Err(end) = exchange(shared, admitted, &mut inbox, patience) {
                break end;
            }
            patience = IDLE_TIME;
        }
    };
    match end {
        End::Stream(ticket) => return Some(ticket),
        End::Done => close_gently(&connection.socket, inbox.unread),
        End::Quiet => {}
        End::Rejected(rejection) => {
            // A client that does not take it is closed all the same.
            let _ = send(connection, &refusal(rejection));
            close_gently(&connection.socket, inbox.unread);
        }
    }
    None
}

/// One request and its answer; what it ends with, if no other may follow.
fn exchange(
    shared: &DoorState,
    admitted: &Admitted,
    inbox: &mut ReadBuffer,
    patience: Duration,
) -> Result<(), End> {
    let connection = &*admitted.connection;
    let head = read_head(shared, connection, inbox, patience)?;
    let client = Client::new(head.from, shared.members.member(&head.cookies));
    shared.table.identify(admitted.id, client);
    let receive = if head.upload { upload::receive } else { read_body };
    let body = receive(shared, admitted, inbox, &head, client)?;
    // Room for the answer before anything is done for it.
    let room = claim(&shared.answers, client, ANSWER_RESERVED, &admitted.connection)?;
    let persistence = head.persistence;
    let message = UpstreamRequest { canonical: head.canonical, bodyless: head.bodyless, body };
    let response = ask(shared, connection, client, message)?;
    room.set(response.bytes.len());
    let staying = shared.table.set_busy(connection, true);
    let persistence = if staying { persistence } else { Persistence::Close };
    match response.handover {
        Some(Handover::Stream(ticket)) => return Err(begin_stream(shared, connection, &response, ticket)),
        Some(Handover::File(ticket)) => {
            download::send_file(shared, admitted, &response, ticket, persistence)?;
        }
        Some(Handover::Spool(_)) | None => send_answer(connection, response, persistence)?,
    }
    let staying = shared.table.set_busy(connection, false) && connection.go_on(Phase::Waiting);
    if staying && persistence != Persistence::Close { Ok(()) } else { Err(End::Done) }
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

/// Writes the head and the beginning of a stream. It ends with the connection, so it has no length.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn begin_stream(shared: &DoorState, connection: &Connection, answer: &BackendResponse, ticket: u64) -> End {
    let mut bytes = head_without(answer, internal_headers::STREAM);
    bytes.extend_from_slice(CLOSE);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&answer.bytes[answer.head..]);
    if send(connection, &bytes).is_ok() {
        End::Stream(ticket)
    } else {
        shared.live.cancel(ticket);
        End::Quiet
    }
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

/// Waits for a whole head. A connection that says nothing ends without a word.
fn read_head(
    shared: &DoorState,
    connection: &Connection,
    inbox: &mut ReadBuffer,
    patience: Duration,
) -> Result<Head, End> {
    if inbox.waiting.is_empty() {
        inbox.waiting = Vec::new();
        // One that gives way now had nothing under way, and needs no word.
        inbox.more(Instant::now() + patience).map_err(|_| End::Quiet)?;
    }
    if !shared.table.set_busy(connection, true) {
        // It came just as snug stopped.
        return Err(End::Quiet);
    }
    let deadline = Instant::now() + HEAD_TIME;
    let mut searched = 0;
    loop {
        // Empty lines before a request are no request (RFC 9112, 2.2).
        let blank = inbox.waiting.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if searched == 0 && blank > 0 {
            inbox.waiting.drain(..blank);
        }
        let end = end_of_head(&inbox.waiting, searched);
        if end.unwrap_or(inbox.waiting.len()) > HEAD_MAX {
            return Err(too_large(&inbox.waiting).into());
        }
        if let Some(end) = end {
            let bytes = inbox.take(end);
            return Ok(Head::parse(&bytes, connection.peer, &shared.limits.trusted)?);
        }
        searched = inbox.waiting.len();
        match inbox.more(deadline) {
            Ok(()) => {}
            Err(ReadError::TimedOut) => return Err(TIMEOUT.into()),
            Err(ReadError::Gone) if connection.is_revoked() => return Err(UNAVAILABLE.into()),
            Err(ReadError::Gone) => return Err(End::Quiet),
        }
    }
}

fn too_large(head: &[u8]) -> Rejection {
    if head[..HEAD_MAX].contains(&b'\n') { HEAD_TOO_LARGE } else { TARGET_TOO_LONG }
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

#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn refusal(rejection: Rejection) -> Vec<u8> {
    let Rejection { status, reason, advice } = rejection;
    let retry = if status == 503 { format!("Retry-After: {RETRY_AFTER}\r\n") } else { String::new() };
    let common =
        internal_headers::ON_ALL_ANSWERS.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{status} {reason}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"></head>\n\
         <body><main><h1>{status} {reason}</h1>\n<p>{advice}</p></main></body></html>\n"
    );
    let length = body.len();
    format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {length}\r\n{common}{retry}Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}
