//! Bytes or places that are held for long.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::ledger::{Ledger, Path};
use super::{Client, Overloaded};
use crate::lock::{lock, wait_timeout};

/// What claims together may hold, in units.
pub(crate) struct Budget {
    capacity: usize,
    /// Units beyond, for what was revoked and is not given back yet.
    margin: usize,
    victim: Victim,
    /// Guards the accounts and the claims. Under it, holders are asked to give way, which does not wait.
    state: Mutex<BudgetState>,
    /// Units came back: for those whose claim is counted already.
    freed: Condvar,
    /// There may be room for one more claim. One at a time is woken, as a crowd may wait.
    room: Condvar,
}

/// Which claim of whoever holds most has to give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Newest,
    /// It had the most time.
    Oldest,
    /// The newest; and where the newcomer holds most itself, the oldest of its own that is of no use yet. So an
    /// attacker who takes everything and does nothing with it leaves room for others who cannot be told from them.
    NewestOrOwnUseless,
}

/// A holder that can be asked to give its claim back.
pub(crate) trait Revocable: Send + Sync {
    /// Ends what the claim is held for, soon. False where that cannot be now: another one is asked then.
    /// Locks: called under the budget's; must not wait, nor use the budget.
    fn revoke(&self) -> bool;

    /// Whether it would give its claim back at once, and not only when it has waited for something else.
    fn leaves_at_once(&self) -> bool {
        true
    }

    /// Whether nothing has come of the claim so far.
    fn is_useless(&self) -> bool {
        false
    }
}

#[derive(Default)]
struct BudgetState {
    ledger: Ledger,
    /// All units that are held.
    held: usize,
    /// Of these, units that were revoked. The accounts count them no more.
    revoked: usize,
    /// By age.
    claims: BTreeMap<u64, Reservation>,
    next: u64,
}

struct Reservation {
    path: Path,
    units: usize,
    holder: Arc<dyn Revocable>,
    revoked: bool,
}

/// Units of a budget, held until this is dropped.
pub(crate) struct Claim {
    budget: Arc<Budget>,
    id: u64,
}

impl Budget {
    pub(crate) fn new(capacity: usize, margin: usize, victim: Victim) -> Arc<Self> {
        Arc::new(Self {
            capacity,
            margin,
            victim,
            state: Mutex::default(),
            freed: Condvar::new(),
            room: Condvar::new(),
        })
    }

    /// Claims units for a client, and waits for them, if need be, for `patience`. Those who hold more give way.
    /// Errors: [`Overloaded`], where the client holds most already, or what was revoked did not come back in time.
    pub(crate) fn claim(
        self: &Arc<Self>,
        client: Client,
        units: usize,
        holder: Arc<dyn Revocable>,
        patience: Duration,
    ) -> Result<Claim, Overloaded> {
        let mut state = lock(&self.state);
        let path = state.ledger.open(client);
        let deadline = Instant::now() + patience;
        // What is revoked for this claim is not taken by others who wait as well.
        let (mut state, reserved) = self.reserve(state, path, units, deadline);
        let (mut state, free) = if reserved {
            let waiting = |state: &BudgetState| state.held > self.capacity + self.margin;
            while waiting(&state)
                && let Some(left) = remaining(deadline)
            {
                state = wait_timeout(&self.freed, state, left);
            }
            let free = !waiting(&state);
            (state, free)
        } else {
            (state, false)
        };
        if !free {
            if reserved {
                state.held -= units;
                state.ledger.subtract(path, units);
                self.notify();
            }
            state.ledger.close(path);
            return Err(Overloaded);
        }
        let id = state.next;
        state.next += 1;
        state.claims.insert(id, Reservation { path, units, holder, revoked: false });
        Ok(Claim { budget: Arc::clone(self), id })
    }

    /// Units that one account holds, as the client's second: its address.
    pub(crate) fn held_at_address_of(&self, client: Client) -> usize {
        lock(&self.state).ledger.held_by(client.accounts()[1])
    }

    fn notify(&self) {
        self.freed.notify_all();
        self.room.notify_one();
    }

