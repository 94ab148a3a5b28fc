//! The contract of [`Log`], as tests that every implementation has to pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::tests::{LIMITS, digest, message, new_known_session, new_room, new_text, register, say};
use super::*;
use crate::lock::lock;
use crate::media::{Dimensions, FileType};

#[cfg(feature = "postgres")]
mod meanwhile;
mod model;
mod races;
pub(crate) mod samples;
mod shared;
mod shared_log;
mod turn;

#[cfg(feature = "postgres")]
pub(crate) use meanwhile::check_unread_meanwhile;
use model::{Model, all_can_be_read};
pub(crate) use races::check_races;
#[cfg(feature = "postgres")]
pub(crate) use shared::all_records;
pub(crate) use shared::{check_shared_log, is_found_out, node_runs, scripts};
pub(crate) use shared_log::SharedLog;

#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Register(u8),
    Open(u8, u16),
    End(u16),
    Post(u8, String, Option<u8>),
    OfferReset(u8, u16),
    Reset(u16),
    OpenRoom(u8, bool),
    ChangeRoom(u8, u8),
    /// In the n-th room that there is, if the member may; so are the next ones.
    PostIn(u8, u8, String),
    Join(u8, u8),
    Add(u8, u8, u8),
    Leave(u8, u8),
    Decline(u8, u8),
    Pair(u8, u8),
    Read(u8, u8, u64),
    /// The n-th message that there is, if the member may; so is the next one.
    Edit(u8, u8, String),
    Remove(u8, u8),
    RemoveMember(u8, u8, bool),
    /// The first of those who were removed, or the last.
    OfferReturn(u8, bool, u16),
    ChangeRole(u8, u8, bool),
    ChooseZone(u8, bool),
    ChooseLanguage(u8, bool),
    Configure(u8, bool),
    ChangePassword(u8),
    EndOthers(u8),
    AddFile(u8),
    /// Those that were added more than so many verbs before.
    DropFiles(u16),
    /// The member's first unsent files, up to so many, in the n-th room; alone, where there is no text.
    PostFiles(u8, u8, usize, String),
    /// The n-th file that there is in memory.
    RemoveFile(u8, u8),
    LetFileGo(u8),
    /// To the n-th message that there is, in its room.
    Reply(u8, u8, String),
    React(u8, u8, u8, bool),
    Pin(u8, u8, bool),
    ChooseLevel(u8, u8, u8),
    ChooseQuietHours(u8, bool),
    SeeReactions(u8, u64),
    MarkUnread(u8, u8),
    ReadEverything(u8),
}

/// Generates texts: a word, or that and a mention, which may be no one's.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,4}", "[a-z]{1,4} @member[0-6]", "[a-z]{1,4} @(room|here)"]
}

