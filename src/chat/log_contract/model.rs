//! A model of messages and their changes from the records alone, to compare a chat with.

use super::*;

/// The messages that are not removed, and all changes of messages.
#[derive(Default)]
pub(super) struct Model {
    messages: BTreeMap<Seq, Message>,
    changes: Vec<MessageChange>,
}

impl Model {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut all = Self::default();
        for record in records {
            if let Some(message) = record.message() {
                all.messages.insert(record.seq, message);
            }
            match &record.event {
                Event::Edited { message, body, mentions, group, .. } => {
                    all.with(*message, |message| {
                        (message.body, message.mentions) = (body.clone(), mentions.clone());
                        message.group.clone_from(group);
                        message.amendments.edited = Some(record.at);
                    });
                    all.quote_again(*message, Some(&Excerpt::of(body)));
                }
                Event::FileRemoved { message, file, gone, .. } => all.with(*message, |message| {
                    let mut left = message.files.to_vec();
                    left.retain(|(id, _)| *gone || id != file);
                    left.iter_mut().filter(|(id, _)| id == file).for_each(|(_, file)| file.gone = true);
                    message.files = left.into();
                }),
                Event::Reacted { message, member, emoji, .. } => all.with(*message, |message| {
                    let (id, at, member, emoji) = (record.seq, record.at, *member, emoji.clone());
                    message.amendments.reactions.add(Reaction { id, at, member, emoji });
                }),
                Event::ReactionRemoved { message, reaction, .. } => {
                    all.with(*message, |message| message.amendments.reactions.remove(*reaction));
                }
                Event::Pinned { message, by, .. } => all.with(*message, |message| {
                    message.amendments.pin = Some(Box::new(Pin { id: record.seq, by: *by, at: record.at }));
                }),
                Event::Unpinned { message, .. } => {
                    all.with(*message, |message| message.amendments.pin = None);
                }
                Event::Removed { message, .. } => {
                    all.messages.remove(message);
                    all.quote_again(*message, None);
                }
                Event::RoomDeleted { room, .. } => all.messages.retain(|_, message| message.room != *room),
                _ => {}
            }
            all.changes.extend(record.change());
        }
        all
    }

    fn with(&mut self, message: Seq, how: impl FnOnce(&mut Message)) {
        self.messages.get_mut(&message).map(how);
    }

    fn quote_again(&mut self, answered: Seq, excerpt: Option<&Excerpt>) {
        for quote in self.messages.values_mut().filter_map(|message| message.quote.as_mut()) {
            if quote.message == answered {
                quote.excerpt = excerpt.cloned();
            }
        }
    }

    /// What concerns a member, newest first.
    fn activity(&self, chat: &Chat, member: MemberId) -> Vec<Seq> {
        let seen = self.messages.values().filter(|message| {
            let held = has_archive(chat) || chat.state().at(message.id).is_some();
            held && chat.state().is_in(member, message.room)
        });
        let ids = seen.flat_map(|message| {
            let own = message.author == member;
            let reactions =
                message.amendments.reactions.iter().filter(|reaction| own && reaction.member != member);
            let told = message.notified().contains(&member).then_some(message.id);
            reactions.map(|reaction| reaction.id).chain(told).collect::<Vec<_>>()
        });
        let mut ids: Vec<Seq> = ids.collect();
        ids.sort();
        ids.reverse();
        ids
    }

    /// Tells if changes of these rooms since then may be forgotten: only where one room has more than its share.
    fn may_forget(&self, after: Seq, has: impl Fn(RoomId) -> bool) -> bool {
        let mut changed: BTreeMap<RoomId, BTreeSet<Seq>> = BTreeMap::new();
        for change in &self.changes {
            changed.entry(change.room).or_default().insert(change.message);
        }
        let share = CHANGES_MAX / changed.len().max(1);
        let since = self.changes.iter().filter(|change| change.seq > after && has(change.room));
        since.into_iter().any(|change| changed[&change.room].len() > share)
    }

    fn ids_in(&self, has: impl Fn(RoomId) -> bool) -> Vec<Seq> {
        self.messages.values().filter(|message| has(message.room)).map(|message| message.id).collect()
    }

    /// The newest change since then of each message up to `after`, in order.
    fn changed_since(&self, after: Seq, has: impl Fn(RoomId) -> bool) -> Vec<(Seq, bool)> {
        let later = self.changes.iter().filter(|change| change.seq > after && change.message <= after);
        let mut last: BTreeMap<Seq, Seq> = BTreeMap::new();
        for change in later.filter(|change| has(change.room)) {
            last.insert(change.message, change.seq);
        }
        let mut changed: Vec<_> = last.into_iter().collect();
        changed.sort_by_key(|(_, seq)| *seq);
        changed.into_iter().map(|(message, _)| (message, !self.messages.contains_key(&message))).collect()
    }
}

fn ids(messages: &[MessageView]) -> Vec<Seq> {
    messages.iter().map(|view| view.message.id).collect()
}

