//! A place that slow work passes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use super::TIMEOUT;

/// Counts what goes through, and holds it back while it is shut.
#[derive(Default)]
pub(crate) struct Valve {
    passed: AtomicUsize,
    state: Mutex<ValveState>,
    changed: Condvar,
}

#[derive(Default)]
struct ValveState {
    shut: bool,
    held: usize,
    /// How many more go through before all others fail, if that is so.
    left: Option<usize>,
}

impl Valve {
    /// Waits while the valve is shut; false is a failure.
    pub(crate) fn pass(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        state.held += 1;
        self.changed.notify_all();
        while state.shut {
            state = self.changed.wait(state).unwrap();
        }
        state.held -= 1;
        match &mut state.left {
            Some(0) => return false,
            Some(left) => *left -= 1,
            None => {}
        }
        self.passed.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// From now on `count` more go through, and then everything fails.
    pub(crate) fn break_after(&self, count: usize) {
        self.state.lock().unwrap().left = Some(count);
    }

    /// What was broken works again.
    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().left = None;
    }

    /// How many went through.
    pub(crate) fn count(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    /// From now on, nothing goes through.
    pub(crate) fn shut(&self) {
        self.state.lock().unwrap().shut = true;
    }

    /// Waits until at least `count` are held back at once.
    pub(crate) fn wait_for_held(&self, count: usize) {
        let state = self.state.lock().unwrap();
        let waited = self.changed.wait_timeout_while(state, TIMEOUT, |state| state.held < count);
        assert!(!waited.unwrap().1.timed_out(), "fewer than {count} arrived at the valve");
    }

    /// How many are held back now.
    pub(crate) fn held(&self) -> usize {
        self.state.lock().unwrap().held
    }

    /// Everything goes through again.
    pub(crate) fn release(&self) {
        self.state.lock().unwrap().shut = false;
        self.changed.notify_all();
    }
}