pub(crate) fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    prop::collection::vec(verb(), 0..160)
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        1 => (0..6u8).prop_map(Verb::Register),
        1 => (0..6u8, 0..40u16).prop_map(|(who, session)| Verb::Open(who, session)),
        1 => (0..40u16).prop_map(Verb::End),
        3 => (0..6u8, text(), prop::option::of(0..4u8))
            .prop_map(|(who, text, nonce)| Verb::Post(who, text, nonce)),
        1 => (0..6u8, 50..60u16).prop_map(|(who, token)| Verb::OfferReset(who, token)),
        1 => (50..60u16).prop_map(Verb::Reset),
        1 => (0..6u8, any::<bool>()).prop_map(|(who, open)| Verb::OpenRoom(who, open)),
        1 => (0..6u8, 0..8u8).prop_map(|(who, room)| Verb::ChangeRoom(who, room)),
        4 => (0..6u8, 0..8u8, text()).prop_map(|(who, room, text)| Verb::PostIn(who, room, text)),
        1 => (0..6u8, 0..8u8).prop_map(|(who, room)| Verb::Join(who, room)),
        1 => (0..6u8, 0..8u8, 0..6u8).prop_map(|(who, room, other)| Verb::Add(who, room, other)),
        1 => (0..6u8, 0..8u8).prop_map(|(who, room)| Verb::Leave(who, room)),
        1 => (0..6u8, 0..8u8).prop_map(|(who, room)| Verb::Decline(who, room)),
        1 => (0..6u8, 0..6u8).prop_map(|(who, other)| Verb::Pair(who, other)),
        1 => (0..6u8, 0..8u8, 0..200u64).prop_map(|(who, room, up_to)| Verb::Read(who, room, up_to)),
        1 => (0..6u8, any::<u8>(), text()).prop_map(|(who, at, text)| Verb::Edit(who, at, text)),
        1 => (0..6u8, any::<u8>()).prop_map(|(who, at)| Verb::Remove(who, at)),
        1 => (0..6u8, 0..6u8, any::<bool>()).prop_map(|(by, who, free)| Verb::RemoveMember(by, who, free)),
        1 => (0..6u8, any::<bool>(), 50..60u16)
            .prop_map(|(by, first, token)| Verb::OfferReturn(by, first, token)),
        1 => (0..6u8, 0..6u8, any::<bool>()).prop_map(|(by, who, owner)| Verb::ChangeRole(by, who, owner)),
        1 => (0..6u8, any::<bool>()).prop_map(|(who, own)| Verb::ChooseZone(who, own)),
        1 => (0..6u8, any::<bool>()).prop_map(|(who, own)| Verb::ChooseLanguage(who, own)),
        1 => (0..6u8, any::<bool>()).prop_map(|(who, own)| Verb::Configure(who, own)),
        1 => (0..6u8).prop_map(Verb::ChangePassword),
        1 => (0..6u8).prop_map(Verb::EndOthers),
        3 => (0..6u8).prop_map(Verb::AddFile),
        1 => (0..20u16).prop_map(Verb::DropFiles),
        2 => (0..6u8, 0..8u8, 1..3usize, prop_oneof![Just(String::new()), text()])
            .prop_map(|(who, room, count, text)| Verb::PostFiles(who, room, count, text)),
        1 => (0..6u8, any::<u8>()).prop_map(|(who, at)| Verb::RemoveFile(who, at)),
        1 => any::<u8>().prop_map(Verb::LetFileGo),
        3 => (0..6u8, any::<u8>(), text()).prop_map(|(who, at, text)| Verb::Reply(who, at, text)),
        4 => (0..6u8, any::<u8>(), 0..2u8, prop::bool::weighted(0.7))
            .prop_map(|(who, at, emoji, wanted)| Verb::React(who, at, emoji, wanted)),
        1 => (0..6u8, any::<u8>(), any::<bool>()).prop_map(|(who, at, wanted)| Verb::Pin(who, at, wanted)),
        1 => (0..6u8, 0..8u8, 0..3u8).prop_map(|(who, room, level)| Verb::ChooseLevel(who, room, level)),
        1 => (0..6u8, any::<bool>()).prop_map(|(who, own)| Verb::ChooseQuietHours(who, own)),
        1 => (0..6u8, 0..200u64).prop_map(|(who, up_to)| Verb::SeeReactions(who, up_to)),
        1 => (0..6u8, any::<u8>()).prop_map(|(who, at)| Verb::MarkUnread(who, at)),
        1 => (0..6u8).prop_map(Verb::ReadEverything),
    ]
}

/// An owner who removes members and lets them come back, and people who take their names meanwhile.
pub(crate) fn verbs_that_remove_members() -> impl Strategy<Value = Vec<Verb>> {
    let verb = prop_oneof![
        3 => (1..4u8, any::<bool>()).prop_map(|(who, free)| Verb::RemoveMember(0, who, free)),
        3 => any::<bool>().prop_map(|first| Verb::OfferReturn(0, first, 50)),
        3 => Just(Verb::Reset(50)),
        3 => (1..7u8).prop_map(Verb::Register),
        1 => (0..4u8, text()).prop_map(|(who, text)| Verb::Post(who, text, None)),
        1 => (0..4u8, 0..4u8).prop_map(|(who, other)| Verb::Pair(who, other)),
        1 => (0..4u8, 0..40u16).prop_map(|(who, session)| Verb::Open(who, session)),
        1 => (0..4u8, 0..4u8).prop_map(|(who, room)| Verb::Join(who, room)),
        1 => Just(Verb::OpenRoom(0, true)),
    ];
    let begin = (0..4).map(Verb::Register).collect::<Vec<_>>();
    prop::collection::vec(verb, 0..60).prop_map(move |verbs| [begin.clone(), verbs].concat())
}

