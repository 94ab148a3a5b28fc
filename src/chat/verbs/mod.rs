//! The verbs of [`Chat`](super::Chat): each decides against the newest state, and returns once its events are kept and applied.

#![expect(
    clippy::needless_pass_by_value,
    reason = "callers have no more use for it, and a decision may be made again"
)]

mod files;
mod members;
mod memberships;
mod messages;
mod nonces;
mod notifications;
mod owners;
mod passwords;
mod quotas;
mod reactions;
mod removal;
mod rooms;
mod sessions;

pub use memberships::Added;
pub use messages::{NewMessage, NewText};
pub use passwords::{FreshStart, PasswordChange};
pub use rooms::{NewRoom, RoomChange};
pub use sessions::{NewDevice, NewSession, SessionsToEnd};
