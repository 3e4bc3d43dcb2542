//! One ask as one Cedar request: classes and items go in as sets, never item by item.
//! States facts only; whether they suffice is for the policies to say.

use std::collections::BTreeSet;

use catalog::ClassNo;
use cedar_policy::{Context, Request, RestrictedExpression};
use data_encoding::HEXLOWER;
use time::OffsetDateTime;

use super::vocabulary::{Vocabulary, day_number, flag, named, number, text};
use crate::caller::{Caller, Suspensions};
use crate::case::{SignedTimes, VerifiedCase};
use crate::flow::{BEIJING, FlowBook, Hours, LookedAt};
use crate::question::Question;

/// Everything a decision rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) case: &'a VerifiedCase,
    pub(crate) question: &'a Question,
    /// Where the flow's verdicts and the calendar stand.
    pub(crate) flows: &'a FlowBook,
    pub(crate) state: &'a Suspensions,
    pub(crate) now: OffsetDateTime,
}

/// The operators behind a case: the one who asks and the one who approved.
pub(super) fn operators(case: &VerifiedCase) -> impl Iterator<Item = &str> {
    std::iter::once(case.assertion().operator.as_str()).chain(case.approver())
}

impl Facts<'_> {
    /// The request, or `None` if these facts cannot be said in Cedar; then nothing is allowed.
    pub(super) fn request(&self, words: &Vocabulary, looked_at: bool) -> Option<Request> {
        let principal = words.node(self.caller.node());
        let action = words.action(self.question.mode())?;
        let resource = words.flow(self.question.flow());
        // The policies were validated for this shape; an ask of another shape makes them report
        // an error, which denies. Validating every ask again would double its cost.
        let context = self.context(words, looked_at)?;
        Request::new(principal, action, resource, context, None).ok()
    }

    fn context(&self, words: &Vocabulary, looked_at: bool) -> Option<Context> {
        let looked_at = match looked_at {
            true => Some(self.of_looked_at(words)?),
            false => None,
        };
        Context::from_pairs(
            keyed(self.of_question(words)?)
                .chain(looked_at.into_iter().flat_map(keyed))
                .chain(keyed(self.of_moment(words)?))
                .chain(keyed(self.of_case(words)?)),
        )
        .ok()
    }

    fn of_looked_at(&self, words: &Vocabulary) -> Option<[Fact; 2]> {
        let looked_at = self.looked_at();
        Some([
            ("looked_at", words.items(looked_at.values().flatten())?),
            ("looked_at_classes", words.classes(looked_at.keys())?),
        ])
    }

    fn of_question(&self, words: &Vocabulary) -> Option<[Fact; 12]> {
        let question = self.question;
        let verdicts = question.verdicts().iter();
        Some([
            ("node", text(self.caller.node())),
            ("asking_node", named(words.node(question.asking_node()))),
            ("flow_digest", digest(question.flow_digest())),
            ("matter", words.matter(question.matter())?),
            ("classes", words.classes(question.wants().keys())?),
            ("items", words.items(question.wants().values().flatten())?),
            ("gives", words.items(question.gives().iter())?),
            (
                "verdicts",
                RestrictedExpression::new_set(verdicts.map(|verdict| text(verdict.as_str()))),
            ),
            (
                "verdict_classes",
                words.classes(self.verdict_classes().iter())?,
            ),
            ("named", texts(question.named())),
            ("named_absent", texts(&self.absent())),
            ("question", digest(question.digest())),
        ])
    }

    fn of_moment(&self, words: &Vocabulary) -> Option<[Fact; 4]> {
        let today = self.now.to_offset(BEIJING).date();
        let calendar = self.flows.calendar();
        let open = Hours::ALL
            .iter()
            .filter(|hours| calendar.is_open(**hours, self.now));
        Some([
            ("today", long(day_number(today))),
            ("now_s", long(self.now.unix_timestamp())),
            ("open_hours", words.hours(open)?),
            ("suspended", flag(self.is_suspended())),
        ])
    }

    fn of_case(&self, words: &Vocabulary) -> Option<[Fact; 14]> {
        let case = self.case.assertion();
        let roles = self.case.roles_of(self.question.subject_tag());
        let signatures = || self.case.signatures();
        let issued_s = signatures().map(|signed| ceiling(signed.issued_at)).max()?;
        let life_s = signatures().map(life_s).max()?;
        let days_ahead = signatures().map(|signed| signed.days_ahead).max()?;
        let expires_s = self.case.expires_at().unix_timestamp();
        Some([
            ("case_node", named(words.node(&case.node))),
            ("case_flow", named(words.flow(case.flow))),
            ("case_matter", words.matter(case.matter)?),
            ("case_basis", words.basis(case.basis.kind)?),
            ("case_carries", words.parts(case.basis.carried().iter())?),
            ("case_roles", words.roles(roles.iter())?),
            ("case_issued_s", long(issued_s)),
            ("case_expires_s", long(expires_s)),
            ("case_life_s", long(life_s)),
            ("case_days_ahead", long(days_ahead)),
            ("case_use_no", number(case.use_no)),
            ("case_question", digest(&case.query_digest)),
            ("case_approved", flag(self.case.approval().is_some())),
            ("case_by_officers", flag(self.case.is_by_officers())),
        ])
    }

    /// Of the verdicts that the flow knows; another one is found by its name.
    fn verdict_classes(&self) -> BTreeSet<ClassNo> {
        let Some(flow) = self.flows.flow(&self.question.flow()) else {
            return BTreeSet::new();
        };
        let asked = self.question.verdicts().iter();
        asked
            .filter_map(|verdict| flow.verdicts.get(verdict))
            .map(|rule| rule.class)
            .collect()
    }

    /// What an answering center looks at; of an unknown flow nothing but what is wanted is known.
    pub(crate) fn looked_at(&self) -> LookedAt {
        let flow = self.flows.flow(&self.question.flow());
        flow.map_or_else(
            || self.question.wants().clone(),
            |flow| flow.looked_at(self.question),
        )
    }

    /// Of the centers that are named, those that take no part in the flow.
    fn absent(&self) -> BTreeSet<String> {
        let flow = self.flows.flow(&self.question.flow());
        flow.map_or_else(BTreeSet::new, |flow| flow.absent(self.question, self.now))
    }

    fn is_suspended(&self) -> bool {
        let node = self.caller.node();
        self.state.has_node(node)
            || self.state.has_flow(self.question.flow())
            || operators(self.case).any(|who| self.state.has_operator(node, who))
            || self.state.has_case(node, &self.case.assertion().case_no)
    }
}

/// Unix seconds; a fraction of a second counts against the case.
fn ceiling(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp() + i64::from(moment.nanosecond() > 0)
}

/// How long a signature lives; a fraction of a second counts against the case.
fn life_s(signed: SignedTimes) -> i64 {
    let life = signed.expires_at - signed.issued_at;
    life.whole_seconds() + i64::from(life.subsec_nanoseconds() > 0)
}

fn texts(texts: &BTreeSet<String>) -> RestrictedExpression {
    RestrictedExpression::new_set(texts.iter().map(|node| text(node)))
}

fn long(number: i64) -> RestrictedExpression {
    RestrictedExpression::new_long(number)
}

fn digest(bytes: &[u8; 32]) -> RestrictedExpression {
    text(&HEXLOWER.encode(bytes))
}

/// One attribute of a request.
type Fact = (&'static str, RestrictedExpression);

fn keyed<const N: usize>(facts: [Fact; N]) -> impl Iterator<Item = (String, RestrictedExpression)> {
    let facts = facts.into_iter();
    facts.map(|(name, value)| (name.to_owned(), value))
}
