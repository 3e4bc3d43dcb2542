//! The asking side: its word of an answer or a refusal, and whether it says by itself why it has
//! none.

use audit::Receipt;
use time::Duration;
use wire::RefusalCode;

use super::super::books::{
    Answered, ClassGave, Decision, Exchange, NodeGave, Outcome, Refusal, Refused, Written,
};
use super::{Case, disagree, same_set};
use crate::command::audit::moment::Moment;

/// So long after a decision an asker may give up for a reason of its own.
pub(in super::super) const GIVING_UP: Duration = Duration::minutes(3);
/// So long after a decision a list may end on it: a reader may take as long as it is let for each
/// line that is under way.
const LIST_ENDING: Duration = Duration::minutes(5);
/// Lines of a list may still be on their way when it ends, and clocks of two machines differ.
const CLOCKS_APART: Duration = Duration::seconds(30);
/// Outcomes from the cleanest to the gravest, as an asker's lamp has them.
const LAMPS: [(&str, &str); 6] = [
    ("not-covered", "not-covered"),
    ("no-record", "nothing"),
    ("answered", "answered"),
    ("stale", "stale"),
    ("refused", "refused"),
    ("unavailable", "not-known"),
];

/// By these an asker says that the hub's word on a question that had left did not come or was none.
const NOT_HEARD: [RefusalCode; 4] = [
    RefusalCode::HubUnreachable,
    RefusalCode::HubReply,
    RefusalCode::HubStopping,
    RefusalCode::AskCancelled,
];
/// The same of an answer, which it may also have been unable to keep, and so did not give out.
const NOT_TAKEN: [RefusalCode; 5] = [
    RefusalCode::HubUnreachable,
    RefusalCode::HubReply,
    RefusalCode::HubStopping,
    RefusalCode::AskCancelled,
    RefusalCode::LocalAudit,
];

/// Whose question it is, as the hub's book says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'c> {
    pub(super) asker: &'c str,
    case: &'c str,
    operator: &'c str,
    approver: &'c str,
}

impl<'c> Claim<'c> {
    pub(super) fn of_decision(says: &'c Decision) -> Self {
        Self {
            asker: &says.who.node,
            case: &says.case.number,
            operator: &says.who.operator,
            approver: &says.case.approver,
        }
    }

    /// Case and operator are empty where the statement did not verify, or was not looked at.
    pub(super) fn of_refusal(says: &'c Refusal) -> Self {
        Self {
            asker: &says.who.node,
            case: &says.case,
            operator: &says.who.operator,
            approver: "",
        }
    }

    /// Whether the asker's words are about this question. A question that names nobody has no
    /// excuse: anything would fit it.
    fn is_of(&self, case: &str, operator: &str) -> bool {
        let is_named = !self.case.is_empty() && !self.operator.is_empty();
        // What an officer has approved is refused to the officer.
        let by_approver = !self.approver.is_empty() && operator == self.approver;
        is_named && case == self.case && (operator == self.operator || by_approver)
    }
}

