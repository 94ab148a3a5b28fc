//! Threads that have served one connection and wait a moment for another.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

use super::limits::THREAD_IDLE;
use crate::lock::{lock, wait_timeout_while};

/// Hands work to threads that have nothing to do.
pub(super) struct IdleThreads<T> {
    /// Guards both; no I/O under it.
    waiting: Mutex<IdleState<T>>,
    arrived: Condvar,
}

struct IdleState<T> {
    threads: usize,
    work: VecDeque<T>,
}

impl<T> Default for IdleThreads<T> {
    fn default() -> Self {
        let waiting = IdleState { threads: 0, work: VecDeque::new() };
        Self { waiting: Mutex::new(waiting), arrived: Condvar::new() }
    }
}

impl<T> IdleThreads<T> {
    /// Gives work to a thread that waits, or gives it back if none is free.
    pub(super) fn hand_over(&self, work: T) -> Option<T> {
        let mut waiting = lock(&self.waiting);
        if waiting.work.len() >= waiting.threads {
            return Some(work);
        }
        waiting.work.push_back(work);
        self.arrived.notify_one();
        None
    }

    /// Waits for more work, for [`THREAD_IDLE`]. Without any, the thread may end.
    pub(super) fn next(&self) -> Option<T> {
        let mut waiting = lock(&self.waiting);
        waiting.threads += 1;
        waiting = wait_timeout_while(&self.arrived, waiting, THREAD_IDLE, |waiting| waiting.work.is_empty());
        waiting.threads -= 1;
        waiting.work.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_handed_to_whoever_waits_and_never_lost() {
        let threads = IdleThreads::default();
        assert_eq!(threads.hand_over(1), Some(1), "nobody waits");
        let served = std::thread::scope(|scope| {
            let worker = scope.spawn(|| std::iter::from_fn(|| threads.next()).count());
            let mut handed = 0;
            while handed < 100 {
                handed += usize::from(threads.hand_over(handed).is_none());
            }
            worker.join().unwrap()
        });
        assert_eq!(served, 100);
    }
}
