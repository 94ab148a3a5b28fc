//! The held streams: whoever watches is told at once.
//!
//! A held stream is a socket, a cursor and whom it belongs to. One thread serves all of them: it
//! sleeps until something happens, then writes to each stream what lies between its cursor and
//! the newest message, many messages in one `writev`. A message is rendered once per [`Format`] and
//! shared. Sockets do not block: a slow reader keeps its cursor and is tried again when it has
//! room; one that falls behind what is kept here is closed, and comes back by its cursor.

mod event_loop;
mod inbox;
mod notices;
mod presence;
mod ring;
mod socket;
mod stream_connection;

use std::collections::HashMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use mio::Waker;

use crate::chat::{Hint, MemberId, MessageChange, Record, RoomId, Seq, TokenDigest};
use crate::fair::{Budget, Claim, Client, Revocable, Victim};
use crate::lock::lock;
use crate::text::Locale;
use crate::websocket::{CloseCode, close_frame, text_frame};
pub use event_loop::Thread;
use inbox::FeedInbox;
use presence::Presence;
pub(crate) use socket::{CommandId, SocketArrival, SocketClient};

/// Streams without a script of one session: a browser opens six connections to one origin, so
/// that more would leave none for pages. One more ends the oldest.
const PAGES_PER_SESSION: usize = 3;
/// A reservation whose stream did not come within this is void.
const TICKET_TIME: Duration = Duration::from_secs(120);
/// Why a socket is closed that comes back when there is room.
const GIVES_WAY: &str = "it has to give way to others";
/// Time that a new stream waits until one that has to give way for it is closed.
const ROOM_TIME: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Server-sent events whose data is JSON: for programs.
    Json,
    /// Server-sent events whose data is HTML: for our own page.
    Html,
    /// A page that never ends: for browsers without scripts.
    Page,
    /// Frames of a WebSocket whose texts are JSON: for programs that answer.
    Socket,
}

/// Tells the reader of a stream that what they have has to be loaded anew: it is more than a stream can tell. A page
/// without a script is loaded anew when it ends.
pub(crate) fn reload(form: Format) -> Vec<u8> {
    match form {
        Format::Json | Format::Html => b"event: reload\ndata:\n\n".into(),
        Format::Page => Vec::new(),
        Format::Socket => text_frame(r#"{"event":"reload"}"#),
    }
}

/// Key under which streams share what is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    pub form: Format,
    pub locale: Locale,
}

/// To whom a room's messages go.
pub enum Audience {
    Everybody,
    /// These, in the order of their ids.
    Members(Box<[MemberId]>),
    /// These as well, and whoever previews the room.
    Open(Box<[MemberId]>),
}

/// Whether what keeps the chat answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does, or this process keeps the chat by itself.
    InTouch,
    /// Not for some seconds: those who watch are told, and nobody else begins to.
    Silent,
    /// For so long that streams end: another node may know more.
    CutOff,
}

/// Renders for the streams, and decides who may still watch. Locks: called by the one thread,
/// which holds none then.
pub trait FeedSource: Send + Sync {
    /// A message of a room as one event of a stream, or nothing if it is not there any more.
    fn message(&self, room: RoomId, id: Seq, view: View) -> Option<Vec<u8>>;
    /// A changed message as one event of a stream; empty if there is nothing to tell any more.
    fn change(&self, change: MessageChange, view: View) -> Vec<u8>;
    fn audience(&self, room: RoomId) -> Audience;
    /// Notes that a page without a script showed this member all up to a message.
    fn seen(&self, member: MemberId, room: RoomId, up_to: Seq);
    /// One room's presence, as one event for our own page.
    fn people(&self, room: RoomId, here: &[MemberId], typing: &[MemberId]) -> Vec<u8>;
    /// True while the session stands and its member may read each of the rooms. Asked at the start and every 15
    /// seconds; counts as use.
    fn may_watch(&self, subscription: &Subscription) -> bool;
    /// Asked every second.
    fn reach(&self) -> Reach {
        Reach::InTouch
    }
}

