//! Finding one's way: search and back, the quick switcher, and the list of shortcuts.

use crate::prelude::*;

// ---------------------------------------------------------------- results

/// What stands in the card of a result.
fn cards(page: &str) -> Vec<&str> {
    page.split("<li class=\"hit\">").skip(1).map(|card| card.split("</li>").next().unwrap()).collect()
}

fn search(who: &Client, query: &str) -> String {
    let answer = who.clone().get(&format!("/search?{query}"));
    assert_eq!(answer.status, 200, "{query}");
    answer.body
}

#[test]
fn a_result_says_who_where_and_when_and_is_one_link_to_its_place() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = bob.say_at("/chat", "**Soup** for @ann: `pea`\n\nhttps://example.org/soup");
    let page = search(&ann, "q=soup");
    let card = cards(&page)[0];
    let links: Vec<&str> = card.split("<a ").skip(1).map(|link| between(link, "href=\"", "\"")).collect();
    assert_eq!(links, [format!("/messages/{id}"), "https://example.org/soup".into()], "{card}");
    card.shows("<bdi>bob</bdi>").shows("<bdi>General</bdi>");
    card.shows("aria-label=\"\u{2068}bob\u{2069} in \u{2068}General\u{2069}, ");
    for formatted in [
        "<strong><mark>Soup</mark></strong>", ">@ann</b>", "<code dir=\"ltr\">pea</code>",
        "https://example.org/<mark>soup</mark>",
    ] {
        assert!(card.contains(formatted), "{formatted} in {card}");
    }
    page.shows("<title>1 result: soup · ");
    page.shows("<p class=\"hidden\" id=\"count\" role=\"status\">1 result</p>");
    assert!(search(&ann, "q=tea").contains("<title>No results: tea · "));
    assert!(search(&ann, "author=bob").contains("<title>1 result · "));
}

#[test]
fn of_a_long_message_the_part_is_shown_that_was_searched_for() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let words = "many other words ".repeat(100);
    ann.say_at("/chat", &format!("{words}and the *soup* at last. {words}"));
    let page = search(&ann, "q=soup");
    let card = cards(&page)[0];
    card.shows("<em><mark>soup</mark></em> at last");
    assert_eq!(card.matches("<p class=\"cut-off\" aria-hidden=\"true\">…</p>").count(), 2, "{card}");
    assert!(card.len() < 2_000, "{}", card.len());
}

#[test]
fn in_a_room_the_results_say_so_and_lead_to_all_rooms() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    ann.say_at("/chat", "soup & tea");
    let page = search(&ann, "q=soup+%26+tea&room=0");
    let within = between(&page, "<p class=\"within\">", "</p>");
    assert!(within.starts_with("In \u{2068}General\u{2069} "), "{within}");
    within.shows("href=\"/search?q=soup+%26+tea&amp;author=&amp;room=\"");
    assert!(!search(&ann, "q=soup").contains("class=\"within\""));
    for (language, texts) in [
        ("de", ["Suche", "In \u{2068}Allgemein\u{2069}", "In allen Räumen suchen", "1 Ergebnis"]),
        ("hi", ["खोज", "\u{2068}सामान्य\u{2069} में", "सभी रूम में खोजें", "1 नतीजा"]),
    ] {
        let page = search(&ann.clone().with_header("Accept-Language", language), "q=soup&room=0");
        for text in texts {
            assert!(page.contains(text), "{language}: {text} in {page}");
        }
    }
}

/// Somebody in a room where 120 messages of another have this word, most of them on further pages.
fn arrives_where_much_was_said(server: &Server, scripts: bool) -> Option<BrowserUser> {
    let bob = server.member("bob");
    for n in 1..=120 {
        bob.say_at("/chat", &format!("soup number {n}"));
    }
    let ann = BrowserUser::arrives(server, "ann", scripts)?;
    ann.registers();
    Some(ann)
}

/// The place of an element in its window.
fn top(person: &BrowserUser, css: &str) -> i64 {
    let js = "return Math.round(document.querySelector(arguments[0]).getBoundingClientRect().top)";
    person.browser.execute(js, &json!([css])).as_i64().unwrap()
}

impl BrowserUser {
    /// Whoever clicks on the text of a result clicks on its link.
    #[track_caller]
    fn is_covered_by_its_link(&self, result: &str) {
        let js = "const { left, top, width, height } = document.querySelector(`${arguments[0]} .said p`).getBoundingClientRect();
            return document.elementFromPoint(left + width / 2, top + height / 2).matches(`${arguments[0]} .to`)";
        // While a page fades in, nothing is below the mouse.
        self.browser.wait_until("its link", || self.browser.execute(js, &json!([result])) == true);
    }
}

