//! Pages are read in one moment.

use super::App;
use super::request::Request;
use super::routes::answer;
use crate::chat::{
    Body, Device, GUARDS_TAKEN, MemberId, MemoryLog, Naming, NewMessage, NewRoom, NewSession, PasswordHash,
    RoomId, RoomName, Timestamp, Topic, Username,
};
use crate::secrets::SecretToken;
use crate::settings::Settings;
use tiny_http::{Header, TestRequest};

/// Registers a member; returns the cookie of their session.
fn register(app: &App, name: &str) -> (MemberId, String) {
    let token = SecretToken::draw();
    let session =
        NewSession { digest: token.digest(), device: Device::default(), former: None, known_by: None };
    let (name, password) = (Username::parse(name).unwrap(), PasswordHash("".into()));
    let member = app.chat.register(name, password, session, Timestamp::now()).unwrap();
    let request = Request::of(&TestRequest::new().into(), None, Timestamp::now(), app.site.zone);
    let cookie = app.cookies.set(&request, token.as_str());
    (member, cookie.split(';').next().unwrap().to_owned())
}

/// So that what it shows is of one moment.
#[test]
fn a_page_reads_the_state_once() {
    let app = App::new(&Settings::default(), Box::<MemoryLog>::default()).unwrap();
    let ((ann, cookie), (bob, _), now) = (register(&app, "ann"), register(&app, "bob"), Timestamp::now());
    let naming = Naming { name: RoomName::parse("Garden").unwrap(), topic: Topic::parse("").unwrap() };
    let garden = app.chat.open_room(ann, NewRoom { naming, open: true, known: None }, now).unwrap();
    let say = |room| {
        let message = NewMessage {
            author: bob,
            body: Body::parse("hello").unwrap(),
            files: Vec::new(),
            answers: None,
            online: Vec::new(),
            nonce: None,
        };
        app.chat.post(room, message, now).unwrap()
    };
    let said = say(RoomId::SHARED);
    for path in [
        "/chat",
        "/chat?latest",
        "/chat/files",
        "/chat/pins",
        &format!("/chat?at={said}"),
        &format!("/rooms/{}", garden.0),
        &format!("/rooms/{}/about", garden.0),
        "/people/bob",
        "/people/bob/about",
        "/people",
        "/rooms",
        "/search",
        "/sidebar",
        "/me",
        "/owner/removed",
    ] {
        let request = TestRequest::new().with_path(path);
        let request = request.with_header(Header::from_bytes("Cookie", cookie.as_str()).unwrap());
        let request = request.with_header(Header::from_bytes("Host", "localhost").unwrap());
        let before = GUARDS_TAKEN.get();
        let reply = answer(&app, &request.into(), None).into_response();
        assert_eq!(reply.status_code().0, 200, "{path}");
        assert_eq!(GUARDS_TAKEN.get() - before, 2, "{path}: to know the visitor, and for the page");
    }
}
