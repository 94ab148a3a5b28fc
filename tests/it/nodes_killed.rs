//! Nodes come and go while people talk by all of them: what was acknowledged is there once, in one order, and no
//! stream misses anything.

use crate::prelude::*;

const STREAMS: usize = 100;

#[test]
fn who_talks_by_a_node_that_is_killed_goes_on_by_another() {
    let Some(database) = Database::shared() else { return };
    let mut nodes = Nodes::start(&database.url(), 3);
    let balancer = nodes.balancer.address;
    let mut crowd = Crowd::join(balancer);
    crowd.talk_through(balancer, STREAMS, |progress| {
        progress.more(200);
        // The balancer has to find out by itself.
        assert_calm(&nodes.running.remove(0).kill());
        progress.more(200);
        nodes.add();
        progress.more(200);
    });
    crowd.assert_all_there(&nodes);
}

#[test]
fn nodes_are_replaced_one_after_the_other_while_people_talk() {
    let Some(database) = Database::shared() else { return };
    let mut nodes = Nodes::start(&database.url(), 2);
    let balancer = nodes.balancer.address;
    let mut crowd = Crowd::join(balancer);
    crowd.talk_through(balancer, CLIENTS, |progress| {
        for _ in 0..2 {
            progress.more(100);
            let old = nodes.running.remove(0);
            // A new one is there before the old one goes.
            nodes.add();
            old.end_by("-TERM");
        }
        progress.more(100);
    });
    crowd.assert_all_there(&nodes);
}

#[test]
fn a_node_that_is_cut_off_while_people_talk_comes_back_by_itself() {
    let Some(database) = Database::shared() else { return };
    let line = TcpProxy::to(database.address());
    let cut_off = Process::start(node_command(&database.url_through(line.address), &[]));
    let well = Process::start(node_command(&database.url(), &[]));
    let nodes = Nodes::before(vec![cut_off, well], &database.url());
    let balancer = nodes.balancer.address;
    let mut crowd = Crowd::join(balancer);
    crowd.talk_through(balancer, CLIENTS, |progress| {
        for break_line in [TcpProxy::cut, TcpProxy::freeze] {
            progress.more(100);
            break_line(&line);
            progress.more(100);
            line.mend();
            let health = Client::at(nodes.running[0].address);
            wait_until("it to be ready again", || health.clone().get("/readyz").status == 200);
        }
        progress.more(100);
    });
    crowd.assert_all_there(&nodes);
}
