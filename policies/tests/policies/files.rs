//! Trust list, vetoes, schema and policies: a bad file is refused with every fault and its line.

use std::path::Path;

use catalog::Source;
use policies::guard::Vetoes;
use policies::{PolicyError, PolicySet, RuleFiles, TrustList};

use super::book::faults;
use super::star::STAR;

#[test]
fn a_bad_trust_list_names_every_fault() {
    let zero = "0".repeat(64);
    let key = "1".repeat(64);
    let node = |id: &str, center: &str, key: &str| {
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"{center}\"\nzh = \"中\"\nen = \"c\"\n\
             case_key = \"{key}\"\nphone = \"1\"\n"
        )
    };
    let text = [
        node("City", "C11000", &key),
        node("tielu", "11003", &zero),
        node("a", "C11000", &"2".repeat(64)),
        node("b", "C11000", &"2".repeat(64)),
        node("a", "C11000", &"3".repeat(64)),
        "[[node]]\nid = \"c\"\nsecret = \"x\"\n".to_owned(),
    ]
    .concat();
    let found = faults(
        TrustList::parse(&Source {
            name: "t",
            text: &text,
        })
        .expect_err("refused"),
    );
    let expected = [
        "t:2: `City` is not a node id",
        "t:10: `11003` is not a center code",
        "t:13: `case_key` must be",
        "t:22: a key of `b` stands for another node or officer too",
        "t:29: node `a` is listed twice",
        "t:36: `case_key` is missing",
        "t:38: unknown key `secret`",
    ];
    for wanted in expected {
        assert!(
            found.iter().any(|fault| fault.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
    assert!(
        !format!("{found:?}").contains(&zero),
        "a key is never quoted"
    );
    let empty = TrustList::parse(&Source {
        name: "t",
        text: "",
    })
    .expect_err("refused");
    assert_eq!(faults(empty), ["t:1: needs from 1 to 256 nodes"]);
}

#[test]
fn an_officer_stands_once_under_a_key_of_their_own() {
    let node = |id: &str, digit: &str| {
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"C11000\"\nzh = \"中\"\nen = \"c\"\n\
             case_key = \"{}\"\nphone = \"1\"\n",
            digit.repeat(64)
        )
    };
    let officer =
        |name: &str, key: &str| format!("[[node.officers]]\nname = \"{name}\"\nkey = \"{key}\"\n");
    let text = [
        node("d", "4"),
        officer("li", &"5".repeat(64)),
        officer("Li", &"6".repeat(64)),
        officer("张三", &"7".repeat(64)),
        officer("wu", &format!("01{}", "0".repeat(62))),
        node("e", "8"),
        officer("zhao", &"4".repeat(64)),
        "[[node.officers]]\nname = \"qian\"\nphone = \"1\"\n".to_owned(),
    ]
    .concat();
    let found = TrustList::parse(&Source {
        name: "t",
        text: &text,
    });
    let found = faults(found.expect_err("refused"));
    let expected = [
        "t:11: officer `Li` is listed twice",
        "t:15: an officer is named as operators are",
        "t:19: `key` must be a public key",
        "t:20: a key of `e` stands for another node or officer too",
        "t:30: `key` is missing",
        "t:32: unknown key `phone`",
    ];
    for wanted in expected {
        assert!(
            found.iter().any(|fault| fault.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
}

#[test]
fn a_member_of_the_staff_has_roles_that_go_together() {
    let node = format!(
        "[[node]]\nid = \"d\"\ncenter_code = \"C11000\"\nzh = \"中\"\nen = \"c\"\n\
         case_key = \"{}\"\nphone = \"1\"\n",
        "4".repeat(64)
    );
    let member = |name: &str, roles: &str| {
        format!("[[staff]]\nname = \"{name}\"\nroles = [{roles}]\nzh = \"员\"\nen = \"e\"\n")
    };
    let parse = |staff: &[String]| {
        let text = format!("{node}{}", staff.concat());
        TrustList::parse(&Source {
            name: "t",
            text: &text,
        })
    };
    let good = [
        member("li", "\"system\", \"duty\""),
        member("wang", "\"audit\""),
    ];
    let list = parse(&good).expect("is sound");
    let roles = |name: &str| list.staff(name).map(|staff| staff.roles.clone());
    let both = [policies::Role::System, policies::Role::Duty].into();
    assert_eq!(roles("li"), Some(both));
    assert_eq!(roles("wang"), Some([policies::Role::Audit].into()));
    assert_eq!(roles("zhao"), None);
    let bad = [
        member("li", "\"system\", \"security\""),
        member("Wang", "\"audit\""),
        member("sun", "\"king\""),
        member("zhou", ""),
        member("li", "\"duty\""),
    ];
    let found = faults(parse(&bad).expect_err("refused"));
    let expected = [
        "t:8: one person never holds two of system, security and audit, nor audit and duty",
        "t:14: a member of the staff is named as in its certificate",
        "t:20: `king` is none of",
        "t:18: a member of the staff has at least one role",
        "t:28: staff `li` is listed twice",
    ];
    for wanted in expected {
        assert!(
            found.iter().any(|fault| fault.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
}

/// Every two roles: what keeps an eye on another is in another hand.
#[test]
fn of_two_roles_only_duty_goes_with_system_or_security() {
    use policies::Role::{self, Audit, Duty, Security, System};
    let node = format!(
        "[[node]]\nid = \"d\"\ncenter_code = \"C11000\"\nzh = \"中\"\nen = \"c\"\n\
         case_key = \"{}\"\nphone = \"1\"\n",
        "4".repeat(64)
    );
    let mut together = Vec::new();
    for one in Role::ALL {
        for other in Role::ALL.into_iter().filter(|other| *other != one) {
            let text = format!(
                "{node}[[staff]]\nname = \"li\"\nroles = [\"{one}\", \"{other}\"]\n\
                 zh = \"员\"\nen = \"e\"\n"
            );
            let list = TrustList::parse(&Source {
                name: "t",
                text: &text,
            });
            assert_eq!(list.is_ok(), one.goes_with(other), "{one}, {other}");
            if list.is_ok() {
                together.push((one, other));
            }
        }
        assert!(one.goes_with(one));
    }
    together.sort();
    let expected = [
        (System, Duty),
        (Security, Duty),
        (Duty, System),
        (Duty, Security),
    ];
    assert_eq!(together, expected);
    let all = format!(
        "{node}[[staff]]\nname = \"li\"\nroles = [\"duty\", \"system\", \"{Audit}\"]\n\
         zh = \"员\"\nen = \"e\"\n"
    );
    let list = TrustList::parse(&Source {
        name: "t",
        text: &all,
    });
    assert!(list.is_err(), "three neither");
}

#[test]
fn a_bad_veto_file_names_every_fault() {
    let text = "[[deny]]\nreason = \"r\"\n[[deny]]\nflow = \"F5\"\nclass = \"15\"\n\
                item = \"04.no\"\nasking_node = \"A\"\n[[allow]]\nflow = \"F05\"\n";
    let found = faults(Vetoes::parse(&Source { name: "v", text }, &STAR.catalog).expect_err("no"));
    let expected = [
        "v:1: a veto names",
        "v:3: `reason` is missing",
        "v:4: `F5` is not a flow",
        "v:5: `15` is not a class of the catalog",
        "v:6: `04.no` is not an item of the catalog",
        "v:7: `A` is not a node id",
        "v:8: unknown key `allow`",
    ];
    for wanted in expected {
        assert!(
            found.iter().any(|fault| fault.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
}

const SCHEMA: &str = include_str!("../../schema.cedarschema");
const PERMIT: &str = include_str!("../../base/use-flow.cedar");

fn load(schema: &str, policies: &[(&str, &str)]) -> Result<PolicySet, PolicyError> {
    let sources: Vec<_> = policies
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    let schema = Source {
        name: "schema.cedarschema",
        text: schema,
    };
    PolicySet::parse(&schema, &sources, &STAR.catalog, &STAR.flows)
}

#[test]
fn a_policy_that_does_not_validate_is_refused_in_its_file() {
    let bad = [
        (
            "typo.cedar",
            "@id(\"typo\")\nforbid (principal, action, resource is Flow)\n\
             when { resource.detials };",
        ),
        (
            "class.cedar",
            "@id(\"class\") forbid (principal, action in [Action::\"ask\"], resource)\n\
             when { context.classes.contains(Class::\"15\") };",
        ),
        (
            "kind.cedar",
            "@id(\"kind\") forbid (principal, action in [Action::\"ask\"], resource)\n\
             when { context.today == \"x\" };",
        ),
        ("anonymous.cedar", "forbid (principal, action, resource);"),
        (
            "twin.cedar",
            "@id(\"use-flow\") forbid (principal, action, resource);",
        ),
        (
            "slot.cedar",
            "@id(\"slot\") permit (principal == ?principal, action, resource);",
        ),
        ("text.cedar", "allow everything"),
    ];
    for (name, text) in bad {
        let error = load(SCHEMA, &[("use-flow.cedar", PERMIT), (name, text)]).expect_err(name);
        assert!(
            error.faults().iter().any(|fault| fault.file == name),
            "{name}: {error}"
        );
    }
    assert!(load(SCHEMA, &[("use-flow.cedar", PERMIT)]).is_ok());
    let error = load(SCHEMA, &[bad[0]]).expect_err("refused");
    assert_eq!(error.faults()[0].line, 3, "{error}");
}

#[test]
fn a_schema_that_does_not_match_catalog_and_flows_is_refused() {
    let rows = [
        (
            "\"13\", \"14\"",
            "\"13\"",
            "`Class`: not the schema knows `14`",
        ),
        (
            "\"13\", \"14\"",
            "\"13\", \"14\", \"15\"",
            "`Class`: only the schema knows `15`",
        ),
        (
            "\"handler\"",
            "\"neighbour\"",
            "`Role`: only the schema knows `neighbour`",
        ),
        (
            "\"A\", \"B\", \"C\", \"D\"",
            "\"A\", \"B\", \"C\"",
            "`Basis`: not the schema knows `D`",
        ),
        (
            "\"night\"",
            "\"nights\"",
            "`Hours`: only the schema knows `nights`",
        ),
        (
            "\"scope\"",
            "\"scope\", \"mood\"",
            "`BasisPart`: only the schema knows `mood`",
        ),
        ("\"52\"", "\"53\"", "`Matter`: not the schema knows `52`"),
        (
            "entity Node;",
            "entity Node;\nentity Colour enum [\"red\"];",
            "`Colour`: an enumeration of nothing",
        ),
        ("    details: Bool,\n", "", "details"),
        ("entity Node;", "", "Node"),
    ];
    for (from, to, reason) in rows {
        assert!(SCHEMA.contains(from), "{from}");
        let error = load(&SCHEMA.replacen(from, to, 1), &[("use-flow.cedar", PERMIT)]);
        let error = error.expect_err(reason).to_string();
        assert!(error.contains(reason), "{reason}\n{error}");
    }
}

/// The console session of docs/policies.md counts what is delivered.
#[test]
fn the_page_about_rules_counts_what_is_delivered() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policies.md");
    let page = std::fs::read_to_string(page).expect("is there");
    let files = RuleFiles::builtin();
    let (flows, centers, base) = (files.flows.len(), files.centers.len(), files.base.len());
    let exported = format!("{} files in `rules`, ", flows + centers + base + 2);
    let sound = format!("{flows} flows, {centers} centers, {base} base policies are sound, ");
    for (said, mark, times) in [
        (exported, "files in `", 1),
        (sound, "policies are sound", 2),
    ] {
        let lines: Vec<_> = page.lines().filter(|line| line.contains(mark)).collect();
        assert_eq!(lines.len(), times, "{lines:?}");
        for line in lines {
            assert!(line.starts_with(&said), "`{line}` for `{said}`");
        }
    }
}
