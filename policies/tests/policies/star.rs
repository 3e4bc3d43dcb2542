//! A small star to test with: four nodes with keys, the built-in catalog, flows and policies, and
//! one honest ask from which every test departs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use catalog::{Catalog, ItemNo, Source};
use policies::{
    Basis, BasisKind, CaseAssertion, CaseParty, CaseSigner, FlowBook, Mode, PartyRole, PolicySet,
    Question, QuestionDraft, SignedCase, SubjectTag, TagKey, TrustList, VerifiedCase,
};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

pub(crate) const NODES: [&str; 4] = ["city", "zhongzhi", "guoguan", "tielu"];
/// A Monday morning in Beijing.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
/// Fictional numbers, born 1900.
pub(crate) const SUBJECT: &str = "110101190001010014";
pub(crate) const SPOUSE: &str = "810000190001010026";

pub(crate) struct Star {
    pub(crate) catalog: Catalog,
    pub(crate) flows: FlowBook,
    pub(crate) policies: PolicySet,
    pub(crate) trust_text: String,
    pub(crate) trust: TrustList,
    signers: BTreeMap<&'static str, CaseSigner>,
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
    let trust_text = trust_text(&signers);
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
    }
});

fn trust_text(signers: &BTreeMap<&str, CaseSigner>) -> String {
    let node = |(id, signer): (&&str, &CaseSigner)| {
        let key = signer.public_key_hex();
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"C11000\"\nzh = \"中心\"\nen = \"Center\"\n\
             case_key = \"{key}\"\nphone = \"12329\"\n\n"
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

    pub(crate) fn verified(&self, node: &str, assertion: &CaseAssertion) -> VerifiedCase {
        self.trust
            .verify(node, &self.sign(node, assertion))
            .expect("a case")
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
    }
}

pub(crate) fn question(draft: QuestionDraft) -> Question {
    Question::parse(draft, &STAR.catalog).expect("a question")
}

/// The honest ask: F05 from 国管's counter.
pub(crate) fn f05() -> Question {
    let wants = STAR.items(&["04.grzhzt", "04.ywzl", "03.yzjhm"]);
    question(draft("guoguan", "F05", "02", wants))
}

/// An honest assertion about a question.
pub(crate) fn assertion(question: &Question) -> CaseAssertion {
    CaseAssertion {
        node: question.asking_node().to_owned(),
        case_no: "GG20261123-0001".to_owned(),
        flow: question.flow(),
        matter: question.matter(),
        basis: Basis {
            kind: BasisKind::A,
            number: "A-1".to_owned(),
            consent: true,
        },
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

pub(crate) fn book(texts: &[&str]) -> FlowBook {
    let sources: Vec<_> = texts
        .iter()
        .map(|text| Source {
            name: "flow.toml",
            text,
        })
        .collect();
    FlowBook::parse(&sources, &STAR.catalog).expect("a book")
}

/// So many generated cases; a failure is shown with its input and stored nowhere.
pub(crate) fn cases(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases,
        failure_persistence: None,
        ..Default::default()
    }
}
