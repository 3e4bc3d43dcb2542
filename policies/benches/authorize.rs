//! What a decision costs, and how the cost grows with flows and centers. `cargo bench -p policies`
//! prints a table; nothing fails here (tests/policies/cost.rs guards against gross growth).
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints its table and stops at the first thing that is wrong"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use catalog::{Catalog, Source};
use policies::{
    ApprovalStatement, ApprovalTree, ApprovedLine, Basis, Caller, CaseAssertion, CaseParty,
    CaseSigner, Flow, Mode, NONCE_BYTES, OfficerKey, Question, QuestionDraft, RuleFile, RuleFiles,
    RuleSet, SignedApproval, SubjectTag, Suspensions, TrustList, VerifiedCase,
};
use time::OffsetDateTime;
use time::macros::{date, datetime};

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
/// Monday, while counters are closed.
const NIGHT: OffsetDateTime = datetime!(2026-11-23 03:00 +8);
const WARM_UP: usize = 2_000;
const ROUNDS: usize = 20_000;
const SUBJECT: SubjectTag = SubjectTag::from_bytes([7; 32]);

fn main() {
    let catalog = Catalog::builtin().expect("the catalog");
    let builtin = RuleFiles::builtin();
    let delivered = builtin.flows.len();
    println!("{:<34} {:>7} {:>8} {:>8}", "", "median", "p99", "mean");
    for (flows, centers) in [(delivered, 4), (9, 4), (99, 4), (delivered, 40), (99, 40)] {
        let files = grown(&builtin, flows, centers);
        let rules = RuleSet::parse(&files, &catalog).expect("rules");
        for flow in ["F05", "F19"] {
            let bench = Bench::new(&rules, &catalog, flow);
            let name = format!(
                "authorize {flow}, {} items, {} flows, {centers} centers",
                bench.question.wants().values().flatten().count(),
                rules.flows().flows().count(),
            );
            bench.row(&name, || {
                let permit = rules.policies().authorize(
                    &bench.caller,
                    &bench.case,
                    &bench.question,
                    &bench.state,
                    NOW,
                );
                black_box(permit.expect("a permit"));
            });
        }
    }
    let rules = RuleSet::builtin(&catalog).expect("rules");
    every_flow(&rules, &catalog);
    let bench = Bench::new(&rules, &catalog, "F05");
    bench.row("verify one signature", || {
        black_box(bench.trust.verify("city", &bench.signed).expect("verified"));
    });
}

/// Every delivered flow, asked for everything that it lists by two officers on a whole document.
fn every_flow(rules: &RuleSet, catalog: &Catalog) {
    let mut medians: Vec<(Duration, usize)> = Vec::new();
    for flow in rules.flows().flows() {
        let moments = [NOW, NIGHT];
        let is_open = |now: &OffsetDateTime| rules.calendar().is_open(flow.hours, *now);
        let now = moments.into_iter().find(is_open).expect("hours");
        let question = question(flow, catalog, usize::MAX);
        let case = legal_case(flow, &question, now);
        let caller = Caller::proven("city").expect("a caller");
        let state = Suspensions::default();
        let times = timed(|| {
            let permit = rules
                .policies()
                .authorize(&caller, &case, &question, &state, now);
            black_box(permit.expect("a permit"));
        });
        medians.push((
            part(&times, 50),
            question.wants().values().flatten().count(),
        ));
    }
    medians.sort();
    let (median, items) = medians.get(medians.len() / 2).copied().expect("flows");
    let (least, most) = (medians.first().expect("one"), medians.last().expect("one"));
    println!(
        "every flow, all items: median {:.1} µs ({items} items), \
         from {:.1} ({} items) to {:.1} ({} items)",
        micros(median),
        micros(least.0),
        least.1,
        micros(most.0),
        most.1
    );
}

