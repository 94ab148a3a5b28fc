//! The same is done at two nodes at once: neither has heard of the other yet.

use super::*;

const NOW: Timestamp = Timestamp(0);

fn two_nodes(history: usize) -> [Chat; 2] {
    let log = SharedLog::default();
    let limits = Limits { history, ..LIMITS };
    [0, 1].map(|_| Chat::open(Box::new(log.clone()), limits, Box::new(|_| {})).unwrap())
}

/// The same with two owners.
fn ann_and_bob() -> ([Chat; 2], [MemberId; 2]) {
    begun(two_nodes(100))
}

fn begun(nodes: [Chat; 2]) -> ([Chat; 2], [MemberId; 2]) {
    let [ann, bob] = [("ann", 1), ("bob", 2)].map(|(who, n)| register(&nodes[0], who, n).unwrap());
    nodes[0].change_role(ann, bob, true, NOW).unwrap();
    nodes[1].follow().unwrap();
    (nodes, [ann, bob])
}

/// Both nodes know all, and agree.
#[track_caller]
fn agree(nodes: &[Chat; 2]) {
    for node in nodes {
        node.follow().unwrap();
        node.state().check_invariants();
    }
    assert_eq!(*nodes[0].state(), *nodes[1].state());
}

#[test]
fn of_two_first_members_one_is_the_owner() {
    let nodes = two_nodes(100);
    let ann = register(&nodes[0], "ann", 1).unwrap();
    let bob = register(&nodes[1], "bob", 2).unwrap();
    agree(&nodes);
    assert_eq!([ann, bob].map(|who| nodes[0].state().is_owner(who)), [true, false]);
}

#[test]
fn a_name_is_taken_once() {
    let nodes = two_nodes(100);
    assert!(register(&nodes[0], "ann", 1).is_ok());
    assert_eq!(register(&nodes[1], "Ann", 2), Err(Refusal::NameTaken));
    agree(&nodes);
}

#[test]
fn a_message_that_is_sent_again_to_another_node_is_there_once() {
    let (nodes, [ann, _]) = ann_and_bob();
    let first = say(&nodes[0], ann, "hello", Some("n1"));
    assert_eq!(say(&nodes[1], ann, "hello", Some("n1")), first);
    assert!(say(&nodes[0], ann, "hello", Some("n2")).is_ok());
    assert_eq!(say(&nodes[1], ann, "other", Some("n2")), Err(Refusal::NonceReused));
    agree(&nodes);
    assert_eq!(texts(&nodes[1]), ["hello", "hello"]);
}

#[test]
fn a_conversation_that_is_begun_again_at_another_node_has_its_first_message_once() {
    let (nodes, [ann, bob]) = ann_and_bob();
    let [first, again] = [0, 1].map(|node: usize| {
        let nonce = Some(Nonce::parse("n1").unwrap());
        nodes[node].post_privately(bob, NewMessage { nonce, ..message(ann, "psst") }, NOW).unwrap()
    });
    assert_eq!(first, again);
    agree(&nodes);
    assert_eq!(nodes[0].state().at(first).unwrap().body.as_str(), "psst");
}

#[test]
fn of_two_edits_the_second_is_outdated_or_holds() {
    let (nodes, [ann, _]) = ann_and_bob();
    let id = say(&nodes[0], ann, "hello", None).unwrap();
    nodes[1].follow().unwrap();
    let known = Some(Body::parse("hello").unwrap().version());
    let edit =
        |node: usize, text: &str, known| nodes[node].edit(ann, id, NewText { known, ..new_text(text) }, NOW);
    assert_eq!(edit(0, "one", known), Ok(()));
    assert_eq!(edit(1, "other", known), Err(Refusal::Outdated));
    assert_eq!(edit(0, "two", None), Ok(()));
    assert_eq!(edit(1, "three", None), Ok(()));
    assert_eq!(nodes[1].remove(ann, id, NOW), Ok(()));
    assert_eq!(edit(0, "four", None), Err(Refusal::NoSuchMessage));
    agree(&nodes);
    assert_eq!(texts(&nodes[0]), [""; 0]);
}

#[test]
fn the_last_owner_stays() {
    let (nodes, [ann, bob]) = ann_and_bob();
    assert_eq!(nodes[0].change_role(ann, ann, false, NOW), Ok(()));
    assert_eq!(nodes[1].change_role(bob, bob, false, NOW), Err(Refusal::LastOwner));
    assert_eq!(nodes[1].remove_member(bob, bob, false, NOW), Err(Refusal::LastOwner));
    agree(&nodes);
}

