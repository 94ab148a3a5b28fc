//! Files, where several nodes serve a chat: they are in the database, whichever node they come to.

use crate::files::gif;
use crate::prelude::*;

const MIB: usize = 1 << 20;

/// Two nodes on one database.
fn nodes(database: &Database, flags: &[&str]) -> [Process; 2] {
    [(); 2].map(|()| Process::serve(&database.url(), flags))
}

/// The same person at each of these nodes.
fn at<const N: usize>(nodes: &[Process; N], client: &Client) -> [Client; N] {
    std::array::from_fn(|n| client.clone().moved_to(nodes[n].address))
}

fn bytes(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// Waits until this node serves the file, and gives its bytes: it may hear of it a moment later.
fn loaded(client: &Client, file: u64) -> Vec<u8> {
    let path = format!("/files/{file}");
    wait_until("the other node has it", || client.clone().get(&path).status == 200);
    client.clone().get(&path).expect(200).bytes
}

impl Database {
    /// Counts the files that take room, and the parts that there are.
    pub(crate) fn files_and_parts(&self) -> String {
        self.ask("SELECT count(*), (SELECT count(*) FROM blob_parts) FROM blobs")
    }
}

#[test]
fn what_one_node_takes_the_other_serves_whole_in_parts_and_small() {
    let Some(database) = Database::shared() else { return };
    // One part of a file is more than a node may have at hand.
    let nodes = nodes(&database, &["--file-memory", "1"]);
    let [here, there] = at(&nodes, &nodes[0].member("ann"));
    let whole = bytes(3 * MIB + 5);
    let (_, file) = here.send_file("film.bin", &whole);
    assert!(loaded(&there, file) == whole);
    let path = format!("/files/{file}");
    for (range, part) in
        [("0-4", 0..5), ("262143-262145", 262_143..262_146), ("-7", 3 * MIB - 2..3 * MIB + 5)]
    {
        let lines = format!("Range: bytes={range}\r\n");
        let answer = there.clone().send("GET", &path, &lines, b"").expect(206);
        assert!(answer.bytes == whole[part], "{range}");
    }
    let tag = there.clone().get(&path).header("etag").to_owned();
    there.clone().send("GET", &path, &format!("If-None-Match: {tag}\r\n"), b"").expect(304);
    let photo = [Part::file("Kite.gif", &gif(40, 30)), Part::file("p", &gif(4, 3)).called("preview")];
    let photo = there.clone().json().post_parts("/files", &photo).expect(201).value()["id"].as_u64().unwrap();
    there.say_with("/chat", "", &[photo]);
    assert_eq!(loaded(&here, photo), gif(40, 30));
    assert_eq!(here.clone().get(&format!("/files/{photo}/preview")).expect(200).bytes, gif(4, 3));
    assert_eq!(database.files_and_parts(), "3|15");
}

#[test]
fn what_is_deleted_at_one_node_is_nowhere() {
    let Some(database) = Database::shared() else { return };
    let nodes = nodes(&database, &[]);
    let [here, there] = at(&nodes, &nodes[0].member("ann"));
    let (message, file) = here.send_file("film.bin", &bytes(2 * MIB));
    loaded(&there, file);
    // Somebody is reading it there, and takes their time.
    let mut reading = there.connect();
    let cookie = there.cookie.clone().unwrap();
    write!(reading, "GET /files/{file} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n").unwrap();
    let mut head = [0; 1000];
    reading.read_exact(&mut head).unwrap();
    here.clone().post(&format!("/messages/{message}/remove"), &[("sure", "yes")]).expect(303);
    assert_eq!(database.files_and_parts(), "0|0");
    wait_until("the other node has heard of it", || {
        there.clone().get(&format!("/files/{file}")).status == 404
    });
    let usage = database.ask("SELECT sum(bytes) FROM blob_usage");
    assert_eq!(usage, "0", "its room is free");
}

#[test]
fn a_file_in_pieces_goes_on_at_any_node_and_is_one_file() {
    let Some(database) = Database::shared() else { return };
    let nodes = nodes(&database, &[]);
    let clients = at(&nodes, &nodes[0].member("ann"));
    let whole = bytes(2 * MIB + 5);
    wait_until("both know the session", || {
        clients.iter().all(|client| client.clone().get("/chat").status == 200)
    });
    // Each request comes to the other node.
    let mut turn = clients.iter().cycle().map(|client| client.clone().json());
    let mut next = || turn.next().unwrap();
    let begun = [("nonce", "one"), ("size", &*whole.len().to_string())];
    assert_eq!(next().post("/files/uploads", &begun).expect(201).value()["offset"], 0);
    for (offset, piece) in [(0, &whole[..MIB]), (MIB, &whole[MIB..2 * MIB]), (2 * MIB, &whole[2 * MIB..])] {
        let lines = format!("Upload-Offset: {offset}\r\nContent-Length: {}\r\n", piece.len());
        // One whose answer is lost is sent again.
        next().send("PATCH", "/files/uploads/one", &lines, piece).expect(200);
        let again = next().send("PATCH", "/files/uploads/one", &lines, piece).expect(409).value();
        assert_eq!(again["offset"], offset + piece.len());
        assert_eq!(next().post("/files/uploads", &begun).expect(200).value(), again);
    }
    let parts = [("nonce", "one"), ("upload", "one"), ("name", "film.bin")]
        .map(|(name, text)| Part::field(name, text));
    let mut told: Vec<Value> =
        (0..2).map(|_| next().post_parts("/files", &parts).expect(201).value()).collect();
    told.push(next().post("/files/uploads", &begun).expect(201).value());
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
    let file = told[0]["id"].as_u64().unwrap();
    next().say_with("/chat", "", &[file]);
    assert!(clients.iter().all(|client| loaded(client, file) == whole));
    assert_eq!(database.files_and_parts(), "1|9", "nothing else is left");
}

#[test]
fn a_member_has_one_share_at_all_nodes_together() {
    let Some(database) = Database::shared() else { return };
    let nodes = nodes(&database, &["--files-total", "8", "--file-max", "1"]);
    let clients = at(&nodes, &nodes[0].member("ann"));
    wait_until("both know the session", || {
        clients.iter().all(|client| client.clone().get("/chat").status == 200)
    });
    let sent = thread::scope(|scope| {
        let sending = (0..10).map(|n| {
            let client = &clients[n % 2];
            scope.spawn(move || client.try_upload("x.bin", &bytes(MIB)).status)
        });
        let sending: Vec<_> = sending.collect();
        sending.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    let count = |status: u16| sent.iter().filter(|other| **other == status).count();
    assert_eq!((count(201), count(507)), (4, 6), "{sent:?}");
    assert_eq!(database.ask("SELECT bytes FROM blob_usage WHERE owner > 0"), (4 * MIB).to_string());
}
