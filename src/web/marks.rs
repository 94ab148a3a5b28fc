//! What people have read, noted at once and kept soon after: no page waits for the disk because
//! somebody looked at it, and what many read at the same time is one change. Now and then, the
//! chat does what it put off.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::chat::{Chat, MemberId, RoomId, Seq, Timestamp};
use crate::lock::{lock, wait_timeout};
use crate::log::log;

/// Marks on their way; more are as good as forgotten, until those are kept.
const WAITING_MAX: usize = 10_000;

/// How often the chat may do what it put off.
const TIDY_PAUSE: Duration = Duration::from_secs(5);

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
        let mut tidied = Instant::now();
        loop {
            let mut waiting = lock(&self.waiting);
            if waiting.marks.is_empty() && !waiting.stopping {
                waiting = wait_timeout(&self.some, waiting, TIDY_PAUSE);
            }
            let (marks, stopping) = (mem::take(&mut waiting.marks), waiting.stopping);
            drop(waiting);
            if marks.is_empty() && stopping {
                return;
            }
            if tidied.elapsed() >= TIDY_PAUSE {
                tidied = Instant::now();
                chat.tidy();
            }
            if marks.is_empty() {
                continue;
            }
            let marks = marks.into_iter().map(|((member, room), up_to)| (member, room, up_to)).collect();
            // What cannot be kept now is read again with the next message.
            let _ = chat.read(marks, Timestamp::now());
        }
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        self.stop();
    }
}
