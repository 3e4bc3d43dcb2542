//! Every kind of change, made by one edit of a small catalogue, and its verdict both ways.

use std::collections::BTreeSet;

use super::*;
use crate::fault::Source;

const SMALL: &str = r#"no = "01"
code = "thing"
zh = "物"
en = "Thing"

[[item]]
no = "01-01"
code = "aa"
zh = "甲"
en = "first"
type = "text"
length = 5
required = true
key = "record"
sensitivity = "L1"
source = "test"
verified = false
domains = ["loan"]

[[item]]
no = "01-02"
code = "bb"
zh = "乙"
en = "second"
type = "code"
length = 12
code_set = "id-type"
required = false
key = "subject"
sensitivity = "L3"
source = "test"
verified = true
domains = ["loan", "transfer"]

[[item]]
no = "01-03"
code = "cc"
zh = "丙"
en = "third"
type = "decimal"
precision = 10
scale = 2
unit = "CNY"
required = false
sensitivity = "L2"
source = "test"
verified = true
domains = ["loan"]
"#;
const SET: &str = r#"name = "id-type"
zh = "证件"
en = "id"
pattern = { prefixes = ["C"], digits_min = 2, digits_max = 3 }

[[entry]]
code = "01"
label = "a"

[[entry]]
code = "02"
label = "b"
successor = "01"
"#;
const OTHER_SET: &str = r#"name = "other"
zh = "别"
en = "other"
[[entry]]
code = "01"
label = "a"
"#;
const FOURTH: &str = r#"
[[item]]
no = "01-04"
code = "dd"
zh = "丁"
en = "fourth"
type = "date"
required = false
sensitivity = "L2"
source = "test"
verified = true
domains = ["loan"]
"#;
const FILES: [&str; 4] = [
    "catalog.toml",
    "classes/01-thing.toml",
    "code-sets/id-type.toml",
    "code-sets/other.toml",
];

/// A catalogue of another version label after edits, each of the first place that has the text.
fn edited(version: &str, edits: &[(&str, &str)]) -> Catalog {
    let heading = format!("version = \"{version}\"\n");
    let mut texts = [&*heading, SMALL, SET, OTHER_SET].map(str::to_owned);
    for (from, to) in edits {
        let text = texts.iter_mut().find(|text| text.contains(from)).unwrap();
        *text = text.replacen(from, to, 1);
    }
    let sources: Vec<_> = FILES
        .iter()
        .zip(&texts)
        .map(|(name, text)| Source { name, text })
        .collect();
    Catalog::parse(&sources).unwrap_or_else(|error| panic!("{edits:?}: {error}"))
}

fn shown(diff: &Diff) -> Vec<(&str, &str)> {
    let changes = diff.changes().iter();
    changes
        .map(|change| (change.place.as_str(), change.kind.as_str()))
        .collect()
}

/// What stands there, what stands there in the next version, where, what that is, and what the way
/// back is.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const ITEMS: &[Row] = &[
    ("物", "件", "01", "class-renamed", "class-renamed"),
    ("甲", "壹", "01-01", "item-renamed", "item-renamed"),
    ("\"aa\"", "\"xx\"", "01-01", "item-reused", "item-reused"),
    ("length = 5", "length = 6", "01-01", "widened", "narrowed"),
    ("length = 12", "length = 9", "01-02", "narrowed", "widened"),
    (
        "precision = 10",
        "precision = 12",
        "01-03",
        "widened",
        "narrowed",
    ),
    (
        "type = \"text\"\nlength = 5",
        "type = \"date\"",
        "01-01",
        "type-changed",
        "type-changed",
    ),
    (
        "code_set = \"id-type\"",
        "code_set = \"other\"",
        "01-02",
        "code-set-replaced",
        "code-set-replaced",
    ),
    (
        "code_set = \"id-type\"",
        "code_set = \"id-type\"\nmultiple = true",
        "01-02",
        "several-allowed",
        "several-forbidden",
    ),
    (
        "length = 5",
        "length = 5\nformat = \"year\"",
        "01-01",
        "format-tightened",
        "format-loosened",
    ),
    (
        "\"CNY\"",
        "\"fen\"",
        "01-03",
        "unit-changed",
        "unit-changed",
    ),
    (
        "required = false",
        "required = true",
        "01-02",
        "required-tightened",
        "required-loosened",
    ),
    (
        "unit = \"CNY\"",
        "unit = \"CNY\"\nkey = \"reference\"",
        "01-03",
        "key-changed",
        "key-changed",
    ),
    (
        "L1",
        "L2",
        "01-01",
        "sensitivity-raised",
        "sensitivity-lowered",
    ),
    (
        "unit = \"CNY\"",
        "unit = \"CNY\"\ninput_only = true",
        "01-03",
        "became-input-only",
        "became-answered",
    ),
    (
        "\"transfer\"",
        "\"collection\"",
        "01-02",
        "domains-changed",
        "domains-changed",
    ),
];