/// One member in more rooms than [`CHANGES_MAX`], who changes messages in all of them.
pub(crate) fn verbs_that_change_messages() -> impl Strategy<Value = Vec<Verb>> {
    let verb = prop_oneof![
        1 => (0..6u8).prop_map(|room| Verb::PostIn(0, room, "new".into())),
        6 => (10..34u8, text()).prop_map(|(at, text)| Verb::Edit(0, at, text)),
        1 => (10..34u8).prop_map(|at| Verb::Remove(0, at)),
        3 => (10..34u8, any::<bool>()).prop_map(|(at, wanted)| Verb::React(0, at, 0, wanted)),
        1 => (10..34u8, any::<bool>()).prop_map(|(at, wanted)| Verb::Pin(0, at, wanted)),
    ];
    prop::collection::vec(verb, 0..60).prop_map(|verbs| {
        let said = (0..18).map(|n| Verb::PostIn(0, n % 6, "old".into()));
        let rooms = [false; 4].map(|open| Verb::OpenRoom(0, open));
        let begin = [Verb::Register(0), Verb::Pair(0, 0)].into_iter().chain(rooms);
        begin.chain(said).chain(verbs).collect()
    })
}

/// Checks the contract of every log: a chat that is opened again on the same records is the same chat, and
/// whoever pages back or catches up gets every message that is kept, once and in order.
/// `opened` gives the log again each time, with what was kept.
/// Gives what was recorded.
pub(crate) fn check_log_contract(opened: impl Fn() -> Box<dyn Log>, verbs: Vec<Verb>) -> Vec<Record> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let live = Chat::open(opened(), LIMITS, notes_in(heard)).unwrap();
    for (n, verb) in (0u16..).zip(verbs) {
        carry_out(&live, n, verb);
        live.state().check_invariants();
    }
    let told = lock(&told);
    let numbers: Vec<u64> = told.iter().map(|record| record.seq.0).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let all = Model::of(&told);
    all_can_be_read(&live, &all);
    bytes_are_used_or_dropped(&live, &told);

    is_the_same_again(live, LIMITS, &opened, &all);
    told.clone()
}

/// Notes what is applied.
fn notes_in(told: Arc<Mutex<Vec<Record>>>) -> Watcher {
    Box::new(move |change| {
        if let StateChange::Applied(records) = change {
            lock(&told).extend_from_slice(records);
        }
    })
}

/// A chat that is opened again on the same records is the same. Gives its state.
fn is_the_same_again(live: Chat, limits: Limits, opened: impl Fn() -> Box<dyn Log>, all: &Model) -> State {
    live.close();
    let live = live.replica.into_state();
    let kept_markers = opened().restore(limits.history).unwrap().read_markers;
    let again = Chat::open(opened(), limits, Box::new(|_| {})).unwrap();
    all_can_be_read(&again, all);
    again.state().check_invariants();
    let (live, again) = assert_same(live, again.replica.into_state());
    // The state takes none that does not belong there.
    assert!(kept_markers.iter().all(|marker| again.marks.contains_key(&(marker.member, marker.room))));
    live
}

/// Which messages memory holds depends on those that it held before, among them such that were removed since, and on what
/// of each room an archive hands out. The newest of each room are held by both; of these, the rest is compared.
fn assert_same(mut one: State, mut other: State) -> (State, State) {
    one.window.level_with(&other.window).into_iter().for_each(|gone| one.forget(&[gone]));
    other.window.level_with(&one.window).into_iter().for_each(|gone| other.forget(&[gone]));
    // The log may have left out numbers after the newest record.
    let last = one.last.max(other.last);
    for state in [&mut one, &mut other] {
        state.forget_what_was(last);
    }
    assert_eq!(one, other);
    (one, other)
}

