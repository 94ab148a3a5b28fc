//! Fair shares of what clients have in common.
//!
//! Everything bounded that clients share (connections, bytes under way, turns for slow work, streams) has a total,
//! and within it each client has a share. What is free may be used by anyone. When nothing is free, whoever holds
//! most gives way: among addresses first, then among the members at one address (max-min fairness, level by level).
//! So one client can slow down only itself, and an office behind one address stays usable.
//!
//! - [`Semaphore`]: turns for slow work. Some work at once, some wait; the waiting are served in turn.
//! - `Budget`: bytes or places that are held for long. Holders can be asked to give theirs back.
//! - `Lanes`: turns for the processor, which are given back while their owner waits for slow work.
//!
//! Locks: each has one, under which nothing else is done but asking a holder to give way, which does not wait.

mod budget;
mod lanes;
mod ledger;
mod semaphore;
mod turn_queue;

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};

pub(crate) use budget::{Budget, Claim, Revocable, Victim};
pub(crate) use lanes::Lanes;
pub use semaphore::{Permit, Semaphore};

use crate::network::Network;

/// More is wanted than there is, and whoever asks holds most of it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overloaded;

/// Holder of claims: an address, and the member who is signed in there. At one address, all who are not signed in
/// are one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    address: IpAddr,
    member: Option<u64>,
}

thread_local! {
    /// For whom this thread works.
    static ACTING: Cell<Client> = const { Cell::new(Client::HOST) };
}

impl Client {
    /// The program itself, and whoever runs it.
    pub const HOST: Self = Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), member: None };

    /// A client at this address.
    pub fn new(address: IpAddr, member: Option<u64>) -> Self {
        Self { address, member }
    }

    /// For whom this thread works: [`Client::HOST`] unless [`Client::act`] said otherwise.
    pub(crate) fn acting() -> Self {
        ACTING.get()
    }

    /// Claims of this thread count for this client from now on.
    pub(crate) fn act(self) {
        ACTING.set(self);
    }

    /// Its accounts, from the widest: the site, the address, and the member there.
    fn accounts(self) -> [Account; 3] {
        let network = Network::of(self.address);
        [Account::Site(network.site()), Account::Network(network), Account::Member(network, self.member)]
    }
}

/// One of the three levels at which holdings are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Account {
    /// An IPv4 address, or an IPv6 /48: what one customer gets, who could appear as any of its /64s.
    Site(Network),
    /// An IPv4 address, or an IPv6 /64.
    Network(Network),
    /// One member at that address, or all who are not signed in there.
    Member(Network, Option<u64>),
}
