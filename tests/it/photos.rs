//! Photos and files in the room, for people at their browsers.

use crate::prelude::*;

/// Makes files in the page: `photo(name, width, height, type)`, and `text(name, content)`.
const MAKERS: &str = r"
    const photo = async (name, width, height, type = 'image/jpeg') => {
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const context = canvas.getContext('2d');
        if (!name.startsWith('clear')) {
            const colours = context.createLinearGradient(0, 0, width, height);
            ['red', 'gold', 'teal', 'navy'].forEach((colour, at) => colours.addColorStop(at / 3, colour));
            context.fillStyle = colours;
            context.fillRect(0, 0, width, height);
        }
        for (let at = 0; width >= 600 && !name.startsWith('clear') && at < width * 4; at += 1) {
            context.fillStyle = `hsl(${at * 7 % 360} 80% ${at * 13 % 100}%)`;
            context.fillRect(at * 7919 % width, at * 104729 % height, 9, 9);
        }
        context.fillStyle = 'white';
        context.fillRect(width / 4, height / 4, width / 3, height / 5);
        return new File([await new Promise((done) => canvas.toBlob(done, type, 0.9))], name, { type });
    };
    // Held upside down and so on, as Exif numbers it: a segment behind the first two bytes.
    const turned = async (file, orientation) => {
        const exif = [0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        return new File([file.slice(0, 2), Uint8Array.from(exif), file.slice(2)], file.name, { type: file.type });
    };
    // A second of silence.
    const sound = (name) => {
        const [size, rate] = [8000, 8000];
        const head = new DataView(new ArrayBuffer(44));
        [[0, 'RIFF'], [8, 'WAVE'], [12, 'fmt '], [36, 'data']].forEach(([at, word]) => [...word].forEach((c, n) => head.setUint8(at + n, c.charCodeAt())));
        [[4, 36 + size], [16, 16], [24, rate], [28, rate], [40, size]].forEach(([at, number]) => head.setUint32(at, number, true));
        [[20, 1], [22, 1], [32, 1], [34, 8]].forEach(([at, number]) => head.setUint16(at, number, true));
        return new File([head, new Uint8Array(size).fill(128)], name, { type: 'audio/wav' });
    };
    const text = (name, content) => new File([content], name, { type: 'text/plain' });
    const carrying = (files, texts = {}) => {
        const carried = new DataTransfer();
        files.forEach((file) => carried.items.add(file));
        for (const [type, content] of Object.entries(texts)) carried.setData(type, content);
        return carried;
    };
    const dropped = (carried) => {
        for (const kind of ['dragover', 'drop']) document.querySelector('.log').dispatchEvent(
            new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
    };
    const pasted = (carried) => !document.querySelector('#message').dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: carried, bubbles: true, cancelable: true }));
";

/// Rows of the tray.
const ROW: &str = ".tray li";

impl BrowserUser {
    /// Runs a script that has [`MAKERS`].
    #[track_caller]
    fn does(&self, js: &str) -> Value {
        self.browser.execute(&format!("{MAKERS} return (async () => {{ {js} }})()"), &json!([]))
    }

    /// Drops files that a script makes.
    #[track_caller]
    fn drops(&self, files: &str) {
        self.does(&format!("dropped(carrying([{files}]))"));
    }

    /// The tray has so many files, and each is with the chat already.
    #[track_caller]
    fn has_uploaded(&self, count: usize) {
        let there = "return document.querySelectorAll('.tray progress[hidden]').length";
        self.browser.wait_until("the uploads", || self.browser.execute(there, &json!([])) == count);
        assert_eq!(self.browser.find_all(ROW).len(), count);
        assert!(!self.sees(".tray .problem"), "{}", self.browser.text(".tray"));
    }

    /// Sends what is in the tray, and waits for the message with so many files.
    #[track_caller]
    fn sends_files(&self, server: &Server, count: usize) -> Value {
        self.browser.press("#message", "Enter");
        let client = self.client(server);
        let newest = || client.all_messages().last().cloned().unwrap_or_default();
        let sent = || newest()["files"].as_array().is_some_and(|files| files.len() == count);
        self.browser.wait_until("the message", sent);
        self.has_sent_all();
        newest()
    }

