//! A client's socket, with patience that ends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use super::limits::{DRAIN_MAX, DRAIN_TIME};

/// Bytes that are taken from the socket at once. Small, as they stand on each client's stack.
const READ: usize = 1024;

/// Bytes from the client, those that were read and not used kept for the next request.
pub(super) struct ReadBuffer<'a> {
    socket: &'a TcpStream,
    /// Allocated when there is something to put in, and given back when it is empty.
    pub(super) waiting: Vec<u8>,
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
        Self { socket, waiting: Vec::new() }
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

    /// Reads what comes next as it comes, until `deadline` and at most `limit` bytes.
    pub(super) fn reader(&mut self, deadline: Instant, limit: usize) -> BufferedReader<'_, 'a> {
        BufferedReader { inbox: self, deadline, left: limit, used: 0 }
    }
}

/// See [`ReadBuffer::reader`]. The end of the stream is an error: a body says how long it is.
pub(super) struct BufferedReader<'r, 'a> {
    inbox: &'r mut ReadBuffer<'a>,
    deadline: Instant,
    left: usize,
    used: usize,
}

impl Read for BufferedReader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let limit = buffer.len().min(self.left);
        if self.used == self.inbox.waiting.len() {
            self.inbox.waiting.clear();
            self.used = 0;
            if limit >= READ {
                // Nothing beyond the limit is read, so nothing has to wait for the next request.
                let count = read_until(self.inbox.socket, &mut buffer[..limit], self.deadline)?;
                self.left -= count;
                return Ok(count);
            }
            self.inbox.more(self.deadline)?;
        }
        let waiting = &self.inbox.waiting[self.used..];
        let count = waiting.len().min(limit);
        buffer[..count].copy_from_slice(&waiting[..count]);
        self.used += count;
        self.left -= count;
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

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Writes all of `bytes` to a socket whose write timeout is a short tick. After each tick without
/// progress, and after each piece, `patient` is asked whether to go on; it is given the time of
/// the last progress.
pub(super) fn write_all(
    mut socket: &TcpStream,
    mut bytes: &[u8],
    patient: impl Fn(Instant) -> bool,
) -> Result<(), ReadError> {
    let mut progress = Instant::now();
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(0) => return Err(ReadError::Gone),
            Ok(count) => {
                bytes = &bytes[count..];
                progress = Instant::now();
            }
            Err(error) if is_wait(error.kind()) => {}
            Err(_) => return Err(ReadError::Gone),
        }
        if !bytes.is_empty() && !patient(progress) {
            return Err(ReadError::TimedOut);
        }
    }
    Ok(())
}

/// Ends a connection so that the client gets to see the last answer: a socket that is closed with
/// bytes unread sends a reset, which can overtake what was written.
#[inline(never)] // Stack for this only while it runs: see limits::STACK.
pub(super) fn close_gently(socket: &TcpStream) {
    if socket.shutdown(Shutdown::Write).is_err() {
        return;
    }
    let deadline = Instant::now() + DRAIN_TIME;
    let mut bytes = [0; READ];
    let mut drained = 0;
    while drained < DRAIN_MAX {
        match read_until(socket, &mut bytes, deadline) {
            Ok(count) => drained += count,
            Err(_) => return,
        }
    }
}
