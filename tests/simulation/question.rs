//! What callers ask: questions of delivered flows, signed as agents sign them, and a few that
//! nobody may ask. And what each center truly holds, which the checkers know too.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::identity::PersonId;
use catalog::{ItemNo, Record, Subject};
use policies::{
    Basis, BasisKind, CaseAssertion, CaseParty, Flow, Mode, PartyRole, Question, QuestionDraft,
    SignedCase, payload_digest,
};
use time::OffsetDateTime;
use wire::{convert, v1};

use super::chance::Chance;
use super::ground::{CATALOG, CENTERS, FLOWS, NODES, position, signer, tag_key};

/// People of the world, by number from 0.
pub(super) const PEOPLE: u64 = 12;
/// What a statement is worth, as agents issue it.
const STATEMENT_LIFE: Duration = Duration::from_secs(300);

/// A question that is put.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) node: &'static str,
    pub(super) flow: &'static str,
    pub(super) mode: Mode,
    /// Items by class.
    pub(super) wants: BTreeMap<u32, BTreeSet<u32>>,
    /// The centers whose word the caller waits for.
    pub(super) centers: BTreeSet<&'static str>,
    pub(super) person: u64,
    pub(super) case_no: String,
    /// Of its statement, in hex.
    pub(super) nonce: String,
    /// Whether it may be asked at all.
    pub(super) is_fair: bool,
    pub(super) request: v1::AskRequest,
}

/// What each center's loans owe.
const BALANCES: [&str; 4] = ["1000.01", "2000.02", "3000.03", "4000.04"];

/// What is wrong with a question that nobody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Nothing,
    NoCase,
    ForgedSignature,
    AnothersCase,
    AnotherQuestion,
    ItemOutsideFlow,
    LongExpired,
}

const WRONGS: [Wrong; 6] = [
    Wrong::NoCase,
    Wrong::ForgedSignature,
    Wrong::AnothersCase,
    Wrong::AnotherQuestion,
    Wrong::ItemOutsideFlow,
    Wrong::LongExpired,
];

/// What a kind of question asks for.
struct Kind {
    flow: &'static str,
    matter: &'static str,
    mode: Mode,
    items: &'static [&'static str],
    verdicts: &'static [&'static str],
    role: PartyRole,
    is_named: bool,
}

const OPENING: Kind = Kind {
    flow: "F05",
    matter: "02",
    mode: Mode::Details,
    items: &["03-06", "04-02", "04-08", "04-09"],
    verdicts: &[],
    role: PartyRole::Applicant,
    is_named: false,
};
const SETTLED: Kind = Kind {
    flow: "F24",
    matter: "32",
    mode: Mode::Details,
    items: &["10-06", "10-09"],
    verdicts: &[],
    role: PartyRole::Applicant,
    is_named: true,
};
const ROSTER: Kind = Kind {
    flow: "F06",
    matter: "02",
    mode: Mode::Match,
    items: &["04-08"],
    verdicts: &["live-account"],
    role: PartyRole::Listed,
    is_named: false,
};

/// A single question of a node, now by its clock.
pub(super) fn single(node: &'static str, now: OffsetDateTime, chance: &mut Chance) -> Asked {
    let kind = if chance.percent(80) {
        &OPENING
    } else {
        &SETTLED
    };
    let wrong = if chance.percent(6) {
        *chance.pick(&WRONGS)
    } else {
        Wrong::Nothing
    };
    let put = Put {
        wrong,
        operator: chance.below(6),
        ..Put::plain()
    };
    question(kind, node, now, put, chance)
}

/// The one that everybody is asked, with nothing wrong with it.
pub(super) fn plain(node: &'static str, now: OffsetDateTime, chance: &mut Chance) -> Asked {
    question(&OPENING, node, now, Put::plain(), chance)
}

/// One of very many by the same operator.
pub(super) fn flooding(node: &'static str, now: OffsetDateTime, chance: &mut Chance) -> Asked {
    let put = Put {
        operator: 99,
        ..Put::plain()
    };
    question(&OPENING, node, now, put, chance)
}

