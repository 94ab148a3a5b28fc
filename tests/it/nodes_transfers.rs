//! The database goes while files are on their way: what goes on, goes on where it was; what ends, ends so that nobody takes a
//! part for the whole; and nobody else waits.

use std::io::ErrorKind;

use crate::prelude::*;

const MIB: usize = 1 << 20;
/// Of a client's receive buffer, in bytes: much of a file cannot hide in it.
const WINDOW: usize = 64 << 10;
/// Longer than a node waits for its database before it ends a download.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nothing of a file is at hand.
const FLAGS: [&str; 2] = ["--file-memory", "1"];

fn bytes(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// A file that is being loaded.
struct Download {
    wire: TcpStream,
    head: Response,
    bytes: Vec<u8>,
}

impl Download {
    #[track_caller]
    fn begin(client: &Client, path: &str, extra: &str) -> Self {
        let address = client.home().trim_start_matches("http://").parse().unwrap();
        let connecting = Connecting { window: Some(WINDOW), ..Connecting::patient(PATIENCE) };
        let asked = PendingStream::on(connecting.to(address).unwrap(), client, path, extra);
        let (wire, head, bytes) = asked.begun();
        Self { wire, head, bytes }
    }

    /// Waits until so many bytes of it are here.
    #[track_caller]
    fn takes(&mut self, count: usize) {
        let here = self.bytes.len();
        self.bytes.resize(count, 0);
        self.wire.read_exact(&mut self.bytes[here..]).unwrap();
    }

    /// What came of it, once all is here or the connection is over.
    #[track_caller]
    fn rest(mut self) -> Vec<u8> {
        let length: usize = self.head.header("content-length").parse().unwrap();
        let left = (length - self.bytes.len()) as u64;
        match self.wire.take(left).read_to_end(&mut self.bytes) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("no end: {error}"),
            _ => self.bytes,
        }
    }
}

/// Waits until the node knows that its database is away, which others are answered meanwhile.
fn is_known_to_be_away(client: &Client) {
    wait_until("the node to notice", || {
        client.page("/chat");
        client.clone().json().say("hello").status == 503
    });
}

#[test]
fn a_download_goes_on_when_the_database_is_back() {
    let Some(database) = Database::shared() else { return };
    let line = TcpProxy::to(database.address());
    let node = Process::serve(&database.url_through(line.address), &FLAGS);
    let [ann, bob] = node.members(["ann", "bob"]);
    let whole = bytes(6 * MIB);
    let path = format!("/files/{}", ann.send_file("film.bin", &whole).1);
    for break_line in [TcpProxy::cut, TcpProxy::freeze] {
        // More at once than there are connections to the database.
        let mut loading: Vec<Download> = (0..16).map(|_| Download::begin(&ann, &path, "")).collect();
        for one in &mut loading {
            one.takes(MIB);
        }
        break_line(&line);
        thread::scope(|scope| {
            let loading: Vec<_> = loading.into_iter().map(|one| scope.spawn(|| one.rest())).collect();
            is_known_to_be_away(&bob);
            bob.clone().get(&path).expect(503);
            line.mend();
            assert!(loading.into_iter().all(|one| one.join().unwrap() == whole));
        });
        wait_until("the node to be well", || bob.clone().json().say("hello").status == 201);
    }
    assert_calm(&node.log());
}

#[test]
fn a_download_goes_on_when_the_database_was_killed_and_starts_again() {
    let Some(server) = PostgresServer::start(&[]) else { return };
    let node = Process::serve(&format!("postgres://snug@{}/chat", server.address), &FLAGS);
    let [ann, bob] = node.members(["ann", "bob"]);
    let whole = bytes(6 * MIB);
    let path = format!("/files/{}", ann.send_file("film.bin", &whole).1);
    let mut loading = Download::begin(&ann, &path, "");
    loading.takes(MIB);
    server.kill();
    thread::scope(|scope| {
        let loading = scope.spawn(|| loading.rest());
        is_known_to_be_away(&bob);
        server.restart();
        assert!(loading.join().unwrap() == whole);
    });
    assert_calm(&node.log());
}

#[test]
fn a_download_whose_database_stays_away_ends_early_and_goes_on_at_another_node() {
    let Some(database) = Database::shared() else { return };
    let line = TcpProxy::to(database.address());
    let node = Process::serve(&database.url_through(line.address), &FLAGS);
    let well = Process::serve(&database.url(), &FLAGS);
    let ann = node.member("ann");
    let whole = bytes(6 * MIB);
    let path = format!("/files/{}", ann.send_file("film.bin", &whole).1);
    let mut loading = Download::begin(&ann, &path, "");
    loading.takes(MIB);
    line.freeze();
    let tag = loading.head.header("etag").to_owned();
    let here = loading.rest();
    assert!((MIB..whole.len()).contains(&here.len()) && whole.starts_with(&here), "{}", here.len());
    let range = format!("Range: bytes={}-\r\nIf-Range: {tag}\r\n", here.len());
    let there = Download::begin(&ann.moved_to(well.address), &path, &range);
    assert_eq!(there.head.status, 206);
    assert!([here, there.rest()].concat() == whole);
    assert_calm(&node.log());
}

