//! Names that come to the same, or look the same, and what is no name.

use crate::prelude::*;

/// What a form says beside the name, with what was typed still in it.
fn refused(answer: &Response, status: u16, typed: &str) -> String {
    assert_eq!(answer.status, status, "{typed}");
    assert_eq!(input_value(&answer.body, "username").as_deref(), Some(typed), "it is still there");
    field_error(&answer.body, "username").expect("said beside the name")
}

#[test]
fn one_name_in_any_case_and_form_is_one_member() {
    let server = Server::open();
    for [name, same, again] in [
        ["Weiß", "WEIẞ", "weiss"],
        ["İpek", "ipek", "IPEK"],
        ["Işıl", "IŞIL", "ışıl"],
        ["Γιώργος", "ΓΙΏΡΓΟΣ", "γιώργοσ"],
        ["Ελένη", "ΕΛΕΝΗ", "Ελενη"],
        ["ann_lee", "ann＿lee", "ＡＮＮ＿ＬＥＥ"],
        ["მარი", "ᲛᲐᲠᲘ", "მარი"],
        ["Ｎａｏ", "nao", "NAO"],
        ["مهدی\u{200C}زاده", "مهدیزاده", "مهدی\u{200C}زاده"],
        ["ශ්\u{200D}රීමාල්", "ශ්රීමාල්", "ශ්\u{200D}රීමාල්"],
    ] {
        assert_eq!(server.visitor().register(name, PASSWORD).status, 303, "{name}");
        for typed in [name, same, again] {
            let mut back = server.visitor();
            assert_eq!(back.login(typed, PASSWORD).status, 303, "{name} as {typed}");
            assert!(back.get("/chat").body.contains(name), "shown as {name}");
            let said = refused(&server.visitor().register(typed, PASSWORD), 409, typed);
            said.shows("taken");
        }
    }
}

#[test]
fn a_name_that_looks_like_another_is_taken() {
    let server = Server::open();
    for name in ["mark", "coco", "Alice", "MAPK", "Ștefan", "ボブ", "علی"] {
        server.member(name);
    }
    let hashed = server.hashing.count();
    for (typed, status, word) in [
        ("mаrk", 422, "Names can't mix letters of alphabets"),
        ("tοm", 422, "alphabets that look alike"),
        ("аβ", 422, "alphabets that look alike"),
        ("сосо", 409, "looks like one that is taken"),
        ("СОСО", 409, "looks like"),
        ("AIice", 409, "looks like"),
        ("МАРК", 409, "looks like"),
        ("Ştefan", 409, "looks like"),
        ("علي", 409, "looks like"),
        ("mɑrk", 409, "looks like"),
    ] {
        let said = refused(&server.visitor().register(typed, PASSWORD), status, typed);
        assert!(said.contains(word), "{typed}: {said}");
        assert_eq!(server.visitor().login(typed, PASSWORD).status, 401, "{typed} is no one");
    }
    assert_eq!(server.hashing.count(), hashed + 10, "for sign-in alone");
    // What readers tell apart is free, and so are scripts that go together.
    for name in ["mark1", "markl", "Αλίκη", "Марк", "田中Ken", "さくらエリ子", "김철수", "ボフ", "อด", "อค"]
    {
        server.member(name);
    }
}

#[test]
fn joiners_stand_where_letters_join() {
    let server = Server::open();
    for name in ["مهدی\u{200C}زاده", "ශ්\u{200D}රීමාල්", "র\u{200D}\u{9CD}যাচেল", "क्\u{200D}षमा"]
    {
        server.member(name);
    }
    // One who signs in need not know where they do.
    for typed in ["مهدیزاده\u{200C}", "\u{200E}مهدی\u{200D}زاده", "ශ්රී\u{AD}මාල්"]
    {
        assert_eq!(server.visitor().login(typed, PASSWORD).status, 303, "{typed}");
    }
    for (typed, word) in [
        ("an\u{200D}n", "U+200D only where letters join. Try ann."),
        ("bo\u{200C}b", "U+200C only where letters join. Try bob."),
        ("cyd\u{200B}", "U+200B. Try cyd."),
    ] {
        let said = refused(&server.visitor().register(typed, PASSWORD), 422, typed);
        said.shows(word);
    }
}

#[test]
fn marks_do_not_hide_a_name() {
    let server = Server::open();
    for (typed, word) in [
        ("mar\u{332}k9", "combining mark U+0332. Try mark9."),
        ("a\u{300}\u{300}\u{300}\u{300}", "too many combining marks"),
        ("a·b", "contain ·"),
    ] {
        let said = refused(&server.visitor().register(typed, PASSWORD), 422, typed);
        said.shows(word);
    }
    for name in ["བཀྲ་ཤིས", "Pol·la", "Nguyễn", "שָׁלוֹם"] {
        server.member(name);
    }
}

#[test]
fn words_of_the_chats_own_are_no_names() {
    let server = Server::open();
    for typed in ["room", "Here", "ＲＯＯＭ", "General", "notes", "genera1", "r００m"] {
        let said = refused(&server.visitor().register(typed, PASSWORD), 422, typed);
        said.shows("reserved");
    }
    server.member("rooms");
}

#[test]
fn a_room_that_only_looks_like_another_is_not_opened() {
    let (_server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    let open = |client: &mut crate::support::Client, name: &str| {
        client.clone().json().post("/rooms", &[("name", name), ("open", "yes")])
    };
    let opened = open(&mut ann, "coco");
    let path = format!("/rooms/{}/about", opened.value()["room"]);
    open(&mut ann, "Garden").expect(201);
    for (name, status, word) in [
        ("General", 422, "already"),
        ("Notizen", 422, "already"),
        ("सामान्य", 422, "already"),
        ("notes", 422, "already"),
        ("N0tes", 422, "already"),
        ("Gаrden", 422, "alphabets that look alike"),
        ("Nοtes", 422, "alphabets that look alike"),
        ("сосо", 409, "looks the same"),
    ] {
        let answer = open(&mut bob, name);
        assert_eq!(answer.status, status, "{name}");
        assert!(answer.value()["detail"].as_str().unwrap().contains(word), "{name}: {}", answer.body);
        let page = bob.post("/rooms", &[("name", name), ("topic", "what it is about")]);
        assert_eq!((page.status, input_value(&page.body, "name").as_deref()), (status, Some(name)));
        assert_eq!(
            ann.clone().json().post(&path, &[("name", name)]).status,
            if status == 409 { 303 } else { status }
        );
        ann.clone().json().post(&path, &[("name", "coco")]).expect(303);
    }
    // Two words in two scripts, and the same name once more.
    for name in ["Чат IT-отдела", "Garden"] {
        assert_eq!(open(&mut bob, name).status, 201, "{name}");
    }
    // Of a room that bob does not see he is told nothing.
    ann.post("/rooms", &[("name", "Осос")]).expect(303);
    open(&mut bob, "Ococ").expect(201);
}
