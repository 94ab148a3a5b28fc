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

fn ready(node: &Process) {
    wait_until("a node to be ready", || node.visitor().get("/readyz").status == 200);
}

#[test]
fn two_browsers_talk_while_one_part_after_the_other_fails() {
    let Some(servers) = PrimaryAndStandby::start() else { return };
    let lines = [&servers.primary, &servers.standby].map(|server| TcpProxy::to(server.address));
    let urls = [servers.url(), format!("postgres://snug@{},{}/chat", lines[0].address, lines[1].address)];
    let ports = [ReservedPort::port(), ReservedPort::port()];
    let start =
        |n: usize| Process::start(node_command(&urls[n], &["--listen", &ports[n].address.to_string()]));
    let mut nodes = [start(0), start(1)];
    let caddy = readme_lines("chat.example.org {\n    reverse_proxy node1:8080");
    let caddy = caddy.replace("node1:8080", &ports[0].address.to_string());
    let Some(proxy) = RealProxy::caddy(&caddy.replace("node2:8080", &ports[1].address.to_string())) else {
        return;
    };
    let home = format!("http://{}", proxy.address());
    wait_until("a node", || Client::at(proxy.address()).get("/readyz").status == 200);
    let mut people = Vec::new();
    for name in ["ann", "bob"] {
        let Some(browser) = Browser::start(BrowserOptions { await_load: false, ..BrowserOptions::default() })
        else {
            return;
        };
        let person = BrowserUser::sits_at(browser, name, home.clone());
        person.takes_over_from(&Client::at(proxy.address()).into_member(name));
        person.opens("/chat");
        person.settles();
        people.push(person);
    }
    let people: [BrowserUser; 2] = people.try_into().ok().expect("two of them");
    they_talk(&people, "all is well");

    for n in 0..2 {
        let [first, second] = nodes;
        let [gone, kept] = if n == 0 { [first, second] } else { [second, first] };
        assert_calm(&gone.kill());
        they_talk(&people, &format!("without node {n}"));
        let back = start(n);
        ready(&back);
        nodes = if n == 0 { [back, kept] } else { [kept, back] };
    }

    lines.iter().for_each(TcpProxy::freeze);
    they_talk(&people, "a node is cut off");
    lines.iter().for_each(TcpProxy::mend);
    ready(&nodes[1]);
    they_talk(&people, "it is back");

    servers.primary.kill();
    servers.standby.promote();
    they_talk(&people, "another primary");

    let heard = people.each_ref().map(BrowserUser::heard);
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[0].len(), 12);
    assert!(heard[0].is_sorted_by(|one, next| one < next), "{heard:?}");
    people.iter().for_each(BrowserUser::has_stayed);
    for node in &nodes {
        assert_calm(&node.log());
    }
}
