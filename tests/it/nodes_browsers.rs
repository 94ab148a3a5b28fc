//! Two browsers talk while one part after the other fails: each message is there once, and no page is loaded again.

use crate::prelude::*;

/// Each says something, and the other reads it.
fn they_talk(people: &[BrowserUser; 2], about: &str) {
    let [ann, bob] = people;
    for (n, (one, other)) in [(ann, bob), (bob, ann)].into_iter().enumerate() {
        let text = format!("{about} {n}");
        one.says(&text);
        other.reads(&text);
    }
}

#[test]
fn two_browsers_talk_while_one_part_after_the_other_fails() {
    let Some(servers) = PrimaryAndStandby::start() else { return };
    let lines = [&servers.primary, &servers.standby].map(|server| TcpProxy::to(server.address));
    let urls = [servers.url(), format!("postgres://snug@{},{}/chat", lines[0].address, lines[1].address)];
    let Some(mut nodes) = NodesBehindCaddy::start(urls) else { return };
    let mut people = Vec::new();
    for name in ["ann", "bob"] {
        let client = nodes.visitor().into_member(name);
        let Some(person) = BrowserUser::follows_from(&client, name, true) else { return };
        person.settles();
        people.push(person);
    }
    let people: [BrowserUser; 2] = people.try_into().ok().expect("two of them");
    they_talk(&people, "all is well");

    for n in 0..2 {
        nodes.kill(n);
        they_talk(&people, &format!("without node {n}"));
        nodes.starts(n);
    }

    lines.iter().for_each(TcpProxy::freeze);
    they_talk(&people, "a node is cut off");
    lines.iter().for_each(TcpProxy::mend);
    nodes.is_ready(1);
    they_talk(&people, "it is back");

    servers.primary.kill();
    servers.standby.promote();
    they_talk(&people, "another primary");

    let heard = people.each_ref().map(BrowserUser::heard);
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[0].len(), 12);
    assert!(heard[0].is_sorted_by(|one, next| one < next), "{heard:?}");
    people.iter().for_each(BrowserUser::has_stayed);
    nodes.assert_calm();
}

#[test]
fn without_scripts_a_room_goes_on_by_itself_at_another_node() {
    let Some(database) = Database::shared() else { return };
    let Some(mut nodes) = NodesBehindCaddy::start([database.url(), database.url()]) else { return };
    let [ann, bob] = ["ann", "bob"].map(|name| nodes.visitor().into_member(name));
    let Some(bob) = BrowserUser::follows_from(&bob, "bob", false) else { return };
    let mut said = Vec::new();
    for n in 0..2 {
        nodes.kill(n);
        let ann = ann.clone().moved_to(nodes.node(1 - n).address);
        for _ in 0..2 {
            let text = format!("message {}", said.len());
            said.push(ann.say_at("/chat", &text));
            bob.reads(&text);
        }
        nodes.starts(n);
    }
    assert_eq!(bob.heard(), said);
    bob.says("I could read it all");
    nodes.assert_calm();
}
