//! Saying something.

use crate::prelude::*;

#[test]
fn sending_leads_back_to_the_room_or_to_where_one_was() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let answer = ann.say("hello");
    assert_eq!((answer.status, answer.location()), (303, "/chat"));
    let fields = [("message", "again"), ("next", "/chat?before=9#m3")];
    let answer = ann.post("/chat", &fields);
    assert_eq!((answer.status, answer.location()), (303, "/chat?before=9#m3"));
    assert_eq!(ann.texts(), ["hello", "again"]);
}

#[test]
fn nothing_is_no_message_and_what_was_typed_is_still_there() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for blank in ["", " ", "\n \t\n", "\u{a0}\u{2003}", "\u{200b}\u{202e}\u{7}"] {
        let answer = ann.say(blank);
        assert_eq!(answer.status, 422, "{blank:?}");
        assert_eq!(textarea(&answer.body), blank, "{blank:?}");
        answer.body.shows("role=\"alert\"").shows("aria-invalid=\"true\"");
    }
    ann.post("/chat", &[]).expect(422);
    assert!(ann.texts().is_empty());
}

#[test]
fn a_message_that_is_too_long_is_not_lost() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for text in [
        "x".repeat(4_001),
        format!("\n\n{}", "é".repeat(4_001)),
        format!("</textarea><script>alert(1)</script>{}", "x".repeat(4_000)),
        format!("&lt;&amp;\"'{}", "🙂".repeat(4_000)),
    ] {
        let answer = ann.say(&text).expect(422);
        assert_eq!(textarea(&answer.body), text);
        assert!(answer.body.contains("4000"), "the limit is named");
        answer.body.lacks("<script>alert");
    }
    assert!(ann.texts().is_empty());
}

#[test]
fn a_text_pasted_twice_too_long_is_not_lost_either() {
    // 8,000 Devanagari letters are 72,000 bytes of a form.
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let text = "क".repeat(8_000);
    let answer = ann.say(&text).expect(422);
    assert_eq!(textarea(&answer.body), text);
}

#[test]
fn what_comes_back_can_be_mended_and_sent() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let used = input_value(&ann.get("/chat").body, "nonce").unwrap();
    let page = ann.post("/chat", &[("message", " "), ("nonce", &used)]);
    let nonce = input_value(&page.body, "nonce").unwrap();
    let fields = [("message", "mended"), ("nonce", &nonce)];
    ann.post("/chat", &fields).expect(303);
    assert_eq!(ann.texts(), ["mended"]);
}

#[test]
fn the_longest_message_fits_whatever_its_characters() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let texts =
        ["x".repeat(4_000), "क".repeat(4_000), "🙂".repeat(4_000), format!("a{}b", "\n".repeat(3_998))];
    let next = format!("/{}", "x".repeat(500));
    for (nonce, text) in ["a", "b", "c", "d"].map(|n| n.repeat(64)).iter().zip(&texts) {
        // With the longest of the other fields, and with line ends as browsers send them.
        let sent = text.replace('\n', "\r\n");
        let fields = [("message", &*sent), ("nonce", nonce), ("next", &next)];
        ann.post("/chat", &fields).expect(303);
    }
    assert_eq!(ann.texts(), texts);
}

#[test]
fn long_messages_count_by_their_length() {
    let server = Server::open();
    let mut ann = server.member("ann").json();
    let long = "x".repeat(4_000);
    let sent = (0..201).take_while(|_| ann.say(&long).status == 201).count();
    // Some more, where the machine has much else to do: the rate goes on.
    assert!((50..100).contains(&sent), "{sent}: four each, of the 200 at once");
    // What a long one needs more than a short one may be left, and the rate gives ten a second.
    let refused = (0..50).map(|_| ann.say("short")).find(|answer| answer.status != 201);
    assert_eq!(refused.expect("a short one is refused").value()["error"], "too_many_messages");
    server.member("bob").say(&long).expect(303);
}

#[test]
fn line_ends_become_one_kind_and_disturbing_characters_are_not_stored() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for (sent, kept) in [
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("tab\there", "tab\there"),
        ("\u{1b}[31mred\u{1b}[0m\u{8}\u{7f}\u{85}", "[31mred[0m"),
        ("a\u{202a}b\u{202b}c\u{202c}d\u{202d}e\u{202e}f\u{2066}g\u{2067}h\u{2068}i\u{2069}j", "abcdefghij"),
        ("family 👨\u{200d}👩\u{200d}👧", "family 👨\u{200d}👩\u{200d}👧"),
        ("क\u{94d}\u{200d}ष", "क\u{94d}\u{200d}ष"),
    ] {
        assert_eq!(ann.say(sent).status, 303, "{sent:?}");
        assert_eq!(ann.texts().last().map(String::as_str), Some(kept));
    }
}

#[test]
fn the_same_form_sent_twice_makes_one_message() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let nonce = input_value(&ann.get("/chat").body, "nonce").unwrap();
    let fields = [("message", "once"), ("nonce", &*nonce)];
    let (first, second) = (ann.post("/chat", &fields), ann.post("/chat", &fields));
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(first.location(), second.location());
    assert_eq!(ann.texts(), ["once"]);
    let mut program = ann.clone().json();
    let answers = [(); 2].map(|()| program.post("/chat", &fields));
    let id = articles(&ann.get("/chat").body)[0].id;
    for answer in answers {
        assert_eq!((answer.status, answer.value()["id"].as_u64()), (201, Some(id)));
    }
    assert_eq!(ann.texts(), ["once"]);
}

