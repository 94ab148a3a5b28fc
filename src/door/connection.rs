//! One connection's life: requests in, one after the other, and their answers out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::command::CommandSource;
use super::head::{Head, Persistence, end_of_head};
use super::limits::{ANSWER_RESERVED, HEAD_MAX, HEAD_TIME, IDLE_TIME, RETRY_AFTER};
use super::rejection::{HEAD_TOO_LARGE, Rejection, TARGET_TOO_LONG, TIMEOUT, UNAVAILABLE};
use super::steps::{
    CLOSE, End, HeldStream, UpstreamRequest, ask, claim, read_body, send, send_answer, send_pieces,
};
use super::stream::{ReadBuffer, ReadError, close_gently};
use super::table::{Connection, Phase};
use super::{Admitted, DoorState, download, upload};
use crate::exchange::{Answer, Handover, ON_ALL_ANSWERS, SocketSeat};
use crate::fair::Client;
use crate::live::SocketArrival;
use crate::network::Origin;

/// Serves requests until one side has enough. Gives the stream that follows.
pub(super) fn serve(shared: &Arc<DoorState>, admitted: &Admitted) -> Option<HeldStream> {
    let connection = &*admitted.connection;
    let mut inbox = ReadBuffer::new(&connection.socket);
    let end = if connection.is_revoked() {
        UNAVAILABLE.into()
    } else {
        let mut patience = HEAD_TIME;
        loop {
            let head = read_head(shared, connection, &mut inbox, patience);
            if let Err(end) = head.and_then(|head| exchange(shared, admitted, &mut inbox, &head)) {
                break end;
            }
            patience = IDLE_TIME;
        }
    };
    match end {
        End::Stream(stream) => return Some(stream),
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

/// The rest of a request, and its answer; what it ends with, if no other may follow.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn exchange(
    shared: &Arc<DoorState>,
    admitted: &Admitted,
    inbox: &mut ReadBuffer,
    head: &Head,
) -> Result<(), End> {
    let connection = &*admitted.connection;
    let client = Client::new(head.origin.from, shared.members.member(&head.cookies()));
    shared.table.identify(admitted.id, client);
    let receive = if head.upload { upload::receive } else { read_body };
    let body = receive(shared, admitted, inbox, head, client)?;
    // Room for the answer before anything is done for it.
    let room = claim(&shared.answers, client, ANSWER_RESERVED, &admitted.connection)?;
    let message = UpstreamRequest { parts: head.parts(), line: &head.line, body };
    let mut answer = ask(shared, connection, client, message)?;
    room.set(answer.head.len() + answer.body.len());
    let staying = shared.table.set_busy(connection, true);
    let persistence = if staying { head.persistence } else { Persistence::Close };
    if let Some(Handover::Socket(seat)) = &mut answer.handover {
        let seat = seat.take();
        return Err(begin_socket(shared, (connection, inbox), (head, client), &answer, seat));
    }
    match &answer.handover {
        Some(Handover::Stream(ticket)) => return Err(begin_stream(shared, connection, &answer, *ticket)),
        Some(Handover::File(download)) => {
            download::send_file(admitted, &answer, download, (head.bodyless, persistence))?;
        }
        Some(Handover::Socket(_) | Handover::Spool(_)) | None => {
            send_answer(connection, &answer, head.bodyless, persistence)?;
        }
    }
    let staying = shared.table.set_busy(connection, false) && connection.go_on(Phase::Waiting);
    if staying && persistence != Persistence::Close { Ok(()) } else { Err(End::Done) }
}

/// Writes the head and the beginning of a stream. It ends with the connection, so it has no length.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn begin_stream(shared: &DoorState, connection: &Connection, answer: &Answer, ticket: u64) -> End {
    let head = [&*answer.head, CLOSE.as_bytes(), b"\r\n"].into_iter();
    if send_pieces(connection, head.chain([&*answer.body])).is_ok() {
        End::Stream((ticket, None))
    } else {
        shared.live.cancel(ticket);
        End::Quiet
    }
}

/// Writes the head of a WebSocket's handshake, and its first frames. Without a seat, they are the last.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn begin_socket(
    shared: &Arc<DoorState>,
    (connection, inbox): (&Connection, &mut ReadBuffer),
    (head, client): (&Head, Client),
    answer: &Answer,
    seat: Option<SocketSeat>,
) -> End {
    let begun = [&*answer.head, b"Connection: Upgrade\r\n\r\n", &*answer.body].into_iter();
    let begun = send_pieces(connection, begun);
    match (begun, seat) {
        (Ok(()), Some(SocketSeat { ticket, headers })) => {
            let path = head.line.target.split('?').next().unwrap_or_default().to_owned();
            let Origin { from, https } = head.origin;
            let source = CommandSource { door: Arc::downgrade(shared), client, path, headers, from, https };
            let said = std::mem::take(&mut inbox.waiting);
            End::Stream((ticket, Some(Box::new(SocketArrival { client: Arc::new(source), said }))))
        }
        (Ok(()), None) => End::Done,
        (Err(_), seat) => {
            if let Some(SocketSeat { ticket, .. }) = seat {
                shared.live.cancel(ticket);
            }
            End::Quiet
        }
    }
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

#[inline(never)] // Stack for this only while it runs: see limits::STACK.
fn refusal(rejection: Rejection) -> Vec<u8> {
    let Rejection { status, reason, advice } = rejection;
    let retry = if status == 503 { format!("Retry-After: {RETRY_AFTER}\r\n") } else { String::new() };
    let common = ON_ALL_ANSWERS.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
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
