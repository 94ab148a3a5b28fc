//! Bytes or places that are held for long.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::ledger::{Ledger, Path};
use super::{Client, Overloaded};
use crate::lock::{lock, wait_timeout};

/// Bounds the units that claims hold together.
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

/// The claim of whoever holds most that has to give way.
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

    /// False where it waits for something else before it gives its claim back.
    fn leaves_at_once(&self) -> bool {
        true
    }

    /// True while nothing has come of the claim.
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
    /// Threads that wait for units. To wake nobody would be a system call all the same.
    waiting: usize,
    /// By id, and so by age.
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
        // Reserved first, so that others who wait do not take what is revoked for this claim.
        let (mut state, reserved) = self.reserve(state, path, units, deadline);
        let (mut state, free) = if reserved {
            let waiting = |state: &BudgetState| state.held > self.capacity + self.margin;
            while waiting(&state)
                && let Some(left) = remaining(deadline)
            {
                state = wait(&self.freed, state, left);
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
                self.notify(&state);
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

    fn notify(&self, state: &BudgetState) {
        if state.waiting > 0 {
            self.freed.notify_all();
            self.room.notify_one();
        }
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
                if state.waiting > 0 {
                    self.room.notify_one();
                }
                return (state, true);
            }
            let Some(left) = remaining(deadline) else { return (state, false) };
            state = wait(&self.room, state, left);
        }
    }
}

fn wait<'a>(
    changed: &Condvar,
    mut state: MutexGuard<'a, BudgetState>,
    patience: Duration,
) -> MutexGuard<'a, BudgetState> {
    state.waiting += 1;
    let mut state = wait_timeout(changed, state, patience);
    state.waiting -= 1;
    state
}

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
        self.budget.notify(&state);
    }

    /// The same, as long as there is room for what is revoked and not given back yet. Errors: [`Overloaded`]; it holds as
    /// much as before.
    pub(crate) fn try_set(&self, units: usize) -> Result<(), Overloaded> {
        let state = lock(&self.budget.state);
        let own = state.claims.get(&self.id).map_or(0, |held| held.units);
        let is_too_much = units > own && state.held - own + units > self.budget.capacity + self.budget.margin;
        drop(state);
        if is_too_much {
            return Err(Overloaded);
        }
        self.set(units);
        Ok(())
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
        self.budget.notify(&state);
    }
}
