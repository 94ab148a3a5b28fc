//! A crowd that talks by several nodes while something breaks, and goes on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, Crowd, Nodes, Stream, Writer};

/// How often something is looked at that is awaited.
const LOOK: Duration = Duration::from_millis(20);
/// Who was turned away tries again after this time, and each time after twice as long, as browsers do: many who ask
/// without a pause leave nothing for the stories beside this one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(640);
/// Before this, what is broken has to be mended, and all that waited to be there.
const OUTAGE: Duration = Duration::from_secs(90);

/// How the talk goes, for the story of what breaks meanwhile.
#[derive(Default)]
pub(crate) struct Progress {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    /// The story has failed, and nobody is to go on.
    failed: AtomicBool,
}

impl Progress {
    /// Waits until so many more messages are acknowledged.
    #[track_caller]
    pub(crate) fn more(&self, count: usize) {
        Self::wait_for(&self.acknowledged, count);
    }

    /// Waits until somebody more is told to try again later.
    #[track_caller]
    pub(crate) fn a_refusal(&self) {
        Self::wait_for(&self.refused, 1);
    }

    #[track_caller]
    fn wait_for(counter: &AtomicUsize, count: usize) {
        let now = || counter.load(Ordering::Relaxed);
        let (enough, deadline) = (now() + count, Instant::now() + OUTAGE);
        while now() < enough {
            assert!(Instant::now() < deadline, "{} of {enough}", now());
            thread::sleep(LOOK);
        }
    }
}

/// Tells the crowd when the story fails: its threads are waited for before that is said.
struct Failure<'a>(&'a Progress);

impl Drop for Failure<'_> {
    fn drop(&mut self) {
        self.0.failed.fetch_or(thread::panicking(), Ordering::Relaxed);
    }
}

/// The pauses of somebody who is turned away until something is mended.
struct Retries<'a> {
    progress: &'a Progress,
    deadline: Instant,
    next: Duration,
}

impl<'a> Retries<'a> {
    fn new(progress: &'a Progress, longest: Duration) -> Self {
        Self { progress, deadline: Instant::now() + longest, next: FIRST_PAUSE }
    }

    fn pause(&mut self) {
        self.assert_time();
        thread::sleep(self.next);
        self.next = LONGEST_PAUSE.min(2 * self.next);
    }

    fn assert_time(&self) {
        assert!(!self.progress.failed.load(Ordering::Relaxed), "something else failed");
        assert!(Instant::now() < self.deadline, "it was tried for too long");
    }
}

impl Writer {
    /// Says something new by whichever node takes it, however often that has to be tried.
    fn post_somewhere(&mut self, progress: &Progress) {
        let mut retries = Retries::new(progress, OUTAGE);
        loop {
            match self.attempt(8).map(|answer| (answer.status, answer.body)) {
                Some((201, _)) => break,
                Some((503, _)) => progress.refused.fetch_add(1, Ordering::Relaxed),
                Some((status, body)) => panic!("{status}: {body}"),
                None => 0,
            };
            retries.pause();
        }
        progress.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Somebody who reads along, and comes back by the number of what they heard last.
struct Follower {
    client: Client,
    seen: Vec<u64>,
}

impl Follower {
    /// Reads until `last` has been set and was heard.
    fn follow(&mut self, mut stream: Option<Stream>, last: &AtomicU64, progress: &Progress) {
        let mut retries = Retries::new(progress, 2 * OUTAGE);
        loop {
            retries.assert_time();
            let Some(open) = &mut stream else {
                retries.pause();
                stream = Stream::try_resume(&self.client, "/events", self.seen.last().copied());
                continue;
            };
            match open.event() {
                Some(told) => {
                    assert_ne!(told.kind, "reload", "after {:?}", self.seen.last());
                    self.seen.extend(told.id);
                    retries.next = FIRST_PAUSE;
                    let end = last.load(Ordering::Acquire);
                    if end > 0 && told.id >= Some(end) {
                        return;
                    }
                }
                None => stream = None,
            }
        }
    }
}

impl Crowd {
    /// That all that was acknowledged is at these nodes, once and the same for each, and nothing else; and that nothing
    /// went wrong inside.
    #[track_caller]
    pub(crate) fn assert_all_there(&self, nodes: &Nodes) {
        let found = nodes.history(&self.reader);
        self.assert_kept(&found);
        let acknowledged: usize = self.writers.iter().map(|writer| writer.acknowledged.len()).sum();
        assert_eq!(found.len(), acknowledged);
        nodes.assert_calm();
    }

    /// They post by this balancer, and as many `followers` read along, while `trouble` takes place. Afterwards each
    /// follower was told of all that was posted meanwhile, once and in order, and nobody waits for an answer.
    pub(crate) fn talk_through(
        &mut self,
        balancer: SocketAddr,
        followers: usize,
        trouble: impl FnOnce(&Progress),
    ) {
        let (progress, over, last) = (Progress::default(), AtomicBool::new(false), AtomicU64::new(0));
        let before: usize = self.writers.iter().map(|writer| writer.acknowledged.len()).sum();
        let mut streams: Vec<_> = (0..followers)
            .map(|number| {
                let client = self.writers[number % self.writers.len()].client.clone().moved_to(balancer);
                let stream = Stream::open(&client, "/events");
                (Follower { client, seen: Vec::new() }, stream)
            })
            .collect();
        thread::scope(|scope| {
            let followers: Vec<_> = streams
                .drain(..)
                .map(|(mut follower, stream)| {
                    let (last, progress) = (&last, &progress);
                    scope.spawn(move || {
                        follower.follow(Some(stream), last, progress);
                        follower.seen
                    })
                })
                .collect();
            let writers: Vec<_> = self
                .writers
                .iter_mut()
                .map(|writer| {
                    writer.client = writer.client.clone().moved_to(balancer);
                    let (progress, over) = (&progress, &over);
                    scope.spawn(move || {
                        while !over.load(Ordering::Relaxed) {
                            writer.post_somewhere(progress);
                        }
                        writer
                    })
                })
                .collect();
            let _failure = Failure(&progress);
            trouble(&progress);
            over.store(true, Ordering::Relaxed);
            let mut writers: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
            writers[0].post_somewhere(&progress);
            let mut posted: Vec<u64> =
                writers.iter().flat_map(|writer| &writer.acknowledged).map(|message| message.id).collect();
            posted.sort_unstable();
            last.store(*posted.last().unwrap(), Ordering::Release);
            // Who heard the last one before they knew that it is the last hears one more.
            writers[0].post_somewhere(&progress);
            let posted = &posted[before..];
            for follower in followers {
                let mut seen = follower.join().unwrap();
                // A node may have been a message behind when the stream began.
                seen.retain(|id| (posted.first()..=posted.last()).contains(&Some(id)));
                assert_eq!(seen, posted, "once, in order, and all of it");
            }
        });
    }
}
