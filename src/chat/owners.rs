//! Owners: what they may, and the verbs about it.

use super::configuration::Configuration;
use super::event::Event;
use super::model::{MemberId, Refusal, Seq, Timestamp};
use super::state::State;
use super::{Chat, conflicts_with_all};

/// The policies.
impl State {
    /// Whether a member may decide about the chat and its members.
    pub fn is_owner(&self, member: MemberId) -> bool {
        self.member(member).is_some_and(|member| member.owner)
    }

    /// Refuses whoever is no owner.
    pub fn must_own(&self, member: MemberId) -> Result<(), Refusal> {
        self.active(member)?;
        if self.is_owner(member) { Ok(()) } else { Err(Refusal::OwnersOnly) }
    }

    /// Refuses to let go of the only owner.
    pub(super) fn must_not_be_last_owner(&self, member: MemberId) -> Result<(), Refusal> {
        let others = self.members.iter().any(|(id, other)| other.owner && *id != member);
        if others || !self.is_owner(member) { Ok(()) } else { Err(Refusal::LastOwner) }
    }
}

impl Chat {
    /// An owner makes somebody an owner, or takes that from them.
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

    /// An owner decides about the chat, from what holds since the record `known`, if they say so.
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
                _ => Ok(vec![Event::Configured(configuration)]),
            }
        })
    }
}
