//! Files on their way: what is decided before a byte of them is read, what becomes of those that do not arrive, and that
//! whoever sends or loads them holds up nobody else.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;

use serde_json::json;

use crate::support::{
    BrowserUser, Client, PASSWORD, Process, RawConnection, Response, Server, TempDir, read_some, wait_until,
};

/// A chat in a file, beside which other files lie.
struct Files {
    server: Server,
    home: TempDir,
    ann: Client,
}

impl Files {
    fn open() -> Self {
        let home = TempDir::new();
        let server = Server::with(|settings| settings.data = Some(home.data_path().into()));
        let ann = server.member("ann");
        Self { server, home, ann }
    }

    fn in_memory() -> Self {
        let server = Server::open();
        let ann = server.member("ann");
        Self { server, home: TempDir::new(), ann }
    }

    fn incoming(&self) -> PathBuf {
        self.home.path().join("chat.db.files/incoming")
    }

    /// How many files lie where they arrive.
    fn arriving(&self) -> usize {
        fs::read_dir(self.incoming()).map_or(0, Iterator::count)
    }

    fn wire(&self) -> RawConnection {
        RawConnection::open(self.server.address)
    }

    /// The head of an upload of so many bytes by ann, and more lines.
    fn head(&self, method: &str, length: usize, lines: &str) -> String {
        head(&self.ann, method, &format!("Content-Length: {length}\r\n{lines}"))
    }

    /// A download that has begun.
    fn begun(&self, client: &Client, path: &str) -> RawConnection {
        let mut wire = RawConnection::narrow(self.server.address);
        let cookie = client.cookie.clone().unwrap();
        wire.say(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"));
        assert!(wire.sip(100) > 0);
        wire
    }

    /// The path of a file that ann has sent.
    fn sent(&self, content: &str) -> String {
        let put = Response::expect(put(&self.ann, content), 201).value();
        assert_eq!(put["size"], content.len());
        format!("/files/{}", put["id"])
    }
}

fn head(client: &Client, method: &str, lines: &str) -> String {
    let cookie = client.cookie.clone().unwrap_or_default();
    format!(
        "{method} /files HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nCookie: {cookie}\r\n{lines}\r\n"
    )
}

fn put(client: &Client, content: &str) -> Response {
    let length = format!("Content-Length: {}\r\n", content.len());
    client.clone().send("PUT", "/files", &length, content.as_bytes())
}

/// Text that is not the same anywhere.
fn text(length: usize) -> String {
    let lines: Vec<_> = (0..=length / 8).map(|number| format!("{number:07}\n")).collect();
    let mut text = lines.concat();
    text.truncate(length);
    text
}

#[test]
fn a_file_comes_back_as_it_was_sent_as_a_whole_and_in_parts() {
    for files in [Files::open(), Files::in_memory()] {
        let content = text(1_000_001);
        let path = files.sent(&content);
        let mut ann = files.ann.clone();
        let whole = ann.get(&path).expect(200);
        assert!(whole.body == content && whole.header("content-length") == "1000001");
        assert!(!whole.head.to_ascii_lowercase().contains("x-snug"), "{}", whole.head);
        let mut part =
            |range: &str, status| ann.send("GET", &path, &format!("Range: {range}\r\n"), b"").expect(status);
        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=65530-65546", 65_530, 65_547),
            ("bytes=65536-131071", 65_536, 131_072),
            ("bytes=999999-", 999_999, 1_000_001),
            ("bytes=-70000", 930_001, 1_000_001),
        ] {
            let answer = part(range, 206);
            assert!(answer.body == content[from..to], "{range}");
            assert_eq!(answer.header("content-range"), format!("bytes {from}-{}/1000001", to - 1));
        }
        assert_eq!(part("bytes=1000001-", 416).header("content-range"), "bytes */1000001");
        let tag = format!("If-None-Match: {}\r\n", whole.header("etag"));
        assert_eq!(ann.send("GET", &path, &tag, b"").expect(304).body, "");
        // On a connection that is kept, behind a head alone.
        let mut wire = files.wire();
        for method in ["HEAD", "GET", "HEAD"] {
            let cookie = files.ann.cookie.clone().unwrap();
            wire.say(format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nRange: bytes=5-9\r\n\r\n"
            ));
            // A range of a head means nothing.
            let (answer, wanted) = if method == "HEAD" {
                (wire.answer_to_head(), (200, "1000001", ""))
            } else {
                (wire.answer(), (206, "5", &content[5..10]))
            };
            assert_eq!((answer.status, answer.header("content-length"), &*answer.body), wanted);
        }
        files.server.visitor().json().get(&path).expect(401);
    }
}