/// Has the database end the session that writes the second part of a file, or no more.
fn breaks_uploads(database: &Database, breaks: bool) {
    database.ask(if breaks {
        "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
        CREATE TRIGGER break BEFORE INSERT ON blob_parts FOR EACH ROW WHEN (NEW.at > 0) EXECUTE FUNCTION break()"
    } else {
        "DROP FUNCTION break() CASCADE"
    });
}

#[test]
fn an_upload_that_the_database_broke_is_sent_again_and_is_one_file() {
    let Some(database) = Database::shared() else { return };
    // With room for two such files of one member, where one that is sent again is counted before it is known.
    let node = Process::serve(&database.url(), &["--files-total", "9", "--file-max", "3"]);
    let ann = node.member("ann").json();
    let whole = bytes(2 * MIB + 5);
    breaks_uploads(&database, true);
    let parts = [Part::field("nonce", "one"), Part::file("film.bin", &whole)];
    let upload = || ann.post_parts("/files", &parts);
    assert_eq!(upload().expect(503).value()["error"], "not_kept");
    // With a text, which comes back.
    let form = [Part::field("message", "what I was writing"), Part::file("film.bin", &whole)];
    let page = ann.clone().with_header("Accept", "text/html").post_parts("/chat", &form).expect(503);
    assert_eq!(textarea(&page.body), "what I was writing");
    breaks_uploads(&database, false);
    let told = upload().expect(201).value();
    assert_eq!(upload().expect(201).value(), told);
    let file = told["id"].as_u64().unwrap();
    ann.say_with("/chat", "", &[file]);
    assert!(ann.clone().get(&format!("/files/{file}")).bytes == whole);
    assert_eq!(database.files_and_parts(), "1|9", "nothing else takes room");
    assert_calm(&node.log());
}

#[test]
fn an_upload_in_pieces_goes_on_where_it_was() {
    let Some(database) = Database::shared() else { return };
    let node = Process::serve(&database.url(), &FLAGS);
    let ann = node.member("ann").json();
    let whole = bytes(2 * MIB);
    let begin = || {
        let fields = [("nonce", "one"), ("size", &*whole.len().to_string())];
        ann.clone().post("/files/uploads", &fields)
    };
    let send = |offset: usize| {
        let piece = &whole[offset..offset + MIB];
        let lines = format!("Upload-Offset: {offset}\r\nContent-Length: {}\r\n", piece.len());
        ann.clone().send("PATCH", "/files/uploads/one", &lines, piece)
    };
    begin().expect(201);
    send(0).expect(200);
    breaks_uploads(&database, true);
    assert_eq!(send(MIB).expect(503).value()["error"], "not_kept");
    breaks_uploads(&database, false);
    assert_eq!(begin().expect(200).value()["offset"], MIB);
    send(MIB).expect(200);
    let form = [("nonce", "one"), ("upload", "one"), ("name", "film.bin")];
    let told = ann.post_parts("/files", &form.map(|(name, text)| Part::field(name, text))).expect(201);
    let file = told.value()["id"].as_u64().unwrap();
    ann.say_with("/chat", "", &[file]);
    assert!(ann.clone().get(&format!("/files/{file}")).bytes == whole);
    assert_eq!(database.files_and_parts(), "1|8", "nothing else takes room");
}

/// A picture of several parts, in colours that do not become smaller.
fn png(width: u32) -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(content);
        let length = u32::try_from(content.len()).unwrap();
        [&length.to_be_bytes()[..], kind, content, &crc.sum().to_be_bytes()].concat()
    };
    let size = [width.to_be_bytes(); 2].concat();
    let row = [&[0][..], &bytes(3 * width as usize)].concat();
    let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    for _ in 0..width {
        pixels.write_all(&row).unwrap();
    }
    let parts = [
        chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat()),
        chunk(b"IDAT", &pixels.finish().unwrap()),
        chunk(b"IEND", b""),
    ];
    [b"\x89PNG\r\n\x1a\n", &*parts.concat()].concat()
}

#[test]
fn a_photo_of_which_a_part_could_not_be_had_is_shown_when_it_can() {
    const SIDE: u32 = 512;
    let Some(database) = Database::shared() else { return };
    let node = Process::serve(&database.url(), &FLAGS);
    let [ann, bob] = node.members(["ann", "bob"]);
    let Some(ann) = BrowserUser::follows_from(&ann, "ann", true) else { return };
    let photo = bob.upload_id("Kite.png", &png(SIDE));
    let width = || {
        let width = "const image = document.querySelector('article .photo img');
            return image?.complete ? image.naturalWidth : -1";
        ann.browser.execute(width, &json!([]))
    };
    database.ask("UPDATE blob_parts SET at = -at WHERE at > 0");
    bob.say_with("/chat", "the kite", &[photo]);
    ann.reads("the kite");
    ann.browser.wait_until("half a photo", || width() == 0);
    database.ask("UPDATE blob_parts SET at = -at WHERE at < 0");
    ann.browser.wait_until("the photo", || width() == SIDE);
    ann.opens("/chat");
    ann.browser.wait_until("the photo that was kept", || width() == SIDE);
    assert_calm(&node.log());
}
