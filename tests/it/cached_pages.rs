//! No page that is kept reaches anybody else, or outlives what it shows: a chat that keeps pages answers as one that keeps
//! none, byte by byte, whatever happens.

mod chats;
mod moments;
mod polling;
mod secrets;

use chats::Chats;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// What happens next. Who does it is the n-th browser; messages, rooms, people and words are chosen by number as well.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Say {
        room: usize,
        words: usize,
    },
    Reply {
        message: usize,
    },
    Attach {
        room: usize,
    },
    Edit {
        message: usize,
    },
    Remove {
        message: usize,
    },
    React {
        message: usize,
        emoji: usize,
        on: bool,
    },
    Pin {
        message: usize,
        on: bool,
    },
    Read {
        room: usize,
    },
    ReadAll,
    MarkUnread {
        message: usize,
    },
    Level {
        room: usize,
        level: usize,
    },
    Zone(usize),
    Language(usize),
    Quiet(bool),
    Title(usize),
    Naming {
        room: usize,
        word: usize,
    },
    Role {
        person: usize,
        on: bool,
    },
    Leave {
        room: usize,
    },
    Join {
        room: usize,
    },
    Add {
        room: usize,
        person: usize,
    },
    /// Out of the chat.
    Banish {
        person: usize,
    },
    SignInAnew,
    Watch(bool),
    /// So many minutes go by.
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let n = any::<usize>;
    let on = || prop::bool::weighted(0.7);
    prop_oneof![
        6 => (n(), n()).prop_map(|(room, words)| Deed::Say { room, words }),
        2 => n().prop_map(|message| Deed::Reply { message }),
        1 => n().prop_map(|room| Deed::Attach { room }),
        3 => n().prop_map(|message| Deed::Edit { message }),
        3 => n().prop_map(|message| Deed::Remove { message }),
        4 => (n(), n(), on()).prop_map(|(message, emoji, on)| Deed::React { message, emoji, on }),
        2 => (n(), on()).prop_map(|(message, on)| Deed::Pin { message, on }),
        2 => n().prop_map(|room| Deed::Read { room }),
        1 => Just(Deed::ReadAll),
        1 => n().prop_map(|message| Deed::MarkUnread { message }),
        1 => (n(), n()).prop_map(|(room, level)| Deed::Level { room, level }),
        2 => n().prop_map(Deed::Zone),
        2 => n().prop_map(Deed::Language),
        1 => any::<bool>().prop_map(Deed::Quiet),
        1 => n().prop_map(Deed::Title),
        1 => (n(), n()).prop_map(|(room, word)| Deed::Naming { room, word }),
        1 => (n(), on()).prop_map(|(person, on)| Deed::Role { person, on }),
        2 => n().prop_map(|room| Deed::Leave { room }),
        2 => n().prop_map(|room| Deed::Join { room }),
        2 => (n(), n()).prop_map(|(room, person)| Deed::Add { room, person }),
        1 => n().prop_map(|person| Deed::Banish { person }),
        2 => Just(Deed::SignInAnew),
        2 => any::<bool>().prop_map(Deed::Watch),
        2 => (1..900i64).prop_map(Deed::Wait),
    ]
}

/// What a browser looks at: an address and the language that it asks for, by number.
type Look = (usize, usize);

/// A browser does something, and then every browser looks at something.
fn step() -> impl Strategy<Value = (usize, Deed, Vec<Look>)> {
    (any::<usize>(), deed(), prop::collection::vec(any::<Look>(), chats::BROWSERS * 2))
}

#[test]
fn a_chat_that_keeps_pages_answers_as_one_that_keeps_none() {
    const STEPS: usize = 60;
    let mut chats = Chats::open();
    let before = chats.happened();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for number in 0..STEPS {
        let (who, deed, looks) = step().new_tree(&mut runner).unwrap().current();
        let what = format!("step {number}: {who} does {deed:?}", who = who % chats::BROWSERS);
        chats.carry_out(who, deed, &what);
        for (browser, [one, other]) in looks.as_chunks::<2>().0.iter().enumerate() {
            chats.look(browser, *one, &what);
            chats.look(browser, *other, &what);
        }
        chats.look_with_ended_sessions(&what);
    }
    let happened = chats.happened() - before;
    assert!(happened > STEPS / 2, "most of it is carried out, not {happened} of {STEPS}");
}
