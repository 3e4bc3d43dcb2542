//! Cedar alone, with every check before it left out: each thing that the checks would have found is
//! denied by a policy too, and a policy that fails to evaluate denies everything.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use catalog::{Catalog, Source};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use super::{BASE, PolicySet, SCHEMA};
use crate::caller::{Caller, Suspensions};
use crate::case::{Basis, CaseAssertion, CaseParty, VerifiedCase};
use crate::flow::{BasisKind, FlowBook, Mode, PartyRole};
use crate::permit::Denial;
use crate::question::{Question, QuestionDraft};
use crate::subject::SubjectTag;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
const SUBJECT: SubjectTag = SubjectTag::from_bytes([3; 32]);
const OTHER: SubjectTag = SubjectTag::from_bytes([4; 32]);
const F05: &str = r#"
id = "F05"
zh = "t"
en = "t"
matters = ["02"]
roles = ["applicant"]
mode = "details"
pace = "interactive"
targets = "all"
deadline_ms = 5000
asks_per_case = 20
case_valid_minutes = 30
second_approver = false
hours = "counter"
items = ["04.grzhzt", "04.ywzl", "06.spzt", "03.yzjhm", "12.hyjg"]
gives = ["12.wqhth"]

[basis]
kind = "A"
carries = ["number", "consent"]

[[verdict]]
id = "live-account"
class = "04"
test = "exists"
"#;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().expect("the catalog"));
static POLICIES: LazyLock<PolicySet> = LazyLock::new(|| with_flow(F05));

fn with_flow(text: &str) -> PolicySet {
    PolicySet::builtin(&CATALOG, &book(text)).expect("the policies")
}

/// This flow, in which the city takes part.
fn book(text: &str) -> FlowBook {
    let named = |name: &'static str, text| Source { name, text };
    let center = "node = \"city\"\n[[flow]]\nid = \"F05\"\nfrom = 2020-01-01\n";
    let calendar = named("calendar.toml", include_str!("../../calendar.toml"));
    let flows = [named("flow.toml", text)];
    FlowBook::parse(&flows, &[named("city.toml", center)], &calendar, &CATALOG).expect("a flow")
}

mod spoilt;

use spoilt::{SPOILT, Spoil};

/// One ask, ready to be spoilt.
struct Ask {
    caller: &'static str,
    draft: QuestionDraft,
    case: CaseAssertion,
    bound: bool,
    approved: bool,
    approval_ends: OffsetDateTime,
    /// Whether operator and approver are designated.
    officers: (bool, bool),
    state: Suspensions,
    now: OffsetDateTime,
}

fn wants(names: &[&str]) -> Vec<catalog::ItemNo> {
    names
        .iter()
        .map(|name| CATALOG.item_named(name).expect("an item").no)
        .collect()
}

fn digest_of(set: &PolicySet) -> [u8; 32] {
    let flow = set.flows().flow(&"F05".parse().expect("a flow"));
    flow.expect("F05").digest
}

fn honest() -> Ask {
    let case = CaseAssertion {
        node: "city".into(),
        case_no: "1".into(),
        flow: "F05".parse().expect("a flow"),
        matter: "02".parse().expect("a matter"),
        basis: Basis::plain(BasisKind::A, "1".into(), true),
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
        named: Vec::new(),
        asking_node: "city".into(),
        flow: "F05".into(),
        matter: "02".into(),
        mode: Mode::Details,
        wants: wants(&["04.grzhzt", "03.yzjhm"]),
        subject_tag: SUBJECT,
        payload_digest: [1; 32],
        gives: Vec::new(),
        verdicts: Vec::new(),
        flow_digest: digest_of(&POLICIES),
    };
    let (bound, approved, approval_ends) = (true, false, NOW + Duration::minutes(5));
    let officers = (false, false);
    Ask {
        caller: "city",
        draft,
        case,
        bound,
        approved,
        approval_ends,
        officers,
        state: Suspensions::default(),
        now: NOW,
    }
}

fn decide(policies: &PolicySet, mut ask: Ask) -> Result<(), Denial> {
    let mode = ask.draft.mode;
    let has_verdicts = !ask.draft.verdicts.is_empty();
    if has_verdicts {
        // Only a lying caller of this crate could have details beside verdicts.
        ask.draft.mode = Mode::Match;
    }
    let question = Question::parse(ask.draft, &CATALOG).expect("a question");
    let question = question.in_mode(mode);
    if ask.bound {
        ask.case.query_digest = *question.digest();
    }
    let mut second = ask.case.clone();
    let mut case = VerifiedCase::new(ask.case, ask.officers.0);
    if ask.approved {
        second.operator = "wang".into();
        second.expires_at = ask.approval_ends;
        second.nonce = [1; 16];
        case = case
            .supposedly_approved_by(&VerifiedCase::new(second, ask.officers.1))
            .expect("approved");
    }
    let caller = Caller::proven(ask.caller).expect("a caller");
    policies.decide(&caller, &case, &question, &ask.state, ask.now)
}

