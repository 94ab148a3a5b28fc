//! Forms with files that are none: each is refused clearly, nothing of it is left, and the chat goes on.

use crate::prelude::*;

const KIND: &str = "multipart/form-data; boundary=XYZ";

struct Chat {
    home: TempDir,
    server: Server,
    ann: Client,
}

impl Chat {
    fn open() -> Self {
        let home = TempDir::new();
        let server = Server::with(|settings| {
            settings.data = Some(home.data_path().into());
            settings.post_rate = 0;
        });
        let ann = server.member("ann");
        Self { home, server, ann }
    }

    /// Files of any kind in the folder of the chat.
    fn files(&self) -> usize {
        let entries =
            |folder: &Path| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let folder = self.home.path().join("chat.db.files");
        entries(&folder).flat_map(|folder| entries(&folder).collect::<Vec<_>>()).count()
    }

    fn has_nothing(&self) {
        wait_until("nothing is left", || self.files() == 0);
        assert_eq!(self.ann.clone().texts(), Vec::<String>::new());
    }

    fn head(&self, path: &str, lines: &str) -> String {
        let cookie = self.ann.cookie.clone().unwrap();
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nCookie: {cookie}\r\n\
             Content-Type: {KIND}\r\n{lines}\r\n"
        )
    }
}

fn part(name: &str, content: &str) -> String {
    format!("--XYZ\r\nContent-Disposition: form-data; {name}\r\n\r\n{content}\r\n")
}

fn file(content: &str) -> String {
    part("name=\"file\"; filename=\"a.txt\"", content)
}

#[test]
fn what_is_no_form_is_refused_and_leaves_nothing() {
    let chat = Chat::open();
    let good = file("notes") + "--XYZ--\r\n";
    let headers = |lines: &str| {
        format!(
            "--XYZ\r\n{lines}Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nnotes\r\n--XYZ--\r\n"
        )
    };
    let kind = |boundary: &str| format!("multipart/form-data; boundary={boundary}");
    let cases: Vec<(String, String, u16)> = vec![
        ("multipart/form-data".into(), good.clone(), 415),
        (kind(""), good.clone(), 415),
        (kind("\"\""), good.clone(), 415),
        (kind(&"X".repeat(71)), good.clone(), 415),
        (kind("X\u{1}Z"), good.clone(), 400),
        (kind("\"XYZ "), good.clone(), 415),
        (kind("ABC"), good.clone(), 400),
        (KIND.into(), String::new(), 415),
        (KIND.into(), "--XYZ".into(), 400),
        (KIND.into(), "--XYZ--".into(), 422),
        (KIND.into(), format!("a preamble\r\n{good}"), 400),
        (KIND.into(), format!("{good}an epilogue"), 400),
        (KIND.into(), good.replace("--XYZ--\r\n", ""), 400),
        (KIND.into(), good.replace("\r\n", "\n"), 400),
        (KIND.into(), good.replace("--XYZ--\r\n", "--XYZ-\r\n"), 400),
        (KIND.into(), file("notes").repeat(10_000) + "--XYZ--\r\n", 422),
        (KIND.into(), part("name=\"nonce\"", "a").repeat(10_000) + "--XYZ--\r\n", 422),
        (KIND.into(), part("name=\"nonce\"", "a").repeat(2) + &good, 400),
        (KIND.into(), part("name=\"nonce\"", &"a".repeat(200_000)) + &good, 422),
        (KIND.into(), part("name=\"nonce\"", "a\0b") + &good, 400),
        (KIND.into(), part("name=\"other\"", "a") + &good, 400),
        (KIND.into(), part("name=\"other\"; filename=\"a\"", "a") + &good, 400),
        (KIND.into(), part("name=\"file\"", "a") + &good, 400),
        (KIND.into(), file("one") + &file("two") + "--XYZ--\r\n", 422),
        (KIND.into(), headers(&format!("X: {}\r\n", "y".repeat(5_000))), 400),
        (KIND.into(), headers(&format!("X: {}\r\n", "y".repeat(100_000))), 400),
        (KIND.into(), headers(&"X: y\r\n".repeat(100)), 400),
        (KIND.into(), headers("Content-Disposition: form-data; name=\"nonce\"\r\n"), 400),
        (KIND.into(), headers("Folded: a\r\n b\r\n"), 400),
        (KIND.into(), headers("No colon\r\n"), 400),
        (KIND.into(), "--XYZ\r\n\r\nnotes\r\n--XYZ--\r\n".into(), 400),
    ];
    for (kind, body, status) in cases {
        let shown: String = format!("{kind} {body:?}").chars().take(300).collect();
        let answer = chat.ann.clone().json().post_body("/files", &kind, body.as_bytes());
        assert_eq!(answer.status, status, "{shown}: {}", answer.body);
        // A form of a room is read the same way.
        let answer = chat.ann.clone().json().post_body("/chat", &kind, body.as_bytes());
        assert!((400..423).contains(&answer.status) || body.contains("two"), "{shown}: {}", answer.body);
        if body.contains("two") {
            chat.ann.remove_message(answer.expect(201).value()["id"].as_u64().unwrap());
        }
    }
    chat.has_nothing();
    let answer = chat.ann.clone().json().post_body("/files", KIND, good.as_bytes());
    assert_eq!(answer.expect(201).value()["size"], 5);
}

