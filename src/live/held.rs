//! One held stream, and the messages that all of them share.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use mio::net::TcpStream;

use super::{Audience, Form, News, Source, Subscription, View};
use crate::chat::{Change, RoomId, Seq};

/// Messages kept for those who are slow.
const RING: usize = 1_024;
/// The same, in bytes as rendered.
const RING_BYTES: usize = 8 * 1024 * 1024;
/// Messages in one write.
pub(super) const BATCH: usize = 64;
/// Messages after which a page without a script ends and is loaded anew, so that a browser's
/// memory is bounded.
const PAGE_MESSAGES: usize = 200;

/// Our own page has to ask for its list of rooms again. Without an `id:`, so that nobody comes back by it.
const ROOMS: &[u8] = b"event: rooms\ndata:\n\n";
/// What a client may send on a stream, in bytes: nothing is expected, and reading it takes the
/// time of all others.
const HEARD_MAX: usize = 4 * 1024;

/// Rendered bytes, shared by all streams that want them.
type Shared = Arc<[u8]>;

/// The newest news, each rendered once per view, when the first stream asks for it.
#[derive(Default)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The newest that is not kept any more.
    forgotten: Seq,
}

struct Entry {
    id: Seq,
    news: News,
    /// To whom, once somebody asked.
    audience: Option<Audience>,
    views: Vec<(View, Shared)>,
}

impl Entry {
    /// Whether it is for this stream.
    fn is_for(&mut self, subscription: &Subscription, source: &dyn Source) -> bool {
        let form = subscription.view.form;
        match self.news {
            News::Rooms(member) => return form == Form::Html && member == subscription.member,
            News::Room(_) if form != Form::Html => return false,
            _ => {}
        }
        let Some(room) = self.news.room() else { return false };
        // A page without a script has no other room.
        if form == Form::Page && room != subscription.room {
            return false;
        }
        let audience = self.audience.get_or_insert_with(|| source.audience(room));
        match audience {
            Audience::Everybody => true,
            Audience::Members(members) => members.contains(&subscription.member),
        }
    }

    fn bytes(&self) -> usize {
        self.views.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    fn view(&self, view: View) -> Option<&Shared> {
        self.views.iter().find(|(other, _)| *other == view).map(|(_, bytes)| bytes)
    }
}

/// What is due to one stream: places in the ring.
struct Due {
    places: [usize; BATCH],
    count: usize,
    /// Up to which number there is nothing else for this stream.
    looked_at: Seq,
}

impl Due {
    fn places(&self) -> &[usize] {
        &self.places[..self.count]
    }
}

impl Ring {
    pub(super) fn push(&mut self, id: Seq, news: News) {
        if let News::Changed(change) = news {
            self.forget_text(change);
        }
        self.entries.push_back(Entry { id, news, audience: None, views: Vec::new() });
        while self.entries.len() > RING || self.bytes > RING_BYTES {
            let Some(old) = self.entries.pop_front() else { break };
            self.forgotten = old.id;
            self.bytes -= old.bytes();
        }
    }

    /// What a message said before is told to nobody any more, neither by it nor by earlier changes.
    fn forget_text(&mut self, change: Change) {
        let first = self.entries.partition_point(|entry| entry.id < change.message);
        for entry in self.entries.iter_mut().skip(first) {
            let about = match entry.news {
                News::Said(_) => entry.id,
                News::Changed(earlier) => earlier.message,
                _ => continue,
            };
            if about == change.message {
                self.bytes -= entry.bytes();
                entry.views.clear();
                if change.removed || matches!(entry.news, News::Changed(_)) {
                    entry.news = News::Nothing;
                }
            }
        }
    }

    /// Somebody left this room: what was said there and not delivered is not for them any more.
    pub(super) fn ask_again(&mut self, left: RoomId) {
        for entry in &mut self.entries {
            if entry.news.room() == Some(left) {
                entry.audience = None;
            }
        }
    }

