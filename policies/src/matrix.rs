//! The policy matrix: what every node may ask in every flow, of every class, in either mode, when
//! its case is in perfect order. Decided by the policies themselves, so that it cannot tell another
//! story than they do; a row is missing for nothing.

use std::fmt;

use catalog::{Catalog, Class, ClassNo, Item, ItemNo};
use serde::Serialize;
use time::{Date, Duration, OffsetDateTime, Time};

use crate::calendar::Calendar;
use crate::caller::{Caller, Suspensions};
use crate::case::{Basis, CaseAssertion, CaseParty, SupposedCase};
use crate::flow::{BEIJING, BasisKind, Flow, FlowId, Hours, MatterNo, Mode, PartyRole, Targets};
use crate::question::{Question, QuestionDraft, QuestionFault};
use crate::rules::RuleSet;
use crate::subject::{SubjectTag, TAG_BYTES};

/// One cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixRow {
    /// Who asks.
    pub node: String,
    /// Within which flow.
    pub flow: FlowId,
    /// Of which class: all that the flow lists of it, or some item if it lists none.
    pub class: ClassNo,
    /// In which mode.
    pub mode: Mode,
    /// `allow`, or the reason of the refusal.
    pub answer: &'static str,
}

impl MatrixRow {
    /// Whether it may be asked.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.answer == ALLOW
    }
}

/// `city F05 04 match allow`
impl fmt::Display for MatrixRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            node,
            flow,
            class,
            mode,
            answer,
        } = self;
        write!(f, "{node} {flow} {class} {mode} {answer}")
    }
}

const ALLOW: &str = "allow";

/// Every node × flow × class × mode on that day, in this order, each at the first minute at which
/// the flow is open. The last flow number stands for every flow that nobody registered.
#[must_use]
pub fn matrix(rules: &RuleSet, catalog: &Catalog, nodes: &[&str], day: Date) -> Vec<MatrixRow> {
    let flows = rules.flows().flows().map(|flow| flow.id);
    let stranger = FlowId::last();
    let known = rules.flows().flow(&stranger).is_some();
    let flows: Vec<FlowId> = flows.chain((!known).then_some(stranger)).collect();
    let mut rows = Vec::new();
    for node in nodes {
        for flow in &flows {
            let ask = HonestAsk::new(rules, catalog, node, *flow, day);
            for class in catalog.classes() {
                for mode in Mode::ALL {
                    rows.push(MatrixRow {
                        node: (*node).to_owned(),
                        flow: *flow,
                        class: class.no,
                        mode: *mode,
                        answer: ask.answer(class, *mode),
                    });
                }
            }
        }
    }
    rows
}

/// What one node asks in one flow, with nothing amiss but what the rules find.
struct HonestAsk<'a> {
    rules: &'a RuleSet,
    catalog: &'a Catalog,
    node: &'a str,
    id: FlowId,
    flow: Option<&'a Flow>,
    now: OffsetDateTime,
}

impl<'a> HonestAsk<'a> {
    fn new(rules: &'a RuleSet, catalog: &'a Catalog, node: &'a str, id: FlowId, day: Date) -> Self {
        let flow = rules.flows().flow(&id);
        let hours = flow.map_or(Hours::Always, |flow| flow.hours);
        Self {
            rules,
            catalog,
            node,
            id,
            flow,
            now: first_open(rules.calendar(), hours, day),
        }
    }

