//! The private connections to the application.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::limits::{BACKEND_IDLE, HEADERS_MAX, QUEUE_TIME, WORK_TIME};
use crate::lock::{lock, wait_timeout};
use crate::wire;

/// How long a new connection has to answer before it counts as stranded, and another is tried.
const PROOF_TIME: Duration = Duration::from_secs(1);
/// How many are tried for one that works.
const PROOF_TRIES: usize = 5;
/// What a new connection is asked; any answer will do.
const PROOF: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: door\r\n\r\n";
/// What is read of an answer at once, until its length is known.
const READ: usize = 4 * 1024;
/// Room for the header that the door adds.
const MARGIN: usize = 64;

/// Lasting connections to `tiny_http`, which answers one request at a time on each.
///
/// They are opened one after the other, each proven by an answer before the next: `tiny_http` can
/// strand connections that are opened together (its pool's count of idle threads lags behind).
pub(super) struct Backends {
    path: PathBuf,
    max: usize,
    /// Guards the pool; no I/O under it.
    pool: Mutex<Pool>,
    changed: Condvar,
}

#[derive(Default)]
struct Pool {
    /// Least recently used first.
    idle: Vec<(UnixStream, Instant)>,
    open: usize,
    opening: bool,
}

/// An answer of the application: its bytes, the first `head` of which are head and empty line.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    pub(super) head: usize,
    /// The ticket for the stream as which it goes on.
    pub(super) stream: Option<u64>,
}

impl Backends {
    /// Connections to the socket at `path`, at most `max`. Opens the first.
    pub(super) fn new(path: PathBuf, max: usize) -> io::Result<Self> {
        let backends = Self { path, max, pool: Mutex::default(), changed: Condvar::new() };
        let first = backends.take(Instant::now() + QUEUE_TIME)?;
        backends.give_back(Some(first));
        Ok(backends)
    }

    /// Sends one canonical request and takes the whole answer. `bodyless`: the answer is a head alone.
    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    pub(super) fn exchange(&self, request: &[u8], bodyless: bool) -> io::Result<Answer> {
        let mut backend = self.take(Instant::now() + QUEUE_TIME)?;
        let answer = exchange(&mut backend, request, bodyless);
        // A connection that failed is out of step: only a whole answer makes it good for another.
        self.give_back(answer.is_ok().then_some(backend));
        answer
    }

    fn take(&self, deadline: Instant) -> io::Result<UnixStream> {
        let mut pool = lock(&self.pool);
        loop {
            if let Some((backend, _)) = pool.idle.pop() {
                return Ok(backend);
            }
            if pool.open < self.max && !pool.opening {
                pool.open += 1;
                pool.opening = true;
                drop(pool);
                let opened = self.open();
                pool = lock(&self.pool);
                pool.opening = false;
                if opened.is_err() {
                    pool.open -= 1;
                }
                self.changed.notify_all();
                return opened;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            pool = wait_timeout(&self.changed, pool, left);
        }
    }

    fn open(&self) -> io::Result<UnixStream> {
        let prove = || {
            let mut backend = UnixStream::connect(&self.path)?;
            backend.set_read_timeout(Some(PROOF_TIME))?;
            backend.set_write_timeout(Some(WORK_TIME))?;
            exchange(&mut backend, PROOF, false)?;
            backend.set_read_timeout(Some(WORK_TIME))?;
            Ok(backend)
        };
        let mut result = prove();
        for _ in 1..PROOF_TRIES {
            if result.is_ok() {
                break;
            }
            result = prove();
        }
        result
    }

    fn give_back(&self, backend: Option<UnixStream>) {
        let mut pool = lock(&self.pool);
        match backend {
            Some(backend) => pool.idle.push((backend, Instant::now())),
            None => pool.open -= 1,
        }
        self.changed.notify_one();
    }

    /// Closes those that were unused for [`BACKEND_IDLE`], but keeps one open.
    pub(super) fn trim(&self) {
        let mut pool = lock(&self.pool);
        let old = pool.idle.iter().take_while(|(_, since)| since.elapsed() > BACKEND_IDLE).count();
        let surplus = old.min(pool.open.saturating_sub(1));
        pool.idle.drain(..surplus);
        pool.open -= surplus;
    }
}

fn exchange(backend: &mut UnixStream, request: &[u8], bodyless: bool) -> io::Result<Answer> {
    backend.write_all(request)?;
    let mut bytes = Vec::new();
    let Measured { head, length, stream } = loop {
        let here = bytes.len();
        bytes.resize(here + READ, 0);
        match backend.read(&mut bytes[here..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => bytes.truncate(here + count),
            Err(error) if error.kind() == ErrorKind::Interrupted => bytes.truncate(here),
            Err(error) => return Err(error),
        }
        if let Some(measured) = measure(&bytes)? {
            break measured;
        }
    };
    let total = head + if bodyless { 0 } else { length };
    let here = bytes.len();
    if here > total {
        return Err(ErrorKind::InvalidData.into());
    }
    bytes.reserve_exact(total - here + MARGIN);
    // Memory is touched as bytes arrive, not before.
    backend.take((total - here) as u64).read_to_end(&mut bytes)?;
    if bytes.len() < total {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Answer { bytes, head, stream })
}

struct Measured {
    head: usize,
    length: usize,
    stream: Option<u64>,
}

/// What an answer's head says, once it is there. Our answers bear a length.
fn measure(bytes: &[u8]) -> io::Result<Option<Measured>> {
    let mut headers = vec![httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut answer = httparse::Response::new(&mut headers);
    match answer.parse(bytes) {
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(head)) => {
            let number = |name: &str| {
                let header = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
                std::str::from_utf8(header.value).ok()?.parse::<u64>().ok()
            };
            let length = number("content-length").and_then(|length| usize::try_from(length).ok());
            let length = length.ok_or(ErrorKind::InvalidData)?;
            Ok(Some(Measured { head, length, stream: number(wire::STREAM) }))
        }
        Err(_) => Err(ErrorKind::InvalidData.into()),
    }
}
