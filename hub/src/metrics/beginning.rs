//! Series that begin at zero: a counter that appears with its first event hides that event from
//! `rate` and `increase`.

use wire::{RefusalCode, convert, v1};

use super::{Metrics, TAKEN};

/// How a question ends.
const ENDINGS: [&str; 3] = ["answered", "refused", "cancelled"];
/// What comes of a changed file.
const READINGS: [&str; 2] = [TAKEN, "kept"];
/// What comes of a question that was lost with its stream.
const RETRIES: [&str; 2] = ["sent", "denied"];
/// What no question is refused with by the hub: those of agents, of connections and of the staff.
const NOT_OF_QUESTIONS: [&str; 4] = ["TS-LOCAL-", "TS-GUARD-", "TS-TLS-", "TS-STAFF-"];
const OF_CONNECTIONS: &str = "TS-TLS-";
const OUTCOMES: [v1::Outcome; 6] = [
    v1::Outcome::Answered,
    v1::Outcome::NoRecord,
    v1::Outcome::Refused,
    v1::Outcome::Unavailable,
    v1::Outcome::Stale,
    v1::Outcome::NotCovered,
];

impl Metrics {
    /// Of what is known without the trust list.
    pub(super) fn begin_at_zero(&self) {
        for result in ENDINGS {
            self.asks.with_label_values(&[result]);
        }
        for code in RefusalCode::ALL.iter().map(|code| code.as_str()) {
            if code.starts_with(OF_CONNECTIONS) {
                self.handshakes_refused.with_label_values(&[code]);
            }
            if !NOT_OF_QUESTIONS
                .iter()
                .any(|prefix| code.starts_with(prefix))
            {
                self.refusals.with_label_values(&[code]);
            }
        }
        for result in READINGS {
            self.loads.begin(result);
        }
    }

    /// Of a registered node.
    pub(super) fn begin_of(&self, node: &str) {
        for outcome in OUTCOMES.map(convert::outcome_name) {
            self.node_outcomes.with_label_values(&[node, outcome]);
        }
        for result in RETRIES {
            self.retries.with_label_values(&[node, result]);
        }
        self.node_seconds.with_label_values(&[node]);
        for counter in [&self.withheld, &self.replies_broken, &self.replies_late] {
            counter.with_label_values(&[node]);
        }
        self.published.witness_refusals.with_label_values(&[node]);
    }
}
