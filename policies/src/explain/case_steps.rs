//! The steps of an explanation about the case: whose it is, its times, matter, ground, subject and
//! signatures.

use std::collections::BTreeSet;

use super::steps::{listed, step};
use super::{Ask, Step};
use crate::case::{CLOCK_SKEW_MAX, SignedTimes};
use crate::flow::{BEIJING, BasisPart, Flow};

impl Ask<'_> {
    pub(super) fn case_steps(&self, flow: &Flow) -> Vec<Step> {
        let mut steps = vec![self.own_case_step()];
        for (signed, part) in self.case.signatures().zip(["case", "approval"]) {
            steps.extend(self.time_steps(flow, signed, part));
        }
        steps.extend(self.matter_steps(flow));
        steps.extend(self.basis_steps(flow));
        steps.extend(self.subject_steps(flow));
        steps.extend(self.person_steps(flow));
        steps
    }

    fn own_case_step(&self) -> Step {
        let of = &self.case.assertion().node;
        let node = self.question.asking_node();
        step(
            (
                "own-case",
                "wrong-node",
                "业务件属于提问节点",
                "the case is the asking node's own",
            ),
            of == node,
            format!("case of {of}; asked by {node}"),
        )
    }

    fn time_steps(&self, flow: &Flow, signed: SignedTimes, part: &str) -> [Step; 4] {
        let life = signed.expires_at - signed.issued_at;
        let ahead = signed.days_ahead;
        let issued = signed.issued_at.to_offset(BEIJING);
        let expires = signed.expires_at.to_offset(BEIJING);
        let mut steps = [
            step(
                (
                    "issued",
                    "not-yet-valid",
                    "签名时间不晚于当前时间",
                    "the statement was not signed in the future",
                ),
                signed.issued_at <= self.now + CLOCK_SKEW_MAX,
                format!("issued {issued}"),
            ),
            step(
                (
                    "expiry",
                    "expired",
                    "签名仍在有效期内",
                    "the statement has not expired",
                ),
                self.now < signed.expires_at,
                format!("expires {expires}"),
            ),
            step(
                (
                    "life",
                    "lifetime-too-long",
                    "有效期不超过流程上限",
                    "the statement lives no longer than the flow allows",
                ),
                life <= flow.case_valid,
                format!(
                    "{} s of {} s",
                    life.whole_seconds(),
                    flow.case_valid.as_secs()
                ),
            ),
            step(
                (
                    "dates",
                    "not-yet-valid",
                    "立件日与文书日不晚于签名日",
                    "case and document are not dated after the statement",
                ),
                ahead <= 0,
                format!("{ahead} days ahead"),
            ),
        ];
        for step in &mut steps {
            step.rule = format!("{part}-{}", step.rule);
        }
        steps
    }

    fn matter_steps(&self, flow: &Flow) -> [Step; 3] {
        let case = self.case.assertion();
        let question = self.question;
        [
            step(
                (
                    "case-flow",
                    "wrong-flow",
                    "业务件为本流程签名",
                    "the case was signed for this flow",
                ),
                case.flow == question.flow(),
                format!("case {}; asked {}", case.flow, question.flow()),
            ),
            step(
                (
                    "case-matter",
                    "wrong-matter",
                    "业务件事项与查询一致",
                    "the case has the question's matter",
                ),
                case.matter == question.matter(),
                format!("case {}; asked {}", case.matter, question.matter()),
            ),
            step(
                (
                    "matter",
                    "matter-outside-flow",
                    "流程适用于该事项",
                    "the flow serves this matter",
                ),
                flow.matters.contains(&case.matter),
                format!("serves {}", listed(&flow.matters)),
            ),
        ]
    }

    fn basis_steps(&self, flow: &Flow) -> [Step; 2] {
        let basis = &self.case.assertion().basis;
        let carried = basis.carried();
        let missing: Vec<_> = flow.basis_carries.difference(&carried).collect();
        let code = match missing.first() {
            Some(BasisPart::Consent) => "consent-missing",
            _ => "basis-missing",
        };
        [
            step(
                (
                    "basis",
                    "wrong-basis",
                    "依据类型符合流程",
                    "the case rests on the kind of basis that the flow needs",
                ),
                basis.kind == flow.basis,
                format!("case {}; needs {}", basis.kind, flow.basis),
            ),
            step(
                (
                    "basis-parts",
                    code,
                    "依据要件齐全",
                    "the basis carries everything that the flow needs",
                ),
                missing.is_empty(),
                format!("carried {}; missing {}", listed(&carried), listed(missing)),
            ),
        ]
    }

    fn subject_steps(&self, flow: &Flow) -> [Step; 3] {
        let roles: BTreeSet<_> = self.case.roles_of(self.question.subject_tag());
        let use_no = self.case.assertion().use_no;
        [
            step(
                (
                    "subject",
                    "wrong-subject",
                    "被查人为本件当事人",
                    "the subject is a party of the case",
                ),
                !roles.is_empty(),
                format!("in the case as {}", listed(&roles)),
            ),
            step(
                (
                    "role",
                    "role-not-admitted",
                    "流程可查该身份当事人",
                    "the flow asks about a party in this role",
                ),
                !roles.is_disjoint(&flow.roles),
                format!("asks about {}", listed(&flow.roles)),
            ),
            step(
                (
                    "uses",
                    "over-used",
                    "本件查询次数未用尽",
                    "the case has not used up its questions",
                ),
                use_no <= flow.asks_per_case,
                format!("use {use_no} of {}", flow.asks_per_case),
            ),
        ]
    }

    fn person_steps(&self, flow: &Flow) -> [Step; 3] {
        let is_approved = self.case.approval().is_some();
        let by_officers = self.case.is_by_officers();
        [
            step(
                (
                    "approver",
                    "approver-missing",
                    "需要时已有第二人签名",
                    "a second operator has approved where the flow needs one",
                ),
                is_approved || !flow.second_approver,
                format!("needed {}; there {is_approved}", flow.second_approver),
            ),
            step(
                (
                    "officer",
                    "not-an-officer",
                    "需要时签名人均为指定人员",
                    "whoever signed is a designated officer where the flow needs one",
                ),
                by_officers || !flow.officer,
                format!("needed {}; are {by_officers}", flow.officer),
            ),
            step(
                (
                    "bound",
                    "wrong-question",
                    "签名对应本次查询",
                    "the case was signed for exactly this question",
                ),
                self.case.is_bound_to(self.question),
                String::new(),
            ),
        ]
    }
}
