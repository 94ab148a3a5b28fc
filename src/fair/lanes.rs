//! Turns for the processor.

use std::cell::RefCell;
use std::sync::Arc;

use super::Client;
use super::ledger::Path;
use super::turn_queue::TurnQueue;

/// A few threads compute at once, in fair turns: however many requests one client makes, the next one of another is
/// computed as soon as a lane is free. A thread that waits for slow work (see [`super::Semaphore::acquire`]) has no lane
/// meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Lanes(Arc<TurnQueue>);

thread_local! {
    /// The lane in which this thread computes.
    static LANE: RefCell<Option<Taken>> = const { RefCell::new(None) };
}

/// A lane, until it is dropped.
#[derive(Debug)]
struct Taken {
    lanes: Lanes,
    client: Client,
    path: Path,
}

/// Ends this thread's use of lanes when it is dropped.
pub(crate) struct LaneEnd(());

/// This thread is out of its lane, and waits for one again when this is dropped.
#[derive(Debug)]
pub(super) struct StepOut {
    lanes: Lanes,
    client: Client,
}

impl Lanes {
    /// Two for each core, as some wait for memory, or for their answer to be taken; 4 to 16, as each may hold a large
    /// answer.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(TurnQueue::new((2 * cores).clamp(4, 16), usize::MAX)))
    }

    /// Whatever lane this thread enters, it leaves it when the result is dropped.
    pub(crate) fn end_of_use() -> LaneEnd {
        LaneEnd(())
    }

    /// Waits for a lane, in which this thread computes for `client`.
    pub(crate) fn enter(&self, client: Client) {
        // The queue has no end, so no one is refused.
        if let Ok(path) = self.0.take_turn(client, None) {
            LANE.set(Some(Taken { lanes: self.clone(), client, path }));
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.lanes.0.give_back(self.path);
    }
}

impl Drop for LaneEnd {
    fn drop(&mut self) {
        LANE.take();
    }
}

impl StepOut {
    /// Leaves this thread's lane, if it is in one.
    pub(super) fn of_this_thread() -> Option<Self> {
        LANE.take().map(|taken| Self { lanes: taken.lanes.clone(), client: taken.client })
    }
}

impl Drop for StepOut {
    fn drop(&mut self) {
        self.lanes.enter(self.client);
    }
}
