//! Holding the books against each other, question by question.
//!
//! What one side has and the other lacks is a finding, unless the other side says by itself why:
//! an asker whose deadline passed, a node that answered too late, a refusal that was only counted.

mod asker;
mod server;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::Duration;
use wire::{RefusalCode, Turn};

use super::books::{Decision, Exchange, Written};
use super::reading::Books;
use crate::command::audit::moment::Moment;

use asker::Claim;

pub(super) use asker::GIVING_UP;

/// Row of the refusals that the hub counts together when their kinds are too many.
const OTHERS: &str = "others";

/// The hub counts refusals that it does not keep after so long.
const COUNTED_WITHIN: Duration = Duration::seconds(60);

/// Something that does not fit, or that fits for a reason worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Remark {
    /// RFC 3339, as entries have it.
    pub(super) at: String,
    pub(super) query: String,
    pub(super) says: String,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Judged {
    /// Questions held against each other.
    pub(super) compared: u64,
    /// Questions of which every book says the same.
    pub(super) agree: u64,
    pub(super) findings: Vec<Remark>,
    pub(super) explained: Vec<Remark>,
    /// Questions too new to be judged.
    pub(super) newest: u64,
    /// Questions in which a node took part whose book was not given.
    pub(super) not_given: BTreeMap<String, u64>,
}

/// The time judged.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
    /// What was written later is too new.
    pub(super) settled: Option<Moment>,
}

pub(super) fn judged(mut books: Books, horizon: &Horizon) -> Judged {
    let mut judged = Judged::default();
    for (query, exchange) in std::mem::take(&mut books.exchanges) {
        let begun = exchange.begun();
        let is_early = horizon
            .from
            .as_ref()
            .is_some_and(|from| begun < from.as_str());
        let is_late = horizon.to.as_ref().is_some_and(|to| begun >= to.as_str());
        if is_early || is_late {
            continue;
        }
        let settled = horizon.settled.as_ref();
        if settled.is_some_and(|settled| exchange.ended() > settled.as_str()) {
            judged.newest += 1;
            continue;
        }
        let mut case = Case {
            books: &mut books,
            findings: Vec::new(),
            explained: Vec::new(),
            not_given: BTreeSet::new(),
        };
        case.judge(&exchange);
        let remark = |says| Remark {
            at: Moment::told(begun),
            query: query.clone(),
            says,
        };
        judged.compared += 1;
        judged.agree += u64::from(case.findings.is_empty());
        judged
            .findings
            .extend(case.findings.into_iter().map(remark));
        judged
            .explained
            .extend(case.explained.into_iter().map(remark));
        for node in case.not_given {
            *judged.not_given.entry(node).or_default() += 1;
        }
    }
    judged.findings.sort();
    judged.explained.sort();
    judged
}

/// One question before the judge.
struct Case<'b> {
    books: &'b mut Books,
    findings: Vec<String>,
    explained: Vec<String>,
    /// Once each, though a node may ask and answer.
    not_given: BTreeSet<String>,
}

impl Case<'_> {
    fn judge(&mut self, exchange: &Exchange) {
        self.findings.extend(exchange.twice.iter().cloned());
        match (&exchange.decision, &exchange.refusal) {
            (Some(decision), _) => self.decided(exchange, decision),
            (None, Some(refusal)) => {
                let (node, code) = (&refusal.says.who.node, &refusal.says.code);
                self.is_refused(exchange, Claim::of_refusal(&refusal.says), refusal);
                self.nobody_else_asked(exchange, node);
                for server in exchange.served.keys() {
                    self.find(format!(
                        "{server} answered a question that the hub refused ({code})"
                    ));
                }
            }
            (None, None) => self.hub_is_silent(exchange),
        }
        if let (None, Some(outcome)) = (&exchange.decision, &exchange.outcome) {
            let index = outcome.index;
            self.find(format!(
                "the hub's book has an end at {index} without a decision"
            ));
        }
    }

    fn hub_is_silent(&mut self, exchange: &Exchange) {
        for (node, answered) in &exchange.answered {
            let receipt = answered.says.decision.index;
            self.find(format!(
                "{node} was answered and holds a receipt for entry {receipt}; the hub's book lacks \
                 the question"
            ));
        }
        for (node, refused) in &exchange.refused {
            let code = &refused.says.code;
            if self.was_not_counted(&refused.at, code) {
                self.explained.push(format!(
                    "{node} was refused with {code}; the hub was cut off before it counted that"
                ));
            } else if self.was_counted(node, code) {
                let counted = format!("{node} was refused with {code}, which the hub only counted");
                self.explained.push(counted);
            } else {
                self.find(format!(
                    "{node} was refused with {code}; the hub's book lacks the question"
                ));
            }
        }
        for (node, served) in &exchange.served {
            let asker = &served.says.node;
            self.find(format!(
                "{node} answered {asker}; the hub's book lacks the question"
            ));
        }
        for (node, refused) in &exchange.guarded {
            let code = &refused.says.code;
            self.find(format!(
                "the guard of {node} refused it ({code}); the hub's book lacks the question"
            ));
        }
    }

    fn decided(&mut self, exchange: &Exchange, decision: &Written<Decision>) {
        let asker = &decision.says.who.node;
        let Some(outcome) = &exchange.outcome else {
            return self.find(format!("the decision at {} has no end", decision.index));
        };
        let of = outcome.says.decision;
        if of != decision.index {
            let index = outcome.index;
            self.find(format!(
                "the end at {index} is of entry {of}, not of {}",
                decision.index
            ));
        }
        match &exchange.refusal {
            // The hub failed in between, and said so to the asker.
            Some(refusal) => {
                self.is_refused(exchange, Claim::of_decision(&decision.says), refusal);
            }
            None => self.is_answered(exchange, decision, outcome),
        }
        self.nobody_else_asked(exchange, asker);
        for node in &decision.says.asked {
            self.is_served(exchange, decision, outcome, node);
        }
        for node in exchange.served.keys().chain(exchange.guarded.keys()) {
            if !decision.says.asked.contains(node) {
                self.find(format!(
                    "{node} was asked, which the decision does not name"
                ));
            }
        }
    }

    /// Whether the hub's program ended without an orderly stop before a refusal that it only counts
    /// was due to be counted.
    fn was_not_counted(&self, at: &str, code: &str) -> bool {
        let code = code.parse::<RefusalCode>();
        let is_counted = code.is_ok_and(|code| code.turn() == Turn::Capacity);
        is_counted && self.was_cut_off(&self.books.hub, at, at, COUNTED_WITHIN)
    }

    fn was_counted(&mut self, node: &str, code: &str) -> bool {
        for who in [node, OTHERS] {
            let row = (who.to_owned(), code.to_owned());
            if let Some(count @ 1..) = self.books.folded.get_mut(&row) {
                *count -= 1;
                return true;
            }
        }
        false
    }

    fn is_given(&mut self, node: &str) -> bool {
        let is_given = self.books.agents.iter().any(|given| given == node);
        if !is_given {
            self.not_given.insert(node.to_owned());
        }
        is_given
    }

    fn find(&mut self, finding: String) {
        self.findings.push(finding);
    }
}

/// Whether two digests are there and are not the same: older entries have none.
fn disagree(one: &str, other: &str) -> bool {
    !one.is_empty() && !other.is_empty() && one != other
}

fn same_set(one: &[String], other: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    sorted(one) == sorted(other)
}
