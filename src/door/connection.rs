//! One connection's life: requests in, one after the other, and their answers out.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use super::backend::Answer;
use super::head::{
    BAD, BODY_TOO_LARGE, Framing, HEAD_TOO_LARGE, Head, Persistence, Rejection, TARGET_TOO_LONG, TIMEOUT,
    UNAVAILABLE, end_of_head,
};
use super::limits::{
    ANSWER_TIME, ANSWERS_MAX, BODY_MAX, BODY_TIME, CHUNKED_MAX, CROWDED_TIME, HEAD_MAX, HEAD_TIME, IDLE_TIME,
    RETRY_AFTER, ROOM_TIME, STALL_TIME, WRITE_TICK,
};
use super::stream::{Inbox, Silence, close_gently, write_all};
use super::table::Connection;
use super::{Shared, chunked};
use crate::log::log;
use crate::wire;
use socket2::SockRef;

/// The header that goes with the last answer.
const CLOSE: &[u8] = b"Connection: close\r\n";

/// Why a connection ends.
enum End {
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

/// Serves requests until one side has enough. Gives the ticket of a stream that follows.
pub(super) fn serve(shared: &Shared, connection: &Connection) -> Option<u64> {
    let mut inbox = Inbox::new(&connection.socket);
    let end = if connection.is_turned_away() {
        UNAVAILABLE.into()
    } else {
        let mut patience = HEAD_TIME;
        loop {
            if let Err(end) = exchange(shared, connection, &mut inbox, patience) {
                break end;
            }
            patience = IDLE_TIME;
        }
    };
    match end {
        End::Stream(ticket) => return Some(ticket),
        End::Done => close_gently(&connection.socket),
        End::Quiet => {}
        End::Rejected(rejection) => {
            // A client that does not take it is closed all the same.
            let _ = send(shared, connection, &refusal(rejection));
            close_gently(&connection.socket);
        }
    }
    None
}

/// One request and its answer; what it ends with, if no other may follow.
fn exchange(
    shared: &Shared,
    connection: &Connection,
    inbox: &mut Inbox,
    patience: Duration,
) -> Result<(), End> {
    let head = read_head(shared, connection, inbox, patience)?;
    let body = read_body(shared, connection, inbox, &head)?;
    let mut request = head.canonical;
    request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(&body);
    drop(body);

    if !shared.answers.wait_below(ANSWERS_MAX, ROOM_TIME) {
        return Err(UNAVAILABLE.into());
    }
    let answer = shared.backends.exchange(&request, head.bodyless);
    drop(request);
    let answer = answer.map_err(|error| {
        log(format_args!("a request was not answered: {error}"));
        UNAVAILABLE
    })?;
    let staying = shared.table.set_busy(connection, true);
    let persistence = if staying && answer.stream.is_none() { head.persistence } else { Persistence::Close };
    if let Some(ticket) = answer.stream {
        return Err(begin_stream(shared, connection, &answer, ticket));
    }
    let connection_line: &[u8] = match persistence {
        Persistence::Close => CLOSE,
        Persistence::Keep => b"",
        Persistence::KeepIfTold => b"Connection: keep-alive\r\n",
    };
    let mut bytes = answer.bytes;
    // Before the empty line that ends the head.
    let end_of_fields = answer.head - 2;
    bytes.splice(end_of_fields..end_of_fields, connection_line.iter().copied());
    send(shared, connection, &bytes).map_err(|_| End::Quiet)?;
    let staying = shared.table.set_busy(connection, false);
    if staying && persistence != Persistence::Close { Ok(()) } else { Err(End::Done) }
}

/// Writes the head and the beginning of a stream. It ends with the connection, so it has no length.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn begin_stream(shared: &Shared, connection: &Connection, answer: &Answer, ticket: u64) -> End {
    let (head, beginning) = answer.bytes.split_at(answer.head);
    let mut bytes = Vec::with_capacity(answer.bytes.len() + CLOSE.len());
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        if name == b"\r\n" {
            bytes.extend_from_slice(CLOSE);
        }
        let inner = [wire::STREAM, "Content-Length"];
        if !inner.iter().any(|inner| name.eq_ignore_ascii_case(inner.as_bytes())) {
            bytes.extend_from_slice(line);
        }
    }
    bytes.extend_from_slice(beginning);
    if send(shared, connection, &bytes).is_ok() {
        End::Stream(ticket)
    } else {
        shared.live.cancel(ticket);
        End::Quiet
    }
}