/// The delivered files with so many flows, those beyond being copies under other numbers, and so
/// many centers, each of which takes part in all of them.
fn grown(builtin: &RuleFiles, flows: usize, centers: usize) -> RuleFiles {
    let mut files = builtin.clone();
    let mut by_id: BTreeMap<String, RuleFile> = BTreeMap::new();
    for file in &builtin.flows {
        by_id.insert(id_of(&file.text), file.clone());
    }
    // The two that are asked within stay, whatever else is left out.
    let asked: Vec<RuleFile> = ["F05", "F19"]
        .iter()
        .filter_map(|id| by_id.remove(*id))
        .collect();
    let mut all = asked.clone();
    all.extend(by_id.into_values());
    all.truncate(flows);
    let mut number = 99;
    while all.len() < flows {
        let id = format!("F{number:02}");
        number -= 1;
        if all.iter().any(|file| id_of(&file.text) == id) {
            continue;
        }
        let from = asked.get(all.len() % asked.len()).expect("a flow");
        let old = id_of(&from.text);
        all.push(RuleFile {
            name: format!("flows/{id}.toml"),
            text: from
                .text
                .replacen(&format!("id = \"{old}\""), &format!("id = \"{id}\""), 1),
        });
    }
    let ids: Vec<String> = all.iter().map(|file| id_of(&file.text)).collect();
    let entries: String = ids
        .iter()
        .map(|id| format!("[[flow]]\nid = \"{id}\"\nfrom = 2020-01-01\n"))
        .collect();
    let names = ["city", "zhongzhi", "guoguan", "tielu"].map(str::to_owned);
    let more = (names.len()..centers).map(|number| format!("center-{number}"));
    files.centers = names
        .into_iter()
        .chain(more)
        .map(|node| RuleFile {
            name: format!("centers/{node}.toml"),
            text: format!("node = \"{node}\"\n{entries}"),
        })
        .collect();
    files.flows = all;
    files
}

fn id_of(text: &str) -> String {
    let line = text
        .lines()
        .find(|line| line.starts_with("id = "))
        .expect("an id");
    line.trim_start_matches("id = ")
        .trim_matches('"')
        .to_owned()
}

/// One honest ask of the city, ready to be decided.
struct Bench {
    caller: Caller,
    question: Question,
    case: VerifiedCase,
    signed: policies::SignedCase,
    trust: TrustList,
    state: Suspensions,
}

impl Bench {
    fn new(rules: &RuleSet, catalog: &Catalog, flow: &str) -> Self {
        let flow = rules
            .flows()
            .flow(&flow.parse().expect("an id"))
            .expect("registered");
        // F05 asks for three items, as a counter does, F19 for everything that its flow lists.
        let items_max = if flow.id.to_string() == "F05" {
            3
        } else {
            usize::MAX
        };
        let question = question(flow, catalog, items_max);
        let (signer, _, trust) = keys_and_trust();
        let signed = signer.sign(&assertion(flow, &question)).expect("signed");
        let case = trust.verify("city", &signed).expect("verified");
        Self {
            caller: Caller::proven("city").expect("a caller"),
            question,
            case,
            signed,
            trust,
            state: Suspensions::default(),
        }
    }

    fn row(&self, name: &str, work: impl FnMut()) {
        let times = timed(work);
        let mean = micros(times.iter().sum::<Duration>()) / ROUNDS as f64;
        let (median, late) = (micros(part(&times, 50)), micros(part(&times, 99)));
        println!("{name:<50} {median:>7.1} {late:>8.1} {mean:>8.1} µs");
    }
}

/// How long each round took, the shortest first.
fn timed(mut work: impl FnMut()) -> Vec<Duration> {
    for _ in 0..WARM_UP {
        work();
    }
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times
}

