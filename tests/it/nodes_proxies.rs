//! Nodes behind nginx and Caddy by the README's lines: no stickiness, one that fails is passed over, and where none is
//! ready the chat's own pages go on.

use crate::prelude::*;

/// A balancer before these nodes; none, where its program is not there.
type Balancer = fn(&[Process; 2]) -> Option<RealProxy>;
/// Within this, a balancer has noticed that no node is ready; it asks each 2 seconds.
const NOTICED: Duration = Duration::from_secs(6);

fn caddy(nodes: &[Process; 2]) -> Option<RealProxy> {
    RealProxy::caddy(&with(nodes, &readme_lines("chat.example.org {\n    reverse_proxy node1:8080")))
}

fn nginx(nodes: &[Process; 2]) -> Option<RealProxy> {
    let location = readme_lines("location / {");
    let changed = readme_lines("proxy_pass http://snug;");
    let location = location.replace(&format!("proxy_pass http://{README_CHAT};"), &changed);
    RealProxy::nginx(&with(nodes, &readme_lines("upstream snug {")), &location)
}

/// The README's lines with these nodes.
fn with(nodes: &[Process; 2], lines: &str) -> String {
    let [one, two] = nodes.each_ref().map(|node| node.address.to_string());
    lines.replace("node1:8080", &one).replace("node2:8080", &two)
}

/// Two that are ready, so that a balancer finds them so when it starts.
fn nodes_at(url: &str) -> [Process; 2] {
    let nodes = [(); 2].map(|()| Process::start(node_command(url, &[])));
    for node in &nodes {
        wait_until("it is ready", || Client::at(node.address).get("/readyz").status == 200);
    }
    nodes
}

/// What a visitor sees while one of the nodes is killed.
fn nobody_sees_a_node_go(balancer: Balancer) {
    let Some(database) = Database::shared() else { return };
    let mut nodes = nodes_at(&database.url());
    let Some(proxy) = balancer(&nodes) else { return };
    let visitor = || Client::at(proxy.address());
    wait_until("a node", || visitor().get("/readyz").status == 200);
    let mut ann = visitor().into_member("ann").json();
    let bob = visitor().into_member("bob");
    let mut said: Vec<String> = Vec::new();
    // Gives how often a message was refused.
    let mut says = |ann: &mut Client| {
        let mut refused = 0;
        for _ in 0..6 {
            let text = format!("message-{}", said.len());
            // As browsers do: what may not have arrived on a connection that ended is sent again.
            let fields = [("message", &*text), ("nonce", &*text)];
            wait_until("it is kept", || {
                let kept = ann.post("/chat", &fields).status == 201;
                refused += usize::from(!kept);
                kept
            });
            said.push(text);
            // Not after each: then one node would hear all messages, and the other all questions.
            if said.len().is_multiple_of(2) {
                assert_eq!(ann.texts(), said);
            }
        }
        refused
    };
    assert_eq!(says(&mut ann), 0);
    let first = bob.messages_at("/chat")[0]["id"].as_u64().unwrap();
    // At each node one.
    let streams = [(); 2].map(|()| Stream::resume(&bob, "/events", first));
    nodes[0].signal("-KILL");
    assert!(!nodes[0].ends_well_within(STOP));
    // It is found out by a message that is not answered, and the other node goes on taking them.
    let refused = says(&mut ann);
    assert!(refused <= 1, "{refused} were refused");
    let newest = ann.messages_at("/chat").last().unwrap()["id"].as_u64().unwrap();
    for mut stream in streams {
        let mut heard = stream.ids_until(newest);
        if heard.last() != Some(&newest) {
            let last = heard.last().copied().unwrap_or(first);
            heard.extend(Stream::resume(&bob, "/events", last).ids_until(newest));
        }
        assert_eq!(heard.len(), 11, "{heard:?}");
    }
}

/// What a visitor sees while no node reaches the database.
fn the_chat_speaks_for_itself_without_its_database(balancer: Balancer) {
    let Some(database) = Database::shared() else { return };
    let line = TcpProxy::to(database.address());
    let nodes = nodes_at(&database.url_through(line.address));
    let Some(proxy) = balancer(&nodes) else { return };
    let visitor = || Client::at(proxy.address());
    wait_until("a node", || visitor().get("/readyz").status == 200);
    let ann = visitor().into_member("ann");
    let status = |node: &Process, path: &str| ann.clone().moved_to(node.address).get(path).status;
    wait_until("both to know her", || nodes.iter().all(|node| status(node, "/chat") == 200));
    line.freeze();
    wait_until("none to be ready", || nodes.iter().all(|node| status(node, "/readyz") == 503));
    let start = Instant::now();
    while start.elapsed() < NOTICED {
        ann.clone().get("/chat").expect(200);
        let page = ann.clone().get("/search?q=kite").expect(503);
        assert!(page.body.contains("database"), "{}", page.body);
        let told = ann.clone().json().say("hello").expect(503).value();
        assert_eq!(told["error"], "cut_off");
        thread::sleep(Duration::from_millis(100));
    }
    line.mend();
    wait_until("all to be well", || ann.clone().say("hello").status == 303);
}

#[test]
fn caddy_passes_over_a_node_that_fails() {
    nobody_sees_a_node_go(caddy);
}

#[test]
fn nginx_passes_over_a_node_that_fails() {
    nobody_sees_a_node_go(nginx);
}

#[test]
fn behind_caddy_the_chat_speaks_for_itself_without_its_database() {
    the_chat_speaks_for_itself_without_its_database(caddy);
}

#[test]
fn behind_nginx_the_chat_speaks_for_itself_without_its_database() {
    the_chat_speaks_for_itself_without_its_database(nginx);
}