const CODES: &[Row] = &[
    (
        "证件",
        "证",
        "id-type",
        "code-set-renamed",
        "code-set-renamed",
    ),
    (
        "[[entry]]",
        "[[entry]]\ncode = \"03\"\nlabel = \"c\"\n[[entry]]",
        "id-type/03",
        "code-added",
        "code-removed",
    ),
    (
        "[[entry]]",
        "[[entry]]\ncode = \"C123\"\nlabel = \"c\"\n[[entry]]",
        "id-type/C123",
        "code-listed",
        "code-unlisted",
    ),
    (
        "label = \"a\"",
        "label = \"z\"",
        "id-type/01",
        "code-relabelled",
        "code-relabelled",
    ),
    (
        "successor = \"01\"\n",
        "",
        "id-type/02",
        "code-revived",
        "code-retired",
    ),
    (
        "digits_max = 3",
        "digits_max = 4",
        "id-type",
        "pattern-widened",
        "pattern-narrowed",
    ),
    (
        "[\"C\"]",
        "[\"D\"]",
        "id-type",
        "pattern-narrowed",
        "pattern-narrowed",
    ),
    (
        "pattern = {",
        "# pattern = {",
        "id-type",
        "pattern-narrowed",
        "pattern-widened",
    ),
];

#[test]
fn every_edit_is_seen_both_ways() {
    let old = edited("1", &[]);
    for (from, to, place, forth, back) in ITEMS.iter().chain(CODES) {
        let new = edited("2", &[(from, to)]);
        assert_eq!(shown(&diff(&old, &new)), [(*place, *forth)], "{from}");
        assert_eq!(shown(&diff(&new, &old)), [(*place, *back)], "{from}");
    }
}

/// Edits that take two steps, or a whole file.
#[test]
fn what_comes_and_goes_is_seen() {
    let old = edited("1", &[]);
    let tail = "scale = 2\nunit = \"CNY\"\nrequired = false\nsensitivity = \"L2\"\n\
                source = \"test\"\nverified = true\ndomains = [\"loan\"]\n";
    let with = |fourth: &str| edited("2", &[(tail, &format!("{tail}{fourth}"))]);
    let optional = with(FOURTH);
    let required = with(&FOURTH.replace("required = false", "required = true"));
    assert_eq!(shown(&diff(&old, &optional)), [("01-04", "item-added")]);
    let added = [("01-04", "required-item-added")];
    assert_eq!(shown(&diff(&old, &required)), added);
    assert_eq!(shown(&diff(&optional, &old)), [("01-04", "item-removed")]);
    let third = "code = \"03\"\nlabel = \"c\"\nsuccessor = \"01\"\n[[entry]]\n";
    let two = edited("1", &[("[[entry]]\n", &format!("[[entry]]\n{third}"))]);
    let redirected = third.replace("\"01\"", "\"04\"");
    let fourth = "code = \"04\"\nlabel = \"d\"\n[[entry]]\n";
    let text = format!("[[entry]]\n{redirected}{fourth}");
    let three = edited("2", &[("[[entry]]\n", &text)]);
    let seen = [
        ("id-type/03", "code-redirected"),
        ("id-type/04", "code-added"),
    ];
    assert_eq!(shown(&diff(&two, &three)), seen);
    let relabelled = edited("1", &[("\"a\"", "\"z\"")]);
    let reused = diff(&old, &relabelled);
    assert_eq!(shown(&reused)[0], ("catalog", "version-reused"));
}

