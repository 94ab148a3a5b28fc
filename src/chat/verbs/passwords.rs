//! New passwords.

use crate::chat::Chat;
use crate::chat::commit_queue::conflicts_with_all;
use crate::chat::event::Event;
use crate::chat::model::{MemberId, PasswordHash, Refusal, Timestamp, TokenDigest};
use crate::chat::names::Username;
use crate::chat::state::State;
use crate::chat::verbs::sessions::{NewSession, forgotten};

/// By what a member goes on who takes up an offer to set a new password.
#[derive(Clone, Debug)]
pub struct FreshStart {
    pub password: PasswordHash,
    /// Of one who comes back: the name to take if their own is not free. Else it is not looked at.
    pub name: Option<Username>,
    /// Their first one.
    pub session: NewSession,
}

impl State {
    /// Returns the events of a new password: all sessions of its owner end, and the one that the browser had before,
    /// whosever.
    fn password_changed(
        &self,
        member: MemberId,
        password: &PasswordHash,
        session: &NewSession,
        now: Timestamp,
    ) -> Vec<Event> {
        let own = self.member(member).map(|member| member.sessions.clone()).unwrap_or_default();
        let other =
            session.former.filter(|former| self.session(former).is_some_and(|own| own.member != member));
        let ended = own.into_iter().chain(other).map(|digest| Event::SessionEnded { digest });
        let changed = [Event::PasswordChanged { member, password: password.clone() }];
        // Their own are forgotten with the password; another's may be what this browser was known by.
        let mut replaced = self.replaced_by(member, session.known_by);
        replaced.retain(|digest| self.known_devices[digest].member != member);
        changed
            .into_iter()
            .chain(ended)
            .chain(forgotten(replaced))
            .chain(session.opened_for(member, self, now))
            .collect()
    }
}

/// A new password in place of one that was checked.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    pub known: PasswordHash,
    pub password: PasswordHash,
}

impl Chat {
    /// Lets the bearer of `token` set a new password for the member, within [`crate::chat::RESET_TIME`].
    pub fn offer_reset(&self, member: MemberId, token: TokenDigest, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active_other(member)?;
            Ok(vec![Event::ResetOffered { by: None, member, digest: token }])
        })
    }

    /// Takes up such an offer, which must hold at `as_of`: the member's sessions end, and a first new one opens. A
    /// former member returns.
    ///
    /// Errors: `ResetOver`; of a former member also those of a name, and `MembersFull`, `MembershipsFull`,
    /// `SessionsFull`.
    pub fn reset_password(
        &self,
        token: &TokenDigest,
        FreshStart { password, name, session }: FreshStart,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let (member, _) = state.password_reset_for(token, as_of).ok_or(Refusal::ResetOver)?;
            let returned = self.return_of(state, member, name.as_ref())?;
            let changed = state.password_changed(member, &password, &session, now);
            Ok(returned.into_iter().chain(changed).collect())
        })
    }

    /// Gives a member a new password: their sessions end, and a first new one opens.
    ///
    /// Errors: `NotTheirs` if the password is not the one that was checked.
    pub fn change_password(
        &self,
        member: MemberId,
        PasswordChange { known, password }: PasswordChange,
        session: NewSession,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            if state.active(member)?.password != known {
                return Err(Refusal::NotTheirs);
            }
            Ok(state.password_changed(member, &password, &session, now))
        })
    }
}
