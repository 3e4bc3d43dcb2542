//! Counting, entry by entry. What must be remembered of an entry until its outcome is kept by
//! index; what could grow with the log has a limit, and a limit that was reached is told.

use std::collections::{BTreeMap, HashMap};

use policies::{Calendar, Hours};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::Heading;

use super::counts::Counts;
use crate::command::audit::faults::Faults;

/// Operators, counters, flows, centers, days and hours told apart.
const GROUPS_MAX: usize = 200_000;
/// Pairs of a group and a subject remembered.
const PAIRS_MAX: usize = 4_000_000;
/// Decisions whose outcome is awaited.
const OPEN_MAX: usize = 1_000_000;
/// Cases remembered.
const CASES_MAX: usize = 1_000_000;
/// Most lines in a list of single subjects or cases.
const LISTED_MAX: usize = 100;
const PSEUDONYM_BYTES: usize = 32;

/// By what is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    All,
    Center,
    Operator,
    Counter,
    Flow,
    Day,
    Hour,
}

/// What was counted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counted {
    pub(super) total: Counts,
    pub(super) centers: BTreeMap<String, Counts>,
    pub(super) operators: BTreeMap<String, Counts>,
    pub(super) counters: BTreeMap<String, Counts>,
    pub(super) flows: BTreeMap<String, Counts>,
    pub(super) days: BTreeMap<String, Counts>,
    pub(super) hours: BTreeMap<String, Counts>,
    /// Subjects that one operator asked about so often, most first.
    pub(super) repeated: Vec<Repeated>,
    /// Cases that were opened and about which nobody asked.
    pub(super) never_asked: Vec<NeverAsked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Repeated {
    pub(super) operator: String,
    pub(super) subject: String,
    pub(super) asks: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct NeverAsked {
    pub(super) case: String,
    pub(super) flow: String,
    pub(super) operator: String,
    pub(super) opened: String,
}

/// Groups that one entry belongs to.
type Groups = Vec<u32>;

#[derive(Debug)]
struct Opened {
    flow: String,
    operator: String,
    at: String,
    groups: Groups,
}

#[derive(Debug)]
pub(super) struct Tally {
    calendar: Calendar,
    groups: Vec<(Side, String, Counts)>,
    ids: HashMap<(Side, String), u32>,
    pairs: HashMap<(u32, [u8; PSEUDONYM_BYTES]), u32>,
    open: HashMap<u64, Groups>,
    cases: BTreeMap<String, Opened>,
    left_out: BTreeMap<&'static str, u64>,
}

/// What an agent's `answered` says of its nodes.
#[derive(Deserialize)]
struct Lamps {
    #[serde(default)]
    lamps: BTreeMap<String, String>,
}

/// What the end of a decision says of it.
#[derive(Deserialize)]
struct EndOf {
    decision: u64,
}

impl Tally {
    pub(super) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            groups: Vec::new(),
            ids: HashMap::new(),
            pairs: HashMap::new(),
            open: HashMap::new(),
            cases: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }

    /// Counts one entry. The end of a decision is counted if the decision was.
    pub(super) fn take(
        &mut self,
        index: u64,
        heading: &Heading<'_>,
        entry: &[u8],
        own: &str,
        fits: bool,
    ) {
        match heading.kind.as_str() {
            "outcome" | "abandoned" => return self.end(heading, entry),
            _ if !fits => return,
            _ => {}
        }
        match heading.kind.as_str() {
            "decision" => {
                let groups = self.groups_of(heading, own);
                self.ask(heading, &groups);
                if self.open.len() < OPEN_MAX {
                    self.open.insert(index, groups);
                } else {
                    self.leave_out("decisions awaiting their outcome");
                }
            }
            "answered" => {
                let groups = self.groups_of(heading, own);
                self.asked_about(heading);
                self.ask(heading, &groups);
                let lamps: Option<Lamps> = serde_json::from_slice(entry).ok();
                let lamps = lamps.map(|read| read.lamps).unwrap_or_default();
                if is_miss(lamps.values().map(String::as_str), "nothing") {
                    self.each(&groups, |counts| counts.misses += 1);
                }
            }
            "refusal" | "refused" | "refusals-folded" => {
                let groups = self.groups_of(heading, own);
                if heading.by.as_str() != "guard" {
                    self.asked_about(heading);
                }
                let count = if heading.count > 0 { heading.count } else { 1 };
                self.each(&groups, |counts| counts.refuse(&heading.code, count));
            }
            "served" => {
                let groups = self.groups_of(heading, own);
                self.each(&groups, |counts| counts.served += 1);
            }
            "case-opened" => self.opened(heading, own),
            "approval-asked" | "list-ended" => self.asked_about(heading),
            _ => {}
        }
    }

    fn ask(&mut self, heading: &Heading<'_>, groups: &Groups) {
        let is_off = self.is_off_hours(&heading.at);
        self.each(groups, |counts| {
            counts.asks += 1;
            counts.off_hours += u64::from(is_off);
        });
        let Some(subject) = pseudonym(&heading.subject) else {
            return;
        };
        for group in groups {
            if self.pairs.len() >= PAIRS_MAX && !self.pairs.contains_key(&(*group, subject)) {
                self.leave_out("look-ups of one subject");
                continue;
            }
            let asks = self.pairs.entry((*group, subject)).or_default();
            *asks = asks.saturating_add(1);
        }
    }

    fn end(&mut self, heading: &Heading<'_>, entry: &[u8]) {
        let Ok(EndOf { decision }) = serde_json::from_slice(entry) else {
            return;
        };
        let Some(groups) = self.open.remove(&decision) else {
            return;
        };
        let classes = heading.nodes.iter().flat_map(|node| &node.classes);
        let outcomes = classes.map(|class| class.outcome.as_str());
        if heading.kind.as_str() == "abandoned" {
            self.each(&groups, |counts| counts.abandoned += 1);
        } else if is_miss(outcomes, "no-record") {
            self.each(&groups, |counts| counts.misses += 1);
        }
    }

    fn opened(&mut self, heading: &Heading<'_>, own: &str) {
        let groups = self.groups_of(heading, own);
        self.each(&groups, |counts| counts.cases_opened += 1);
        let case = heading.case_number();
        if self.cases.contains_key(case) {
            return;
        }
        if self.cases.len() >= CASES_MAX {
            return self.leave_out("cases opened");
        }
        let opened = Opened {
            flow: heading.flow_code().to_owned(),
            operator: operator_of(own, heading),
            at: heading.at.to_string(),
            groups,
        };
        self.cases.insert(case.to_owned(), opened);
    }

    /// A case about which somebody asked is no longer one about which nobody did.
    fn asked_about(&mut self, heading: &Heading<'_>) {
        self.cases.remove(heading.case_number());
    }

    fn groups_of(&mut self, heading: &Heading<'_>, own: &str) -> Groups {
        let center = heading.center(own);
        let hour = heading.hour();
        let (day, hour) = hour.split_once('T').unwrap_or((hour, ""));
        let of_center = |value: &str| match value {
            "" => String::new(),
            value => format!("{center}/{value}"),
        };
        let sides = [
            (Side::All, "all".to_owned()),
            (Side::Center, center.to_owned()),
            (Side::Operator, operator_of(center, heading)),
            (Side::Counter, of_center(heading.asking_counter())),
            (Side::Flow, heading.flow_code().to_owned()),
            (Side::Day, day.to_owned()),
            (Side::Hour, hour.to_owned()),
        ];
        let mut groups = Groups::new();
        for group in sides {
            if group.1.is_empty() {
                continue;
            }
            if let Some(id) = self.ids.get(&group) {
                groups.push(*id);
            } else if self.groups.len() < GROUPS_MAX {
                let id = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
                self.groups
                    .push((group.0, group.1.clone(), Counts::default()));
                self.ids.insert(group, id);
                groups.push(id);
            } else {
                self.leave_out("operators, counters and flows");
            }
        }
        groups
    }

    fn each(&mut self, groups: &Groups, mut count: impl FnMut(&mut Counts)) {
        for id in groups {
            if let Some((_, _, counts)) = self.groups.get_mut(*id as usize) {
                count(counts);
            }
        }
    }

    fn is_off_hours(&self, at: &str) -> bool {
        let moment = OffsetDateTime::parse(at, &Rfc3339);
        moment.is_ok_and(|moment| !self.calendar.is_open(Hours::Counter, moment))
    }

    fn leave_out(&mut self, what: &'static str) {
        let count = self.left_out.entry(what).or_default();
        *count = count.saturating_add(1);
    }

    /// Puts everything in order. What had to be left out is a fault.
    pub(super) fn concluded(mut self, repeated_from: u32, faults: &mut Faults) -> Counted {
        for (what, count) in std::mem::take(&mut self.left_out) {
            faults.add(format!(
                "{count} {what} are not counted: there are too many"
            ));
        }
        let mut counted = Counted {
            repeated: self.repeated(repeated_from),
            ..Counted::default()
        };
        for (case, opened) in std::mem::take(&mut self.cases) {
            let groups = opened.groups;
            self.each(&groups, |counts| counts.cases_never_asked += 1);
            if counted.never_asked.len() < LISTED_MAX {
                counted.never_asked.push(NeverAsked {
                    case,
                    flow: opened.flow,
                    operator: opened.operator,
                    opened: opened.at,
                });
            }
        }
        for (side, name, counts) in self.groups {
            let groups = match side {
                Side::All => {
                    counted.total = counts;
                    continue;
                }
                Side::Center => &mut counted.centers,
                Side::Operator => &mut counted.operators,
                Side::Counter => &mut counted.counters,
                Side::Flow => &mut counted.flows,
                Side::Day => &mut counted.days,
                Side::Hour => &mut counted.hours,
            };
            groups.insert(name, counts);
        }
        counted
    }

    /// Counts subjects by group, and lists those that one operator asked about so often.
    fn repeated(&mut self, from: u32) -> Vec<Repeated> {
        let mut repeated = Vec::new();
        for ((group, subject), asks) in std::mem::take(&mut self.pairs) {
            let Some((side, name, counts)) = self.groups.get_mut(group as usize) else {
                continue;
            };
            counts.subjects += 1;
            counts.asked_again += u64::from(asks > 1);
            counts.most_about_one = counts.most_about_one.max(u64::from(asks));
            if *side == Side::Operator && asks >= from {
                repeated.push(Repeated {
                    operator: name.clone(),
                    subject: data_encoding::HEXLOWER.encode(&subject),
                    asks: u64::from(asks),
                });
            }
        }
        repeated.sort_by(|a, b| {
            let most_first = b.asks.cmp(&a.asks);
            most_first.then_with(|| (&a.operator, &a.subject).cmp(&(&b.operator, &b.subject)))
        });
        repeated.truncate(LISTED_MAX);
        repeated
    }
}

/// Whether something was asked and every answer is that there is nothing.
fn is_miss<'o>(outcomes: impl Iterator<Item = &'o str>, nothing: &str) -> bool {
    let mut was_asked = false;
    for outcome in outcomes {
        if outcome == nothing {
            was_asked = true;
        } else if outcome != "not-covered" {
            return false;
        }
    }
    was_asked
}

fn pseudonym(text: &str) -> Option<[u8; PSEUDONYM_BYTES]> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}

/// The asking operator with their center, in whichever letters the center's system names them;
/// empty where there is none.
fn operator_of(center: &str, heading: &Heading<'_>) -> String {
    match heading.asking_operator() {
        "" => String::new(),
        name => format!("{center}/{}", name.to_ascii_lowercase()),
    }
}
