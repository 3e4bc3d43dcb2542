//! The closed words in which a flow is written: flow and matter numbers, mode, pace, basis, role.
//! Refuses any word outside these lists; there is no "other".

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use catalog::ClassNo;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word or number that is not in the list it should come from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct BadTerm {
    expected: &'static str,
}

impl BadTerm {
    pub(crate) const fn new(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// Number of a registered flow: `F05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(u8);

/// Highest flow number the form `F` and two digits can carry.
const FLOW_MAX: u8 = 99;

impl FlowId {
    /// The last number there can be.
    pub(crate) const fn last() -> Self {
        Self(FLOW_MAX)
    }
}

impl FromStr for FlowId {
    type Err = BadTerm;

    fn from_str(text: &str) -> Result<Self, BadTerm> {
        let number = text
            .strip_prefix('F')
            .and_then(|digits| two_digits(digits, FLOW_MAX));
        number.map(Self).ok_or(BadTerm {
            expected: "a flow is `F` and two digits, from F01 on",
        })
    }
}

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{:02}", self.0)
    }
}

/// Number of a matter in the tender's list: `02`. `00` stands where a case has none, such as a
/// court's enquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatterNo(u8);

/// The tender lists 52 matters.
const MATTER_MAX: u8 = 52;

impl MatterNo {
    /// No matter of the list.
    pub const NONE: Self = Self(0);

    /// Whether it is no matter of the list.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Every matter of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=MATTER_MAX).map(Self)
    }
}

impl FromStr for MatterNo {
    type Err = BadTerm;

    fn from_str(text: &str) -> Result<Self, BadTerm> {
        if text == "00" {
            return Ok(Self::NONE);
        }
        let number = two_digits(text, MATTER_MAX);
        number.map(Self).ok_or(BadTerm {
            expected: "a matter is two digits from 01 to 52, or 00 for none",
        })
    }
}

impl fmt::Display for MatterNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

/// A number written with exactly two digits, from 1 to `max`.
fn two_digits(text: &str, max: u8) -> Option<u8> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { text.parse().ok() } else { None };
    number.filter(|number| (1..=max).contains(number))
}

macro_rules! text_serde {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

macro_rules! words {
    (
        $(#[$doc:meta])* $name:ident, $expected:literal,
        $($(#[$word_doc:meta])* $word:ident = $text:literal),+
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_doc])* $word),+ }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// The word as it stands in files and on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = BadTerm;

            fn from_str(text: &str) -> Result<Self, BadTerm> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or(BadTerm { expected: $expected })
            }
        }
    };
}

words! {
    /// How much of an answer leaves a center. Ordered: details are more than a match.
    Mode, "a mode is `match` or `details`",
    /// A verdict only: yes or no, a count, flags.
    Match = "match",
    /// The items themselves.
    Details = "details"
}

words! {
    /// Whether a person waits for the answer.
    Pace, "a pace is `interactive` or `batch`",
    /// Somebody waits at a counter.
    Interactive = "interactive",
    /// A list or a night job.
    Batch = "batch"
}

words! {
    /// When a flow may be used; the calendar says which times of which days these are.
    Hours, "hours are `always`, `counter`, `workday` or `night`",
    /// At any time.
    Always = "always",
    /// While counters are open.
    Counter = "counter",
    /// All of a working day.
    Workday = "workday",
    /// At night.
    Night = "night"
}

words! {
    /// On what ground a question is asked (the flow table's basis types).
    BasisKind, "a basis is `A`, `B`, `C` or `D`",
    /// Application number, matter number and the applicant's consent.
    A = "A",
    /// A running agreement or system event with its number.
    B = "B",
    /// A legal document: issuing body, number, date, scope.
    C = "C",
    /// A scheduled supervision task with its number.
    D = "D"
}

words! {
    /// What a basis must carry.
    BasisPart,
    "a basis carries `number`, `consent`, `issuer`, `date`, `period`, `officers`, `approver` or \
     `scope`",
    /// The number of the application, agreement, document or task.
    Number = "number",
    /// The applicant's consent mark.
    Consent = "consent",
    /// Who issued the document.
    Issuer = "issuer",
    /// The day of the document.
    Date = "date",
    /// First and last day of the period it covers.
    Period = "period",
    /// Badge numbers of the two officers who brought it.
    Officers = "officers",
    /// Who approved the task.
    Approver = "approver",
    /// What the task covers.
    Scope = "scope"
}

words! {
    /// In what role a person or employer stands in a case.
    PartyRole,
    "a role is `applicant`, `spouse`, `co-borrower`, `employer`, `legal-representative`, \
     `handler`, `family-member`, `ex-spouse`, `deceased`, `named`, `listed` or `house`",
    /// Whose application it is.
    Applicant = "applicant",
    /// The applicant's husband or wife.
    Spouse = "spouse",
    /// Borrows together with the applicant.
    CoBorrower = "co-borrower",
    /// The employer the case is about.
    Employer = "employer",
    /// Legal representative of that employer.
    LegalRepresentative = "legal-representative",
    /// Handles fund matters for that employer.
    Handler = "handler",
    /// Another member of the applicant's family.
    FamilyMember = "family-member",
    /// Was married to the applicant.
    ExSpouse = "ex-spouse",
    /// Whose estate it is.
    Deceased = "deceased",
    /// Named by a legal document.
    Named = "named",
    /// A line of a list: a roster, an extract, a task.
    Listed = "listed",
    /// The house the case is about: what is found by it may be anybody's.
    House = "house"
}

text_serde!(
    FlowId, MatterNo, Mode, Pace, Hours, BasisKind, BasisPart, PartyRole
);

/// Which centers a flow may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Targets {
    /// Every center of the star, the asking one included.
    All,
    /// The asking center only.
    Own,
    /// These nodes.
    Nodes(BTreeSet<String>),
    /// The centers that the question names; classes of outside offices, of every center.
    Named,
}

impl Targets {
    /// Whether `node` is asked for `class` when `asking_node` asks and names these centers.
    #[must_use]
    pub(crate) fn reach(
        &self,
        node: &str,
        class: ClassNo,
        asking_node: &str,
        named: &BTreeSet<String>,
    ) -> bool {
        match self {
            Self::All => true,
            Self::Own => node == asking_node,
            Self::Nodes(nodes) => nodes.contains(node),
            Self::Named => class.is_of_an_outside_office() || named.contains(node),
        }
    }
}

/// Longest node id.
pub(crate) const NODE_ID_LEN_MAX: usize = 32;

/// Whether a text can be a node id: small letters, digits and dashes.
pub(crate) fn is_node_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NODE_ID_LEN_MAX).contains(&text.len()) && text.bytes().all(allowed)
}
