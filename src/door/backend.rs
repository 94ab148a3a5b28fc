//! The private connections to the application.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::limits::{BACKEND_IDLE, HEADERS_MAX, QUEUE_TIME, WORK_TIME};
use crate::internal_headers;
use crate::lock::{lock, wait_timeout};
use crate::log::log;

/// Time that a new connection has to answer before it counts as stranded, and another is tried.
const PROOF_TIME: Duration = Duration::from_secs(1);
/// Connections that are tried for one that works, before the application is started anew.
const PROOF_TRIES: usize = 2;
/// Pause after a failure, in which no connection is opened; it doubles with each one that follows.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// Request by which a new connection proves that it works; any answer will do.
const PROOF: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// Bytes that are read of an answer at once, until its length is known.
const READ: usize = 4 * 1024;
/// Room for the header that the door adds.
const MARGIN: usize = 64;

/// The application behind the door.
pub trait Application: Send + Sync {
    /// Starts an instance of it: the first, or another when no new connection to the last one can be opened.
    fn start(&self) -> io::Result<Arc<dyn Upstream>>;
}

/// A running instance of the application, which ends when this is dropped.
pub trait Upstream: Send + Sync {
    /// The Unix socket on which it listens.
    fn path(&self) -> PathBuf;
}

/// Lasting connections to `tiny_http`, which answers one request at a time on each.
///
/// They are opened one after the other, each proven by an answer before the next: `tiny_http` can
/// strand connections that are opened together (its pool's count of idle threads lags behind).
///
/// `tiny_http` may stop listening, and its socket's file may be removed. Then a new instance is started, the idle
/// connections to the old one are closed, and the busy ones when their answers have come.
pub(super) struct Backends {
    application: Arc<dyn Application>,
    max: usize,
    /// Guards the pool; no I/O under it.
    pool: Mutex<Pool>,
    changed: Condvar,
}

struct Pool {
    upstream: Arc<dyn Upstream>,
    /// Least recently used first.
    idle: Vec<(Backend, Instant)>,
    open: usize,
    opening: bool,
    /// Failures to open since the last success; none is opened before `pause`.
    failures: u32,
    pause: Option<Instant>,
}

/// A connection, which keeps the instance running that it leads to.
struct Backend {
    socket: UnixStream,
    upstream: Arc<dyn Upstream>,
}

/// A connection in use, or the right to open one. Dropped, also by a panic, it makes room for another.
struct BackendLease<'a>(&'a Backends);

/// An answer of the application: its bytes, the first `head` of which are head and empty line.
pub(super) struct BackendResponse {
    pub(super) bytes: Vec<u8>,
    pub(super) head: usize,
    /// Whether it is a head alone.
    pub(super) bodyless: bool,
    pub(super) handover: Option<Handover>,
}

/// What an answer is, or asks for, beyond its bytes, each with its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handover {
    /// It goes on as a stream.
    Stream(u64),
    /// The request's body is to be spooled.
    Spool(u64),
    /// A file is its body.
    File(u64),
}

impl Handover {
    /// By the numbers in an answer's headers.
    fn of(number: impl Fn(&str) -> Option<u64>) -> Option<Self> {
        let stream = number(internal_headers::STREAM).map(Self::Stream);
        let spool = || number(internal_headers::SPOOL).map(Self::Spool);
        stream.or_else(spool).or_else(|| number(internal_headers::FILE).map(Self::File))
    }
}

impl Backends {
    /// Connections to `application`, at most `max`. Starts it and opens the first.
    pub(super) fn new(application: Arc<dyn Application>, max: usize) -> io::Result<Self> {
        let upstream = application.start()?;
        let first = Backend::open(upstream.clone())?;
        let idle = vec![(first, Instant::now())];
        let pool = Mutex::new(Pool { upstream, idle, open: 1, opening: false, failures: 0, pause: None });
        Ok(Self { application, max, pool, changed: Condvar::new() })
    }

    /// Sends one canonical request and takes the whole answer. `bodyless`: the answer is a head alone.
    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    pub(super) fn exchange(&self, request: &[u8], bodyless: bool) -> io::Result<BackendResponse> {
        let (mut backend, permit) = self.take(Instant::now() + QUEUE_TIME)?;
        // A connection that failed is out of step: only a whole answer makes it good for another.
        let answer = exchange(&mut backend.socket, request, bodyless)?;
        permit.give_back(backend);
        Ok(answer)
    }