    /// Counts so many more units as held, for which others may still have to leave. Gives whether they are: not where
    /// the client holds most itself, or those who could give way do not, until the deadline.
    fn reserve<'a>(
        &'a self,
        mut state: MutexGuard<'a, BudgetState>,
        path: Path,
        units: usize,
        deadline: Instant,
    ) -> (MutexGuard<'a, BudgetState>, bool) {
        loop {
            let wanted = |state: &BudgetState| state.held - state.revoked + units > self.capacity;
            let larger = |ledger: &Ledger, _: u64, other: Path| ledger.exceeds(other, path, units);
            while wanted(&state) && state.revoke_one(self.victim, larger) {}
            // Half of the margin is left to those for whom others give way.
            let crowded = state.held + units > self.capacity + self.margin / 2;
            if self.victim == Victim::NewestOrOwnUseless && wanted(&state) && !crowded {
                state.revoke_useless(path);
            }
            if !wanted(&state) {
                state.held += units;
                state.ledger.add(path, units);
                // There may be room for the next one, too.
                self.room.notify_one();
                return (state, true);
            }
            let Some(left) = remaining(deadline) else { return (state, false) };
            state = wait_timeout(&self.room, state, left);
        }
    }
}

/// How long it is until then, if at all.
fn remaining(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

impl BudgetState {
    /// Asks the claim that has to give way, of those for which `may` holds, to do so. Gives whether one does.
    fn revoke_one(&mut self, victim: Victim, may: impl Fn(&Ledger, u64, Path) -> bool) -> bool {
        let open = self.claims.iter().filter(|(_, held)| !held.revoked);
        let may_go = open.filter(|(id, held)| may(&self.ledger, **id, held.path));
        let mut candidates: Vec<_> = may_go
            .map(|(id, held)| {
                let age = if victim == Victim::Oldest { u64::MAX - *id } else { *id };
                (self.ledger.holdings(held.path), held.holder.leaves_at_once(), age, *id)
            })
            .collect();
        candidates.sort_unstable_by(|one, other| other.cmp(one));
        let ready = |id: &u64| self.claims.get(id).is_some_and(|held| held.holder.revoke());
        let Some(id) = candidates.into_iter().map(|(.., id)| id).find(ready) else { return false };
        self.count_revoked(id);
        true
    }

    /// Revokes the oldest claim of this client of which nothing has come so far.
    fn revoke_useless(&mut self, own: Path) {
        let open = |held: &Reservation| !held.revoked && held.path == own;
        let useless = |held: &Reservation| held.holder.is_useless() && held.holder.leaves_at_once();
        let goes = |held: &Reservation| open(held) && useless(held) && held.holder.revoke();
        if let Some(id) = self.claims.iter().find(|(_, held)| goes(held)).map(|(id, _)| *id) {
            self.count_revoked(id);
        }
    }

    fn count_revoked(&mut self, id: u64) {
        if let Some(held) = self.claims.get_mut(&id) {
            held.revoked = true;
            self.revoked += held.units;
            self.ledger.subtract(held.path, held.units);
        }
    }

    /// Another number of units for a claim.
    fn resize(&mut self, id: u64, units: usize) {
        let Some(held) = self.claims.get_mut(&id) else { return };
        let before = std::mem::replace(&mut held.units, units);
        self.held = self.held - before + units;
        if held.revoked {
            self.revoked = self.revoked - before + units;
        } else {
            self.ledger.subtract(held.path, before);
            self.ledger.add(held.path, units);
        }
    }
}

impl Claim {
    /// Holds so many units from now on, whatever there is room for: others of those who hold as much give way then.
    pub(crate) fn set(&self, units: usize) {
        let mut state = lock(&self.budget.state);
        state.resize(self.id, units);
        let Some(own) = state.claims.get(&self.id).map(|held| held.path) else { return };
        let may = |ledger: &Ledger, id: u64, other: Path| {
            id != self.id && (other == own || ledger.exceeds(other, own, 0))
        };
        while state.held - state.revoked > self.budget.capacity && state.revoke_one(self.budget.victim, may) {
        }
        self.budget.notify();
    }

    /// It turned out whose it is.
    pub(crate) fn reassign(&self, client: Client) {
        let mut state = lock(&self.budget.state);
        let new = state.ledger.open(client);
        let Some(held) = state.claims.get_mut(&self.id) else { return };
        let (old, units) = (std::mem::replace(&mut held.path, new), held.units);
        if !held.revoked {
            state.ledger.subtract(old, units);
            state.ledger.add(new, units);
        }
        state.ledger.close(old);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = lock(&self.budget.state);
        state.resize(self.id, 0);
        if let Some(held) = state.claims.remove(&self.id) {
            state.ledger.close(held.path);
        }
        self.budget.notify();
    }
}

#[cfg(test)]
mod tests {
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
        // What was revoked is still held, and there is no margin for more of it.
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
}