fn denied(policies: &[&str]) -> Result<(), Denial> {
    let policies: BTreeSet<String> = policies.iter().map(|id| (*id).to_owned()).collect();
    let first = policies.first().map(String::as_str).unwrap_or_default();
    let rule = catalog::RuleWord::new(first, "", "").ok();
    Err(Denial::Denied { policies, rule })
}

#[test]
fn a_policy_that_forbids_says_so_in_its_own_words() {
    let own = "@id(\"month-end\")\n@reason_zh(\"月末结账期间不办理\")\n\
               @reason_en(\"not while the month is closed\")\n\
               forbid (principal, action, resource);";
    let own = Source {
        name: "base/month-end.cedar",
        text: own,
    };
    let files: Vec<_> = BASE.into_iter().chain([own]).collect();
    let set = PolicySet::parse(&SCHEMA, &files, &CATALOG, &book(F05)).expect("is sound");
    let denial = decide(&set, honest()).expect_err("is denied");
    let word = denial.rule().expect("a policy forbids");
    assert_eq!(word.id(), "month-end");
    assert_eq!(
        (word.zh(), word.en()),
        ("月末结账期间不办理", "not while the month is closed")
    );
}

#[test]
fn a_policy_that_could_name_a_person_is_refused_with_its_line() {
    let flows = book(F05);
    let rows = [
        ("@id(\"a b\")", "a rule is named by"),
        ("@id(\"no-110101190001010014\")", "a rule is named by"),
        (
            "@id(\"a\") @reason_zh(\"不查 110101190001010014\")",
            "a rule's sentence is one line",
        ),
    ];
    for (words, wanted) in rows {
        let text = format!("\n{words}\nforbid (principal, action, resource);");
        let source = Source {
            name: "a.cedar",
            text: &text,
        };
        let refused = PolicySet::parse(&SCHEMA, &[source], &CATALOG, &flows).expect_err(wanted);
        let said = refused.to_string();
        assert!(
            said.contains("a.cedar:2:") && said.contains(wanted),
            "{said}"
        );
    }
}

#[test]
fn cedar_alone_permits_the_honest_ask() {
    assert_eq!(decide(&POLICIES, honest()), Ok(()));
    let honest_too: [Spoil; 4] = [
        // The policy allows the skew that the check does.
        |ask| ask.case.issued_at = NOW + crate::case::CLOCK_SKEW_MAX,
        |ask| ask.draft.gives = wants(&["12.wqhth"]),
        |ask| {
            ask.draft.mode = Mode::Match;
            ask.draft.verdicts = vec!["live-account".into()];
        },
        |ask| ask.approved = true,
    ];
    for change in honest_too {
        let mut ask = honest();
        change(&mut ask);
        assert_eq!(decide(&POLICIES, ask), Ok(()));
    }
}

#[test]
fn cedar_alone_denies_whatever_is_spoilt() {
    for (what, policies, spoil) in SPOILT {
        let mut ask = honest();
        spoil(&mut ask);
        assert_eq!(decide(&POLICIES, ask), denied(policies), "{what}");
    }
}

/// Changes of the flow, and what policy then denies the honest ask.
const STRICTER: &[(&str, &str, &str)] = &[
    (
        "second_approver = false",
        "second_approver = true\nofficer = true",
        "approval",
    ),
    (
        "second_approver = false",
        "second_approver = false\nofficer = true",
        "approval",
    ),
];

#[test]
fn cedar_alone_keeps_to_a_stricter_flow() {
    for (from, to, policy) in STRICTER {
        let set = with_flow(&F05.replacen(from, to, 1));
        let ask = |change: Spoil| {
            let mut ask = honest();
            ask.draft.flow_digest = digest_of(&set);
            change(&mut ask);
            decide(&set, ask)
        };
        assert_eq!(ask(|_| {}), denied(&[policy]), "{to}");
        let mended = ask(|ask| {
            ask.draft.mode = Mode::Match;
            ask.approved = true;
            ask.officers = (true, true);
        });
        assert_eq!(mended, Ok(()), "{to}");
    }
}

#[test]
fn cedar_alone_keeps_a_match_flow_to_a_match() {
    let start = F05.find("items = ").expect("items");
    let text = F05[..start].replacen("mode = \"details\"", "mode = \"match\"", 1)
        + "items = [\"04.grzhzt\"]\n[basis]\nkind = \"A\"\ncarries = [\"number\", \"consent\"]\n\
           [[verdict]]\nid = \"count\"\nclass = \"04\"\ntest = \"count-by\"\n\
           item = \"04.grzhzt\"\n";
    let set = with_flow(&text);
    let ask = |mode| {
        let mut ask = honest();
        ask.draft.flow_digest = digest_of(&set);
        ask.draft.wants = wants(&["04.grzhzt"]);
        ask.draft.mode = mode;
        decide(&set, ask)
    };
    assert_eq!(ask(Mode::Details), denied(&["mode"]));
    assert_eq!(ask(Mode::Match), Ok(()));
}

