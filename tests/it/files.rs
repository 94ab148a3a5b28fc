//! Files that people send, load and delete.

use crate::prelude::*;

/// A picture of so many pixels without content, which no browser has to like.
pub(crate) fn gif(width: u8, height: u8) -> Vec<u8> {
    let head = [b"GIF89a", &[width, 0, height, 0, 0, 0, 0][..]].concat();
    [&head, &[0x2c, 0, 0, 0, 0, width, 0, height, 0, 0, 2, 2, 0x4c, 1, 0, 0x3b][..]].concat()
}

/// The same, which says where it was made.
fn gif_with_comment(width: u8, height: u8) -> Vec<u8> {
    let plain = gif(width, height);
    [&plain[..13], b"\x21\xfe\x06secret\0", &plain[13..]].concat()
}

fn with_data() -> (TempDir, Server) {
    let home = TempDir::new();
    let server = Server::with(|settings| settings.data = Some(home.data_path().into()));
    (home, server)
}

#[test]
fn a_text_and_files_are_one_form_as_curl_sends_it() {
    let (_home, server) = with_data();
    let [ann, bob] = server.members(["ann", "bob"]);
    let long: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let parts = [
        Part::field("message", "The plan"),
        Part::file("plan.pdf", b"%PDF-1.7 ..."),
        Part::file("", b""),
        Part::file("नमस्ते \"1\".gif", &gif_with_comment(10, 20)),
        Part::file("b\r\n.bin", &long),
        Part::field("alt", ""),
        Part::field("alt", "A kite"),
    ];
    for (path, status) in [("/chat", 201), ("/people/bob", 201)] {
        let sent = ann.clone().json().post_parts(path, &parts[..2]).expect(status).value();
        assert!(sent["id"].as_u64().is_some());
    }
    ann.post_parts("/chat", &parts).expect(303);
    let message = bob.messages_at("/chat").pop().unwrap();
    assert_eq!((&message["text"], message["files"].as_array().unwrap().len()), (&"The plan".into(), 3));
    let files = message["files"].as_array().unwrap();
    let of = |number: usize, field: &str| files[number][field].clone();
    assert_eq!([of(0, "name"), of(0, "type")], ["plan.pdf", "application/pdf"]);
    assert_eq!([of(1, "name"), of(1, "type"), of(1, "alt")], ["नमस्ते \"1\".gif", "image/gif", "A kite"]);
    assert_eq!([of(1, "width"), of(1, "height"), of(0, "width")], [json!(10), json!(20), Value::Null]);
    let plain = gif(10, 20);
    for (number, content) in [&b"%PDF-1.7 ..."[..], &plain, &long].into_iter().enumerate() {
        let id = of(number, "id");
        assert_eq!(
            [of(number, "size"), of(number, "url")],
            [json!(content.len()), json!(format!("/files/{id}"))]
        );
        let answer = bob.clone().get(&format!("/files/{id}")).expect(200);
        assert!(answer.bytes == content, "{number}");
        assert_eq!(of(number, "gone"), false);
        bob.clone().get(&format!("/files/{id}/preview")).expect(404);
    }
}

#[test]
fn files_are_uploaded_one_by_one_and_sent_with_a_message() {
    let server = Server::open();
    let [ann, bob] = server.members(["ann", "bob"]);
    let told = ann.upload("kite.gif", &gif_with_comment(10, 20));
    assert_eq!([&told["name"], &told["type"]], ["kite.gif", "image/gif"]);
    assert_eq!(
        [&told["width"], &told["height"], &told["size"]],
        [&json!(10), &json!(20), &json!(gif(10, 20).len())]
    );
    assert_eq!([&told["preview"], &told["cleaned"]], [&json!(false), &json!(true)]);
    let one = told["id"].as_u64().unwrap();
    let two = ann.upload_id("notes.txt", b"notes");
    // Only its owner has it so far.
    let path = format!("/files/{one}");
    assert_eq!((ann.clone().get(&path).status, bob.clone().get(&path).status), (200, 404));
    assert_eq!(bob.try_say_with("/chat", "mine", &[one]).expect(404).value()["error"], "no_such_file");
    let message = ann.say_with("/chat", "", &[two, one]);
    let seen = bob.messages_at("/chat").pop().unwrap();
    assert_eq!((&seen["id"], &seen["text"]), (&message.into(), &"".into()));
    assert_eq!([&seen["files"][0]["id"], &seen["files"][1]["id"]], [two, one]);
    bob.clone().get(&path).expect(200);
    // It is sent once.
    assert_eq!(ann.try_say_with("/chat", "again", &[one]).status, 404);
    ann.try_say_with("/chat", "", &[]).expect(422);
}

