//! The state in memory, as of the newest record that was applied, and whoever watches it.

use std::mem;
use std::sync::{RwLock, RwLockWriteGuard};

use super::event::Record;
use super::log::{Archive, Log};
use super::model::Seq;
use super::state::State;
use super::state_guard::StateReadGuard;
use super::storage_error::StorageError;
use crate::lock::write;

/// What became of the state.
pub enum StateChange<'a> {
    /// These records were applied, in order.
    Applied(&'a [Record]),
    /// It was restored anew, and may differ in anything.
    Restored(&'a State),
}

/// Called with every change of the state, in order, under the log's lock: must be quick, and must not commit.
pub type Watcher = Box<dyn Fn(StateChange) + Send + Sync>;

/// One process's copy of what the log keeps. Whoever has the log's lock moves it on.
pub(super) struct Replica {
    /// Messages held, see [`super::Limits`].
    history: usize,
    /// Locks: never held across I/O, hashing or rendering. Taken after the commit queue's, before the streams'.
    state: RwLock<State>,
    watcher: Watcher,
}

impl Replica {
    pub(super) fn new(history: usize, state: State, watcher: Watcher) -> Self {
        Self { history, state: RwLock::new(state), watcher }
    }

    #[track_caller]
    pub(super) fn state(&self) -> StateReadGuard<'_> {
        StateReadGuard::of(&self.state)
    }

    pub(super) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        write(&self.state)
    }

    /// The number of the newest record that was applied.
    pub(super) fn newest(&self) -> Seq {
        self.state().last()
    }

    /// Applies records that come after all that were.
    pub(super) fn apply(&self, records: &[Record]) {
        if records.is_empty() {
            return;
        }
        let mut state = self.state_mut();
        for record in records {
            state.apply(record);
        }
        drop(state);
        (self.watcher)(StateChange::Applied(records));
    }

    /// The state as the log has it now. May take long: I/O.
    pub(super) fn read(&self, log: &dyn Log) -> Result<State, StorageError> {
        Ok(restored(log, self.history)?.0)
    }

    /// Takes this state, read just now, in place of the one that there is. Who knows that one cannot catch up with this.
    pub(super) fn replace(&self, mut state: State) {
        state.begins_here();
        let former = mem::replace(&mut *self.state_mut(), state);
        (self.watcher)(StateChange::Restored(&self.state()));
        drop(former);
    }

    #[cfg(test)]
    pub(super) fn into_state(self) -> State {
        self.state.into_inner().unwrap()
    }
}

/// The state as a log has it, and the reader of its archive that was opened for it.
pub(super) fn restored(
    log: &dyn Log,
    history: usize,
) -> Result<(State, Option<Box<dyn Archive>>), StorageError> {
    let mut state = State::restore(history, log.restore(history)?);
    let archive = log.archive().map(|open| open()).transpose()?;
    match &archive {
        Some(archive) => state.recall_all(&**archive)?,
        None => state.recall_nothing(),
    }
    Ok((state, archive))
}
