//! The blocking loop: threads that take requests from `tiny_http`, as many as there is need for.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::node::WAITS_ADMITTED;
use crate::chat::{APPENDS_ADMITTED, READS_ADMITTED, SEARCHES_ADMITTED};
use crate::file_store::FILE_WORK_ADMITTED;
use crate::lock::{lock, wait_timeout};
use crate::log::log;
use crate::secrets::HASHES_ADMITTED;

/// Workers that no slow work can occupy: pages are answered from memory by these.
const FOR_PAGES: usize = 16;
/// Requests answered at the same time. Each share of slow work may hold all of its workers, and
/// pages still have theirs.
pub const WORKERS_MAX: usize = HASHES_ADMITTED
    + APPENDS_ADMITTED
    + READS_ADMITTED
    + SEARCHES_ADMITTED
    + FILE_WORK_ADMITTED
    + FOR_NODES
    + FOR_PAGES;
/// Only of several nodes, some are behind others.
const FOR_NODES: usize = if cfg!(feature = "postgres") { WAITS_ADMITTED } else { 0 };
/// A worker that had nothing to do for this long ends, unless it is the last one waiting.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Enough for argon2 and for rendering, also unoptimised; touched pages alone cost memory.
const STACK: usize = 512 * 1024;

type JobHandler = Arc<dyn Fn(tiny_http::Request) + Send + Sync>;

/// The pool. Its threads start when all others are busy.
pub(super) struct Workers(Arc<PoolState>);

struct PoolState {
    http: tiny_http::Server,
    handler: JobHandler,
    /// Workers that have nothing to do. Apart from the other counts, as each request changes it twice.
    waiting: AtomicUsize,
    /// Guards the counts. Nothing but starting a thread is done under it.
    counts: Mutex<Counts>,
    ended: Condvar,
}

#[derive(Default)]
struct Counts {
    alive: usize,
    stopping: bool,
}

impl Workers {
    /// Starts the first worker.
    pub(super) fn start(http: tiny_http::Server, handler: JobHandler) -> io::Result<Self> {
        let counts = Mutex::new(Counts::default());
        let shared = Arc::new(PoolState {
            http,
            handler,
            waiting: AtomicUsize::new(0),
            counts,
            ended: Condvar::new(),
        });
        shared.start_one(&mut lock(&shared.counts))?;
        Ok(Self(shared))
    }

    /// Answers what has arrived and returns, at `deadline` at the latest. Workers that are late end all the same.
    pub(super) fn stop(&self, deadline: Instant) {
        let mut counts = lock(&self.0.counts);
        counts.stopping = true;
        self.0.http.unblock();
        while counts.alive > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            counts = wait_timeout(&self.0.ended, counts, left);
        }
    }
}

impl PoolState {
    fn start_one(self: &Arc<Self>, counts: &mut Counts) -> io::Result<()> {
        let shared = Arc::clone(self);
        // Counted as waiting before it can take a request, so that nobody starts another one for the same.
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let worker = thread::Builder::new().name("worker".into()).stack_size(STACK);
        if let Err(error) = worker.spawn(move || shared.work()) {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(error);
        }
        counts.alive += 1;
        Ok(())
    }

    /// One worker's life. It is counted as waiting when this begins.
    fn work(self: &Arc<Self>) {
        loop {
            let received = self.http.recv_timeout(IDLE_MAX);
            let others_wait = self.waiting.fetch_sub(1, Ordering::SeqCst) > 1;
            match received {
                Ok(Some(request)) => {
                    if !others_wait {
                        self.start_another();
                    }
                    (self.handler)(request);
                }
                received => {
                    if self.ends(received.err(), others_wait) {
                        return;
                    }
                }
            }
            self.waiting.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn start_another(self: &Arc<Self>) {
        let mut counts = lock(&self.counts);
        if counts.alive < WORKERS_MAX {
            // Without another thread those that are still serve, only not as many at once.
            if let Err(error) = self.start_one(&mut counts) {
                log(format_args!("no thread for another worker: {error}"));
            }
        }
    }

    /// Whether a worker ends that got nothing to do, or an error; it is counted no more then.
    fn ends(&self, error: Option<io::Error>, others_wait: bool) -> bool {
        let mut counts = lock(&self.counts);
        match error {
            Some(_) if counts.stopping => return false,
            // It listens no more; the door finds out when it connects.
            Some(error) => {
                log(format_args!("a connection could not be accepted: {error}"));
                return false;
            }
            None => {}
        }
        let ends = counts.stopping || others_wait;
        counts.alive -= usize::from(ends);
        if counts.stopping {
            // One call wakes one worker, so each wakes the next.
            self.http.unblock();
            self.ended.notify_all();
        }
        ends
    }
}