#[test]
fn who_deletes_a_message_deletes_its_files() {
    let (_home, server) = with_data();
    let [olga, ann] = server.members(["olga", "ann"]);
    let (kept, file) = ann.send_file("kept.txt", b"kept");
    let (removed, gone) = ann.send_file("gone.txt", b"gone");
    olga.remove_message(removed);
    for client in [&olga, &ann] {
        client.clone().get(&format!("/files/{gone}")).expect(404);
        client.clone().get(&format!("/files/{file}")).expect(200);
    }
    ann.clone().post(&format!("/files/{file}/remove"), &[]).expect(303);
    assert_eq!(ann.clone().get(&format!("/messages/{kept}")).status, 404, "it was nothing else");
}

#[test]
fn a_caption_comes_and_goes_while_there_is_a_file() {
    for server in [with_data().1, Server::open()] {
        let ann = server.member("ann");
        let (message, file) = ann.send_file("kite.gif", &gif(10, 20));
        let edit =
            |text: &str| ann.clone().json().post(&format!("/messages/{message}/edit"), &[("message", text)]);
        let text = || ann.messages_at("/chat")[0]["text"].clone();
        edit("My kite").expect(200);
        assert_eq!(text(), "My kite");
        edit(" ").expect(200);
        assert_eq!(text(), "");
        edit("Our kite").expect(200);
        ann.clone().post(&format!("/files/{file}/remove"), &[]).expect(303);
        edit("").expect(422);
        assert_eq!(text(), "Our kite");
    }
}

#[test]
fn a_file_of_a_message_can_be_taken_out_by_its_author_alone() {
    let (_home, server) = with_data();
    let [olga, ann] = server.members(["olga", "ann"]);
    let files = ["a.txt", "b.txt"].map(|name| ann.upload_id(name, name.as_bytes()));
    let message = ann.say_with("/chat", "two", &files);
    let remove = |client: &Client, file: u64| client.clone().post(&format!("/files/{file}/remove"), &[]);
    assert_eq!(remove(&olga, files[0]).status, 403, "owners delete messages");
    let place = remove(&ann, files[0]).expect(303).location().to_owned();
    assert!(place.ends_with(&format!("#m{message}")), "{place}");
    let left = olga.read_json(&format!("/messages/{message}"));
    assert_eq!((left["files"].as_array().unwrap().len(), &left["files"][0]["id"]), (1, &files[1].into()));
    olga.clone().get(&format!("/files/{}", files[0])).expect(404);
    // The text holds it.
    remove(&ann, files[1]).expect(303);
    let left = olga.read_json(&format!("/messages/{message}"));
    assert_eq!((&left["text"], left.get("files")), (&"two".into(), None));
}

