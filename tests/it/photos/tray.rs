//! What one chose to send, until it is sent.

use super::ROW;
use crate::prelude::*;

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
    // On the way already: it begins anew.
    ann.uploads_at(20_000);
    ann.drops("await photo('b.jpg', 3000, 2000)");
    ann.browser.click(".tray .original");
    ann.uploads_at(-1);
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
fn a_large_file_goes_on_where_it_stopped() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    // Its second piece is lost.
    ann.browser.execute(
        "window.pieces = [];
         const { open, send } = XMLHttpRequest.prototype;
         XMLHttpRequest.prototype.open = function (method, url) {
           this.isPiece = method === 'PATCH';
           open.call(this, method, url);
         };
         XMLHttpRequest.prototype.send = function (body) {
           if (this.isPiece && pieces.push(body.size) === 2) return void this.onloadend();
           send.call(this, body);
         };",
        &json!([]),
    );
    ann.drops("text('long.txt', 'x'.repeat(3 * 1024 * 1024 + 5))");
    ann.has_uploaded(1);
    let mib = 1 << 20;
    let pieces = ann.browser.execute("return window.pieces", &json!([]));
    assert_eq!(pieces, json!([mib, mib, mib, mib, 5]));
    let message = ann.sends_files(&server, 1);
    let file = &message["files"][0];
    assert_eq!([&file["name"], &file["size"]], [&json!("long.txt"), &json!(3 * mib + 5)]);
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
#[cfg(feature = "sqlite")]
fn a_file_for_which_a_members_share_is_too_small_waits_in_the_tray_until_there_is_room() {
    let home = TempDir::new();
    let server =
        Server::with(|settings| (settings.data, settings.files_total) = (Some(home.data_path().into()), 1));
    let Some((server, ann)) = server.with_browser_member("ann", true) else { return };
    ann.drops("text('first.txt', 'x'.repeat(400 * 1024))");
    ann.has_uploaded(1);
    let first = ann.sends_files(&server, 1)["id"].as_u64().unwrap();
    ann.browser.type_text("#message", "precious");
    ann.drops("text('second.txt', 'x'.repeat(200 * 1024))");
    ann.browser.wait_for_text(
        ".tray .problem",
        "There is no room for this. Your files take up 400 kB of your share of 512 kB. Delete some to make room.",
    );
    ann.client(&server).remove_message(first);
    ann.browser.click(".tray .retry");
    ann.has_uploaded(1);
    assert_eq!(ann.sends_files(&server, 1)["text"], "precious");
}