    #[track_caller]
    fn has_sent_all(&self) {
        let idle = "return !document.querySelector('.tray').checkVisibility()
            && !document.querySelector('.outbox').checkVisibility()";
        self.browser.wait_until("an empty tray", || self.browser.execute(idle, &json!([])) == true);
    }

    /// All photos in sight have come.
    #[track_caller]
    fn sees_photos(&self, count: usize) {
        let js = "return [...document.querySelectorAll('.files .photo img')].filter((one) => one.complete && one.naturalWidth).length";
        self.browser.wait_until("the photos", || self.browser.execute(js, &json!([])) == count);
    }

    /// Whether nothing is kept in the browser for later.
    fn keeps_files(&self) -> Value {
        self.browser.execute(
            "const base = document.body.dataset.base ?? '';
             const opened = indexedDB.open(`snug:files:${base}`);
             return new Promise((done) => { opened.onsuccess = () => {
               const all = opened.result.transaction('files').objectStore('files').count();
               all.onsuccess = () => { opened.result.close(); done(all.result); };
             }; })",
            &json!([]),
        )
    }

    /// So many bytes a second go up, and no more.
    fn uploads_at(&self, rate: i32) {
        self.browser.cdp("Network.enable", &json!({}));
        let line =
            json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate });
        self.browser.cdp("Network.emulateNetworkConditions", &line);
    }
}

#[test]
fn a_photo_is_chosen_by_the_paper_clip_and_sent_with_a_text() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let home = TempDir::new();
    let path = home.file("the lake.png");
    ann.browser.screenshot(&path);
    assert!(ann.sees("button.clip") && !ann.sees(".chooser"));
    // The browser's own dialog is out of reach; this is what it does.
    ann.browser.type_text("input[name=file]", &path);
    ann.has_uploaded(1);
    ann.browser.wait_for_text(ROW, "the lake.png");
    ann.browser.type_text(".tray .alt", "Our lake at dawn");
    ann.browser.press(".tray .alt", "Enter");
    ann.writes_in("message");
    ann.browser.type_text("#message", "Look!");
    let message = ann.sends_files(&server, 1);
    let file = &message["files"][0];
    assert_eq!(
        (&message["text"], &file["name"], &file["alt"]),
        (&json!("Look!"), &json!("the lake.png"), &json!("Our lake at dawn"))
    );
    assert_eq!((&file["type"], &file["width"]), (&json!("image/png"), &json!(1280)));
    ann.sees_photos(1);
    assert_eq!(ann.browser.attribute(".files img", "alt").as_deref(), Some("Our lake at dawn"));
    assert_eq!(ann.keeps_files(), 0);
    ann.has_a_quiet_console();
}

#[test]
fn a_large_photo_is_made_smaller_with_a_preview_unless_its_sender_wants_the_original() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let gif = "new File([Uint8Array.from(atob('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'), (c) => c.charCodeAt())], 'a.gif', { type: 'image/gif' })";
    ann.drops(&format!("await photo('a.jpg', 3000, 2000), await photo('clear.png', 2500, 1000, 'image/png'), await photo('small.jpg', 200, 100), {gif}"));
    ann.has_uploaded(4);
    assert_eq!(ann.browser.find_all(".tray .original:not([hidden])").len(), 2);
    let message = ann.sends_files(&server, 4);
    let shape = |file: &Value| {
        format!(
            "{} {}x{} {}",
            file["type"].as_str().unwrap(),
            file["width"],
            file["height"],
            !file["preview"].is_null()
        )
    };
    let shapes: Vec<String> = message["files"].as_array().unwrap().iter().map(shape).collect();
    assert_eq!(
        shapes,
        [
            "image/jpeg 2048x1365 true", "image/png 2048x819 false", "image/jpeg 200x100 false",
            "image/gif 1x1 false"
        ]
    );
    ann.drops("await turned(await photo('turned.jpg', 3000, 2000), 6), await turned(await photo('small.jpg', 300, 200), 6)");
    ann.has_uploaded(2);
    let message = ann.sends_files(&server, 2);
    assert_eq!(shape(&message["files"][0]), "image/jpeg 1365x2048 true", "as it is held");
    assert_eq!(shape(&message["files"][1]), "image/jpeg 200x300 false");
    ann.drops("await photo('b.jpg', 3000, 2000)");
    ann.has_uploaded(1);
    ann.browser.click(".tray .original");
    ann.browser.wait_until("the original", || {
        ann.browser.attribute(".tray .original", "aria-pressed").as_deref() == Some("true")
    });
    ann.has_uploaded(1);
    let message = ann.sends_files(&server, 1);
    assert_eq!(shape(&message["files"][0]), "image/jpeg 3000x2000 true");
    let preview = ann.does(&format!("const image = new Image(); image.src = '{}'; await image.decode(); return [image.naturalWidth, image.naturalHeight]", message["files"][0]["preview"].as_str().unwrap()));
    assert_eq!(preview, json!([480, 320]));
    ann.has_a_quiet_console();
}

