//! Whether one client can slow down others: an honest member beside a hostile client of each kind at full
//! speed. `cargo bench -- fairness caddy file renames` narrows it down by words of its lines; `fairness` alone
//! takes them all. Each line says `met` or `missed`, and one that is missed makes this program fail.

mod attacks;
mod force;
mod fronts;
mod honest;

use std::fmt::Write as _;
use std::io;
use std::thread;
use std::time::Duration;

use crate::client::Client;
use attacks::{ATTACKS, Attack};
use force::Attacker;
pub(crate) use force::attack_if_asked;
use fronts::{Front, House};
#[cfg(feature = "sqlite")]
pub(crate) use fronts::{start_proxy, temporary_paths};
use honest::{Figures, Honest, Kind};

/// How long the honest members are watched where nobody attacks, and under each attack.
const IDLE: Duration = Duration::from_secs(15);
const ATTACKED: Duration = Duration::from_secs(7);
/// From the attack's first request to the first that counts.
const RAMP: Duration = Duration::from_secs(1);
/// Messages in the shared room before the attack: more than a page.
const SEEDED: usize = 60;
const PAGE: usize = 50;

/// What has to hold: of all that honest members ask for, this much is served, ...
const SERVED_LEAST: f64 = 0.99;
/// ... of each kind the 99th percentile takes at most so many times what it takes where nobody attacks, ...
const SLOWER_MOST: f64 = 4.0;
/// ... and no more than the worst case that the README states is resident. In MB.
fn worst_case() -> u64 {
    let (_, rest) = include_str!("../../README.md").split_once("at most ").unwrap();
    rest.split_once(" MB").unwrap().0.parse().unwrap()
}

/// Where one attack is tried.
#[derive(Clone, Copy)]
struct Setting {
    front: Front,
    with_file: bool,
}

impl Setting {
    fn name(self) -> String {
        format!("{:<9} {:<6}", self.front.name(), if self.with_file { "file" } else { "memory" })
    }
}

/// A chat in which honest members live.
struct Scene {
    house: House,
    /// One at another address than the attacker's, and one at the same.
    elsewhere: Honest,
    beside: Honest,
    /// Someone who has read nothing yet.
    absent: Client,
    /// What was posted first, under a nonce.
    first: u64,
}

impl Scene {
    fn set(setting: Setting, flags: &[&str]) -> io::Result<Self> {
        let house = House::open(setting.front, setting.with_file, flags);
        let (front, address) = (setting.front, house.address);
        let code = house.snug.code.clone().unwrap_or_default();
        let mut elsewhere = Honest::register(front.elsewhere(address), "home", &code)?;
        let mut beside = Honest::register(front.beside_attacker(address), "office", "")?;
        let absent = Client::register(front.elsewhere(address), "absent", "")?;
        let mut member = elsewhere.member();
        let first = post_first(&mut member)?;
        let mut last = first;
        for number in 1..SEEDED {
            let answer = member.post_json("/chat", &[("message", &format!("Message {number} of many"))])?;
            last = answer.json()["id"].as_u64().ok_or_else(|| io::Error::other(answer.status.to_string()))?;
        }
        elsewhere.reads_before(last);
        beside.reads_before(last);
        Ok(Self { house, elsewhere, beside, absent, first })
    }

    /// Both honest members do what they do.
    fn watch(&self, time: Duration) -> [Figures; 2] {
        thread::scope(|scope| {
            let members = [&self.elsewhere, &self.beside];
            let workers = members.map(|honest| scope.spawn(move || honest.spends(time)));
            workers.map(|worker| worker.join().unwrap())
        })
    }

