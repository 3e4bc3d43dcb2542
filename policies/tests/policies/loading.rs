//! How flow files, centers' files and calendar load together: what of a center's file is refused,
//! that a set of which one file is bad is no set, and what the digests stand for.

use catalog::Source;
use policies::{FlowBook, PolicyError, RuleFiles, RuleSet};

use super::book::faults;
use super::star::{CALENDAR, STAR, book, book_of, center};

/// A flow with something of everything, for details.
pub(crate) const DETAILS: &str = "\
id = \"F51\"
zh = \"一\"
en = \"one\"
matters = [\"07\"]
roles = [\"applicant\"]
mode = \"details\"
pace = \"interactive\"
targets = \"all\"
deadline_ms = 5000
asks_per_case = 20
case_valid_minutes = 30
second_approver = false
officer = false
hours = \"counter\"
list_max = 10
items = [\"04.grzhzt\", \"06.fse\", \"06.spzt\", \"06.zlqsrq\", \"06.zlzzrq\", \"12.hyjg\"]
gives = [\"12.wqhth\", \"12.wqcxmm\"]
display = [\"06.fse\"]
[basis]
kind = \"A\"
carries = [\"number\", \"consent\"]
[[verdict]]
id = \"live\"
class = \"04\"
only = { \"04.grzhzt\" = [\"01\", \"06\"] }
test = \"exists\"
[[verdict]]
id = \"within\"
class = \"06\"
only = { \"06.spzt\" = [\"04\"] }
test = \"sum-within\"
item = \"06.fse\"
[[verdict]]
id = \"lease\"
class = \"06\"
test = \"months-overlap\"
from = \"06.zlqsrq\"
until = \"06.zlzzrq\"
[[verdict]]
id = \"by-status\"
class = \"04\"
test = \"count-by\"
item = \"04.grzhzt\"
[[span]]
item = \"06.zlqsrq\"
months = 24
";

#[test]
fn every_flaw_of_a_center_is_refused_with_its_line() {
    let city = center("city", &["F51"]);
    let rows: [(&str, &[&str], &[&str]); 8] = [
        (
            "an unknown flow",
            &["node = \"city\"\n[[flow]]\nid = \"F53\"\nfrom = 2020-01-01"],
            &["3: flow `F53` is not registered"],
        ),
        (
            "no flow number",
            &["node = \"city\"\n[[flow]]\nid = \"53\"\nfrom = 2020-01-01"],
            &["3: `53`: a flow is `F` and two digits, from F01 on"],
        ),
        (
            "a flow twice",
            &[
                "node = \"city\"\n[[flow]]\nid = \"F51\"\nfrom = 2020-01-01\n\
            [[flow]]\nid = \"F51\"\nfrom = 2021-01-01",
            ],
            &["6: flow `F51` stands here twice"],
        ),
        (
            "until before from",
            &["node = \"city\"\n[[flow]]\nid = \"F51\"\nfrom = 2020-01-02\nuntil = 2020-01-01"],
            &["2: `until` is before `from`"],
        ),
        (
            "no day",
            &["node = \"city\"\n[[flow]]\nid = \"F51\"\nfrom = \"2020-01-01\""],
            &["4: `from` must be a day such as 2026-01-31, without quotes"],
        ),
        (
            "a center twice",
            &[&city, &city],
            &["1: center `city` has another file already"],
        ),
        (
            "no node id",
            &["node = \"City\"\nzh = \"x\""],
            &["1: `City` is not a node id", "2: unknown key `zh`"],
        ),
        ("no node", &[""], &["1: `node` is missing"]),
    ];
    for (what, centers, wanted) in rows {
        let error = book_of(&[DETAILS], centers).expect_err(what);
        let wanted: Vec<String> = wanted.iter().map(|w| format!("center.toml:{w}")).collect();
        assert_eq!(faults(error), wanted, "{what}");
    }
}

#[test]
fn an_unknown_flow_is_not_reported_beside_a_flow_that_cannot_be_read() {
    let spoilt = DETAILS.replacen("mode = \"details\"", "mode = \"browse\"", 1);
    let error = book_of(&[&spoilt], &[&center("city", &["F51"])]).expect_err("refused");
    let found = faults(error);
    assert_eq!(
        found,
        ["flow.toml:6: `browse`: a mode is `match` or `details`"]
    );
}

/// Flows, centers and calendar are told of together, and none of them is used without the others.
#[test]
fn a_set_of_which_one_file_is_bad_is_no_set() {
    type Spoil = fn(&mut RuleFiles);
    let rows: [(&str, Spoil); 5] = [
        ("flows/F14.toml", |files| {
            files.flows[13].text.insert_str(0, "more = 1\n")
        }),
        ("centers/city.toml", |files| {
            files.centers[0].text.push_str("\nmore = 1\n")
        }),
        ("calendar.toml", |files| {
            files.calendar.text.push_str("\nmore = 1\n")
        }),
        ("schema.cedarschema", |files| {
            files.schema.text.push_str("\nentity\n")
        }),
        ("base/", |files| files.base[0].text.push_str("\nallow\n")),
    ];
    for (file, spoil) in rows {
        let mut files = RuleFiles::builtin();
        spoil(&mut files);
        let error = RuleSet::parse(&files, &STAR.catalog).expect_err(file);
        assert!(
            error
                .faults()
                .iter()
                .all(|fault| fault.file.starts_with(file)),
            "{error}"
        );
    }
    let all: [Spoil; 3] = [rows[0].1, rows[1].1, rows[2].1];
    let mut files = RuleFiles::builtin();
    all.iter().for_each(|spoil| spoil(&mut files));
    let found = files.flow_book(&STAR.catalog).expect_err("refused");
    let named: Vec<&str> = found
        .faults()
        .iter()
        .map(|fault| fault.file.as_str())
        .collect();
    assert_eq!(
        named,
        ["calendar.toml", "centers/city.toml", "flows/F14.toml"]
    );
}

#[test]
fn the_delivered_files_are_those_of_the_folders() {
    let files = RuleFiles::builtin();
    let delivered = files
        .flows
        .iter()
        .chain(&files.centers)
        .chain([&files.calendar]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    for file in delivered {
        let text = std::fs::read_to_string(root.join(&file.name)).expect("a file");
        assert_eq!(text, file.text, "{}", file.name);
        names.push(file.name.clone());
    }
    for folder in ["flows", "centers"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            let name = format!("{folder}/{}", name.to_string_lossy());
            assert!(
                names.contains(&name),
                "{name} is not delivered with the program"
            );
        }
    }
}

/// Agents of different centers agree on what a flow means, whoever takes part in it; what a book
/// decides is another digest.
#[test]
fn a_flow_digest_follows_the_meaning_and_a_book_digest_everything() {
    let base = book(&[DETAILS]);
    let flow = |book: &FlowBook| book.flows().next().expect("F51").digest;
    let other = center("city", &["F51"]).replace("2020-01-01", "2020-01-02");
    let other = book_of(&[DETAILS], &[&other]).expect("a book");
    assert_eq!(flow(&base), flow(&other));
    assert_ne!(base.digest(), other.digest());
    for (from, to) in [
        ("months = 24", "months = 25"),
        ("[\"01\", \"06\"] }", "[\"01\"] }"),
        ("test = \"exists\"", "elsewhere = true\ntest = \"exists\""),
        ("display = [\"06.fse\"]", ""),
        ("gives = [\"12.wqhth\", ", "gives = ["),
        ("hours = \"counter\"", "hours = \"workday\""),
        ("list_max = 10", "list_max = 11"),
        ("officer = false", "officer = true"),
        (
            "[\"number\", \"consent\"]",
            "[\"number\", \"consent\", \"period\"]",
        ),
        ("matters = [\"07\"]", "matters = \"none\""),
    ] {
        assert!(DETAILS.contains(from), "{from}");
        let changed = book(&[&DETAILS.replacen(from, to, 1)]);
        assert_ne!(flow(&base), flow(&changed), "{from} -> {to}");
        assert_ne!(base.digest(), changed.digest(), "{from} -> {to}");
    }
    let hours = CALENDAR.text.replacen("\"09:00\"", "\"08:30\"", 1);
    let hours = Source {
        name: "calendar.toml",
        text: &hours,
    };
    let cities: Vec<String> = ["city", "zhongzhi", "guoguan", "tielu"]
        .iter()
        .map(|node| center(node, &["F51"]))
        .collect();
    let cities: Vec<Source<'_>> = cities
        .iter()
        .map(|text| Source { name: "c", text })
        .collect();
    let parse = |calendar| -> Result<FlowBook, PolicyError> {
        let flows = [Source {
            name: "f",
            text: DETAILS,
        }];
        FlowBook::parse(&flows, &cities, calendar, &STAR.catalog)
    };
    let (same, longer) = (
        parse(&CALENDAR).expect("a book"),
        parse(&hours).expect("a book"),
    );
    assert_eq!(base.digest(), same.digest());
    assert_ne!(base.digest(), longer.digest());
    assert_eq!(flow(&base), flow(&longer));
}
