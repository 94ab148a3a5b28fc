//! Several nodes of one chat, each a process of its own, behind a balancer.

use std::path::Path;
use std::process::Command;

use super::{Client, PostedMessage, Process, TcpProxy, history, serve_command, wait_until};

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
