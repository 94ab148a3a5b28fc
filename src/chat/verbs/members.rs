//! Becoming a member, and what members choose for themselves.

use crate::chat::Chat;
use crate::chat::commit_queue::{Decision, conflicts_with_all};
use crate::chat::event::Event;
use crate::chat::model::{MemberId, PasswordHash, Refusal, Timestamp};
use crate::chat::names::Username;
use crate::chat::state::State;
use crate::chat::verbs::sessions::{NewSession, forgotten};
use crate::text::Language;
use crate::time_zone::Zone;

impl Chat {
    /// Makes a member, the chat's owner if they are its first, and signs them in with a first session.
    ///
    /// Errors: those of [`Self::may_register`], and `SessionsFull`.
    pub fn register(
        &self,
        name: Username,
        password: PasswordHash,
        session: NewSession,
        now: Timestamp,
    ) -> Result<MemberId, Refusal> {
        let registered = self.commit(now, conflicts_with_all, |state, next| {
            self.may_register(state, &name)?;
            let former = session.former.filter(|former| state.session(former).is_some());
            if state.sessions().len() - usize::from(former.is_some()) >= self.limits.sessions {
                return Err(Refusal::SessionsFull);
            }
            let replaced = state.replaced_by(MemberId(next), session.known_by);
            let owner = state.member_count() == 0;
            let (name, password) = (name.clone(), password.clone());
            let mut events = vec![Event::Registered { name, password, owner }];
            events.extend(session.opened_for(MemberId(next), state, now));
            events.extend(former.map(|digest| Event::SessionEnded { digest }));
            events.extend(forgotten(replaced));
            Ok(Decision::Record(events))
        })?;
        Ok(MemberId(registered))
    }

    /// Checks the name before a password is hashed in vain; [`Self::register`] checks it again.
    ///
    /// Errors: `NameTaken`, `NameLooksTaken`, `MembersFull`. Cost: looks at all names.
    pub fn may_register(&self, state: &State, name: &Username) -> Result<(), Refusal> {
        state.name_is_free(name)?;
        if self.has_place_for_a_member(state) { Ok(()) } else { Err(Refusal::MembersFull) }
    }

    /// A member chooses in which zone they read times; nothing is the chat's own.
    pub fn choose_zone(&self, member: MemberId, zone: Option<Zone>, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            if state.active(member)?.zone == zone {
                return Ok(Vec::new());
            }
            Ok(vec![Event::ZoneChosen { member, zone }])
        })
    }

    /// A member chooses the language of what they read; nothing is their browser's.
    pub fn choose_language(
        &self,
        member: MemberId,
        language: Option<Language>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            if state.active(member)?.language == language {
                return Ok(Vec::new());
            }
            Ok(vec![Event::LanguageChosen { member, language }])
        })
    }
}