#[test]
fn who_is_removed_at_one_node_says_nothing_at_the_other() {
    let (nodes, [ann, bob]) = ann_and_bob();
    assert_eq!(nodes[0].remove_member(ann, bob, false, NOW), Ok(()));
    assert_eq!(say(&nodes[1], bob, "hello", None), Err(Refusal::NotAMember));
    agree(&nodes);
}

#[test]
fn a_room_has_no_more_pins_than_it_may() {
    let (nodes, [ann, bob]) = ann_and_bob();
    let said: Vec<Seq> =
        (0..=PINS_MAX).map(|n| say(&nodes[0], ann, &format!("message {n}"), None).unwrap()).collect();
    for id in &said[2..] {
        nodes[0].pin(ann, *id, true, NOW).unwrap();
    }
    nodes[1].follow().unwrap();
    assert_eq!(nodes[0].pin(ann, said[0], true, NOW), Ok(()));
    assert_eq!(nodes[1].pin(bob, said[1], true, NOW), Err(Refusal::PinsFull));
    assert_eq!(nodes[1].pin(bob, said[0], true, NOW), Ok(()), "it is so already");
    agree(&nodes);
    assert_eq!(nodes[0].state().pins_of(RoomId::SHARED).len(), PINS_MAX);
}

#[test]
fn a_reaction_is_there_once() {
    let (nodes, [ann, bob]) = ann_and_bob();
    let id = say(&nodes[0], ann, "hello", None).unwrap();
    nodes[1].follow().unwrap();
    let thumb = Emoji::parse("👍").unwrap();
    for (node, member) in [(0, bob), (1, bob), (0, ann), (1, ann)] {
        assert_eq!(nodes[node].react(member, id, (&thumb, true), NOW), Ok(()));
    }
    agree(&nodes);
    assert_eq!(nodes[0].state().at(id).unwrap().amendments.reactions.iter().count(), 2);
}

#[test]
fn what_happens_to_a_message_that_memory_lets_go_elsewhere_does_not_count_as_unread() {
    let (nodes, [ann, bob]) = begun(two_nodes(4));
    let id = say(&nodes[0], ann, "hello", None).unwrap();
    nodes[1].follow().unwrap();
    let fill = || (0..4).for_each(|_| assert!(say(&nodes[0], ann, "more", None).is_ok()));
    fill();
    assert_eq!(nodes[1].react(bob, id, (&Emoji::parse("👍").unwrap(), true), NOW), Ok(()));
    agree(&nodes);
    assert_eq!(nodes[1].state().unread_activity(ann), UnreadActivity::default());

    let id = say(&nodes[0], ann, "hello", None).unwrap();
    nodes[1].follow().unwrap();
    fill();
    assert_eq!(nodes[1].edit(ann, id, new_text("hello @bob"), NOW), Ok(()));
    agree(&nodes);
    assert_eq!(nodes[1].state().unread_activity(bob), UnreadActivity::default());
}

#[test]
fn a_room_ends_or_is_joined_and_not_both() {
    let (nodes, [ann, bob]) = ann_and_bob();
    let [ends, stays, used] =
        [0, 1, 2].map(|_| nodes[0].open_room(ann, new_room("Garden", true), NOW).unwrap());
    nodes[1].follow().unwrap();
    assert_eq!(nodes[0].leave(ann, ends, NOW), Ok(()));
    assert_eq!(nodes[1].join(bob, ends, NOW), Err(Refusal::NoSuchRoom));
    assert_eq!(nodes[1].join(bob, stays, NOW), Ok(()));
    assert_eq!(nodes[0].leave(ann, stays, NOW), Ok(()));
    // One who writes there at one node leaves it at the other.
    let last = nodes[1].post(used, message(ann, "for all to read"), NOW).unwrap();
    assert_eq!(nodes[0].leave(ann, used, NOW), Ok(()));
    agree(&nodes);
    let state = nodes[0].state();
    assert_eq!([ends, stays, used].map(|room| state.rooms.contains_key(&room)), [false, true, true]);
    assert!(state.at(last).is_some());
}

#[test]
fn what_was_said_elsewhere_moves_the_numbers_of_a_conversation_on() {
    let (nodes, [ann, bob]) = ann_and_bob();
    let elsewhere = say(&nodes[0], bob, "hello", None).unwrap();
    let id = nodes[1].post_privately(bob, message(ann, "psst"), NOW).unwrap();
    let other = nodes[0].post_privately(ann, message(bob, "yes?"), NOW).unwrap();
    agree(&nodes);
    let state = nodes[0].state();
    let room = state.pair(ann, bob).unwrap();
    assert_eq!([id, other].map(|id| state.at(id).unwrap().room), [room; 2]);
    assert!(elsewhere < room.0 && room.0 < id && id < other);
}