/// The lines of a list, each with a statement of its own.
pub(super) fn list(
    node: &'static str,
    now: OffsetDateTime,
    lines: u32,
    chance: &mut Chance,
) -> Vec<Asked> {
    let put = |nth| Put {
        use_no: nth,
        ..Put::plain()
    };
    (1..=lines)
        .map(|nth| question(&ROSTER, node, now, put(nth), chance))
        .collect()
}

/// How a question is put.
#[derive(Debug, Clone, Copy)]
struct Put {
    use_no: u32,
    wrong: Wrong,
    operator: u64,
}

impl Put {
    const fn plain() -> Self {
        Self {
            use_no: 1,
            wrong: Wrong::Nothing,
            operator: 7,
        }
    }
}

fn question(
    kind: &Kind,
    node: &'static str,
    now: OffsetDateTime,
    put: Put,
    chance: &mut Chance,
) -> Asked {
    let person = chance.below(PEOPLE);
    let subject = subject(person);
    let payload = convert::subject_to_wire(&subject);
    let named: Vec<&'static str> = if kind.is_named {
        vec![*chance.pick(&NODES)]
    } else {
        Vec::new()
    };
    let mut items: Vec<ItemNo> = kind.items.iter().map(|item| item_no(item)).collect();
    if put.wrong == Wrong::ItemOutsideFlow {
        items.push(item_no("04-14"));
    }
    let draft = QuestionDraft {
        asking_node: node.to_owned(),
        flow: kind.flow.to_owned(),
        matter: kind.matter.to_owned(),
        mode: kind.mode,
        wants: items.clone(),
        subject_tag: tag_key().tag(&subject.key()),
        payload_digest: payload_digest(&payload),
        gives: Vec::new(),
        verdicts: kind.verdicts.iter().map(ToString::to_string).collect(),
        named: named.iter().map(ToString::to_string).collect(),
        flow_digest: flow(kind).digest,
    };
    let case_no = format!("{node}-{:08x}", chance.next() >> 32);
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&chance.next().to_be_bytes());
    nonce[8..].copy_from_slice(&chance.next().to_be_bytes());
    let mut case = case(kind, &draft, now, put);
    (case.case_no, case.nonce) = (case_no.clone(), nonce);
    spoil(&mut case, put.wrong);
    let mut request = request(&draft, &case, payload);
    strip(&mut request, put.wrong);
    let centers = if named.is_empty() {
        NODES.into()
    } else {
        named.into_iter().collect()
    };
    Asked {
        node,
        flow: kind.flow,
        mode: kind.mode,
        wants: by_class(&items),
        centers,
        person,
        case_no,
        nonce: hex(&nonce),
        is_fair: put.wrong == Wrong::Nothing,
        request,
    }
}

fn flow(kind: &Kind) -> &'static Flow {
    let id = kind.flow.parse().expect("a flow");
    FLOWS.flow(&id).expect("is delivered")
}

/// The statement for a question, without number and nonce.
fn case(kind: &Kind, draft: &QuestionDraft, now: OffsetDateTime, put: Put) -> CaseAssertion {
    let question = Question::parse(draft.clone(), &CATALOG).expect("a question");
    CaseAssertion {
        node: draft.asking_node.clone(),
        case_no: String::new(),
        flow: flow(kind).id,
        matter: kind.matter.parse().expect("a matter"),
        basis: Basis::plain(BasisKind::A, "A-1".into(), true),
        parties: vec![CaseParty {
            role: kind.role,
            tag: draft.subject_tag,
        }],
        operator: format!("op-{}", put.operator),
        counter: "3".into(),
        system: "counter".into(),
        opened_on: now.date(),
        issued_at: now,
        expires_at: now + STATEMENT_LIFE,
        nonce: [0; 16],
        use_no: put.use_no,
        query_digest: *question.digest(),
    }
}

