//! What an agent's log says: one JSON object an entry. Field names are part of the log format
//! (docs/audit-entries.md).
//!
//! No identity number, name or value is in it.

use std::collections::BTreeMap;

use audit::Receipt;
use audit::side::Sides;
use serde::{Deserialize, Serialize};
use wire::ClockState;
use wire::export::{ExportBegan, ExportCaughtUp, ExportEnded, ExportLagging};
use wire::keeping::{Archived, HoldChanged, OrdersTaken, Retention, VolumeExpired};

use super::{
    ApprovalAsked, ApprovalShown, Approved, HubCaught, HubTrusted, ListEnded, LogFull, LogHasRoom,
};

/// Version of the entry format.
pub(super) const VERSION: u8 = 1;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Format version.
    pub v: u8,
    /// When, RFC 3339 at +08:00.
    pub at: String,
    /// 16 random bytes in hex.
    pub salt: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened at this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// A local system opened a case for asking.
    CaseOpened(CaseOpened),
    /// A question waits for a second operator.
    ApprovalAsked(ApprovalAsked),
    /// An officer was given the bytes of a question that waits, to sign them.
    ApprovalShown(ApprovalShown),
    /// An officer approved a question that waited.
    Approved(Approved),
    /// A question was answered to a local system.
    Answered(Box<Answered>),
    /// A question was refused, here or by the hub.
    Refused(Refused),
    /// A list of a local system ended.
    ListEnded(ListEnded),
    /// A question of another node was answered from here.
    Served(Served),
    /// The center's own people looked at raw values.
    OwnerLooked(OwnerLooked),
    /// A number was named for the hub's auditor; written before the tag leaves.
    SubjectNamed(SubjectNamed),
    /// Changed rules are in force from here on.
    RulesChanged(RulesChanged),
    /// Changed rules are broken; the old ones stay in force.
    RulesKept(RulesKept),
    /// The hub's log was caught by this center's witness.
    HubCaught(HubCaught),
    /// Somebody took the distrust of the hub away.
    HubTrusted(HubTrusted),
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
    /// Values beside the log were erased; the log and its proofs stay as they are.
    Erased(Box<Erased>),
    /// How the host's clock is kept: at least hourly, so that a gap in the log shows.
    Clock(ClockState),
    /// The agent started.
    Started(Started),
    /// The agent stopped in order.
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

/// See [`Entry::RulesChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesChanged {
    /// Digest of the set until now.
    pub from: String,
    /// Digest of the set from now on; the same where only vetoes have changed.
    pub to: String,
    /// Digest of the center's own vetoes and Cedar rules until now; empty where it had none.
    #[serde(default)]
    pub vetoes_from: String,
    /// The same from now on.
    #[serde(default)]
    pub vetoes_to: String,
}

/// See [`Entry::RulesKept`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesKept {
    /// Digest of the set that stays.
    pub kept: String,
    /// The first faults, with file and line.
    pub because: String,
}

/// See [`Entry::CaseOpened`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// Case number in the center's business system.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Matter.
    pub matter: String,
    /// Who, where, through which system.
    pub operator: String,
    /// See `operator`.
    pub counter: String,
    /// See `operator`.
    pub system: String,
    /// Parties of the case.
    pub parties: usize,
}

/// See [`Entry::Answered`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Of the question, given by the hub.
    pub query: String,
    /// Id of the trace that the question is in, where it is in one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// Digest of the question as it was signed (`wire::digests`).
    #[serde(default)]
    pub question: String,
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Through which system.
    pub system: String,
    /// Who approved; empty where the flow needs nobody.
    #[serde(default)]
    pub approver: String,
    /// Items asked for, by class.
    pub items: BTreeMap<String, Vec<String>>,
    /// Items whose values were passed on; the values are in no log.
    #[serde(default)]
    pub gives: Vec<String>,
    /// Centers that the question named, where its flow asks named ones.
    #[serde(default)]
    pub named: Vec<String>,
    /// Verdicts asked for; what they found is in no log.
    #[serde(default)]
    pub verdicts: Vec<String>,
    /// Keyed pseudonym of the subject; empty where nothing was measured.
    #[serde(default)]
    pub subject: String,
    /// Keyed digest of what each verdict was measured by; the limit or span itself is in no log.
    #[serde(default)]
    pub measures: BTreeMap<String, String>,
    /// The lamp of each node.
    pub lamps: BTreeMap<String, String>,
    /// Which rule of its own a node declined by, where one did.
    #[serde(default)]
    pub rules: BTreeMap<String, String>,
    /// Records received.
    pub records: u32,
    /// The hub's receipt for its decision.
    pub decision: Receipt,
    /// The hub's receipt for the outcome.
    pub outcome: Receipt,
    /// Blinded digest of what each node said, as it came (`wire::digests`).
    #[serde(default)]
    pub digests: BTreeMap<String, String>,
    /// What the entry commits to of the values that came.
    #[serde(default)]
    pub sides: Option<Sides>,
    /// There was no room for the values that came, or their disk failed: nobody can show them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub values_lost: bool,
}

