//! Files that are made to be taken for something else, and names that are: each is served as what its first bytes are, in a
//! sandbox, and no page refers to it as something that runs.

use crate::files::gif;
use crate::prelude::*;

const SCRIPT: &[u8] = b"<html><script>alert(document.cookie)</script>";
/// Of the head of an answer that has a file.
const SANDBOX: [(&str, &str); 4] = [
    ("content-security-policy", "sandbox; default-src 'none'"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "private, no-cache"),
];

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xff, marker], &length.to_be_bytes()[..], content].concat()
}

/// Of these segments, and as large as it says.
fn jpeg(before: &[Vec<u8>], [width, height]: [u16; 2]) -> Vec<u8> {
    let size = [&[8], &height.to_be_bytes()[..], &width.to_be_bytes(), b"\x01\x01\x11\0"].concat();
    let scan = segment(0xda, b"\x01\x01\0\0\x3f\0");
    let parts = [&b"\xff\xd8"[..], &before.concat(), &segment(0xc0, &size), &scan, b"pixels\xff\xd9"];
    parts.concat()
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [&name, content].concat();
    let mut sum = u32::MAX;
    for byte in &checked {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length, &checked[..], &(!sum).to_be_bytes()].concat()
}

fn png(before: &[Vec<u8>], [width, height]: [u32; 2]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), b"\x08\x06\0\0\0"].concat();
    let parts = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(*b"IHDR", &header), &before.concat()];
    [&parts.concat()[..], &chunk(*b"IDAT", b"pixels"), &chunk(*b"IEND", b"")].concat()
}

fn boxed(content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    [&u32::try_from(content.len() + 4).unwrap().to_be_bytes(), &content[..]].concat()
}

/// How a page shows a file, and with which size.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Picture(u16, u16),
    Plays,
    Saved,
}

use Shown::{Picture, Plays, Saved};

/// What is sent, its type, how it is shown, and whether it is told to be without metadata.
fn files() -> Vec<(&'static str, Vec<u8>, &'static str, Shown, bool)> {
    const OTHER: &str = "application/octet-stream";
    const TEXT: &str = "text/plain; charset=utf-8";
    let plain = gif(10, 20);
    let comment = [b"\x21\xfe\x2d".to_vec(), SCRIPT.to_vec(), vec![0]].concat();
    let many = |marker, content: &[u8]| vec![segment(marker, content); 1_000];
    let animated = [chunk(*b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]), chunk(*b"fcTL", &[0; 26])];
    let deep = (0..500).fold(boxed(&[b"trakscript"]), |inner, _| boxed(&[b"trak", &inner]));
    let film = |movie: &[u8]| [&boxed(&[b"ftypisom\0\0\x02\0mp42"])[..], &boxed(&[b"moov", movie])].concat();
    vec![
        ("page.gif", [b"GIF89a/*", SCRIPT].concat(), OTHER, Saved, false),
        ("comment.gif", [&plain[..13], &comment, &plain[13..]].concat(), "image/gif", Picture(10, 20), true),
        ("behind.gif", [&plain, SCRIPT].concat(), "image/gif", Picture(10, 20), true),
        ("jar.gif", [&plain, &b"PK\x03\x04 script"[..]].concat(), "image/gif", Picture(10, 20), true),
        ("jar.jpg", b"PK\x03\x04 Main.class".to_vec(), "application/zip", Saved, false),
        ("comment.jpg", jpeg(&[segment(0xfe, SCRIPT)], [30, 20]), "image/jpeg", Picture(30, 20), true),
        ("page.jpg", SCRIPT.to_vec(), TEXT, Saved, false),
        ("page.html", SCRIPT.to_vec(), TEXT, Saved, false),
        ("page.pdf", [b"%PDF-1.7\n", SCRIPT].concat(), "application/pdf", Saved, false),
        ("kite.svg", [b"<svg xmlns='http://www.w3.org/2000/svg'>", SCRIPT].concat(), TEXT, Saved, false),
        ("kite.xml", b"<?xml version='1.0'?><x/>".to_vec(), TEXT, Saved, false),
        ("code.js", b"alert(1)".to_vec(), TEXT, Saved, false),
        ("wide.html", b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0>\0".to_vec(), OTHER, Saved, false),
        ("torn.jpg", jpeg(&[], [30, 20])[..9].to_vec(), OTHER, Saved, false),
        ("torn.png", png(&[], [30, 20])[..30].to_vec(), OTHER, Saved, false),
        ("torn.webp", b"RIFF\xff\xff\xff\x7fWEBPVP8 \xff\xff\xff\x7f".to_vec(), OTHER, Saved, false),
        ("torn.mp4", [&film(b"")[..], b"\xff\xff\xff\xffmdat"].concat(), OTHER, Saved, false),
        ("none.mp4", b"\0\0\0\x01ftypisom\0\0\0\0\0\0\0\x02".to_vec(), OTHER, Saved, false),
        ("huge.jpg", jpeg(&[], [65_535, 65_535]), "image/jpeg", Saved, true),
        ("huge.png", png(&[], [u32::MAX, 1]), "image/png", Saved, true),
        ("flat.png", png(&[], [0, 0]), "image/png", Saved, true),
        ("flat.jpg", jpeg(&[], [0, 0]), "image/jpeg", Saved, true),
        ("flat.gif", gif(0, 0), "image/gif", Saved, true),
        ("moves.png", png(&animated, [9, 9]), "image/png", Picture(9, 9), true),
        ("notes.jpg", jpeg(&many(0xe5, b"secret"), [30, 20]), "image/jpeg", Picture(30, 20), true),
        ("tables.jpg", jpeg(&many(0xdb, b"table"), [30, 20]), "image/jpeg", Picture(30, 20), true),
        ("deep.mp4", film(&deep), "video/mp4", Saved, true),
        ("song.mp3", [b"ID3\x04\0\0", SCRIPT].concat(), "audio/mpeg", Plays, false),
        ("nothing.txt", Vec::new(), OTHER, Saved, false),
        ("zero.bin", b"\0".to_vec(), OTHER, Saved, false),
        ("a.txt", b"a".to_vec(), TEXT, Saved, false),
    ]
}