    fn answer(&self, class: &Class, mode: Mode) -> &'static str {
        let Ok(caller) = Caller::proven(self.node) else {
            return QuestionFault::BadNode.as_str();
        };
        let question = match Question::parse(self.draft(class, mode), self.catalog) {
            Ok(question) => question,
            Err(fault) => return fault.as_str(),
        };
        let case = SupposedCase::new(self.assertion(&question, 1), true);
        let second = SupposedCase::new(self.assertion(&question, 2), true);
        let case = match case.approved_by(&second) {
            Ok(case) => case,
            Err(fault) => return fault.as_str(),
        };
        let state = Suspensions::default();
        let answer =
            self.rules
                .policies()
                .authorize(&caller, case.facts(), &question, &state, self.now);
        answer.map_or_else(|denial| denial.reason(), |_| ALLOW)
    }

    /// Everything the flow has for the class: items, values to pass on, verdicts.
    fn draft(&self, class: &Class, mode: Mode) -> QuestionDraft {
        let of_class = |item: &&ItemNo| item.class() == class.no;
        let listed = self.flow.and_then(|flow| flow.items.get(&class.no));
        let wants = match listed {
            Some(items) => items.iter().copied().collect(),
            None => class
                .items
                .iter()
                .filter(|item| !item.input_only)
                .map(|item: &Item| item.no)
                .take(1)
                .collect(),
        };
        let gives = self.flow.into_iter().flat_map(|flow| &flow.gives);
        let verdicts = self.flow.into_iter().flat_map(|flow| &flow.verdicts);
        let verdicts = verdicts
            .filter(|(_, rule)| mode == Mode::Match && rule.class == class.no && !rule.house);
        QuestionDraft {
            asking_node: self.node.to_owned(),
            flow: self.id.to_string(),
            matter: self.matter().to_string(),
            mode,
            wants,
            subject_tag: SUBJECT,
            payload_digest: [0; 32],
            gives: gives.filter(of_class).copied().collect(),
            verdicts: verdicts.map(|(id, _)| id.to_string()).collect(),
            named: self.named(),
            flow_digest: self.flow.map_or([0; 32], |flow| flow.digest),
        }
    }

    /// Where centers are to be named, the asking one itself.
    fn named(&self) -> Vec<String> {
        let asks_named = self.flow.is_some_and(|flow| flow.targets == Targets::Named);
        asks_named
            .then(|| self.node.to_owned())
            .into_iter()
            .collect()
    }

    fn matter(&self) -> MatterNo {
        let first = self.flow.and_then(|flow| flow.matters.first());
        first.copied().unwrap_or(MatterNo::NONE)
    }

    /// A case that carries whatever any basis may, by operator number `operator`.
    fn assertion(&self, question: &Question, operator: u8) -> CaseAssertion {
        // A house is asked about within narrower limits: the matrix shows what a flow asks at most.
        let roles = self.flow.into_iter().flat_map(|flow| &flow.roles);
        // So is an employer, where the flow asks about persons too.
        let is_narrow = |role: &PartyRole| matches!(role, PartyRole::House | PartyRole::Employer);
        let has_person = roles.clone().any(|role| !is_narrow(role));
        let roles = roles.filter(|role| {
            **role != PartyRole::House && !(has_person && **role == PartyRole::Employer)
        });
        let party = |role: &PartyRole| CaseParty {
            role: *role,
            tag: SUBJECT,
        };
        let kind = self.flow.map_or(BasisKind::A, |flow| flow.basis);
        let day = self.now.to_offset(BEIJING).date();
        CaseAssertion {
            node: self.node.to_owned(),
            case_no: "matrix".to_owned(),
            flow: self.id,
            matter: self.matter(),
            basis: Basis {
                issuer: Some("issuer".to_owned()),
                issued_on: Some(day),
                from: Some(day),
                until: Some(day),
                officers: vec!["officer-1".to_owned(), "officer-2".to_owned()],
                approver: Some("approver".to_owned()),
                scope: Some("scope".to_owned()),
                ..Basis::plain(kind, "1".to_owned(), true)
            },
            parties: roles.map(party).collect(),
            operator: format!("operator-{operator}"),
            counter: "1".to_owned(),
            system: "matrix".to_owned(),
            opened_on: day,
            issued_at: self.now,
            expires_at: self.now + LIFE,
            nonce: [operator; crate::case::NONCE_BYTES],
            use_no: 1,
            query_digest: *question.digest(),
        }
    }
}

/// Shorter than any flow's cases live.
const LIFE: Duration = Duration::MINUTE;

/// No person's: the decision does not depend on whose it is.
const SUBJECT: SubjectTag = SubjectTag::from_bytes([0; TAG_BYTES]);

/// The first minute of the day at which the hours are open; midnight if there is none.
fn first_open(calendar: &Calendar, hours: Hours, day: Date) -> OffsetDateTime {
    let midnight = day.with_time(Time::MIDNIGHT).assume_offset(BEIJING);
    let minutes = (0..24 * 60).map(|minute| midnight + Duration::minutes(minute));
    let mut open = minutes.filter(|moment| calendar.is_open(hours, *moment));
    open.next().unwrap_or(midnight)
}
