//! The one thread that serves all streams.

mod ending;

use std::collections::{HashMap, HashSet};
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};
use slab::Slab;

use super::inbox::FeedInbox;
use super::notices::{RecentNotices, SidebarNotice};
use super::ring::{BATCH, Ring, SharedBytes};
use super::socket::{CommandId, SocketArrival, SocketEnd, UnansweredCommand};
use super::stream_connection::{Delivery, PresenceUpdate, PresenceUpdates, StreamConnection};
use super::{FeedSource, FeedState, Format, Live, Reach, Seat, Subscription};
use crate::chat::{MemberId, RoomId, Seq, TokenDigest};
use crate::lock::lock;
use crate::log::log;
use crate::websocket::{CloseCode, close_frame};

const WAKER: Token = Token(usize::MAX);
/// A stream that says nothing for longer looks dead to proxies, which often wait 60 seconds.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A socket that takes nothing for this long is closed; its reader comes back by the cursor.
const STALL: Duration = Duration::from_secs(30);
/// Interval at which streams are looked at for the two above.
const TICK: Duration = Duration::from_secs(1);
/// Hints are told at most this often: who comes and goes at once is one piece of news.
const HINT_PAUSE: Duration = Duration::from_millis(500);
/// Reasons for which sockets are closed, as their clients are told.
const SESSION_OVER: &str = "signed out";
const ROOM_LEFT: &str = "not in this room";
const CUT_OFF: &str = "out of reach of the database";
/// It renders messages.
const STACK: usize = 512 * 1024;

pub struct Thread {
    live: Live,
    handle: JoinHandle<()>,
}

impl Live {
    /// Starts to serve streams with what `source` says.
    pub fn start(&self, source: Arc<dyn FeedSource>) -> io::Result<Thread> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        if self.0.waker.set(waker).is_err() {
            return Err(io::Error::other("the streams are served already"));
        }
        let now = Instant::now();
        let mut streams = Streams {
            shared: Arc::clone(&self.0),
            source,
            poll,
            held: Slab::new(),
            unanswered: Vec::new(),
            ring: Ring::default(),
            hints: PresenceUpdates::new(),
            hints_told: 0,
            hint_due: None,
            recent_notices: RecentNotices::default(),
            notice_due: None,
            next_tick: now + TICK,
            silent: false,
        };
        let builder = thread::Builder::new().name("live".into()).stack_size(STACK);
        let handle = builder.spawn(move || streams.run())?;
        Ok(Thread { live: self.clone(), handle })
    }
}

impl Thread {
    /// Ends all streams.
    pub fn stop(self) {
        self.live.tell(|inbox| inbox.stopping = true);
        // If it panicked, its streams are closed all the same.
        let _ = self.handle.join();
    }
}

struct Streams {
    shared: Arc<FeedState>,
    source: Arc<dyn FeedSource>,
    poll: Poll,
    held: Slab<StreamConnection>,
    /// By ticket. Their seats are kept, so that no more commands are under way than there are seats.
    unanswered: Vec<(Seat, UnansweredCommand)>,
    ring: Ring,
    hints: PresenceUpdates,
    /// Count of updates so far, of all rooms; the version of the newest.
    hints_told: u64,
    /// Due time of the next presence update; none where nothing changed.
    hint_due: Option<Instant>,
    recent_notices: RecentNotices,
    /// The earliest that any stream has due.
    notice_due: Option<Instant>,
    next_tick: Instant,
    /// They were told that what keeps the chat does not answer.
    silent: bool,
}

impl Streams {
    fn run(&mut self) {
        let mut events = Events::with_capacity(1024);
        loop {
            let patience = self.poll_timeout();
            // An interrupted wait is as good as one that ended.
            let _ = self.poll.poll(&mut events, patience);
            let inbox = std::mem::take(&mut *lock(&self.shared.inbox));
            if inbox.stopping {
                return self.stop(inbox);
            }
            // A panic ends the streams that there are; they come back by their cursors.
            if catch_unwind(AssertUnwindSafe(|| self.turn(inbox, &events))).is_err() {
                log(format_args!("the live streams were ended by an internal error"));
                self.end_all();
            }
        }
    }

