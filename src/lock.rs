//! Locks whose holders may have panicked.
//!
//! The one decision about poisoned locks: go on. What snug keeps under locks is changed by short
//! code without I/O that leaves it whole at each step, and a chat that lives only in memory has
//! no better copy to go back to. The panic itself is reported where it is caught.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Waits to be woken, which may happen for no reason.
pub(crate) fn wait<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits to be woken, at most for `patience`.
pub(crate) fn wait_timeout<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    patience: Duration,
) -> MutexGuard<'a, T> {
    changed.wait_timeout(guard, patience).unwrap_or_else(PoisonError::into_inner).0
}

/// Waits until `condition` does not hold any more, at most for `patience`.
pub(crate) fn wait_timeout_while<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    patience: Duration,
    condition: impl FnMut(&mut T) -> bool,
) -> MutexGuard<'a, T> {
    changed.wait_timeout_while(guard, patience, condition).unwrap_or_else(PoisonError::into_inner).0
}

/// A [`Condvar`] for one lock that makes no system call where nobody waits.
#[derive(Default)]
pub(crate) struct Signal {
    changed: Condvar,
    /// Invariant: changed with the lock held.
    waiting: AtomicUsize,
}

impl Signal {
    /// As [`wait`].
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = wait(&self.changed, guard);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// As [`wait_timeout`].
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        patience: Duration,
    ) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = wait_timeout(&self.changed, guard, patience);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// By whoever holds the lock or has just let go of it.
    pub(crate) fn notify_one(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.changed.notify_one();
        }
    }

    /// By whoever holds the lock or has just let go of it.
    pub(crate) fn notify_all(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.changed.notify_all();
        }
    }
}
