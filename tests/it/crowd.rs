//! Many at once.

use std::sync::Barrier;

use crate::prelude::*;

const THREADS: usize = 16;
const MESSAGES: usize = 10;

#[test]
fn of_sixteen_who_want_one_name_exactly_one_gets_it() {
    let server = Server::open();
    let start = Barrier::new(THREADS);
    let spellings = ["Zoë", "zoë", "ZOË", "Zoe\u{308}"];
    let tries: Vec<_> = thread::scope(|scope| {
        let tries: Vec<_> = (0..THREADS)
            .map(|n| {
                let (start, mut client) = (&start, server.visitor());
                scope.spawn(move || {
                    let (name, password) = (spellings[n % 4], format!("password {n}"));
                    start.wait();
                    let status = client.register(name, &password).status;
                    (status, client, name, password)
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (winners, losers): (Vec<_>, Vec<_>) = tries.into_iter().partition(|(status, ..)| *status == 303);
    assert_eq!(winners.len(), 1);
    for (status, client, ..) in &losers {
        assert_eq!((*status, &client.cookie), (409, &None));
    }
    let (_, mut winner, name, password) = winners.into_iter().next().unwrap();
    let shown = name.replace("e\u{308}", "\u{eb}");
    let page = winner.get("/chat").body;
    page.shows(format!("<bdi>{shown}</bdi>"));
    server.visitor().login("zoë", &password).expect(303);
    let (.., other) = &losers[0];
    server.visitor().login("zoë", other).expect(401);
}

#[test]
fn all_that_sixteen_say_at_once_is_kept_in_one_order() {
    let server = Server::open();
    let authors: Vec<String> = (0..THREADS).map(|n| format!("author{n}")).collect();
    let members: Vec<_> = authors.iter().map(|name| server.member(name)).collect();
    let start = Barrier::new(THREADS);
    let acknowledged: Vec<Vec<u64>> = thread::scope(|scope| {
        let writers: Vec<_> = members
            .iter()
            .map(|member| {
                let (start, mut client) = (&start, member.clone().json());
                scope.spawn(move || {
                    start.wait();
                    let ids = (0..MESSAGES).map(|n| {
                        let answer = client.say(&n.to_string()).expect(201);
                        answer.value()["id"].as_u64().unwrap()
                    });
                    ids.collect()
                })
            })
            .collect();
        writers.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let seen = members[0].all_messages();
    assert_eq!(seen.len(), THREADS * MESSAGES);
    let ids: Vec<_> = seen.iter().map(|one| one["id"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    for (author, acknowledged) in authors.iter().zip(acknowledged) {
        let own: Vec<_> = seen
            .iter()
            .filter(|message| message["author"] == **author)
            .map(|message| (message["text"].as_str().unwrap(), message["id"].as_u64()))
            .collect();
        let numbers: Vec<String> = (0..MESSAGES).map(|n| n.to_string()).collect();
        let expected: Vec<_> =
            numbers.iter().zip(acknowledged).map(|(text, id)| (&**text, Some(id))).collect();
        assert_eq!(own, expected, "{author}");
    }
}
