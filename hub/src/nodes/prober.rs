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
use tokio_util::sync::CancellationToken;
use wire::v1::Standing;

use super::breaker::Event;
use super::{Member, Nodes, judging};

/// How often it looks for breakers that are not closed.
pub const PROBE_EVERY: Duration = Duration::from_millis(500);
/// How long an agent has for one probe.
pub const PROBE_WAIT: Duration = Duration::from_secs(1);

impl Nodes {
    /// Probes until told to stop: each node in rounds of its own, so that none waits for the word
    /// of another.
    pub async fn keep_probing(self: Arc<Self>, stop: CancellationToken) {
        let members = self.members().map(|m| self.keep_probing_member(m, &stop));
        join_all(members).await;
    }

    async fn keep_probing_member(&self, member: &Member, stop: &CancellationToken) {
        let mut pause = tokio::time::interval(PROBE_EVERY);
        pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = pause.tick() => self.probe_member(member).await,
            }
        }
    }

    /// One round of every attached node, at once.
    #[cfg(test)]
    pub(crate) async fn probe_once(&self) {
        let members = self.members().map(|member| self.probe_member(member));
        join_all(members).await;
    }

    /// Every class of a node whose breaker is not closed, or that has been waited for in silence,
    /// at once.
    async fn probe_member(&self, member: &Member) {
        let mut classes: BTreeMap<ClassNo, fn(Standing) -> Event> = BTreeMap::new();
        for class in self.loads.silent(&member.id) {
            classes.insert(class, judging::of_word_in_silence);
        }
        for class in member.breakers.wanting_word() {
            classes.insert(class, judging::of_word);
        }
        if classes.is_empty() {
            return;
        }
        let Some(link) = member.next_link().filter(|link| link.answers_probes()) else {
            return;
        };
        let probes = classes.into_iter().map(|(class, says)| {
            let link = Arc::clone(&link);
            async move {
                let standing = link.probe(class, PROBE_WAIT).await;
                let event = says(standing.unwrap_or(Standing::Unspecified));
                self.heard(&member.id, &[(class, event)]);
            }
        });
        join_all(probes).await;
    }
}
