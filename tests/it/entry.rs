//! Coming in and going out.

use crate::house::{House, PASSWORD};

#[test]
fn somebody_registers_talks_and_leaves() {
    let house = House::open();
    let mut ann = house.visitor();
    assert_eq!(ann.get("/").location(), "/login");
    let answer = ann.register("ann", PASSWORD);
    assert_eq!((answer.status, answer.location()), (303, "/chat"));
    assert_eq!(ann.get("/").location(), "/chat");
    assert_eq!(ann.say("hello").location(), "/chat");
    assert!(ann.get("/chat").body.contains("hello"));
    assert!(ann.get("/logout").body.contains("Sign out"));
    let cookie = ann.cookie.clone();
    assert_eq!(ann.post("/logout", &[]).location(), "/login");
    assert_eq!(ann.cookie, None, "the browser forgets");
    ann.cookie = cookie;
    assert_eq!(ann.get("/chat").location(), "/login?next=%2Fchat", "the server forgets as well");
}
