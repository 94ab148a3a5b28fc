//! What people have read, noted at once and kept soon after: no page waits for the disk because
//! somebody looked at it, and what many read at the same time is one change. Now and then, the
//! chat does what it put off.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Clock;
use super::file_upkeep::FileUpkeep;
use crate::chat::{Chat, Event, MemberId, Record, RoomId, Seq};
use crate::lock::{lock, wait_timeout};
use crate::log::log;

/// Marks on their way; more are as good as forgotten, until those are kept.
const WAITING_MAX: usize = 10_000;

/// How long marking as unread waits for markers that are being kept: a disk that takes longer refuses it as well.
const HOLD_PATIENCE: Duration = Duration::from_secs(5);

/// Interval between calls of [`Chat::tidy`] and [`FileUpkeep::tidy`].
const TIDY_PAUSE: Duration = Duration::from_secs(5);

/// Handle of the thread that writes them.
pub(super) struct ReadMarkerWriter {
    shared: Arc<MarkerQueue>,
    /// Guards the thread. Nothing but starting it is done under it; taken before `waiting`.
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct MarkerQueue {
    chat: Arc<Chat>,
    files: Arc<FileUpkeep>,
    clock: Clock,
    inbox: Arc<MarkerInbox>,
}

/// Markers on their way.
#[derive(Default)]
pub(super) struct MarkerInbox {
    /// Guards what is not kept yet. Nothing else is done under it.
    waiting: Mutex<PendingMarkers>,
    some: Condvar,
    /// Told when a batch of markers is kept.
    kept: Condvar,
}

#[derive(Default)]
struct PendingMarkers {
    marks: HashMap<(MemberId, RoomId), Seq>,
    /// Rooms in which these members marked a message as unread and that they have not opened since. More than
    /// [`WAITING_MAX`] are not known.
    held: HashSet<(MemberId, RoomId)>,
    /// A batch is being kept.
    keeping: bool,
    stopping: bool,
}

impl ReadMarkerWriter {
    pub(super) fn start(
        chat: Arc<Chat>,
        files: Arc<FileUpkeep>,
        inbox: Arc<MarkerInbox>,
        clock: Clock,
    ) -> Self {
        let shared = Arc::new(MarkerQueue { chat, files, clock, inbox });
        let marks = Self { shared, thread: Mutex::default() };
        marks.ensure_thread();
        marks
    }

    /// Starts the thread, unless it runs. Where that fails, the next mark tries again.
    fn ensure_thread(&self) {
        let mut thread = lock(&self.thread);
        if thread.is_none() && !lock(&self.shared.inbox.waiting).stopping {
            let own = Arc::clone(&self.shared);
            let started = thread::Builder::new().name("marks".into()).spawn(move || own.run());
            let started = started.inspect_err(|error| log(format_args!("no thread for read marks: {error}")));
            *thread = started.ok();
        }
    }

    /// Keeps what was noted, and then nothing more.
    pub(super) fn stop(&self) {
        lock(&self.shared.inbox.waiting).stopping = true;
        self.shared.inbox.some.notify_one();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }

    /// This member has opened this room, and seen what was said there up to here.
    pub(super) fn note(&self, member: MemberId, room: RoomId, up_to: Seq) {
        self.release(member, room);
        self.note_on(member, room, up_to);
    }

    /// The same on a page that was open before: not in a room that is held.
    pub(super) fn note_on(&self, member: MemberId, room: RoomId, up_to: Seq) {
        self.ensure_thread();
        let mut waiting = lock(&self.shared.inbox.waiting);
        if waiting.held.contains(&(member, room)) {
            return;
        }
        if waiting.marks.len() < WAITING_MAX && !waiting.stopping {
            let mark = waiting.marks.entry((member, room)).or_default();
            *mark = up_to.max(*mark);
            self.shared.inbox.some.notify_one();
        }
    }
}

impl ReadMarkerWriter {
    /// Drops the marker of this room that is not kept yet, and takes no more from pages that are open. Waits for markers
    /// that are being kept.
    pub(super) fn hold(&self, member: MemberId, room: RoomId) {
        let until = Instant::now() + HOLD_PATIENCE;
        let mut waiting = lock(&self.shared.inbox.waiting);
        waiting.hold(member, room);
        while waiting.keeping && Instant::now() < until {
            waiting = wait_timeout(&self.shared.inbox.kept, waiting, until - Instant::now());
        }
    }

    pub(super) fn release(&self, member: MemberId, room: RoomId) {
        lock(&self.shared.inbox.waiting).held.remove(&(member, room));
    }

    pub(super) fn release_all(&self, member: MemberId) {
        lock(&self.shared.inbox.waiting).held.retain(|(holder, _)| *holder != member);
    }
}

impl MarkerInbox {
    /// Takes note of what was just applied. At another node, the member may have marked a room as unread, or opened it again.
    pub(super) fn committed(&self, records: &[Record]) {
        for record in records {
            match record.event {
                Event::MarkedUnread { member, room, .. } => lock(&self.waiting).hold(member, room),
                Event::Read { member, room, .. } => {
                    lock(&self.waiting).held.remove(&(member, room));
                }
                _ => {}
            }
        }
    }
}

impl PendingMarkers {
    /// Drops the marker of this room, and takes no more from pages that are open.
    fn hold(&mut self, member: MemberId, room: RoomId) {
        if self.held.len() < WAITING_MAX {
            self.held.insert((member, room));
        }
        self.marks.remove(&(member, room));
    }
}

impl MarkerQueue {
    fn run(&self) {
        let mut tidied = Instant::now();
        loop {
            let mut waiting = lock(&self.inbox.waiting);
            if waiting.marks.is_empty() && !waiting.stopping {
                waiting = wait_timeout(&self.inbox.some, waiting, TIDY_PAUSE);
            }
            let (marks, stopping) = (mem::take(&mut waiting.marks), waiting.stopping);
            waiting.keeping = !marks.is_empty();
            drop(waiting);
            if marks.is_empty() && stopping {
                return;
            }
            let tidy = tidied.elapsed() >= TIDY_PAUSE;
            if tidy {
                tidied = Instant::now();
            }
            if catch_unwind(AssertUnwindSafe(|| self.keep(marks, tidy))).is_err() {
                log(format_args!("read marks were lost by an internal error"));
            }
            lock(&self.inbox.waiting).keeping = false;
            self.inbox.kept.notify_all();
        }
    }

    fn keep(&self, marks: HashMap<(MemberId, RoomId), Seq>, tidy: bool) {
        if tidy {
            self.chat.tidy();
            self.files.tidy(&self.chat, (self.clock)());
        }
        if !marks.is_empty() {
            let marks = marks.into_iter().map(|((member, room), up_to)| (member, room, up_to)).collect();
            // What cannot be kept now is read again with the next message.
            let _ = self.chat.read(marks, (self.clock)());
        }
    }
}

impl Drop for ReadMarkerWriter {
    fn drop(&mut self) {
        self.stop();
    }
}
