//! Photos and files where they are shown: in a room, over it, and in its list.

use crate::prelude::*;

#[test]
fn nothing_moves_when_photos_come() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.drops("await photo('a.jpg', 1200, 800), await photo('b.jpg', 600, 1200)");
    ann.has_uploaded(2);
    ann.sends_files(&server, 2);
    for shape in ["1600, 200", "300, 1700", "900, 600"] {
        ann.drops(&format!("await photo('c.jpg', {shape})"));
        ann.has_uploaded(1);
        ann.sends_files(&server, 1);
    }
    for (width, phone) in [(1280, false), (360, true)] {
        ann.browser.resize(width, 4_000, phone);
        let places = "return [...document.querySelectorAll('.photo, article')].map((one) => Math.round(one.getBoundingClientRect().height))";
        ann.browser.cdp("Network.enable", &json!({}));
        ann.browser.cdp("Network.setBlockedURLs", &json!({ "urls": ["*/files/*"] }));
        ann.reloads();
        let before = ann.browser.execute(places, &json!([]));
        ann.browser.cdp("Network.setBlockedURLs", &json!({ "urls": [] }));
        ann.reloads();
        ann.sees_photos(5);
        let after = ann.browser.execute(places, &json!([]));
        assert_eq!(before, after, "{width}");
        let bounded = "return [...document.querySelectorAll('.photo')].every((one) => { const { width, height } = one.getBoundingClientRect(); return width <= 360 && height <= 320 && width >= 44 && height >= 44; })";
        assert_eq!(ann.browser.execute(bounded, &json!([])), true);
    }
}

#[test]
fn a_photo_opens_over_the_room_and_keys_lead_through_all() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.drops("await photo('a.jpg', 900, 600), await photo('b.jpg', 600, 900)");
    ann.has_uploaded(2);
    ann.browser.type_text(".tray li:last-child .alt", "a tall one");
    ann.sends_files(&server, 2);
    ann.drops("await photo('c.jpg', 3000, 2000)");
    ann.has_uploaded(1);
    ann.sends_files(&server, 1);
    ann.sees_photos(3);
    let links = ann
        .browser
        .execute("return [...document.querySelectorAll('.photo')].map(({ href }) => href)", &json!([]));
    let shows = |at: usize| {
        let shown =
            || ann.browser.execute("return document.querySelector('.lightbox[open] img')?.src", &json!([]));
        ann.browser.wait_until(&format!("photo {at}"), || shown() == links[at]);
    };
    let is_back = |at: usize| {
        let focus = || ann.browser.execute("return document.activeElement.href", &json!([]));
        ann.browser.wait_until("the room", || !ann.sees(".lightbox") && focus() == links[at]);
    };
    let keys = Keyboard(&ann.browser);
    ann.browser.click(".photo");
    shows(0);
    assert!(ann.browser.exists(".lightbox .previous:disabled"));
    keys.press("ArrowRight");
    shows(1);
    ann.browser.wait_for_text(".lightbox figcaption", "a tall one");
    ann.browser.wait_for_text(".lightbox .by", "ann · ");
    ann.browser.click(".lightbox .next");
    shows(2);
    assert_eq!(
        ann.browser.property(".lightbox .download", "href"),
        format!("{}?download", links[2].as_str().unwrap())
    );
    keys.press("ArrowRight");
    keys.press("ArrowLeft");
    shows(1);
    keys.press("Escape");
    is_back(1);
    keys.press("Enter");
    shows(1);
    ann.browser.back();
    is_back(1);
    ann.is_at("/chat");
    ann.browser.click(".photo");
    shows(0);
    ann.browser.click(".lightbox .close");
    is_back(0);
    ann.has_a_quiet_console();
}

#[test]
fn on_a_phone_a_swipe_leads_on_and_a_swipe_down_leads_back() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.browser.resize(360, 740, true);
    ann.browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
    ann.drops("await photo('a.jpg', 900, 600), await photo('b.jpg', 600, 900)");
    ann.has_uploaded(2);
    ann.sends_files(&server, 2);
    ann.sees_photos(2);
    let swipes = |(x, y): (i32, i32), (to_x, to_y): (i32, i32)| {
        let at = |kind: &str, points: Value| {
            ann.browser.cdp("Input.dispatchTouchEvent", &json!({ "type": kind, "touchPoints": points }));
        };
        at("touchStart", json!([{ "x": x, "y": y }]));
        at("touchMove", json!([{ "x": to_x, "y": to_y }]));
        at("touchEnd", json!([]));
    };
    let shows = |name: &str| {
        let alt =
            || ann.browser.execute("return document.querySelector('.lightbox[open] img')?.alt", &json!([]));
        ann.browser.wait_until(name, || alt().as_str().is_some_and(|alt| alt.contains(name)));
    };
    ann.browser.click(".photo");
    shows("a.jpg");
    swipes((300, 300), (100, 310));
    shows("b.jpg");
    swipes((100, 300), (300, 290));
    shows("a.jpg");
    swipes((100, 200), (110, 400));
    ann.browser.wait_until("the room", || !ann.sees(".lightbox"));
}

#[test]
fn a_room_lists_its_photos_and_files() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.opens("/chat/files");
    ann.browser.wait_for_text("main", "No photos or files yet");
    ann.opens("/chat");
    for at in 0..7 {
        ann.drops(&format!(
            "...Array.from({{ length: 9 }}, (_, more) => text(`{at}${{more}}.txt`, 'words'))"
        ));
        ann.has_uploaded(9);
        ann.sends_files(&server, 9);
    }
    ann.drops("await photo('a.jpg', 900, 600)");
    ann.has_uploaded(1);
    let message = ann.sends_files(&server, 1);
    let listed = ann.client(&server).read_json("/chat/files");
    assert_eq!(
        (listed["files"].as_array().unwrap().len(), &listed["files"][0]["message"]),
        (60, &message["id"])
    );
    ann.follows("header .gallery");
    ann.is_at("/chat/files");
    ann.browser.wait_for_text("main h2", "Photos");
    assert_eq!(
        ann.browser.find_all(".tiles .photo").len() + ann.browser.find_all(".files-list li").len(),
        60
    );
    ann.browser.click(".tiles .photo");
    ann.browser.wait_until("the photo", || ann.sees(".lightbox img"));
    Keyboard(&ann.browser).press("Escape");
    ann.follows(".pager [rel=next]");
    assert_eq!(ann.browser.find_all(".files-list li").len(), 4);
    ann.browser.back();
    ann.follows(".tiles .to-message");
    ann.browser.wait_until("its place", || ann.path() == format!("/chat?at={0}#m{0}", message["id"]));
    ann.has_a_quiet_console();
}