#[test]
fn a_file_runs_nowhere_whatever_it_is_at_the_same_time() {
    let home = TempDir::new();
    let server = Server::with(|settings| {
        settings.data = Some(home.data_path().into());
        settings.post_rate = 0;
    });
    let (ann, bob) = (server.member("ann"), server.member("bob"));
    for (name, content, kind, shown, cleaned) in files() {
        let told = ann.upload(name, &content);
        assert_eq!((told["type"].as_str(), told["cleaned"].as_bool()), (Some(kind), Some(cleaned)), "{name}");
        let size =
            if let Picture(width, height) = shown { json!([width, height]) } else { json!([null, null]) };
        assert_eq!(json!([told["width"], told["height"]]), size, "{name}");
        let id = told["id"].as_u64().unwrap();
        ann.say_with("/chat", "", &[id]);
        let path = format!("/files/{id}");
        let answer = bob.clone().get(&path).expect(200);
        let place = if shown == Saved { "attachment" } else { "inline" };
        assert_eq!(answer.headers("content-type"), [kind], "{name}");
        assert_eq!(answer.header("content-disposition"), format!("{place}; filename=\"{name}\""));
        for (header, value) in SANDBOX {
            assert_eq!(answer.headers(header), [value], "{name}");
        }
        // Of nothing there is no part.
        if !answer.bytes.is_empty() {
            let partly = bob.clone().send("GET", &path, "Range: bytes=0-\r\n", b"");
            for (header, value) in SANDBOX {
                assert_eq!(partly.headers(header), [value], "{name}");
            }
        }
        if matches!(shown, Picture(..)) {
            assert!(!answer.bytes.windows(6).any(|part| part == b"script" || part == b"secret"), "{name}");
        }
        if !cleaned {
            assert!(answer.bytes == content, "{name}");
        }
        let room = bob.clone().get("/chat").expect(200).body;
        let messages = bob.clone().get("/chat?frame=messages").body;
        for page in [&room, &messages] {
            for element in page.split('<').filter(|element| element.contains(&format!("/files/{id}"))) {
                let fits = match shown {
                    Picture(..) => element.starts_with("img ") || element.starts_with("a "),
                    Plays => ["audio ", "video ", "a "].iter().any(|tag| element.starts_with(tag)),
                    Saved => element.starts_with("a ") && element.contains("?download"),
                };
                assert!(fits, "{name}: <{element}");
            }
        }
        assert!(room.contains(&format!("/files/{id}")), "{name}");
    }
}