/// Each file's bytes are those of a file that there is, or are to be removed, and never both; and they are their
/// uploader's in either case.
fn bytes_are_used_or_dropped(chat: &Chat, told: &[Record]) {
    let owned = |keys: &mut dyn Iterator<Item = OwnedKey>| -> BTreeSet<([u8; 16], MemberId)> {
        keys.map(|OwnedKey { key, owner }| (key.0, owner)).collect()
    };
    let added = told.iter().filter_map(|record| match &record.event {
        Event::FileAdded { owner, file } => Some(file.owned_keys(*owner)),
        _ => None,
    });
    let added = owned(&mut added.flatten());
    let dropped = owned(&mut chat.dropped_files().unwrap().into_iter());
    let state = chat.state();
    let unsent = state.unsent_files.values().flat_map(|unsent| unsent.file.owned_keys(unsent.owner));
    let sent = state.window.after(Seq::default());
    let sent = sent.flat_map(|message| message.files.iter().map(|(_, file)| (message.author, file)));
    let mut used = owned(&mut unsent.chain(sent.flat_map(|(author, file)| file.owned_keys(author))));
    drop(state);
    used.extend(owned(&mut chat.file_keys().unwrap().into_iter()));
    assert!(used.is_disjoint(&dropped));
    assert_eq!(used.union(&dropped).copied().collect::<BTreeSet<_>>(), added);
    let some: Vec<FileKey> = dropped.iter().take(2).map(|(key, _)| FileKey(*key)).collect();
    chat.forget_dropped_files(&some).unwrap();
    assert_eq!(chat.dropped_files().unwrap().len(), dropped.len() - some.len());
}

/// Checks that a log keeps nothing of a caller that has not applied what others appended, and says so. `opened` gives
/// the log again each time, with what was kept where `outlives`.
pub(crate) fn check_conflicts(opened: impl Fn() -> Box<dyn Log>, outlives: bool) {
    let registered = |seq: u64, who: &str| samples::record(seq, samples::registered(who, false));
    let mut log = opened();
    log.append(Seq(0), &[registered(1, "ann"), registered(2, "bob")]).unwrap();
    if outlives {
        drop(log);
        log = opened();
    }
    for (expected, who) in [(0, "cyd"), (1, "dan"), (3, "eve")] {
        let stale = log.append(Seq(expected), &[registered(expected + 1, who)]);
        assert!(matches!(stale, Err(_) | Ok(Appended { first: None, .. })), "{stale:?}");
    }
    if let News::Records(theirs) = log.follow(Seq(1)).unwrap() {
        assert!(theirs.is_empty() || theirs == [registered(2, "bob")], "{theirs:?}");
    }
    assert_eq!(log.restore(1).unwrap().newest.max(Seq(2)), Seq(2));
    log.append(Seq(2), &[registered(3, "fay")]).unwrap();
    if outlives {
        drop(log);
        let state = State::restore(1, opened().restore(1).unwrap());
        let names: BTreeSet<&str> = state.members.values().map(|member| member.name.as_str()).collect();
        assert_eq!((state.last(), names), (Seq(3), BTreeSet::from(["ann", "bob", "fay"])));
    }
}

/// Names all events, and tells which one it is: an event that is not listed does not compile.
macro_rules! kinds {
    ($($kind:ident)*) => {
        const KINDS: &[&str] = &[$(stringify!($kind)),*];

        fn kind(event: &Event) -> &'static str {
            match event {
                $(Event::$kind { .. } => stringify!($kind),)*
            }
        }
    };
}

kinds! {
    Registered SessionOpened SessionEnded SessionRevoked DeviceKnown DeviceForgotten RevokedSessionsForgotten
    ResetOffered PasswordChanged ZoneChosen LanguageChosen RoleChanged MemberRemoved MemberReturned Configured RoomOpened RoomChanged RoomDeleted
    PairOpened Joined Invited InvitationDeclined Left Read Posted Edited Removed
    FileAdded FilesDropped FileRemoved Reacted ReactionRemoved Pinned Unpinned NotificationLevelChosen
    QuietHoursChosen ReactionsSeen MarkedUnread
}

