//! How many files, how large, and how much in all.

use crate::prelude::*;

const MIB: usize = 1 << 20;

fn with(change: impl FnOnce(&mut Settings)) -> (TempDir, Server, Client) {
    let home = TempDir::new();
    let server = Server::with(|settings| {
        settings.data = Some(home.data_path().into());
        change(settings);
    });
    let ann = server.member("ann");
    (home, server, ann)
}

/// What lies in the folder of files.
fn kept(home: &TempDir) -> usize {
    let folders = fs::read_dir(home.path().join("chat.db.files")).into_iter().flatten();
    folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

#[test]
fn a_message_has_up_to_ten_files_and_the_text_comes_back_with_more() {
    let (home, _server, ann) = with(|_| {});
    let files = |count: usize| {
        let files = (0..count).map(|n| Part::file(&format!("{n}.txt"), n.to_string().as_bytes()));
        files.chain([Part::field("message", "all of them")]).collect::<Vec<_>>()
    };
    ann.post_parts("/chat", &files(10)).expect(303);
    let message = &ann.messages_at("/chat")[0];
    let names: Vec<_> =
        message["files"].as_array().unwrap().iter().map(|file| file["name"].clone()).collect();
    assert_eq!((names.len(), &names[9]), (10, &json!("9.txt")));
    for count in [11, 31, 40] {
        let page = ann.post_parts("/chat", &files(count)).expect(422);
        assert!(page.body.contains("A message can have up to 10 files."), "{count}");
        let answer = ann.clone().json().post_parts("/chat", &files(count)).expect(422);
        assert_eq!(answer.value()["error"], "too_many_files");
    }
    let mut first = files(11);
    first.rotate_right(1);
    assert_eq!(textarea(&ann.post_parts("/chat", &first).expect(422).body), "all of them");
    let ids: Vec<u64> = (0..11).map(|n| ann.upload_id(&format!("{n}"), b"x")).collect();
    assert_eq!(ann.try_say_with("/chat", "", &ids).expect(422).value()["error"], "too_many_files");
    assert_eq!(kept(&home), 10 + 11);
}

#[test]
fn a_file_may_be_as_large_as_the_chat_says() {
    let (home, _server, ann) = with(|settings| settings.file_max = 1);
    assert_eq!(ann.upload("most", &vec![b'x'; MIB])["size"], MIB);
    let answer = ann.try_upload("more", &vec![b'x'; MIB + 1]).expect(413);
    assert_eq!(answer.value()["detail"], "This is too large. A file can have up to 1 MB.");
    let large = vec![b'x'; MIB + 1];
    let parts = [Part::field("message", "see"), Part::file("a.txt", b"a"), Part::file("more", &large)];
    let page = ann.post_parts("/chat", &parts).expect(413);
    assert_eq!(textarea(&page.body), "see");
    // Before it is read.
    let huge = ann.clone().send("PUT", "/files?name=a", "Content-Length: 1048577\r\n", b"").expect(413);
    assert!(huge.body.contains("1 MB"));
    let head = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 99000000\r\n";
    ann.clone().send("POST", "/chat", head, b"").expect(413);
    assert_eq!(kept(&home), 1);
}

#[test]
fn an_empty_file_is_a_file() {
    let (_home, _server, ann) = with(|_| {});
    let (message, file) = ann.send_file("empty.txt", b"");
    assert_eq!(ann.read_json(&format!("/messages/{message}"))["files"][0]["size"], 0);
    let path = format!("/files/{file}");
    assert_eq!(ann.clone().get(&path).expect(200).header("content-length"), "0");
    assert_eq!(ann.clone().send("GET", &path, "Range: bytes=0-\r\n", b"").status, 416);
}

#[test]
fn a_chat_may_take_no_files() {
    let (home, server, ann) = with(|settings| settings.file_max = 0);
    assert_eq!(ann.try_upload("a.txt", b"a").expect(403).value()["error"], "files_off");
    let parts = [Part::field("message", "hello"), Part::file("a.txt", b"a")];
    let page = ann.post_parts("/chat", &parts).expect(403);
    assert_eq!(textarea(&page.body), "hello");
    // A form without is as good as any.
    ann.post_parts("/chat", &parts[..1]).expect(303);
    assert_eq!((ann.clone().texts(), kept(&home)), (vec!["hello".to_owned()], 0));
    assert!(!ann.page("/chat").contains("type=\"file\""));
    drop(server);
}

#[test]
fn a_member_sends_so_much_in_an_hour() {
    let (_home, server, ann) = with(|settings| (settings.file_max, settings.file_rate) = (2, 1));
    ann.upload("a", &vec![b'x'; MIB / 2]);
    // What is refused costs nothing.
    ann.try_upload("b", &vec![b'x'; 3 * MIB]).expect(413);
    ann.upload("b", &vec![b'x'; MIB]);
    let answer = ann.try_upload("c", b"x").expect(429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 60);
    assert_eq!(answer.value()["error"], "too_many_files_sent");
    let parts = [Part::field("message", "hello"), Part::file("c", b"x")];
    ann.post_parts("/chat", &parts).expect(429);
    server.member("bob").upload("a", b"x");
    ann.say_at("/chat", "Messages are no files.");
}

#[test]
fn files_in_all_may_have_so_much_and_deleting_makes_room() {
    let home = TempDir::new();
    let server = Server::furnished(|settings, limits| {
        (settings.data, settings.files_total) = (Some(home.data_path().into()), 1);
        // Each has a place for a fourth of it.
        limits.members = 4;
    });
    let [ann, bob, eve, dan] = server.members(["ann", "bob", "eve", "dan"]);
    let (message, _) = ann.send_file("a", &vec![b'x'; MIB / 2]);
    for client in [&bob, &eve] {
        client.upload("b", &vec![b'x'; MIB / 4 - 4096]);
    }
    dan.upload("c", &[b'x'; 8192]);
    let refused = dan.try_upload("d", b"x").expect(507);
    assert_eq!(refused.value()["error"], "files_full");
    assert!(refused.value()["detail"].as_str().unwrap().contains("An owner can make room"));
    let parts = [Part::field("message", "hello"), Part::file("c", b"x")];
    let page = dan.post_parts("/chat", &parts);
    assert_eq!((page.status, kept(&home)), (507, 4));
    ann.remove_message(message);
    dan.upload("d", b"x");
    assert_eq!(kept(&home), 4);
}

#[test]
fn without_a_file_for_the_chat_the_oldest_files_go_first_and_their_messages_say_so() {
    let server = Server::with(|settings| settings.file_memory = 1);
    let [ann, bob] = server.members(["ann", "bob"]);
    let (first, oldest) = ann.send_file("oldest.txt", &vec![b'x'; MIB / 2]);
    let (_, newer) = ann.send_file("newer.txt", &vec![b'x'; MIB / 4]);
    let mut stream = Stream::open(&bob, "/events?format=json");
    let (last, newest) = ann.send_file("newest.txt", &vec![b'x'; MIB / 2]);
    let load = |file: u64| bob.clone().json().get(&format!("/files/{file}")).status;
    assert_eq!([load(oldest), load(newer), load(newest)], [410, 200, 200]);
    let message = bob.read_json(&format!("/messages/{first}"));
    assert_eq!(
        (&message["files"][0]["gone"], &message["files"][0]["name"]),
        (&json!(true), &json!("oldest.txt"))
    );
    assert!(bob.page("/chat").contains("oldest.txt"));
    let told = stream.events_until(last);
    assert!(
        told.iter().any(|event| event.kind == "edited" && event.data.contains("\"gone\":true")),
        "{told:?}"
    );
    // Never more than there may be at all.
    assert_eq!(ann.try_upload("more", &vec![b'x'; MIB + 1]).status, 413);
}

#[test]
fn a_member_has_up_to_twenty_files_that_were_not_sent() {
    let (home, _server, ann) = with(|_| {});
    let files: Vec<u64> = (0..20).map(|n| ann.upload_id(&n.to_string(), b"x")).collect();
    assert_eq!(ann.try_upload("more", b"x").expect(409).value()["error"], "unsent_files_full");
    let parts = [Part::field("message", "hello"), Part::file("more", b"x")];
    assert_eq!(textarea(&ann.post_parts("/chat", &parts).expect(409).body), "hello");
    assert_eq!(kept(&home), 20);
    ann.clone().json().post(&format!("/files/{}/remove", files[0]), &[]).expect(200);
    ann.clone().post(&format!("/files/{}/remove", files[1]), &[]).expect(204);
    ann.say_with("/chat", "", &files[2..12]);
    assert_eq!(kept(&home), 18);
    ann.post_parts("/chat", &parts).expect(303);
}

#[test]
fn a_form_that_is_refused_by_its_head_says_so_in_the_frame_that_it_stands_in() {
    let (_home, server, ann) = with(|settings| settings.file_max = 1);
    let parts = [Part::file("more", &vec![b'x'; 11 * MIB])];
    let framed = |client: &Client| {
        let page = client.clone().with_header("Sec-Fetch-Dest", "iframe").post_parts("/chat", &parts);
        assert!(page.body.contains("<body class=\"frame\">"), "{}", page.head);
        page
    };
    assert!(framed(&ann).expect(413).body.contains("Send fewer files, each with up to 1 MB."));
    let page = framed(&server.visitor()).expect(401);
    assert!(page.body.contains("target=\"_top\""));
    assert!(
        ann.post_parts("/chat", &parts).expect(413).body.contains("<nav"),
        "elsewhere, a page of its own"
    );
}

#[test]
fn a_text_in_a_small_form_comes_back_whatever_is_wrong() {
    let small = [Part::field("message", "precious"), Part::file("a.txt", b"a")];
    let (home, _server, ann) = with(|settings| settings.post_rate = 1);
    let mut tries = 0;
    let page = loop {
        let answer = ann.post_parts("/chat", &small);
        tries += 1;
        assert!(tries < 300);
        if answer.status != 303 {
            break answer;
        }
    };
    assert_eq!((page.status, textarea(&page.body)), (429, "precious".into()));
    assert_eq!(kept(&home), tries - 1);
    let (_home, _server, ann) = with(|settings| settings.file_max = 0);
    assert_eq!(textarea(&ann.post_parts("/chat", &small).expect(403).body), "precious");
    let (_home, _server, ann) = with(|settings| settings.files_total = 1);
    ann.upload("half", &vec![b'x'; MIB / 2]);
    assert_eq!(textarea(&ann.post_parts("/chat", &small).expect(507).body), "precious");
}
