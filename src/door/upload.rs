//! A body that may be a file: the application is asked, and then it is spooled while it arrives.

use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::sync::Arc;

use super::head::{Framing, Head, Persistence};
use super::limits::{ANSWER_RESERVED, BODY_MAX};
use super::rejection::{BAD, BODY_TOO_LARGE, DISK_FULL, Rejection, TIMEOUT, UNAVAILABLE};
use super::steps::{End, RequestBody, UpstreamRequest, ask, claim, read_body, send, send_answer};
use super::stream::{Patience, ReadBuffer};
use super::table::Phase;
use super::{Admitted, DoorState, chunked};
use crate::exchange::{BodyOffer, Handover};
use crate::fair::{Client, Revocable};
use crate::log::log;
use crate::transfer::{PIECE, Spool, Upload};

/// Takes in the body of a request that may hold a file.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn receive(
    shared: &DoorState,
    admitted: &Admitted,
    inbox: &mut ReadBuffer,
    head: &Head,
    client: Client,
) -> Result<RequestBody, End> {
    inbox.unread = match head.framing {
        Framing::Length(length) => length,
        Framing::Chunked => u64::MAX,
    };
    let Some(upload) = offer(shared, admitted, head, client)? else {
        return read_ordinary(shared, admitted, inbox, head, client);
    };
    let spool = spool(admitted, inbox, head, *upload)
        .map_err(|rejection| if admitted.connection.is_revoked() { UNAVAILABLE } else { rejection })?;
    inbox.unread = 0;
    Ok(RequestBody::Spooled(Box::new(spool)))
}

/// Asks the application, by the head alone, whether the body is wanted. Where not, its answer is the last one.
fn offer(
    shared: &DoorState,
    admitted: &Admitted,
    head: &Head,
    client: Client,
) -> Result<Option<Box<Upload>>, End> {
    let room = claim(&shared.answers, client, ANSWER_RESERVED, &admitted.connection)?;
    let length = match head.framing {
        Framing::Length(length) => Some(length),
        Framing::Chunked => None,
    };
    let mut parts = head.parts();
    parts.offer = Some(BodyOffer { length });
    let message = UpstreamRequest { line: &head.line, parts, body: RequestBody::NONE };
    let answer = ask(shared, &admitted.connection, client, message)?;
    if let Some(Handover::Spool(upload)) = answer.handover {
        admitted.connection.go_on(Phase::Waiting);
        return Ok(upload);
    }
    room.set(answer.head.len() + answer.body.len());
    send_answer(&admitted.connection, &answer, head.bodyless, Persistence::Close)?;
    Err(End::Done)
}

/// The body is none that holds files, and has to be as short as any other.
fn read_ordinary(
    shared: &DoorState,
    admitted: &Admitted,
    inbox: &mut ReadBuffer,
    head: &Head,
    client: Client,
) -> Result<RequestBody, End> {
    if matches!(head.framing, Framing::Length(length) if length > BODY_MAX as u64) {
        return Err(BODY_TOO_LARGE.into());
    }
    inbox.unread = 0;
    read_body(shared, admitted, inbox, head, client)
}

fn spool(
    admitted: &Admitted,
    inbox: &mut ReadBuffer,
    head: &Head,
    mut upload: Upload,
) -> Result<Spool, Rejection> {
    if !upload.seat.attach(Arc::clone(&admitted.connection) as Arc<dyn Revocable>) {
        return Err(UNAVAILABLE);
    }
    if head.expects_continue && inbox.waiting.is_empty() {
        send(&admitted.connection, b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| TIMEOUT)?;
    }
    let limit = upload.limit;
    let mut sink = BufWriter::with_capacity(PIECE, &mut upload);
    let copied = match head.framing {
        Framing::Length(length) => {
            let reader = inbox.reader(Patience::paced(), length);
            io::copy(&mut reader.take(length), &mut sink).map(drop)
        }
        // On the wire, chunks of one byte take six.
        Framing::Chunked => {
            chunked::copy(&mut inbox.reader(Patience::paced(), limit.saturating_mul(8)), limit, &mut sink)
        }
    };
    copied.and_then(|()| sink.flush()).map_err(|error| rejection(&error))?;
    drop(sink);
    Ok(upload.finish())
}

/// Why a body could not be spooled: the client's errors are few, and others the disk's.
fn rejection(error: &io::Error) -> Rejection {
    match error.kind() {
        ErrorKind::TimedOut => TIMEOUT,
        ErrorKind::FileTooLarge => BODY_TOO_LARGE,
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData => BAD,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => DISK_FULL,
        _ => {
            log(format_args!("a file that arrived could not be written: {error}"));
            UNAVAILABLE
        }
    }
}