/// A short life of a chat, in which every event happens: one that no verb makes fails here. Whoever is removed has all
/// [`MemberData`]. Gives what was recorded.
pub(crate) fn check_every_event(opened: impl Fn() -> Box<dyn Log>) -> Vec<Record> {
    let verbs = vec![
        Verb::Register(0),
        Verb::Register(1),
        Verb::Post(0, "hello @member1".into(), Some(1)),
        Verb::Edit(0, 5, "other".into()),
        Verb::Remove(0, 5),
        Verb::Register(2),
        Verb::RemoveMember(0, 2, true),
        Verb::Post(1, "@member0".into(), None),
        Verb::React(0, 12, 0, true),
        Verb::React(0, 12, 0, false),
        Verb::React(0, 12, 1, true),
        Verb::Pin(0, 12, true),
        Verb::Pin(0, 12, false),
        Verb::Pin(1, 12, true),
        Verb::SeeReactions(1, 200),
        Verb::React(0, 12, 0, true),
        Verb::Reply(0, 12, "@here".into()),
        Verb::ChooseLevel(1, 0, 2),
        Verb::ChooseQuietHours(1, true),
        Verb::ReadEverything(0),
        Verb::MarkUnread(0, 12),
        Verb::Open(0, 30),
        Verb::EndOthers(0),
        Verb::ChooseZone(1, true),
        Verb::ChooseLanguage(1, true),
        Verb::ChangeRole(0, 1, true),
        Verb::Configure(0, true),
        Verb::OpenRoom(0, true),
        Verb::ChangeRoom(0, 1),
        Verb::Join(1, 1),
        Verb::PostIn(1, 1, "@member0".into()),
        Verb::Read(0, 1, 200),
        Verb::Leave(1, 1),
        Verb::Add(0, 1, 1),
        Verb::Decline(1, 1),
        Verb::Add(0, 1, 1),
        Verb::OpenRoom(0, false),
        Verb::PostIn(0, 2, "gone".into()),
        Verb::Leave(0, 2),
        Verb::OpenRoom(0, true),
        Verb::Join(1, 2),
        Verb::Pair(0, 1),
        Verb::OfferReset(1, 50),
        Verb::Reset(50),
        Verb::OfferReset(1, 52),
        Verb::RemoveMember(0, 1, false),
        Verb::OfferReturn(0, true, 51),
        Verb::Reset(51),
        Verb::Open(0, 31),
        Verb::AddFile(0),
        Verb::AddFile(0),
        Verb::DropFiles(1),
        Verb::AddFile(0),
        Verb::PostFiles(0, 0, 9, "two".into()),
        Verb::RemoveFile(0, 0),
        Verb::AddFile(0),
        Verb::PostFiles(0, 0, 1, String::new()),
        Verb::LetFileGo(0),
        Verb::RemoveFile(0, 0),
    ];
    let told = check_log_contract(&opened, verbs);
    let happened: BTreeSet<&str> = told.iter().map(|record| kind(&record.event)).collect();
    assert_eq!(happened, KINDS.iter().copied().collect());
    told
}

/// The time of the n-th verb. Now and then more time goes by than revoked sessions are known for.
fn time(n: u16) -> Timestamp {
    const MONTH: i64 = 31 * 24 * 60 * 60 * 1000;
    Timestamp(i64::from(n) + i64::from(n / 32) * MONTH)
}

