//! How streams end: with their session, with snug, and not with anybody else's.

use crate::prelude::*;

/// Within this a stream has to end; a heartbeat, which comes later, must not be what ends it.
const SOON: Duration = Duration::from_secs(12);
const FORMS: [&str; 3] = ["/events", "/events?format=html", "/chat/live"];

fn open_all(client: &Client) -> Vec<Stream> {
    FORMS.iter().map(|form| Stream::open(client, form).patient(SOON)).collect()
}

/// That these end, without a word of what is said from now on.
fn assert_ended(streams: Vec<Stream>, unheard: &str) {
    for mut stream in streams {
        let rest = stream.rest();
        assert!(!rest.contains(unheard), "heard after the end: {rest}");
    }
}

/// That these go on.
fn assert_open(streams: &mut [Stream], poster: &mut Poster, text: &str) {
    let id = poster.say(text);
    let [json, html, page] = streams else { panic!("one of each form") };
    for stream in [json, html] {
        let told = std::iter::from_fn(|| stream.message()).find(|told| told.id == Some(id));
        assert!(told.expect("the message").data.contains(text));
    }
    assert!(page.page_until(id).contains(text));
}

#[test]
fn signing_out_ends_the_streams_of_that_session_and_no_others() {
    let (server, [mut here]) = Server::open().with_members(["ann"]);
    let (there, bob) = (server.login("ann"), server.member("bob"));
    let mut ending = open_all(&here);
    let (mut elsewhere, mut others) = (open_all(&there), open_all(&bob));
    let mut poster = Poster::new(server.address, &bob);
    let heard = poster.say("before");
    assert_eq!(ending[0].message().unwrap().id, Some(heard));
    here.post("/logout", &[]).expect(303);
    let unheard = poster.say("unheard of");
    for stream in &mut ending[..2] {
        assert!(!stream.ids_until(unheard).contains(&unheard));
    }
    assert_ended(ending.split_off(2), "unheard of");
    assert_open(&mut elsewhere, &mut poster, "after");
    assert_open(&mut others, &mut poster, "after that");
}

#[test]
fn signing_in_anew_ends_the_streams_of_the_former_session() {
    let (server, [_, mut browser]) = Server::open().with_members(["bob", "ann"]);
    for (enter, unheard) in [("ann", "unheard-of 1"), ("bob", "unheard-of 2")] {
        let streams = open_all(&browser);
        browser.login(enter, PASSWORD).expect(303);
        Poster::new(server.address, &browser).say(unheard);
        assert_ended(streams, unheard);
    }
    let streams = open_all(&browser);
    browser.register("cyd", PASSWORD).expect(303);
    Poster::new(server.address, &browser).say("unheard-of 3");
    assert_ended(streams, "unheard-of 3");
}

#[test]
fn a_session_that_makes_room_for_another_loses_its_streams() {
    // Several nodes tell each other some seconds later which sessions are used.
    let (server, [first]) = Server::alone(|_| {}).with_members(["ann"]);
    let streams = open_all(&first);
    let mut sessions: Vec<Client> = (1..20).map(|_| server.login("ann")).collect();
    let mut kept = open_all(&sessions[0]);
    for session in &mut sessions {
        assert!(session.is_in());
    }
    // The 21st: the first was not used for longest.
    let newest = server.login("ann");
    let mut poster = Poster::new(server.address, &newest);
    poster.say("unheard of");
    assert_ended(streams, "unheard of");
    assert_open(&mut kept, &mut poster, "heard");
}

/// The beginning of a stream is written by the door, and takes as long as its reader wants.
#[test]
fn a_stream_that_was_granted_before_the_sign_out_and_begins_after_it_is_closed() {
    let server = Server::with(|settings| (settings.post_rate, settings.streams) = (0, 4));
    let (bob, mut poster) = {
        let bob = server.member("bob");
        (bob.clone(), Poster::new(server.address, &bob))
    };
    // So much that the sockets' buffers do not hold it.
    let missed: Vec<u64> = (0..14).map(|_| poster.say(&"🙂".repeat(4_000))).collect();
    let mut ann = server.member("ann");
    let target = format!("/events?after={}", missed[0] - 1);
    let stalled = PendingStream::narrow(server.address, &ann, &target);
    // The head is there, so it was granted.
    let mut stream = stalled.answer().unwrap_or_else(|answer| panic!("{answer:?}")).patient(SOON);
    ann.post("/logout", &[]).expect(303);
    let unheard = poster.say("unheard of");
    let seen = stream.ids_until(unheard);
    assert_eq!(seen, missed, "what was missed before, and nothing after");
    // Its seat is back, with all the others.
    let streams: Vec<_> = (0..3).map(|_| Stream::open(&bob, "/events")).collect();
    wait_until("the fourth seat", || Stream::ask(&bob, "/events", "").is_ok());
    drop(streams);
}

#[test]
fn snug_stops_soon_whoever_watches() {
    let mut snug = SeededProcess::run(&[]);
    let mut streams: Vec<Stream> = (0..20).map(|n| Stream::open(&snug.ann, FORMS[n % 2])).collect();
    streams.push(Stream::open(&snug.ann, "/chat/live"));
    // And one whose reader takes nothing, although there is something.
    let _silent = PendingStream::narrow(snug.address, &snug.ann, "/events?after=0");
    snug.signal("-TERM");
    assert!(snug.ends_well_within(STOP), "{}", snug.log());
    for stream in &mut streams {
        stream.rest();
    }
    assert!(snug.log().is_empty(), "{}", snug.log());
}
