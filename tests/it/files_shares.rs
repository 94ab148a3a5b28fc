//! Files of one member, however many and however slow, are in nobody else's way.

use crate::prelude::*;

/// A head alone: its body is awaited, and keeps a place meanwhile.
fn uploads(server: &Server, member: &Client) -> RawConnection {
    let mut wire = RawConnection::open(server.address);
    let cookie = member.cookie.clone().unwrap();
    wire.say(format!(
        "PUT /files?name=a.txt HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
    ));
    wire
}

/// So much of a file that the rest of it has to wait for whoever loads it.
fn loads(server: &Server, member: &Client, path: &str) -> RawConnection {
    let mut wire = RawConnection::narrow(server.address);
    let cookie = member.cookie.clone().unwrap();
    wire.say(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"));
    wire
}

#[test]
fn who_takes_all_places_leaves_room_for_others_behind_the_same_address() {
    let home = TempDir::new();
    let server = Server::with(|settings| settings.data = Some(home.data_path().into()));
    let [ann, bob] = server.members(["ann", "bob"]);
    let (_, large) = ann.send_file("large.bin", &vec![7; 6 << 20]);
    let path = format!("/files/{large}");
    let mut sending: Vec<_> = (0..64).map(|_| uploads(&server, &ann)).collect();
    let statuses: Vec<u16> = sending.iter_mut().map(RawConnection::peek_status).collect();
    assert_eq!(statuses, [100; 64]);
    let mut loading: Vec<_> = (0..128).map(|_| loads(&server, &ann, &path)).collect();
    let statuses: Vec<u16> = loading.iter_mut().map(RawConnection::peek_status).collect();
    assert_eq!(statuses, [200; 128]);
    for round in 0..3 {
        let (message, _) = bob.send_file(&format!("{round}.txt"), b"notes");
        assert!(bob.clone().get(&path).expect(200).bytes.len() == 6 << 20);
        bob.clone().get("/chat").expect(200);
        assert_eq!(bob.messages_at("/chat").pop().unwrap()["id"], message);
    }
    drop((sending, loading));
    ann.send_file("after.txt", b"notes");
}

#[test]
fn who_may_upload_no_more_lets_nothing_of_others_go() {
    let server = Server::with(|settings| (settings.file_memory, settings.post_rate) = (1, 0));
    let [ann, bob] = server.members(["ann", "bob"]);
    let (_, kite) = ann.send_file("kite.txt", b"kite");
    for number in 0..20 {
        bob.upload(&format!("{number}.txt"), b"small");
    }
    let large = vec![b'a'; 1_000_000];
    for _ in 0..3 {
        let answer = bob.try_upload("large.txt", &large).expect(409).value();
        assert_eq!(answer["error"], "unsent_files_full");
        let form = [Part::field("message", "large"), Part::file("large.txt", &large)];
        bob.clone().json().post_parts("/chat", &form).expect(409);
    }
    assert_eq!(ann.clone().get(&format!("/files/{kite}")).expect(200).body, "kite");
}

#[test]
fn what_a_browser_kept_is_not_shown_once_it_is_deleted() {
    let server = Server::open();
    let [ann, bob] = server.members(["ann", "bob"]);
    let (message, file) = ann.send_file("kite.gif", &crate::files::gif(10, 20));
    let ways = |client: &Client| {
        let path = format!("/files/{file}");
        let tag = "If-None-Match: *\r\n";

        [
            client.clone().send("GET", &path, tag, b"").status,
            client.clone().send("HEAD", &path, tag, b"").status,
            client.clone().send("GET", &path, "Range: bytes=0-3\r\n", b"").status,
            client.clone().get(&format!("{path}?download")).status,
        ]
    };
    assert_eq!(ways(&bob), [304, 304, 206, 200]);
    let phone = server.login("bob");
    phone.clone().post("/logout", &[]).expect(303);
    assert!(ways(&phone).iter().all(|status| ![200, 206, 304].contains(status)), "a session that ended");
    ann.remove_message(message);
    assert_eq!([ways(&bob), ways(&ann)], [[404; 4]; 2]);
}
