//! A client's socket, with patience that ends.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::limits::{DRAIN_MAX, DRAIN_TIME, PACE, PACE_TIME, UPLOAD_DRAIN_MAX, UPLOAD_DRAIN_TIME};

/// Bytes that are taken from the socket at once. Small, as they stand on each client's stack.
const READ: usize = 1024;

/// Bytes from the client, those that were read and not used kept for the next request.
pub(super) struct ReadBuffer<'a> {
    socket: &'a TcpStream,
    /// Allocated when there is something to put in, and given back when it is empty.
    pub(super) waiting: Vec<u8>,
    /// Bytes of a body that are not read yet, as far as is known.
    pub(super) unread: u64,
}

/// How long bytes are waited for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    Until(Instant),
    /// Until then; each [`PACE`] bytes give [`PACE_TIME`] more. With the bytes since the last time.
    Paced(Instant, usize),
}

impl Patience {
    /// As long as bytes go through fast enough.
    pub(super) fn paced() -> Self {
        Self::Paced(Instant::now() + PACE_TIME, 0)
    }

    pub(super) fn deadline(self) -> Instant {
        match self {
            Self::Until(deadline) | Self::Paced(deadline, _) => deadline,
        }
    }

    pub(super) fn is_over(self) -> bool {
        self.deadline() <= Instant::now()
    }

    /// So many bytes went through.
    pub(super) fn progress(&mut self, count: usize) {
        if let Self::Paced(_, since) = self {
            *since += count;
            if *since >= PACE {
                *self = Self::paced();
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// The client closed its side, or the connection broke.
    Gone,
    /// The time was over.
    TimedOut,
}

impl From<ReadError> for io::Error {
    fn from(silence: ReadError) -> Self {
        match silence {
            ReadError::Gone => ErrorKind::UnexpectedEof.into(),
            ReadError::TimedOut => ErrorKind::TimedOut.into(),
        }
    }
}

impl<'a> ReadBuffer<'a> {
    pub(super) fn new(socket: &'a TcpStream) -> Self {
        Self { socket, waiting: Vec::new(), unread: 0 }
    }

    /// Waits for more bytes, until `deadline`.
    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    pub(super) fn more(&mut self, deadline: Instant) -> Result<(), ReadError> {
        let mut bytes = [0; READ];
        let read = read_until(self.socket, &mut bytes, deadline)?;
        self.waiting.extend_from_slice(&bytes[..read]);
        Ok(())
    }

    /// Takes the first `count` bytes away.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.waiting.split_off(count);
        std::mem::replace(&mut self.waiting, rest)
    }

    /// Reads what comes next as it comes, and at most `limit` bytes.
    pub(super) fn reader(&mut self, patience: Patience, limit: u64) -> BufferedReader<'_, 'a> {
        BufferedReader { inbox: self, patience, left: limit, used: 0 }
    }
}

/// See [`ReadBuffer::reader`]. The end of the stream is an error: a body says how long it is.
pub(super) struct BufferedReader<'r, 'a> {
    inbox: &'r mut ReadBuffer<'a>,
    patience: Patience,
    left: u64,
    used: usize,
}

impl Read for BufferedReader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let limit = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if self.used == self.inbox.waiting.len() {
            self.inbox.waiting.clear();
            self.used = 0;
            if limit >= READ {
                // Nothing beyond the limit is read, so nothing has to wait for the next request.
                let count = read_until(self.inbox.socket, &mut buffer[..limit], self.patience.deadline())?;
                self.left -= count as u64;
                self.patience.progress(count);
                return Ok(count);
            }
            self.inbox.more(self.patience.deadline())?;
        }
        let waiting = &self.inbox.waiting[self.used..];
        let count = waiting.len().min(limit);
        buffer[..count].copy_from_slice(&waiting[..count]);
        self.used += count;
        self.left -= count as u64;
        self.patience.progress(count);
        Ok(count)
    }
}

impl Drop for BufferedReader<'_, '_> {
    fn drop(&mut self) {
        self.inbox.waiting.drain(..self.used);
    }
}

fn read_until(mut socket: &TcpStream, bytes: &mut [u8], deadline: Instant) -> Result<usize, ReadError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ReadError::TimedOut);
        }
        socket.set_read_timeout(Some(left)).map_err(|_| ReadError::Gone)?;
        match socket.read(bytes) {
            Ok(0) => return Err(ReadError::Gone),
            Ok(count) => return Ok(count),
            Err(error) if is_wait(error.kind()) => {}
            Err(_) => return Err(ReadError::Gone),
        }
    }
}

/// Whether nothing went through, and may still.
pub(super) fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Writes all of `pieces` to a socket whose write timeout is a short tick. After each tick without
/// progress, and after each piece, `patient` is asked whether to go on; it is given the time of
/// the last progress.
pub(super) fn write_all(
    mut socket: &TcpStream,
    mut pieces: &mut [IoSlice],
    patient: impl Fn(Instant) -> bool,
) -> Result<(), ReadError> {
    let mut progress = Instant::now();
    // Those without a byte would be taken for a connection that is gone.
    IoSlice::advance_slices(&mut pieces, 0);
    while !pieces.is_empty() {
        match socket.write_vectored(pieces) {
            Ok(0) => return Err(ReadError::Gone),
            Ok(count) => {
                IoSlice::advance_slices(&mut pieces, count);
                progress = Instant::now();
            }
            Err(error) if is_wait(error.kind()) => {}
            Err(_) => return Err(ReadError::Gone),
        }
        if !pieces.is_empty() && !patient(progress) {
            return Err(ReadError::TimedOut);
        }
    }
    Ok(())
}

/// Ends a connection so that the client gets to see the last answer: a socket that is closed with
/// bytes unread sends a reset, which can overtake what was written. `unread`: of a body, as far as is known.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn close_gently(socket: &TcpStream, unread: u64) {
    if socket.shutdown(Shutdown::Write).is_err() {
        return;
    }
    if unread > DRAIN_MAX {
        drain(socket, unread.min(UPLOAD_DRAIN_MAX), UPLOAD_DRAIN_TIME, &mut vec![0; PACE]);
    }
    drain(socket, DRAIN_MAX, DRAIN_TIME, &mut [0; READ]);
}

/// Reads (and throws away) so many bytes, if they come.
fn drain(socket: &TcpStream, most: u64, time: Duration, bytes: &mut [u8]) {
    let deadline = Instant::now() + time;
    let mut drained = 0;
    while drained < most {
        match read_until(socket, bytes, deadline) {
            Ok(count) => drained += count as u64,
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_enough_bytes_give_more_time() {
        let soon = Instant::now();
        let mut patience = Patience::Paced(soon, 0);
        for _ in 0..2 {
            patience.progress(PACE / 2 - 1);
        }
        assert_eq!(patience.deadline(), soon);
        patience.progress(2);
        assert!(patience.deadline() > soon && !patience.is_over());
        let mut until = Patience::Until(soon);
        until.progress(10 * PACE);
        assert!(until.deadline() == soon && until.is_over());
    }
}
