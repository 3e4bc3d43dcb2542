//! An explanation tells what the decision does: same outcome, same reason, whatever is asked; and
//! the policies alone deny everything that the steps deny. It names nobody.

use policies::{
    BasisKind, Caller, CaseAssertion, FlowBook, Mode, PartyRole, PolicyEffect, PolicySet, Question,
    QuestionDraft, SupposedCase, Suspensions, VerifiedCase,
};
use proptest::prelude::*;
use time::macros::date;
use time::{Duration, OffsetDateTime};

use super::star::{
    LEGAL_F27, MATCH_F05, NOW, OFFICERS, SPOUSE, STAR, assertion, book, book_of, center, draft,
    f05_with, f27_of, tag,
};

/// An ask that can still be changed.
#[derive(Debug, Clone)]
struct Ask {
    caller: &'static str,
    draft: QuestionDraft,
    case: CaseAssertion,
    approval: Option<CaseAssertion>,
    is_bound: bool,
    state: Suspensions,
    now: OffsetDateTime,
}

impl Ask {
    fn question(&self) -> Option<Question> {
        Question::parse(self.draft.clone(), &STAR.catalog).ok()
    }

    /// The case as the nodes would sign it; none if no verifier would read it.
    fn case(&self, question: &Question) -> Option<VerifiedCase> {
        let verified = |case: &CaseAssertion| {
            let mut case = case.clone();
            if self.is_bound {
                case.query_digest = *question.digest();
            }
            let node = case.node.clone();
            let signed = STAR.try_sign(&node, &case)?;
            STAR.trust.verify(&node, &signed).ok()
        };
        let case = verified(&self.case)?;
        match &self.approval {
            None => Some(case),
            Some(approval) => {
                let mut approval = approval.clone();
                if self.is_bound {
                    approval.query_digest = *question.digest();
                }
                STAR.approved(case, &approval, question).ok()
            }
        }
    }
}

fn f05_ask(book: &FlowBook, mode: Mode, names: &[&str]) -> Ask {
    let flow = book.flow(&"F05".parse().expect("an id")).expect("F05");
    let draft = QuestionDraft {
        mode,
        flow_digest: flow.digest,
        ..draft("guoguan", "F05", "02", STAR.items(names))
    };
    let question = Question::parse(draft.clone(), &STAR.catalog).expect("a question");
    Ask {
        caller: "guoguan",
        draft,
        case: assertion(&question),
        approval: None,
        is_bound: true,
        state: Suspensions::default(),
        now: NOW,
    }
}

fn f27_ask(book: &FlowBook) -> Ask {
    let (_, first, second) = f27_of(book);
    let flow = book.flows().next().expect("F27");
    let wants = STAR.items(&["04.grzhzt", "05.hbjny", "03.xingming"]);
    Ask {
        draft: QuestionDraft {
            flow_digest: flow.digest,
            gives: STAR.items(&["12.wqhth"]),
            ..draft("guoguan", "F27", "00", wants)
        },
        case: first,
        approval: Some(second),
        caller: "guoguan",
        is_bound: true,
        state: Suspensions::default(),
        now: NOW,
    }
}

/// Rules and an honest ask within them.
fn worlds() -> Vec<(PolicySet, Ask)> {
    let f05 = f05_with(&[]);
    let partly = [center("city", &["F05"]), center("guoguan", &["F05"])];
    let partly: Vec<&str> = partly.iter().map(String::as_str).collect();
    let plain = book_of(&[&f05], &partly).expect("a book");
    let (matching, legal) = (book(&[MATCH_F05]), book(&[LEGAL_F27]));
    let mut by_verdict = f05_ask(&matching, Mode::Match, &["04.grzhzt"]);
    by_verdict.draft.verdicts = vec!["by-status".into()];
    let naming = f05_with(&[("targets = \"all\"", "targets = \"named\"")]);
    let naming = book_of(&[&naming], &partly).expect("a book");
    let mut naming_ask = f05_ask(&naming, Mode::Details, &["04.grzhzt"]);
    naming_ask.draft.named = vec!["city".into()];
    let asks = [
        naming_ask,
        f05_ask(&plain, Mode::Details, &["04.grzhzt", "03.yzjhm"]),
        by_verdict,
        f27_ask(&legal),
    ];
    let policies = [naming, plain, matching, legal]
        .map(|book| PolicySet::builtin(&STAR.catalog, &book).expect("policies"));
    policies.into_iter().zip(asks).collect()
}

