//! Asks agents whether their sources are well where a breaker is not closed, so that a node is back
//! within seconds of its health even where nobody asks; and where questions wait in silence, so
//! that a node that hangs is out before their time is up.
//!
//! A probe names a class and nothing else: no subject, no case, no data. What it finds can only let
//! questions pass again that are decided and recorded as all others.

mod listening;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::breaker::Event;
use super::link::Word;
use super::{Member, Nodes, judging};

/// How often it looks for breakers that are not closed.
pub const PROBE_EVERY: Duration = Duration::from_millis(500);
/// How long an agent has for one probe.
pub const PROBE_WAIT: Duration = Duration::from_secs(1);

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
                let event = match link.probe(Some(class), PROBE_WAIT).await {
                    Word::Said(standing) => judging::of_word(standing),
                    Word::Silent => Event::Unwell,
                    // What was not asked, or lost on its way, says nothing of the source.
                    Word::NotSent | Word::Gone => return,
                };
                self.heard(&member.id, &[(class, event)]);
            }
        });
        join_all(wanting).await;
    }
}

fn every(time: Duration) -> Interval {
    let mut every = tokio::time::interval(time);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
