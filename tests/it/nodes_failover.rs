//! The primary fails while people talk by three nodes, and a standby takes over: a pause, and nothing is lost, doubled
//! or in another order for anyone.

use crate::prelude::*;

const NODES: usize = 3;
const STREAMS: usize = 20;

/// Three nodes whose people talk until `trouble` is over and mended. All that was acknowledged is there then, once and
/// the same for all; for a node that starts now as well.
fn while_people_talk(servers: &PrimaryAndStandby, trouble: impl FnOnce(&Progress)) {
    let mut nodes = Nodes::start(&servers.url(), NODES);
    let balancer = nodes.balancer.address;
    let mut crowd = Crowd::join(balancer);
    crowd.talk_through(balancer, STREAMS, |progress| {
        progress.more(200);
        trouble(progress);
        progress.more(200);
    });
    nodes.add();
    crowd.assert_all_there(&nodes);
}

#[test]
fn the_primary_is_killed_and_its_standby_promoted() {
    let Some(servers) = PrimaryAndStandby::start() else { return };
    while_people_talk(&servers, |_| {
        servers.primary.kill();
        servers.standby.promote();
    });
}

#[test]
fn the_primary_is_killed_and_starts_again() {
    let Some(servers) = PrimaryAndStandby::start() else { return };
    while_people_talk(&servers, |_| {
        servers.primary.kill();
        servers.primary.restart();
    });
}

#[test]
fn the_primary_hangs_its_standby_is_promoted_and_then_it_wakes() {
    let Some(servers) = PrimaryAndStandby::start() else { return };
    while_people_talk(&servers, |progress| {
        servers.primary.freeze();
        servers.standby.promote();
        progress.more(200);
        // It still takes itself for the primary.
        servers.primary.thaw();
    });
}

#[test]
fn a_standby_hangs_and_whoever_posts_is_told_until_it_is_back() {
    let Some(servers) = PrimaryAndStandby::start() else { return };
    while_people_talk(&servers, |progress| {
        servers.standby.freeze();
        progress.a_refusal();
        servers.standby.thaw();
    });
}
