//! Messages with the names that go with them.

use crate::chat::Chat;
use crate::chat::mentions::{Candidates, Mentioned, Mentions};
use crate::chat::message::{Author, Message, MessageView, Versioned};
use crate::chat::model::{MemberId, Nonce, Refusal, Seq};
use crate::chat::state::State;

impl State {
    /// Tells if memory has a message of this member with this nonce.
    pub fn knows_nonce(&self, author: MemberId, nonce: &Nonce) -> bool {
        self.nonces.contains_key(&(author, nonce.clone()))
    }

    /// The message of this member with this nonce, if memory has it.
    pub fn sent_with(&self, author: MemberId, nonce: &Nonce) -> Option<&Message> {
        self.nonces.get(&(author, nonce.clone())).and_then(|id| self.at(*id))
    }

    /// A message that is still in memory, after the one before it in its room.
    pub fn message(&self, id: Seq) -> Option<(Option<&Message>, MessageView)> {
        let message = self.at(id)?;
        let earlier = self.window.page(message.room, Some(id), 1).0.next();
        Some((earlier, self.resolve_names(message.clone())?))
    }

    /// A message with the names that go with it.
    pub(super) fn resolve_names(&self, message: Message) -> Option<MessageView> {
        let author = self.author(message.author)?;
        let named = message.mentions.iter().filter_map(|mention| {
            let name = self.active(mention.member).ok()?.name.clone();
            Some(Mentioned { place: mention.place(), member: Some((mention.member, name)) })
        });
        let group = message.group.iter().map(|group| Mentioned { place: group.place(), member: None });
        let mut mentioned: Vec<Mentioned> = named.chain(group).collect();
        mentioned.sort_by_key(|mention| mention.place.start);
        Some(MessageView::new(message, author, mentioned, |member| self.author(member)))
    }

    /// By their present name.
    pub(super) fn author(&self, member: MemberId) -> Option<Author> {
        let member = self.member(member)?;
        Some(Author { name: member.name.clone(), former: member.is_former() })
    }

    pub(super) fn resolve_all_names(&self, messages: impl IntoIterator<Item = Message>) -> Vec<MessageView> {
        messages.into_iter().filter_map(|message| self.resolve_names(message)).collect()
    }

    /// Whom a text mentions. Who has a name now may not be who had it when the message with this number was
    /// written.
    pub(crate) fn mentions(&self, candidates: &Candidates, message: Seq) -> Mentions {
        candidates.resolve(|key| {
            let (id, member) = self.member_named(key)?;
            Some((id, !member.is_former() && id.0 < message))
        })
    }
}

impl Chat {
    /// A message that a member sees, wherever it is kept, and nothing where there is none for them.
    pub fn message_for(&self, member: MemberId, id: Seq) -> Result<Option<MessageView>, Refusal> {
        let Some(found) = self.find(id)? else { return Ok(None) };
        let state = self.state();
        let seen = Some(found.message).filter(|message| state.sees(member, message.room));
        Ok(seen.and_then(|message| state.resolve_names(message)))
    }

    /// Those of these messages that a member sees, as far as they can be read now.
    pub fn messages_for(&self, member: MemberId, ids: &[Seq]) -> Vec<MessageView> {
        let (mut found, old) = {
            let state = self.state();
            let found: Vec<Message> = ids.iter().filter_map(|id| state.at(*id).cloned()).collect();
            let is_old = |id: &&Seq| **id <= state.window.evicted_through() && state.at(**id).is_none();
            let old: Vec<Seq> = ids.iter().filter(is_old).copied().collect();
            (found, old)
        };
        if !old.is_empty() {
            found.extend(self.old.ask(|archive| archive.some(&old)).ok().flatten().unwrap_or_default());
        }
        let state = self.state();
        found.retain(|message| state.sees(member, message.room));
        state.resolve_all_names(found)
    }

    /// One message is little to look up: many do it at once, and wait for no page.
    pub(in crate::chat) fn find(&self, id: Seq) -> Result<Option<Versioned>, Refusal> {
        let (in_memory, as_of, old) = {
            let state = self.state();
            (state.at(id).cloned(), state.last(), id <= state.window.evicted_through())
        };
        let message = match in_memory {
            None if old => {
                self.looked_up.ask(|archive| archive.some(&[id]))?.and_then(|mut found| found.pop())
            }
            in_memory => in_memory,
        };
        Ok(message.map(|message| Versioned { message, as_of }))
    }
}
