//! How often one member may change things, and that nobody else waits for it.

use crate::prelude::*;

/// More than any bucket here holds, even one that is refilled while a slow machine works.
const MANY: usize = 600;

/// Asks until the answer is 429; how many were carried out before, and that answer.
fn until_refused(mut ask: impl FnMut(usize) -> Response) -> (usize, Response) {
    for count in 0..MANY {
        let answer = ask(count);
        if answer.status == 429 {
            let wait: u32 = answer.header("retry-after").parse().expect("seconds");
            assert!((1..=60).contains(&wait), "{wait}");
            return (count, answer);
        }
        assert!(answer.status < 400, "{} {}", answer.status, answer.body);
    }
    panic!("nobody slows it down");
}

#[test]
fn every_change_comes_out_of_one_bucket_of_its_member() {
    let (server, [ann, bob]) = Server::alone(|_| {}).with_members(["ann", "bob"]);
    let room = ann.open_room(true);
    ann.add_to_room(room, "bob");
    let (about, renames) = (format!("/rooms/{room}/about"), server.appending.count());
    let rename = |n: usize| [("name", ["Garden", "Yard"][n % 2]), ("topic", "typed")];
    let (count, answer) = until_refused(|n| ann.clone().post(&about, &rename(n)));
    // One of the sixty was for adding bob.
    assert!((59..500).contains(&count), "{count}");
    assert_eq!(server.appending.count() - renames, count, "each is kept");
    assert_eq!(input_value(&answer.body, "topic").as_deref(), Some("typed"), "the form is kept");

    // Posting has a bucket of its own, and so has taking back what was said.
    let message = ann.say_at("/chat", "oops");
    ann.clone().post(&format!("/messages/{message}/remove"), &[]).expect(303);
    for (path, fields) in [
        (format!("/rooms/{room}/join"), vec![]),
        (format!("/rooms/{room}/leave"), vec![]),
        (format!("/rooms/{room}/add"), vec![("username", "bob")]),
        (about, rename(0).to_vec()),
        ("/me/zone".into(), vec![("zone", "Europe/Berlin")]),
        ("/me/sessions".into(), vec![]),
        ("/me/password".into(), vec![("current", "x"), ("password", "correct horse")]),
        ("/owner".into(), vec![("title", "x")]),
        ("/people/bob/role".into(), vec![("owner", "yes")]),
        ("/people/bob/remove".into(), vec![]),
    ] {
        // More may have come in meanwhile.
        let (_, answer) = until_refused(|n| {
            let answer = ann.clone().json().post(&path, &fields);
            let refused = answer.status == 429 || n > 5;
            if refused { answer } else { ann.clone().post(&format!("/rooms/{room}/about"), &rename(n)) }
        });
        assert_eq!(answer.value()["error"], "too_many_changes", "{path}");
    }
    bob.clone().post("/me/zone", &[("zone", "Europe/Berlin")]).expect(303);
}

#[test]
fn read_markers_and_hints_of_typing_have_a_bucket_of_their_own() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let (count, answer) = until_refused(|n| match n % 2 {
        0 => ann.clone().post("/typing", &[]),
        _ => ann.clone().post("/chat/read", &[("up_to", "1")]),
    });
    assert!(count >= 240, "{count}");
    answer.body.shows("read markers or typing hints");
    ann.clone().post("/me/zone", &[("zone", "Europe/Berlin")]).expect(303);
    bob.clone().post("/typing", &[]).expect(200);
}

#[test]
fn first_private_messages_count_as_new_rooms_do_and_a_hundred_are_fine() {
    let (server, [ann]) = Server::with(|settings| settings.register_rate = 0).with_members(["ann"]);
    for n in 0..110 {
        server.member(&format!("member{n}"));
    }
    let (count, answer) =
        until_refused(|n| ann.clone().post(&format!("/people/member{n}"), &[("message", "hello")]));
    assert!((100..110).contains(&count), "{count}");
    assert_eq!(textarea(&answer.body), "hello");
    ann.say_at("/people/member0", "what has begun goes on");
    ann.open_room(true);
}

#[test]
fn what_is_so_already_is_not_recorded() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let room = ann.open_room(true);
    let title = [("title", "The Millers"), ("registration", "closed")];
    let about = format!("/rooms/{room}/about");
    let named = [("name", "Garden"), ("topic", "roses")];
    let settings: [(&str, &[(&str, &str)]); 3] =
        [("/owner", &title), (&about, &named), ("/me/zone", &[("zone", "Europe/Berlin")])];
    let set = |ann: &Client| {
        for (path, fields) in settings {
            assert_eq!(ann.clone().post(path, fields).status, 303, "{path}");
        }
    };
    set(&ann);
    let kept = server.appending.count();
    set(&ann);
    assert_eq!(server.appending.count(), kept);
}