fn spoil(case: &mut CaseAssertion, wrong: Wrong) {
    match wrong {
        Wrong::AnothersCase => {
            let mut others = NODES.iter().filter(|id| **id != case.node);
            case.node = others.next_back().expect("there are others").to_string();
        }
        Wrong::AnotherQuestion => case.query_digest[0] ^= 1,
        Wrong::LongExpired => {
            case.issued_at -= time::Duration::days(2);
            case.expires_at -= time::Duration::days(2);
            case.opened_on = case.issued_at.date();
        }
        Wrong::Nothing | Wrong::NoCase | Wrong::ForgedSignature | Wrong::ItemOutsideFlow => {}
    }
}

fn strip(request: &mut v1::AskRequest, wrong: Wrong) {
    match (wrong, &mut request.case) {
        (Wrong::NoCase, case) => *case = None,
        (Wrong::ForgedSignature, Some(case)) => case.signature[0] ^= 1,
        _ => {}
    }
}

fn request(draft: &QuestionDraft, case: &CaseAssertion, payload: Vec<u8>) -> v1::AskRequest {
    let SignedCase { body, signature } = signer(&draft.asking_node).sign(case).expect("is sane");
    let wants = by_class(&draft.wants).into_iter();
    let wants = wants.map(|(class, items)| v1::ClassItems {
        class,
        items: items.into_iter().collect(),
    });
    let mode = match draft.mode {
        Mode::Match => v1::Mode::Match,
        Mode::Details => v1::Mode::Details,
    };
    v1::AskRequest {
        envelope: Some(v1::Envelope {
            named: draft.named.clone(),
            flow: draft.flow.clone(),
            matter: draft.matter.clone(),
            mode: mode.into(),
            wants: wants.collect(),
            subject_tag: draft.subject_tag.as_bytes().to_vec(),
            gives: Vec::new(),
            verdicts: draft.verdicts.clone(),
            flow_digest: draft.flow_digest.to_vec(),
        }),
        case: Some(v1::SignedCase { body, signature }),
        payload,
        deadline_ms: 0,
        approval: None,
    }
}

fn by_class(items: &[ItemNo]) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut wants: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for item in items {
        let class = wants.entry(u32::from(item.class().get())).or_default();
        class.insert(u32::from(item.item()));
    }
    wants
}

pub(super) fn item_no(text: &str) -> ItemNo {
    text.parse().expect("an item number")
}

/// A person by number: made-up passports, so that no check digit has to be found.
pub(super) fn subject(person: u64) -> Subject {
    let number = format!("E{:08}", 10_000_000 + person);
    Subject::Person(PersonId::parse("03", &number).expect("is well formed"))
}

/// The number of the person behind a subject.
pub(super) fn person_of(subject: &Subject) -> Option<u64> {
    (0..PEOPLE).find(|person| self::subject(*person).key() == subject.key())
}

/// What a center holds of a person in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holding {
    Nothing,
    /// One that counts as a hit.
    Live,
    /// One that does not.
    Closed,
}

pub(super) fn holding(node: &str, person: u64, class: u32) -> Holding {
    match (class, (person + 2 * position(node) as u64) % 3) {
        (3, _) | (_, 0) => Holding::Nothing,
        (10, _) | (_, 1) => Holding::Live,
        _ => Holding::Closed,
    }
}

/// The value of an item, the same wherever it is asked for.
pub(super) fn value(node: &str, person: u64, item: ItemNo, held: Holding) -> &'static str {
    let years = ["2001-07-01", "2003-07-01", "2005-07-01", "2008-07-01"];
    match (item.to_string().as_str(), held) {
        ("04-02", _) => CENTERS[position(node)],
        ("04-08", Holding::Live) => "01",
        ("04-08", _) => "05",
        ("10-06", _) => "01",
        ("10-09", _) => BALANCES[position(node)],
        _ => years[usize::try_from(person % 4).expect("is small")],
    }
}

/// The record that a center shows.
pub(super) fn record(
    node: &str,
    person: u64,
    class: u32,
    items: &BTreeSet<u32>,
    held: Holding,
) -> Record {
    let mut record = Record::new(format!("{class:02}").parse().expect("a class"));
    for item in items {
        let item = item_no(&format!("{class:02}-{item:02}"));
        let text = value(node, person, item, held);
        record.insert(item, CATALOG.parse_value(item, text).expect("is sound"));
    }
    record
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
