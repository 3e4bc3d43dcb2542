//! What the log says of alerts: what stood out, what was done about it, and by which rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Somebody's use of questions stood out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRaised {
    /// Name of the rule.
    pub rule: String,
    /// Whose use.
    pub who: Whose,
    /// Flow, where the rule looks at one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flow: String,
    /// The person's pseudonym, where the rule looks at whom many ask about; it names no operator
    /// then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The hour, `2026-11-23T10`, or the day that was looked at.
    pub window: String,
    /// What was counted, by name; `found` is what is above the bound `more_than`.
    pub figures: BTreeMap<String, u64>,
    /// What is usual, where the rule compares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usual: Vec<Usual>,
    /// Entries that show it, the newest of them.
    pub evidence: Vec<u64>,
    /// Digest of the rules of alerts in force.
    pub rules: String,
    /// The rule and the figures as sentences.
    pub zh: String,
    /// See `zh`.
    pub en: String,
}

/// A person of a center.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// The center's node.
    pub node: String,
    /// The operator; empty where the questions did not prove one.
    pub operator: String,
}

/// What is usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// `peers`: others of the center with the same flow; `past`: the same person before.
    pub of: String,
    /// How many days of how many persons.
    pub sample: u64,
    /// Median of the sample, with one decimal.
    pub median: String,
    /// Median distance from it, with one decimal.
    pub mad: String,
    /// What is above it stands out, with one decimal.
    pub bound: String,
}

/// Something was done about an alert; durable before it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStep {
    /// Entry of the alert: its number.
    pub alert: u64,
    /// `assigned`, `explained`, `confirmed`, `closed`, `reopened`.
    pub step: String,
    /// In their own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Who.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// In which role.
    pub role: String,
    /// The center that the alert is about.
    pub node: String,
}

/// Changed rules of alerts are in force from here on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRulesChanged {
    /// Digest of the rules before.
    pub from: String,
    /// Digest of those in force.
    pub to: String,
}

/// Changed rules of alerts are broken; the old ones stay in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRulesKept {
    /// Digest of the rules that stay.
    pub kept: String,
    /// The first fault.
    pub because: String,
}
