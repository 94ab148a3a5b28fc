//! What searching costs, whatever is searched for, and what it costs those who only read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::load::{Client, Process, answers, median};
use crate::store::{Chat, real_disk};

/// Messages of the two chats.
const SIZES: [u64; 2] = [100_000, 1_000_000];
const TRIES: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

/// What is searched for: ordinary words, and what would keep an index busy.
fn queries() -> Vec<(&'static str, String)> {
    let query =
        |words: &str| format!("q={}", form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>());
    vec![
        ("a number in one message", query("99998")),
        ("a word in all of them", query("dinner")),
        ("the beginning of a number", query("9999")),
        ("a letter", query("m")),
        ("a digit", query("1")),
        ("ten letters", query("m s t d i a e b w c")),
        ("ten digits", query("1 2 3 4 5 6 7 8 9 0")),
        ("nothing that is there", query("soup")),
        ("a word and one that is nowhere", query("dinner soup")),
        ("what an index takes for syntax", query("\" OR * NEAR( ^ { } : - NOT AND terms:")),
        ("300 words", query(&"dinner eight bread ".repeat(20))),
        ("signs", query("👋 🍞")),
        ("a script without spaces", query("世界你好")),
        ("a phrase in all of them", query("\"dinner is at eight\"")),
        ("a phrase that is nowhere", query("\"bread is at eight\"")),
        ("a letter by somebody", query("m") + "&author=member7"),
        ("all by somebody", "author=member7".into()),
    ]
}

/// The same where no spaces are between words. Of [`unspaced`], the first characters and words are the common ones.
fn unspaced_queries() -> Vec<(&'static str, String)> {
    let common: Vec<char> = (0..8).map(character).collect();
    let of = |chars: &[char]| {
        let text: String = chars.iter().collect();
        format!("q={}", form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>())
    };
    let word = |rank: u64| of(&two_characters(rank));
    vec![
        ("a common character", of(&common[..1])),
        ("a rare character", of(&[character(CHARACTERS - 1)])),
        ("a character that is nowhere", of(&['龘'])),
        ("a common word", word(30)),
        ("a rare word", word(15_000)),
        ("two common characters", of(&common[..2])),
        ("four common ones, nowhere in turn", of(&[common[3], common[1], common[3], common[2]])),
        (
            "ten common ones",
            of(&[' '; 10].into_iter().zip(&common).flat_map(|(space, c)| [space, *c]).collect::<Vec<_>>()),
        ),
    ]
}

const CHARACTERS: u64 = 2_500;

fn character(rank: u64) -> char {
    char::from_u32(0x4E00 + 8 * u32::try_from(rank).unwrap()).unwrap()
}

/// Numbers that look random and are the same each time (splitmix64).
fn mixed(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// The words of a language: each of two characters.
fn two_characters(rank: u64) -> [char; 2] {
    let mixed = mixed(rank + 1);
    [character(mixed % CHARACTERS), character(mixed / CHARACTERS % CHARACTERS)]
}

/// A message of about 28 characters.
fn unspaced(number: u64) -> String {
    let count = 5 + mixed(number) % 21;
    let mut text = String::new();
    for word in 0..count {
        let rank = mixed(number * 32 + word + 1_000_000_000);
        // Of each doubling as many: the nth word is as common as a language has it.
        let doubling = 1 << (rank % 14);
        let rank = doubling - 1 + (rank >> 8) % doubling;
        if rank.is_multiple_of(2) && rank < 80 {
            text.push(character(rank / 2));
        } else {
            text.extend(two_characters(rank));
        }
    }
    text
}

/// Searches of chats with many messages, and pages while somebody searches all the time.
pub(crate) fn hostile() {
    let folder = real_disk();
    for size in SIZES {
        let chat = Chat::new(&folder, &format!("{size}.db"), size);
        println!("{size} messages");
        searched(&chat, &queries());
    }
}

/// The same in a script without spaces.
pub(crate) fn unspaced_text() {
    let folder = real_disk();
    for size in SIZES {
        let chat = Chat::saying(&folder, &format!("unspaced-{size}.db"), size, unspaced);
        println!("{size} messages in a script without spaces");
        searched(&chat, &unspaced_queries());
    }
}

fn searched(chat: &Chat, queries: &[(&str, String)]) {
    let [file, index] = chat.sizes().map(|bytes| bytes as f64 / 1024.0 / 1024.0);
    println!(
        "  {file:.1} MiB, of which the index of words {index:.1}, which is written anew in {:.1} s",
        chat.index_time().as_secs_f64()
    );
    println!("  {TRIES} tries: ms, median (slowest)");
    let snug = chat.serve(&[]);
    let mut client = Client::new(snug.address, true);
    for (name, query) in queries {
        let request = chat.get(snug.address, &format!("/search?{query}"));
        let mut times: Vec<f64> = (0..TRIES)
            .map(|_| {
                let start = Instant::now();
                client.ask(&request);
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("  {name:<34} {:>7.1} ({:.1})", times[TRIES / 2], times[TRIES - 1]);
    }
    beside(chat, &snug);
}

/// Messages in a room that the one who searches may not see.
const HIDDEN: [u64; 2] = [5_000, 200_000];
/// Messages that they may see.
const SEEN: u64 = 5_000;
const HIDDEN_TRIES: usize = 201;

/// What the time of a search tells of rooms that one may not see: nothing, if both of each two are alike.
pub(crate) fn hidden() {
    let folder = real_disk();
    for count in HIDDEN {
        let chat = Chat::with_hidden(&folder, &format!("hidden-{count}.db"), SEEN, count);
        let snug = chat.serve(&["--search-rate", "0"]);
        let mut client = Client::new(snug.address, true);
        println!("{SEEN} messages to be seen, {count} hidden: ms, median of {HIDDEN_TRIES}, in turn");
        for [there, nowhere] in [
            ["q=secret", "q=forest"],
            ["q=h", "q=q"],
            ["q=secret+hidden", "q=forest+hamlet"],
            ["q=dinner&author=member2", "q=dinner&author=member3"],
            ["author=member2", "author=member3"],
        ] {
            let requests = [there, nowhere].map(|query| chat.get(snug.address, &format!("/search?{query}")));
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..HIDDEN_TRIES {
                for (request, times) in requests.iter().zip(&mut times) {
                    let start = Instant::now();
                    client.ask(request);
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
            }
            let [there_ms, nowhere_ms] = times.map(median);
            let ratio = there_ms / nowhere_ms;
            println!("  {there} {there_ms:.2}, {nowhere} {nowhere_ms:.2}: ratio {ratio:.2}");
        }
    }
}

/// The newest page for others while somebody searches for letters.
fn beside(chat: &Chat, snug: &Process) {
    let page = chat.get(snug.address, "/chat");
    let search = chat.get(snug.address, "/search?q=m+s+t");
    let pages = || answers(snug.address, 1, true, ROUND, |_, _| page.clone());
    let alone = pages();
    let over = AtomicBool::new(false);
    let busy = thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = Client::new(snug.address, true);
            while !over.load(Ordering::Relaxed) {
                client.ask(&search);
            }
        });
        let busy = pages();
        over.store(true, Ordering::Relaxed);
        busy
    });
    println!(
        "  the newest page beside searches: p50 {:.2} ms (alone {:.2}), p99 {:.2} ms (alone {:.2})",
        busy.ms(50),
        alone.ms(50),
        busy.ms(99),
        alone.ms(99)
    );
}
