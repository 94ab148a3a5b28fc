//! What the house holds, and what it says when it is full.

use crate::house::{House, PASSWORD};
use crate::page::value;

#[test]
fn a_chat_that_is_full_of_members_says_so_and_the_others_stay() {
    let house = House::furnished(|_, limits| limits.members = 2);
    let mut ann = house.member("ann");
    house.member("bob");
    let hashed = house.hashing.count();
    let mut late = house.visitor();
    let answer = late.register("cyd", PASSWORD);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("as many members as it takes"));
    assert_eq!(value(&answer.body, "username").as_deref(), Some("cyd"));
    assert_eq!(late.cookie, None);
    assert_eq!(house.hashing.count(), hashed, "no work for nothing");
    let program = house.visitor().json().register("cyd", PASSWORD);
    assert_eq!(program.value()["error"], "members_full");
    assert_eq!(house.visitor().register("ANN", PASSWORD).status, 409);
    assert!(ann.is_in());
    assert_eq!(house.visitor().login("bob", PASSWORD).status, 303);
}

#[test]
fn a_chat_that_is_full_of_sessions_says_so_until_somebody_leaves() {
    let house = House::furnished(|_, limits| limits.sessions = 2);
    let mut ann = house.member("ann");
    let bob = house.member("bob");
    let mut late = house.visitor();
    let answer = late.login("ann", PASSWORD);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("as many open sessions as it takes"));
    assert_eq!(value(&answer.body, "username").as_deref(), Some("ann"));
    assert_eq!(late.cookie, None);
    assert_eq!(house.visitor().register("cyd", PASSWORD).status, 503);
    assert!(bob.clone().is_in() && ann.is_in(), "nobody is thrown out");
    ann.post("/logout", &[]);
    assert_eq!(late.login("ann", PASSWORD).status, 303);
    assert!(bob.clone().is_in());
}

#[test]
fn in_a_full_house_one_may_still_sign_in_anew_where_one_is_in() {
    let house = House::furnished(|_, limits| limits.sessions = 1);
    let mut ann = house.member("ann");
    assert_eq!(ann.login("ann", PASSWORD).status, 303);
    assert!(ann.is_in());
}

#[test]
fn the_oldest_messages_make_room_for_new_ones() {
    let house = House::with(|settings| settings.history = 3);
    let mut ann = house.member("ann");
    for n in 1..=5 {
        ann.say(&n.to_string());
    }
    assert_eq!(ann.texts(), ["3", "4", "5"]);
}

#[test]
fn memory_is_bounded_by_the_size_of_messages_too() {
    let house = House::with(|settings| settings.history = 10);
    let mut ann = house.member("ann");
    let long = "🙂".repeat(1_000);
    for n in 0..10 {
        assert_eq!(ann.say(&format!("{n}{long}")).status, 303);
    }
    // 10 KiB hold two messages of 4,001 bytes, and never less than the newest.
    assert_eq!(ann.texts(), [format!("8{long}"), format!("9{long}")]);
}
