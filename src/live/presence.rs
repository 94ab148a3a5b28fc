//! Members who are here now, at this node or another, and those who are typing.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::chat::{MemberId, RoomId};

/// Time for which a member counts as typing after the last hint.
const TYPING_TIME: Duration = Duration::from_secs(5);
/// Time for which the members at another node count as here after its last sign. It gives one every 15 seconds.
const NODE_TIME: Duration = Duration::from_secs(40);

/// Hints only: nothing of this is stored, and nobody waits for it.
#[derive(Default)]
pub(super) struct Presence {
    /// Streams that each member holds; never 0.
    streams: HashMap<MemberId, usize>,
    /// By the nodes that tell of their members.
    elsewhere: HashMap<String, NodePresence>,
    typing: HashMap<MemberId, (RoomId, Instant)>,
    /// Times that somebody came or left, here or elsewhere.
    changes: u64,
}

/// Members at another node.
struct NodePresence {
    /// Each with the newest list in which they were, or after which they came.
    members: HashMap<MemberId, u64>,
    /// Lists that were told so far.
    lists: u64,
    heard: Instant,
}

impl Presence {
    pub(super) fn join(&mut self, member: MemberId) {
        let streams = self.streams.entry(member).or_default();
        self.changes += u64::from(*streams == 0);
        *streams += 1;
    }

    pub(super) fn leave(&mut self, member: MemberId) {
        if let Some(count) = self.streams.get_mut(&member) {
            *count -= 1;
            if *count == 0 {
                self.streams.remove(&member);
                self.changes += 1;
            }
        }
    }

    /// A part of the list of those at another node; `first`: a new list begins. Whoever was not in the one before it has
    /// left, which was not heard.
    pub(super) fn listed_elsewhere(&mut self, node: &str, first: bool, members: &[MemberId], now: Instant) {
        let there = self.at_node(node, now);
        let known = there.members.len();
        if first {
            let before = there.lists;
            there.lists += 1;
            there.members.retain(|_, list| *list >= before);
        }
        let mut changed = there.members.len() < known;
        for member in members {
            changed |= there.members.insert(*member, there.lists).is_none();
        }
        self.changes += u64::from(changed);
    }

    /// These came to another node, and those left it.
    pub(super) fn moved_elsewhere(&mut self, node: &str, came: &[MemberId], left: &[MemberId], now: Instant) {
        let there = self.at_node(node, now);
        let mut changed = false;
        for member in came {
            changed |= there.members.insert(*member, there.lists).is_none();
        }
        for member in left {
            changed |= there.members.remove(member).is_some();
        }
        self.changes += u64::from(changed);
    }

    fn at_node(&mut self, node: &str, now: Instant) -> &mut NodePresence {
        let there = self.elsewhere.entry(node.to_owned()).or_insert_with(|| NodePresence {
            members: HashMap::new(),
            lists: 0,
            heard: now,
        });
        there.heard = now;
        there
    }

    /// Forgets who is at nodes that give no sign any more; gives whether there are some.
    pub(super) fn forget_silent_nodes(&mut self, now: Instant) -> bool {
        let known = self.elsewhere.len();
        self.elsewhere.retain(|_, there| now.duration_since(there.heard) < NODE_TIME);
        let forgotten = self.elsewhere.len() < known;
        self.changes += u64::from(forgotten);
        forgotten
    }

    pub(super) fn set_typing(&mut self, member: MemberId, room: RoomId, now: Instant) {
        self.typing.insert(member, (room, now));
    }

    /// Whoever has just posted is not typing any more; gives whether that is news.
    pub(super) fn clear_typing(&mut self, member: MemberId) -> bool {
        self.typing.remove(&member).is_some()
    }

    /// Another number whenever other members are here.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Those who watch, in the order of their ids.
    pub(super) fn here(&self) -> Vec<MemberId> {
        if self.elsewhere.is_empty() {
            return self.at_this_node();
        }
        let elsewhere = self.elsewhere.values().flat_map(|there| there.members.keys());
        let all: HashSet<MemberId> = self.streams.keys().chain(elsewhere).copied().collect();
        in_order(all.into_iter().collect())
    }

    /// Those of them who watch at this node.
    pub(super) fn at_this_node(&self) -> Vec<MemberId> {
        in_order(self.streams.keys().copied().collect())
    }

    /// Those who type and where, and when the first of them will count no more.
    pub(super) fn typing(&mut self, now: Instant) -> (Vec<(MemberId, RoomId)>, Option<Instant>) {
        self.typing.retain(|_, (_, since)| now.duration_since(*since) < TYPING_TIME);
        let mut typing: Vec<_> = self.typing.iter().map(|(member, (room, _))| (*member, *room)).collect();
        typing.sort_unstable_by_key(|(member, _)| *member);
        (typing, self.typing.values().map(|(_, since)| *since + TYPING_TIME).min())
    }
}

fn in_order(mut members: Vec<MemberId>) -> Vec<MemberId> {
    members.sort_unstable();
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Seq;

    fn members<const N: usize>(ids: [u64; N]) -> [MemberId; N] {
        ids.map(|id| MemberId(Seq(id)))
    }

    #[test]
    fn whoever_is_at_any_node_is_here() {
        let (mut people, now) = (Presence::default(), Instant::now());
        let [ann, bob, eve] = members([1, 2, 3]);
        people.join(bob);
        let before = people.changes();
        people.listed_elsewhere("north", true, &[ann, bob], now);
        people.moved_elsewhere("south", &[eve], &[], now);
        assert_eq!((people.here(), people.at_this_node()), (vec![ann, bob, eve], vec![bob]));
        assert!(people.changes() > before);
        let told = people.changes();
        people.listed_elsewhere("north", true, &[ann, bob], now);
        assert_eq!(people.changes(), told, "the same are there");
        people.leave(bob);
        people.moved_elsewhere("south", &[], &[eve], now);
        assert_eq!((people.here(), people.at_this_node()), (vec![ann, bob], vec![]));
    }

    #[test]
    fn a_list_comes_in_parts_and_a_departure_that_was_not_heard_shows_in_the_next_but_one() {
        let (mut people, now) = (Presence::default(), Instant::now());
        let [ann, bob, eve] = members([1, 2, 3]);
        people.listed_elsewhere("north", true, &[ann, bob], now);
        people.listed_elsewhere("north", false, &[eve], now);
        people.listed_elsewhere("north", true, &[ann], now);
        assert_eq!(people.here(), [ann, bob, eve], "the rest of the list is on its way");
        people.moved_elsewhere("north", &[bob], &[], now);
        people.listed_elsewhere("north", true, &[ann], now);
        assert_eq!(people.here(), [ann, bob], "eve was not in the last list");
    }

    #[test]
    fn a_node_that_gives_no_sign_is_forgotten() {
        let (mut people, start) = (Presence::default(), Instant::now());
        let [ann, bob] = members([1, 2]);
        people.listed_elsewhere("north", true, &[ann], start);
        people.listed_elsewhere("south", true, &[bob], start + Duration::from_secs(30));
        assert!(!people.forget_silent_nodes(start + Duration::from_secs(39)));
        assert!(people.forget_silent_nodes(start + Duration::from_secs(41)));
        assert_eq!(people.here(), [bob]);
    }
}
