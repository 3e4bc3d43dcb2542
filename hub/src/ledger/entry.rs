//! What the hub's log says: one JSON object an entry. Field names are part of the log format
//! (docs/audit-entries.md).
//!
//! No identity number, name or value is in it: subjects appear as pseudonyms keyed twice, by the
//! agents and by the hub.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wire::export::{ExportBegan, ExportCaughtUp, ExportEnded, ExportLagging};

use super::room::{LogFull, LogHasRoom};
use super::succession::KeyIntroduced;
use wire::ClockState;
use wire::keeping::{Archived, HoldChanged, OrdersTaken, Retention, VolumeExpired};

mod acts;
mod alerts;
mod breaker;
mod limits;
mod record;
mod rules;

pub use acts::{
    ActRefused, ActsStanding, Exported, Looked, OperatorAct, StaffSession, StaffSignedIn,
};
pub use alerts::{AlertRaised, AlertRulesChanged, AlertRulesKept, AlertStep, Usual, Whose};
pub use breaker::{BreakerChanged, BreakerRates};
pub use limits::{LimitsChanged, LimitsKept};
pub use record::{ClockWentBack, Disowned};
pub use rules::{RulesChanged, RulesKept, TrustReloaded};

/// Version of the entry format.
pub const VERSION: u8 = 1;

/// One entry with what every entry has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Format version.
    pub v: u8,
    /// When, RFC 3339 at +08:00; never earlier than the entry before.
    pub at: String,
    /// 16 random bytes in hex, so that a leaf hash says nothing about its entry.
    pub salt: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// A question was allowed; written before any node is asked.
    Decision(Box<Decision>),
    /// How it ended; written before the answer leaves.
    Outcome(Outcome),
    /// A decision whose outcome was never written, closed later.
    Abandoned(Abandoned),
    /// A question was refused.
    Refusal(Box<Refused>),
    /// Further refusals of one kind, folded into a count.
    RefusalsFolded(Folded),
    /// A connection was refused before anybody was proven.
    ConnectionRefused(ConnectionRefused),
    /// A node attached a stream.
    Attached(Attached),
    /// A stream ended.
    Detached(Detached),
    /// A node said what its rules are and say.
    RulesAnnounced(RulesAnnounced),
    /// A breaker changed.
    Breaker(BreakerChanged),
    /// An operator of the hub acted, or asked for what a second person must confirm.
    OperatorAct(Box<OperatorAct>),
    /// An act was refused.
    ActRefused(ActRefused),
    /// A member of the staff came to the door.
    StaffSignedIn(StaffSignedIn),
    /// A session at the staff's pages began or ended.
    StaffSession(StaffSession),
    /// A member of the staff looked at personal records.
    Looked(Looked),
    /// A member of the staff took entries away as a file.
    Exported(Exported),
    /// The acts that stand, written down as a whole.
    ActsStanding(ActsStanding),
    /// Certificates or revocations were read anew.
    TrustReloaded(TrustReloaded),
    /// Changed rules are in force from here on.
    RulesChanged(RulesChanged),
    /// Changed rules are broken; the old ones stay in force.
    RulesKept(RulesKept),
    /// Changed limits are in force from here on.
    LimitsChanged(LimitsChanged),
    /// Changed limits are broken; the old ones stay in force.
    LimitsKept(LimitsKept),
    /// Somebody's use of questions stood out.
    AlertRaised(Box<AlertRaised>),
    /// Something was done about an alert.
    AlertStep(AlertStep),
    /// Changed rules of alerts are in force from here on.
    AlertRulesChanged(AlertRulesChanged),
    /// Changed rules of alerts are broken; the old ones stay in force.
    AlertRulesKept(AlertRulesKept),
    /// The host's clock is behind the log; entries keep the log's time until it has caught up.
    ClockWentBack(ClockWentBack),
    /// A witness holds another history of this log; nothing is answered from here on.
    Disowned(Disowned),
    /// The disk is full: only what is owed is taken from here on.
    LogFull(LogFull),
    /// There is room again.
    LogHasRoom(LogHasRoom),
    /// A volume was made and verified.
    Archived(Archived),
    /// Entries are about to leave the folder of the log.
    Retention(Retention),
    /// A volume's entries were removed from the archive.
    VolumeExpired(VolumeExpired),
    /// Officers' orders are in force from here on.
    OrdersTaken(OrdersTaken),
    /// Officers want something kept.
    HoldSet(HoldChanged),
    /// They do not any more.
    HoldLifted(HoldChanged),
    /// How the host's clock is kept: at least hourly, so that a gap in the log shows.
    Clock(ClockState),
    /// The log's signing key has a successor, which signs as well from here on.
    KeyIntroduced(KeyIntroduced),
    /// The hub started.
    Started(Started),
    /// The hub stopped in order.
    Stopped(Stopped),
    /// The log is sent to a receiver from here on.
    ExportBegan(ExportBegan),
    /// A receiver has not had the whole log for five minutes.
    ExportLagging(ExportLagging),
    /// It has the whole log again.
    ExportCaughtUp(ExportCaughtUp),
    /// The log is no longer sent to a receiver.
    ExportEnded(ExportEnded),
}