    fn take(&self, deadline: Instant) -> io::Result<(Backend, BackendLease<'_>)> {
        let mut pool = lock(&self.pool);
        let mut failure = None;
        loop {
            if let Some((backend, _)) = pool.idle.pop() {
                return Ok((backend, BackendLease(self)));
            }
            let now = Instant::now();
            if deadline <= now {
                return Err(failure.unwrap_or_else(|| ErrorKind::TimedOut.into()));
            }
            let pause = pool.pause.filter(|pause| *pause > now);
            if pool.open < self.max && !pool.opening && pause.is_none() {
                pool.open += 1;
                pool.opening = true;
                let (upstream, permit) = (pool.upstream.clone(), BackendLease(self));
                drop(pool);
                match self.open(upstream) {
                    Ok(backend) => return Ok((backend, permit)),
                    Err(error) => failure = Some(error),
                }
                drop(permit);
                pool = lock(&self.pool);
            } else {
                let until = pause.map_or(deadline, |pause| pause.min(deadline));
                pool = wait_timeout(&self.changed, pool, until - now);
            }
        }
    }

    /// Opens a connection. One at a time.
    fn open(&self, upstream: Arc<dyn Upstream>) -> io::Result<Backend> {
        // Without a free thread, `tiny_http` panics.
        let opened = catch_unwind(AssertUnwindSafe(|| self.connect(upstream)));
        let opened = opened.unwrap_or_else(|_| Err(io::Error::other("the application could not be started")));
        let mut pool = lock(&self.pool);
        let retired = pool.opened(opened.as_ref());
        drop(pool);
        self.changed.notify_all();
        // With the last connection to it, an instance ends, which is not done under the lock.
        drop(retired);
        opened
    }

    /// Connects to this instance; if that fails, to a new one.
    fn connect(&self, upstream: Arc<dyn Upstream>) -> io::Result<Backend> {
        for _ in 0..PROOF_TRIES {
            match Backend::open(upstream.clone()) {
                Ok(backend) => return Ok(backend),
                Err(error) if is_timeout(&error) => {}
                Err(_) => break,
            }
        }
        drop(upstream);
        let backend = Backend::open(self.application.start()?)?;
        log(format_args!("the application was started anew, as no connection to it could be opened"));
        Ok(backend)
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

impl Pool {
    /// Notes how an attempt to open a connection ended. Gives the connections that are of no use any more.
    fn opened(&mut self, opened: Result<&Backend, &io::Error>) -> Vec<(Backend, Instant)> {
        self.opening = false;
        let Ok(backend) = opened else {
            let pause = PAUSE_MIN.saturating_mul(1 << self.failures.min(16)).min(PAUSE_MAX);
            self.failures += 1;
            self.pause = Some(Instant::now() + pause);
            return Vec::new();
        };
        self.failures = 0;
        if self.is_current(backend) {
            return Vec::new();
        }
        self.upstream = backend.upstream.clone();
        self.open -= self.idle.len();
        mem::take(&mut self.idle)
    }

    fn is_current(&self, backend: &Backend) -> bool {
        Arc::ptr_eq(&self.upstream, &backend.upstream)
    }
}

impl Backend {
    fn open(upstream: Arc<dyn Upstream>) -> io::Result<Self> {
        let mut socket = UnixStream::connect(upstream.path())?;
        socket.set_read_timeout(Some(PROOF_TIME))?;
        socket.set_write_timeout(Some(WORK_TIME))?;
        exchange(&mut socket, PROOF, false)?;
        socket.set_read_timeout(Some(WORK_TIME))?;
        Ok(Self { socket, upstream })
    }
}

impl BackendLease<'_> {
    /// Keeps the connection for the next request.
    fn give_back(self, backend: Backend) {
        let mut pool = lock(&self.0.pool);
        if pool.is_current(&backend) {
            pool.idle.push((backend, Instant::now()));
            // Idle ones count as open.
            pool.open += 1;
        }
    }
}

impl Drop for BackendLease<'_> {
    fn drop(&mut self) {
        lock(&self.0.pool).open -= 1;
        self.0.changed.notify_one();
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn exchange(backend: &mut UnixStream, request: &[u8], bodyless: bool) -> io::Result<BackendResponse> {
    backend.write_all(request)?;
    let mut bytes = Vec::new();
    let Measured { mut head, length, handover, engine } = loop {
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
    head -= engine.len();
    bytes.drain(engine);
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
    Ok(BackendResponse { bytes, head, bodyless, handover })
}

struct Measured {
    head: usize,
    length: usize,
    handover: Option<Handover>,
    /// The line in which `tiny_http` names itself, which is nobody's business.
    engine: Range<usize>,
}

/// The first line of a head that begins so, compared in lower case; an empty range if there is none.
fn find_line(head: &[u8], beginning: &[u8]) -> Range<usize> {
    let mut from = 0;
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let until = from + line.len();
        if line.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)) {
            return from..until;
        }
        from = until;
    }
    0..0
}

/// Reads an answer's head; none while it is not whole. Our answers bear a length.
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
            let engine = find_line(&bytes[..head], b"server:");
            let handover = Handover::of(number);
            Ok(Some(Measured { head, length, handover, engine }))
        }
        Err(_) => Err(ErrorKind::InvalidData.into()),
    }
}
