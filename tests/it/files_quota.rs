//! How much of the room for files is whose.

use crate::files::gif;
use crate::prelude::*;

const MIB: usize = 1 << 20;

fn with(change: impl FnOnce(&mut Settings)) -> (TempDir, Server) {
    let home = TempDir::new();
    let server = Server::with(|settings| {
        settings.data = Some(home.data_path().into());
        settings.files_total = 1;
        change(settings);
    });
    (home, server)
}

/// What is said to a member who sends more than there can be for anyone, which is what their files take up, and might.
fn refusal(client: &Client) -> String {
    let answer = client.try_upload("all.bin", &vec![b'x'; MIB]).expect(507).value();
    assert_eq!(answer["error"], "file_share_full");
    answer["detail"].as_str().unwrap().into()
}

fn full(taken: &str, share: &str) -> String {
    format!(
        "There is no room for this. Your files take up {taken} of your share of {share}. Delete some to make room."
    )
}

fn small(share: &str) -> String {
    format!("This is too large. Your share of the room for files is {share} right now.")
}

#[test]
fn who_fills_their_share_leaves_room_for_everyone_else() {
    let (_home, server) = with(|_| {});
    let [ann, bob, eve] = server.members(["ann", "bob", "eve"]);
    assert_eq!([&ann, &bob].map(refusal), [small("512 kB"), small("512 kB")]);
    let (message, _) = ann.send_file("half.bin", &vec![b'x'; MIB / 2]);
    assert_eq!(ann.try_upload("more.txt", b"x").expect(507).value()["detail"], full("512 kB", "512 kB"));
    bob.send_file("quarter.bin", &vec![b'x'; MIB / 4]);
    assert_eq!([&bob, &eve].map(refusal), [full("256 kB", "256 kB"), small("128 kB")]);
    eve.send_file("notes.txt", b"notes");
    assert_eq!(refusal(&ann), full("512 kB", "382 kB"));
    ann.remove_message(message);
    assert_eq!(refusal(&ann), small("382 kB"));
    ann.send_file("again.bin", &vec![b'x'; 380 * 1024]);
}

#[test]
fn a_refusal_says_so_in_the_readers_language_and_nothing_that_was_typed_is_lost() {
    let (_home, server) = with(|_| {});
    let ann = server.member("ann");
    ann.upload("half.bin", &vec![b'x'; MIB / 2]);
    for (size, files) in [(1, 1), (MIB / 4, 3)] {
        let content = vec![b'x'; size];
        let parts = (0..files).map(|n| Part::file(&format!("{n}.txt"), &content));
        let parts: Vec<Part> = [Part::field("message", "precious")].into_iter().chain(parts).collect();
        let page = ann.post_parts("/chat", &parts).expect(507);
        assert_eq!(textarea(&page.body), "precious");
        page.body.shows(full("512 kB", "512 kB"));
    }
    assert_eq!(refusal(&ann), full("512 kB", "512 kB"), "nothing of it is left");
    for (language, text) in [
        ("de", "Deine Dateien belegen 512 kB von deinem Anteil von 512 kB."),
        ("hi", "आपके 512 kB के हिस्से में से 512 kB आपकी फ़ाइलें ले चुकी हैं।"),
    ] {
        let reader = ann.clone().with_header("Accept-Language", language);
        let answer = reader.try_upload("more.txt", b"x").expect(507).value();
        assert!(answer["detail"].as_str().unwrap().contains(text), "{answer}");
    }
}

#[test]
fn a_file_that_has_no_room_is_refused_before_it_is_read() {
    let (_home, server) = with(|_| {});
    let ann = server.member("ann");
    let more = MIB / 2 + 1;
    let put = format!("Content-Length: {more}\r\n");
    ann.clone().send("PUT", "/files?name=a", &put, b"").expect(507);
    let begin = |size: usize| {
        let fields = [("nonce", &*format!("n{size}")), ("size", &size.to_string())];
        ann.clone().json().post("/files/uploads", &fields)
    };
    assert_eq!(begin(more).expect(507).value()["error"], "file_share_full");
    begin(MIB / 2).expect(201);
}

#[test]
fn who_has_no_room_does_not_send_without_end() {
    let (_home, server) = with(|settings| settings.file_rate = 1);
    let ann = server.member("ann");
    let form = [Part::field("message", "precious"), Part::file("large.bin", &vec![b'x'; MIB * 3 / 4])];
    let pages = [(); 3].map(|()| ann.post_parts("/chat", &form));
    assert_eq!(pages.each_ref().map(|page| page.status), [507, 507, 429]);
    assert_eq!(textarea(&pages[1].body), "precious");
}

