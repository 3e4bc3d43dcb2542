//! The closed sets that labels come from. A label that is not listed here has none, and the list of
//! metrics cannot be made.

use catalog::{ClassNo, Defect};
use sandbox::world::Node;
use wire::RefusalCode;

/// What a label may say.
#[derive(Debug)]
pub(super) enum Closed {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A refusal code.
    Code,
    /// A node of the trust list.
    Node,
    /// A class of the catalog.
    Class,
    /// An item of the catalog, or nothing where it is about a source as a whole.
    Item,
    /// What is wrong with a value.
    Defect,
    /// A receiver, as the configuration names it.
    Receiver,
    /// The version of the program.
    Version,
}

use Closed::{Class, Code, Item, Node as OfStar, Receiver, Version, Words};

const OUTCOMES: &[&str] = &[
    "answered",
    "no-record",
    "refused",
    "unavailable",
    "stale",
    "not-covered",
];
const FAULTS: &[&str] = &[
    "future-dated",
    "unreadable",
    "folder-too-full",
    "too-large",
    "too-many-lines",
    "no-header",
    "header-mismatch",
    "no-trailer",
    "unknown-line",
    "short-line",
    "wrong-count",
    "bad-amount",
    "wrong-total",
    "no-marker",
    "bad-marker",
    "wrong-digest",
    "bad-header",
];
const STATES: &[&str] = &["synchronised", "unsynchronised", "unknown"];
const CAUGHT: &[&str] = &["two-histories", "not-grown", "older-shown"];

/// The set of a label; a metric of its own comes before `*`.
const SETS: &[(&str, &str, Closed)] = &[
    (
        "hub_alerts_raised_total",
        "rule",
        Words(&[
            "asks",
            "refusals",
            "subjects",
            "repeats",
            "off-hours",
            "coincidence",
            "misses",
            "unanswered",
            "sought",
            "baseline",
        ]),
    ),
    (
        "hub_alerts",
        "standing",
        Words(&["open", "assigned", "explained", "confirmed", "closed"]),
    ),
    (
        "agent_subjects_named_total",
        "result",
        Words(&["named", "limited", "refused"]),
    ),
    (
        "hub_asks_total",
        "result",
        Words(&["answered", "refused", "cancelled"]),
    ),
    ("hub_retries_total", "result", Words(&["sent", "denied"])),
    ("hub_rules_read_total", "result", Words(&["taken", "kept"])),
    ("hub_limits_read_total", "result", Words(&["taken", "kept"])),
    (
        "agent_asks_served_total",
        "result",
        Words(&["answered", "refused", "cancelled", "repeated"]),
    ),
    (
        "agent_asks_sent_total",
        "result",
        Words(&["answered", "refused"]),
    ),
    (
        "agent_asks_shed_total",
        "limit",
        Words(&["at-once", "often", "probes"]),
    ),
    (
        "hub_breaker_changes_total",
        "to",
        Words(&["closed", "half-open", "open"]),
    ),
    (
        "hub_trace_spans_total",
        "result",
        Words(&["sent", "dropped"]),
    ),
    (
        "agent_trace_spans_total",
        "result",
        Words(&["sent", "dropped"]),
    ),
    ("*", "outcome", Words(OUTCOMES)),
    ("*", "fault", Words(FAULTS)),
    ("*", "state", Words(STATES)),
    ("*", "offence", Words(CAUGHT)),
    ("*", "door", Words(&["link", "staff"])),
    ("*", "code", Code),
    ("*", "node", OfStar),
    ("*", "class", Class),
    ("*", "item", Item),
    ("*", "defect", Closed::Defect),
    ("*", "receiver", Receiver),
    ("*", "version", Version),
];

/// The set that a metric's label comes from.
pub(super) fn closed(metric: &str, label: &str) -> Option<&'static Closed> {
    let of = |metric: &str| {
        SETS.iter()
            .find(|(own, name, _)| *own == metric && *name == label)
    };
    of(metric).or_else(|| of("*")).map(|(_, _, closed)| closed)
}

impl Closed {
    /// As the list of metrics says it.
    pub(super) fn said(&self) -> String {
        match self {
            Words(words) => words.join(", "),
            Code => "codes of [refusals.md](refusals.md)".to_owned(),
            OfStar => "nodes of the trust list".to_owned(),
            Class => "classes, `01` to `14`".to_owned(),
            Item => "items of the catalog; empty for a source as a whole".to_owned(),
            Self::Defect => Defect::ALL
                .iter()
                .map(|d| d.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            Receiver => "receivers of the configuration".to_owned(),
            Version => "version of the program".to_owned(),
        }
    }

    /// Whether a value is of the set.
    pub(super) fn has(&self, value: &str) -> bool {
        match self {
            Words(words) => words.contains(&value),
            Code => value.parse::<RefusalCode>().is_ok(),
            OfStar => Node::ALL.iter().any(|node| node.id() == value),
            Class => is_class(value),
            Item => value.is_empty() || value.split_once('-').is_some_and(|(c, _)| is_class(c)),
            Self::Defect => Defect::ALL.iter().any(|defect| defect.as_str() == value),
            Receiver => !value.is_empty(),
            Version => value == env!("CARGO_PKG_VERSION"),
        }
    }
}

fn is_class(value: &str) -> bool {
    value.len() == 2
        && value
            .parse::<u8>()
            .is_ok_and(|no| (1..=ClassNo::MAX).contains(&no))
}