type Change = fn(&mut Ask);

/// Harmless ones too, so that permits occur.
const CHANGES: &[Change] = &[
    |_| {},
    |ask| ask.case.use_no = 2,
    |ask| ask.draft.mode = Mode::Match,
    |ask| ask.now += Duration::minutes(1),
    |ask| ask.caller = "city",
    |ask| ask.draft.asking_node = "tielu".into(),
    |ask| ask.draft.flow = "F98".into(),
    |ask| ask.draft.flow_digest[0] ^= 1,
    |ask| ask.draft.mode = Mode::Details,
    |ask| ask.draft.matter = "03".into(),
    |ask| ask.draft.named.clear(),
    |ask| ask.draft.named = vec!["guoguan".into(), "city".into()],
    |ask| ask.draft.named = vec!["guoguan".into(), "tielu".into()],
    |ask| ask.draft.named = vec!["nobody".into()],
    |ask| ask.draft.wants.extend(STAR.items(&["04.grzhye"])),
    |ask| ask.draft.wants.extend(STAR.items(&["10.dkye"])),
    |ask| ask.draft.wants = STAR.items(&["03.khbh"]),
    |ask| ask.draft.gives = STAR.items(&["12.gfrxm"]),
    |ask| ask.draft.gives = STAR.items(&["12.wqhth"]),
    |ask| ask.draft.verdicts = vec!["by-status".into()],
    |ask| ask.draft.verdicts = vec!["rich".into()],
    |ask| ask.draft.subject_tag = tag(SPOUSE),
    |ask| ask.is_bound = false,
    |ask| ask.case.node = "tielu".into(),
    |ask| ask.case.flow = "F14".parse().expect("an id"),
    |ask| ask.case.matter = "03".parse().expect("one"),
    |ask| ask.case.issued_at += Duration::seconds(31),
    |ask| ask.case.issued_at += Duration::milliseconds(30_001),
    |ask| ask.case.issued_at += Duration::seconds(29),
    |ask| ask.case.expires_at = NOW + Duration::minutes(30) + Duration::milliseconds(1),
    |ask| ask.now = ask.case.expires_at,
    |ask| ask.now = ask.case.expires_at - Duration::nanoseconds(1),
    |ask| ask.now -= Duration::days(1),
    |ask| ask.now = time::macros::datetime!(2019-12-31 10:00 +8),
    |ask| ask.case.opened_on = date!(2026 - 11 - 24),
    |ask| ask.case.basis.issued_on = Some(date!(2026 - 11 - 24)),
    |ask| ask.case.basis.kind = BasisKind::B,
    |ask| ask.case.basis.number = "  ".into(),
    |ask| ask.case.basis.consent ^= true,
    |ask| ask.case.basis.issuer = None,
    |ask| ask.case.basis.officers.truncate(1),
    |ask| ask.case.parties[0].role = PartyRole::Handler,
    |ask| ask.case.parties[0].tag = tag(SPOUSE),
    |ask| ask.case.use_no = 21,
    |ask| ask.case.operator = "wang".into(),
    |ask| ask.approval = None,
    |ask| {
        ask.approval = Some(CaseAssertion {
            operator: OFFICERS[1].into(),
            nonce: [9; 16],
            ..ask.case.clone()
        });
    },
    |ask| {
        if let Some(approval) = &mut ask.approval {
            approval.expires_at = ask.now;
            approval.issued_at = ask.now - Duration::minutes(1);
        }
    },
    |ask| {
        if let Some(approval) = &mut ask.approval {
            approval.expires_at += Duration::hours(1);
        }
    },
    |ask| ask.state.set_node("guoguan", true),
    |ask| ask.state.set_node("city", true),
    |ask| ask.state.set_operator("guoguan", OFFICERS[1], true),
    |ask| ask.state.set_operator("guoguan", "li", true),
    |ask| ask.state.set_flow("F05", true).expect("an id"),
];

