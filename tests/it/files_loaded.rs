//! Files as they are loaded: parts of them, what a browser has already, under which name and as what.

use crate::prelude::*;

/// A chat in which ann sent one file, and where that is.
fn one_file(name: &str, content: &[u8]) -> (TempDir, Server, Client, String) {
    let home = TempDir::new();
    let server = Server::with(|settings| settings.data = Some(home.data_path().into()));
    let ann = server.member("ann");
    let (_, file) = ann.send_file(name, content);
    (home, server, ann, format!("/files/{file}"))
}

#[test]
fn a_range_is_answered_as_rfc_9110_has_it() {
    let content: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let (_home, _server, ann, path) = one_file("a.bin", &content);
    let get = |lines: &str| ann.clone().send("GET", &path, lines, b"");
    let whole = get("").expect(200);
    assert!(whole.bytes == content && whole.header("accept-ranges") == "bytes");
    for (range, from, to) in [
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 1_000),
        ("bytes=-500", 9_500, 10_000),
        ("bytes=9500-", 9_500, 10_000),
        ("bytes=0-0", 0, 1),
        ("bytes=-1", 9_999, 10_000),
        ("bytes=0-99999999999999999999", 0, 10_000),
        ("bytes=-20000", 0, 10_000),
        ("BYTES=7-8", 7, 9),
    ] {
        let part = get(&format!("Range: {range}\r\n")).expect(206);
        assert!(part.bytes == content[from..to], "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/10000", to - 1), "{range}");
        assert_eq!(part.header("etag"), whole.header("etag"));
    }
    for range in ["bytes=10000-", "bytes=-0", "bytes=10000-10001"] {
        let answer = get(&format!("Range: {range}\r\n")).expect(416);
        assert_eq!((answer.header("content-range"), answer.bytes.len()), ("bytes */10000", 0), "{range}");
    }
    for range in ["bytes=5-4", "bytes=a-", "lines=0-1", "bytes=0-0,5-6", "bytes"] {
        assert!(get(&format!("Range: {range}\r\n")).expect(200).bytes == content, "{range}");
    }
    let tag = whole.header("etag");
    for (known, status) in [(tag, 206), ("\"other\"", 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)] {
        get(&format!("Range: bytes=0-0\r\nIf-Range: {known}\r\n")).expect(status);
    }
    let head = ann.clone().send("HEAD", &path, "Range: bytes=0-0\r\n", b"").expect(200);
    assert_eq!((head.header("content-length"), head.bytes.len()), ("10000", 0));
}

#[test]
fn what_a_browser_has_is_asked_about_each_time_and_not_sent_again() {
    let (_home, server, ann, path) = one_file("a.txt", b"a");
    let bob = server.member("bob");
    let whole = bob.clone().get(&path).expect(200);
    assert_eq!(whole.header("cache-control"), "private, no-cache");
    let tag = whole.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 40, "{tag}");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
        let same = bob.clone().send("GET", &path, &format!("If-None-Match: {known}\r\n"), b"").expect(304);
        assert_eq!((same.header("etag"), same.bytes.len()), (&*tag, 0));
    }
    let known = format!("If-None-Match: {tag}\r\n");
    bob.clone().send("GET", &path, "If-None-Match: \"other\"\r\n", b"").expect(200);
    // The same bytes are the same, wherever they are.
    let (_, again) = ann.send_file("b.txt", b"a");
    assert_eq!(bob.clone().get(&format!("/files/{again}")).header("etag"), tag);
    // What one may not see any more, one does not have.
    let message = ann.messages_at("/chat")[0]["id"].as_u64().unwrap();
    ann.remove_message(message);
    bob.clone().send("GET", &path, &known, b"").expect(404);
    server.visitor().json().send("GET", &path, &known, b"").expect(401);
}

#[test]
fn hostile_names_and_contents_do_no_harm() {
    let (_home, _server, ann, _) = one_file("a.txt", b"a");
    let long = "न".repeat(300) + ".jpeg";
    for (name, saved) in [
        ("../../etc/passwd", "passwd"),
        ("a\"; filename=\"b.exe", "a_; filename=_b.exe"),
        ("a\r\nSet-Cookie: b=c", "a Set-Cookie_ b=c"),
        ("cod\u{202e}gpj.exe", "codgpj.exe"),
        ("<script>alert(1)</script>.html", "script_.html"),
        (&*long, ".jpeg"),
    ] {
        let (message, file) = ann.send_file(name, b"<script>alert(1)</script>");
        let answer = ann.clone().get(&format!("/files/{file}")).expect(200);
        let disposition = answer.header("content-disposition");
        assert!(disposition.starts_with("attachment; ") && disposition.contains(saved), "{disposition}");
        assert_eq!(answer.headers("set-cookie").len(), 0);
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        let page = ann.page("/chat");
        assert!(page.contains(&format!("m{message}")) && !page.contains("<script>alert"), "{name}");
    }
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let (_, file) = ann.send_file("a.svg", svg);
    let answer = ann.clone().get(&format!("/files/{file}")).expect(200);
    assert!(answer.header("content-disposition").starts_with("attachment"));
}

#[test]
fn a_picture_is_shown_in_place_unless_it_is_to_be_saved() {
    let (_home, _server, ann, path) = one_file("kite.gif", &crate::files::gif(10, 20));
    for (query, disposition) in
        [("", "inline; filename=\"kite.gif\""), ("?download", "attachment; filename=\"kite.gif\"")]
    {
        let answer = ann.clone().get(&format!("{path}{query}")).expect(200);
        assert_eq!(
            (answer.header("content-disposition"), answer.header("content-type")),
            (disposition, "image/gif")
        );
    }
}

#[test]
fn a_file_whose_bytes_are_lost_is_said_to_be_missing() {
    let (home, _server, ann, path) = one_file("a.txt", b"a");
    for folder in fs::read_dir(home.path().join("chat.db.files")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
    assert_eq!(ann.clone().json().get(&path).expect(404).value()["error"], "file_missing");
    assert!(ann.clone().get(&path).expect(404).body.contains("This file is missing."));
}

#[test]
fn files_outlive_a_restart_and_so_do_those_that_wait() {
    let home = TempDir::new();
    let process = Process::serve(&home.data(), &[]);
    let ann = process.member("ann");
    let (_, sent) = ann.send_file("a.txt", b"a");
    let waiting = ann.upload_id("b.txt", b"b");
    process.kill();
    let process = Process::serve(&home.data(), &[]);
    let ann = ann.moved_to(process.address);
    assert_eq!(ann.clone().get(&format!("/files/{sent}")).expect(200).bytes, b"a");
    ann.say_with("/chat", "", &[waiting]);
    assert_eq!(ann.clone().get(&format!("/files/{waiting}")).expect(200).bytes, b"b");
    assert_eq!(ann.messages_at("/chat").len(), 2);
}

#[test]
fn below_a_path_of_a_proxy_addresses_are_below_it_as_well() {
    let server = Server::with(|settings| settings.base_path = "/talk".into());
    let mut ann = server.visitor().json();
    ann.post("/talk/register", &[("username", "ann"), ("password", PASSWORD)]);
    let parts = [Part::file("a.gif", &crate::files::gif(1, 1))];
    ann.post_parts("/talk/chat", &parts).expect(201);
    let url = ann.messages_at("/talk/chat")[0]["files"][0]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("/talk/files/"), "{url}");
    ann.get(&url).expect(200);
}
