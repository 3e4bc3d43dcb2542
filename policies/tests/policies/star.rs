//! A small star to test with: four nodes with keys, the built-in catalog, flows and policies, and
//! one honest ask from which every test departs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use catalog::{Catalog, ItemNo, Source};
use policies::{
    ApprovalStatement, ApprovalTree, ApprovedLine, Basis, BasisKind, CaseAssertion, CaseFault,
    CaseParty, CaseSigner, FlowBook, Mode, OfficerKey, PartyRole, PolicyError, PolicySet, Question,
    QuestionDraft, SignedApproval, SignedCase, SubjectTag, TagKey, Targets, TrustList,
    VerifiedCase,
};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

pub(crate) const NODES: [&str; 4] = ["city", "zhongzhi", "guoguan", "tielu"];
/// A Monday morning in Beijing.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
/// Fictional numbers, born 1900.
pub(crate) const SUBJECT: &str = "110101190001010014";
pub(crate) const SPOUSE: &str = "810000190001010026";

/// Designated officers of every center here.
pub(crate) const OFFICERS: [&str; 2] = ["legal-1", "legal-2"];

pub(crate) struct Star {
    pub(crate) catalog: Catalog,
    pub(crate) flows: FlowBook,
    pub(crate) policies: PolicySet,
    pub(crate) trust_text: String,
    pub(crate) trust: TrustList,
    signers: BTreeMap<&'static str, CaseSigner>,
    officers: BTreeMap<(&'static str, &'static str), OfficerKey>,
}

pub(crate) static STAR: LazyLock<Star> = LazyLock::new(|| {
    let catalog = Catalog::builtin().expect("the catalog");
    let flows = FlowBook::builtin(&catalog).expect("the flows");
    let policies = PolicySet::builtin(&catalog, &flows).expect("the policies");
    let random = ring::rand::SystemRandom::new();
    let signer = || {
        let key = CaseSigner::generate_pkcs8(&random).expect("a key");
        CaseSigner::from_pkcs8(&key).expect("the same key")
    };
    let signers: BTreeMap<_, _> = NODES.iter().map(|node| (*node, signer())).collect();
    let officer = || {
        let key = OfficerKey::generate_pkcs8(&random).expect("a key");
        OfficerKey::from_pkcs8(&key).expect("the same key")
    };
    let posts = NODES
        .iter()
        .flat_map(|node| OFFICERS.map(|name| (*node, name)));
    let officers: BTreeMap<_, _> = posts.map(|post| (post, officer())).collect();
    let trust_text = trust_text(&signers, &officers);
    let trust = TrustList::parse(&Source {
        name: "trust.toml",
        text: &trust_text,
    })
    .expect("a list");
    Star {
        catalog,
        flows,
        policies,
        trust_text,
        trust,
        signers,
        officers,
    }
});

fn trust_text(
    signers: &BTreeMap<&str, CaseSigner>,
    officers: &BTreeMap<(&str, &str), OfficerKey>,
) -> String {
    let designated = |id: &str| {
        let table = |((node, name), key): (&(&str, &str), &OfficerKey)| {
            let key = key.public_key_hex();
            let table = format!("[[node.officers]]\nname = \"{name}\"\nkey = \"{key}\"\n\n");
            (*node == id).then_some(table)
        };
        officers.iter().filter_map(table).collect::<String>()
    };
    let node = |(id, signer): (&&str, &CaseSigner)| {
        let key = signer.public_key_hex();
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"C11000\"\nzh = \"中心\"\nen = \"Center\"\n\
             case_key = \"{key}\"\nphone = \"12329\"\n\n{}",
            designated(id)
        )
    };
    signers.iter().map(node).collect()
}

pub(crate) fn tag(number: &str) -> SubjectTag {
    TagKey::new(&[9; 32]).tag(number)
}

impl Star {
    pub(crate) fn items(&self, names: &[&str]) -> Vec<ItemNo> {
        names
            .iter()
            .map(|name| self.catalog.item_named(name).expect("an item").no)
            .collect()
    }

    pub(crate) fn sign(&self, node: &str, assertion: &CaseAssertion) -> SignedCase {
        self.signers[node].sign(assertion).expect("a signature")
    }

    /// A verified case with its approval, as `second` tells it, by the officer whom it names.
    pub(crate) fn approved(
        &self,
        case: VerifiedCase,
        second: &CaseAssertion,
        question: &Question,
    ) -> Result<VerifiedCase, CaseFault> {
        let asker = case.assertion().operator.clone();
        let signed = self.approval(&asker, second, question);
        self.trust.approved(case, &signed, question)
    }

    /// The approval that `second` tells of, about this one question.
    pub(crate) fn approval(
        &self,
        asker: &str,
        second: &CaseAssertion,
        question: &Question,
    ) -> SignedApproval {
        let line = ApprovedLine {
            question: second.query_digest,
            shown: [6; 32],
        };
        let tree = ApprovalTree::over(vec![line.leaf(&second.nonce, 0)]).expect("a tree");
        let statement = statement(asker, second, question, &tree);
        self.signed(&statement, &tree, 0)
    }

