//! One ask as one Cedar request: classes and items go in as sets, never item by item.
//! States facts only; whether they suffice is for the policies to say.

use cedar_policy::{Context, EntityUid, Request, RestrictedExpression};
use data_encoding::HEXLOWER;
use time::OffsetDateTime;

use super::vocabulary::{Vocabulary, day_number, flag, number, text};
use crate::caller::{Caller, Suspensions};
use crate::case::{CaseAssertion, VerifiedCase};
use crate::flow::BEIJING;
use crate::question::Question;

/// Everything a decision rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) caller: &'a Caller,
    pub(super) case: &'a VerifiedCase,
    pub(super) question: &'a Question,
    pub(super) state: &'a Suspensions,
    pub(super) now: OffsetDateTime,
}

/// The operators behind a case: the one who asks and the one who approved.
pub(super) fn operators(case: &VerifiedCase) -> impl Iterator<Item = &str> {
    std::iter::once(case.assertion().operator.as_str()).chain(case.approver())
}

impl Facts<'_> {
    /// The request, or `None` if these facts cannot be said in Cedar; then nothing is allowed.
    pub(super) fn request(&self, words: &Vocabulary) -> Option<Request> {
        let principal = words.node(self.caller.node());
        let action = words.action(self.question.mode())?;
        let resource = words.flow(self.question.flow());
        // The policies were validated for this shape; an ask of another shape makes them report
        // an error, which denies. Validating every ask again would double its cost.
        Request::new(principal, action, resource, self.context(words)?, None).ok()
    }

    fn context(&self, words: &Vocabulary) -> Option<Context> {
        let question = self.question;
        let wanted = || question.wants().values().flatten();
        let today = self.now.to_offset(BEIJING).date();
        let pairs = [
            ("node", text(self.caller.node())),
            ("asking_node", entity(words.node(question.asking_node()))),
            ("matter", text(&question.matter().to_string())),
            ("classes", words.classes(question.wants().keys())?),
            ("items", words.items(wanted())?),
            (
                "sensitive",
                words.items(wanted().filter(|item| words.is_sensitive(item)))?,
            ),
            ("question", text(&HEXLOWER.encode(question.digest()))),
            ("today", RestrictedExpression::new_long(day_number(today))),
            (
                "now_s",
                RestrictedExpression::new_long(self.now.unix_timestamp()),
            ),
            ("case", self.case_record(words)?),
            ("suspended", self.suspended()?),
        ];
        Context::from_pairs(named(pairs)).ok()
    }

    fn case_record(&self, words: &Vocabulary) -> Option<RestrictedExpression> {
        let case = self.case.assertion();
        let roles = self.case.roles_of(self.question.subject_tag());
        let issued_s = self
            .case
            .signatures()
            .map(|signed| ceiling(signed.issued_at))
            .max()?;
        let life_s = self.case.signatures().map(life_s).max()?;
        let expires_s = self.case.expires_at().unix_timestamp();
        let record = [
            ("node", entity(words.node(&case.node))),
            ("flow", entity(words.flow(case.flow))),
            ("matter", text(&case.matter.to_string())),
            ("basis", words.basis(case.basis.kind)?),
            ("has_number", flag(!case.basis.number.trim().is_empty())),
            ("has_consent", flag(case.basis.consent)),
            ("subject_roles", words.roles(roles.iter())?),
            ("issued_s", RestrictedExpression::new_long(issued_s)),
            ("expires_s", RestrictedExpression::new_long(expires_s)),
            ("life_s", RestrictedExpression::new_long(life_s)),
            ("use_no", number(case.use_no)),
            ("question", text(&HEXLOWER.encode(&case.query_digest))),
            ("approved", flag(self.case.approver().is_some())),
        ];
        RestrictedExpression::new_record(named(record)).ok()
    }

    fn suspended(&self) -> Option<RestrictedExpression> {
        let node = self.caller.node();
        let operator = operators(self.case).any(|who| self.state.has_operator(node, who));
        let record = [
            ("node", flag(self.state.has_node(node))),
            ("operator", flag(operator)),
            ("flow", flag(self.state.has_flow(self.question.flow()))),
        ];
        RestrictedExpression::new_record(named(record)).ok()
    }
}

/// Unix seconds; a fraction of a second counts against the case.
fn ceiling(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp() + i64::from(moment.nanosecond() > 0)
}

/// How long a signature lives; a fraction of a second counts against the case.
fn life_s(signed: &CaseAssertion) -> i64 {
    let life = signed.expires_at - signed.issued_at;
    life.whole_seconds() + i64::from(life.subsec_nanoseconds() > 0)
}

fn entity(uid: EntityUid) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid)
}

fn named<const N: usize>(
    pairs: [(&'static str, RestrictedExpression); N],
) -> impl Iterator<Item = (String, RestrictedExpression)> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
}