#[test]
fn opening_a_result_and_coming_back_are_two_clicks() {
    let server = Server::unlimited();
    let Some(ann) = arrives_where_much_was_said(&server, true) else { return };
    ann.browser.type_text("header [role=search] [name=q]", "soup");
    ann.turns_page(|browser| browser.press("header [role=search] [name=q]", "Enter"));
    ann.browser.wait_for_text(".within", "General");
    ann.settles();
    // More comes in place, is announced, and the keyboard goes on where that begins.
    ann.browser.click("#rest a");
    ann.browser.wait_until("more results", || ann.browser.find_all(".hit").len() == 100);
    ann.browser.wait_until("word of it", || ann.browser.property("#count", "textContent") == "100+ results");
    assert!(ann.browser.exists(".hit:nth-child(51) .to:focus"));
    ann.has_stayed();
    let result = ".hit:nth-child(80)";
    let text = ann.browser.text(&format!("{result} .said"));
    ann.browser.execute(
        "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })",
        &json!([result]),
    );
    let place = top(&ann, result);
    // The first click, anywhere on the card.
    ann.is_covered_by_its_link(result);
    ann.turns_page(|browser| browser.click(&format!("{result} .to")));
    ann.browser.wait_for_text("article:target", &text);
    ann.browser.wait_until("its place", || (0..800).contains(&top(&ann, "article:target")));
    // And the second.
    ann.turns_page(|browser| browser.back());
    ann.browser.wait_until("all results", || ann.browser.find_all(".hit").len() == 100);
    ann.browser.wait_until("the place", || (top(&ann, result) - place).abs() < 5);
    ann.browser.wait_until("the keyboard", || ann.browser.exists(&format!("{result} .to:focus")));
    ann.has_a_quiet_console();
}

#[test]
fn the_keyboard_alone_opens_results() {
    let server = Server::unlimited();
    let Some(ann) = arrives_where_much_was_said(&server, true) else { return };
    ann.opens("/search?q=soup");
    ann.browser.execute("document.querySelector('.hit .to').focus()", &json!([]));
    ann.browser.press(":focus", "Tab");
    let to = ann.browser.attribute(":focus", "href").unwrap();
    ann.turns_page(|browser| browser.press(":focus", "Enter"));
    let id = to.rsplit('/').next().unwrap();
    ann.browser.wait_for_text(&format!("#m{id}:target"), "soup number 119");
}

#[test]
fn without_scripts_results_are_pages() {
    let server = Server::unlimited();
    let Some(ann) = arrives_where_much_was_said(&server, false) else { return };
    ann.browser.type_text("header [role=search] [name=q]", "soup");
    ann.turns_page(|browser| browser.press("header [role=search] [name=q]", "Enter"));
    assert_eq!(ann.browser.find_all(".hit").len(), 50);
    ann.follows("#rest a");
    ann.browser.wait_for_text(".hit:first-child .said", "soup number 70");
    ann.is_covered_by_its_link(".hit:first-child");
    ann.turns_page(|browser| browser.click(".hit:first-child .to"));
    ann.browser.wait_for_text("article:target", "soup number 70");
    ann.turns_page(|browser| browser.back());
    ann.browser.wait_for_text(".hit:first-child .said", "soup number 70");
    // On a phone an icon leads to the field, which has the keyboard.
    ann.opens("/chat");
    ann.browser.resize(360, 740, true);
    ann.follows("header a.search");
    assert_eq!(ann.browser.attribute(":focus", "name").as_deref(), Some("q"));
    ann.browser.wait_for_text(".within", "In \u{2068}General\u{2069}");
    assert_eq!(ann.browser.property("#room", "value"), "0");
}

// ---------------------------------------------------------------- the quick switcher

/// The names that the switcher offers for these letters, as they stand there.
fn offered(who: &Client, letters: &str) -> Vec<String> {
    let query: String = form_urlencoded::byte_serialize(letters.as_bytes()).collect();
    let answer = who.clone().get(&format!("/switch?q={query}")).expect(200);
    let options = answer.body.split("role=\"option\"").skip(1);
    options.map(|option| between(option, "<bdi>", "</bdi>").to_owned()).collect()
}

fn opens(who: &Client, name: &str, open: &str) -> String {
    let answer =
        who.clone().json().post("/rooms", &[("name", name), ("topic", ""), ("open", open)]).expect(201);
    format!("/rooms/{}", answer.value()["room"])
}