#[test]
fn a_form_within_a_form_is_a_file() {
    let chat = Chat::open();
    let inner = "--ABC\r\nContent-Disposition: file; filename=\"b\"\r\n\r\nb\r\n--ABC--\r\n";
    let body = format!(
        "--XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\
         Content-Type: multipart/mixed; boundary=ABC\r\n\r\n{inner}\r\n--XYZ--\r\n"
    );
    let told = chat.ann.clone().json().post_body("/files", KIND, body.as_bytes()).expect(201).value();
    let answer = chat.ann.clone().get(&format!("/files/{}", told["id"])).expect(200);
    assert_eq!((&*answer.body, answer.header("content-type")), (inner, "text/plain; charset=utf-8"));
}

#[test]
fn a_length_that_lies_harms_only_who_tells_it() {
    let chat = Chat::open();
    let good = file("notes") + "--XYZ--\r\n";
    for path in ["/files", "/chat"] {
        // More is said to come than comes.
        let mut wire = RawConnection::open(chat.server.address);
        wire.say(chat.head(path, &format!("Content-Length: {}\r\n", good.len() + 100)) + &good);
        wire.hush();
        let (answers, _) = wire.until_the_end();
        assert!(answers.iter().all(|answer| answer.status == 400), "{answers:?}");
        // Less: what is left is no request.
        let mut wire = RawConnection::open(chat.server.address);
        wire.say(chat.head(path, &format!("Content-Length: {}\r\n", good.len() - 20)) + &good);
        wire.hush();
        let (answers, _) = wire.until_the_end();
        assert!(answers.iter().all(|answer| answer.status == 400) && !answers.is_empty(), "{answers:?}");
        for lines in [
            "Content-Length: 10\r\nContent-Length: 11\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 99999999999999999999999\r\n",
            "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Content-Length: 100\r\nExpect: 200-everything\r\n",
        ] {
            let mut wire = RawConnection::open(chat.server.address);
            wire.say(chat.head(path, lines) + &good);
            let status = wire.answer().status;
            assert!((400..=501).contains(&status) && status != 500, "{lines}: {status}");
        }
        for chunks in [
            "ffffffffffffffffff\r\n".to_owned(),
            "-5\r\n".to_owned(),
            "x\r\n".to_owned(),
            "5;a=\"\r\nnotes\r\n".to_owned(),
            "5\r\nnotesXX".to_owned(),
            "5\r\nnotes\r\n0\r\nTrailer: x\r\n y\r\n".to_owned() + &"a".repeat(70_000),
            format!("5;{}\r\n", "a".repeat(70_000)),
        ] {
            let mut wire = RawConnection::open(chat.server.address);
            wire.say(chat.head(path, "Transfer-Encoding: chunked\r\n") + &chunks);
            wire.hush();
            let (answers, _) = wire.until_the_end();
            assert!(
                answers.iter().all(|answer| (400..500).contains(&answer.status)),
                "{chunks:.40}: {answers:?}"
            );
        }
    }
    chat.has_nothing();
}