    /// The next news for a stream after `cursor`.
    fn next(&mut self, cursor: Seq, subscription: &Subscription, source: &dyn Source) -> Due {
        let mut due = Due { places: [0; BATCH], count: 0, looked_at: cursor };
        let first = self.entries.partition_point(|entry| entry.id <= cursor);
        for (place, entry) in self.entries.iter_mut().enumerate().skip(first) {
            if due.count == BATCH {
                break;
            }
            if entry.is_for(subscription, source) {
                due.places[due.count] = place;
                due.count += 1;
            }
            due.looked_at = entry.id;
        }
        due
    }

    /// Sees to it that these entries are rendered; gives whether all of them still can be.
    fn render(&mut self, due: &Due, view: View, source: &dyn Source) -> bool {
        for place in due.places() {
            let entry = &mut self.entries[*place];
            if entry.view(view).is_none() {
                let bytes = match entry.news {
                    News::Said(_) => source.message(entry.id, view),
                    News::Changed(change) => Some(source.change(change, view)),
                    News::Rooms(_) | News::Room(_) => Some(ROOMS.into()),
                    News::Nothing => Some(Vec::new()),
                };
                let Some(bytes) = bytes else { return false };
                self.bytes += bytes.len();
                entry.views.push((view, bytes.into()));
            }
        }
        true
    }

    /// Whether one of these takes something back.
    fn changes_something(&self, due: &Due) -> bool {
        due.places().iter().any(|place| matches!(self.entries[*place].news, News::Changed(_)))
    }

    /// Rendered entries.
    fn rendered(&self, due: &Due, view: View) -> impl Iterator<Item = (Seq, &Shared)> {
        let entries = due.places().iter().map(|place| &self.entries[*place]);
        entries.filter_map(move |entry| Some((entry.id, entry.view(view)?)))
    }
}

/// What a stream came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has all there is, or waits for its socket.
    Held,
    /// It is over.
    Over,
}

/// What is told to our own page apart from messages: the newest version, as one event.
#[derive(Default)]
pub(super) struct Hint {
    pub(super) version: u64,
    pub(super) event: Shared,
}

/// See the module's text.
pub(super) struct Held {
    pub(super) socket: TcpStream,
    pub(super) subscription: Subscription,
    /// The newest message that was handed to the socket, at least in part.
    cursor: Seq,
    /// What the socket did not take of it.
    rest: Option<(Shared, usize)>,
    /// Whether the socket had no room. The poller says when it has.
    pub(super) blocked: bool,
    /// When the socket took something last.
    pub(super) progress: Instant,
    /// When it began.
    pub(super) since: Instant,
    /// When its session was looked at last.
    pub(super) checked: Instant,
    hint_seen: u64,
    delivered: usize,
    /// Of these, how many counted as seen.
    seen: usize,
    /// Bytes that the client sent, unasked.
    heard: usize,
}

impl Held {
    pub(super) fn new(socket: TcpStream, subscription: Subscription, now: Instant) -> Self {
        let cursor = subscription.after;
        Self {
            socket,
            subscription,
            cursor,
            rest: None,
            blocked: false,
            progress: now,
            since: now,
            checked: now,
            hint_seen: 0,
            delivered: 0,
            seen: 0,
            heard: 0,
        }
    }

    /// Writes what is due, as far as the socket takes it.
    pub(super) fn deliver(
        &mut self,
        ring: &mut Ring,
        hint: Option<&Hint>,
        source: &dyn Source,
        now: Instant,
    ) -> Outcome {
        let view = self.subscription.view;
        loop {
            if self.starts_over(ring) {
                return Outcome::Over;
            }
            let due = ring.next(self.cursor, &self.subscription, source);
            if due.count == 0 && self.rest.is_none() {
                self.cursor = due.looked_at;
                self.note_seen(source);
                if !self.take_up(hint) {
                    return Outcome::Held;
                }
            }
            // What a page has shown stays on it, so that it is loaded anew; and so is whatever shows messages of
            // which some were forgotten before their turn.
            if (view.form == Form::Page && ring.changes_something(&due)) || !ring.render(&due, view, source) {
                return Outcome::Over;
            }
            let Some(written) = self.write(ring.rendered(&due, view).map(|(_, bytes)| &**bytes), now) else {
                return Outcome::Over;
            };
            if self.blocked {
                return Outcome::Held;
            }
            self.advance(written, ring.rendered(&due, view));
        }
    }