/// See [`Entry::Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Of the question; empty when it never reached the hub.
    pub query: String,
    /// Refusal code.
    pub code: String,
    /// `local`, `hub`, or `guard` for a question of another node that this node refused.
    pub by: String,
    /// Asking node.
    pub node: String,
    /// Case number where one was readable.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked.
    pub operator: String,
    /// Name of the policy or veto that refused, where the code leaves open which.
    #[serde(default)]
    pub rule: String,
}

/// See [`Entry::Served`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Of the question.
    pub query: String,
    /// Id of the trace that the question is in, where it is in one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// Digest of the question as it came (`wire::digests`).
    #[serde(default)]
    pub question: String,
    /// Asking node.
    pub node: String,
    /// Case number there.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked there.
    pub operator: String,
    /// Who approved there; empty where the flow needs nobody.
    #[serde(default)]
    pub approver: String,
    /// SHA-256 of the statement by which they approved, in hex; empty where nobody had to.
    #[serde(default)]
    pub approval_statement: String,
    /// The officer's signature over it, in hex.
    #[serde(default)]
    pub approval_signature: String,
    /// Verdicts asked for; what they found is in no log.
    #[serde(default)]
    pub verdicts: Vec<String>,
    /// Keyed pseudonym of the subject; empty where nothing was measured.
    #[serde(default)]
    pub subject: String,
    /// Keyed digest of what each verdict was measured by; the limit or span itself is in no log.
    #[serde(default)]
    pub measures: BTreeMap<String, String>,
    /// By class: outcome and records.
    pub classes: BTreeMap<String, ServedClass>,
    /// The hub cancelled: work was stopped where it was, and nothing left.
    #[serde(default)]
    pub cancelled: bool,
    /// What the entry commits to of the values that left.
    #[serde(default)]
    pub sides: Option<Sides>,
}

/// What was given for one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedClass {
    /// Outcome.
    pub outcome: String,
    /// Records given.
    pub records: u32,
    /// Records are held, and none left, since none of the verdicts that the flow asks for holds.
    #[serde(default)]
    pub held_back: bool,
    /// Blinded digest of what was said of it, as it left (`wire::digests`).
    #[serde(default)]
    pub digest: String,
}

/// See [`Entry::OwnerLooked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerLooked {
    /// `quarantine` or `trace`.
    pub what: String,
    /// The class looked at; empty for all.
    pub class: String,
    /// The case whose party was looked at; empty for the quarantine.
    pub case_no: String,
    /// Who looked, as they named themselves.
    pub operator: String,
}

/// See [`Entry::SubjectNamed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectNamed {
    /// Who of the hub's staff wanted it.
    pub staff: String,
    /// Why, in their own words.
    pub reason: String,
    /// Keyed pseudonym of the subject, as other entries of the agents have it.
    pub subject: String,
}

/// See [`Entry::Started`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Software version.
    pub software: String,
    /// Entries found.
    pub entries: u64,
    /// Digest of the star's rules in force.
    #[serde(default)]
    pub rules: String,
    /// Digest of the center's own vetoes and Cedar rules; empty where it has none.
    #[serde(default)]
    pub vetoes: String,
    /// How the host's clock is kept.
    #[serde(default)]
    pub clock: ClockState,
    /// Whether values are kept beside the log, and for how many days; 0 where they are not.
    #[serde(default)]
    pub keep_days: u64,
}

/// See [`Entry::Stopped`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Entries before this one.
    pub entries: u64,
}

/// See [`Entry::Erased`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Name of the plan that it belongs to.
    pub plan: String,
    /// `request` of two officers, or `retention`.
    pub because: String,
    /// The legal basis, in the officers' words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked_by: String,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approved_by: String,
    /// The statement that both signed, byte for byte.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Their signatures, in hex, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signatures: BTreeMap<String, String>,
    /// Entries whose values are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<u64>,
    /// Records that went and whose entries had left the log without a trace beside it, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unplaced: Vec<String>,
    /// Volumes that went whole; each entry's `sides` names its volume.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// Records in all.
    pub records: u64,
}
