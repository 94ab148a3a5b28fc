//! Whether a record may come when it does, after all that came before it.

use std::collections::BTreeSet;

use super::*;

/// Checks that an event is what its verb would decide now. What memory does not hold is not looked at.
pub(super) fn check_turn(state: &State, record: &Record) {
    let Record { seq, event, .. } = record;
    assert!(*seq > state.last(), "numbers grow");
    match event {
        Event::Posted { .. } => check_message(state, *seq, event),
        Event::Edited { message, room, .. }
        | Event::Removed { message, room, .. }
        | Event::FileRemoved { message, room, .. }
        | Event::Reacted { message, room, .. }
        | Event::ReactionRemoved { message, room, .. }
        | Event::Pinned { message, room, .. }
        | Event::Unpinned { message, room, .. } => {
            assert_eq!(record.forgets(), state.change_to_forget(*message, *room, &[]), "{event:?}");
            check_change(state, event, *room, state.at(*message));
        }
        Event::RoomOpened { .. }
        | Event::RoomChanged { .. }
        | Event::RoomDeleted { .. }
        | Event::PairOpened { .. }
        | Event::Joined { .. }
        | Event::Invited { .. }
        | Event::InvitationDeclined { .. }
        | Event::Left { .. }
        | Event::Read { .. }
        | Event::MarkedUnread { .. }
        | Event::NotificationLevelChosen { .. } => check_room(state, event),
        Event::FileAdded { owner, .. } => {
            assert!(state.active(*owner).is_ok() && state.has_room_for_unsent(*owner), "{event:?}");
        }
        Event::FilesDropped { ids } => {
            assert!(ids.iter().all(|id| state.unsent_files.contains_key(id)), "{event:?}");
        }
        _ => assert!(member_may(state, event), "{event:?}"),
    }
}

/// Of members, their sessions and settings, and the owners' decisions.
fn member_may(state: &State, event: &Event) -> bool {
    let is_active = |member: &MemberId| state.active(*member).is_ok();
    let is = |member: &MemberId, what: fn(&Member) -> bool| state.active(*member).is_ok_and(what);
    match event {
        Event::Registered { name, owner, .. } => {
            state.name_is_free(name).is_ok() && *owner == (state.member_count() == 0)
        }
        Event::SessionOpened { member, digest, .. } => is_active(member) && state.session(digest).is_none(),
        Event::SessionEnded { digest } => state.session(digest).is_some(),
        Event::SessionRevoked { member, digest } => {
            state.session(digest).is_some_and(|session| session.member == *member)
        }
        Event::DeviceKnown { member, digest } => {
            is_active(member) && !state.known_devices.contains_key(digest)
        }
        Event::DeviceForgotten { digest } => state.known_devices.contains_key(digest),
        Event::RevokedSessionsForgotten { up_to } => *up_to <= state.last(),
        Event::ResetOffered { by: None, member, .. } | Event::PasswordChanged { member, .. } => {
            is_active(member)
        }
        Event::ResetOffered { by: Some(by), member, .. } => {
            state.must_own(*by).is_ok() && state.member(*member).is_some_and(Member::is_former)
        }
        Event::ZoneChosen { member, zone } => state.active(*member).is_ok_and(|one| one.zone != *zone),
        Event::LanguageChosen { member, language } => {
            state.active(*member).is_ok_and(|one| one.language != *language)
        }
        Event::QuietHoursChosen { member, hours } => {
            state.active(*member).is_ok_and(|one| one.quiet_hours != *hours)
        }
        Event::RoleChanged { member, owner: true } => is(member, |one| !one.owner),
        Event::RoleChanged { member, owner: false } => {
            is(member, |one| one.owner) && state.must_not_be_last_owner(*member).is_ok()
        }
        Event::MemberRemoved { member, left, .. } => {
            let rooms = |one: &Member| one.sessions.is_empty() && one.rooms.iter().eq(left);
            state.active(*member).is_ok_and(rooms) && state.must_not_be_last_owner(*member).is_ok()
        }
        Event::MemberReturned { member, name, conversations } => {
            let pairs = state.pairs.iter().filter(|((one, other), _)| one == member || other == member);
            let pairs: BTreeSet<&RoomId> = pairs.map(|(_, room)| room).collect();
            state.member(*member).is_some_and(Member::is_former)
                && state.name_on_return(*member, Some(name)).as_ref() == Ok(name)
                && pairs == conversations.iter().collect()
        }
        Event::Configured(configuration) => state.configuration() != configuration,
        Event::ReactionsSeen { member, up_to } => {
            state.active(*member).is_ok_and(|one| one.reactions_seen < *up_to) && *up_to <= state.last()
        }
        _ => unreachable!("it is of something else"),
    }
}