/// Waits for a whole head. A connection that says nothing ends without a word.
fn read_head(
    shared: &Shared,
    connection: &Connection,
    inbox: &mut Inbox,
    patience: Duration,
) -> Result<Head, End> {
    if inbox.waiting.is_empty() {
        inbox.waiting = Vec::new();
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
        if let Some(end) = end_of_head(&inbox.waiting, searched) {
            if end > HEAD_MAX {
                return Err(too_large(&inbox.waiting).into());
            }
            let bytes = inbox.take(end);
            return Ok(Head::parse(&bytes, connection.peer, &shared.limits.trusted)?);
        }
        if inbox.waiting.len() > HEAD_MAX {
            return Err(too_large(&inbox.waiting).into());
        }
        searched = inbox.waiting.len();
        match inbox.more(deadline) {
            Ok(()) => {}
            Err(Silence::TimedOut) => return Err(TIMEOUT.into()),
            Err(Silence::Gone) => return Err(End::Quiet),
        }
    }
}

/// Which part of an oversized head it is.
fn too_large(head: &[u8]) -> Rejection {
    if head[..HEAD_MAX].contains(&b'\n') { HEAD_TOO_LARGE } else { TARGET_TOO_LONG }
}

#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn read_body(
    shared: &Shared,
    connection: &Connection,
    inbox: &mut Inbox,
    head: &Head,
) -> Result<Vec<u8>, End> {
    if head.framing == Framing::Length(0) {
        return Ok(Vec::new());
    }
    if head.expects_continue && inbox.waiting.is_empty() {
        send(shared, connection, b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| End::Quiet)?;
    }
    let deadline = Instant::now() + BODY_TIME;
    let read = match head.framing {
        Framing::Length(length) => {
            let mut body = Vec::new();
            let reader = inbox.reader(deadline, length);
            reader.take(length as u64).read_to_end(&mut body).map(|_| body)
        }
        Framing::Chunked => chunked::read(&mut inbox.reader(deadline, CHUNKED_MAX), BODY_MAX),
    };
    read.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => TIMEOUT.into(),
        ErrorKind::FileTooLarge => BODY_TOO_LARGE.into(),
        _ => BAD.into(),
    })
}

/// Writes an answer, as long as the client takes it.
fn send(shared: &Shared, connection: &Connection, bytes: &[u8]) -> Result<(), Silence> {
    let _held = shared.answers.hold(bytes.len());
    let start = Instant::now();
    let sent = write_all(&connection.socket, bytes, |progress| {
        let crowded = shared.answers.reaches(ANSWERS_MAX);
        let (stall, whole) = if crowded { (WRITE_TICK, CROWDED_TIME) } else { (STALL_TIME, ANSWER_TIME) };
        progress.elapsed() < stall && start.elapsed() < whole
    });
    if sent == Err(Silence::TimedOut) {
        // What the system still keeps for this client goes as well; if not, it goes later.
        let _ = SockRef::from(&connection.socket).set_linger(Some(Duration::ZERO));
    }
    sent
}

#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn refusal(rejection: Rejection) -> Vec<u8> {
    let Rejection { status, reason } = rejection;
    let retry = if status == 503 { format!("Retry-After: {RETRY_AFTER}\r\n") } else { String::new() };
    let body = format!("{status} {reason}\n");
    let length = body.len();
    format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {length}\r\n{retry}Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}
