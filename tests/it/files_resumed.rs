//! Files that arrive in pieces, and go on where they stopped.

use crate::prelude::*;

const MIB: usize = 1 << 20;

impl Client {
    fn begin(&self, nonce: &str, size: usize) -> Response {
        self.clone().json().post("/files/uploads", &[("nonce", nonce), ("size", &size.to_string())])
    }

    fn append(&self, nonce: &str, offset: usize, piece: &[u8]) -> Response {
        let lines = format!("Upload-Offset: {offset}\r\nContent-Length: {}\r\n", piece.len());
        self.clone().json().send("PATCH", &format!("/files/uploads/{nonce}"), &lines, piece)
    }

    fn offset(&self, nonce: &str) -> Response {
        self.clone().json().send("HEAD", &format!("/files/uploads/{nonce}"), "", b"")
    }

    fn complete(&self, nonce: &str) -> Response {
        let fields = [("nonce", nonce), ("upload", nonce), ("name", "film.bin")];
        let parts = fields.map(|(name, text)| Part::field(name, text));
        let picture = Part::file("p", &crate::files::gif(2, 1)).called("preview");
        self.clone().json().post_parts("/files", &parts.into_iter().chain([picture]).collect::<Vec<_>>())
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn a_file_in_pieces_is_as_good_as_any_and_goes_on_where_it_stopped() {
    let home = TempDir::new();
    for server in [Server::open(), Server::with(|settings| settings.data = Some(home.data_path().into()))] {
        let [ann, bob] = server.members(["ann", "bob"]);
        let whole = content(2 * MIB + 5);
        assert_eq!(ann.begin("one", whole.len()).expect(201).value()["offset"], 0);
        assert_eq!(ann.append("one", 0, &whole[..MIB]).expect(200).value()["offset"], MIB);
        // Another's is another.
        bob.offset("one").expect(404);
        bob.append("one", MIB, &whole[MIB..]).expect(404);
        // A piece that is lost on its way.
        let mut wire = RawConnection::open(server.address);
        let cookie = ann.cookie.clone().unwrap();
        wire.say(format!(
            "PATCH /files/uploads/one HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nUpload-Offset: {MIB}\r\nContent-Length: {MIB}\r\n\r\nxxx"
        ));
        wire.reset();
        assert_eq!(ann.offset("one").expect(200).header("upload-offset"), MIB.to_string());
        assert_eq!(ann.begin("one", whole.len()).expect(200).value()["offset"], MIB);
        for wrong in [0, MIB - 1, MIB + 1] {
            let answer = ann.append("one", wrong, b"x").expect(409);
            assert_eq!(
                (answer.header("upload-offset"), &answer.value()["offset"]),
                (&*MIB.to_string(), &json!(MIB))
            );
        }
        ann.append("one", MIB, &whole[..2 * MIB]).expect(413);
        ann.complete("one").expect(404);
        ann.append("one", MIB, &whole[MIB..2 * MIB]).expect(200);
        ann.append("one", 2 * MIB, &whole[2 * MIB..]).expect(200);
        let told = ann.complete("one").expect(201).value();
        assert_eq!(
            [&told["name"], &told["size"], &told["preview"]],
            [&json!("film.bin"), &json!(whole.len()), &json!(true)]
        );
        // Its answer was lost.
        assert_eq!(ann.complete("one").expect(201).value(), told);
        assert_eq!(ann.begin("one", whole.len()).expect(201).value(), told);
        ann.offset("one").expect(404);
        ann.say_with("/chat", "", &[told["id"].as_u64().unwrap()]);
        assert!(bob.clone().get(&format!("/files/{}", told["id"])).expect(200).bytes == whole);
        bob.clone().get(&format!("/files/{}/preview", told["id"])).expect(200);
    }
    wait_until("nothing else is left", || {
        fs::read_dir(home.path().join("chat.db.files/incoming")).unwrap().count() == 0
    });
}

#[test]
fn a_member_begins_few_uploads_and_none_that_is_too_large() {
    let server = Server::with(|settings| settings.file_max = 2);
    let [ann] = server.members(["ann"]);
    assert_eq!(ann.begin("large", 2 * MIB + 1).expect(413).value()["error"], "file_too_large");
    for nonce in ["", "no nonce", "../x"] {
        assert!((400..500).contains(&ann.begin(nonce, 5).status), "{nonce}");
    }
    for n in 0..5 {
        ann.begin(&n.to_string(), 5).expect(201);
        ann.append(&n.to_string(), 0, b"abc").expect(200);
    }
    // The oldest made room.
    ann.append("0", 3, b"de").expect(404);
    ann.append("1", 3, b"de").expect(200);
    ann.complete("1").expect(201);
    // Another size is another file.
    assert_eq!(ann.begin("2", 6).expect(201).value()["offset"], 0);
    for offset in ["", "x", "-1", "99999999999999999999999"] {
        let lines = format!("Upload-Offset: {offset}\r\nContent-Length: 1\r\n");
        assert_eq!(ann.clone().send("PATCH", "/files/uploads/2", &lines, b"x").status, 400, "{offset:?}");
    }
    server.visitor().json().post("/files/uploads", &[("nonce", "n"), ("size", "5")]).expect(401);
    server.visitor().append("2", 0, b"x").expect(401);
    let foreign = ann.clone().with_header("Origin", "https://evil.example");
    foreign.append("2", 0, b"x").expect(403);
    assert_eq!(ann.offset("2").header("upload-offset"), "0");
}
