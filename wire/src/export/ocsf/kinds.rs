//! One row a kind of entry: class and activity of its event, and what fills it. A test holds the
//! table against the kinds that both books write.

mod acts;
mod asks;
mod record;
mod staff;

use super::event::{Event, Status};
use super::fields::Fields;

/// Classes of the schema that our entries are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// 6005: somebody asks for records.
    Datastore,
    /// 6002: a program starts or stops.
    Lifecycle,
    /// 3004: an act of administration.
    Entity,
    /// 1008: something about the log itself.
    EventLog,
    /// 3002: a node is let in or leaves.
    Authentication,
    /// 4001: a connection.
    Network,
}

impl Class {
    pub(super) const fn uid(self) -> u64 {
        match self {
            Self::Datastore => 6005,
            Self::Lifecycle => 6002,
            Self::Entity => 3004,
            Self::EventLog => 1008,
            Self::Authentication => 3002,
            Self::Network => 4001,
        }
    }

    pub(super) const fn category(self) -> u64 {
        self.uid() / 1000
    }
}

/// How much somebody should care, before the entry itself says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// Usual work.
    Informational,
    /// A single refusal.
    Low,
    /// Somebody should look.
    Medium,
    /// Somebody should look now.
    High,
}

impl Severity {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Informational => 1,
            Self::Low => 2,
            Self::Medium => 3,
            Self::High => 4,
        }
    }
}

/// What becomes of a kind of entry.
#[derive(Debug)]
pub(super) struct Kind {
    /// The kind, as entries write it.
    pub(super) name: &'static str,
    /// Class of its event.
    pub(super) class: Class,
    /// Activity within that class.
    pub(super) activity: u8,
    pub(super) severity: Severity,
    pub(super) fill: fn(&mut Fields, &mut Event),
}

const fn row(
    name: &'static str,
    class: Class,
    activity: u8,
    severity: Severity,
    fill: fn(&mut Fields, &mut Event),
) -> Kind {
    Kind {
        name,
        class,
        activity,
        severity,
        fill,
    }
}

use Class::{Authentication, Datastore, Entity, EventLog, Lifecycle, Network};
use Severity::{High, Informational, Low, Medium};

/// Activities: of the datastore 1 read, 4 query, 8 list; of an entity 1 create, 2 read, 3 update,
/// 10 activate; of an authentication 1 log-on, 2 log-off; of a connection 5 refuse; of a program 3
/// start, 4 stop; of the log 3 export, 99 any other.
const KINDS: &[Kind] = &[
    // questions, at the hub
    row("decision", Datastore, 4, Informational, asks::decision),
    row("outcome", Datastore, 4, Informational, asks::outcome),
    row("abandoned", Datastore, 4, High, asks::abandoned),
    row("refusal", Datastore, 4, Low, asks::refusal),
    row("refusals-folded", Datastore, 4, Medium, asks::folded),
    // questions, at an agent
    row("answered", Datastore, 4, Informational, asks::answered),
    row("refused", Datastore, 4, Low, asks::refused),
    row("list-ended", Datastore, 8, Informational, asks::list_ended),
    row("served", Datastore, 1, Informational, asks::served),
    row("owner-looked", Datastore, 1, Low, asks::owner_looked),
    row("subject-named", Datastore, 1, Low, staff::named),
    row("case-opened", Entity, 1, Informational, acts::case_opened),
    row(
        "approval-asked",
        Entity,
        1,
        Informational,
        acts::approval_asked,
    ),
    row(
        "approval-shown",
        Entity,
        2,
        Informational,
        acts::approval_shown,
    ),
    row("approved", Entity, 10, Informational, acts::approved),
    // connections
    row(
        "connection-refused",
        Network,
        5,
        Medium,
        acts::connection_refused,
    ),
    row("attached", Authentication, 1, Informational, acts::attached),
    row("detached", Authentication, 2, Informational, acts::detached),
    // rules, limits, trust, breakers
    row(
        "rules-announced",
        Entity,
        3,
        Informational,
        acts::rules_announced,
    ),
    row("rules-changed", Entity, 3, Low, acts::rules_changed),
    row("rules-kept", Entity, 3, Medium, acts::rules_kept),
    row("limits-changed", Entity, 3, Low, acts::limits_changed),
    row("limits-kept", Entity, 3, Medium, acts::limits_kept),
    row("trust-reloaded", Entity, 3, Low, acts::trust_reloaded),
    row("breaker", Entity, 3, Low, acts::breaker),
    // the hub's staff
    row(
        "staff-signed-in",
        Authentication,
        1,
        Informational,
        staff::signed_in,
    ),
    row(
        "staff-session",
        Authentication,
        99,
        Informational,
        staff::session,
    ),
    row("looked", Datastore, 1, Informational, staff::looked),
    row("exported", EventLog, 3, Medium, staff::exported),
    row("operator-act", Entity, 3, Medium, staff::act),
    row("act-refused", Entity, 3, Medium, staff::refused),
    row("alert-raised", Entity, 1, Medium, staff::alert),
    row("alert-step", Entity, 3, Informational, staff::alert_step),
    row(
        "alert-rules-changed",
        Entity,
        3,
        Low,
        staff::alert_rules_changed,
    ),
    row(
        "alert-rules-kept",
        Entity,
        3,
        Medium,
        staff::alert_rules_kept,
    ),
    row("acts-standing", Entity, 2, Informational, staff::standing),
    // the log and its program
    row("clock-went-back", EventLog, 99, Medium, acts::about_log),
    row("clock", EventLog, 99, Informational, record::clock),
    row("log-full", EventLog, 99, High, record::fault),
    row("log-has-room", EventLog, 99, Low, record::step),
    row("disowned", EventLog, 99, High, record::fault),
    row("hub-caught", EventLog, 99, High, record::fault),
    row("hub-trusted", EventLog, 99, Medium, record::step),
    row("key-introduced", Entity, 3, Low, record::key_introduced),
    row("archived", EventLog, 99, Informational, record::step),
    row("retention", EventLog, 99, Low, record::ordered),
    row("volume-expired", EventLog, 99, Low, record::ordered),
    row("orders-taken", Entity, 3, Low, record::orders_taken),
    row("hold-set", Entity, 1, Low, record::held),
    row("hold-lifted", Entity, 3, Low, record::held),
    row("erased", Entity, 3, Low, record::erased),
    row("started", Lifecycle, 3, Informational, acts::started),
    row("stopped", Lifecycle, 4, Informational, acts::stopped),
    row(
        "export-began",
        EventLog,
        3,
        Informational,
        acts::export_began,
    ),
    row("export-lagging", EventLog, 3, High, acts::export_lagging),
    row(
        "export-caught-up",
        EventLog,
        3,
        Informational,
        acts::export_caught_up,
    ),
    row("export-ended", EventLog, 99, Informational, acts::about_log),
];

/// A kind that a newer program writes: exported as it is.
const UNKNOWN: Kind = row("unknown", EventLog, 99, Medium, acts::about_log);
/// Bytes that are no entry of this version: their place is all that is told.
const UNREADABLE: Kind = row("unreadable", EventLog, 99, High, acts::about_log);

/// What becomes of a kind; of an unknown one as much as can be told.
#[must_use]
pub(super) fn kind(name: &str) -> &'static Kind {
    KINDS
        .iter()
        .find(|kind| kind.name == name)
        .unwrap_or(&UNKNOWN)
}

pub(super) fn unreadable() -> Event {
    let mut event = Event::new(&UNREADABLE, UNREADABLE.name, "");
    event.status(Status::Failure, "");
    event
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}