#[test]
fn every_page_draws_a_nonce_of_its_own() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let mut nonces: Vec<_> = (0..10).map(|_| input_value(&ann.get("/chat").body, "nonce").unwrap()).collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 10);
}

#[test]
fn eight_impatient_clicks_at_once_make_one_message() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let click = || {
        let mut client = ann.clone().json();
        let fields = [("message", "now!"), ("nonce", "click")];
        let answer = client.post("/chat", &fields).expect(201);
        answer.value()["id"].as_u64().unwrap()
    };
    let ids: Vec<u64> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..8).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(ann.clone().texts(), ["now!"]);
}

#[test]
fn a_nonce_belongs_to_its_member() {
    let (_server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    let say = |client: &mut Client, text: &str| {
        let fields = [("message", text), ("nonce", "same")];
        client.post("/chat", &fields).status
    };
    assert_eq!(say(&mut ann, "from ann"), 303);
    assert_eq!(say(&mut bob, "from bob"), 303);
    assert_eq!(ann.texts(), ["from ann", "from bob"]);
}

#[test]
fn another_text_under_a_used_nonce_makes_no_second_message_and_is_not_lost() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    ann.post("/chat", &[("message", "first"), ("nonce", "n")]);
    let answer = ann.post("/chat", &[("message", "second"), ("nonce", "n")]).expect(409);
    assert_eq!(textarea(&answer.body), "second");
    assert_eq!(ann.texts(), ["first"]);
    let nonce = input_value(&answer.body, "nonce").unwrap();
    ann.post("/chat", &[("message", "second"), ("nonce", &nonce)]);
    assert_eq!(ann.texts(), ["first", "second"]);
}

#[test]
fn who_was_signed_out_while_writing_still_has_the_text() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let mut elsewhere = ann.clone();
    elsewhere.post("/logout", &[]);
    let text = "\nlong thoughts </textarea><b>& more";
    let fields = [("message", text), ("next", "/chat?before=3")];
    let answer = ann.post("/chat", &fields).expect(401);
    assert_eq!(textarea(&answer.body), text);
    answer.body.shows("action=\"/login\"");
    assert_eq!(input_value(&answer.body, "next").as_deref(), Some("/chat?before=3"));
    answer.body.lacks("<b>");
    assert!(server.member("bob").texts().is_empty());
}

#[test]
fn every_text_of_a_form_comes_back_where_the_session_ended_meanwhile() {
    let (server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    bob.say("hello");
    let message = articles(&bob.get("/chat").body)[0].id;
    let room = bob.open_room(true);
    let version = input_value(&bob.get(&format!("/messages/{message}/about")).body, "version").unwrap();
    ann.post("/people/bob/remove", &[]).expect(303);
    let (edit, details) = (format!("/messages/{message}/edit"), format!("/rooms/{room}/about"));
    for (path, field, others) in [
        (&*edit, "message", &[("version", &*version)][..]),
        ("/rooms", "topic", &[("name", "Garden"), ("open", "yes")]),
        (&details, "topic", &[("name", "Garden"), ("name_was", "Room"), ("topic_was", "")]),
    ] {
        let fields = [&[(field, "\nPRECIOUS <b>")], others].concat();
        for mut signed_out in [server.visitor(), bob.clone()] {
            let answer = signed_out.post(path, &fields);
            assert_eq!((answer.status, textarea(&answer.body)), (401, "\nPRECIOUS <b>".into()), "{path}");
            assert!(answer.body.contains("action=\"/login\""), "{path}");
        }
        let elsewhere = ann.clone().with_header("Sec-Fetch-Site", "cross-site").post(path, &fields);
        assert_eq!((elsewhere.status, textarea(&elsewhere.body)), (403, "\nPRECIOUS <b>".into()), "{path}");
    }
}

#[test]
fn who_left_a_room_while_writing_is_told_and_still_has_the_text() {
    let (_server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    let (open, closed) = (ann.open_room(true), ann.open_room(false));
    bob.say("hello");
    let outside = (403, "Join the room to post in it.");
    for (room, posted) in [(open, outside), (closed, (404, "Not found"))] {
        ann.add_to_room(room, "bob");
        let (post, details) = (format!("/rooms/{room}"), format!("/rooms/{room}/about"));
        ann.leave_room(room);
        for (path, fields, (status, why)) in [
            (&post, &[("message", "PRECIOUS"), ("nonce", "n")][..], posted),
            (&details, &[("name", "Garden"), ("topic", "PRECIOUS")], (404, "Not found")),
        ] {
            let answer = ann.post(path, fields);
            assert_eq!((answer.status, textarea(&answer.body)), (status, "PRECIOUS".into()), "{path}");
            assert!(answer.body.contains(why), "{path}: {}", answer.body);
        }
    }
    bob.post("/people/ann", &[("message", "hi")]).expect(303);
    ann.post("/people/bob/remove", &[]).expect(303);
    let answer = ann.post("/people/bob", &[("message", "PRECIOUS")]);
    assert_eq!((answer.status, textarea(&answer.body)), (403, "PRECIOUS".into()));
    answer.body.shows("This conversation is over");
}

#[test]
fn what_the_journal_cannot_keep_is_not_shown_and_not_lost() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    server.appending.break_after(0);
    let answer = ann.say("precious").expect(503);
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!(textarea(&answer.body), "precious");
    assert!(ann.texts().is_empty());
    server.appending.mend();
    ann.say("precious").expect(303);
    assert_eq!(ann.texts(), ["precious"]);
}
