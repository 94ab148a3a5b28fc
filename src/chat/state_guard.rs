//! Read access to the state.

use std::ops::Deref;
use std::sync::{RwLock, RwLockReadGuard};

use super::state::State;
use crate::lock::read;

/// The state, to read. Hold it briefly: changes wait for it.
///
/// A thread that holds one never takes another: a change that waits in between would let neither go on.
/// Whatever reads the state for somebody who holds it takes `&State`. Debug builds, and so all tests,
/// panic where that is forgotten, since otherwise only an unlucky moment would show it.
pub struct StateReadGuard<'a> {
    state: RwLockReadGuard<'a, State>,
    #[cfg(debug_assertions)]
    _only: only::ReentrancyCheck,
}

impl<'a> StateReadGuard<'a> {
    #[track_caller]
    pub(super) fn of(state: &'a RwLock<State>) -> Self {
        Self {
            #[cfg(debug_assertions)]
            _only: only::ReentrancyCheck::new(state),
            state: read(state),
        }
    }
}

impl Deref for StateReadGuard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

#[cfg(all(test, debug_assertions))]
pub(crate) use only::TAKEN as GUARDS_TAKEN;

#[cfg(debug_assertions)]
mod only {
    use std::cell::RefCell;
    use std::ptr::from_ref;

    #[cfg(test)]
    thread_local! {
        /// Guards that this thread has taken so far.
        pub(crate) static TAKEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    thread_local! {
        /// Addresses of the locks that this thread holds a guard of.
        static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    /// Notes that this thread reads under a lock.
    pub(super) struct ReentrancyCheck(usize);

    impl ReentrancyCheck {
        #[track_caller]
        pub(super) fn new<T>(lock: &T) -> Self {
            let address = from_ref(lock).addr();
            let held = HELD.with_borrow(|held| held.contains(&address));
            assert!(!held, "this thread reads the state already");
            HELD.with_borrow_mut(|held| held.push(address));
            #[cfg(test)]
            TAKEN.set(TAKEN.get() + 1);
            Self(address)
        }
    }

    impl Drop for ReentrancyCheck {
        fn drop(&mut self) {
            HELD.with_borrow_mut(|held| held.retain(|address| *address != self.0));
        }
    }
}
