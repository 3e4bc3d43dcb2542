//! Cedar alone, with every check before it left out: each thing that the checks would have found is
//! denied by a policy too, and a policy that fails to evaluate denies everything.

use std::sync::LazyLock;

use catalog::{Catalog, Source};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use super::{PolicySet, SCHEMA};
use crate::caller::{Caller, Suspensions};
use crate::case::{Basis, CaseAssertion, CaseParty, VerifiedCase};
use crate::flow::{BasisKind, FlowBook, Mode, PartyRole};
use crate::permit::Denial;
use crate::question::{Question, QuestionDraft};
use crate::subject::SubjectTag;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
const SUBJECT: SubjectTag = SubjectTag::from_bytes([3; 32]);
const OTHER: SubjectTag = SubjectTag::from_bytes([4; 32]);
const F05: &str = include_str!("../../flows/F05.toml");

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().expect("the catalog"));
static POLICIES: LazyLock<PolicySet> = LazyLock::new(|| with_flow(F05));

fn with_flow(text: &str) -> PolicySet {
    let flows = FlowBook::parse(
        &[Source {
            name: "flow.toml",
            text,
        }],
        &CATALOG,
    )
    .expect("a flow");
    PolicySet::builtin(&CATALOG, &flows).expect("the policies")
}

/// One ask, ready to be spoilt.
struct Ask {
    caller: &'static str,
    draft: QuestionDraft,
    case: CaseAssertion,
    bound: bool,
    approved: bool,
    approval_ends: OffsetDateTime,
    state: Suspensions,
    now: OffsetDateTime,
}

fn wants(names: &[&str]) -> Vec<catalog::ItemNo> {
    names
        .iter()
        .map(|name| CATALOG.item_named(name).expect("an item").no)
        .collect()
}

fn honest() -> Ask {
    let case = CaseAssertion {
        node: "city".into(),
        case_no: "1".into(),
        flow: "F05".parse().expect("a flow"),
        matter: "02".parse().expect("a matter"),
        basis: Basis {
            kind: BasisKind::A,
            number: "1".into(),
            consent: true,
        },
        parties: vec![CaseParty {
            role: PartyRole::Applicant,
            tag: SUBJECT,
        }],
        operator: "li".into(),
        counter: "1".into(),
        system: "s".into(),
        opened_on: date!(2026 - 11 - 23),
        issued_at: NOW,
        expires_at: NOW + Duration::minutes(5),
        nonce: [0; 16],
        use_no: 1,
        query_digest: [0; 32],
    };
    let draft = QuestionDraft {
        asking_node: "city".into(),
        flow: "F05".into(),
        matter: "02".into(),
        mode: Mode::Details,
        wants: wants(&["04.grzhzt", "03.yzjhm"]),
        subject_tag: SUBJECT,
        payload_digest: [1; 32],
    };
    let (bound, approved, approval_ends) = (true, false, NOW + Duration::minutes(5));
    Ask {
        caller: "city",
        draft,
        case,
        bound,
        approved,
        approval_ends,
        state: Suspensions::default(),
        now: NOW,
    }
}

fn decide(policies: &PolicySet, mut ask: Ask) -> Result<(), Denial> {
    let question = Question::parse(ask.draft, &CATALOG).expect("a question");
    if ask.bound {
        ask.case.query_digest = *question.digest();
    }
    let mut second = ask.case.clone();
    let mut case = VerifiedCase::new(ask.case);
    if ask.approved {
        second.operator = "wang".into();
        second.expires_at = ask.approval_ends;
        second.nonce = [1; 16];
        case = case
            .approved_by(&VerifiedCase::new(second))
            .expect("approved");
    }
    let caller = Caller::proven(ask.caller).expect("a caller");
    policies.decide(&caller, &case, &question, &ask.state, ask.now)
}

/// No policy permits: nothing forbids, but the one permit does not apply.
const UNPERMITTED: &[&str] = &[];

type Spoil = fn(&mut Ask);