impl Case<'_> {
    /// The asker's side of a refusal.
    pub(super) fn is_refused(
        &mut self,
        exchange: &Exchange,
        claim: Claim<'_>,
        refusal: &Written<Refusal>,
    ) {
        let (asker, code) = (claim.asker, &refusal.says.code);
        if !self.is_given(asker) {
            return;
        }
        match exchange.refused.get(asker) {
            Some(refused) if refused.says.code == *code => {}
            Some(refused) => {
                let other = &refused.says.code;
                self.find(format!(
                    "the hub refused with {code}, {asker} wrote down {other}"
                ));
            }
            None if self.was_cut_off(asker, &refusal.at, &refusal.at, Duration::ZERO) => {
                let why = format!("{asker} was cut off before the refusal {code} was written down");
                self.explained.push(why);
            }
            None if self.gave_up(claim, &NOT_HEARD, &refusal.at) => {
                let why = format!("{asker} did not wait for the refusal {code}");
                self.explained.push(why);
            }
            None => self.find(format!("the book of {asker} lacks the refusal {code}")),
        }
    }

    /// The asker's side of an answer.
    pub(super) fn is_answered(
        &mut self,
        exchange: &Exchange,
        decision: &Written<Decision>,
        outcome: &Written<Outcome>,
    ) {
        let claim = Claim::of_decision(&decision.says);
        let asker = claim.asker;
        if !self.is_given(asker) {
            return;
        }
        match exchange.answered.get(asker) {
            Some(_) if exchange.abandoned => {
                self.find(format!(
                    "{asker} was answered, and the hub closed it as abandoned"
                ));
            }
            Some(answered) => self.same_answer(answered, decision, outcome),
            // Before a word of its own: that one is of another question.
            None if self.was_cut_off(asker, &decision.at, &outcome.at, Duration::ZERO) => {
                self.explained
                    .push(format!("{asker} was cut off meanwhile"));
            }
            None if self.gave_up(claim, &NOT_TAKEN, &decision.at) => {
                self.explained.push(format!(
                    "{asker} did not wait for the answer, or did not take it"
                ));
            }
            None if exchange.abandoned && exchange.refused.contains_key(asker) => {
                self.explained.push(format!(
                    "the hub closed it as abandoned, and {asker} was refused"
                ));
            }
            None if exchange.abandoned => {
                self.find(format!(
                    "the hub closed it as abandoned; the book of {asker} has no word of it"
                ));
            }
            None if exchange.refused.contains_key(asker) => {
                self.find(format!(
                    "the hub answered, and {asker} wrote down a refusal"
                ));
            }
            None => self.find(format!("the hub answered; the book of {asker} lacks it")),
        }
    }

    pub(super) fn nobody_else_asked(&mut self, exchange: &Exchange, asker: &str) {
        for node in exchange.answered.keys().chain(exchange.refused.keys()) {
            if node != asker {
                self.find(format!(
                    "{asker} asked by the hub's book, {node} by its own"
                ));
            }
        }
    }

    fn same_answer(
        &mut self,
        answered: &Written<Answered>,
        decision: &Written<Decision>,
        outcome: &Written<Outcome>,
    ) {
        let (asker, says, hub) = (&decision.says.who.node, &answered.says, &decision.says);
        let mut differ = vec![
            ("question (digest)", disagree(&says.question, &hub.question)),
            ("case", says.case_no != hub.case.number),
            ("flow", says.flow != hub.case.flow),
            ("operator", says.operator != hub.who.operator),
            ("approver", says.approver != hub.case.approver),
            ("items", says.items != hub.items),
            ("verdicts", !same_set(&says.verdicts, &hub.verdicts)),
        ];
        let classes = outcome.says.nodes.iter().flat_map(|node| &node.classes);
        let records: u64 = classes.map(|class| class.records).sum();
        differ.push(("records", says.records != records));
        differ.retain(|(_, differs)| *differs);
        for (what, _) in differ {
            self.find(format!("the hub and {asker} wrote down different {what}"));
        }
        for (what, receipt, written) in [
            (
                "decision",
                &says.decision,
                (decision.index, decision.leaf_hash),
            ),
            ("outcome", &says.outcome, (outcome.index, outcome.leaf_hash)),
        ] {
            let Receipt {
                log,
                index,
                leaf_hash,
            } = receipt;
            if *log != self.books.hub || (*index, *leaf_hash) != written {
                self.find(format!(
                    "{asker} holds a receipt for entry {index} of `{log}` for the {what}, which is \
                     not the hub's entry {}",
                    written.0
                ));
            }
        }
        for node in &outcome.says.nodes {
            let heard = says.digests.get(&node.node).map_or("", String::as_str);
            if disagree(heard, &node.digest()) {
                let node = &node.node;
                self.find(format!(
                    "{asker} heard another answer of {node} than the hub recorded (digest)"
                ));
            }
            let gravest = gravest(node);
            let seen = says
                .lamps
                .get(&node.node)
                .and_then(|lamp| LAMPS.iter().position(|(_, name)| name == lamp));
            if seen < gravest {
                let node = &node.node;
                self.find(format!(
                    "{asker} was shown a better lamp of {node} than the hub recorded"
                ));
            }
        }
    }

    /// Whether a program ended without an orderly stop in this time, or so long after it, and could
    /// write down nothing more.
    pub(super) fn was_cut_off(&self, log: &str, from: &str, until: &str, after: Duration) -> bool {
        let from = Moment::shifted(from, -CLOCKS_APART);
        let until = Moment::shifted(until, after + CLOCKS_APART);
        let (Some(from), Some(until)) = (from, until) else {
            return false;
        };
        let times = self.books.cut_off.get(log).map(Vec::as_slice);
        let mut times = times.unwrap_or_default().iter();
        times.any(|(last, started)| {
            last.as_str() <= until.as_str() && started.as_str() >= from.as_str()
        })
    }

    /// Whether an asker says by itself that it went on without the hub's word: of this case and
    /// operator, by one of these codes.
    fn gave_up(&mut self, claim: Claim<'_>, codes: &[RefusalCode], decided: &str) -> bool {
        let since = Moment::shifted(decided, -CLOCKS_APART);
        let is_since = |at: &str| since.as_ref().is_some_and(|since| at >= since.as_str());
        let is_within = |at: &str, span: Duration| {
            let until = Moment::shifted(decided, span + CLOCKS_APART);
            is_since(at) && until.is_some_and(|until| at <= until.as_str())
        };
        let unnamed = self.books.unnamed.entry(claim.asker.to_owned());
        let unnamed = unnamed.or_default();
        let own = unnamed.iter().position(|Written { at, says, .. }| {
            claim.is_of(&says.case_no, &says.operator)
                && says.is_by_itself(codes)
                && is_within(at, GIVING_UP)
        });
        if let Some(own) = own {
            // One refusal speaks for one question, the earliest first: a later one may still be
            // there for the next.
            unnamed.remove(own);
            return true;
        }
        let lists = self.books.lists.entry(claim.asker.to_owned()).or_default();
        let list = lists.iter_mut().find(|Written { at, says, .. }| {
            says.not_asked > 0
                && claim.is_of(&says.case_no, &says.operator)
                && is_within(at, LIST_ENDING)
        });
        match list {
            Some(ended) => {
                ended.says.not_asked -= 1;
                true
            }
            None => false,
        }
    }
}

impl NodeGave {
    /// Over what the hub recorded of each class; nothing where it recorded no digests.
    fn digest(&self) -> String {
        if self.classes.iter().any(|class| class.digest.is_empty()) {
            return String::new();
        }
        let classes = self.classes.iter();
        let classes = classes.map(|class| (class.class.clone(), class.digest.clone()));
        wire::digests::of_node(classes.collect())
    }
}

impl Refused {
    /// Whether it is the agent's own, by one of these codes.
    fn is_by_itself(&self, codes: &[RefusalCode]) -> bool {
        let code = self.code.parse();
        self.by == "local" && code.is_ok_and(|code| codes.contains(&code))
    }
}

/// The place of the gravest class among the lamps.
fn gravest(node: &NodeGave) -> Option<usize> {
    let place = |class: &ClassGave| LAMPS.iter().position(|(name, _)| *name == class.outcome);
    node.classes.iter().map(place).max().flatten()
}