    fn turn(&mut self, inbox: FeedInbox, events: &Events) {
        let now = Instant::now();
        self.process_inbox(inbox, now);
        for event in events {
            let key = event.token().0;
            let Some(held) = self.held.get_mut(key) else { continue };
            match held.look() {
                Delivery::Open if held.web_socket.is_some() => self.converse(key, now),
                Delivery::Open => self.deliver(key, now),
                Delivery::Over | Delivery::Closed => self.close(key),
            }
        }
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.tick(now);
            self.tell_reach(now);
        }
        if self.hint_due.is_some_and(|due| now >= due) {
            self.tell_hint(now);
        }
        if self.notice_due.is_some_and(|due| now >= due) {
            self.deliver_all(now);
        }
    }

    fn poll_timeout(&self) -> Option<Duration> {
        let tick = (!self.held.is_empty()).then_some(self.next_tick);
        let next = [tick, self.hint_due, self.notice_due].into_iter().flatten().min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn process_inbox(&mut self, inbox: FeedInbox, now: Instant) {
        if let Some(newest) = inbox.restored {
            self.begin_anew(newest, now);
        }
        // First of all: nobody gets anything on a session that has ended.
        if !inbox.ended.is_empty() {
            let ended: HashSet<TokenDigest> = inbox.ended.into_iter().collect();
            self.end_where(|subscription| ended.contains(&subscription.session), SESSION_OVER, now);
        }
        // Nor of a room that they are in no more.
        self.ring.ask_again(inbox.moved);
        for (member, room) in inbox.left {
            let of_room = |subscription: &Subscription| {
                subscription.member == member && subscription.rooms.contains(&room)
            };
            self.end_where(of_room, ROOM_LEFT, now);
        }
        if !inbox.deleted.is_empty() {
            let of_room = |subscription: &Subscription| {
                inbox.deleted.iter().any(|room| subscription.rooms.contains(room))
            };
            self.end_where(of_room, ROOM_LEFT, now);
        }
        for (notice, id) in &inbox.notices {
            self.recent_notices.push(*id, *notice);
        }
        for (seat, socket, arrival) in inbox.arrivals {
            self.receive(seat, (socket, arrival), now);
        }
        self.give_way(&inbox.revoked, now);
        for (command, answer) in inbox.answers {
            if self.take_answer(command, answer) {
                self.converse(command.key, now);
            }
        }
        self.notice(&inbox.notices, now);
        if inbox.hints {
            self.hint_soon(now);
        }
        // Never more at once than the ring holds: whoever keeps up must not fall behind by it.
        for news in inbox.news.chunks(BATCH) {
            for (id, news) in news {
                self.ring.push(*id, *news);
            }
            self.deliver_all(now);
        }
    }

    /// Gives whether the socket is there to take it.
    fn take_answer(&mut self, command: CommandId, answer: SharedBytes) -> bool {
        let is_it = |(seat, _): &(Seat, UnansweredCommand)| seat.ticket.number == command.ticket;
        if let Some(at) = self.unanswered.iter().position(is_it) {
            let (seat, _) = self.unanswered.swap_remove(at);
            lock(&self.shared.seats).leave(seat.subscription.member);
            return false;
        }
        let held = self.held.get_mut(command.key).filter(|held| held.seat.ticket.number == command.ticket);
        let socket = held.and_then(|held| held.web_socket.as_mut());
        socket.map(|socket| socket.answered(answer)).is_some()
    }

    /// Writes what is due to a socket, takes in what its client says, and writes what came of it.
    fn converse(&mut self, key: usize, now: Instant) {
        self.deliver(key, now);
        match self.held.get_mut(key).map(|held| held.listen(key, now)) {
            None => {}
            Some(Ok(())) => self.deliver(key, now),
            Some(Err(end)) => self.end_as(key, end, now),
        }
    }

    fn notice(&mut self, notices: &HashMap<SidebarNotice, Seq>, now: Instant) {
        for notice in notices.keys() {
            for (_, held) in &mut self.held {
                if self.ring.notifies(*notice, &held.seat.subscription, &*self.source) {
                    held.notice(now);
                }
            }
        }
        if !notices.is_empty() {
            self.deliver_all(now);
        }
    }

    fn receive(
        &mut self,
        seat: Seat,
        (mut socket, arrival): (TcpStream, Option<Box<SocketArrival>>),
        now: Instant,
    ) {
        let Subscription { member, view, session, .. } = seat.subscription;
        let leave = || lock(&self.shared.seats).leave(member);
        if socket.set_nonblocking(true).is_err() {
            return leave();
        }
        if let Some((code, reason)) = self.refusal(&seat) {
            if arrival.is_some() {
                // One that left already is no error.
                let _ = socket.write(&close_frame(code, reason));
            }
            return leave();
        }
        // Somebody who left without a word takes nothing, and a small send buffer hides it.
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&socket).set_tcp_user_timeout(Some(STALL));
        let mut socket = mio::net::TcpStream::from_std(socket);
        let entry = self.held.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(&mut socket, Token(entry.key()), interest).is_err() {
            return leave();
        }
        let key = entry.key();
        let mut held = StreamConnection::new(socket, seat, arrival, now);
        let (ring, source) = (&mut self.ring, &*self.source);
        let subscription = &held.seat.subscription;
        let for_it = |notice| ring.notifies(notice, subscription, source);
        if view.form == Format::Html && self.recent_notices.any_after(subscription.after, for_it) {
            held.notice(now);
        }
        entry.insert(held);
        lock(&self.shared.people).join(member);
        self.hint_soon(now);
        if view.form == Format::Page {
            self.end_oldest_page(&session, key);
        }
        self.converse(key, now);
    }

    fn deliver(&mut self, key: usize, now: Instant) {
        let Some(held) = self.held.get_mut(key) else { return };
        match held.deliver(&mut self.ring, &self.hints, &*self.source, now) {
            Delivery::Open => {
                self.notice_due = self.notice_due.into_iter().chain(held.notice_due).min();
            }
            end => self.end_delivery(key, end, now),
        }
    }

    fn deliver_all(&mut self, now: Instant) {
        let (ring, hints, source) = (&mut self.ring, &self.hints, &*self.source);
        // One that is blocked tells its notice when it has room.
        let mut notice_due: Option<Instant> = None;
        let over = self.held.iter_mut().filter(|(_, held)| !held.blocked).filter_map(|(key, held)| {
            let outcome = held.deliver(ring, hints, source, now);
            notice_due = notice_due.into_iter().chain(held.notice_due).min();
            (outcome != Delivery::Open).then_some((key, outcome))
        });
        let over: Vec<_> = over.collect();
        self.notice_due = notice_due;
        for (key, end) in over {
            self.end_delivery(key, end, now);
        }
    }

    fn tick(&mut self, now: Instant) {
        let source = Arc::clone(&self.source);
        let mut to_hear = Vec::new();
        let over = self.held.iter_mut().filter_map(|(key, held)| {
            let quiet = now.duration_since(held.progress);
            let check = now.duration_since(held.checked) >= HEARTBEAT;
            if check {
                held.checked = now;
            }
            if check && !source.may_watch(&held.seat.subscription) {
                return Some((key, SocketEnd::Told(CloseCode::Policy, SESSION_OVER)));
            }
            let over = (held.blocked && quiet >= STALL)
                || (!held.blocked && quiet >= HEARTBEAT && held.beat(now) == Delivery::Closed);
            if over {
                return Some((key, SocketEnd::Gone));
            }
            let socket = held.web_socket.as_mut()?;
            match socket.tick(now) {
                Ok(true) => to_hear.push(key),
                Ok(false) => {}
                Err(end) => return Some((key, end)),
            }
            None
        });
        let over: Vec<_> = over.collect();
        for (key, end) in over {
            self.end_as(key, end, now);
        }
        for key in to_hear {
            self.converse(key, now);
        }
    }

    /// Tells streams that what keeps the chat does not answer, or does again; where it has not for long, ends them.
    fn tell_reach(&mut self, now: Instant) {
        let reach = self.source.reach();
        if reach == Reach::CutOff {
            for key in self.keys_where(|_| true) {
                self.end(key, (CloseCode::TryAgainLater, CUT_OFF), now);
            }
        }
        let silent = reach != Reach::InTouch;
        if silent != self.silent {
            self.silent = silent;
            for (_, held) in &mut self.held {
                held.note_silence(silent);
            }
            self.deliver_all(now);
        }
    }

    /// Tells who is here in a moment, and not later than was planned already.
    fn hint_soon(&mut self, now: Instant) {
        let soon = now + HINT_PAUSE;
        self.hint_due = Some(self.hint_due.map_or(soon, |due| due.min(soon)));
    }

    fn tell_hint(&mut self, now: Instant) {
        let (here, (typing, again)) = {
            let mut people = lock(&self.shared.people);
            (people.here(), people.typing(now))
        };
        self.hint_due = again;
        let shown = self.held.iter().flat_map(|(_, held)| &held.seat.subscription.rooms);
        let rooms: HashSet<RoomId> = shown.copied().collect();
        self.hints.retain(|room, _| rooms.contains(room));
        let told = self.hints_told;
        for room in rooms {
            let typing: Vec<MemberId> = typing
                .iter()
                .filter(|(_, typing_in)| *typing_in == room)
                .map(|(member, _)| *member)
                .collect();
            let event = self.source.people(room, &here, &typing);
            let hint = self.hints.entry(room).or_default();
            if *event != *hint.event {
                self.hints_told += 1;
                *hint = PresenceUpdate { version: self.hints_told, event: event.into() };
            }
        }
        if self.hints_told > told {
            self.deliver_all(now);
        }
    }
}
