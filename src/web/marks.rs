//! What people have read, noted at once and kept soon after: no page waits for the disk because
//! somebody looked at it, and what many read at the same time is one change.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::chat::{Chat, MemberId, RoomId, Seq, Timestamp};
use crate::log::log;
use crate::share::lock;

/// Marks on their way; more are as good as forgotten, until those are kept.
const WAITING_MAX: usize = 10_000;

/// The way to the thread that keeps them.
pub(super) struct Marks {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    /// Guards what is not kept yet. Nothing else is done under it.
    waiting: Mutex<Waiting>,
    some: Condvar,
}

#[derive(Default)]
struct Waiting {
    marks: HashMap<(MemberId, RoomId), Seq>,
    stopping: bool,
}

impl Marks {
    pub(super) fn start(chat: Arc<Chat>) -> Self {
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new().name("marks".into()).spawn(move || own.run(&chat));
        // Without the thread, what is read stays unread; the rest goes on.
        let thread = thread.inspect_err(|error| log(format_args!("no thread for read marks: {error}"))).ok();
        Self { shared, thread: Mutex::new(thread) }
    }

    /// Keeps what was noted, and then nothing more.
    pub(super) fn stop(&self) {
        lock(&self.shared.waiting).stopping = true;
        self.shared.some.notify_one();
        if let Some(thread) = lock(&self.thread).take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }

    /// This member has seen what was said in this room, up to there.
    pub(super) fn note(&self, member: MemberId, room: RoomId, up_to: Seq) {
        let mut waiting = lock(&self.shared.waiting);
        if waiting.marks.len() < WAITING_MAX && !waiting.stopping {
            let mark = waiting.marks.entry((member, room)).or_default();
            *mark = up_to.max(*mark);
            self.shared.some.notify_one();
        }
    }
}

impl Shared {
    fn run(&self, chat: &Chat) {
        loop {
            let mut waiting = lock(&self.waiting);
            while waiting.marks.is_empty() {
                if waiting.stopping {
                    return;
                }
                waiting = self.some.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            let marks = mem::take(&mut waiting.marks);
            drop(waiting);
            let marks = marks.into_iter().map(|((member, room), up_to)| (member, room, up_to)).collect();
            // What cannot be kept now is read again with the next message. The log knows.
            let _ = chat.read(marks, Timestamp::now());
        }
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        self.stop();
    }
}
