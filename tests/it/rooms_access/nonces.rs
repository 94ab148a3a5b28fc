//! Nonces, and conversations that begin from both sides.

use super::*;

#[test]
fn a_nonce_stands_for_one_message_in_one_room() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    ann.add_to_room(room, "bob");
    let send = |who: &Client, path: &str| who.clone().json().post(path, &[("message", "x"), ("nonce", "n1")]);
    let first = send(&bob, &here).expect(201);
    assert_eq!(send(&bob, &here).value(), first.value());
    // Elsewhere it is another message, and none is made, nor a conversation begun.
    for path in ["/chat", "/people/ann", "/people/bob"] {
        let answer = send(&bob, path);
        assert_eq!((answer.status, &answer.value()["error"]), (409, &Value::from("nonce_reused")), "{path}");
        assert!(bob.messages_at(path).is_empty(), "{path}");
    }
    assert!(!ann.clone().get("/sidebar").body.contains("<h2>Direct messages</h2>"), "nothing has begun");
    // Others have their own.
    send(&ann, "/chat").expect(201);
    // Whoever left gets no answer by it any more.
    bob.leave_room(room);
    let (again, never) = (send(&bob, &here), send(&bob, "/rooms/1"));
    assert_eq!(shape(&again, room), shape(&never, 1));
    assert_eq!(again.status, 404);
    assert_eq!(ann.messages_at(&here).len(), 1);
}

#[test]
fn a_conversation_that_begins_from_both_sides_is_one() {
    const PAIRS: usize = 12;
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let others: Vec<Client> = (0..PAIRS).map(|n| server.member(&format!("b{n}"))).collect();
    // Everybody has sent before anything is kept.
    server.appending.shut();
    thread::scope(|scope| {
        for (n, other) in others.iter().enumerate() {
            let ann = &ann;
            scope.spawn(move || ann.say_at(&format!("/people/B{n}"), "from ann"));
            scope.spawn(move || other.say_at("/people/ANN", "from them"));
        }
        scope.spawn(|| ann.say_at("/people/ann", "note"));
        scope.spawn(|| ann.say_at("/people/Ann", "note"));
        server.appending.wait_for_held(1);
        server.appending.release();
    });
    let mut rooms = HashSet::new();
    for (n, other) in others.iter().enumerate() {
        let (one, two) = (ann.messages_at(&format!("/people/b{n}")), other.messages_at("/people/ann"));
        assert_eq!(one, two);
        assert_eq!((one.len(), &one[0]["room"]), (2, &one[1]["room"]));
        assert!(rooms.insert(one[0]["room"].as_u64()), "a room of its own");
        // Whoever came second had written, and so read, after the first.
        let unread = |who: &Client| who.unread_in(one[0]["room"].as_u64().unwrap());
        assert_eq!([unread(&ann), unread(other)].concat().replace('0', ""), "1");
    }
    assert_eq!(ann.messages_at("/people/ann").len(), 2);
    let private = ann.clone().get("/sidebar").body;
    let private = between(&private, "<h2>Direct messages</h2>", "</ul>").matches("<li>").count();
    assert_eq!(private, PAIRS + 1);
}
