//! How streams end: their clients are told why, as far as they can be, and their places are given back.

use std::sync::Arc;
use std::time::Instant;

use super::{SESSION_OVER, Streams};
use crate::chat::{Seq, TokenDigest};
use crate::live::inbox::FeedInbox;
use crate::live::notices::RecentNotices;
use crate::live::ring::Ring;
use crate::live::socket::SocketEnd;
use crate::live::stream_connection::{Delivery, StreamConnection};
use crate::live::{Format, GIVES_WAY, Live, PAGES_PER_SESSION, Seat, Subscription};
use crate::lock::lock;
use crate::websocket::CloseCode;

impl Streams {
    /// Ends all streams, which come back with what there is now.
    pub(super) fn begin_anew(&mut self, newest: Seq, now: Instant) {
        self.ring = Ring::after(newest);
        self.recent_notices = RecentNotices::default();
        for key in self.keys_where(|_| true) {
            if let Some(held) = self.held.get_mut(key) {
                held.tell_to_reload(now);
            }
            self.end(key, (CloseCode::Normal, ""), now);
        }
    }

    /// Ends streams that have to give way to others.
    pub(super) fn give_way(&mut self, tickets: &[u64], now: Instant) {
        for ticket in tickets {
            // One that has not come yet is void.
            Live(Arc::clone(&self.shared)).cancel(*ticket);
        }
        if !tickets.is_empty() {
            for key in self.keys_where(|seat| tickets.contains(&seat.ticket.number)) {
                self.end(key, (CloseCode::TryAgainLater, GIVES_WAY), now);
                self.hang_up(key, now);
            }
        }
    }

    /// Why a stream is not held for which the application said yes: since then, the session may have ended, the member
    /// have left, or somebody else have got its place.
    pub(super) fn refusal(&self, seat: &Seat) -> Option<(CloseCode, &'static str)> {
        if !self.source.may_watch(&seat.subscription) {
            return Some((CloseCode::Policy, SESSION_OVER));
        }
        seat.ticket.is_revoked().then_some((CloseCode::TryAgainLater, GIVES_WAY))
    }

    pub(super) fn end_oldest_page(&mut self, session: &TokenDigest, newest: usize) {
        let of_session = |held: &StreamConnection| {
            held.seat.subscription.view.form == Format::Page && held.seat.subscription.session == *session
        };
        let pages = self.held.iter().filter(|(key, held)| *key != newest && of_session(held));
        if pages.clone().count() >= PAGES_PER_SESSION {
            let oldest = pages.min_by_key(|(_, held)| held.since).map(|(key, _)| key);
            if let Some(key) = oldest {
                self.close(key);
            }
        }
    }

    pub(super) fn end_delivery(&mut self, key: usize, end: Delivery, now: Instant) {
        match end {
            Delivery::Open => {}
            Delivery::Over => self.end(key, (CloseCode::TryAgainLater, "too far behind"), now),
            Delivery::Closed => self.close(key),
        }
    }

    pub(super) fn end_where(
        &mut self,
        which: impl Fn(&Subscription) -> bool,
        reason: &'static str,
        now: Instant,
    ) {
        for key in self.keys_where(|seat| which(&seat.subscription)) {
            self.end(key, (CloseCode::Policy, reason), now);
        }
    }

    pub(super) fn keys_where(&self, which: impl Fn(&Seat) -> bool) -> Vec<usize> {
        self.held.iter().filter(|(_, held)| which(&held.seat)).map(|(key, _)| key).collect()
    }

    pub(super) fn end_as(&mut self, key: usize, end: SocketEnd, now: Instant) {
        match end {
            SocketEnd::Gone => self.close(key),
            SocketEnd::Told(code, reason) => self.end(key, (code, reason), now),
        }
    }

    /// Ends a stream. The client of a WebSocket is told why, and has a moment to close it.
    pub(super) fn end(&mut self, key: usize, (code, reason): (CloseCode, &'static str), now: Instant) {
        let told = self.held.get_mut(key).is_some_and(|held| held.say_why(code, reason, now));
        if told { self.deliver(key, now) } else { self.close(key) }
    }

    /// Closes a stream at once.
    pub(super) fn hang_up(&mut self, key: usize, now: Instant) {
        if let Some(held) = self.held.get_mut(key).filter(|held| held.is_closing()) {
            // A socket that is closed with bytes unread sends a reset, which can overtake what was written.
            let _ = held.listen(key, now);
        }
        self.close(key);
    }

    /// Ends all streams. What was answered is told before.
    pub(super) fn stop(&mut self, inbox: FeedInbox) {
        let now = Instant::now();
        for (command, answer) in inbox.answers {
            self.take_answer(command, answer);
        }
        for key in self.keys_where(|_| true) {
            self.end(key, (CloseCode::GoingAway, "snug stops"), now);
            self.hang_up(key, now);
        }
    }

    /// Ends all streams, whatever state they are in: a closed socket leaves the poller by itself.
    pub(super) fn end_all(&mut self) {
        for held in self.held.drain() {
            let member = held.seat.subscription.member;
            lock(&self.shared.seats).leave(member);
            lock(&self.shared.people).leave(member);
        }
    }

    pub(super) fn close(&mut self, key: usize) {
        let Some(held) = self.held.try_remove(key) else { return };
        let StreamConnection { mut socket, seat, web_socket, .. } = held;
        // The socket is closed right after; a poller that forgot it already is no error.
        let _ = self.poll.registry().deregister(&mut socket);
        let member = seat.subscription.member;
        match web_socket.and_then(|socket| socket.into_unanswered()) {
            Some(command) => self.unanswered.push((seat, command)),
            None => lock(&self.shared.seats).leave(member),
        }
        lock(&self.shared.people).leave(member);
        self.hint_soon(Instant::now());
    }
}