pub(super) fn all_can_be_read(chat: &Chat, all: &Model) {
    let rooms: Vec<RoomId> = chat.state().rooms.keys().copied().collect();
    for room in rooms {
        let inside = |other| other == room;
        one_can_page_back(chat, room, all, &all.ids_in(inside));
        one_can_catch_up(chat, Scope::Room(room), all, &all.ids_in(inside), inside);
    }
    let members: Vec<MemberId> = chat.state().members.keys().copied().collect();
    for member in members {
        let inside = |room| chat.state().is_in(member, room);
        one_can_catch_up(chat, Scope::RoomsOf(member, &[]), all, &all.ids_in(inside), inside);
        one_can_search(chat, member, all);
        activity_is_complete(chat, member, all);
    }
    let newest = chat.state().last();
    assert!(chat.since(Scope::Room(RoomId::SHARED), newest.next(), 1).unwrap().is_none());
}

fn one_can_page_back(chat: &Chat, room: RoomId, all: &Model, said: &[Seq]) {
    for limit in [1, 3, 50] {
        let (mut back, mut before) = (Vec::new(), None);
        loop {
            let page = chat.history(room, before, limit).unwrap();
            assert!(!page.messages.is_empty() || before.is_none() || page.before != Before::More);
            for MessageView { message, .. } in &page.messages {
                let wanted = &all.messages[&message.id];
                assert_eq!(
                    Message { nonce: None, ..message.clone() },
                    Message { nonce: None, ..wanted.clone() }
                );
            }
            back.splice(0..0, ids(&page.messages));
            before = back.first().copied();
            match page.before {
                Before::More => assert!(!page.messages.is_empty()),
                Before::Beginning => break assert_eq!(back, said),
                Before::Evicted => {
                    assert!(!has_archive(chat));
                    break assert!(said.ends_with(&back) && back.len() < said.len());
                }
            }
        }
    }
}

fn one_can_catch_up(chat: &Chat, scope: Scope, all: &Model, said: &[Seq], has: impl Fn(RoomId) -> bool) {
    let newest = chat.state().last();
    for limit in [1, 3, 50] {
        for after in (0..=newest.0).step_by(3).map(Seq) {
            let wanted: Vec<Seq> = said.iter().filter(|id| **id > after).take(limit).copied().collect();
            let Some(missed) = chat.since(scope, after, limit).unwrap() else {
                assert!(!has_archive(chat));
                continue;
            };
            assert_eq!(ids(&missed.messages), wanted);
            assert_eq!(missed.newest, wanted.last() == said.last() || wanted.is_empty());
            let mut changed = all.changed_since(after, &has);
            // What memory has let go and nobody keeps is told by nobody.
            changed.retain(|(id, removed)| *removed || has_archive(chat) || chat.state().at(*id).is_some());
            let Some(told) = missed.changes else {
                assert!(all.may_forget(after, &has));
                continue;
            };
            let told: Vec<_> = told.iter().map(|(change, view)| (change.message, view.is_none())).collect();
            assert_eq!(told, changed);
        }
    }
}

/// Searches for messages that begin with a letter or have files, page by page, newest first.
fn one_can_search(chat: &Chat, member: MemberId, all: &Model) {
    for word in ["", "a", "k", "photo", "described"] {
        let rooms = chat.state().rooms_seen_by(member);
        let wanted = all.messages.values().filter(|Message { room, body, files, .. }| {
            let of_files = !files.is_empty() && ["photo", "described"].contains(&word);
            chat.state().sees(member, *room) && (body.as_str().starts_with(word) || of_files)
        });
        let mut wanted: Vec<Seq> = wanted.map(|message| message.id).collect();
        wanted.retain(|id| has_archive(chat) || chat.state().at(*id).is_some());
        wanted.reverse();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let search = Search { words: Query::of(word), author: None, rooms: rooms.clone(), before };
            let page = chat.search(member, search, 3).unwrap();
            assert!(!page.ended_early);
            found.extend(ids(&page.messages));
            match page.more {
                Some(more) => before = Some(more),
                None => break,
            }
        }
        assert_eq!(found, wanted, "{word}");
    }
}

/// What is counted as unread is what is shown as unread.
fn activity_is_complete(chat: &Chat, member: MemberId, all: &Model) {
    if chat.state().active(member).is_err() {
        return;
    }
    let (mut found, mut unread, mut before) = (Vec::new(), UnreadActivity::default(), None);
    loop {
        let page = chat.activity(member, before, 3).unwrap();
        for entry in page.entries {
            found.push(entry.id);
            match entry.kind {
                ActivityKind::Mention | ActivityKind::Reply => unread.mentions += usize::from(entry.unread),
                ActivityKind::Reaction { .. } => unread.reactions += usize::from(entry.unread),
            }
        }
        match page.more {
            Some(more) => before = Some(more),
            None => break,
        }
    }
    assert_eq!(found, all.activity(chat, member));
    assert_eq!(unread, chat.state().unread_activity(member));
}

fn has_archive(chat: &Chat) -> bool {
    chat.state().window.remembers()
}
