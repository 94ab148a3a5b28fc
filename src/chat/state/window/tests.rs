//! Fair shares when memory is full.

use super::*;
use crate::chat::file::Files;
use crate::chat::mentions::Mentions;
use crate::chat::model::{Body, MemberId, Timestamp};

const HISTORY: usize = 1_000;
/// Messages that a room in use has to keep.
const PAGE: usize = 50;
const NOTES: RoomId = RoomId(Seq(10));

struct Full {
    window: Window,
    last: u64,
}

impl Full {
    /// A shared room that took all there is, a club of 60 messages, and a talk of two that is as long.
    fn new() -> Self {
        let mut full = Self { window: Window::new(HISTORY), last: 100 };
        for room in [1, 2] {
            (0..60).for_each(|_| full.post(RoomId(Seq(room)), room == 2, 20));
        }
        (0..2 * HISTORY).for_each(|_| full.post(RoomId::SHARED, false, 20));
        full
    }

    fn post(&mut self, room: RoomId, private: bool, length: usize) {
        self.last += 1;
        let body = Body::from_storage(&"x".repeat(length)).unwrap();
        let (id, author, at, mentions) =
            (Seq(self.last), MemberId(Seq(1)), Timestamp(0), Mentions::default());
        let message = Message {
            id,
            author,
            room,
            at,
            body,
            mentions,
            files: Files::default(),
            group: None,
            quote: None,
            amendments: crate::chat::Amendments::default(),
            nonce: None,
        };
        self.window.add(message, private);
        let Window { budget, public, private, messages, .. } = &self.window;
        assert!(public.cost + private.cost <= *budget);
        if self.last.is_multiple_of(97) {
            assert_eq!(public.cost + private.cost, messages.values().map(cost).sum::<usize>());
        }
        assert!(messages.contains_key(&Seq(self.last)));
    }

    fn held(&self, room: u64) -> usize {
        self.window.page(RoomId(Seq(room)), None, usize::MAX).0.count()
    }
}

#[test]
fn noise_in_ones_notes_takes_nothing_but_their_share() {
    let mut full = Full::new();
    for length in [20, 4_000, 16_000] {
        (0..2_000).for_each(|_| full.post(NOTES, true, length));
        assert!(full.held(0) > 800 && full.held(1) == 60, "{} {}", full.held(0), full.held(1));
        assert!(full.window.rooms[&NOTES].cost <= PRIVATE_SHARE);
    }
}

#[test]
fn noise_in_many_conversations_leaves_half_to_rooms() {
    let mut full = Full::new();
    for n in 0..5_000 {
        full.post(RoomId(Seq(1_000 + n % 500)), true, 16_000);
    }
    assert!(full.held(0) > 400 && full.held(1) >= PAGE, "{} {}", full.held(0), full.held(1));
}

#[test]
fn noise_in_new_rooms_leaves_each_its_share() {
    let mut full = Full::new();
    for n in 0..5_000 {
        full.post(RoomId(Seq(1_000 + n % 10)), false, [20, 16_000][usize::from(n % 3 == 0)]);
    }
    assert!(full.held(0) > 400 && full.held(1) >= PAGE, "{} {}", full.held(0), full.held(1));
}

#[test]
fn a_room_that_is_alone_has_all_and_gives_it_back() {
    let mut full = Full { window: Window::new(HISTORY), last: 100 };
    (0..2_000).for_each(|_| full.post(NOTES, true, 20));
    assert_eq!(full.held(10), HISTORY);
    full.post(RoomId::SHARED, false, 20);
    assert_eq!(full.held(10), HISTORY - 1);
    (0..2_000).for_each(|_| full.post(RoomId::SHARED, false, 20));
    assert_eq!((full.held(10), full.held(0)), (PRIVATE_SHARE / 1024, HISTORY - PRIVATE_SHARE / 1024));
}

#[test]
fn ids_are_known_beyond_what_is_held_and_recalled_where_they_are_missing() {
    let mut full = Full { window: Window::new(8), last: 100 };
    full.window.remember(true);
    (0..300).for_each(|_| full.post(RoomId::SHARED, false, 20));
    let known = |full: &Full| full.window.known_in(RoomId::SHARED).map(|id| id.0).collect::<Vec<_>>();
    assert_eq!((known(&full), full.held(0)), ((301..=400).rev().collect(), 8));
    for id in (301..=400).rev() {
        full.window.remove(RoomId::SHARED, Seq(id));
    }
    assert!(known(&full).is_empty() && full.window.has_gap(RoomId::SHARED));
    assert_eq!(full.window.missing(RoomId::SHARED), (Seq(u64::MAX), UNREAD_MAX));
    let ids: Vec<Seq> = (201..=300).map(Seq).collect();
    full.window.mark_incomplete_until(RoomId::SHARED, Seq(u64::MAX), &ids, false);
    assert_eq!((known(&full), full.held(0)), ((201..=300).rev().collect(), 0));
    full.post(RoomId::SHARED, false, 20);
    assert_eq!((known(&full).len(), full.held(0)), (UNREAD_MAX, 1));
    full.window.mark_incomplete_until(RoomId::SHARED, Seq(7), &[Seq(6)], true);
    assert_eq!(known(&full).last(), Some(&202), "it came too late");
    full.window.remember(false);
    assert_eq!(known(&full), [401]);
}