#[test]
fn classes_and_code_sets_come_and_go() {
    let parse = |sources: &[(&str, &str)]| {
        let sources: Vec<_> = sources
            .iter()
            .map(|(name, text)| Source { name, text })
            .collect();
        Catalog::parse(&sources).unwrap()
    };
    let (first, set) = (("catalog.toml", "version = \"1\""), (FILES[2], SET));
    let small = parse(&[first, (FILES[1], SMALL), set]);
    let second = ("catalog.toml", "version = \"2\"");
    let class = SMALL
        .replace("01-0", "02-0")
        .replace("no = \"01\"", "no = \"02\"");
    let class = class.replace("\"thing\"", "\"being\"");
    let being = ("classes/02-being.toml", class.as_str());
    let large = parse(&[second, (FILES[1], SMALL), being, set, (FILES[3], OTHER_SET)]);
    let seen = [("02", "class-added"), ("other", "code-set-added")];
    assert_eq!(shown(&diff(&small, &large)), seen);
    let seen = [("02", "class-removed"), ("other", "code-set-removed")];
    assert_eq!(shown(&diff(&large, &small)), seen);
    let class = SMALL.replace("\"thing\"", "\"being\"");
    let other = parse(&[second, ("classes/01-being.toml", &class), set]);
    assert_eq!(shown(&diff(&small, &other)), [("01", "class-reused")]);
}

#[test]
fn the_gravest_change_decides() {
    let old = edited("1", &[]);
    let weight = |edits: &[(&str, &str)]| {
        let diff = diff(&old, &edited("2", edits));
        assert_eq!(diff.is_breaking(), diff.weight() == Some(Weight::Breaking));
        diff.weight()
    };
    let (renamed, widened) = (("甲", "壹"), ("length = 5", "length = 6"));
    assert_eq!(weight(&[]), None);
    assert_eq!(weight(&[("verified = true", "verified = false")]), None);
    assert_eq!(weight(&[renamed]), Some(Weight::Compatible));
    assert_eq!(weight(&[renamed, widened]), Some(Weight::Widening));
    let breaking = [renamed, ("\"CNY\"", "\"fen\""), widened];
    assert_eq!(weight(&breaking), Some(Weight::Breaking));
}

/// What the operators' runbook says of a few kinds must stay true; codes are a public form.
#[test]
fn codes_are_unique_and_the_dangerous_kinds_break() {
    let codes: BTreeSet<_> = ChangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(codes.len(), ChangeKind::ALL.len());
    for (kind, weight) in [
        (ChangeKind::ItemAdded, Weight::Compatible),
        (ChangeKind::RequiredItemAdded, Weight::Breaking),
        (ChangeKind::ItemReused, Weight::Breaking),
        (ChangeKind::CodeAdded, Weight::Widening),
        (ChangeKind::CodeRemoved, Weight::Breaking),
        (ChangeKind::CodeRelabelled, Weight::Breaking),
        (ChangeKind::SensitivityLowered, Weight::Breaking),
        (ChangeKind::SensitivityRaised, Weight::Compatible),
        (ChangeKind::Narrowed, Weight::Breaking),
        (ChangeKind::Widened, Weight::Widening),
    ] {
        assert_eq!(kind.weight(), weight, "{}", kind.as_str());
    }
}