fn carry_out(chat: &Chat, n: u16, verb: Verb) {
    let now = time(n);
    let member = |who: u8| {
        let key = NameKey::of(&format!("member{who}"));
        chat.state().active_named(&key).map(|(id, _)| id)
    };
    let room = |at: u8| room(chat, at);
    // Many are refused, and that is part of it.
    let _ = match verb {
        Verb::Register(who) => register(chat, &format!("member{who}"), 1000 + n).map(drop),
        Verb::Open(who, session) => member(who).map_or(Ok(()), |id| {
            let session = new_known_session(session, None);
            let state = chat.state();
            let device = session.known_by.map(|device| state.known_devices.contains_key(&device.digest));
            // No token is drawn twice.
            let drawn = state.session(&session.digest).is_some() || device == Some(true);
            drop(state);
            if drawn { Ok(()) } else { chat.open_session(id, session, now, |_| Duration::ZERO) }
        }),
        Verb::End(session) => chat.end_session(digest(session), now),
        Verb::Post(who, text, nonce) => member(who)
            .map_or(Ok(()), |id| say(chat, id, &text, nonce.map(|n| format!("n{n}")).as_deref()).map(drop)),
        Verb::OpenRoom(who, open) => member(who)
            .map_or(Ok(()), |id| chat.open_room(id, new_room(&format!("room {n}"), open), now).map(drop)),
        Verb::ChangeRoom(who, at) => member(who).map_or(Ok(()), |id| {
            let name = RoomName::parse(&format!("changed {n}")).unwrap();
            let topic = Topic::parse("about").unwrap();
            chat.change_room(id, room(at), RoomChange { naming: Naming { name, topic }, known: None }, now)
        }),
        Verb::PostIn(who, at, text) => {
            member(who).map_or(Ok(()), |id| chat.post(room(at), message(id, &text), now).map(drop))
        }
        Verb::Join(who, at) => member(who).map_or(Ok(()), |id| chat.join(id, room(at), now)),
        Verb::Add(who, at, other) => member(who)
            .zip(member(other))
            .map_or(Ok(()), |(id, other)| chat.add(id, room(at), other, now).map(drop)),
        Verb::Leave(who, at) => member(who).map_or(Ok(()), |id| chat.leave(id, room(at), now)),
        Verb::Decline(who, at) => member(who).map_or(Ok(()), |id| chat.decline(id, room(at), now)),
        Verb::Pair(who, other) => member(who).zip(member(other)).map_or(Ok(()), |(id, other)| {
            chat.post_privately(other, message(id, &format!("private {n}")), now).map(drop)
        }),
        Verb::Read(who, at, up_to) => {
            member(who).map_or(Ok(()), |id| chat.read(vec![(id, room(at), Seq(up_to))], now))
        }
        Verb::OfferReset(who, token) => {
            member(who).map_or(Ok(()), |id| chat.offer_reset(id, digest(token), now))
        }
        Verb::Reset(token) => {
            let password = PasswordHash(format!("hash {n}").into());
            let name = Username::parse(&format!("member{}", n % 7)).ok();
            let session = new_known_session(2000 + n, Some(1));
            chat.reset_password(&digest(token), FreshStart { password, name, session }, now, now)
        }
        verb => return carry_out_more(chat, n, verb),
    };
}

