//! The private connections to the application.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::head::RequestLine;
use super::limits::{BACKEND_IDLE, QUEUE_TIME, WORK_TIME};
use crate::exchange::{Answer, DoorEnd, Exchanges, MADE, NUMBER, RequestParts};
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
const PROOF: RequestLine = RequestLine { method: Cow::Borrowed("GET"), target: Cow::Borrowed("/healthz") };

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
    exchanges: Exchanges,
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
    /// Threads that wait for a connection.
    waiting: usize,
    /// Failures to open since the last success; none is opened before `pause`.
    failures: u32,
    pause: Option<Instant>,
}

/// A connection, which keeps the instance running that it leads to.
struct Backend {
    socket: UnixStream,
    end: DoorEnd,
    upstream: Arc<dyn Upstream>,
}

/// A connection in use, or the right to open one. Dropped, also by a panic, it makes room for another.
struct BackendLease<'a>(&'a Backends);

impl Backends {
    /// Connections to `application`, which takes requests from `exchanges`; at most `max`. Starts it and opens the first.
    pub(super) fn new(
        application: Arc<dyn Application>,
        exchanges: Exchanges,
        max: usize,
    ) -> io::Result<Self> {
        let upstream = application.start()?;
        let first = Backend::open(upstream.clone(), &exchanges)?;
        let idle = vec![(first, Instant::now())];
        let pool = Mutex::new(Pool {
            upstream,
            idle,
            open: 1,
            opening: false,
            waiting: 0,
            failures: 0,
            pause: None,
        });
        Ok(Self { application, exchanges, max, pool, changed: Condvar::new() })
    }

    /// Sends one request and takes the answer.
    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
    pub(super) fn exchange(&self, line: &RequestLine, parts: Box<RequestParts>) -> io::Result<Answer> {
        let (mut backend, permit) = self.take(Instant::now() + QUEUE_TIME)?;
        // A connection that failed is out of step: only a whole answer makes it good for another.
        let answer = backend.exchange(line, parts)?;
        permit.give_back(backend);
        Ok(answer)
    }

    #[inline(never)] // Stack for this only while it runs: see limits::STACK.
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
                pool.waiting += 1;
                pool = wait_timeout(&self.changed, pool, until - now);
                pool.waiting -= 1;
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
            match Backend::open(upstream.clone(), &self.exchanges) {
                Ok(backend) => return Ok(backend),
                Err(error) if is_timeout(&error) => {}
                Err(_) => break,
            }
        }
        drop(upstream);
        let backend = Backend::open(self.application.start()?, &self.exchanges)?;
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
    fn open(upstream: Arc<dyn Upstream>, exchanges: &Exchanges) -> io::Result<Self> {
        let socket = UnixStream::connect(upstream.path())?;
        socket.set_read_timeout(Some(PROOF_TIME))?;
        socket.set_write_timeout(Some(WORK_TIME))?;
        let mut backend = Self { socket, end: exchanges.open(), upstream };
        backend.exchange(&PROOF, RequestParts::empty())?;
        backend.socket.set_read_timeout(Some(WORK_TIME))?;
        Ok(backend)
    }

    fn exchange(&mut self, line: &RequestLine, parts: Box<RequestParts>) -> io::Result<Answer> {
        let RequestLine { method, target } = line;
        let number = self.end.number.to_string();
        // Not formatted, which takes more stack than all else here.
        let head = [method, " ", target, " HTTP/1.1\r\n", NUMBER, ": ", &number, "\r\n\r\n"].concat();
        self.end.give_request(parts);
        self.socket.write_all(head.as_bytes())?;
        let mut made = [0; MADE.len()];
        self.socket.read_exact(&mut made)?;
        let answer = self.end.take_answer().filter(|_| made == *MADE);
        answer.ok_or_else(|| ErrorKind::InvalidData.into())
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
        let mut pool = lock(&self.0.pool);
        pool.open -= 1;
        // To wake nobody would be a system call all the same.
        if pool.waiting > 0 {
            self.0.changed.notify_one();
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