#[test]
fn cedar_alone_wants_a_legal_document_whole_and_two_officers() {
    let legal = F05
        .replacen(
            "second_approver = false",
            "second_approver = true\nofficer = true",
            1,
        )
        .replacen("kind = \"A\"", "kind = \"C\"", 1)
        .replacen(
            "[\"number\", \"consent\"]",
            "[\"number\", \"issuer\", \"date\", \"period\", \"officers\"]",
            1,
        );
    let set = with_flow(&legal);
    let ask = |spoil: Spoil| {
        let mut ask = honest();
        ask.draft.flow_digest = digest_of(&set);
        ask.case.basis = Basis {
            issuer: Some("court-1".into()),
            issued_on: Some(date!(2026 - 11 - 20)),
            from: Some(date!(2025 - 01 - 01)),
            until: Some(date!(2025 - 12 - 31)),
            officers: vec!["b-1".into(), "b-2".into()],
            ..Basis::plain(BasisKind::C, "(2026) 1".into(), false)
        };
        (ask.approved, ask.officers) = (true, (true, true));
        spoil(&mut ask);
        decide(&set, ask)
    };
    assert_eq!(ask(|_| {}), Ok(()));
    let spoilt: [(&str, Spoil); 8] = [
        ("basis", |ask| ask.case.basis.issuer = None),
        ("basis", |ask| ask.case.basis.issued_on = None),
        ("basis", |ask| ask.case.basis.until = None),
        ("basis", |ask| ask.case.basis.officers.truncate(1)),
        ("basis", |ask| ask.case.basis.officers[1] = "B-1".into()),
        ("approval", |ask| ask.officers = (false, true)),
        ("approval", |ask| ask.officers = (true, false)),
        ("approval", |ask| ask.approved = false),
    ];
    for (policy, spoil) in spoilt {
        assert_eq!(ask(spoil), denied(&[policy]));
    }
}

#[test]
fn a_graded_item_that_the_flow_does_not_name_is_denied_by_the_grade_alone() {
    // No flow file can say this: a wildcard over graded items is refused when it is read.
    let text = include_str!("../../base/sensitive-items.cedar");
    let source = |name, text| Source { name, text };
    let permit = "@id(\"yes\") permit (principal, action in [Action::\"ask\"], resource);";
    let sources = [source("yes", permit), source("sensitive", text)];
    let set = PolicySet::parse(&SCHEMA, &sources, &CATALOG, &book(F05)).expect("validated");
    let mut ask = honest();
    assert_eq!(decide(&set, honest()), Ok(()));
    ask.draft.wants = wants(&["04.grzhye"]);
    assert_eq!(decide(&set, ask), denied(&["sensitive-items"]));
}

/// The policy alone, without the reason that is found before it.
#[test]
fn where_centers_are_named_each_takes_part_today() {
    let text = F05.replace("targets = \"all\"", "targets = \"named\"");
    let set = with_flow(&text);
    let ask = |named: &[&str]| {
        let mut ask = honest();
        ask.draft.flow_digest = digest_of(&set);
        ask.draft.named = named.iter().map(|node| (*node).to_owned()).collect();
        decide(&set, ask)
    };
    assert_eq!(ask(&["city"]), Ok(()));
    for named in [&[][..], &["tielu"], &["city", "tielu"]] {
        assert_eq!(ask(named), denied(&["targets"]), "{named:?}");
    }
}

#[test]
fn every_base_policy_is_shown_to_deny_by_itself() {
    let spoilt = SPOILT.iter().map(|row| row.1);
    let alone = spoilt.filter_map(|policies| <[&str; 1]>::try_from(policies).ok());
    let stricter = STRICTER.iter().map(|row| row.2);
    let shown: BTreeSet<&str> = alone
        .map(|[policy]| policy)
        .chain(stricter)
        // The permit denies by not applying; grades have their own test.
        .chain(["use-flow", "sensitive-items"])
        .collect();
    let base: BTreeSet<&str> = BASE
        .iter()
        .filter_map(|file| file.name.strip_prefix("base/")?.strip_suffix(".cedar"))
        .collect();
    assert_eq!(shown, base);
    for file in BASE {
        let id = file
            .name
            .trim_start_matches("base/")
            .trim_end_matches(".cedar");
        assert!(file.text.contains(&format!("@id(\"{id}\")")), "{id}");
        assert_eq!(file.text.matches("@id(").count(), 1, "one concern a file");
    }
}

const WORDS_BEGIN: &str = "// generated words\n";
const WORDS_END: &str = "// end of generated words\n";

#[test]
fn the_words_of_the_schema_are_generated_from_catalog_and_flow_words() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.cedarschema");
    let text = std::fs::read_to_string(&path).expect("the schema");
    let (head, rest) = text.split_once(WORDS_BEGIN).expect("the first line");
    let (words, tail) = rest.split_once(WORDS_END).expect("the last line");
    let generated = super::schema_words(&CATALOG);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = [head, WORDS_BEGIN, &generated, WORDS_END, tail].concat();
        std::fs::write(&path, text).expect("written");
    } else {
        assert_eq!(words, generated, "UPDATE_GOLDEN=1 writes it anew");
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
    let flows = book(F05);
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
    let flows = book(F05);
    let empty = PolicySet::parse(&SCHEMA, &[], &CATALOG, &flows).expect("an empty set is valid");
    assert_eq!(decide(&empty, honest()), denied(&[]));
}
