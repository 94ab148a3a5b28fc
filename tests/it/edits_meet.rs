//! Two who change one thing at once: the second is told, has both texts, and loses nothing.

use crate::prelude::*;

fn about(who: &Client, id: u64) -> String {
    let page = who.clone().get(&format!("/messages/{id}/about")).expect(200);
    page.body
}

/// The version that a page's form carries.
#[track_caller]
fn version(page: &str) -> String {
    input_value(page, "version").expect("a version")
}

fn save(who: &Client, id: u64, text: &str, version: &str) -> Response {
    who.clone().post(&format!("/messages/{id}/edit"), &[("message", text), ("version", version)])
}

fn text(who: &Client, id: u64) -> Value {
    who.read_json(&format!("/messages/{id}"))["text"].clone()
}

#[test]
fn the_second_of_two_forms_is_told_what_the_first_saved() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let id = ann.say_at("/chat", "at first");
    let (one, other) = (about(&ann, id), about(&ann, id));
    save(&ann, id, "from the phone\n<b>", &version(&one)).expect(303);
    let happened = server.records().len();
    let page = save(&ann, id, "from the desk\n<i>", &version(&other)).expect(409);
    page.body.shows("This message was changed in the meantime.");
    assert_eq!(textarea(&page.body), "from the desk\n<i>", "what was typed");
    assert_eq!(
        unescape(between(&page.body, "id=\"now\"", "</textarea>")).split_once(">\n").unwrap().1,
        "from the phone\n<b>"
    );
    assert_eq!(text(&ann, id), "from the phone\n<b>");
    assert_eq!(server.records().len(), happened);
    // Whoever saves once more has seen both.
    assert_eq!(version(&page.body), version(&about(&ann, id)));
    save(&ann, id, "from both", &version(&page.body)).expect(303);
    assert_eq!(text(&ann, id), "from both");
}

#[test]
fn programs_are_given_both_texts_if_they_say_which_one_they_change() {
    let server = Server::open();
    let program = server.member("ann").json();
    let id = program.say_at("/chat", "at first");
    let known = program.read_json(&format!("/messages/{id}"))["version"].as_str().unwrap().to_owned();
    program.edit_message(id, "without a version, as ever");
    let answer = save(&program, id, "too late", &known);
    let now = program.read_json(&format!("/messages/{id}"));
    let answered = answer.value();
    assert_eq!((answer.status, &answered["error"]), (409, &json!("outdated")));
    assert_eq!(
        (&answered["text"], &answered["version"]),
        (&json!("without a version, as ever"), &now["version"])
    );
    assert!(answered["detail"].is_string());
    save(&program, id, "knowingly", now["version"].as_str().unwrap()).expect(200);
    assert_eq!(text(&program, id), "knowingly");
    for broken in ["", "1", "zzzzzzzzzzzzzzzz", "0123456789abcdef0"] {
        assert_eq!(save(&program, id, "x", broken).status, 400, "{broken:?}");
    }
}

#[test]
fn what_comes_to_the_same_is_no_conflict() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let id = ann.say_at("/chat", "at first");
    let form = version(&about(&ann, id));
    // Twice on the same button.
    for _ in 0..2 {
        save(&ann, id, "mended", &form).expect(303);
    }
    // There and back: the form shows what stands.
    ann.edit_message(id, "at first");
    save(&ann, id, "mended again", &form).expect(303);
    assert_eq!(text(&ann, id), "mended again");
}

#[test]
fn a_form_that_is_refused_for_something_else_still_replaces_only_what_it_showed() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let id = ann.say_at("/chat", "at first");
    let form = version(&about(&ann, id));
    ann.edit_message(id, "meanwhile");
    for (typed, status) in [(" ", 422), (&*"x".repeat(4_001), 422), ("mine", 409)] {
        let page = save(&ann, id, typed, &form);
        assert_eq!((page.status, textarea(&page.body)), (status, typed.to_owned()));
        assert_eq!(version(&page.body) == form, status == 422);
    }
    assert_eq!(text(&ann, id), "meanwhile");
}

