//! What the server holds, and what it says when it is full.

use crate::prelude::*;

#[test]
fn a_chat_that_is_full_of_members_says_so_and_the_others_stay() {
    let (server, [mut ann, _]) =
        Server::furnished(|_, limits| limits.members = 2).with_members(["ann", "bob"]);
    let hashed = server.hashing.count();
    let mut late = server.visitor();
    let answer = late.register("cyd", PASSWORD).expect(503);
    answer.body.shows("as many members as it can");
    assert_eq!(input_value(&answer.body, "username").as_deref(), Some("cyd"));
    assert_eq!(late.cookie, None);
    assert_eq!(server.hashing.count(), hashed, "no work for nothing");
    let program = server.visitor().json().register("cyd", PASSWORD);
    assert_eq!(program.value()["error"], "members_full");
    server.visitor().register("ANN", PASSWORD).expect(409);
    assert!(ann.is_in());
    server.visitor().login("bob", PASSWORD).expect(303);
}

#[test]
fn a_member_who_was_removed_leaves_a_place_to_the_next() {
    let (server, [mut ann, _]) =
        Server::furnished(|_, limits| limits.members = 2).with_members(["ann", "bob"]);
    server.visitor().register("cyd", PASSWORD).expect(503);
    ann.post("/people/bob/remove", &[]).expect(303);
    server.visitor().register("cyd", PASSWORD).expect(303);
    server.visitor().register("dan", PASSWORD).expect(503);
}

#[test]
fn a_chat_that_is_full_of_sessions_says_so_until_somebody_leaves() {
    let (server, [mut ann, mut bob]) =
        Server::furnished(|_, limits| limits.sessions = 2).with_members(["ann", "bob"]);
    bob.post("/logout", &[]);
    let cyd = server.member("cyd");
    let mut late = server.visitor();
    let answer = late.login("bob", PASSWORD).expect(503);
    answer.body.shows("As many devices are signed in");
    assert_eq!(input_value(&answer.body, "username").as_deref(), Some("bob"));
    assert_eq!(late.cookie, None);
    server.visitor().register("dan", PASSWORD).expect(503);
    assert!(cyd.clone().is_in() && ann.is_in(), "nobody is thrown out");
    ann.post("/logout", &[]);
    late.login("bob", PASSWORD).expect(303);
    assert!(cyd.clone().is_in());
}

#[test]
fn in_a_full_house_a_further_sign_in_ends_one_s_own_session() {
    let (server, [ann, bob]) =
        Server::furnished(|_, limits| limits.sessions = 2).with_members(["ann", "bob"]);
    let mut elsewhere = server.visitor();
    elsewhere.login("ann", PASSWORD).expect(303);
    assert!(elsewhere.is_in() && bob.clone().is_in() && !ann.clone().is_in());
}

#[test]
fn a_member_over_their_share_of_a_full_house_is_told_what_to_do() {
    let (_server, [mut ann, mut bob]) =
        Server::furnished(|_, limits| (limits.rooms, limits.conversations) = (3, 3))
            .with_members(["ann", "bob"]);
    let open = |client: &mut Client| client.post("/rooms", &[("name", "Garden"), ("open", "yes")]);
    let garden = open(&mut ann).location().to_owned();
    let answer = open(&mut ann).expect(409);
    answer.body.shows("as many as one member can in a chat as full as this one");
    open(&mut bob).expect(303);
    ann.post(&format!("{garden}/leave"), &[]).expect(303);
    open(&mut ann).expect(303);
    let write = |client: &mut Client, to: &str| client.post(to, &[("message", "hi")]).status;
    assert_eq!((write(&mut ann, "/people/bob"), write(&mut ann, "/people/ann")), (303, 409));
    assert_eq!((write(&mut bob, "/people/bob"), write(&mut ann, "/people/bob")), (303, 303));
}

#[test]
fn in_a_full_house_one_may_still_sign_in_anew_where_one_is_in() {
    let (_server, [mut ann]) = Server::furnished(|_, limits| limits.sessions = 1).with_members(["ann"]);
    ann.login("ann", PASSWORD).expect(303);
    assert!(ann.is_in());
}

#[test]
fn the_oldest_messages_make_room_for_new_ones() {
    let (_server, [mut ann]) = Server::with(|settings| settings.history = 3).with_members(["ann"]);
    for n in 1..=5 {
        ann.say(&n.to_string());
    }
    assert_eq!(ann.texts(), ["3", "4", "5"]);
}

#[test]
fn memory_is_bounded_by_the_size_of_messages_too() {
    let (_server, [mut ann]) = Server::with(|settings| settings.history = 10).with_members(["ann"]);
    let long = "🙂".repeat(1_000);
    for n in 0..10 {
        ann.say(&format!("{n}{long}")).expect(303);
    }
    // 10 KiB hold two messages of 4,001 bytes, and never less than the newest.
    assert_eq!(ann.texts(), [format!("8{long}"), format!("9{long}")]);
}

#[test]
fn noise_elsewhere_takes_no_room_its_newest_page() {
    let (_server, [mut ann, mut eve]) =
        Server::with(|settings| (settings.history, settings.post_rate) = (1_000, 0))
            .with_members(["ann", "eve"]);
    let club = eve.post("/rooms", &[("name", "Noise"), ("open", "yes")]).location().to_owned();
    let texts: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    for text in &texts {
        ann.say(text).expect(303);
    }
    let kept = |client: &Client| -> Vec<String> {
        let all = client.all_messages();
        all.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    };
    // 7 MB of notes where 1 MB is held, and as much in a room of her own.
    let long = "🙂".repeat(4_000);
    for place in ["/people/eve", &club, "/people/ann"] {
        for _ in 0..300 {
            eve.post(place, &[("message", &long)]).expect(303);
        }
        assert_eq!(kept(&ann), texts, "{place}");
    }
    // Whoever comes back there is told what they missed, and elsewhere that it is not known any more.
    let missed = |path: &str| ann.clone().json().get(&format!("{path}?after=1")).status;
    assert_eq!((missed("/chat"), missed(&club), missed("/people/eve")), (200, 410, 410));
}
