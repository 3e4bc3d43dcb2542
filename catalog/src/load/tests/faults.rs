//! Tests of the faults a source can have: each with its file, line and reason.

use crate::catalog::Catalog;
use crate::fault::{Fault, Source};
use proptest::prelude::*;

const VERSION: Source<'_> = Source {
    name: "catalog.toml",
    text: "version = \"1\"\n",
};
const IDS: Source<'_> = Source {
    name: "code-sets/id-type.toml",
    text: "name = \"id-type\"\nzh = \"证件\"\nen = \"id\"\n\n\
           [[entry]]\ncode = \"01\"\nlabel = \"a\"\n",
};
const CLASS: &str = r#"no = "01"
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
length = 2
code_set = "id-type"
required = false
key = "subject"
sensitivity = "L4"
source = "test"
verified = true
domains = ["loan", "transfer"]
"#;

fn faults_of(sources: &[Source<'_>]) -> Vec<String> {
    match Catalog::parse(sources) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults().iter().map(Fault::to_string).collect(),
    }
}

fn faults_with(from: &str, to: &str) -> Vec<String> {
    assert!(CLASS.contains(from), "{from}");
    let text = CLASS.replacen(from, to, 1);
    faults_of(&[
        VERSION,
        IDS,
        Source {
            name: "classes/01-thing.toml",
            text: &text,
        },
    ])
}

/// A change to the class above, and the line and reason of the fault it makes.
const CLASS_FAULTS: &[(&str, &str, usize, &str)] = &[
    (
        "no = \"01-02\"",
        "no = \"01-04\"",
        20,
        "item `01-02` is missing before `01-04`",
    ),
    (
        "no = \"01-02\"",
        "no = \"01-01\"",
        20,
        "item `01-01` occurs twice",
    ),
    (
        "no = \"01-02\"",
        "no = \"02-02\"",
        20,
        "item `02-02` does not belong to class `01`",
    ),
    (
        "no = \"01-02\"",
        "no = \"1-2\"",
        21,
        "`1-2` is not an item number",
    ),
    (
        "code = \"bb\"",
        "code = \"aa\"",
        20,
        "item code `aa` occurs twice in the class",
    ),
    ("code = \"bb\"", "", 20, "`code` is missing"),
    (
        "key = \"record\"",
        "",
        1,
        "a class must have exactly one record key",
    ),
    (
        "key = \"record\"",
        "key = \"subject\"",
        1,
        "a class must have exactly one record key",
    ),
    (
        "key = \"subject\"",
        "",
        1,
        "a class must have a subject key",
    ),
    (
        "key = \"record\"",
        "key = \"primary\"",
        14,
        "`primary` is not a key role",
    ),
    (
        "\"id-type\"",
        "\"nothing\"",
        20,
        "code set `nothing` does not exist",
    ),
    (
        "length = 2",
        "length = 1",
        20,
        "codes of `id-type` are longer than the `length`",
    ),
    (
        "length = 5",
        "length = 0",
        12,
        "`length` must be a whole number from 1 to 1000",
    ),
    ("length = 5", "", 6, "`length` is missing"),
    (
        "type = \"text\"",
        "type = \"string\"",
        11,
        "`string` is not a type",
    ),
    (
        "length = 5",
        "length = 5\nformat = \"iban\"",
        13,
        "`iban` is not a format",
    ),
    (
        "length = 5",
        "length = 5\nformat = \"id-number\"",
        13,
        "an id number needs the item",
    ),
    (
        "length = 5",
        "length = 5\nformat = \"id-number\"\nid_type = \"01-01\"",
        6,
        "item `01-01` is not the type of an id number",
    ),
    (
        "length = 5",
        "length = 5\ncolour = 1",
        13,
        "`colour` is not known here",
    ),
    (
        "required = true",
        "required = \"yes\"",
        13,
        "`required` must be true or false",
    ),
    (
        "required = true",
        "required = true\ninput_only = true",
        13,
        "input only cannot be",
    ),
    ("\"L1\"", "\"L5\"", 15, "`L5` is not a sensitivity"),
    ("\"transfer\"]", "\"trade\"]", 33, "`trade` is not a domain"),
    ("\"transfer\"]", "\"loan\"]", 33, "`loan` is listed twice"),
    (
        "code = \"thing\"",
        "code = \"other\"",
        1,
        "must be named `classes/01-other.toml`",
    ),
    (
        "zh = \"物\"",
        "zh = \" \"",
        3,
        "`zh` must be a text that is not empty",
    ),
    ("zh = \"物\"", "zh = ", 3, ""),
];

#[test]
fn a_fault_of_a_class_is_named_with_file_and_line() {
    assert_eq!(
        faults_with("code = \"aa\"", "code = \"aa\""),
        [] as [String; 0]
    );
    for (from, to, line, reason) in CLASS_FAULTS {
        let faults = faults_with(from, to);
        let start = format!("classes/01-thing.toml:{line}: ");
        assert_eq!(faults.len(), 1, "{to}: {faults:?}");
        assert!(
            faults[0].starts_with(&start) && faults[0].contains(reason),
            "{to}: {faults:?}"
        );
    }
}

#[test]
fn a_decimal_has_two_digits_after_the_point() {
    let faults = faults_with(
        "type = \"text\"\nlength = 5",
        "type = \"decimal\"\nprecision = 8\nscale = 3",
    );
    assert!(
        faults.len() == 1 && faults[0].contains("`scale` must be 2"),
        "{faults:?}"
    );
}