/// Of rooms, and who is in them.
fn check_room(state: &State, event: &Event) {
    let is_named = |room: &RoomId| state.rooms.get(room).is_some_and(Room::is_named);
    let right = match event {
        Event::RoomOpened { by, .. } => by.is_some_and(|by| state.active(by).is_ok()),
        Event::RoomChanged { room, .. } => is_named(room),
        Event::RoomDeleted { room, open } => state.rooms.get(room).is_some_and(|found| {
            let is_used = *open && state.window.newest_in(*room) != Seq::default();
            found.is_open() == *open && found.members.is_empty() && found.invited.is_empty() && !is_used
        }),
        Event::PairOpened { one, other, .. } => {
            state.pair(*one, *other).is_none() && [one, other].iter().all(|id| state.active(**id).is_ok())
        }
        Event::Joined { room, member } => {
            is_named(room) && !state.is_in(*member, *room) && state.active(*member).is_ok()
        }
        Event::Invited { room, member, by } => {
            let departed = state.rooms.get(room).is_some_and(|found| found.departed.contains(member));
            departed && state.is_in(*by, *room) && !state.is_invited(*member, *room)
        }
        Event::InvitationDeclined { room, member } => state.is_invited(*member, *room),
        Event::Left { room, member } => is_named(room) && state.is_in(*member, *room),
        Event::Read { member, room, up_to } => {
            state.active(*member).is_ok() && state.is_in(*member, *room) && *up_to <= state.last()
        }
        Event::NotificationLevelChosen { member, room, .. } => state.is_in(*member, *room),
        Event::MarkedUnread { member, room, after, mentions } => {
            let held = state.window.known_in(*room).take_while(|id| id > after);
            let held = held.filter_map(|id| state.at(id)).filter(|message| message.notifies(*member));
            let held: BTreeSet<Seq> = held.map(|message| message.id).collect();
            let named = mentions.iter().copied().filter(|id| state.at(*id).is_some());
            state.is_in(*member, *room)
                && state.read_marker_of(*member, *room) > *after
                && held == named.collect()
        }
        _ => unreachable!("it is of something else"),
    };
    assert!(right, "{event:?}");
}

fn check_message(state: &State, id: Seq, event: &Event) {
    let Event::Posted { author, room, body, mentions, group, quote, files, nonce, .. } = event else {
        unreachable!("it is a message")
    };
    assert_eq!(state.must_speak(*author, *room), Ok(()), "{event:?}");
    let candidates = Candidates::of(body);
    assert_eq!(*mentions, state.mentions(&candidates, id), "{event:?}");
    let online = super::super::tests::message(*author, "x").online;
    let expected = state.group_place(&candidates).and_then(|(place, kind)| {
        GroupMention::new(place, state.group_members(*author, *room, kind, &online)?)
    });
    assert_eq!(*group, expected);
    if let Some(nonce) = nonce {
        assert!(!state.knows_nonce(*author, nonce), "{event:?}");
    }
    assert!(files.iter().all(|(id, _)| state.unsent_file(*author, *id).is_some()), "{event:?}");
    if let Some(quote) = quote {
        assert!(!state.is_removed(quote.message), "{event:?}");
        if let Some(answered) = state.at(quote.message) {
            let expected = (*room, quote.author, Some(Excerpt::of(&answered.body)));
            assert_eq!((answered.room, answered.author, quote.excerpt.clone()), expected);
        }
    }
}

/// Of a message that there is. None: memory does not hold it.
fn check_change(state: &State, event: &Event, room: RoomId, message: Option<&Message>) {
    let is_pinned = |message: &Seq| state.pins_of(room).contains(message);
    let is =
        |what: &dyn Fn(&Message) -> bool| message.is_none_or(|message| message.room == room && what(message));
    let right = match event {
        Event::Edited { message: id, body, mentions, notified, .. } => {
            is(&|message| {
                let names = Message { mentions: mentions.clone(), ..message.clone() }.notified();
                // A group's members stay, unless the new text mentions none.
                message.body != *body && notified.iter().all(|one| names.contains(one))
            }) && *mentions == state.mentions(&Candidates::of(body), *id)
                && !state.is_removed(*id)
        }
        Event::Removed { message: id, sent, .. } => {
            let nonce = |message: &Message| message.nonce.clone().map(|nonce| (message.author, nonce));
            is(&|message| nonce(message) == *sent) && !state.is_removed(*id)
        }
        Event::FileRemoved { file, gone, .. } => {
            is(&|message| message.files.iter().any(|(id, record)| id == file && !(*gone && record.gone)))
        }
        Event::Reacted { author, member, emoji, .. } => {
            let reactions = |message: &Message| message.amendments.reactions.clone();
            state.must_speak(*member, room).is_ok()
                && is(&|message| {
                    message.author == *author
                        && reactions(message).find(*member, emoji).is_none()
                        && reactions(message).have_room_for(emoji)
                })
        }
        Event::ReactionRemoved { reaction, .. } => {
            is(&|message| message.amendments.reactions.iter().any(|one| one.id == *reaction))
        }
        Event::Pinned { message, by, .. } => {
            let has_room = state.pins_of(room).len() < PINS_MAX;
            state.must_speak(*by, room).is_ok() && has_room && !is_pinned(message)
        }
        Event::Unpinned { message, .. } => is_pinned(message),
        _ => unreachable!("it is of something else"),
    };
    assert!(right, "{event:?}");
}