    /// One line of what an officer signs; who is none signs with another's key.
    pub(crate) fn signed(
        &self,
        statement: &ApprovalStatement,
        tree: &ApprovalTree,
        index: u32,
    ) -> SignedApproval {
        let post = (statement.node.as_str(), statement.operator.as_str());
        let key = self.officers.get(&post);
        let key = key.unwrap_or_else(|| &self.officers[&("guoguan", OFFICERS[1])]);
        let body = statement.encode().expect("is sane");
        SignedApproval {
            signature: key.sign(&body).expect("a signature"),
            body,
            signer: statement.operator.clone(),
            index,
            path: tree.path(index).expect("a path"),
            shown: [6; 32],
        }
    }

    /// The signature, unless the assertion is one that no verifier would read.
    pub(crate) fn try_sign(&self, node: &str, assertion: &CaseAssertion) -> Option<SignedCase> {
        self.signers[node].sign(assertion).ok()
    }

    pub(crate) fn verified(&self, node: &str, assertion: &CaseAssertion) -> VerifiedCase {
        self.trust
            .verify(node, &self.sign(node, assertion))
            .expect("a case")
    }
}

/// What an officer signs, as an assertion of the same case would say it.
pub(crate) fn statement(
    asker: &str,
    second: &CaseAssertion,
    question: &Question,
    tree: &ApprovalTree,
) -> ApprovalStatement {
    ApprovalStatement {
        node: second.node.clone(),
        case_no: second.case_no.clone(),
        flow: second.flow,
        flow_digest: *question.flow_digest(),
        matter: second.matter,
        basis: second.basis.clone(),
        asker: asker.to_owned(),
        operator: second.operator.clone(),
        counter: second.counter.clone(),
        system: second.system.clone(),
        mode: question.mode(),
        items: question.wants().values().flatten().copied().collect(),
        gives: question.gives().clone(),
        verdicts: question.verdicts().clone(),
        lines: tree.lines(),
        root: tree.root(),
        issued_at: second.issued_at,
        expires_at: second.expires_at,
        nonce: second.nonce,
    }
}

pub(crate) fn draft(node: &str, flow: &str, matter: &str, wants: Vec<ItemNo>) -> QuestionDraft {
    QuestionDraft {
        asking_node: node.to_owned(),
        flow: flow.to_owned(),
        matter: matter.to_owned(),
        mode: Mode::Details,
        wants,
        subject_tag: tag(SUBJECT),
        payload_digest: [5; 32],
        gives: Vec::new(),
        verdicts: Vec::new(),
        named: named_by(node, flow),
        flow_digest: digest_of(flow),
    }
}

/// In a delivered flow that asks named centers, the asking one itself.
fn named_by(node: &str, flow: &str) -> Vec<String> {
    let flow = flow.parse().ok().and_then(|id| STAR.flows.flow(&id));
    let asks_named = flow.is_some_and(|flow| flow.targets == Targets::Named);
    Vec::from_iter(asks_named.then(|| node.to_owned()))
}

/// The digest of a delivered flow; zeros for one that is not.
pub(crate) fn digest_of(flow: &str) -> [u8; 32] {
    let flow = flow.parse().ok().and_then(|id| STAR.flows.flow(&id));
    flow.map_or([0; 32], |flow| flow.digest)
}

pub(crate) fn question(draft: QuestionDraft) -> Question {
    Question::parse(draft, &STAR.catalog).expect("a question")
}

/// The honest ask: F05 from 国管's counter.
pub(crate) fn f05() -> Question {
    let wants = STAR.items(&["04.grzhzt", "04.ywzl", "03.yzjhm"]);
    question(draft("guoguan", "F05", "02", wants))
}

/// The same ask where another book is in force.
pub(crate) fn f05_of(book: &FlowBook) -> Question {
    let flow = book.flow(&"F05".parse().expect("a flow")).expect("F05");
    let wants = STAR.items(&["04.grzhzt", "04.ywzl", "03.yzjhm"]);
    question(QuestionDraft {
        flow_digest: flow.digest,
        ..draft("guoguan", "F05", "02", wants)
    })
}

/// A flow that answers nothing but how many accounts there are by status.
pub(crate) const MATCH_F05: &str = r#"
id = "F05"
zh = "t"
en = "t"
matters = ["02"]
roles = ["applicant"]
mode = "match"
pace = "interactive"
targets = "all"
deadline_ms = 2000
asks_per_case = 20
case_valid_minutes = 30
second_approver = false
items = ["04.grzhzt"]

[basis]
kind = "A"
carries = ["number", "consent"]

[[verdict]]
id = "by-status"
class = "04"
test = "count-by"
item = "04.grzhzt"
"#;

