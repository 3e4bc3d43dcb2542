//! Listens to a node that is waited for in silence: one whose agent hangs is out within a second of
//! its last reply, and one whose source is out before the callers' time is up three times over.
//!
//! The silence itself says nothing: the source may be slow, the path far, a reply large. So the
//! agent is asked whether it is there, over all of its streams, and hangs only where it was asked,
//! nothing at all came from it since, and it had the time that a word may take on its path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use catalog::ClassNo;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{PROBE_EVERY, PROBE_WAIT, every};
use crate::nodes::breaker::Event;
use crate::nodes::judging::{self, FAIR_WAIT};
use crate::nodes::link::{Link, Word};
use crate::nodes::{Member, Nodes};

/// How often it looks for questions that wait in silence.
const LISTEN_EVERY: Duration = Duration::from_millis(50);
/// How long an agent has at least to say that it is there: no path within one country takes longer
/// there and back.
const WORD_WAIT_MIN: Duration = Duration::from_millis(800);
/// How long it has on a path that is far or of which nothing is known.
const WORD_WAIT_MAX: Duration = Duration::from_secs(2);
/// So many times the quickest word or reply of late a word may take.
const WORD_TIMES: u32 = 10;
/// How soon an agent that is there is asked again in the same silence.
const AGENT_AGAIN: Duration = Duration::from_millis(250);
/// A word that is missing after so much more than its time was missed by the hub, not by the agent.
const LATE_MAX: Duration = Duration::from_millis(100);

/// Whose word is waited for: that of the source of a class, or the agent's own.
type Whose = Option<ClassNo>;

/// The words of one node.
#[derive(Default)]
struct Listening<'n> {
    /// When each was asked for last.
    asked: BTreeMap<Whose, Instant>,
    /// Those that are waited for.
    waits: BTreeSet<Whose>,
    words: FuturesUnordered<BoxFuture<'n, Whose>>,
}

impl Nodes {
    pub(super) async fn keep_listening_to(&self, member: &Member) {
        let mut looks = every(LISTEN_EVERY);
        let mut listening = Listening::default();
        loop {
            tokio::select! {
                biased;
                Some(whose) = listening.words.next() => {
                    listening.waits.remove(&whose);
                }
                _ = looks.tick() => self.look(member, &mut listening),
            }
        }
    }

    /// Asks for the words that are due, and waits for none of them.
    fn look<'n>(&'n self, member: &'n Member, listening: &mut Listening<'n>) {
        let silent = self.loads.silent(&member.id);
        let Some(longest) = silent.values().max().copied() else {
            return;
        };
        if listening.takes(None, longest, AGENT_AGAIN) {
            let word = self.ask_whether_there(member);
            listening.words.push(Box::pin(async move {
                word.await;
                None
            }));
        }
        for (class, lasted) in silent {
            let class_is_due = lasted >= FAIR_WAIT;
            if class_is_due && listening.takes(Some(class), lasted, PROBE_EVERY) {
                let word = self.ask_whether_out(member, class, lasted);
                listening.words.push(Box::pin(async move {
                    word.await;
                    Some(class)
                }));
            }
        }
    }

    /// The agent itself: no source is touched for it.
    async fn ask_whether_there(&self, member: &Member) {
        let links = member.probed_links();
        let wait = word_wait(&links);
        let asked = Instant::now();
        let words = links.iter().map(|link| link.probe(None, wait));
        let mut words: FuturesUnordered<_> = words.collect();
        let mut is_missing = false;
        while let Some(word) = words.next().await {
            match word {
                Word::Said(_) => return,
                Word::Silent => is_missing = true,
                Word::NotSent | Word::Gone => {}
            }
        }
        let is_late = asked.elapsed() > wait + LATE_MAX;
        if is_missing && !is_late && !member.has_spoken_since(asked) {
            let classes = self.loads.under_way(&member.id).into_iter();
            let stalled: Vec<_> = classes.map(|class| (class, Event::Stalled)).collect();
            self.heard(&member.id, &stalled);
        }
    }

    /// The source of a class that has been waited for so long.
    async fn ask_whether_out(&self, member: &Member, class: ClassNo, lasted: Duration) {
        let Some(link) = member.next_link().filter(|link| link.answers_probes()) else {
            return;
        };
        let Word::Said(standing) = link.probe(Some(class), PROBE_WAIT).await else {
            return;
        };
        let silent = self.loads.silent(&member.id);
        // A reply may have come meanwhile.
        if silent.get(&class).is_some_and(|now| *now >= lasted) {
            let event = judging::of_word_in_silence(standing);
            self.heard(&member.id, &[(class, event)]);
        }
    }
}

impl Listening<'_> {
    /// Whether a word is to be asked for now: once in a silence that has lasted so long, and
    /// `again` and `again` while it goes on. One that is still waited for from an earlier silence
    /// is worth nothing any more, since the node has spoken after it was asked for.
    fn takes(&mut self, whose: Whose, lasted: Duration, again: Duration) -> bool {
        let before = self.asked.get(&whose).map(Instant::elapsed);
        let is_first = before.is_none_or(|before| before > lasted);
        let is_over = before.is_some_and(|before| before >= again) && !self.waits.contains(&whose);
        if !is_first && !is_over {
            return false;
        }
        self.waits.insert(whose);
        self.asked.insert(whose, Instant::now());
        true
    }
}

/// How long a word may take: only where the node has spoken quickly of late may one that is missing
/// be judged early.
fn word_wait(links: &[Arc<Link>]) -> Duration {
    let quickest = links.iter().filter_map(|link| link.quickest()).min();
    quickest.map_or(WORD_WAIT_MAX, |quickest| {
        let times = quickest.saturating_mul(WORD_TIMES);
        times.clamp(WORD_WAIT_MIN, WORD_WAIT_MAX)
    })
}
