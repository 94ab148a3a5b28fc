//! How nodes begin: on an empty database at once, with one first owner, and on clocks that differ.

use chrono::DateTime;
use snug::chat::Timestamp;

use crate::prelude::*;

/// Others may reach it, so the first one needs a code.
const EXPOSED: [&str; 2] = ["--trust-proxy", "127.0.0.1"];

fn first_code(node: &Process) -> String {
    let code = node.rest_of_the_opening().find_map(|line| Some(line.split_once("code: ")?.1.to_owned()));
    code.expect("a code")
}

#[test]
fn two_nodes_start_on_an_empty_database_at_once_and_have_one_first_owner() {
    let Some(database) = Database::shared() else { return };
    let nodes = thread::scope(|scope| {
        let start = || Process::start(node_command(&database.url(), &EXPOSED));
        [(); 2].map(|()| scope.spawn(start)).map(|node| node.join().unwrap())
    });
    let codes = nodes.each_ref().map(first_code);
    assert_eq!(codes[0], codes[1], "one code");
    for node in &nodes {
        node.visitor().register("eve", PASSWORD).expect(403);
    }
    // Both use it at the same time.
    let tries = thread::scope(|scope| {
        let register = |node: &Process, name: &str| {
            let mut client = node.visitor();
            let fields = [("username", name), ("password", PASSWORD), ("code", &*codes[0])];
            (client.post("/register", &fields).status, client)
        };
        let tries = [(&nodes[0], "ann"), (&nodes[1], "bob")];
        tries.map(|(node, name)| scope.spawn(move || register(node, name))).map(|one| one.join().unwrap())
    });
    let owners = tries.iter().filter(|(_, client)| client.clone().get("/owner").status == 200).count();
    assert_eq!(owners, 1, "{:?}", tries.each_ref().map(|(status, _)| status));
    // And a node that starts later asks for none.
    let later = Process::start(node_command(&database.url(), &EXPOSED));
    assert!(later.rest_of_the_opening().all(|line| !line.contains("code: ")));
    for node in &nodes {
        assert_calm(&node.log());
    }
}

#[test]
fn a_node_whose_clock_is_an_hour_off_takes_the_time_of_the_others() {
    let Some(database) = Database::shared() else { return };
    let preload = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    let preload = [preload, "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    let Some(preload) = preload else { return skip("faketime is not installed") };
    let fast = {
        let mut command = node_command(&database.url(), &[]);
        command.envs([("LD_PRELOAD", preload), ("FAKETIME", "+1h"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")]);
        Process::start(command)
    };
    let right = Process::start(node_command(&database.url(), &[]));
    let nodes = Nodes::before(vec![fast, right], &database.url());
    let [ann, bob] = nodes.members(["ann", "bob"]);
    let now = || Timestamp::now().0;
    let start = now();
    for n in 0..6 {
        ann.say_at("/chat", &format!("message {n}"));
    }
    let end = now();
    for client in nodes.at_each(&bob) {
        wait_until("all of them", || client.messages_at("/chat").len() == 6);
        let times: Vec<i64> =
            client.messages_at("/chat").iter().map(|message| unix_millis(&message["at"])).collect();
        // The offset is measured within the time that a question takes.
        let about = start - 2_000..end + 2_000;
        assert!(times.len() == 6 && times.iter().all(|time| about.contains(time)), "{about:?}: {times:?}");
        assert!(client.clone().is_in());
    }
}

/// What JSON says of a time.
fn unix_millis(at: &Value) -> i64 {
    DateTime::parse_from_rfc3339(at.as_str().expect("a time")).unwrap().timestamp_millis()
}
