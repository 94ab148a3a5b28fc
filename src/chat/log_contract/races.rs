//! Members who change the same messages at once.

use std::sync::Barrier;

use super::super::tests::{LIMITS, message, new_text, register, say};
use super::*;

/// Members at once, and what each does.
const MEMBERS: u16 = 8;
const STEPS: u64 = 40;

/// Checks that what members do at once to a few messages, of which memory has let some go where the log has an
/// archive, is the same for all afterwards: no reaction is there twice or lost, and a chat that is opened again is the
/// same. `opened` as for the contract.
pub(crate) fn check_races(opened: impl Fn() -> Box<dyn Log>) {
    let limits = Limits { members: 20, ..LIMITS };
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let live = Chat::open(opened(), limits, notes_in(heard)).unwrap();
    let members: Vec<MemberId> =
        (0..MEMBERS).map(|n| register(&live, &format!("member{n}"), n).unwrap()).collect();
    // As many as changes are known. A few of them are old.
    let said = |n: usize| say(&live, members[n], &format!("message {n}"), None).unwrap();
    let mut messages: Vec<Seq> = (0..2).map(said).collect();
    for _ in 0..LIMITS.history {
        say(&live, members[7], "between", None).unwrap();
    }
    messages.extend((2..CHANGES_MAX).map(said));
    let barrier = Barrier::new(usize::from(MEMBERS));
    std::thread::scope(|scope| {
        for (n, member) in (0u64..).zip(&members) {
            let (live, messages, barrier) = (&live, &messages, &barrier);
            scope.spawn(move || {
                let mut random = n + 1;
                let mut pick = |of: usize| {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    usize::try_from(random >> 33).unwrap() % of
                };
                barrier.wait();
                for step in 0..STEPS {
                    let last = step + 10 > STEPS && n == 0;
                    change(live, *member, messages[pick(messages.len())], (pick(12), pick(4), last));
                }
            });
        }
    });
    live.state().check_invariants();
    let told = std::mem::take(&mut *lock(&told));
    let all = Model::of(&told);
    all_can_be_read(&live, &all);
    is_the_same_again(live, limits, &opened, &all);
}

fn change(chat: &Chat, member: MemberId, id: Seq, (what, which, last): (usize, usize, bool)) {
    let now = Timestamp(0);
    let emoji = Emoji::parse(["👍", "🎉"][which % 2]).unwrap();
    let last_seen = chat.state().last();
    let done = match what {
        0 => chat.pin(member, id, which < 2, now),
        1 => chat.edit(member, id, new_text(&format!("edited {which}")), now),
        2 => {
            let reply = NewMessage { answers: Some(id), ..message(member, "answer") };
            chat.post(RoomId::SHARED, reply, now).map(drop)
        }
        3 => chat.mark_unread(member, id, now),
        4 => chat.see_reactions(member, last_seen, now),
        5 if last => chat.remove(member, id, now),
        _ => chat.react(member, id, (&emoji, which < 2 || what < 8), now),
    };
    let expected = [Refusal::NoSuchMessage, Refusal::NotTheirs];
    assert!(done.as_ref().err().is_none_or(|refusal| expected.contains(refusal)), "{what}: {done:?}");
}
