//! One held stream.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::iter;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::ring::{BATCH, Ring, SharedBytes};
use super::socket::{SocketArrival, SocketEnd, WebSocket};
use super::{FeedSource, Format, Seat, Subscription, View, reload};
use crate::chat::{RoomId, Seq};
use crate::websocket::{self, CloseCode};

/// Messages after which a page without a script ends and is loaded anew, so that a browser's
/// memory is bounded.
const PAGE_MESSAGES: usize = 200;

/// Our own page has to ask for its list of rooms again. Without an `id:`, so that nobody comes back by it.
const ROOMS: &[u8] = b"event: rooms\ndata:\n\n";
/// A notice that repeats within this is told once.
pub(super) const NOTICE_PAUSE: Duration = Duration::from_secs(1);

/// Most bytes that a client may send on a stream: nothing is expected, and reading it takes the
/// time of all others.
const HEARD_MAX: usize = 4 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It has all there is, or waits for its socket.
    Open,
    /// It cannot go on, and comes back by its cursor.
    Over,
    /// Its client left.
    Closed,
}

/// Of each room that somebody looks at.
pub(super) type PresenceUpdates = BTreeMap<RoomId, PresenceUpdate>;

/// The newest presence of a room, as one event for our own page.
#[derive(Default)]
pub(super) struct PresenceUpdate {
    /// Another for each update, of whatever room; they grow.
    pub(super) version: u64,
    pub(super) event: SharedBytes,
}

pub(super) struct StreamConnection {
    pub(super) socket: TcpStream,
    pub(super) seat: Seat,
    /// The newest message that was handed to the socket, at least in part.
    cursor: Seq,
    /// Bytes that the socket did not take, and how many of them it took.
    rest: Option<(SharedBytes, usize)>,
    /// Set while the socket has no room, until the poller says that it has.
    pub(super) blocked: bool,
    /// Time of the last write that the socket took.
    pub(super) progress: Instant,
    pub(super) since: Instant,
    /// Time of the last check of its session.
    pub(super) checked: Instant,
    /// Version of the newest update of presence that it was told.
    hint_seen: u64,
    /// Due time of the next notice; none where the list of rooms is current.
    pub(super) notice_due: Option<Instant>,
    noticed: Option<Instant>,
    /// What it is to be told of the reach of what keeps the chat.
    reach_due: Option<SharedBytes>,
    delivered: usize,
    /// Of these, how many counted as seen.
    seen: usize,
    /// Bytes that the client sent, unasked.
    heard: usize,
    /// Set where its client may say something.
    pub(super) web_socket: Option<Box<WebSocket>>,
}

impl StreamConnection {
    pub(super) fn new(
        socket: TcpStream,
        seat: Seat,
        arrival: Option<Box<SocketArrival>>,
        now: Instant,
    ) -> Self {
        let cursor = seat.subscription.after;
        Self {
            socket,
            seat,
            cursor,
            rest: None,
            blocked: false,
            progress: now,
            since: now,
            checked: now,
            hint_seen: 0,
            notice_due: None,
            noticed: None,
            reach_due: None,
            delivered: 0,
            seen: 0,
            heard: 0,
            web_socket: arrival.map(|arrival| Box::new(WebSocket::new(*arrival))),
        }
    }

    /// Writes what is due, as far as the socket takes it.
    pub(super) fn deliver(
        &mut self,
        ring: &mut Ring,
        hints: &PresenceUpdates,
        source: &dyn FeedSource,
        now: Instant,
    ) -> Delivery {
        let view = self.seat.subscription.view;
        loop {
            self.take_up_frame();
            if self.is_closing() {
                return self.finish(now);
            }
            if self.starts_over(ring) {
                return Delivery::Over;
            }
            let mut due = ring.next(self.cursor, &self.seat.subscription, source);
            if due.count > 0 || self.rest.is_some() {
                // A page keeps all it has shown, so that it is loaded anew; and so is whatever shows messages of
                // which some were forgotten before their turn.
                if (view.form == Format::Page && ring.changes_something(&due))
                    || !ring.render(&mut due, view, source)
                {
                    return Delivery::Over;
                }
                let Some(written) = self.write(ring.rendered(&due).map(|(_, bytes)| &**bytes), now) else {
                    return Delivery::Closed;
                };
                if self.blocked {
                    return Delivery::Open;
                }
                let took_all = self.advance(written, ring.rendered(&due));
                if !took_all || !due.reaches_newest() || self.starts_over(ring) {
                    continue;
                }
            }
            self.cursor = due.looked_at;
            self.note_seen(source);
            let has_frame = self.web_socket.as_ref().is_some_and(|socket| socket.has_frame());
            let has_more = has_frame
                || self.take_up_reach()
                || self.take_up(hints, ring, source)
                || self.take_up_notice(now);
            if !has_more {
                return Delivery::Open;
            }
        }
    }