const SPOILT: &[(&str, &[&str], Spoil)] = &[
    ("another caller", UNPERMITTED, |ask| ask.caller = "tielu"),
    ("a caller nobody enabled", UNPERMITTED, |ask| {
        ask.caller = "depot";
        ask.draft.asking_node = "depot".into();
        ask.case.node = "depot".into();
    }),
    ("another's question", UNPERMITTED, |ask| {
        ask.draft.asking_node = "tielu".into()
    }),
    ("another's case", UNPERMITTED, |ask| {
        ask.case.node = "tielu".into()
    }),
    ("another flow's case", UNPERMITTED, |ask| {
        ask.case.flow = "F14".parse().expect("one")
    }),
    ("another matter", UNPERMITTED, |ask| {
        ask.case.matter = "03".parse().expect("one")
    }),
    ("a matter outside", UNPERMITTED, |ask| {
        ask.case.matter = "03".parse().expect("a matter");
        ask.draft.matter = "03".into();
    }),
    ("another basis", UNPERMITTED, |ask| {
        ask.case.basis.kind = BasisKind::D
    }),
    ("no number", UNPERMITTED, |ask| {
        ask.case.basis.number = " ".into()
    }),
    ("no consent", UNPERMITTED, |ask| {
        ask.case.basis.consent = false
    }),
    ("not a party", UNPERMITTED, |ask| {
        ask.draft.subject_tag = OTHER
    }),
    ("not in that role", UNPERMITTED, |ask| {
        ask.case.parties[0].role = PartyRole::Spouse
    }),
    ("another question", UNPERMITTED, |ask| ask.bound = false),
    ("an item outside", UNPERMITTED, |ask| {
        ask.draft.wants = wants(&["04.grzhzt", "04.xhrq"])
    }),
    ("a class outside", UNPERMITTED, |ask| {
        ask.draft.wants = wants(&["06.spzt"])
    }),
    ("a balance", &["sensitive-items"], |ask| {
        ask.draft.wants = wants(&["04.grzhye"])
    }),
    ("before the flow began", UNPERMITTED, |ask| {
        ask.now = datetime!(2019-12-31 23:59 +8);
        ask.case.issued_at = ask.now;
        ask.case.expires_at = ask.now + Duration::minutes(5);
    }),
    ("expired", &["validity"], |ask| {
        ask.now = ask.case.expires_at
    }),
    ("not yet valid", &["validity"], |ask| {
        ask.case.issued_at = NOW + Duration::seconds(31)
    }),
    ("half a second too early", &["validity"], |ask| {
        ask.case.issued_at = NOW + Duration::milliseconds(30_500);
    }),
    ("too long a life", &["validity"], |ask| {
        ask.case.expires_at = NOW + Duration::minutes(30) + Duration::SECOND;
    }),
    ("one use too many", &["validity"], |ask| {
        ask.case.use_no = 21
    }),
    ("use nought", &["validity"], |ask| ask.case.use_no = 0),
    ("suspended node", &["suspended"], |ask| {
        ask.state.set_node("city", true)
    }),
    ("suspended operator", &["suspended"], |ask| {
        ask.state.set_operator("city", "li", true)
    }),
    ("suspended flow", &["suspended"], |ask| {
        ask.state.set_flow("F05", true).expect("one")
    }),
    ("expired approval", &["validity"], |ask| {
        ask.approved = true;
        ask.approval_ends = NOW + Duration::SECOND;
        ask.now = ask.approval_ends;
    }),
    ("too long an approval", &["validity"], |ask| {
        ask.approved = true;
        ask.approval_ends = NOW + Duration::minutes(30) + Duration::SECOND;
    }),
    ("suspended approver", &["suspended"], |ask| {
        ask.approved = true;
        ask.state.set_operator("city", "wang", true);
    }),
];

#[test]
fn cedar_alone_permits_the_honest_ask() {
    assert_eq!(decide(&POLICIES, honest()), Ok(()));
    let mut ask = honest();
    ask.case.issued_at = NOW + crate::case::CLOCK_SKEW_MAX;
    assert_eq!(
        decide(&POLICIES, ask),
        Ok(()),
        "the policy allows the skew that the check does"
    );
}

#[test]
fn cedar_alone_denies_whatever_is_spoilt() {
    for (what, policies, spoil) in SPOILT {
        let mut ask = honest();
        spoil(&mut ask);
        let policies = policies.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(
            decide(&POLICIES, ask),
            Err(Denial::Denied { policies }),
            "{what}"
        );
    }
}

#[test]
fn cedar_alone_keeps_match_flows_to_a_match() {
    let set = with_flow(&F05.replacen("mode = \"details\"", "mode = \"match\"", 1));
    let policies = ["match-only".to_owned()].into();
    assert_eq!(decide(&set, honest()), Err(Denial::Denied { policies }));
    let mut ask = honest();
    ask.draft.mode = Mode::Match;
    assert_eq!(decide(&set, ask), Ok(()));
}

#[test]
fn cedar_alone_wants_a_second_approver_where_the_flow_or_the_law_does() {
    let flows = [
        F05.replacen("second_approver = false", "second_approver = true", 1),
        F05.replacen("second_approver = false", "second_approver = true", 1)
            .replacen("kind = \"A\"", "kind = \"C\"", 1),
    ];
    for (text, kind) in flows.iter().zip([BasisKind::A, BasisKind::C]) {
        let set = with_flow(text);
        let ask = |approved| {
            let mut ask = honest();
            ask.case.basis.kind = kind;
            ask.approved = approved;
            ask
        };
        let policies = ["second-approver".to_owned()].into();
        assert_eq!(decide(&set, ask(false)), Err(Denial::Denied { policies }));
        assert_eq!(decide(&set, ask(true)), Ok(()));
    }
}

#[test]
fn an_unknown_flow_is_an_error_and_an_error_denies() {
    let mut ask = honest();
    ask.draft.flow = "F99".into();
    ask.case.flow = "F99".parse().expect("a flow");
    assert_eq!(decide(&POLICIES, ask), Err(Denial::PolicyError));
}

#[test]
fn a_forbid_that_fails_to_evaluate_denies_although_a_permit_applies() {
    let flows = FlowBook::parse(
        &[Source {
            name: "F05",
            text: F05,
        }],
        &CATALOG,
    )
    .expect("a flow");
    let permit = "@id(\"yes\") permit (principal, action in [Action::\"ask\"], resource);";
    // Passes strict validation and overflows when evaluated.
    let forbid = "@id(\"no\") forbid (principal, action in [Action::\"ask\"], resource)\n\
                  when { context.now_s * 9000000000000000 == 1 };";
    let set = |policies: &[Source<'_>]| {
        PolicySet::parse(&SCHEMA, policies, &CATALOG, &flows).expect("validated")
    };
    let yes = Source {
        name: "yes",
        text: permit,
    };
    assert_eq!(decide(&set(&[yes]), honest()), Ok(()));
    let both = set(&[
        yes,
        Source {
            name: "no",
            text: forbid,
        },
    ]);
    assert_eq!(decide(&both, honest()), Err(Denial::PolicyError));
}

#[test]
fn no_policy_at_all_denies() {
    let flows = FlowBook::parse(
        &[Source {
            name: "F05",
            text: F05,
        }],
        &CATALOG,
    )
    .expect("a flow");
    let empty = PolicySet::parse(&SCHEMA, &[], &CATALOG, &flows).expect("an empty set is valid");
    let policies = Default::default();
    assert_eq!(decide(&empty, honest()), Err(Denial::Denied { policies }));
}
