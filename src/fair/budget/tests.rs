use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A holder that gives way, or does not.
struct Holder(AtomicBool, bool);

impl Revocable for Holder {
    fn revoke(&self) -> bool {
        self.0.store(self.1, Ordering::Relaxed);
        self.1
    }
}

fn holder(gives_way: bool) -> Arc<Holder> {
    Arc::new(Holder(AtomicBool::new(false), gives_way))
}

fn client(address: &str, member: u64) -> Client {
    Client::new(address.parse().unwrap(), Some(member))
}

fn claim(
    budget: &Arc<Budget>,
    client: Client,
    units: usize,
    holder: &Arc<Holder>,
) -> Result<Claim, Overloaded> {
    let holder = Arc::clone(holder) as Arc<dyn Revocable>;
    budget.claim(client, units, holder, Duration::ZERO)
}

#[test]
fn whoever_has_most_gives_way_address_by_address_and_member_by_member() {
    let budget = Budget::new(4, 2, Victim::Newest);
    let holders: Vec<_> = (0..4).map(|_| holder(true)).collect();
    let loud = client("192.0.2.1", 1);
    let claims: Vec<_> = holders.iter().map(|holder| claim(&budget, loud, 1, holder).unwrap()).collect();
    assert!(claim(&budget, loud, 1, &holder(true)).is_err(), "it has most itself");
    let gone = || holders.iter().map(|holder| holder.0.load(Ordering::Relaxed)).collect::<Vec<_>>();
    assert_eq!(gone(), [false; 4]);
    let other = claim(&budget, client("192.0.2.2", 2), 1, &holder(true)).unwrap();
    assert_eq!(gone(), [false, false, false, true]);
    let colleague = claim(&budget, client("192.0.2.1", 3), 1, &holder(true)).unwrap();
    assert_eq!(gone(), [false, false, true, true]);
    // Revoked units are still held, and there is no margin for more of them.
    assert!(claim(&budget, client("192.0.2.4", 4), 1, &holder(true)).is_err());
    drop(claims);
    assert!(claim(&budget, client("192.0.2.4", 4), 1, &holder(true)).is_ok());
    drop((other, colleague));
    let state = lock(&budget.state);
    assert_eq!((state.held, state.revoked, state.claims.len()), (0, 0, 0));
}

#[test]
fn one_that_cannot_give_way_now_is_passed_over() {
    let budget = Budget::new(3, 1, Victim::Newest);
    let (first, second) = (holder(true), holder(false));
    let loud = client("192.0.2.1", 1);
    let _claims = [claim(&budget, loud, 1, &first).unwrap(), claim(&budget, loud, 2, &second).unwrap()];
    let _other = claim(&budget, client("192.0.2.2", 2), 1, &holder(true)).unwrap();
    assert!(first.0.load(Ordering::Relaxed));
}

/// A holder that gives way, and has not used what it holds.
struct Useless;

impl Revocable for Useless {
    fn revoke(&self) -> bool {
        true
    }

    fn is_useless(&self) -> bool {
        true
    }
}

#[test]
fn what_is_of_no_use_yet_gives_way_to_a_newcomer_of_its_own_client() {
    let budget = Budget::new(3, 4, Victim::NewestOrOwnUseless);
    let loud = client("192.0.2.1", 1);
    let used = claim(&budget, loud, 1, &holder(true)).unwrap();
    let silent = || budget.claim(loud, 1, Arc::new(Useless), Duration::ZERO);
    let unused = [silent().unwrap(), silent().unwrap()];
    // Half of the margin is for them, and half stays for others.
    let more = [silent().unwrap(), silent().unwrap()];
    assert!(silent().is_err());
    assert!(claim(&budget, client("192.0.2.2", 2), 1, &holder(true)).is_ok());
    drop(unused);
    assert_eq!(lock(&budget.state).revoked, 1, "of one who gave way to the other client");
    drop((used, more));
    assert_eq!(lock(&budget.state).held, 0);
}

#[test]
fn a_customer_of_many_networks_has_one_share() {
    let budget = Budget::new(4, 4, Victim::Newest);
    let addresses = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"];
    let held = addresses.map(|address| claim(&budget, client(address, 1), 1, &holder(true)).unwrap());
    assert!(claim(&budget, client("2001:db8:0:5::1", 1), 1, &holder(true)).is_err());
    assert!(claim(&budget, client("2001:db8:1:1::1", 1), 1, &holder(true)).is_ok());
    drop(held);
}

#[test]
fn what_turns_out_larger_makes_others_of_the_same_client_give_way() {
    let budget = Budget::new(10, 0, Victim::Oldest);
    let holders = [holder(true), holder(true), holder(true)];
    let loud = client("192.0.2.1", 1);
    let quiet = claim(&budget, client("192.0.2.2", 2), 2, &holders[2]).unwrap();
    let claims =
        [claim(&budget, loud, 4, &holders[0]).unwrap(), claim(&budget, loud, 2, &holders[1]).unwrap()];
    claims[1].set(8);
    let gone = holders.iter().map(|holder| holder.0.load(Ordering::Relaxed)).collect::<Vec<_>>();
    assert_eq!(gone, [true, false, false]);
    drop((claims, quiet));
    assert_eq!(lock(&budget.state).held, 0);
}

#[test]
fn it_counts_for_whom_it_turned_out_to_be() {
    let budget = Budget::new(2, 1, Victim::Newest);
    let (one, other) = (holder(true), holder(true));
    let proxy = Client::new("192.0.2.1".parse().unwrap(), None);
    let claims = [claim(&budget, proxy, 1, &one).unwrap(), claim(&budget, proxy, 1, &other).unwrap()];
    claims[0].reassign(client("198.51.100.1", 1));
    claims[1].reassign(client("198.51.100.1", 1));
    assert_eq!(budget.held_at_address_of(proxy), 0);
    assert_eq!(budget.held_at_address_of(client("198.51.100.1", 7)), 2);
    assert!(claim(&budget, client("198.51.100.1", 1), 1, &holder(true)).is_err());
    assert!(claim(&budget, proxy, 1, &holder(true)).is_ok());
    drop(claims);
}
