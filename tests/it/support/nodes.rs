//! Several nodes of one chat, each a process of its own, behind a balancer.

use std::path::Path;
use std::process::Command;

use super::{
    Client, PostedMessage, Process, RealProxy, ReservedPort, TcpProxy, history, readme_lines, serve_command,
    wait_until,
};

/// Nodes on one database. Whoever comes to the balancer gets to another node with each connection.
pub(crate) struct Nodes {
    url: String,
    pub(crate) running: Vec<Process>,
    pub(crate) balancer: TcpProxy,
}

/// A node of the chat at this address.
pub(crate) fn node_command(url: &str, flags: &[&str]) -> Command {
    let own = ["--search-rate", "0", "--sign-in-rate", "0"];
    serve_command(Path::new(url), &[&own, flags].concat())
}

impl Nodes {
    pub(crate) fn start(url: &str, count: usize) -> Self {
        Self::before((0..count).map(|_| Process::start(node_command(url, &[]))).collect(), url)
    }

    /// A balancer before these nodes; those that come later find their chat at this address.
    pub(crate) fn before(running: Vec<Process>, url: &str) -> Self {
        let balancer = TcpProxy::among(Vec::new());
        let nodes = Self { url: url.into(), running, balancer };
        nodes.balance();
        nodes
    }

    /// The balancer hears of those that run now.
    pub(crate) fn balance(&self) {
        self.balancer.lead_to(self.running.iter().map(|node| node.address).collect());
    }

    /// One more node.
    pub(crate) fn add(&mut self) {
        self.running.push(Process::start(node_command(&self.url, &[])));
        self.balance();
    }

    pub(crate) fn visitor(&self) -> Client {
        Client::at(self.balancer.address)
    }

    /// A new member, signed in.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> Client {
        self.visitor().into_member(name)
    }

    #[track_caller]
    pub(crate) fn members<const N: usize>(&self, names: [&str; N]) -> [Client; N] {
        names.map(|name| self.member(name))
    }

    /// The same browser at each node.
    pub(crate) fn at_each(&self, client: &Client) -> Vec<Client> {
        self.running.iter().map(|node| client.clone().moved_to(node.address)).collect()
    }

    /// What all nodes have, which has to become the same.
    #[track_caller]
    pub(crate) fn history(&self, reader: &Client) -> Vec<PostedMessage> {
        let mut found = Vec::new();
        wait_until("all nodes to have the same", || {
            let of_each: Vec<_> = self.at_each(reader).iter().map(history).collect();
            let agree =
                of_each.windows(2).all(|two| two[0] == two[1]) && of_each.iter().all(|(_, whole)| *whole);
            found = of_each.into_iter().next().unwrap().0;
            agree
        });
        found
    }

    /// That nothing went wrong inside any of them.
    pub(crate) fn assert_calm(&self) {
        self.running.iter().for_each(|node| super::assert_calm(&node.log()));
    }
}

/// Two nodes behind Caddy by the README's lines, each on a port of its own, also when it starts again.
pub(crate) struct NodesBehindCaddy {
    urls: [String; 2],
    ports: [ReservedPort; 2],
    running: [Option<Process>; 2],
    proxy: RealProxy,
}

impl NodesBehindCaddy {
    /// Nodes of the chat at these addresses. Without Caddy there are none.
    pub(crate) fn start(urls: [String; 2]) -> Option<Self> {
        let ports = [ReservedPort::port(), ReservedPort::port()];
        let [one, two] = ports.each_ref().map(|port| port.address.to_string());
        let lines = readme_lines("chat.example.org {\n    reverse_proxy node1:8080");
        let proxy = RealProxy::caddy(&lines.replace("node1:8080", &one).replace("node2:8080", &two))?;
        let mut nodes = Self { urls, ports, running: [None, None], proxy };
        (0..2).for_each(|n| nodes.starts(n));
        wait_until("a way to a node", || nodes.visitor().get("/readyz").status == 200);
        Some(nodes)
    }

    /// Waits until it is ready.
    pub(crate) fn starts(&mut self, n: usize) {
        let listen = ["--listen", &self.ports[n].address.to_string()];
        self.running[n] = Some(Process::start(node_command(&self.urls[n], &listen)));
        self.is_ready(n);
    }

    pub(crate) fn is_ready(&self, n: usize) {
        wait_until("a node to be ready", || self.node(n).visitor().get("/readyz").status == 200);
    }

    pub(crate) fn kill(&mut self, n: usize) {
        super::assert_calm(&self.running[n].take().expect("it runs").kill());
    }

    pub(crate) fn node(&self, n: usize) -> &Process {
        self.running[n].as_ref().expect("it runs")
    }

    /// A visitor of the proxy.
    pub(crate) fn visitor(&self) -> Client {
        Client::at(self.proxy.address())
    }

    /// That nothing went wrong inside any of them.
    pub(crate) fn assert_calm(&self) {
        self.running.iter().flatten().for_each(|node| super::assert_calm(&node.log()));
    }
}
