//! A bug in one request is that request's alone.

use snug::Server;
use snug::chat::{MemoryLog, PasswordHash};
use snug::fair::Overloaded;
use snug::secrets::{Argon2id, Hasher, Password};
use snug::web::App;

use crate::prelude::*;

/// Hashes well, and breaks when it is to compare.
struct Buggy(Argon2id);

impl Hasher for Buggy {
    fn hash(&self, password: &Password) -> Result<PasswordHash, Overloaded> {
        self.0.hash(password)
    }

    fn verify(&self, _: &Password, _: &PasswordHash) -> Result<bool, Overloaded> {
        panic!("a bug, for this story")
    }

    fn decoy(&self) -> PasswordHash {
        self.0.decoy()
    }
}

#[test]
fn a_panic_is_one_500_with_a_number_and_the_chat_goes_on() {
    let settings = Settings::default();
    let (journal, hasher) = (Box::<MemoryLog>::default(), Box::new(Buggy(Argon2id::new(7))));
    let app = App::with(&settings, journal, hasher, Limits::default()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(listener, app, snug::door_limits(&settings).unwrap()).unwrap();
    let mut ann = Client::at(server.address());
    ann.register("ann", PASSWORD).expect(303);
    // More than may hash at once: a turn that ended in a panic is given back.
    for _ in 0..5 {
        let answer = Client::at(server.address()).login("ann", PASSWORD).expect(500);
        let number = answer.body.split("the number ").nth(1).unwrap_or_default();
        assert!(number.len() > 8 && !answer.body.contains("bug"), "{}", answer.body);
    }
    ann.say("still here").expect(303);
    assert_eq!(ann.texts(), ["still here"]);
    server.stop();
}
