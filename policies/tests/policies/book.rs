//! The flow book: what is in it, and that every fault of a bad file comes out with its line.
//! Questions against the catalog too.

use catalog::{Catalog, ItemNo, Sensitivity, Source};
use policies::{FlowBook, FlowId, PolicyError, Question, QuestionDraft, QuestionFault};

use super::star::{CALENDAR, STAR, book, draft, f05_with};

fn flow(id: &str) -> &'static policies::Flow {
    let id: FlowId = id.parse().expect("a flow");
    STAR.flows.flow(&id).expect("registered")
}

fn lists(id: &str, names: &[&str]) -> bool {
    STAR.items(names)
        .into_iter()
        .all(|item| flow(id).lists(item))
}

#[test]
fn the_builtin_flows_cover_what_their_decisions_need() {
    assert!(lists(
        "F05",
        &[
            "04.zxbh",
            "04.grzhzt",
            "04.ywzl",
            "04.jzny",
            "04.fcrq",
            "03.yzjhm"
        ]
    ));
    assert!(
        !lists("F05", &["04.grzhye"]),
        "a balance is not needed to open an account"
    );
    assert!(lists(
        "F10",
        &[
            "06.gfhtbh",
            "06.bdcdyh",
            "06.fwzl",
            "06.fse",
            "06.spzt",
            "04.djbz"
        ]
    ));
    assert!(lists(
        "F10",
        &[
            "08.bdcdyh",
            "11.blxxlx",
            "12.wxhyjg",
            "13.hyzk",
            "13.pozjhm"
        ]
    ));
    assert!(lists(
        "F14",
        &["06.zlhtbh", "06.zlqsrq", "06.zlzzrq", "06.spzt", "13.hyzk"]
    ));
    assert!(lists(
        "F19",
        &["08.dkzt", "09.cdjs", "09.dksqbh", "10.dkzt", "11.blxxlx"]
    ));
    assert!(lists("F19", &["04.grzhzt", "04.lxzcjcys", "05.hbjny"]));
    assert_eq!(STAR.flows.flows().count(), 31);
}

#[test]
fn no_flow_lists_a_query_password_and_each_names_its_sensitive_items() {
    for flow in STAR.flows.flows() {
        for no in flow.items.values().flatten() {
            let item = STAR.catalog.item(*no).expect("a catalog item");
            assert!(!item.input_only, "{} lists {no}", flow.id);
            let graded = item.sensitivity >= Sensitivity::L3;
            assert_eq!(flow.sensitive.contains(no), graded, "{} {no}", flow.id);
        }
    }
}

#[test]
fn the_digest_follows_the_meaning_and_not_the_writing() {
    let plain = book(&[&f05_with(&[])]);
    let commented = book(&[&f05_with(&[("id = ", "# reviewed again\nid = ")])]);
    let changed = book(&[&f05_with(&[("asks_per_case = 20", "asks_per_case = 21")])]);
    assert_eq!(plain.digest(), commented.digest());
    assert_ne!(plain.digest(), changed.digest());
}

pub(crate) fn faults(error: PolicyError) -> Vec<String> {
    error.faults().iter().map(ToString::to_string).collect()
}

const BAD: &str = r#"id = "F5"
zh = " "
matters = ["02", "53"]
roles = ["applicant", "neighbour"]
mode = "browse"
pace = "interactive"
targets = ["city", "Not A Node"]
deadline_ms = 0
asks_per_case = "many"
case_valid_minutes = 1441
second_approver = "no"
surprise = 1
items = [
    "04.*",
    "04.nosuch",
    "15-01",
    "04-99",
    "12.wqcxmm",
    "04.grzhzt",
    "04-08",
]
[basis]
kind = "A"
carries = ["number", "luck"]
"#;

const BAD_IN: &[&str] = &[
    "bad.toml:1: `F5`: a flow is",
    "bad.toml:1: `en` is missing",
    "bad.toml:2: `zh` must be",
    "bad.toml:3: `53`: a matter is",
    "bad.toml:4: `neighbour`: a role is",
    "bad.toml:5: `browse`: a mode is",
    "bad.toml:7: `Not A Node`: targets are",
    "bad.toml:8: `deadline_ms` must be a whole number",
    "bad.toml:9: `asks_per_case` must be",
    "bad.toml:10: `case_valid_minutes` must be",
    "bad.toml:11: `second_approver` must be",
    "bad.toml:12: unknown key `surprise`",
    "bad.toml:14: `04.*` would cover 04-01, 04-03,",
    "bad.toml:15: `04.nosuch`: the catalog has no such item",
    "bad.toml:16: `15-01`: the catalog has no such class",
    "bad.toml:17: `04-99`: the catalog has no such item",
    "bad.toml:18: `12.wqcxmm` is passed on only",
    "bad.toml:19: `04.grzhzt` lists `04-08` a second time",
    "bad.toml:20: `04-08` lists `04-08` a second time",
    "bad.toml:22: basis `A` carries its `consent`",
    "bad.toml:24: `luck`: a basis carries",
    "worse.toml:2:",
    "worse.toml:3:",
];