#[test]
fn who_leaves_a_room_leaves_its_files() {
    let (_home, server) = with_data();
    let [olga, ann, bob] = server.members(["olga", "ann", "bob"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let path = format!("/rooms/{room}");
    let file = ann.upload_id("a.txt", b"a");
    ann.say_with(&path, "", &[file]);
    let load = |client: &Client| client.clone().json().get(&format!("/files/{file}")).status;
    assert_eq!([load(&bob), load(&olga)], [200, 404]);
    bob.leave_room(room);
    assert_eq!([load(&bob), load(&ann)], [404, 200]);
    // The last one closes the door.
    ann.leave_room(room);
    assert_eq!(load(&ann), 404);
}

#[test]
fn of_whoever_is_removed_nothing_is_loaded_and_what_they_sent_stays() {
    let (_home, server) = with_data();
    let [olga, ann] = server.members(["olga", "ann"]);
    let (_, file) = ann.send_file("a.txt", b"a");
    let path = format!("/files/{file}");
    olga.remove_member("ann");
    ann.clone().json().get(&path).expect(401);
    ann.try_upload("b.txt", b"b").expect(401);
    assert_eq!(olga.clone().get(&path).expect(200).bytes, b"a");
}

#[test]
fn what_is_sent_again_after_a_lost_answer_is_there_once() {
    let (_home, server) = with_data();
    let [ann, bob] = server.members(["ann", "bob"]);
    let upload = |client: &Client, content: &[u8]| {
        let parts = [Part::field("nonce", "a-file"), Part::file("a.txt", content)];
        client.clone().json().post_parts("/files", &parts).expect(201).value()
    };
    let first = upload(&ann, b"a");
    assert_eq!(upload(&ann, b"a"), first);
    assert_ne!(upload(&bob, b"a")["id"], first["id"], "a nonce is one member's");
    let id = first["id"].as_u64().unwrap();
    ann.say_with("/chat", "", &[id]);
    assert_eq!(upload(&ann, b"a"), first, "also once it is sent");
    ann.clone().post(&format!("/files/{id}/remove"), &[]).expect(303);
    assert_ne!(upload(&ann, b"a")["id"], first["id"], "it is there no more");
    // A message with its files, as a form.
    let parts = [Part::field("message", "two"), Part::field("nonce", "a-form"), Part::file("b.txt", b"b")];
    let say = |client: &Client| client.clone().json().post_parts("/chat", &parts).expect(201).value();
    assert_eq!(say(&ann), say(&ann));
    assert_eq!(bob.messages_at("/chat").len(), 1);
    let other = [Part::field("message", "three"), Part::field("nonce", "a-form"), Part::file("b.txt", b"b")];
    assert_eq!(ann.clone().json().post_parts("/chat", &other).expect(409).value()["error"], "nonce_reused");
}

#[test]
fn two_presses_of_a_button_make_one_message() {
    let (_home, server) = with_data();
    let [ann] = server.members(["ann"]);
    let content = vec![b'x'; 200_000];
    let parts = ["a", "b", "c"].map(|name| Part::file(name, &content));
    let parts: Vec<Part> = parts.into_iter().chain([Part::field("nonce", "one")]).collect();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let presses: Vec<_> =
            (0..4).map(|_| scope.spawn(|| ann.post_parts("/chat", &parts).status)).collect();
        presses.into_iter().map(|press| press.join().unwrap()).collect()
    });
    assert_eq!(statuses, [303; 4]);
    let messages = ann.messages_at("/chat");
    assert_eq!((messages.len(), messages[0]["files"].as_array().unwrap().len()), (1, 3));
}

#[test]
fn two_people_cannot_send_one_file_and_one_cannot_twice() {
    let server = Server::open();
    let [ann, bob] = server.members(["ann", "bob"]);
    let file = ann.upload_id("a.txt", b"a");
    let statuses = thread::scope(|scope| {
        let sent =
            [&ann, &bob, &ann].map(|client| scope.spawn(|| client.try_say_with("/chat", "", &[file]).status));
        sent.map(|sent| sent.join().unwrap())
    });
    assert_eq!((statuses[1], statuses.iter().filter(|status| **status == 201).count()), (404, 1));
    let file = ann.upload_id("b.txt", b"b");
    ann.try_say_with("/chat", "", &[file, file]).expect(404);
}

#[test]
fn a_small_picture_of_a_photo_comes_with_it() {
    for server in [Server::open(), with_data().1] {
        let [ann] = server.members(["ann"]);
        let upload = |preview: &[u8]| {
            let parts = [Part::file("a.gif", &gif(200, 100)), Part::file("p", preview).called("preview")];
            let told = ann.clone().json().post_parts("/files", &parts).expect(201).value();
            (told["preview"].clone(), format!("/files/{}/preview", told["id"]))
        };
        let (there, path) = upload(&gif_with_comment(20, 10));
        assert_eq!(there, true);
        let preview = ann.clone().get(&path).expect(200);
        assert!(preview.bytes == gif(20, 10), "without what it tells");
        assert_eq!(preview.header("content-type"), "image/gif");
        let tag = format!("If-None-Match: {}\r\n", preview.header("etag"));
        ann.clone().send("GET", &path, &tag, b"").expect(304);
        let wide = [&b"GIF89a\x01\x04\x01\0\0\0\0"[..], &gif(1, 1)[13..]].concat();
        let large = [&gif(20, 10)[..13], &b"\x21\xfe\x01x\0".repeat(20_000), &gif(20, 10)[13..]].concat();
        for other in [&b"no picture"[..], b"", &gif(20, 10)[..9], &wide, &large] {
            let (there, path) = upload(other);
            assert_eq!(there, false);
            ann.clone().get(&path).expect(404);
        }
    }
}
