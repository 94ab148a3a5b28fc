//! Owners' decisions: roles, and the configuration of the chat.

use crate::chat::Chat;
use crate::chat::commit_queue::conflicts_with_all;
use crate::chat::configuration::Configuration;
use crate::chat::event::Event;
use crate::chat::model::{MemberId, Refusal, Seq, Timestamp};

impl Chat {
    /// Makes somebody an owner, or a plain member again.
    ///
    /// Errors: `OwnersOnly`, `NoSuchMember`, `LastOwner`.
    pub fn change_role(
        &self,
        by: MemberId,
        member: MemberId,
        owner: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_own(by)?;
            if state.active_other(member)?.owner == owner {
                return Ok(Vec::new());
            }
            if !owner {
                state.must_not_be_last_owner(member)?;
            }
            Ok(vec![Event::RoleChanged { member, owner }])
        })
    }

    /// Replaces the configuration. `known`: the record of the one that the owner saw; None: replaces any.
    ///
    /// Errors: `OwnersOnly`, `Outdated` if another holds since.
    pub fn configure(
        &self,
        by: MemberId,
        configuration: Configuration,
        known: Option<Seq>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_own(by)?;
            let same = *state.configuration() == configuration;
            match known {
                _ if same => Ok(Vec::new()),
                Some(known) if known != state.configured() => Err(Refusal::Outdated),
                _ => Ok(vec![Event::Configured(configuration.clone())]),
            }
        })
    }
}
