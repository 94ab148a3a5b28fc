//! What no event tells of is on the next page all the same.

use crate::prelude::*;

fn page(client: &Client) -> String {
    let page = || client.clone().get("/chat").expect(200).body;
    // The second one is kept, if any is.
    let (first, second) = (page(), page());
    assert_ne!(first, second, "each has a nonce of its own");
    second
}

#[test]
fn who_came_and_who_left() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let both = || page(&ann).contains("Online: ann, bob");
    assert!(!both());
    let stream = Stream::open(&bob, "/events");
    wait_until("bob to be online", both);
    drop(stream);
    wait_until("bob to be gone", || !both());
}

#[test]
fn a_new_year() {
    const A_MINUTE_BEFORE: i64 = 1_798_741_740_000; // 2026-12-31 23:59 in India
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    for (minutes, year) in [(0, "© 2026"), (1, "© 2027"), (0, "© 2026")] {
        server.standing.store(A_MINUTE_BEFORE + minutes * 60_000, Ordering::SeqCst);
        assert!(page(&ann).contains(year), "{year}");
    }
}