#[derive(Debug)]
pub struct Subscription {
    pub view: View,
    /// The rooms that are shown beside it: who types there is told, and a page without a script has one, and no
    /// other messages. Where its reader is not in one, it is previewed: only this stream has its messages.
    pub rooms: Box<[RoomId]>,
    /// Everything after this; what is up to it was sent already.
    pub after: Seq,
    pub member: MemberId,
    pub session: TokenDigest,
    /// Set where what is sent counts as read.
    pub reads: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamLimitReached {
    /// All streams are taken.
    Full,
    /// The member has as many as one may have.
    MemberFull,
}

/// Most streams at one time.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// Of all members together.
    pub streams: usize,
    /// Of one member.
    pub per_member: usize,
}

/// The way to the streams, for those who make news and those who bring sockets.
#[derive(Clone)]
pub struct Live(Arc<FeedState>);

struct FeedState {
    per_member: usize,
    /// One unit is one stream.
    budget: Arc<Budget>,
    /// Guards what the thread has not taken yet. Taken after the chat's locks; no I/O under it
    /// but the waker's, which does not block.
    inbox: Mutex<FeedInbox>,
    /// Guards the seats. Taken before the inbox; no I/O under it.
    seats: Mutex<Seats>,
    /// Guards who is here. No I/O under it.
    people: Mutex<Presence>,
    next_ticket: AtomicU64,
    waker: OnceLock<Waker>,
}

#[derive(Default)]
struct Seats {
    /// Of streams that are held or reserved.
    per_member: HashMap<MemberId, usize>,
    reserved: HashMap<u64, (Seat, Instant)>,
}

struct Seat {
    ticket: Arc<Ticket>,
    subscription: Subscription,
    _claim: Claim,
}

impl Seats {
    /// Counts one more stream of a member, unless they have `most` already.
    fn enter(&mut self, member: MemberId, most: usize) -> bool {
        let own = self.per_member.entry(member).or_default();
        if *own >= most {
            return false;
        }
        *own += 1;
        true
    }

    fn leave(&mut self, member: MemberId) {
        if let Some(count) = self.per_member.get_mut(&member) {
            *count -= 1;
            if *count == 0 {
                self.per_member.remove(&member);
            }
        }
    }
}

/// A stream that can be asked to give way: it comes back when there is room.
struct Ticket {
    live: Weak<FeedState>,
    number: u64,
    /// Set before the thread is told. It may look for the stream while that is between two places: whoever puts it
    /// into the next one looks here then.
    revoked: AtomicBool,
}

impl Ticket {
    fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::SeqCst)
    }
}

impl Revocable for Ticket {
    fn revoke(&self) -> bool {
        let Some(live) = self.live.upgrade() else { return false };
        self.revoked.store(true, Ordering::SeqCst);
        Live(live).tell(|inbox| inbox.revoked.push(self.number));
        true
    }
}

impl Live {
    /// No streams yet; [`Live::start`] begins to serve them.
    pub fn new(limits: StreamLimits) -> Self {
        Self(Arc::new(FeedState {
            per_member: limits.per_member,
            budget: Budget::new(limits.streams, 0, Victim::Newest),
            inbox: Mutex::default(),
            seats: Mutex::default(),
            people: Mutex::default(),
            next_ticket: AtomicU64::new(1),
            waker: OnceLock::new(),
        }))
    }

    /// Takes note of what was just applied. Called in order, under the log's lock; returns at
    /// once, whatever the streams do.
    pub fn committed(&self, records: &[Record]) {
        let mut heard = false;
        for author in records.iter().filter_map(|record| record.event.poster()) {
            heard |= lock(&self.0.people).clear_typing(author);
        }
        self.tell(|inbox| {
            inbox.hints |= heard;
            for record in records {
                inbox.note(record);
            }
        });
    }

    /// Has all streams begin anew, as the chat was restored as of this record, and may differ in anything. As above.
    pub fn restored(&self, newest: Seq) {
        self.tell(|inbox| {
            inbox.news.clear();
            inbox.notices.clear();
            inbox.restored = Some(newest);
        });
    }

    /// Reserves a seat for whom this thread works, where another may have to give way; the ticket is for the door,
    /// which attaches a socket or cancels.
    pub fn reserve(&self, subscription: Subscription) -> Result<u64, StreamLimitReached> {
        self.cancel_late();
        let member = subscription.member;
        if !lock(&self.0.seats).enter(member, self.0.per_member) {
            return Err(StreamLimitReached::MemberFull);
        }
        let number = self.0.next_ticket.fetch_add(1, Ordering::Relaxed);
        let live = Arc::downgrade(&self.0);
        let ticket = Arc::new(Ticket { live, number, revoked: AtomicBool::new(false) });
        let holder = Arc::clone(&ticket) as Arc<dyn Revocable>;
        let claim = self.0.budget.claim(Client::acting(), 1, holder, ROOM_TIME);
        let mut seats = lock(&self.0.seats);
        let claim = match claim {
            Ok(claim) if !ticket.is_revoked() => claim,
            refused => {
                seats.leave(member);
                drop(seats);
                // A claim that has to be given back already.
                drop(refused);
                return Err(StreamLimitReached::Full);
            }
        };
        seats.reserved.insert(number, (Seat { ticket, subscription, _claim: claim }, Instant::now()));
        Ok(number)
    }