#[test]
fn of_many_at_once_one_saves() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let id = ann.say_at("/chat", "at first");
    let form = version(&about(&ann, id));
    server.appending.shut();
    let saving: Vec<_> = (0..8)
        .map(|n| {
            let (ann, form) = (ann.clone(), form.clone());
            thread::spawn(move || save(&ann, id, &format!("text {n}"), &form).status)
        })
        .collect();
    server.appending.wait_for_held(1);
    server.appending.release();
    let mut statuses: Vec<u16> = saving.into_iter().map(|saving| saving.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409, 409, 409, 409, 409, 409]);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_message_that_only_the_file_has_is_guarded_as_well() {
    use crate::support::TempDir;
    let folder = TempDir::new();
    let flags = ["--history", "10", "--post-rate", "0", "--durability", "normal"];
    let program = folder.serve(&flags);
    let ann = program.member("ann");
    let id = ann.say_at("/chat", "at first");
    program.post_many(&ann, 100);
    let form = version(&about(&ann, id));
    ann.edit_message(id, "meanwhile");
    save(&ann, id, "mine", &form).expect(409);
    program.end_by("-TERM");
    let program = folder.serve(&flags);
    let ann = program.client_of(&ann);
    let page = save(&ann, id, "mine", &form);
    assert_eq!((page.status, textarea(&page.body)), (409, "mine".to_owned()));
    save(&ann, id, "mine", &version(&page.body)).expect(303);
    assert_eq!(text(&ann, id), "mine");
}

#[test]
fn a_message_that_is_gone_meanwhile_gives_back_what_was_typed() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let id = bob.say_at("/chat", "at first");
    let form = version(&about(&bob, id));
    ann.clone().post(&format!("/messages/{id}/remove"), &[]).expect(303);
    let page = save(&bob, id, "too late", &form);
    assert_eq!((page.status, textarea(&page.body)), (404, "too late".to_owned()));
    assert_eq!(bob.try_edit_message(id, "too late").value()["error"], "no_such_message");
}

#[test]
fn the_second_sees_both_texts_in_the_browser() {
    seen(true);
}

#[test]
fn the_second_sees_both_texts_in_the_browser_without_scripts() {
    seen(false);
}

fn seen(scripts: bool) {
    let Some((server, ann)) = Server::open().with_browser_member("ann", scripts) else { return };
    let phone = ann.client(&server);
    let id = phone.say_at("/chat", "at first");
    ann.opens(&format!("/messages/{id}/about"));
    phone.edit_message(id, "from the phone");
    ann.browser.clear("#edit-text");
    ann.browser.type_text("#edit-text", "from the desk");
    ann.follows("form[action$='/edit'] button");
    ann.is_told("This message was changed in the meantime.");
    assert_eq!(
        (ann.draft("message"), ann.browser.text("article .said")),
        ("from the desk".into(), "from the phone".into())
    );
    assert_eq!(ann.browser.property("#now", "value"), "from the phone");
    if scripts {
        let faults = crate::support::Inspector::new().inspect(&ann, "both texts");
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
    ann.follows("form[action$='/edit'] button");
    ann.is_at(&format!("/chat?at={id}#m{id}"));
    ann.reads("from the desk");
    ann.has_a_quiet_console();
}

#[test]
fn an_edit_in_a_session_that_ended_is_kept() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    let field = "article form.edit textarea";
    ann.browser.press("#message", "ArrowUp");
    ann.browser.wait_until("the field", || ann.browser.exists(&format!("{field}:focus")));
    ann.browser.type_text(field, ", and more");
    ann.client(&server).post("/logout", &[]).expect(303);
    ann.browser.press(field, "Enter");
    ann.browser.wait_for_text("[role=status]", "You are signed out.");
    ann.follows("[role=status] a");
    ann.submits(&[("username", "ann"), ("password", PASSWORD)]);
    ann.browser.wait_until("the text", || ann.browser.property(field, "value") == "at first, and more");
    assert_eq!(ann.client(&server).texts(), ["at first"]);
}
