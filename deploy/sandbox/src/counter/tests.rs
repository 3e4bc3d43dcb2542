//! The rules at their edges, on answers made here: a table for each rule.

mod accounts;
mod houses;
mod loans;
mod parties;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::Date;
use time::macros::date;

use super::*;
use crate::client::Answer;
use crate::world::Node;

const TODAY: Date = date!(2026 - 11 - 23);

/// What a center tells: node, class, and a record as `code=value code=value`, an outcome as
/// `!unavailable`, or a verdict as `?open-loan=true`.
type Row<'a> = (&'a str, &'a str, &'a str);

/// An answer of the four centers about these classes: what is not told is "no record".
fn answer(classes: &[&str], rows: &[Row<'_>]) -> Answer {
    let lamps: Vec<Value> = Node::ALL.map(|node| lamp(node, classes, rows)).into();
    let receipt = json!({"log": "hub-1", "index": 0, "leaf_hash": "0".repeat(64)});
    let answer = json!({
        "query": "q1", "elapsed_ms": 1, "lamps": lamps,
        "receipts": {"decision": receipt, "outcome": receipt, "own": receipt},
    });
    serde_json::from_value(answer).unwrap()
}

fn lamp(node: Node, classes: &[&str], rows: &[Row<'_>]) -> Value {
    let mut lamp = "nothing";
    let mut told = Vec::new();
    for class in classes {
        let rows = rows
            .iter()
            .filter(|(at, of, _)| *at == node.id() && of == class);
        let (mut outcome, mut records, mut verdicts) = ("no-record", Vec::new(), Map::new());
        for (_, _, row) in rows {
            lamp = if lamp == "nothing" { "answered" } else { lamp };
            if let Some(other) = row.strip_prefix('!') {
                outcome = other;
                lamp = if other == "stale" {
                    "stale"
                } else {
                    "not-known"
                };
            } else if let Some(verdict) = row.strip_prefix('?') {
                let (id, finding) = verdict.split_once('=').unwrap();
                verdicts.insert(id.to_owned(), serde_json::from_str(finding).unwrap());
            } else {
                records.push(record(row));
                outcome = if outcome == "no-record" {
                    "answered"
                } else {
                    outcome
                };
            }
        }
        told.push(json!({
            "class": class, "outcome": outcome, "code": null, "verdicts": verdicts,
            "records": records, "notes": [],
        }));
    }
    json!({
        "node": node.id(), "name": {"zh": node.name_zh(), "en": node.id()}, "lamp": lamp,
        "say": {"zh": "", "en": ""}, "elapsed_ms": 1, "as_of": "2026-11-22T00:00:00+08:00",
        "classes": told,
    })
}

/// The whole unit number that `U1` is short for; any other text as it is.
fn unit(short: &str) -> String {
    match short.strip_prefix('U').and_then(|n| n.parse::<u32>().ok()) {
        Some(n) => format!("110109001001GB{n:05}F{n:08}"),
        None => short.to_owned(),
    }
}

/// `-` stands for a value that was withheld.
fn record(row: &str) -> Value {
    let values = row
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap());
    let values: BTreeMap<&str, Value> = values
        .map(|(code, text)| match text {
            "-" => (
                code,
                json!({"absent": "withheld", "defect": "unknown-code"}),
            ),
            text if code == "bdcdyh" => (code, json!(unit(text))),
            text => (code, json!(text)),
        })
        .collect();
    json!(values)
}

#[test]
fn what_is_found_is_final_then_who_is_missing_then_what_a_person_sees() {
    let at = |rule: Rule| Reason::of(rule);
    let park = |node: &str| Verdict::Park([node.to_owned()].into());
    let stop = || Verdict::Stop(at(Rule::LoanCap));
    let alert = || Verdict::Alert(at(Rule::Notice));
    let manual = || Verdict::Manual(at(Rule::Spouse));
    for (verdicts, expected) in [
        (vec![], "go"),
        (vec![Verdict::Go, alert()], "alert: notice"),
        (vec![manual(), alert()], "manual: spouse"),
        (vec![manual(), park("city"), alert()], "park: city"),
        (
            vec![park("tielu"), Verdict::Go, park("city")],
            "park: city, tielu",
        ),
        (vec![park("tielu"), stop(), park("city")], "stop: loan-cap"),
        (
            vec![stop(), Verdict::Stop(at(Rule::LoanYears))],
            "stop: loan-cap",
        ),
    ] {
        assert_eq!(weigh(verdicts).to_string(), expected);
    }
}

#[test]
fn every_rule_has_its_own_name_and_a_sentence_without_a_number() {
    let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    for rule in Rule::ALL {
        let said = rule.say();
        assert!(!said.zh.is_ascii() && said.en.is_ascii(), "{said:?}");
        assert!(
            !said.zh.chars().chain(said.en.chars()).any(char::is_numeric),
            "{said:?}"
        );
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Rule::ALL.len());
}

/// Each way of not being heard, and the one way in which nobody is missing.
#[test]
fn a_center_that_is_not_heard_is_never_clean() {
    for (rows, expected) in [
        (vec![], "go"),
        (vec![("guoguan", "04", "!unavailable")], "park: guoguan"),
        (vec![("guoguan", "04", "!refused")], "park: guoguan"),
        (vec![("tielu", "04", "!stale")], "park: tielu"),
        (vec![("tielu", "04", "!not-covered")], "go"),
        (vec![("city", "04", "!something-new")], "park: city"),
        (
            Node::ALL
                .map(|node| (node.id(), "04", "!not-covered"))
                .into(),
            "park: city, guoguan, tielu, zhongzhi",
        ),
    ] {
        let answer = answer(&["04"], &rows);
        let verdict = duplicate_account(&answer, Node::City, "01");
        assert_eq!(verdict.to_string(), expected, "{rows:?}");
    }
    let unasked = answer(&["03"], &[]);
    let verdict = duplicate_account(&unasked, Node::City, "01");
    assert_eq!(verdict.to_string(), "park: city, guoguan, tielu, zhongzhi");
    let mut short = answer(&["04"], &[]);
    short.lamps.retain(|lamp| lamp.node != "tielu");
    assert_eq!(
        duplicate_account(&short, Node::City, "01").to_string(),
        "park: tielu"
    );
}

#[test]
fn a_clerk_reads_center_record_and_how_old_it_is_but_no_amount() {
    let row = "tqyy=01 spzt=04 fse=800000.00 ywlsh=TQ3 sqrq=2026-01-01 bdcdyh=U1";
    let answer = answer(
        &["06"],
        &[("guoguan", "06", "!stale"), ("guoguan", "06", row)],
    );
    let verdict = repeat_withdrawal(&answer, &houses::purchase("U1"));
    let Verdict::Stop(reason) = &verdict else {
        panic!("{verdict}")
    };
    assert_eq!(
        (reason.center.as_deref(), reason.record.as_deref()),
        (Some("guoguan"), Some("TQ3"))
    );
    let said = verdict.say();
    for text in [&said.zh, &said.en] {
        assert!(
            text.contains("TQ3") && text.contains("2026-11-22"),
            "{text}"
        );
        assert!(!text.contains("800000"), "{text}");
    }
    assert!(said.zh.contains("国管分中心"), "{said:?}");
}