#[test]
fn pictures_are_pasted_and_texts_are_as_ever() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let paste = |carried: &str| ann.does(&format!("return pasted(carrying({carried}))"));
    assert_eq!(paste("[], { 'text/plain': 'words' }"), false);
    // A table, which brings a picture of itself.
    assert_eq!(
        paste("[await photo('t.png', 9, 9, 'image/png')], { 'text/plain': '1 2', 'text/html': '<table>' }"),
        false
    );
    assert_eq!(paste("[await photo('image.png', 90, 60, 'image/png')], { 'text/html': '<img>' }"), true);
    ann.has_uploaded(1);
    ann.sends_files(&server, 1);
    ann.has_a_quiet_console();
}

#[test]
fn files_are_dropped_where_one_is_told_and_too_many_or_too_large_ones_are_refused_in_place() {
    let server = Server::with(|settings| settings.file_max = 1);
    let Some((server, ann)) = server.with_browser_member("ann", true) else { return };
    ann.does("document.querySelector('.log').dispatchEvent(new DragEvent('dragover', { dataTransfer: carrying([text('a', 'b')]), bubbles: true, cancelable: true }))");
    ann.browser.wait_for_text(".drop", "Drop photos or files to send them");
    ann.does("dispatchEvent(new DragEvent('dragleave'))");
    assert!(!ann.sees(".drop"));
    ann.drops("text('large.txt', 'x'.repeat(1024 * 1024 + 1))");
    ann.browser.wait_for_text(".tray .problem", "This file is too large. Files can have up to 1 MB.");
    ann.browser.click(".tray .away");
    ann.browser.wait_until("it to go", || !ann.browser.exists(ROW));
    ann.drops("...Array.from({ length: 11 }, (_, at) => text(`${at}.txt`, String(at)))");
    ann.browser.wait_for_text(".composer .fault", "A message can have up to 10 photos and files.");
    ann.has_uploaded(10);
    let message = ann.sends_files(&server, 10);
    let names: Vec<&str> =
        message["files"].as_array().unwrap().iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(names[..3], ["0.txt", "1.txt", "2.txt"]);
    assert!(!ann.sees(".composer .fault"));
    // A picture of the page itself is none.
    ann.does("document.dispatchEvent(new DragEvent('dragstart', { bubbles: true })); dropped(carrying([text('a', 'b')]))");
    assert!(!ann.browser.exists(ROW));
    ann.has_a_quiet_console();
}

#[test]
fn an_upload_is_cancelled_on_the_way() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.uploads_at(20_000);
    ann.drops("text('long.txt', 'x'.repeat(2_000_000)), text('short.txt', 'short')");
    ann.browser.wait_until("progress", || {
        ann.browser.execute("return document.querySelector('.tray progress').value > 0", &json!([])) == true
    });
    ann.browser.click(".tray li:first-child .away");
    ann.uploads_at(-1);
    ann.has_uploaded(1);
    ann.browser.wait_for_text(ROW, "short.txt");
    ann.sends_files(&server, 1);
}

#[test]
fn what_is_sent_without_a_connection_waits_and_arrives_once() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.browser.offline(true);
    ann.drops("await photo('a.jpg', 300, 200)");
    ann.browser.wait_for_text(ROW, "Waiting for connection");
    assert!(ann.sees(".tray .retry"));
    ann.browser.type_text("#message", "late\n");
    ann.browser.wait_for_text(".outbox", "a.jpg");
    // Not before it has arrived: back and forth.
    ann.browser.click(".outbox button");
    ann.browser.wait_for_text(ROW, "a.jpg");
    assert_eq!(ann.draft("message"), "late");
    ann.browser.press("#message", "Enter");
    ann.browser.wait_for_text(".outbox", "late");
    ann.browser.offline(false);
    ann.has_sent_all();
    ann.sees_photos(1);
    ann.has_said(&server, "late", 1);
}