#[test]
fn the_switcher_offers_rooms_and_people_by_their_letters() {
    let (server, [ann, bob, _, _]) = Server::unlimited().with_members(["ann", "bob", "Zoë", "Garfield"]);
    let garden = opens(&ann, "Garden", "");
    opens(&ann, "Kindergarten", "");
    opens(&ann, "The gardeners", "");
    opens(&bob, "Gardens of the world", "yes");
    opens(&bob, "Gardens of our own", "");
    ann.say_at(&garden, "hello");
    // How names begin counts more than their words, and what is one's own and newer more than the rest.
    assert_eq!(
        offered(&ann, "GAR"),
        ["Garden", "Garfield", "Gardens of the world", "The gardeners", "Kindergarten"]
    );
    for letters in ["zoe", "ZOË", "oe"] {
        assert_eq!(offered(&ann, letters), ["Zoë"], "{letters}");
    }
    assert_eq!(offered(&bob, "our own"), ["Gardens of our own"]);
    assert_eq!(offered(&ann, "our own"), [""; 0]);
    assert_eq!(offered(&ann, "ann"), ["Notes"], "oneself");
    // Without letters: what is unread, then what is newest.
    bob.say_at("/chat", "news");
    assert_eq!(offered(&ann, "")[..2], ["General", "Garden"]);
    bob.say_at("/people/ann", "psst");
    assert_eq!(offered(&ann, " ")[..3], ["bob", "General", "Garden"]);
    assert!(ann.clone().get("/switch?q=bob").body.contains("data-href=\"/people/bob\""));
    // There are no more than a dozen.
    for n in 0..20 {
        server.member(&format!("carl{n}"));
    }
    assert_eq!(offered(&ann, "carl").len(), 12);
    assert_eq!(offered(&ann, &"x".repeat(1_000)).len(), 0);
}

#[test]
fn some_letters_and_enter_lead_to_a_room() {
    let Some((server, ann)) = Server::unlimited().with_browser_member("ann", true) else { return };
    let client = ann.client(&server);
    let garden = opens(&client, "Garden", "");
    opens(&client, "Gallery", "");
    server.member("gabi");
    // Wherever one writes.
    ann.browser.type_text("#message", "half a sent");
    ann.browser.press("#message", "Control+k");
    ann.browser.wait_for_text(".switcher [aria-selected=true]", "");
    ann.browser.type_text(":focus", "ga");
    let said = |count: &str| {
        ann.browser
            .wait_until(count, || ann.browser.property(".switcher [role=status]", "textContent") == count);
    };
    said("3 results");
    let active = || ann.browser.attribute(".switcher input", "aria-activedescendant").unwrap();
    let chosen = |name: &str| {
        ann.browser.wait_for_text(&format!("#{}[aria-selected=true]", active()), name);
    };
    let first = ann.browser.text(".switcher [aria-selected=true]");
    ann.browser.press(":focus", "ArrowDown");
    ann.browser.press(":focus", "ArrowDown");
    ann.browser.press(":focus", "ArrowDown");
    chosen(&first);
    ann.browser.type_text(":focus", "rd");
    said("1 result");
    chosen("Garden");
    ann.turns_page(|browser| browser.press(":focus", "Enter"));
    ann.is_at(&garden);
    // Nothing of the kind, and back to where one was.
    ann.browser.press("#message", "Control+k");
    ann.browser.type_text(":focus", "qq");
    ann.browser.wait_for_text(".switcher .nothing", "No results");
    ann.browser.press(":focus", "Escape");
    ann.browser.wait_until("the way back", || ann.browser.exists("#message:focus"));
    // The one who types faster than answers come is taken to what was typed.
    ann.browser.press("#message", "Control+k");
    ann.turns_page(|browser| browser.type_text(".switcher input", "gabi\n"));
    ann.is_at("/people/gabi");
    // And by the mouse, from any page.
    ann.opens("/me");
    ann.browser.click(".jump");
    ann.browser.type_text(":focus", "general");
    said("1 result");
    ann.turns_page(|browser| browser.click(".switcher [role=option]"));
    ann.is_at("/chat");
    assert_eq!(ann.draft("message"), "half a sent");
    ann.has_a_quiet_console();
}

// ---------------------------------------------------------------- shortcuts

#[test]
fn a_question_mark_shows_all_shortcuts() {
    let Some((_server, ann)) = Server::unlimited().with_browser_member("ann", true) else { return };
    // Where one writes it is a sign like others.
    ann.browser.type_text("#message", "?");
    assert_eq!(ann.draft("message"), "?");
    ann.opens("/me");
    ann.settles();
    ann.browser.execute("document.activeElement.blur()", &json!([]));
    ann.browser.press("body", "?");
    ann.browser.wait_for_text("dialog #shortcuts dt", "Jump to a room or person");
    ann.browser.press(":focus", "Escape");
    ann.browser.wait_until("its end", || !ann.browser.exists("dialog #shortcuts"));
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn the_shortcuts_are_a_page_in_each_language() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    for (language, texts) in [
        ("en", ["Keyboard shortcuts", "<kbd>Ctrl</kbd>"]),
        ("de", ["Tastenkürzel", "<kbd>Strg</kbd>"]),
        ("hi", ["कीबोर्ड शॉर्टकट", "<kbd>Ctrl</kbd>"]),
    ] {
        let page = ann.clone().with_header("Accept-Language", language).get("/shortcuts").body;
        for text in texts {
            assert!(page.contains(text), "{language}: {text} in {page}");
        }
    }
    assert!(ann.clone().get("/me").body.contains("href=\"/shortcuts\""));
}
