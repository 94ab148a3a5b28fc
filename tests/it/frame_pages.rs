//! What stands around each page of a member: one line of header, and the list of rooms and people. On all of them, on a phone
//! and on a desk, in each language, on paper, and without anything that jumps.

use crate::prelude::*;

/// The pages of a member, by their paths; `:room` is a room of theirs and `:message` a message.
const PAGES: [&str; 12] = [
    "/chat", "/rooms/:room", "/people/bob", "/search?q=hello", "/me", "/owner", "/rooms",
    "/rooms/:room/about", "/people", "/people/bob/about", "/messages/:message/about", "/shortcuts",
];

/// Ann, and the paths of her pages.
fn ann_and_her_pages(server: &Server) -> Option<(BrowserUser, Vec<String>)> {
    let ann = BrowserUser::arrives(server, "ann", true)?;
    ann.registers();
    let mut bob = server.member("bob");
    let room = ann.client(server).open_room_called("Book club", true);
    let said = bob.clone().json().say("hello from bob").value()["id"].to_string();
    bob.post("/people/ann", &[("message", "psst, @ann")]);
    let number = room.trim_start_matches("/rooms/");
    let path = |page: &str| page.replace(":room", number).replace(":message", &said);
    Some((ann, PAGES.map(path).into()))
}

#[test]
fn each_page_of_a_member_has_one_line_of_header_and_the_list_beside_it() {
    let server = Server::open();
    let Some((ann, pages)) = ann_and_her_pages(&server) else { return };
    for page in &pages {
        ann.browser.resize(1280, 800, false);
        ann.opens(page);
        assert!(ann.sees(".sidebar") && ann.sees("header .who") && !ann.sees(".drawer"), "{page}");
        ann.browser.resize(360, 740, true);
        ann.opens(page);
        assert!(
            ann.sees(".drawer")
                && (ann.sees("header .search") || page.starts_with("/search"))
                && ann.sees("header .who"),
            "{page}"
        );
        let height = "const bar = document.querySelector('header.bar');
            const inside = [...bar.querySelectorAll('*')].filter(one => one.checkVisibility() && !one.closest('.menu'));
            const box = bar.getBoundingClientRect();
            return [box.height, inside.every(one => one.getBoundingClientRect().bottom <= box.bottom)]";
        assert_eq!(ann.browser.execute(height, &json!([])), json!([52, true]), "{page}");
        ann.browser.click(".drawer");
        ann.browser.wait_until("the drawer", || ann.sees(".sidebar"));
        ann.browser.wait_for_text(".sidebar footer", "Times in India Standard Time");
    }
    ann.has_a_quiet_console();
}

#[test]
fn most_of_a_phone_is_messages_and_composer() {
    let server = Server::open();
    let Some((ann, _)) = ann_and_her_pages(&server) else { return };
    ann.browser.resize(360, 740, true);
    ann.opens("/chat");
    let share = "const height = css => document.querySelector(css).getBoundingClientRect().height;
        return (height('.log') + height('.composer')) / innerHeight";
    let share = ann.browser.execute(share, &json!([])).as_f64().unwrap();
    assert!(share >= 0.7, "{share}");
}

#[test]
fn two_hundred_rooms_keep_nobody_out_of_reach() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    // No one may open all of them at once.
    for name in ["bob", "cyd", "dee", "eve", "fay", "gus", "hal", "ida"] {
        let mut other = server.member(name);
        for n in 0..25 {
            let room = other.open_room_called(&format!("Room {n} of {name}"), false);
            assert_eq!(other.post(&format!("{room}/add"), &[("username", "ann")]).status, 303, "{room}");
        }
    }
    for (width, height, mobile) in [(1280, 800, false), (360, 740, true)] {
        ann.browser.resize(width, height, mobile);
        ann.opens("/chat");
        if mobile {
            ann.browser.click(".drawer");
            ann.browser.wait_until("the drawer", || ann.sees(".sidebar"));
        }
        let reach = "return ['.persons a[href=\"/people/bob\"]', '.lists > .more a'].every(css => {
            const one = document.querySelector(css), box = one.getBoundingClientRect();
            return one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); })";
        assert_eq!(ann.browser.execute(reach, &json!([])), true, "{width}");
    }
}