#[test]
fn a_file_is_what_its_bytes_say_and_tells_nothing_beside() {
    const COMMENTED: &[&[u8]] = &[
        b"GIF89a\x0a\0\x14\0\0\0\0",
        b"\x21\xfe\x06secret\0",
        b"\x2c\0\0\0\0\x0a\0\x14\0\0\x02\x02\x4c\x01\0\x3b",
    ];
    for files in [Files::open(), Files::in_memory()] {
        let mut ann = files.ann.clone();
        let mut sent = |content: &[u8]| {
            let length = format!("Content-Length: {}\r\n", content.len());
            let told = ann.send("PUT", "/files", &length, content).expect(201).value();
            let answer = ann.get(&format!("/files/{}", told["id"])).expect(200);
            (told, answer)
        };
        let (told, answer) = sent(&COMMENTED.concat());
        assert_eq!(
            [&told["width"], &told["height"], &told["cleaned"]],
            [&json!(10), &json!(20), &json!(true)]
        );
        assert_eq!((told["type"].as_str(), answer.header("content-type")), (Some("image/gif"), "image/gif"));
        assert!(answer.header("content-disposition").starts_with("inline"));
        assert!(!answer.body.contains("secret"));
        // Torn, and so not cleaned.
        let (told, answer) = sent(&COMMENTED[0][..7]);
        assert_eq!([&told["width"], &told["cleaned"]], [&json!(null), &json!(false)]);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        let (_, page) = sent(b"<!doctype html><script>alert(1)</script>");
        assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
        for answer in [answer, page] {
            assert!(answer.header("content-disposition").starts_with("attachment"));
            assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        }
    }
}

#[test]
fn a_body_in_chunks_is_spooled_as_well() {
    let files = Files::open();
    let content = text(300_000);
    let chunk = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    let chunks: Vec<u8> = content.as_bytes().chunks(99_991).flat_map(chunk).collect();
    let mut wire = files.wire();
    wire.say(head(&files.ann, "PUT", "Transfer-Encoding: chunked\r\n"));
    wire.say([&chunks, &b"0\r\n\r\n"[..]].concat());
    let id = wire.answer().expect(201).value()["id"].to_string();
    assert!(files.ann.clone().get(&format!("/files/{id}")).body == content);
    wire.say(head(&files.ann, "PUT", "Transfer-Encoding: chunked\r\n") + "1900001\r\n");
    wire.answer().expect(413);
    wire.assert_closed();
    let mut wire = files.wire();
    wire.say(head(&files.ann, "PUT", "Transfer-Encoding: chunked\r\n") + "x\r\n");
    wire.answer().expect(400);
    wait_until("nothing is left of them", || files.arriving() == 0);
}

#[test]
fn whether_a_file_is_wanted_is_said_before_it_is_sent() {
    let files = Files::open();
    let expect = "Expect: 100-continue\r\n";
    let asked = |head: String| {
        let mut wire = files.wire();
        wire.say(head);
        let answer = wire.answer();
        (answer.status, wire)
    };
    let foreign = format!("{expect}Origin: https://evil.example\r\n");
    let multipart = "Content-Type: multipart/form-data; boundary=XYZ\r\n";
    let most = 25 << 20;
    for (head, status) in [
        (files.head("PUT", 5, expect), 100),
        (files.head("PUT", most, expect), 100),
        (files.head("PUT", most + 1, ""), 413),
        (files.head("PUT", 1 << 40, ""), 413),
        (files.head("PUT", 1_000_000, &foreign), 403),
        (files.head("POST", 1_000_000, expect), 413),
        (head(&files.server.visitor(), "PUT", "Content-Length: 1000000\r\n"), 401),
        (files.head("PUT", 1_000_000, expect).replace("/files", "/nowhere"), 413),
        (files.head("PUT", 1_000_000, expect).replace("/files", "/chat"), 413),
        (files.head("POST", 1_000_000, expect).replace("/files", "/chat"), 413),
        (files.head("POST", 300 << 20, multipart).replace("/files", "/chat"), 413),
    ] {
        let (got, mut wire) = asked(head.clone());
        assert_eq!(got, status, "{head}");
        if status != 100 {
            // The one before may still be leaving.
            wait_until("nothing of it is spooled", || files.arriving() == 0);
            wire.hush();
            wire.assert_closed();
        }
    }
    // Small ones wait for the word as well.
    let (_, mut wire) = asked(files.head(
        "POST",
        12,
        &format!("{expect}Content-Type: multipart/form-data; boundary=XYZ\r\n"),
    ));
    wire.say("--XYZ--\r\n\r\n\r\n");
    wire.answer().expect(400);
    // What is no place for files answers as ever.
    let kind = "multipart/form-data; boundary=XYZ";
    files.ann.clone().post_body("/login", kind, b"--XYZ--\r\n").expect(415);
}