    /// Takes up a frame that is no event.
    fn take_up_frame(&mut self) {
        if self.rest.is_none()
            && let Some(socket) = &mut self.web_socket
        {
            self.rest = socket.next_frame().map(|frame| (frame, 0));
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.web_socket.as_ref().is_some_and(|socket| socket.is_closing())
    }

    /// Writes what is left, the reason last, and says no more then.
    fn finish(&mut self, now: Instant) -> Delivery {
        while self.rest.is_some() {
            let Some(written) = self.write(iter::empty(), now) else { return Delivery::Closed };
            if self.blocked {
                return Delivery::Open;
            }
            self.advance(written, iter::empty());
            self.take_up_frame();
        }
        match self.socket.shutdown(Shutdown::Write) {
            Ok(()) => Delivery::Open,
            Err(_) => Delivery::Closed,
        }
    }

    /// Has the client told why it is over; nothing else is told. False where it cannot be.
    pub(super) fn say_why(&mut self, code: CloseCode, reason: &str, now: Instant) -> bool {
        let Some(socket) = &mut self.web_socket else { return false };
        let can = !self.blocked && !socket.is_closing();
        if can {
            socket.close(code, reason, now);
        }
        can
    }

    /// Has the client told that what it has is to be loaded anew, if it can be told at once; else it hears of it when it
    /// comes back.
    pub(super) fn tell_to_reload(&mut self, now: Instant) {
        if self.rest.is_some() || self.is_closing() {
            return;
        }
        self.rest = Some((reload(self.seat.subscription.view.form).into(), 0));
        if self.web_socket.is_none() {
            self.write(iter::empty(), now);
        }
    }

    /// Takes in what the client says.
    pub(super) fn listen(&mut self, key: usize, now: Instant) -> Result<(), SocketEnd> {
        let Self { web_socket: Some(web_socket), socket, seat, .. } = self else { return Ok(()) };
        web_socket.listen(socket, &seat.ticket, key, now)
    }

    /// True where it cannot go on: it fell behind what is kept, or shows as much as a page may.
    fn starts_over(&self, ring: &Ring) -> bool {
        let is_full = self.seat.subscription.view.form == Format::Page && self.delivered >= PAGE_MESSAGES;
        self.cursor < ring.forgotten || (is_full && self.rest.is_none())
    }

    fn note_seen(&mut self, source: &dyn FeedSource) {
        let Subscription { reads, member, rooms, .. } = &self.seat.subscription;
        if *reads && self.delivered > self.seen {
            self.seen = self.delivered;
            for room in rooms {
                source.seen(*member, *room, self.cursor);
            }
        }
    }

    /// Takes up the next hint to be written, if there is news.
    fn take_up(&mut self, hints: &PresenceUpdates, ring: &mut Ring, source: &dyn FeedSource) -> bool {
        let Subscription { view, rooms, member, .. } = &self.seat.subscription;
        if view.form != Format::Html {
            return false;
        }
        let shown = rooms.iter().filter_map(|room| Some((*room, hints.get(room)?)));
        let news = shown.filter(|(_, hint)| hint.version > self.hint_seen);
        let readable = news.filter(|(room, _)| ring.may_read(*room, *member, source));
        let Some((_, hint)) = readable.min_by_key(|(_, hint)| hint.version) else { return false };
        self.hint_seen = hint.version;
        self.rest = Some((hint.event.clone(), 0));
        true
    }

    /// Has our own page told that what keeps the chat does not answer, in the words that it shows; or, by none, that it does.
    pub(super) fn note_silence(&mut self, silent: bool) {
        let View { form, locale } = self.seat.subscription.view;
        if form == Format::Html {
            let text = if silent { locale.texts().nodes.cut_off } else { "" };
            self.reach_due = Some(format!("event: cut_off\ndata: {text}\n\n").into_bytes().into());
        }
    }

    fn take_up_reach(&mut self) -> bool {
        let Some(event) = self.reach_due.take() else { return false };
        self.rest = Some((event, 0));
        true
    }

    /// Has it told, soon, that its list of rooms is another: at once, or when the pause since the last time is over.
    pub(super) fn notice(&mut self, now: Instant) {
        let due = self.noticed.map_or(now, |last| now.max(last + NOTICE_PAUSE));
        self.notice_due.get_or_insert(due);
    }

    fn take_up_notice(&mut self, now: Instant) -> bool {
        if self.notice_due.is_none_or(|due| now < due) {
            return false;
        }
        self.notice_due = None;
        self.noticed = Some(now);
        self.rest = Some((ROOMS.into(), 0));
        true
    }

    /// Notes what was written: what was left comes first, and then what was due. True where that is all.
    fn advance<'a>(&mut self, mut written: usize, due: impl Iterator<Item = (Seq, &'a SharedBytes)>) -> bool {
        if let Some((bytes, from)) = &mut self.rest {
            let taken = written.min(bytes.len() - *from);
            written -= taken;
            *from += taken;
            if *from < bytes.len() {
                return false;
            }
            self.rest = None;
        }
        for (id, bytes) in due {
            if written == 0 && !bytes.is_empty() {
                return false;
            }
            self.cursor = id;
            self.delivered += 1;
            let taken = written.min(bytes.len());
            written -= taken;
            if taken < bytes.len() {
                self.rest = Some((bytes.clone(), taken));
                return false;
            }
        }
        true
    }

    /// One write of what is left and what is due: how much was taken, or nothing if the stream is
    /// broken. Notes whether the socket is full.
    fn write<'a>(&mut self, due: impl Iterator<Item = &'a [u8]>, now: Instant) -> Option<usize> {
        let rest = self.rest.as_ref().map(|(bytes, from)| &bytes[*from..]);
        let due = due.filter(|piece| !piece.is_empty()).map(|piece| -> &[u8] { piece });
        let mut pieces = rest.into_iter().chain(due);
        let Some(first) = pieces.next() else { return Some(0) };
        let second = pieces.next();
        let written = match second {
            // The usual case, and cheaper for the system.
            None => uninterrupted(|| (&self.socket).write(first)),
            Some(_) => write_vectored(&self.socket, iter::once(first).chain(second).chain(pieces)),
        };
        match written {
            Ok(0) => None,
            Ok(written) => {
                self.progress = now;
                Some(written)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.blocked = true;
                Some(0)
            }
            Err(_) => None,
        }
    }

    /// Says nothing, so that nobody on the way thinks that the connection is dead.
    pub(super) fn beat(&mut self, now: Instant) -> Delivery {
        if self.blocked || self.rest.is_some() || self.is_closing() {
            return Delivery::Open;
        }
        let silence: &[u8] = match self.seat.subscription.view.form {
            Format::Json => b":\n\n",
            // An event, since a script does not see comments, and wants to know that the line lives.
            Format::Html => b"event: beat\ndata:\n\n",
            Format::Page => b"\n",
            Format::Socket => websocket::PING,
        };
        self.rest = Some((silence.into(), 0));
        match self.write(iter::empty(), now) {
            None => Delivery::Closed,
            Some(taken) => {
                self.rest = self
                    .rest
                    .take()
                    .filter(|(bytes, _)| taken < bytes.len())
                    .map(|(bytes, _)| (bytes, taken));
                Delivery::Open
            }
        }
    }

    /// The poller has news of the socket: it has room again, or the client said something (which
    /// nobody asked for) or left.
    pub(super) fn look(&mut self) -> Delivery {
        self.blocked = false;
        if let Some(socket) = &mut self.web_socket {
            socket.readable = true;
            return Delivery::Open;
        }
        let mut bytes = [0; 512];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return Delivery::Closed,
                Ok(count) => {
                    self.heard += count;
                    if self.heard > HEARD_MAX {
                        return Delivery::Closed;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Delivery::Open,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Delivery::Closed,
            }
        }
    }
}

/// One write of several pieces.
fn write_vectored<'a>(mut socket: &TcpStream, pieces: impl Iterator<Item = &'a [u8]>) -> io::Result<usize> {
    // One more: what was left of the write before.
    let mut slices = [IoSlice::new(&[]); BATCH + 1];
    let filled = slices.iter_mut().zip(pieces).map(|(slice, piece)| *slice = IoSlice::new(piece)).count();
    uninterrupted(|| socket.write_vectored(&slices[..filled]))
}

fn uninterrupted(mut write: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match write() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