#[test]
fn all_faults_are_named_at_once() {
    let text = CLASS.replace("sensitivity = \"L1\"", "sensitivity = \"top\"");
    let text = text.replace("code_set = \"id-type\"", "code_set = \"lost\"");
    let ids = IDS.text.replace("label", "lable");
    let faults = faults_of(&[
        Source {
            name: "classes/01-thing.toml",
            text: &text,
        },
        Source {
            name: "code-sets/id-type.toml",
            text: &ids,
        },
        Source {
            name: "notes.txt",
            text: "",
        },
    ]);
    let expected = [
        "catalog.toml:1: the file is missing",
        "classes/01-thing.toml:15: `top` is not a sensitivity",
        "classes/01-thing.toml:20: code set `lost` does not exist",
        "code-sets/id-type.toml:5: `label` is missing",
        "code-sets/id-type.toml:7: `lable` is not known here",
        "notes.txt:1: a catalogue has no file of this name",
    ];
    assert_eq!(faults, expected);
}

/// An addition to the code set above, and the fault it makes.
const CODE_SET_FAULTS: &[(&str, &str)] = &[
    (
        "[[entry]]\ncode = \"01\"\nlabel = \"b\"\n",
        "9: code `01` is listed twice",
    ),
    (
        "[[entry]]\ncode = \"a;b\"\nlabel = \"b\"\n",
        "9: `a;b` is not a code",
    ),
    (
        "successor = \"77\"\n",
        "8: the successor `77` is not a code in use",
    ),
    (
        "[pattern]\ndigits_min = 1\ndigits_max = 2\n",
        "a pattern has either",
    ),
    (
        "[pattern]\nentry_prefix = true\ndigits_max = 2\n",
        "both `digits_min`",
    ),
    (
        "[pattern]\nprefixes = [\"C\"]\ndigits_min = 3\ndigits_max = 2\n",
        "is above",
    ),
];

#[test]
fn faults_of_code_sets_and_of_the_whole_are_named() {
    let class = Source {
        name: "classes/01-thing.toml",
        text: CLASS,
    };
    let second = CLASS
        .replace("no = \"01", "no = \"03")
        .replace("thing", "third");
    let third = Source {
        name: "classes/03-third.toml",
        text: &second,
    };
    let cases: &[(&str, &[Source<'_>])] = &[
        ("class `02` is missing", &[VERSION, IDS, class, third]),
        ("class `01` occurs twice", &[VERSION, IDS, class, class]),
        ("the file occurs twice", &[VERSION, VERSION, IDS, class]),
        (
            "code set `id-type` occurs twice",
            &[VERSION, IDS, IDS, class],
        ),
        ("at least one class", &[VERSION, IDS]),
        ("code set `id-type` does not exist", &[VERSION, class]),
    ];
    for (reason, sources) in cases {
        let faults = faults_of(sources);
        assert!(
            faults.iter().any(|fault| fault.contains(reason)),
            "{reason}: {faults:?}"
        );
    }
    for (added, reason) in CODE_SET_FAULTS {
        let text = format!("{}{added}", IDS.text);
        let faults = faults_of(&[VERSION, class, Source { text: &text, ..IDS }]);
        assert!(
            faults.iter().any(|fault| fault.contains(reason)),
            "{reason}: {faults:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_loader(text in any::<String>(), name in 0usize..4) {
        let name = ["catalog.toml", "classes/x.toml", "code-sets/x.toml", "x"][name];
        let _ = Catalog::parse(&[Source { name, text: &text }]);
    }

    #[test]
    fn no_damaged_class_breaks_the_loader(
        at in 0usize..CLASS.len(),
        with in "[\\[\\]=\"0-9a\n{}.]{0,3}",
    ) {
        let mut at = at;
        while !CLASS.is_char_boundary(at) {
            at -= 1;
        }
        let text = format!("{}{with}{}", &CLASS[..at], &CLASS[at..]);
        let class = Source { name: "classes/01-thing.toml", text: &text };
        let _ = Catalog::parse(&[VERSION, IDS, class]);
    }
}

/// The version before is named whole, and is another one.
#[test]
fn a_predecessor_is_another_version() {
    let of = |heading: &str| {
        let heading = Source {
            name: "catalog.toml",
            text: heading,
        };
        let class = Source {
            name: "classes/01-thing.toml",
            text: CLASS,
        };
        Catalog::parse(&[heading, class, IDS])
    };
    let with = |version: &str, digest: &str| {
        format!("version = \"2\"\n\n[previous]\nversion = \"{version}\"\ndigest = \"{digest}\"\n")
    };
    let other = "0".repeat(64);
    let good = of(&with("1", &other)).unwrap();
    let previous = good.previous().unwrap();
    assert_eq!((previous.version.as_str(), good.version()), ("1", "2"));
    assert_eq!(previous.digest.to_string(), other);
    assert_eq!(of("version = \"2\"").unwrap().previous(), None);
    let own = good.digest().to_string();
    for (heading, fault) in [
        (with("2", &other), "4: the version before has another label"),
        (with("1", &own), "3: the `digest` is this catalogue's own"),
        (with("1", "00"), "5: `00` is not a digest"),
        (with("1 b", &other), "4: `1 b` is not a version"),
        (
            "version = \"2\"\n[previous]\n".into(),
            "2: `digest` is missing",
        ),
        ("version = \"20260101-release-7\"\n".into(), "1: `2026"),
    ] {
        let error = of(&heading).expect_err(&heading);
        let said: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
        let expected = format!("catalog.toml:{fault}");
        assert!(
            said.iter().any(|said| said.starts_with(&expected)),
            "{said:?}"
        );
    }
}