#[test]
fn what_was_chosen_outlives_a_reload_and_not_signing_out() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.drops("await photo('a.jpg', 300, 200), text('b.txt', 'words')");
    ann.has_uploaded(2);
    ann.browser.type_text(".tray .alt", "a lake");
    ann.uploads_at(1_000);
    ann.drops("text('c.txt', 'x'.repeat(100_000))");
    ann.browser.wait_until("the third", || ann.browser.find_all(ROW).len() == 3);
    ann.browser.wait_until("the browser to keep it", || ann.keeps_files() == 3);
    ann.reloads();
    ann.browser.wait_until("all of them", || ann.browser.find_all(ROW).len() == 3);
    ann.uploads_at(-1);
    assert_eq!(ann.browser.property(".tray .alt", "value"), "a lake");
    ann.has_uploaded(3);
    let message = ann.sends_files(&server, 3);
    assert_eq!(message["files"][0]["alt"], "a lake");
    // Sent, and the page is left before it is there.
    ann.uploads_at(1_000);
    ann.drops("text('d.txt', 'x'.repeat(100_000))");
    ann.browser.press("#message", "Enter");
    ann.browser.wait_for_text(".outbox", "Sending photos and files");
    ann.browser.wait_until("the browser to keep it", || ann.keeps_files() == 1);
    ann.reloads();
    ann.uploads_at(-1);
    ann.browser.wait_for_text(".files", "d.txt");
    ann.has_sent_all();
    ann.drops("text('e.txt', 'never')");
    ann.has_uploaded(1);
    assert_eq!(ann.keeps_files(), 1);
    ann.signs_out();
    ann.signs_in_with(PASSWORD);
    ann.opens("/chat");
    assert_eq!(ann.keeps_files(), 0);
    assert!(!ann.browser.exists(ROW));
    assert_eq!(ann.client(&server).all_messages().len(), 2);
}

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
fn what_one_sends_is_there_for_others_at_once_and_sound_plays_in_its_place() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    bob.registers();
    ann.drops("await photo('a.jpg', 900, 600), sound('song.wav')");
    ann.has_uploaded(2);
    ann.sends_files(&server, 2);
    bob.sees_photos(1);
    let length = "const sound = document.querySelector('.files audio'); sound.currentTime = 0.5; return [sound.duration, sound.currentTime]";
    bob.browser.wait_until("the sound", || bob.browser.execute(length, &json!([])) == json!([1, 0.5]));
    bob.browser.wait_for_text("[aria-live=polite]", "ann: Photo");
    // Gone for everyone, also from the screen.
    ann.client(&server).remove_message(ann.newest());
    bob.browser.wait_until("it to go", || !bob.browser.exists(".files"));
    bob.has_a_quiet_console();
}

#[test]
fn where_a_chat_takes_no_files_nothing_offers_it() {
    for scripts in [true, false] {
        let server = Server::with(|settings| settings.file_max = 0);
        let Some((_server, ann)) = server.with_browser_member("ann", scripts) else { return };
        for part in ["button.clip", ".chooser", ".gallery", "[enctype]"] {
            assert!(!ann.browser.exists(part) && !ann.at_composer(|browser| browser.exists(part)), "{part}");
        }
        ann.says("words");
        if scripts {
            ann.drops("text('a', 'b')");
            assert!(!ann.browser.exists(ROW));
        }
    }
}