#[test]
fn a_preview_is_a_small_picture_or_left_out() {
    let server = Server::open();
    let ann = server.member("ann");
    let small = gif(10, 20);
    for (preview, there) in [
        (small.clone(), true),
        ([&small[..], SCRIPT].concat(), true),
        (SCRIPT.to_vec(), false),
        (b"%PDF-1.7".to_vec(), false),
        (jpeg(&[], [1_025, 3]), false),
        (jpeg(&[], [0, 0]), false),
        ([&small[..], &vec![0; 64 << 10]].concat(), false),
        (Vec::new(), false),
    ] {
        let parts = [Part::file("notes.txt", b"notes"), Part::file("p", &preview).called("preview")];
        let told = ann.clone().json().post_parts("/files", &parts).expect(201).value();
        assert_eq!(told["preview"], there, "{}", preview.escape_ascii());
        let answer = ann.clone().get(&format!("/files/{}/preview", told["id"]));
        if there {
            assert!(answer.bytes == small);
            for (header, value) in SANDBOX {
                assert_eq!(answer.headers(header), [value]);
            }
        } else {
            answer.expect(404);
        }
        ann.clone().post(&format!("/files/{}/remove", told["id"]), &[]).expect(204);
    }
}

/// As a client sends it, as the chat has it, and as browsers save it.
fn names() -> Vec<(String, String, &'static str)> {
    let plain = |sent: &str, kept: &str, saved| (sent.to_owned(), kept.to_owned(), saved);
    vec![
        plain("a\"b;c.txt", "a\"b;c.txt", "filename=\"a_b;c.txt\""),
        plain("a\r\nSet-Cookie: x=1.txt", "a Set-Cookie: x=1.txt", "filename=\"a Set-Cookie_ x=1.txt\""),
        plain("gpj\u{202e}txt.exe", "gpjtxt.exe", "filename=\"gpjtxt.exe\""),
        plain("../../etc/passwd", "../../etc/passwd", "filename=\"passwd\""),
        plain("C:\\fakepath\\a.txt", "C:\\fakepath\\a.txt", "filename=\"a.txt\""),
        plain("con.txt", "con.txt", "filename=\"_con.txt\""),
        plain(
            "<img src=x onerror=alert(1)>.txt",
            "<img src=x onerror=alert(1)>.txt",
            "filename=\"_img src=x onerror=alert(1)_.txt\"",
        ),
        plain("🪁%41.txt", "🪁%41.txt", "filename*=UTF-8''%F0%9F%AA%81%2541.txt"),
        plain("...", "...", "filename=\"file\""),
        (
            format!("{}.tar.gz", "é".repeat(300)),
            format!("{}{}.tar.gz", "é".repeat(180), "é".repeat(13)),
            ".gz",
        ),
    ]
}

#[test]
fn a_name_stays_a_name() {
    let server = Server::open();
    let ann = server.member("ann");
    for (sent, kept, saved) in names() {
        let (_, id) = ann.send_file(&sent, b"notes");
        let message = ann.messages_at("/chat").pop().unwrap();
        assert_eq!(message["files"][0]["name"], *kept, "{sent:?}");
        let answer = ann.clone().get(&format!("/files/{id}")).expect(200);
        let [disposition] = answer.headers("content-disposition")[..] else { panic!("{}", answer.head) };
        assert!(disposition.starts_with("attachment; ") && disposition.is_ascii(), "{disposition}");
        assert!(disposition.contains(saved), "{disposition}");
        assert!(answer.headers("set-cookie").is_empty());
        let page = ann.clone().get("/chat").body;
        assert!(!page.contains("<img src=x") && !page.contains('\u{202e}'), "{sent:?}");
    }
    // A name that no form can hold is refused; one that is missing is that of a field.
    for line in [
        &b"form-data; name=\"file\"; filename=\"\xff.txt\""[..],
        b"form-data; name=\"file\"; filename=\"a\0b.txt\"",
        b"form-data; name=\"file\"; filename*=UTF-16''a",
        b"form-data; name=\"file\"; filename=\"a\"; filename=\"b\"",
        b"form-data; name=\"file\"; name=\"nonce\"; filename=\"b\"",
        b"attachment; name=\"file\"; filename=\"b\"",
        b"form-data; name=\"file\"",
        b"form-data; filename=\"b\"",
    ] {
        let body = [b"--X\r\nContent-Disposition: ", line, b"\r\n\r\nnotes\r\n--X--\r\n"].concat();
        let answer = ann.clone().json().post_body("/files", "multipart/form-data; boundary=X", &body);
        assert_eq!(answer.status, 400, "{}", line.escape_ascii());
    }
    let line = "form-data; name=\"file\"; filename=\"plain.txt\"; filename*=utf-8'de'Gr%C3%BC%C3%9Fe.txt";
    let body = format!("--X\r\nContent-Disposition: {line}\r\n\r\nnotes\r\n--X--\r\n");
    let told = ann.clone().json().post_body("/files", "multipart/form-data; boundary=X", body.as_bytes());
    assert_eq!(told.expect(201).value()["name"], "Grüße.txt");
}
