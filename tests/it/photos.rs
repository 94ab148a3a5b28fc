//! Photos and files in the room, for people at their browsers.

mod shown;
mod tray;

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
