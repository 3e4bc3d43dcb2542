//! Asks agents whether their sources are well where a breaker is not closed, so that a node is back
//! within seconds of its health even where nobody asks; and where questions wait in silence, so
//! that a node that hangs is out before their time is up.
//!
//! A probe names a class and nothing else: no subject, no case, no data. What it finds can only let
//! questions pass again that are decided and recorded as all others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use catalog::ClassNo;
use futures_util::future::join_all;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use wire::v1::Standing;

use super::breaker::Event;
use super::judging::FAIR_WAIT;
use super::{Member, Nodes, judging};

/// How often it looks for breakers that are not closed.
pub const PROBE_EVERY: Duration = Duration::from_millis(500);
/// How long an agent has for one probe.
pub const PROBE_WAIT: Duration = Duration::from_secs(1);
/// How often it looks for questions that wait in silence.
const LISTEN_EVERY: Duration = Duration::from_millis(100);
/// How long an agent has for a word in a silence that is young: to say that it is there.
const WORD_WAIT: Duration = Duration::from_millis(400);
/// A word that is missing after so much more than its time was missed by the hub, not by the agent.
const LATE_MAX: Duration = Duration::from_millis(100);

impl Nodes {
    /// Probes until told to stop: each node in rounds of its own, so that none waits for the word
    /// of another.
    pub async fn keep_probing(self: Arc<Self>, stop: CancellationToken) {
        let members = self.members().map(|member| async {
            let probing = self.keep_probing_member(member);
            let listening = self.keep_listening_to(member);
            let both = async { tokio::join!(probing, listening) };
            // A word that is waited for then opens nothing.
            let _ended = stop.run_until_cancelled(both).await;
        });
        join_all(members).await;
    }

    async fn keep_probing_member(&self, member: &Member) {
        let mut rounds = every(PROBE_EVERY);
        loop {
            rounds.tick().await;
            self.probe_member(member).await;
        }
    }

    async fn keep_listening_to(&self, member: &Member) {
        let mut looks = every(LISTEN_EVERY);
        loop {
            looks.tick().await;
            let silent = self.loads.silent(&member.id);
            if silent.is_empty() {
                continue;
            }
            self.ask_whether_well(member, silent).await;
            // A slow source is not asked all the time.
            looks.reset_after(PROBE_EVERY);
        }
    }

    /// One round of every attached node, at once.
    #[cfg(test)]
    pub(crate) async fn probe_once(&self) {
        let members = self.members().map(|member| self.probe_member(member));
        join_all(members).await;
    }

    /// Every class of a node whose breaker is not closed, at once.
    async fn probe_member(&self, member: &Member) {
        let Some(link) = member.next_link().filter(|link| link.answers_probes()) else {
            return;
        };
        let wanting = member.breakers.wanting_word().into_iter().map(|class| {
            let link = Arc::clone(&link);
            async move {
                let standing = link.probe(class, PROBE_WAIT).await;
                let event = judging::of_word(standing.unwrap_or(Standing::Unspecified));
                self.heard(&member.id, &[(class, event)]);
            }
        });
        join_all(wanting).await;
    }

    /// Every class of a node that has been waited for in silence, at once.
    async fn ask_whether_well(&self, member: &Member, silent: BTreeMap<ClassNo, Duration>) {
        let Some(link) = member.next_link().filter(|link| link.answers_probes()) else {
            return;
        };
        let words = silent.into_iter().map(|(class, lasted)| {
            let link = Arc::clone(&link);
            async move {
                let wait = if lasted < FAIR_WAIT {
                    WORD_WAIT
                } else {
                    PROBE_WAIT
                };
                let begun = Instant::now();
                let word = link.probe(class, wait).await;
                if word.is_none() && begun.elapsed() > wait + LATE_MAX {
                    return;
                }
                let event = judging::of_word_in_silence(word, lasted);
                self.heard(&member.id, &[(class, event)]);
            }
        });
        join_all(words).await;
    }
}

fn every(time: Duration) -> Interval {
    let mut every = tokio::time::interval(time);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
