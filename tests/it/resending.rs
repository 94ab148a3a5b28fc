//! Back, and once more the same button: nothing is said or decided twice by that.

use crate::prelude::*;

#[test]
fn going_back_does_not_bring_back_what_was_sent() {
    going_back(true);
}

#[test]
fn going_back_does_not_bring_back_what_was_sent_without_scripts() {
    going_back(false);
}

fn going_back(scripts: bool) {
    let Some((server, ann)) = Server::open().with_browser_member("ann", scripts) else { return };
    if !scripts {
        // Of the frame that the composer is in.
        ann.says("from the live room");
        ann.at_composer(|browser| {
            browser.execute("document.documentElement.dataset.left = 'left'", &serde_json::json!([]));
        });
        ann.browser.back();
        ann.at_composer(|browser| {
            browser.find("html:not([data-left]) .composer button:not([type])");
        });
        ann.sends_once_more(&server, "from the live room");
    }
    let phone = ann.client(&server);
    let lines: Vec<u64> = (0..60).map(|n| phone.say_at("/chat", &format!("line {n}"))).collect();
    let older = format!("/chat?before={}", lines[59]);
    ann.opens(&older);
    ann.browser.type_text("#message", "from an older page");
    if scripts {
        // In place: the newest come to the page.
        ann.sends();
        ann.reads("from an older page");
        ann.has_nothing_left_to_send();
        ann.reloads();
    } else {
        ann.turns_page(|browser| browser.click(".composer button:not([type])"));
        ann.is_at("/chat");
        ann.goes_back_to(&older);
    }
    ann.sends_once_more(&server, "from an older page");
    // What is typed there is a message of its own.
    ann.browser.type_text("#message", "and another");
    if scripts {
        ann.sends();
        ann.reads("and another");
    } else {
        ann.turns_page(|browser| browser.click(".composer button:not([type])"));
        ann.is_at("/chat");
    }
    ann.has_said(&server, "and another", 1);
    ann.has_a_quiet_console();
}

#[test]
fn going_back_fills_in_no_form_that_decides_something() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    ann.opens("/rooms");
    ann.browser.type_text("#name", "Den");
    ann.browser.type_text("#topic", "Foxes");
    ann.browser.click("[name=open][value=yes]");
    ann.turns_page(|browser| browser.click("form[action='/rooms'] button"));
    ann.goes_back_to("/rooms");
    assert_eq!((ann.draft("name"), ann.draft("topic")), (String::new(), String::new()));
    assert_eq!(ann.browser.property("[name=open][value=yes]", "checked"), false);

    // Someone else decided meanwhile: the form shows that.
    ann.opens("/owner");
    ann.browser.click("[value=closed]");
    ann.turns_page(|browser| browser.click("form[action='/owner'] button"));
    ann.client(&server).post("/owner", &[("title", "The Millers"), ("registration", "open")]).expect(303);
    ann.goes_back_to("/owner");
    assert_eq!(ann.draft("title"), "The Millers");
    assert_eq!(ann.browser.property("[value=open]", "checked"), true);
}

#[test]
fn clicks_on_one_form_open_one_room() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let form =
        |who: &Client| input_value(&who.clone().get("/rooms").body, "opened").expect("what was opened");
    let open = |who: &Client, name: &str, opened: &str| {
        let fields = [("name", name), ("topic", "foxes"), ("opened", opened)];
        let answer = who.clone().post("/rooms", &fields[..if opened.is_empty() { 2 } else { 3 }]).expect(303);
        answer.location().to_owned()
    };
    let first = form(&ann);
    server.appending.shut();
    let opened: BTreeSet<String> = thread::scope(|scope| {
        let clicks: Vec<_> = (0..4).map(|_| scope.spawn(|| open(&ann, "Den", &first))).collect();
        server.appending.wait_for_held(1);
        server.appending.release();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    assert_eq!(opened.len(), 1, "{opened:?}");
    let den = opened.first().unwrap();
    assert_eq!(open(&ann, "Den", &first), *den, "also later");
    // What is something else is opened, and so is what is the same by another form.
    let others = [
        open(&ann, "Garden", &first),
        open(&bob, "Den", &form(&bob)),
        open(&ann, "Den", &form(&ann)),
        open(&ann, "Den", ""),
    ];
    let all: BTreeSet<&String> = others.iter().chain([den]).collect();
    assert_eq!(all.len(), 5, "{all:?}");
    ann.clone().post("/rooms", &[("name", "x"), ("opened", "x")]).expect(400);
}

impl BrowserUser {
    #[track_caller]
    fn goes_back_to(&self, path: &str) {
        self.turns_page(Browser::back);
        self.is_at(path);
    }

    /// Presses the button of a composer that is as empty as it was.
    #[track_caller]
    fn sends_once_more(&self, server: &Server, sent: &str) {
        assert_eq!(self.draft("message"), "");
        self.sends();
        self.has_said(server, sent, 1);
    }
}