#[test]
fn one_file_is_removed_from_ones_message_and_the_last_one_with_it() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    ann.drops("await photo('a.jpg', 90, 60), text('b.txt', 'words')");
    ann.has_uploaded(2);
    let message = ann.sends_files(&server, 2);
    let (id, place) = (ann.newest(), message["files"][0]["url"].as_str().unwrap().to_owned());
    bob.clone().send("HEAD", &place, "", b"").expect(200);
    let asks = || {
        ann.points_at(&format!("#m{id} .text"));
        ann.browser.click(&format!("#m{id} .more"));
        ann.browser.click(".actions [data-action=remove-file]");
        ann.browser.wait_for_text(&format!("#m{id} .files-removal"), "This removes it for everyone.");
    };
    asks();
    Keyboard(&ann.browser).press("Escape");
    assert!(!ann.browser.exists(".files-removal"));
    asks();
    ann.browser.click(".files-removal form button");
    ann.browser.wait_until("it to go", || !ann.browser.exists(&format!("#m{id} .photo")));
    ann.browser.wait_for_text(&format!("#m{id} .files"), "b.txt");
    bob.clone().send("HEAD", &place, "", b"").expect(404);
    asks();
    ann.browser.click(".files-removal form button");
    ann.browser.wait_until("the message to go", || ann.browser.exists(&format!("#m{id}[data-gone]")));
    assert!(bob.all_messages().is_empty());
    // Messages without files have none to remove, and others' are theirs.
    ann.says("words");
    let id = ann.newest();
    ann.points_at(&format!("#m{id} .text"));
    ann.browser.click(&format!("#m{id} .more"));
    assert!(ann.sees(".actions [data-action=delete]") && !ann.sees(".actions [data-action=remove-file]"));
    ann.has_a_quiet_console();
}

#[test]
fn without_scripts_the_form_sends_files_and_the_page_of_a_message_removes_them() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let home = TempDir::new();
    let path = home.file("the lake.png");
    ann.browser.screenshot(&path);
    for (width, phone) in [(1280, false), (360, true)] {
        ann.browser.resize(width, 740, phone);
        let chooser = ann.at_composer(|browser| {
            browser.execute("const box = document.querySelector('.chooser input').getBoundingClientRect(); return [box.bottom, innerHeight, box.right, innerWidth]", &json!([]))
        });
        let at = |n: usize| chooser[n].as_f64().unwrap();
        assert!(at(0) <= at(1) && at(2) <= at(3), "{chooser}");
    }
    ann.at_composer(|browser| {
        browser.type_text("input[name=file]", &path);
        browser.type_text("#message", "Look!");
    });
    ann.sends();
    ann.reads("Look!");
    ann.at_messages(|browser| {
        browser.wait_until("the photo", || {
            browser.execute("return document.querySelector('.photo img')?.naturalWidth", &json!([])) == 1280
        });
    });
    let message = ann.client(&server).all_messages().pop().unwrap();
    ann.opens(&format!("/messages/{}/about", message["id"]));
    ann.browser.wait_for_text(".files-removal", "Remove \u{2068}the lake.png\u{2069}");
    ann.turns_page(|browser| browser.click(".files-removal form button"));
    let message = ann.client(&server).all_messages().pop().unwrap();
    assert_eq!((&message["text"], message["files"].as_array().map_or(0, Vec::len)), (&json!("Look!"), 0));
    ann.has_a_quiet_console();
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

#[test]
fn photos_and_files_look_well_everywhere() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let inspector = Inspector::new();
    let mut faults = Vec::new();
    ann.drops("await photo('holiday at the lake.jpg', 3000, 2000), await photo('b.jpg', 300, 1700), text(`${'long '.repeat(30)}.pdf`, 'x')");
    ann.has_uploaded(3);
    faults.extend(inspector.inspect(&ann, "the tray"));
    ann.browser.resize(1280, 800, false);
    ann.sends_files(&server, 3);
    ann.drops("await photo('panorama.jpg', 2000, 200)");
    ann.has_uploaded(1);
    ann.sends_files(&server, 1);
    faults.extend(inspector.inspect(&ann, "a room with photos"));
    ann.browser.resize(1280, 800, false);
    ann.browser.click(".photo");
    ann.browser.wait_until("the photo", || ann.sees(".lightbox img"));
    faults.extend(inspector.inspect(&ann, "a photo"));
    ann.browser.resize(1280, 800, false);
    ann.opens("/chat/files");
    faults.extend(inspector.inspect(&ann, "the files of a room"));
    // As it is in its frame, where scripts do not run.
    ann.browser.goto(&ann.url("/chat/compose"));
    ann.browser.wait_for_text(".frame .chooser", "Photos and files");
    faults.extend(inspector.inspect(&ann, "the form without scripts"));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