    /// Frees what was reserved for streams that did not come.
    fn cancel_late(&self) {
        let now = Instant::now();
        let late: Vec<u64> = {
            let seats = lock(&self.0.seats);
            let late =
                seats.reserved.iter().filter(|(_, (_, since))| now.duration_since(*since) > TICKET_TIME);
            late.map(|(ticket, _)| *ticket).collect()
        };
        for ticket in late {
            self.cancel(ticket);
        }
    }

    /// Holds a socket whose head and beginning were written. A void ticket closes it. `arrival`: of a WebSocket.
    pub(crate) fn attach(&self, ticket: u64, mut socket: TcpStream, arrival: Option<Box<SocketArrival>>) {
        let mut seats = lock(&self.0.seats);
        if let Some((seat, _)) = seats.reserved.remove(&ticket) {
            // Before the seats are let go, so that whoever looks for the stream finds it here or there.
            return self.tell(|inbox| inbox.arrivals.push((seat, socket, arrival)));
        }
        drop(seats);
        if arrival.is_some() {
            // One that left already is no error.
            let _ = socket.write(&close_frame(CloseCode::TryAgainLater, GIVES_WAY));
        }
    }

    /// Takes the frame that answers a command. Returns at once.
    pub(crate) fn answered(&self, command: CommandId, frame: Vec<u8>) {
        self.tell(|inbox| inbox.answers.push((command, frame.into())));
    }

    /// Gives a reserved seat back.
    pub(crate) fn cancel(&self, ticket: u64) {
        let mut seats = lock(&self.0.seats);
        let reserved = seats.reserved.remove(&ticket);
        if let Some((seat, _)) = &reserved {
            seats.leave(seat.subscription.member);
        }
        // The claim goes back to the budget under no lock of ours.
        drop(seats);
    }

    /// A hint that is never stored: this member is writing something.
    pub fn typing(&self, member: MemberId, room: RoomId) {
        lock(&self.0.people).set_typing(member, room, Instant::now());
        self.tell(|inbox| inbox.hints = true);
    }

    /// Takes note of what another node tells of its members.
    pub(crate) fn hear(&self, node: &str, hint: &Hint) {
        let now = Instant::now();
        let mut people = lock(&self.0.people);
        match hint {
            Hint::Here { first, members } => people.listed_elsewhere(node, *first, members, now),
            Hint::Moved { came, left } => people.moved_elsewhere(node, came, left, now),
            Hint::Typing { member, room } => people.set_typing(*member, *room, now),
            Hint::SessionsUsed(_) => return,
        }
        drop(people);
        self.tell(|inbox| inbox.hints = true);
    }

    /// Forgets the members at nodes of which nothing is heard any more. To be called now and then where there are others.
    pub(crate) fn forget_silent_nodes(&self) {
        if lock(&self.0.people).forget_silent_nodes(Instant::now()) {
            self.tell(|inbox| inbox.hints = true);
        }
    }

    /// The members who watch at this node, in the order of their ids.
    pub(crate) fn at_this_node(&self) -> Vec<MemberId> {
        lock(&self.0.people).at_this_node()
    }

    /// The members who watch now, in the order of their ids.
    pub fn here(&self) -> Vec<MemberId> {
        lock(&self.0.people).here()
    }

    /// How often members came and left: what was read of [`Live::here`] since this number was, holds while it stays.
    pub(crate) fn presence_changes(&self) -> u64 {
        lock(&self.0.people).changes()
    }

    fn tell(&self, news: impl FnOnce(&mut FeedInbox)) {
        news(&mut lock(&self.0.inbox));
        if let Some(waker) = self.0.waker.get() {
            // It can only fail if the poller is gone, and then so are the streams.
            let _ = waker.wake();
        }
    }
}
