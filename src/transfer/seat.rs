//! The holder of a transfer's claims.

use std::sync::{Arc, Mutex};

use crate::fair::Revocable;
use crate::lock::lock;

/// Holds a transfer's claims: at first for nobody's connection, then for the one that it goes through.
#[derive(Default)]
pub(crate) struct TransferSeat(Mutex<SeatState>);

#[derive(Default)]
enum SeatState {
    /// The application holds it, and the door did not come for it yet.
    #[default]
    Waiting,
    Attached(Arc<dyn Revocable>),
    Revoked,
}

impl TransferSeat {
    /// From now on, this connection is asked to give way. False where the seat was asked before.
    pub(crate) fn attach(&self, connection: Arc<dyn Revocable>) -> bool {
        let mut state = lock(&self.0);
        if matches!(*state, SeatState::Revoked) {
            return false;
        }
        *state = SeatState::Attached(connection);
        true
    }

    pub(crate) fn is_revoked(&self) -> bool {
        matches!(*lock(&self.0), SeatState::Revoked)
    }
}

/// Locks: the seat's own, and under it the connection's.
impl Revocable for TransferSeat {
    fn revoke(&self) -> bool {
        let mut state = lock(&self.0);
        if let SeatState::Attached(connection) = &*state {
            return connection.revoke();
        }
        *state = SeatState::Revoked;
        true
    }

    fn leaves_at_once(&self) -> bool {
        match &*lock(&self.0) {
            SeatState::Attached(connection) => connection.leaves_at_once(),
            _ => true,
        }
    }
}
