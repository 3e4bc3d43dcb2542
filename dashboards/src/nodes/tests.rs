//! The nodes in both languages and for every kind of viewer.

use super::*;
use crate::chart::tests::viewer;
use crate::language::Language;
use crate::viewer::Act;

fn named(id: &str) -> Named {
    Named {
        id: id.to_owned(),
        zh: format!("中文{id}"),
        en: format!("en {id}"),
    }
}

fn row() -> NodeRow {
    NodeRow {
        node: named("guoguan"),
        center: "C11002".to_owned(),
        lamp: Lamp::Probing,
        links: 2,
        classes: 2,
        mapped: Some(110),
        items: 220,
        per_minute: 3.0,
        p99_ms: None,
        withheld: 7,
        software: "<b>0.1</b>".to_owned(),
        catalog: "2026.1".to_owned(),
        until: Some(("2026-12-01 00:00".to_owned(), 5)),
    }
}

fn class(id: &str, is_announced: bool) -> ClassRow {
    ClassRow {
        class: named(id),
        is_announced,
        mapped: Some(9),
        items: 12,
        lamp: Lamp::Open,
        window: [10, 6, 0, 1],
        retry_ms: Some(1_500),
        as_of: String::new(),
        asks: (12, 6),
    }
}

fn shown() -> NodeShown {
    NodeShown {
        row: row(),
        phone: "010-1".to_owned(),
        serial: "0a".to_owned(),
        classes: vec![class("04", true), class("12", false)],
        withheld: vec![WithheldRow {
            item: named("04-08"),
            defect: "unknown-code",
            count: 7,
        }],
        withheld_beyond: 2,
        minutes: vec![Minute::default(); 60],
        load: LoadRow::default(),
        limits: vec![("node.per_second".to_owned(), 50, true)],
        done: None,
        key: "abcd".to_owned(),
    }
}

#[test]
fn what_a_role_may_not_do_is_not_offered() {
    let duty = viewer(Language::English, &[Act::Trip]);
    let page = one::whole(&duty, &shown(), "04").into_string();
    assert!(page.contains("<option value=\"trip\""));
    assert!(!page.contains("<option value=\"reset\""));
    assert!(page.contains("<option value=\"04\" selected>"));
    assert!(
        !page.contains("<option value=\"12\""),
        "nobody asks it for that"
    );
    assert!(page.contains("value=\"/nodes/guoguan\"") && page.contains("value=\"abcd\""));
    let audit = viewer(Language::English, &[]);
    let page = one::whole(&audit, &shown(), "").into_string();
    assert!(!page.contains("action=\"/acts\"") && page.contains("Your role may look"));
}

#[test]
fn a_node_says_what_it_holds_and_what_is_wrong_with_it() {
    for (language, words) in [
        (
            Language::Chinese,
            [
                "110 / 220 (50 %)",
                "已熔断",
                "未知代码",
                "不应答",
                "临时",
                "! 5 天",
            ],
        ),
        (
            Language::English,
            [
                "110 / 220 (50 %)",
                "breaker open",
                "unknown code",
                "not answered for",
                "temporary",
                "! 5 days",
            ],
        ),
    ] {
        let viewer = viewer(language, &[]);
        let page = one::whole(&viewer, &shown(), "").into_string();
        for word in words {
            assert!(page.contains(word), "{word}");
        }
        assert!(page.contains("10 / 6 / 0 / 1") && page.contains(">1.5<"));
        assert!(!page.contains("<b>") && !page.contains("style="));
        let page = list::whole(&viewer, &[row()]).into_string();
        assert!(page.contains("href=\"/nodes/guoguan\"") && !page.contains("<b>"));
    }
    let unsaid = NodeRow {
        mapped: None,
        ..row()
    };
    let page = list::whole(&viewer(Language::English, &[]), &[unsaid]).into_string();
    assert!(page.contains("not said"), "that is not zero");
}

#[test]
fn every_defect_of_the_catalog_has_its_words() {
    let source = include_str!("../../../catalog/src/defect.rs");
    let rows = source.split_once("defects! {\n").expect("has a table").1;
    let codes: Vec<_> = rows.split(" = \"").skip(1).collect();
    let codes: Vec<_> = codes
        .iter()
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(codes.len() > 15, "{codes:?}");
    for code in codes {
        assert!(words::defect(code).is_some(), "{code}");
    }
}