#[test]
fn nothing_jumps_as_counts_and_lines_appear() {
    let server = Server::open();
    let Some((ann, pages)) = ann_and_her_pages(&server) else { return };
    let mut bob = server.visitor();
    bob.login("bob", crate::support::PASSWORD).expect(303);
    for (width, height, mobile) in [(1280, 800, false), (360, 740, true)] {
        ann.browser.resize(width, height, mobile);
        ann.opens(&pages[1]);
        ann.browser.wait_for_text(".here", "ann");
        ann.browser.execute(
            "window.shifted = 0; new PerformanceObserver(list => {
               for (const one of list.getEntries()) if (!one.hadRecentInput) shifted += one.value;
             }).observe({ type: 'layout-shift' })",
            &json!([]),
        );
        bob.say("a count");
        bob.post("/people/ann", &[("message", "and another")]);
        bob.post("/typing", &[("room", pages[1].trim_start_matches("/rooms/"))]);
        ann.browser.wait_until("the counts", || {
            let js = "return Number(document.querySelector(arguments[0] + ' .count').dataset.count)";
            ann.browser.execute(js, &json!([link("/chat")])).as_u64() > Some(0)
        });
        ann.browser.offline(true);
        // A line that has just told something is not called anew.
        ann.browser.wait_until("the word that the line is broken", || {
            ann.browser.execute("dispatchEvent(new Event('online'))", &json!([]));
            ann.browser.text(".status").contains("Reconnecting")
        });
        ann.browser.offline(false);
        let shifted = ann.browser.execute("return shifted", &json!([])).as_f64().unwrap();
        assert!(shifted < 0.02, "{shifted} at {width}");
    }
}

#[test]
fn on_paper_a_room_is_its_messages() {
    let server = Server::open();
    let Some((ann, pages)) = ann_and_her_pages(&server) else { return };
    let mine = ann.client(&server);
    for n in 0..30 {
        mine.clone().post(&pages[1], &[("message", &format!("line {n}"))]).expect(303);
    }
    ann.opens(&pages[1]);
    ann.browser.wait_for_text("article p", "line 29");
    ann.browser.cdp("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    for css in [".sidebar", ".composer", ".who", ".head .search", ".dock", ".people", "footer"] {
        assert!(!ann.sees(css), "{css}");
    }
    assert_eq!(ann.browser.text("h1"), "Book club");
    assert!(ann.sees(".day"), "the date");
    let whole = "const root = document.scrollingElement, all = [...document.querySelectorAll('article')];
        const log = document.querySelector('.log');
        return [all.every(one => one.getBoundingClientRect().bottom + scrollY <= root.scrollHeight),
            root.scrollHeight > innerHeight, log.scrollHeight <= log.clientHeight,
            getComputedStyle(document.body).color]";
    assert_eq!(ann.browser.execute(whole, &json!([])), json!([true, true, true, "rgb(0, 0, 0)"]));
}

