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
    let server = Server::with(|settings| settings.data = Some(home.data_path()));
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