fn disagreement(policies: &PolicySet, ask: &Ask) -> Option<String> {
    let question = ask.question()?;
    let case = ask.case(&question)?;
    let caller = Caller::proven(ask.caller).expect("a caller");
    let decided = policies.authorize(&caller, &case, &question, &ask.state, ask.now);
    let case = SupposedCase::from(case);
    let told = policies.explain(&caller, &case, &question, &ask.state, ask.now);
    let code = decided
        .as_ref()
        .map_or_else(|denial| denial.reason(), |_| "allowed");
    let by_steps = told.decided_by().map_or("allowed", |step| step.code);
    let permits = told
        .policies
        .iter()
        .any(|p| p.effect == PolicyEffect::Permits);
    let forbids = told.forbidding().next().is_some();
    let by_policies = permits && !forbids;
    let agree = told.code == code
        && told.allowed == decided.is_ok()
        && by_steps == code
        && by_policies == decided.is_ok();
    (!agree).then(|| format!("decided {code}; steps {by_steps}; told {told:#?}"))
}

#[test]
fn every_single_change_is_told_as_it_is_decided() {
    let mut codes = std::collections::BTreeSet::new();
    for (policies, honest) in worlds() {
        for (no, change) in CHANGES.iter().enumerate() {
            let mut ask = honest.clone();
            change(&mut ask);
            assert_eq!(disagreement(&policies, &ask), None, "change {no}");
            let Some(question) = ask.question() else {
                continue;
            };
            let Some(case) = ask.case(&question) else {
                continue;
            };
            let caller = Caller::proven(ask.caller).expect("a caller");
            let case = SupposedCase::from(case);
            codes.insert(
                policies
                    .explain(&caller, &case, &question, &ask.state, ask.now)
                    .code,
            );
        }
    }
    // Not a test of nothing: these changes reach most of what can be refused.
    assert!(codes.len() >= 28 && codes.contains("allowed"), "{codes:?}");
}

proptest! {
    #![proptest_config(super::star::cases(400))]

    #[test]
    fn whatever_is_changed_explanation_decision_and_policies_agree(
        world in 0..3_usize,
        changes in prop::collection::vec(prop::sample::select(CHANGES.to_vec()), 0..4),
    ) {
        let worlds = WORLDS.get_or_init(worlds);
        let (policies, honest) = &worlds[world];
        let mut ask = honest.clone();
        for change in changes {
            change(&mut ask);
        }
        prop_assert_eq!(disagreement(policies, &ask), None);
    }
}

static WORLDS: std::sync::OnceLock<Vec<(PolicySet, Ask)>> = std::sync::OnceLock::new();

#[test]
fn an_explanation_names_nobody_and_reads_as_json() {
    for (policies, ask) in worlds() {
        let question = ask.question().expect("a question");
        let case = ask.case(&question).expect("a case");
        let caller = Caller::proven(ask.caller).expect("a caller");
        let case = SupposedCase::from(case);
        let told = policies.explain(&caller, &case, &question, &ask.state, ask.now);
        assert!(told.allowed, "{told:#?}");
        let json = serde_json::to_string(&told).expect("json");
        let said = &ask.case;
        let mut secrets = vec![
            said.case_no.clone(),
            question.subject_tag().to_string(),
            said.basis.number.clone(),
        ];
        secrets.extend(said.basis.officers.iter().cloned());
        for secret in secrets {
            assert!(!json.contains(&secret), "{secret}");
        }
        assert!(
            !json.contains("\"li\"") && !json.contains("legal-1"),
            "{json}"
        );
        assert!(json.contains("\"rule\":\"items\",\"holds\":true"), "{json}");
        assert!(
            told.steps
                .iter()
                .all(|step| !step.zh.is_empty() && !step.en.is_empty())
        );
        let rules: std::collections::BTreeSet<_> =
            told.steps.iter().map(|step| &step.rule).collect();
        assert_eq!(rules.len(), told.steps.len(), "each rule once");
    }
}