#[test]
fn of_two_files_that_arrive_at_once_one_has_the_rest_of_the_share() {
    let (_home, server) = with(|_| {});
    let [ann, bob] = server.members(["ann", "bob"]);
    let content = vec![b'x'; MIB / 2];
    for (who, size) in [(&ann, MIB / 2), (&bob, MIB / 4)] {
        let statuses = thread::scope(|scope| {
            let sent = [1, 2, 3, 4].map(|_| scope.spawn(|| who.try_upload("a.bin", &content[..size]).status));
            sent.map(|sent| sent.join().unwrap())
        });
        let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(201), count(507)), (1, 3), "{statuses:?}");
    }
}

#[test]
fn what_was_deleted_by_any_way_gives_its_room_back_and_a_restart_counts_the_same() {
    let home = TempDir::new();
    let flags = ["--files-total", "1", "--history", "20"];
    let server = home.serve(&flags);
    let [ann, bob, eve] = server.members(["ann", "bob", "eve"]);
    let photo = |client: &Client, room: &str| {
        let parts = [Part::file("a.gif", &gif(200, 100)), Part::file("p", &gif(20, 10)).called("preview")];
        let file = client.clone().json().post_parts("/files", &parts).expect(201).value();
        let file = file["id"].as_u64().unwrap();
        let sent = client.try_say_with(room, "", &[file]).expect(201).value();
        (sent["id"].as_u64().unwrap(), file)
    };
    let take_out = |client: &Client, file: u64| {
        client.clone().json().post(&format!("/files/{file}/remove"), &[]).expect(200);
    };
    // Two blocks each. Memory holds none of them in the end.
    let photos = [(); 4].map(|()| photo(&ann, "/chat"));
    let others = [&bob, &eve].map(|client| photo(client, "/chat"));
    let room = bob.open_room_called("Garden", false);
    photo(&bob, &room);
    for n in 0..30 {
        ann.say_at("/chat", &format!("line {n}"));
    }
    let all = [&ann, &bob, &eve];
    let counted = || all.map(refusal);
    assert_eq!(counted(), [full("32 kB", "500 kB"), full("16 kB", "492 kB"), full("8 kB", "488 kB")]);
    ann.remove_message(photos[0].0);
    take_out(&ann, photos[1].1);
    ann.edit_message(photos[2].0, "A kite");
    take_out(&ann, ann.upload_id("unsent.txt", b"x"));
    // Its last member closes a room.
    bob.clone().post(&format!("{room}/leave"), &[]).expect(303);
    // Owners delete messages.
    ann.remove_message(others[0].0);
    let before = counted();
    assert_eq!(before, [full("16 kB", "508 kB"), small("500 kB"), full("8 kB", "504 kB")]);
    server.end_by("-TERM");
    let server = home.serve(&flags);
    let [ann, bob, eve] = all.map(|client| server.client_of(client));
    assert_eq!([&ann, &bob, &eve].map(refusal), before);
    // What someone leaves behind stays, and counts.
    ann.remove_member("eve");
    assert_eq!([&ann, &bob].map(refusal), [full("16 kB", "508 kB"), small("500 kB")]);
}

#[test]
fn in_memory_nobody_loses_a_file_to_one_who_has_more() {
    let server = Server::with(|settings| (settings.file_memory, settings.post_rate) = (1, 0));
    let [ann, bob] = server.members(["ann", "bob"]);
    let files = [(); 3].map(|()| ann.send_file("note.txt", b"note").1);
    let large: Vec<u64> = (0..8).map(|_| bob.send_file("large.bin", &vec![b'x'; MIB / 4]).1).collect();
    let load = |file: &u64| ann.clone().json().get(&format!("/files/{file}")).status;
    assert_eq!(files.each_ref().map(load), [200; 3]);
    assert_eq!(large.iter().map(load).collect::<Vec<_>>(), [410, 410, 410, 410, 410, 200, 200, 200]);
    // Whoever has less takes what they need from those who have more, up to the same.
    ann.send_file("half.bin", &vec![b'x'; MIB / 2 - 3 * 4096]);
    assert_eq!(large[5..].iter().map(load).collect::<Vec<_>>(), [410, 200, 200]);
    let eve = server.member("eve");
    let refused = eve.try_upload("most.bin", &vec![b'x'; MIB * 3 / 4]).expect(507).value();
    assert_eq!(refused["detail"], small("342 kB"));
    assert_eq!(files.each_ref().map(load), [200; 3], "nothing went for what is refused");
    eve.send_file("third.bin", &vec![b'x'; MIB / 3]);
}
