//! Tests of loading: the built-in catalogue as a whole, and every fault a source can have.

use super::*;
use crate::builtin;
use crate::item::{Item, ItemType};
use crate::number::ItemNo;

const CODE_SETS: [&str; 44] = [
    "admin-division",
    "affiliation",
    "approval-status",
    "center",
    "collection-transaction-type",
    "coverage-scope",
    "deferral-reduction",
    "economic-type",
    "education",
    "employer-account-status",
    "enterprise-status",
    "freeze-flag",
    "fund-kind",
    "guarantee-type",
    "house-nature",
    "housing-contract-status",
    "id-type",
    "industry",
    "institution",
    "institution-type",
    "loan-party-role",
    "loan-risk-grade",
    "loan-status",
    "loan-type",
    "marital-status",
    "marriage-registration-type",
    "occupation",
    "personal-account-status",
    "purchase-type",
    "relation",
    "repayment-method",
    "restricted-matter",
    "restriction-status",
    "restriction-type",
    "reversal-flag",
    "sex",
    "subject-kind",
    "transfer-direction",
    "transfer-scope",
    "transfer-status",
    "verification-result",
    "withdrawal-matter",
    "withdrawal-method",
    "withdrawal-reason",
];

#[test]
fn the_builtin_catalogue_has_14_classes_and_220_items() {
    let catalog = Catalog::builtin().unwrap();
    let counts: Vec<_> = catalog
        .classes()
        .iter()
        .map(|class| class.items.len())
        .collect();
    assert_eq!(
        counts,
        [15, 12, 16, 20, 13, 22, 20, 21, 12, 14, 15, 14, 14, 12]
    );
    assert_eq!(catalog.items().count(), 220);
    assert_eq!(catalog.version(), "2026.1");
}

#[test]
fn the_builtin_catalogue_has_these_code_sets_and_uses_each() {
    let catalog = Catalog::builtin().unwrap();
    let names: Vec<_> = catalog.code_sets().map(CodeSet::name).collect();
    assert_eq!(names, CODE_SETS);
    for name in CODE_SETS {
        let used = catalog
            .items()
            .any(|item| matches!(&item.kind, ItemType::Code { set, .. } if set == name));
        assert!(used, "{name}");
    }
}

#[test]
fn things_are_found_by_number_code_and_name() {
    let catalog = Catalog::builtin().unwrap();
    let no: ItemNo = "04-08".parse().unwrap();
    let status = catalog.item(no).unwrap();
    assert_eq!(status.code, "grzhzt");
    assert_eq!(
        catalog.item_named("04.grzhzt").map(|item| item.no),
        Some(no)
    );
    assert_eq!(
        catalog
            .item_named("personal-account.grzhzt")
            .map(|item| item.no),
        Some(no)
    );
    for absent in ["grzhzt", "04.", "04.xxxx", "15.grzhzt", ".grzhzt"] {
        assert!(catalog.item_named(absent).is_none(), "{absent}");
    }
    assert_eq!(
        catalog
            .class_by_code("marriage")
            .map(|class| class.no.get()),
        Some(13)
    );
    let key = catalog.class(no.class()).unwrap().record_key().unwrap();
    assert_eq!(key.code, "grzh");
    assert!(catalog.item("01-16".parse().unwrap()).is_none());
}

#[test]
fn the_special_items_are_what_they_should_be() {
    let catalog = Catalog::builtin().unwrap();
    let input: Vec<_> = catalog
        .items()
        .filter(|item| item.input_only)
        .map(named)
        .collect();
    assert_eq!(input, ["12-03 wqcxmm"]);
    let several: Vec<_> = catalog
        .items()
        .filter(|item| matches!(item.kind, ItemType::Code { multiple: true, .. }))
        .map(named)
        .collect();
    assert_eq!(several, ["11-09 xzsx"]);
    let months: Vec<_> = catalog
        .items()
        .filter(|item| item.kind == ItemType::Month)
        .map(named)
        .collect();
    assert_eq!(
        months,
        [
            "02-07 jzny",
            "02-09 hjjzny",
            "03-08 csny",
            "04-10 jzny",
            "05-08 hbjny",
            "07-13 jzny"
        ]
    );
}

fn named(item: &Item) -> String {
    format!("{} {}", item.no, item.code)
}

#[test]
fn retired_divisions_name_their_successors() {
    let catalog = Catalog::builtin().unwrap();
    let divisions = catalog.code_set("admin-division").unwrap();
    assert!(divisions.contains("110103") && divisions.contains("110104"));
    assert_eq!(divisions.successor("110103"), Some("110101"));
    assert_eq!(divisions.successor("110104"), Some("110102"));
    assert_eq!(divisions.successor("110101"), None);
    assert_eq!(divisions.label("110104"), Some("宣武"));
    let industry = catalog.code_set("industry").unwrap();
    assert_eq!(industry.label("C261"), Some("制造"));
    assert_eq!(
        catalog.code_set("institution").unwrap().label("C52240"),
        None
    );
}

#[test]
fn the_digest_follows_the_meaning_and_not_the_formatting() {
    let builtin = *Catalog::builtin().unwrap().digest();
    let with = |edit: &dyn Fn(&str, &str) -> String| {
        let texts: Vec<_> = builtin::SOURCES
            .iter()
            .map(|source| edit(source.name, source.text))
            .collect();
        let mut sources: Vec<_> = builtin::SOURCES
            .iter()
            .zip(&texts)
            .map(|(source, text)| Source {
                name: source.name,
                text,
            })
            .collect();
        sources.reverse();
        *Catalog::parse(&sources).unwrap().digest()
    };
    assert_eq!(
        with(&|_, text| format!("# a remark\n\n{}", text.replace(" = ", "="))),
        builtin
    );
    assert_eq!(
        with(&|_, text| text.replace("verified = true", "verified = false")),
        builtin
    );
    for (from, to) in [
        ("required = true", "required = false"),
        ("label = \"正常\"", "label = \"异常\""),
        ("sensitivity = \"L2\"", "sensitivity = \"L3\""),
        ("precision = 18", "precision = 17"),
        ("successor = \"110101\"", "successor = \"110102\""),
    ] {
        assert_ne!(with(&|_, text| text.replace(from, to)), builtin, "{from}");
    }
    assert_eq!(builtin.to_string().parse(), Ok(builtin));
}

mod faults;