    /// What honest members own and do not have any more.
    fn lost(&mut self, with_file: bool, noise_is_elsewhere: bool) -> Vec<&'static str> {
        let mut lost = Vec::new();
        let page = self.elsewhere.member().get_json("/chat").map(|answer| answer.json());
        let messages = page.ok().and_then(|page| page["messages"].as_array().map(Vec::len));
        if messages.is_none_or(|count| count < PAGE) {
            lost.push("the newest page");
        }
        // In memory alone, what others say in the same room may push these out.
        if with_file || noise_is_elsewhere {
            let sidebar = self.absent.get_json("/sidebar").map(|answer| answer.json());
            let shared = |room: &&serde_json::Value| room["room"] == 0;
            let unread = sidebar.ok().and_then(|all| {
                all["rooms"].as_array()?.iter().find(shared).and_then(|room| room["unread"].as_u64())
            });
            if unread.is_none_or(|count| count == 0) {
                lost.push("an unread count");
            }
            if post_first(&mut self.elsewhere.member()).ok() != Some(self.first) {
                lost.push("a nonce");
            }
        }
        lost
    }
}

fn post_first(member: &mut Client) -> io::Result<u64> {
    let answer = member.post_json("/chat", &[("message", "Message 0 of many"), ("nonce", "first")])?;
    answer.json()["id"].as_u64().ok_or_else(|| io::Error::other(answer.status.to_string()))
}

/// Tries what these words name; gives whether everything was met.
pub(crate) fn attacks(words: &[&str]) -> bool {
    let mut met = true;
    for front in Front::ALL {
        if !front.is_here() {
            println!("SKIPPED, as it is not installed: {}", front.name());
            continue;
        }
        for with_file in [false, true] {
            let setting = Setting { front, with_file };
            if with_file && cfg!(not(feature = "sqlite")) {
                continue;
            }
            let wanted = |attack: &&Attack| {
                let line = format!("{} {}", setting.name(), attack.name);
                (with_file || !attack.needs_file)
                    && words.iter().all(|word| line.split_whitespace().any(|known| known == *word))
            };
            let wanted: Vec<&Attack> = ATTACKS.iter().filter(wanted).collect();
            if !wanted.is_empty() {
                met &= in_setting(setting, &wanted);
            }
        }
    }
    met
}

fn in_setting(setting: Setting, attacks: &[&Attack]) -> bool {
    let idle = Scene::set(setting, &[]).expect("an honest member is served where nobody attacks").watch(IDLE);
    for (name, figures) in ["elsewhere", "beside"].iter().zip(&idle) {
        println!("{} idle, {name}: {}", setting.name(), details(figures, None));
    }
    let tried: Vec<bool> = attacks.iter().map(|attack| attacked(setting, attack, &idle)).collect();
    tried.into_iter().all(|met| met)
}

/// Tries one attack, and says what came of it.
fn attacked(setting: Setting, attack: &Attack, idle: &[Figures; 2]) -> bool {
    let mut scene = Scene::set(setting, attack.flags).expect("honest members register");
    let attacker = Attacker::start(attack.name, scene.house.address, setting.front);
    thread::sleep(RAMP);
    let cpu = |scene: &Scene| [scene.house.snug.cpu(), scene.house.proxy_cpu(), attacker.cpu()];
    let before = cpu(&scene);
    let figures = scene.watch(ATTACKED);
    let used = cpu(&scene).iter().zip(before).map(|(after, before)| after.saturating_sub(before)).collect();
    let answered = attacker.end();
    let lost = scene.lost(setting.with_file, attack.name == "notes");
    let resident = scene.house.snug.peak() / 1_000_000;

    let verdicts = [(0, "elsewhere", false), (1, "beside", attack.by_strangers)]
        .map(|(index, name, strangers)| (name, Verdict::of(&figures[index], &idle[index], strangers)));
    let met = verdicts.iter().all(|(_, verdict)| verdict.met()) && resident < worst_case() && lost.is_empty();
    let mut line = format!("{} {:<14}", setting.name(), attack.name);
    for (name, verdict) in &verdicts {
        let _ = write!(line, " {name} {verdict}");
    }
    println!("{line}  {resident:>3} MB  {}", if met { "met" } else { "missed" });
    if !lost.is_empty() {
        println!("    lost: {}", lost.join(", "));
    }
    if !met {
        for ((name, _), (figures, idle)) in verdicts.iter().zip(figures.iter().zip(idle)) {
            println!("    {name}: {}", details(figures, Some(idle)));
        }
        println!("    the attacker: {answered}; {}", processor(&used));
    }
    if verdicts.iter().any(|(_, verdict)| verdict.slower.is_some_and(|(ratio, _)| ratio >= SLOWER_MOST)) {
        against_another(setting, attack, idle);
    }
    met
}