/// See [`Entry::Decision`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Of the question.
    pub query: String,
    /// Digest of the question as it was signed and is forwarded (`wire::digests`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub question: String,
    /// Id of the trace that the question is in, where it is in one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// Who asks.
    pub who: Who,
    /// On which case.
    pub case: CaseFacts,
    /// About whom: pseudonym.
    pub subject: String,
    /// `match` or `details`.
    pub mode: String,
    /// Granted items by class.
    pub items: BTreeMap<String, Vec<String>>,
    /// Items whose values are passed on to a source; the values are in no log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<String>,
    /// Verdicts asked for; what they found is in no log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<String>,
    /// Centers that the question names, where its flow asks named ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
    /// Nodes that will be asked.
    pub asked: Vec<String>,
    /// Nodes that cannot be asked, with the reason's code.
    pub skipped: BTreeMap<String, String>,
    /// Single classes, `node/class`, that nodes which are asked are not asked for, with the
    /// reason's code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, String>,
    /// Digests of the rules that decided.
    pub rules: Rules,
    /// What else the decision rested on, so that it can be decided again by other rules
    /// (`policies::RecordedAsk`, without what stands above).
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// Facts of a decision by name; no person is in them.
pub type Facts = serde_json::Map<String, serde_json::Value>;

/// The asking side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Node, as proven by its certificate.
    pub node: String,
    /// Serial of that certificate.
    pub serial: String,
    /// Operator, counter and system, as the node signed them; empty where the case was not
    /// readable.
    pub operator: String,
    /// See `operator`.
    pub counter: String,
    /// See `operator`.
    pub system: String,
}

/// The case behind a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// Number in the center's business system.
    pub number: String,
    /// Flow.
    pub flow: String,
    /// Matter.
    pub matter: String,
    /// Basis type A to D.
    pub basis: String,
    /// Number of the application, agreement, document or task.
    pub basis_number: String,
    /// The second operator, where the flow needs one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approver: String,
    /// What was used up of the second operator's statement, in hex: another one for every line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approval_nonce: String,
    /// When that statement expires, RFC 3339.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approval_expires_at: String,
    /// SHA-256 of that statement, in hex; its words are in the asking center's log.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approval_statement: String,
    /// The officer's signature over it, in hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approval_signature: String,
    /// Which use of the case this was.
    pub use_no: u32,
    /// Nonce of the statement, in hex.
    pub nonce: String,
    /// When the statement expires, RFC 3339.
    pub expires_at: String,
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Of the catalog.
    pub catalog: String,
    /// Of the flows.
    pub flows: String,
    /// Of the policies.
    pub policies: String,
}

/// See [`Entry::Outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Of the question.
    pub query: String,
    /// Index of the decision.
    pub decision: u64,
    /// As in the decision.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// What each node gave.
    pub nodes: Vec<NodeOutcome>,
    /// The caller hung up, or the list was ended, before everything was in: nodes were told to
    /// stop, and the answer reached nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// What one node gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeOutcome {
    /// The node.
    pub node: String,
    /// How long it took.
    pub elapsed_ms: u64,
    /// How often the question was sent, where it was more than once: it was lost with its stream.
    #[serde(default, skip_serializing_if = "u32_is_zero")]
    pub tries: u32,
    /// By class.
    pub classes: Vec<ClassOutcome>,
}

