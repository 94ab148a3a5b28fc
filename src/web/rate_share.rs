//! What one of several nodes allows of a rate that all have together.

use crate::chat::{Cluster, Shared};

/// The part of each rate that this process allows: all of it, or one node's share of those that are at work.
#[derive(Clone, Default)]
pub(super) struct RateShare(Option<Shared<dyn Cluster>>);

impl RateShare {
    pub(super) fn of(cluster: Option<&Shared<dyn Cluster>>) -> Self {
        Self(cluster.cloned())
    }

    /// The number of shares: at least 1.
    pub(super) fn count(&self) -> f64 {
        self.0.as_ref().map_or(1.0, |cluster| f64::from(cluster.live_nodes().max(1)))
    }
}