#[test]
fn a_bad_flow_file_names_every_fault_with_its_line() {
    let sources = [
        Source {
            name: "bad.toml",
            text: BAD,
        },
        Source {
            name: "worse.toml",
            text: "id = \"F01\"\nid = \"F02\"\n[[",
        },
    ];
    let found =
        faults(FlowBook::parse(&sources, &[], &CALENDAR, &STAR.catalog).expect_err("refused"));
    for wanted in BAD_IN {
        assert!(
            found.iter().any(|fault| fault.starts_with(*wanted)),
            "{wanted}\n{found:#?}"
        );
    }
    let unexpected: Vec<_> = found
        .iter()
        .filter(|fault| !BAD_IN.iter().any(|wanted| fault.starts_with(*wanted)))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

#[test]
fn a_flow_is_registered_once() {
    let text = f05_with(&[]);
    let twice = [
        Source {
            name: "a",
            text: &text,
        },
        Source {
            name: "b",
            text: &text,
        },
    ];
    let found =
        faults(FlowBook::parse(&twice, &[], &CALENDAR, &STAR.catalog).expect_err("refused"));
    assert_eq!(found, ["b:1: flow `F05` is registered twice"]);
}

type Spoil = fn(&mut QuestionDraft);

#[test]
fn a_question_is_held_against_the_catalog() {
    let item =
        |class: &str, item| ItemNo::new(class.parse().expect("a class"), item).expect("a no");
    let good = || draft("city", "F05", "02", vec![item("04", 8)]);
    let parse = |draft| Question::parse(draft, &STAR.catalog).expect_err("refused");
    let rows: [(&str, Spoil); 6] = [
        ("bad-node", |draft| draft.asking_node = "City Hall".into()),
        ("bad-flow", |draft| draft.flow = "f05".into()),
        ("bad-matter", |draft| draft.matter = "2".into()),
        ("no-items", |draft| draft.wants.clear()),
        ("too-many-items", |draft| {
            draft.wants = vec![draft.wants[0]; 221]
        }),
        ("input-only", |draft| {
            draft.wants = STAR.items(&["12.wqcxmm"])
        }),
    ];
    for (code, spoil) in rows {
        let mut draft = good();
        spoil(&mut draft);
        assert_eq!(parse(draft).as_str(), code);
    }
    let unknown = QuestionDraft {
        wants: vec![item("04", 21)],
        ..good()
    };
    assert_eq!(parse(unknown).as_str(), "unknown-item");
    assert_eq!(
        QuestionFault::UnknownClass(item("14", 1).class()).as_str(),
        "unknown-class"
    );
    let twice = QuestionDraft {
        wants: vec![item("04", 8); 2],
        ..good()
    };
    let once = Question::parse(good(), &STAR.catalog).expect("a question");
    assert_eq!(Question::parse(twice, &STAR.catalog), Ok(once));
}

/// A center of an older catalog checks the same signature: the digest is the newer side's, and what
/// the catalog lacks is set apart from what may be answered.
#[test]
fn a_question_of_a_newer_catalog_keeps_its_digest() {
    let item =
        |class: &str, item| ItemNo::new(class.parse().expect("a class"), item).expect("a no");
    let account = "classes/04-personal-account.toml";
    let more = "\n[[item]]\nno = \"04-21\"\ncode = \"xzxm\"\nzh = \"新\"\nen = \"new\"\n\
                type = \"date\"\nrequired = false\nsensitivity = \"L2\"\nsource = \"test\"\n\
                verified = false\ndomains = [\"loan\"]\n";
    let class = Catalog::builtin_sources()
        .iter()
        .find(|source| source.name == account);
    let text = format!("{}{more}", class.expect("class 04").text);
    let sources: Vec<_> = Catalog::builtin_sources()
        .iter()
        .map(|source| match source.name == account {
            true => Source {
                name: account,
                text: &text,
            },
            false => *source,
        })
        .collect();
    let newer = Catalog::parse(&sources).expect("a catalog");
    let wants = vec![item("05", 1), item("04", 21), item("04", 8)];
    let asked = || draft("city", "F05", "02", wants.clone());
    let signed = Question::parse(asked(), &newer).expect("the newer catalog knows all");
    assert!(signed.beyond().is_empty());
    let read = Question::parse_newer(asked(), &STAR.catalog).expect("is read");
    assert_eq!(read.digest(), signed.digest());
    assert_eq!(Vec::from_iter(read.beyond()), [&item("04", 21)]);
    let known: Vec<_> = read.wants().values().flatten().copied().collect();
    assert_eq!(known, [item("04", 8), item("05", 1)]);
    let only = draft("city", "F05", "02", vec![item("04", 21)]);
    let only = Question::parse_newer(only, &STAR.catalog).expect("is read");
    assert!(only.wants().is_empty() && only.beyond().len() == 1);
}