/// The same attack at another chat on this machine: what the honest ones wait then is the machine's part.
fn against_another(setting: Setting, attack: &Attack, idle: &[Figures; 2]) {
    let scene = Scene::set(setting, attack.flags).expect("honest members register");
    let other = Scene::set(setting, attack.flags).expect("honest members register");
    let _attacker = Attacker::start(attack.name, other.house.address, setting.front);
    thread::sleep(RAMP);
    let figures = scene.watch(ATTACKED);
    let verdicts = [0, 1].map(|index| Verdict::of(&figures[index], &idle[index], false).to_string());
    println!("    if another chat on this machine is attacked: {}", verdicts.join("  "));
}

fn processor(used: &Vec<Duration>) -> String {
    let share = |time: &Duration| format!("{:.0} %", time.as_secs_f64() / ATTACKED.as_secs_f64() * 100.0);
    let names = ["snug", "the proxy", "the attacker"];
    let each = names.iter().zip(used).map(|(name, time)| format!("{name} {}", share(time)));
    format!("of a processor: {}", each.collect::<Vec<_>>().join(", "))
}

/// How it went for one honest member.
struct Verdict {
    served: f64,
    /// The kind that became slowest, by how much.
    slower: Option<(f64, Kind)>,
}

impl Verdict {
    /// `strangers`: the attacker is somebody from the same address who is not signed in.
    fn of(figures: &Figures, idle: &Figures, strangers: bool) -> Self {
        let counted = || figures.iter().filter(|(kind, _)| !(strangers && **kind == Kind::SignIn));
        let asked: usize = counted().map(|(_, tally)| tally.asked()).sum();
        let served: usize = counted().map(|(_, tally)| tally.times.len()).sum();
        let ratios = counted().filter_map(|(kind, tally)| Some((tally.ms(99)? / idle[kind].ms(99)?, *kind)));
        let slower = ratios.max_by(|(one, _), (other, _)| one.total_cmp(other));
        Self { served: served as f64 / asked.max(1) as f64, slower }
    }

    fn met(&self) -> bool {
        self.served >= SERVED_LEAST && self.slower.is_some_and(|(ratio, _)| ratio < SLOWER_MOST)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        let (ratio, kind) = self
            .slower
            .map_or((f64::NAN, String::new()), |(ratio, kind)| (ratio, format!("{kind:?}").to_lowercase()));
        write!(to, "{:>5.1} % x{ratio:<5.1} {kind:<7}", self.served * 100.0)
    }
}

/// Each kind: how much was served, and how fast.
fn details(figures: &Figures, idle: Option<&Figures>) -> String {
    let each = Kind::ALL.iter().filter_map(|kind| {
        let tally = figures.get(kind)?;
        let mut text = format!("{kind:?} {}/{}", tally.times.len(), tally.asked()).to_lowercase();
        if let (Some(p50), Some(p99)) = (tally.ms(50), tally.ms(99)) {
            let _ = write!(text, " p50 {p50:.1} p99 {p99:.1}");
            let idle = idle.and_then(|idle| idle[kind].ms(99));
            let _ = idle.map(|idle| write!(text, " (x{:.1})", p99 / idle));
        }
        let failed: Vec<String> =
            tally.failed.iter().map(|(why, count)| format!("{count} x {why}")).collect();
        if !failed.is_empty() {
            let _ = write!(text, " [{}]", failed.join(", "));
        }
        Some(text)
    });
    each.collect::<Vec<_>>().join("; ")
}