/// Owners' decisions, members' own settings, edits and removals.
fn carry_out_more(chat: &Chat, n: u16, verb: Verb) {
    let now = time(n);
    let member = |who: u8| {
        let key = NameKey::of(&format!("member{who}"));
        chat.state().active_named(&key).map_or(MemberId(Seq(u64::MAX)), |(id, _)| id)
    };
    // Of all that there is, also what memory has let go; some of it is no message.
    let message = |at: u8| Seq(u64::from(at) % (chat.state().last().0 + 1));
    let hash = PasswordHash(format!("hash {n}").into());
    let _ = match verb {
        Verb::Edit(who, at, text) => chat.edit(member(who), message(at), new_text(&text), now),
        Verb::Remove(who, at) => chat.remove(member(who), message(at), now),
        Verb::RemoveMember(by, who, free) => chat.remove_member(member(by), member(who), free, now),
        Verb::OfferReturn(by, first, token) => {
            let mut former: Vec<MemberId> = chat.state().removed_members().map(|(id, _)| id).collect();
            former.sort();
            let who = if first { former.first() } else { former.last() };
            who.map_or(Ok(()), |who| chat.offer_return(member(by), *who, digest(token), now))
        }
        Verb::ChangeRole(by, who, owner) => chat.change_role(member(by), member(who), owner, now),
        Verb::ChooseZone(who, own) => {
            chat.choose_zone(member(who), own.then_some(chrono_tz::Tz::Europe__Berlin.into()), now)
        }
        Verb::ChooseLanguage(who, own) => {
            chat.choose_language(member(who), own.then_some(crate::text::Language::Hindi), now)
        }
        Verb::Configure(who, own) => {
            let code = InviteCode::parse(&format!("code {n}")).unwrap();
            let title = own.then(|| Title::parse("title").unwrap());
            let registration = own.then_some(Registration::Invited(code));
            chat.configure(member(who), Configuration { title, registration }, None, now)
        }
        Verb::ChangePassword(who) => {
            let who = member(who);
            let known = chat.state().member(who).map(|member| member.password.clone());
            known.map_or(Ok(()), |known| {
                let change = PasswordChange { known, password: hash };
                chat.change_password(who, change, new_known_session(3000 + n, None), now)
            })
        }
        Verb::AddFile(who) => chat.add_file(member(who), file(n), now).map(drop),
        Verb::DropFiles(age) => chat.drop_unsent_files(time(n.saturating_sub(age)), now),
        Verb::PostFiles(who, at, count, text) => {
            let (who, room) = (member(who), room(chat, at));
            let mut own: Vec<FileId> = chat.state().unsent_files_of(who).collect();
            own.sort();
            own.truncate(count);
            let body = if own.is_empty() || !text.is_empty() { body(&text) } else { Some(Body::none()) };
            body.map_or(Ok(()), |body| {
                let files = own.into_iter().map(|id| (id, Some(AltText::of("described")))).collect();
                let message = NewMessage { body, files, ..super::tests::message(who, "x") };
                chat.post(room, message, now).map(drop)
            })
        }
        Verb::RemoveFile(who, at) => {
            file_at(chat, at).map_or(Ok(()), |(id, _)| chat.remove_file(member(who), id, now))
        }
        Verb::LetFileGo(at) => file_at(chat, at).map_or(Ok(()), |(_, key)| chat.let_files_go(&[key], now)),
        Verb::Reply(who, at, text) => {
            let id = message(at);
            let room = chat.find(id).ok().flatten().map(|found| found.message.room);
            room.map_or(Ok(()), |room| {
                let reply = NewMessage { answers: Some(id), ..super::tests::message(member(who), &text) };
                chat.post(room, reply, now).map(drop)
            })
        }
        Verb::React(who, at, emoji, wanted) => {
            let emoji = Emoji::parse(["👍", "🎉"][usize::from(emoji)]).unwrap();
            chat.react(member(who), message(at), (&emoji, wanted), now)
        }
        Verb::Pin(who, at, wanted) => chat.pin(member(who), message(at), wanted, now),
        Verb::ChooseLevel(who, at, level) => {
            let level = NotificationLevel::ALL[usize::from(level)];
            chat.choose_notification_level(member(who), room(chat, at), level, now)
        }
        Verb::ChooseQuietHours(who, own) => {
            let hours = own.then(|| QuietHours::parse("22:00", "07:00").unwrap());
            chat.choose_quiet_hours(member(who), hours, now)
        }
        Verb::SeeReactions(who, up_to) => chat.see_reactions(member(who), Seq(up_to), now),
        Verb::MarkUnread(who, at) => chat.mark_unread(member(who), message(at), now),
        Verb::ReadEverything(who) => chat.read_everything(member(who), now),
        Verb::EndOthers(who) => chat.end_sessions(member(who), SessionsToEnd::Others(digest(n)), now),
        _ => Ok(()),
    };
}

fn body(text: &str) -> Option<Body> {
    Body::parse(text).ok()
}

/// The n-th file that memory knows, sent or not.
fn file_at(chat: &Chat, at: u8) -> Option<(FileId, FileKey)> {
    let state = chat.state();
    let unsent = state.unsent_files.iter().map(|(id, unsent)| (*id, unsent.file.key));
    let sent = state.window.after(Seq::default()).flat_map(|message| message.files.iter());
    let mut all: Vec<_> = unsent.chain(sent.map(|(id, file)| (*id, file.key))).collect();
    all.sort_by_key(|(id, _)| *id);
    (!all.is_empty()).then(|| all[usize::from(at) % all.len()])
}

fn room(chat: &Chat, at: u8) -> RoomId {
    let mut rooms: Vec<RoomId> = chat.state().rooms.keys().copied().collect();
    rooms.sort();
    rooms[usize::from(at) % rooms.len()]
}

/// The file of the n-th verb, whose bytes are its key; every second one has a preview.
fn file(n: u16) -> FileRecord {
    let key = |part: u8| FileKey([[part; 14].as_slice(), &n.to_be_bytes()].concat().try_into().unwrap());
    let shown = n.is_multiple_of(2);
    FileRecord {
        name: FileName::of(&format!("photo {n}.jpg")),
        kind: if shown { FileType::Jpeg } else { FileType::Text },
        size: 16,
        dimensions: shown.then_some(Dimensions { width: n, height: 1 }),
        alt: AltText::of(if shown { "a photo" } else { "" }),
        key: key(0),
        sha256: Sha256::digest(key(0).0).into(),
        preview: shown.then(|| key(1)),
        gone: false,
    }
}