/// A flow on a legal document, with every limit that a flow can set.
pub(crate) const LEGAL_F27: &str = r#"
id = "F27"
zh = "t"
en = "t"
matters = "none"
roles = ["named"]
mode = "details"
pace = "batch"
targets = "all"
deadline_ms = 60000
asks_per_case = 20
case_valid_minutes = 30
second_approver = true
officer = true
hours = "workday"
items = ["04.grzhzt", "05.hbjny", "03.xingming", "12.hyjg"]
gives = ["12.wqhth"]
display = ["03.xingming"]

[basis]
kind = "C"
carries = ["number", "issuer", "date", "period", "officers"]

[[verdict]]
id = "any"
class = "04"
test = "exists"

[[span]]
item = "05.hbjny"
basis = true
"#;

/// The honest ask on a legal document, and its two assertions.
pub(crate) fn f27_of(book: &FlowBook) -> (Question, CaseAssertion, CaseAssertion) {
    let flow = book.flow(&"F27".parse().expect("a flow")).expect("F27");
    let wants = STAR.items(&["04.grzhzt", "05.hbjny", "03.xingming"]);
    let asked = question(QuestionDraft {
        flow_digest: flow.digest,
        gives: STAR.items(&["12.wqhth"]),
        ..draft("guoguan", "F27", "00", wants)
    });
    let first = CaseAssertion {
        basis: Basis {
            issuer: Some("court-01".to_owned()),
            issued_on: Some(date!(2026 - 11 - 20)),
            from: Some(date!(2025 - 01 - 01)),
            until: Some(date!(2025 - 12 - 31)),
            officers: vec!["B-1001".to_owned(), "B-1002".to_owned()],
            ..Basis::plain(BasisKind::C, "(2026) 17".to_owned(), false)
        },
        parties: vec![CaseParty {
            role: PartyRole::Named,
            tag: *asked.subject_tag(),
        }],
        operator: OFFICERS[0].to_owned(),
        ..assertion(&asked)
    };
    let second = CaseAssertion {
        operator: OFFICERS[1].to_owned(),
        nonce: [2; 16],
        ..first.clone()
    };
    (asked, first, second)
}

/// An honest assertion about a question.
pub(crate) fn assertion(question: &Question) -> CaseAssertion {
    CaseAssertion {
        node: question.asking_node().to_owned(),
        case_no: "GG20261123-0001".to_owned(),
        flow: question.flow(),
        matter: question.matter(),
        basis: Basis::plain(BasisKind::A, "A-1".to_owned(), true),
        parties: vec![CaseParty {
            role: PartyRole::Applicant,
            tag: *question.subject_tag(),
        }],
        operator: "li".to_owned(),
        counter: "3".to_owned(),
        system: "counter".to_owned(),
        opened_on: date!(2026 - 11 - 23),
        issued_at: NOW,
        expires_at: NOW + Duration::minutes(5),
        nonce: [1; 16],
        use_no: 1,
        query_digest: *question.digest(),
    }
}

/// One flow file that differs from F05 in the lines replaced.
pub(crate) fn f05_with(replacements: &[(&str, &str)]) -> String {
    let text = include_str!("../../flows/F05.toml");
    replacements
        .iter()
        .fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "F05 has no `{from}`");
            text.replacen(from, to, 1)
        })
}

pub(crate) const CALENDAR: Source<'static> = Source {
    name: "calendar.toml",
    text: include_str!("../../calendar.toml"),
};

/// A center's file that enables these flows.
pub(crate) fn center(node: &str, flows: &[&str]) -> String {
    let entry = |flow: &&str| format!("[[flow]]\nid = \"{flow}\"\nfrom = 2020-01-01\n");
    let entries: String = flows.iter().map(entry).collect();
    format!("node = \"{node}\"\n{entries}")
}

/// These flow files, in which all four centers take part.
pub(crate) fn book(texts: &[&str]) -> FlowBook {
    let id = |text: &&str| {
        text.lines()
            .find_map(|line| line.strip_prefix("id = \"")?.get(..3).map(str::to_owned))
    };
    let ids: Vec<String> = texts.iter().filter_map(id).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let centers: Vec<String> = NODES.iter().map(|node| center(node, &ids)).collect();
    let centers: Vec<&str> = centers.iter().map(String::as_str).collect();
    book_of(texts, &centers).expect("a book")
}

/// These flow files and these centers' files, under the delivered calendar.
pub(crate) fn book_of(flows: &[&str], centers: &[&str]) -> Result<FlowBook, PolicyError> {
    let named = |name: &'static str| move |text| Source { name, text };
    let flows: Vec<_> = flows.iter().copied().map(named("flow.toml")).collect();
    let centers: Vec<_> = centers.iter().copied().map(named("center.toml")).collect();
    FlowBook::parse(&flows, &centers, &CALENDAR, &STAR.catalog)
}

/// So many generated cases; a failure is shown with its input and stored nowhere.
pub(crate) fn cases(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases,
        failure_persistence: None,
        ..Default::default()
    }
}
