//! The blocking loop: threads that take requests from `tiny_http`, as many as there is need for.

use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::chat::{APPENDS_ADMITTED, READS_ADMITTED, SEARCHES_ADMITTED};
use crate::file_store::FILE_WORK_ADMITTED;
use crate::lock::{lock, wait_timeout};
use crate::log::log;
use crate::secrets::HASHES_ADMITTED;

/// Workers that no slow work can occupy: pages are answered from memory by these.
const FOR_PAGES: usize = 16;
/// Requests answered at the same time. Each share of slow work may hold all of its workers, and
/// pages still have theirs.
pub const WORKERS_MAX: usize =
    HASHES_ADMITTED + APPENDS_ADMITTED + READS_ADMITTED + SEARCHES_ADMITTED + FILE_WORK_ADMITTED + FOR_PAGES;
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
    /// Guards the counts. Nothing but starting a thread is done under it.
    counts: Mutex<Counts>,
    ended: Condvar,
}

#[derive(Default)]
struct Counts {
    alive: usize,
    waiting: usize,
    stopping: bool,
}

impl Workers {
    /// Starts the first worker.
    pub(super) fn start(http: tiny_http::Server, handler: JobHandler) -> io::Result<Self> {
        let counts = Mutex::new(Counts::default());
        let shared = Arc::new(PoolState { http, handler, counts, ended: Condvar::new() });
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
        thread::Builder::new().name("worker".into()).stack_size(STACK).spawn(move || shared.work())?;
        // Counted as waiting at once, so that nobody starts another one for the same request.
        counts.alive += 1;
        counts.waiting += 1;
        Ok(())
    }

    /// One worker's life. It is counted as waiting when this begins.
    fn work(self: &Arc<Self>) {
        loop {
            let received = self.http.recv_timeout(IDLE_MAX);
            let mut counts = lock(&self.counts);
            counts.waiting -= 1;
            match received {
                Ok(Some(request)) => {
                    if counts.waiting == 0 && counts.alive < WORKERS_MAX {
                        // Without another thread this one still serves, only not as many at once.
                        if let Err(error) = self.start_one(&mut counts) {
                            log(format_args!("no thread for another worker: {error}"));
                        }
                    }
                    drop(counts);
                    (self.handler)(request);
                    counts = lock(&self.counts);
                }
                Ok(None) if counts.stopping => {
                    counts.alive -= 1;
                    // One call wakes one worker, so each wakes the next.
                    self.http.unblock();
                    self.ended.notify_all();
                    return;
                }
                Ok(None) if counts.waiting > 0 => {
                    counts.alive -= 1;
                    return;
                }
                Ok(None) => {}
                Err(_) if counts.stopping => {}
                // It listens no more; the door finds out when it connects.
                Err(error) => log(format_args!("a connection could not be accepted: {error}")),
            }
            counts.waiting += 1;
        }
    }
}