#[test]
fn who_sends_all_of_what_is_not_wanted_sees_why() {
    let files = Files::open();
    let body = text(20 << 20);
    for (lines, status) in [("Origin: https://evil.example\r\n", 403), ("", 201)] {
        let mut socket = files.ann.connect();
        socket.write_all(files.head("PUT", body.len(), lines).as_bytes()).unwrap();
        // As browsers do: they read when they have sent all.
        socket.write_all(body.as_bytes()).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        Response::parse(&answer).expect(status);
    }
}

#[test]
fn a_browser_shows_what_became_of_what_it_sent() {
    let files = Files::open();
    let Some(eve) = BrowserUser::arrives(&files.server, "eve", true) else { return };
    eve.browser.goto(&eve.url("/login"));
    let send = |path: &str, mib: usize| {
        eve.browser.execute(
            r#"const form = new FormData();
             form.append('file', new Blob([new Uint8Array(arguments[1] << 20)]), 'नमस्ते "1".bin');
             return fetch(arguments[0], { method: 'POST', body: form }).then(
                 answer => answer.ok ? answer.json().then(sent => sent.name) : answer.status,
                 error => String(error));"#,
            &json!([path, mib]),
        )
    };
    // Nobody is signed in there: the second is sent to the end, and the answer is seen all the same.
    assert_eq!([send("/files", 1), send("/files", 40)], [401, 401]);
    eve.browser.execute(
        "return fetch('/register', { method: 'POST', body: new URLSearchParams({ username: 'eve', password: arguments[0] }) })
             .then(answer => answer.status)",
        &json!([PASSWORD]),
    );
    assert_eq!(send("/files", 20), "नमस्ते \"1\".bin");
    assert_eq!([send("/files", 30), send("/login", 1)], [413, 413]);
}

#[test]
fn of_what_does_not_arrive_nothing_is_left() {
    let files = Files::open();
    let leavers: [fn(&mut RawConnection); 2] = [|wire| wire.hush(), |_| {}];
    for leave in leavers {
        let mut wire = files.wire();
        wire.say(files.head("PUT", 1_000_000, "") + &text(400_000));
        wait_until("it is spooled", || files.arriving() == 1);
        leave(&mut wire);
        drop(wire);
        wait_until("nothing is left of it", || files.arriving() == 0);
    }
    let mut wire = files.wire();
    wire.say(files.head("PUT", 1_000_000, "") + &text(400_000));
    wait_until("it is spooled", || files.arriving() == 1);
    wire.reset();
    wait_until("nothing is left of it", || files.arriving() == 0);
}

#[test]
fn of_too_many_uploads_those_of_whoever_has_most_give_way() {
    let files = Files::open();
    // A place is had when the client is told to go on.
    let begin = |client: &Client| {
        let mut socket = client.connect();
        let lines = "Content-Length: 1000\r\nExpect: 100-continue\r\n";
        socket.write_all(head(client, "PUT", lines).as_bytes()).unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).unwrap();
        (std::str::from_utf8(&answer[9..]).unwrap().to_owned(), socket)
    };
    let mut mine: Vec<(String, TcpStream)> = (0..=64).map(|_| begin(&files.ann)).collect();
    let late = mine.pop().unwrap();
    assert!(mine.iter().all(|(status, _)| status == "100") && late.0 == "503");
    let mut rest = String::new();
    (&late.1).read_to_string(&mut rest).unwrap();
    assert!(rest.contains("Retry-After: ") && rest.contains("uploads_full"), "{rest}");
    let bob = files.server.visitor().from("127.0.0.2").into_member("bob");
    let (status, mut his) = begin(&bob);
    assert_eq!(status, "100");
    his.write_all(text(1000).as_bytes()).unwrap();
    let mut answer = String::new();
    let mut byte = [0];
    while !answer.contains("\"size\":1000") && read_some(&mut his, &mut byte).unwrap() == 1 {
        answer.push(char::from(byte[0]));
    }
    assert!(answer.contains(" 201 "), "{answer}");
    // The newest of ann's was told so.
    let mut told = String::new();
    mine.pop().unwrap().1.read_to_string(&mut told).unwrap();
    assert!(told.contains(" 503 "), "{told}");
    drop(mine);
    wait_until("there is room again", || begin(&files.ann).0 == "100");
}