#[test]
fn each_page_can_be_read_in_each_language_by_everyone() {
    let server = Server::open();
    let Some((ann, pages)) = ann_and_her_pages(&server) else { return };
    let inspector = Inspector::new();
    let mut faults = Vec::new();
    let agent = ann.browser.execute("return navigator.userAgent", &json!([]));
    for (index, language) in ["en", "hi", "de"].into_iter().enumerate() {
        ann.browser
            .cdp("Network.setUserAgentOverride", &json!({ "userAgent": agent, "acceptLanguage": language }));
        for (number, page) in pages.iter().enumerate() {
            ann.browser.resize(320, 740, true);
            ann.opens(page);
            assert_eq!(ann.browser.attribute("html", "lang").as_deref(), Some(language));
            for (name, js) in
                [("narrow", REFLOWS), ("spaced", SPACED), ("focus", FOCUS_IS_SEEN), ("rtl", TURNED)]
            {
                let found = ann.browser.execute(js, &json!([]));
                let found = found.as_array().unwrap().iter();
                faults.extend(found.map(|fault| format!("{page} in {language}, {name}: {fault}")));
            }
            // axe is slow, and most of what it looks at is the same in each language.
            if number % 3 == index {
                ann.opens(page);
                faults.extend(inspector.inspect(&ann, &format!("{page} in {language}")));
            }
        }
        ann.browser.resize(360, 740, true);
        ann.opens("/chat");
        ann.browser.click(".who");
        ann.browser.wait_until("the menu", || ann.sees(".menu"));
        faults.extend(inspector.inspect(&ann, &format!("the menu in {language}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// WCAG 1.4.10: at 320 px nothing scrolls sideways.
const REFLOWS: &str = "const root = document.scrollingElement;
    return root.scrollWidth > 320 ? [`${root.scrollWidth} wide`] : []";

/// WCAG 1.4.12: with wider spacing no text is cut off, but for names that end in an ellipsis.
const SPACED: &str = "const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [sheet];
    const faults = [];
    if (document.scrollingElement.scrollWidth > 320) faults.push(`${document.scrollingElement.scrollWidth} wide`);
    for (const one of document.querySelectorAll('button, label, h1, h2, .hint, .menu a, main a')) {
      const style = getComputedStyle(one), hides = style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis';
      if (one.checkVisibility() && style.clipPath === 'none' && hides && one.scrollWidth > one.clientWidth + 1)
        faults.push(one.outerHTML.slice(0, 80));
    }
    document.adoptedStyleSheets = [];
    return faults";

/// WCAG 2.4.11: nothing covers what has the focus.
const FOCUS_IS_SEEN: &str = "const faults = [];
    for (const one of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea')) {
      if (!one.checkVisibility({ visibilityProperty: true }) || one.closest('.hidden, [popover]') || one.classList.contains('skip')) continue;
      one.focus();
      if (document.activeElement !== one) continue;
      const box = one.getClientRects()[0], at = document.elementFromPoint(
        Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), Math.min(Math.max(box.y + Math.min(box.height, 40) / 2, 0), innerHeight - 1));
      if (!at || !(one.contains(at) || at.contains(one))) faults.push(`${one.outerHTML.slice(0, 80)} is behind ${at?.outerHTML.slice(0, 60)}`);
    }
    return faults";

/// The same page for readers from right to left.
const TURNED: &str = "document.documentElement.dir = 'rtl';
    const root = document.scrollingElement, faults = root.scrollWidth > 320 ? [`${root.scrollWidth} wide`] : [];
    for (const one of document.querySelectorAll('header.bar > *, .head > *')) {
      const box = one.getBoundingClientRect();
      if (one.checkVisibility() && (box.left < 0 || box.right > 320)) faults.push(`${one.className} ends at ${box.left}, ${box.right}`);
    }
    document.documentElement.dir = 'ltr';
    return faults";

#[test]
fn pages_speak_the_language_that_a_browser_asks_for() {
    let server = Server::open();
    for (asked, lang) in [("de-AT,de;q=0.9,en;q=0.8", "de"), ("hi", "hi"), ("fr", "en"), ("", "en")] {
        let page = server.visitor().with_header("Accept-Language", asked).get("/login");
        assert!(page.body.contains(&format!("<html lang=\"{lang}\" dir=\"ltr\">")), "{asked}");
    }
}

#[test]
fn the_chat_can_be_installed() {
    let server = Server::with(|settings| {
        settings.title = "The Millers".into();
        settings.base_path = "/talk".into();
    });
    let mut visitor = server.visitor();
    let answer = visitor.get("/talk/manifest.webmanifest");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/manifest+json"));
    let manifest = answer.value();
    assert_eq!(manifest["name"], "The Millers");
    for key in ["id", "start_url", "scope"] {
        assert_eq!(manifest[key], "/talk/", "{key}");
    }
    assert_eq!(manifest["icons"].as_array().map(Vec::len), Some(3));
    let icons = manifest["icons"].as_array().unwrap().iter().map(|icon| icon["src"].clone());
    for icon in icons.chain([Value::from("/talk/apple-touch-icon.png")]) {
        let answer = visitor.send("HEAD", icon.as_str().unwrap(), "", b"");
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"), "{icon}");
        assert!(answer.header("cache-control").starts_with("public, max-age="), "{icon}");
    }
    let page = visitor.get("/talk/login");
    page.body.shows("rel=\"manifest\" href=\"/talk/manifest.webmanifest\"");
    assert!(page.header("content-security-policy").contains("manifest-src 'self'"));
}