/// What one node gave for one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassOutcome {
    /// Class number.
    pub class: String,
    /// One of `answered`, `no-record`, `refused`, `unavailable`, `stale`, `not-covered`.
    pub outcome: String,
    /// Reason's code where there is no answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Name of the center's own rule that declined, where one did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Records released.
    pub records: u32,
    /// Values withheld, by item and defect.
    #[serde(default, skip_serializing_if = "u32_is_zero")]
    pub withheld: u32,
    /// How old the facts are.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub as_of: String,
    /// Records are held, and none left, since none of the verdicts that the flow asks for holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_back: bool,
    /// Blinded digest of what was said of it, as sent to the asker (`wire::digests`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde asks for"
)]
fn u32_is_zero(number: &u32) -> bool {
    *number == 0
}

/// See [`Entry::Abandoned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abandoned {
    /// Of the question.
    pub query: String,
    /// Index of the decision.
    pub decision: u64,
    /// `crash` when found at a start, `dropped` when the task ended without sealing.
    pub because: String,
}

/// See [`Entry::Refusal`]; a refused stream has neither query nor flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Of the question.
    pub query: String,
    /// Refusal code.
    pub code: String,
    /// Whose turn it is.
    pub turn: String,
    /// Who asked.
    pub who: Who,
    /// Flow, as asked for.
    pub flow: String,
    /// Case number where the statement was readable.
    pub case: String,
    /// Pseudonym of the subject, empty where none was given.
    pub subject: String,
    /// Name of the policy that forbade it, where the code leaves open which.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Both catalog versions of a stream refused for them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What a refusal by the rules rested on (`policies::RecordedAsk`).
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// See [`Entry::RefusalsFolded`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// Refusal code.
    pub code: String,
    /// Node, or `unproven`.
    pub who: String,
    /// How many beyond those on record one by one.
    pub count: u64,
}

/// See [`Entry::ConnectionRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRefused {
    /// Refusal code.
    pub code: String,
    /// Address of the peer.
    pub peer: String,
    /// Serial of the certificate it showed, unproven.
    pub serial: String,
    /// Identity it claimed, unproven.
    pub claimed: String,
}

/// See [`Entry::Attached`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The node.
    pub node: String,
    /// Serial of its certificate.
    pub serial: String,
    /// Its software version.
    pub software: String,
    /// Digest of its catalog.
    pub catalog: String,
    /// Digest of its flows.
    pub flows: String,
    /// Classes it answers for.
    pub classes: Vec<String>,
}

/// See [`Entry::RulesAnnounced`]; the words are in no log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesAnnounced {
    /// The node.
    pub node: String,
    /// Serial of its certificate.
    pub serial: String,
    /// How many rules there are.
    pub count: u64,
    /// Digest of their names and sentences (docs/protocol.md).
    pub digest: String,
}

/// See [`Entry::Detached`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detached {
    /// The node.
    pub node: String,
    /// Serial of its certificate.
    pub serial: String,
    /// Whether it said farewell.
    pub drained: bool,
}

/// See [`Entry::Started`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Software version.
    pub software: String,
    /// Rules in force.
    pub rules: Rules,
    /// Digest of the limits in force.
    #[serde(default)]
    pub limits: String,
    /// Digest of the rules of alerts in force.
    #[serde(default)]
    pub alerts: String,
    /// Entries found.
    pub entries: u64,
    /// Bytes of an unfinished write that were dropped; nobody had been told of them.
    pub dropped_bytes: u64,
    /// Decisions found without outcome and closed.
    pub abandoned: u64,
    /// When the last entry before was written; empty in a new log. Nothing was recorded since.
    #[serde(default)]
    pub last_at: String,
    /// Whether the log had been closed in good order, or is new.
    #[serde(default)]
    pub in_order: bool,
    /// How the host's clock is kept.
    #[serde(default)]
    pub clock: ClockState,
    /// The entries of the acts that stand or wait to be confirmed; none in an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Vec<u64>>,
}

/// See [`Entry::Stopped`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Entries before this one.
    pub entries: u64,
}

impl Sheet {
    /// The bytes of the leaf.
    ///
    /// # Errors
    /// Never for these types; serde's signature says so.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// The bytes are no entry of this version.
    pub fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back() {
        let sheet = Sheet {
            v: VERSION,
            at: "2026-11-23T09:00:00+08:00".into(),
            salt: "00".repeat(16),
            entry: Entry::Abandoned(Abandoned {
                query: "q".into(),
                decision: 3,
                because: "crash".into(),
            }),
        };
        let bytes = sheet.encode().expect("encodes");
        let text = String::from_utf8(bytes.clone()).expect("is text");
        assert!(text.contains(r#""kind":"abandoned""#), "{text}");
        assert_eq!(Sheet::decode(&bytes).expect("decodes"), sheet);
    }
}