#[test]
fn slow_downloads_hold_up_nobody() {
    let files = Files::open();
    let content = text(5 << 20);
    let path = files.sent(&content);
    let cookie = files.ann.cookie.clone().unwrap();
    let mut slow: Vec<RawConnection> = (0..60).map(|_| RawConnection::narrow(files.server.address)).collect();
    for wire in &mut slow {
        wire.say(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"));
    }
    for wire in &mut slow {
        assert!(wire.sip(1) > 0);
    }
    files.ann.clone().say("still here").expect(303);
    assert!(files.ann.clone().get(&path).expect(200).body == content);
    assert_eq!(files.ann.clone().texts(), ["still here"]);
}

#[test]
fn of_too_many_downloads_those_of_whoever_has_most_end() {
    let files = Files::open();
    let path = files.sent(&text(5 << 20));
    files.ann.say_with("/chat", "", &[path.rsplit_once('/').unwrap().1.parse().unwrap()]);
    // All of a file does not hide in the buffers of a narrow connection: it keeps its place.
    let begin = |client: &Client, mut wire: RawConnection| {
        let cookie = client.cookie.clone().unwrap();
        wire.say(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"));
        (wire.peek_status(), wire)
    };
    let narrow = || RawConnection::narrow(files.server.address);
    let mut mine: Vec<(u16, RawConnection)> = (0..=128).map(|_| begin(&files.ann, narrow())).collect();
    let late = mine.pop().unwrap();
    assert!(mine.iter().all(|(status, _)| *status == 200) && late.0 == 503);
    let bob = files.server.visitor().from("127.0.0.2").into_member("bob");
    assert!(bob.clone().get(&path).expect(200).bytes.len() == 5 << 20);
    // The newest of ann's ended before its time.
    let (_, mut ended) = mine.pop().unwrap();
    let rest: usize = std::iter::from_fn(|| Some(ended.sip(100_000)).filter(|count| *count > 0)).sum();
    assert!(rest < 5 << 20);
}

/// How much more comes.
fn rest(wire: &mut RawConnection) -> usize {
    std::iter::from_fn(|| Some(wire.sip(100_000)).filter(|count| *count > 0)).sum()
}

#[test]
fn a_session_that_ended_fetches_nothing_more() {
    let files = Files::open();
    let path = files.sent(&text(20 << 20));
    let phone = files.server.login("ann");
    let [mut ended, mut other] = [&phone, &files.ann].map(|client| files.begun(client, &path));
    phone.clone().post("/logout", &[]).expect(303);
    assert!(rest(&mut ended) < 20 << 20, "the rest of it does not come");
    assert!(rest(&mut other) >= 20 << 20);
    phone.clone().json().get(&path).expect(401);
}

#[test]
fn of_a_file_that_is_deleted_nothing_more_is_read() {
    for files in [Files::open(), Files::in_memory()] {
        let [path, other] = [(); 2].map(|()| files.sent(&text(10 << 20)));
        let [mut ended, mut goes_on] = [&path, &other].map(|path| files.begun(&files.ann, path));
        files.ann.clone().post(&format!("{path}/remove"), &[]).expect(204);
        assert!(rest(&mut ended) < 10 << 20, "the rest of it does not come");
        assert!(rest(&mut goes_on) >= 10 << 20);
        files.ann.clone().get(&path).expect(404);
    }
}

#[test]
fn a_start_removes_what_a_crash_left_half_spooled() {
    let home = TempDir::new();
    let data = home.data();
    let process = Process::serve(&data, &[]);
    let ann = process.member("ann");
    let mut wire = RawConnection::open(process.address);
    wire.say(head(&ann, "PUT", "Content-Length: 1000000\r\n") + &text(400_000));
    let arriving = || fs::read_dir(home.path().join("chat.db.files/incoming")).map_or(0, Iterator::count);
    wait_until("it is spooled", || arriving() == 1);
    process.kill();
    assert_eq!(arriving(), 1);
    let again = Process::serve(&data, &[]);
    assert_eq!(arriving(), 0);
    again.visitor().get("/login").expect(200);
}