fn part(times: &[Duration], percent: usize) -> Duration {
    times
        .get(ROUNDS * percent / 100)
        .copied()
        .unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn question(flow: &Flow, catalog: &Catalog, items_max: usize) -> Question {
    let roles = flow.roles.first().copied().into_iter().collect();
    let mode = Mode::Details.min(flow.mode);
    let all = flow.items.values().flatten().copied();
    let all = all.filter(|item| mode == Mode::Match || flow.shows(*item, &roles));
    let draft = QuestionDraft {
        named: named(flow),
        asking_node: "city".to_owned(),
        flow: flow.id.to_string(),
        matter: flow.matters.first().expect("a matter").to_string(),
        mode,
        wants: all.take(items_max).collect(),
        subject_tag: SUBJECT,
        payload_digest: [5; 32],
        gives: flow.gives.iter().copied().collect(),
        verdicts: Vec::new(),
        flow_digest: flow.digest,
    };
    Question::parse(draft, catalog).expect("a question")
}

/// Where centers are to be named, one is.
fn named(flow: &Flow) -> Vec<String> {
    let is_named = flow.targets == policies::Targets::Named;
    is_named.then(|| "city".to_owned()).into_iter().collect()
}

/// Signed by two officers on a document that carries everything.
fn legal_case(flow: &Flow, question: &Question, now: OffsetDateTime) -> VerifiedCase {
    let first = CaseAssertion {
        basis: Basis {
            issuer: Some("court-1".to_owned()),
            issued_on: Some(date!(2026 - 11 - 20)),
            from: Some(date!(2025 - 01 - 01)),
            until: Some(date!(2025 - 12 - 31)),
            officers: vec!["b-1".to_owned(), "b-2".to_owned()],
            approver: Some("chief".to_owned()),
            scope: Some("2026-4".to_owned()),
            ..Basis::plain(flow.basis, "A-1".to_owned(), true)
        },
        issued_at: now,
        expires_at: now + time::Duration::minutes(1),
        ..assertion(flow, question)
    };
    let (signer, officer, trust) = keys_and_trust();
    let signed = signer.sign(&first).expect("signed");
    let case = trust.verify("city", &signed).expect("verified");
    let signed = approval(&first, question, &officer);
    trust.approved(case, &signed, question).expect("approved")
}

fn approval(first: &CaseAssertion, question: &Question, officer: &OfficerKey) -> SignedApproval {
    let (nonce, shown) = ([2; NONCE_BYTES], [6; 32]);
    let line = ApprovedLine {
        question: *question.digest(),
        shown,
    };
    let tree = ApprovalTree::over(vec![line.leaf(&nonce, 0)]).expect("a tree");
    let statement = ApprovalStatement {
        node: first.node.clone(),
        case_no: first.case_no.clone(),
        flow: first.flow,
        flow_digest: *question.flow_digest(),
        matter: first.matter,
        basis: first.basis.clone(),
        asker: first.operator.clone(),
        operator: "wang".to_owned(),
        counter: first.counter.clone(),
        system: first.system.clone(),
        mode: question.mode(),
        items: question.wants().values().flatten().copied().collect(),
        gives: question.gives().clone(),
        verdicts: question.verdicts().clone(),
        lines: tree.lines(),
        root: tree.root(),
        issued_at: first.issued_at,
        expires_at: first.expires_at,
        nonce,
    };
    let body = statement.encode().expect("is sane");
    SignedApproval {
        signature: officer.sign(&body).expect("signed"),
        body,
        signer: statement.operator,
        index: 0,
        path: Vec::new(),
        shown,
    }
}

fn keys_and_trust() -> (CaseSigner, OfficerKey, TrustList) {
    let random = ring::rand::SystemRandom::new();
    let key = CaseSigner::generate_pkcs8(&random).expect("a key");
    let signer = CaseSigner::from_pkcs8(&key).expect("the key");
    let officer = || {
        let key = OfficerKey::generate_pkcs8(&random).expect("a key");
        OfficerKey::from_pkcs8(&key).expect("the key")
    };
    let (li, wang) = (officer(), officer());
    let text = format!(
        "[[node]]\nid = \"city\"\ncenter_code = \"C11000\"\nzh = \"c\"\nen = \"c\"\n\
         case_key = \"{}\"\nphone = \"12329\"\n\
         [[node.officers]]\nname = \"li\"\nkey = \"{}\"\n\
         [[node.officers]]\nname = \"wang\"\nkey = \"{}\"\n",
        signer.public_key_hex(),
        li.public_key_hex(),
        wang.public_key_hex()
    );
    let source = Source {
        name: "trust",
        text: &text,
    };
    let trust = TrustList::parse(&source).expect("a list");
    (signer, wang, trust)
}

fn assertion(flow: &Flow, question: &Question) -> CaseAssertion {
    CaseAssertion {
        node: "city".to_owned(),
        case_no: "BJ20261123-0001".to_owned(),
        flow: flow.id,
        matter: question.matter(),
        basis: Basis::plain(flow.basis, "A-1".to_owned(), true),
        parties: vec![CaseParty {
            role: *flow.roles.first().expect("a role"),
            tag: SUBJECT,
        }],
        operator: "li".to_owned(),
        counter: "3".to_owned(),
        system: "counter".to_owned(),
        opened_on: date!(2026 - 11 - 23),
        issued_at: NOW,
        expires_at: NOW + time::Duration::minutes(5),
        nonce: [1; NONCE_BYTES],
        use_no: 1,
        query_digest: *question.digest(),
    }
}