    /// Whether it cannot go on: it fell behind what is kept, or shows as much as a page may.
    fn starts_over(&self, ring: &Ring) -> bool {
        let is_full = self.subscription.view.form == Form::Page && self.delivered >= PAGE_MESSAGES;
        self.cursor < ring.forgotten || (is_full && self.rest.is_none())
    }

    /// What a page without a script was sent, its reader has seen. (Pages with one say so themselves.)
    fn note_seen(&mut self, source: &dyn Source) {
        let Subscription { view, member, room, .. } = self.subscription;
        if view.form == Form::Page && self.delivered > self.seen {
            self.seen = self.delivered;
            source.seen(member, room, self.cursor);
        }
    }

    /// Takes up a hint to be written, if it is news.
    fn take_up(&mut self, hint: Option<&Hint>) -> bool {
        let hint =
            hint.filter(|hint| self.subscription.view.form == Form::Html && self.hint_seen != hint.version);
        let Some(hint) = hint else { return false };
        self.hint_seen = hint.version;
        self.rest = Some((hint.event.clone(), 0));
        true
    }

    /// Notes what was written: what was left comes first, and then what was due.
    fn advance<'a>(&mut self, mut written: usize, due: impl Iterator<Item = (Seq, &'a Shared)>) {
        if let Some((bytes, from)) = &mut self.rest {
            let taken = written.min(bytes.len() - *from);
            written -= taken;
            *from += taken;
            if *from < bytes.len() {
                return;
            }
            self.rest = None;
        }
        for (id, bytes) in due {
            if written == 0 && !bytes.is_empty() {
                break;
            }
            self.cursor = id;
            self.delivered += 1;
            let taken = written.min(bytes.len());
            written -= taken;
            if taken < bytes.len() {
                self.rest = Some((bytes.clone(), taken));
                break;
            }
        }
    }

    /// One write of what is left and what is due: how much was taken, or nothing if the stream is
    /// broken. Notes whether the socket is full.
    fn write<'a>(&mut self, due: impl Iterator<Item = &'a [u8]>, now: Instant) -> Option<usize> {
        let mut slices = [IoSlice::new(&[]); BATCH + 1];
        let mut count = 0;
        if let Some((bytes, from)) = &self.rest {
            slices[0] = IoSlice::new(&bytes[*from..]);
            count = 1;
        }
        for piece in due.filter(|piece| !piece.is_empty()).take(BATCH) {
            slices[count] = IoSlice::new(piece);
            count += 1;
        }
        let slices = &slices[..count];
        loop {
            let written = match slices {
                [] => return Some(0),
                // The usual case, and cheaper for the system.
                [only] => self.socket.write(only),
                several => self.socket.write_vectored(several),
            };
            match written {
                Ok(0) => return None,
                Ok(written) => {
                    self.progress = now;
                    return Some(written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked = true;
                    return Some(0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }

    /// Says nothing, so that nobody on the way thinks that the connection is dead.
    pub(super) fn beat(&mut self, now: Instant) -> Outcome {
        if self.blocked || self.rest.is_some() {
            return Outcome::Held;
        }
        let silence: &[u8] = match self.subscription.view.form {
            Form::Json => b":\n\n",
            // An event, since a script does not see comments, and wants to know that the line lives.
            Form::Html => b"event: beat\ndata:\n\n",
            Form::Page => b"\n",
        };
        self.rest = Some((silence.into(), 0));
        match self.write(std::iter::empty(), now) {
            None => Outcome::Over,
            Some(taken) => {
                self.rest = self
                    .rest
                    .take()
                    .filter(|(bytes, _)| taken < bytes.len())
                    .map(|(bytes, _)| (bytes, taken));
                Outcome::Held
            }
        }
    }

    /// The poller has news of the socket: it has room again, or the client said something (which
    /// nobody asked for) or left.
    pub(super) fn look(&mut self) -> Outcome {
        self.blocked = false;
        let mut bytes = [0; 512];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return Outcome::Over,
                Ok(count) => {
                    self.heard += count;
                    if self.heard > HEARD_MAX {
                        return Outcome::Over;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Outcome::Held,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Outcome::Over,
            }
        }
    }
}
