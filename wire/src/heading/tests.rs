//! Headings of every kind of entry, from both books.

use super::*;

fn keys(entry: &str) -> Vec<String> {
    let heading = Heading::read(entry.as_bytes()).expect("has a heading");
    let mut keys = Vec::new();
    heading.each_key("city", |parts| keys.push(parts.concat()));
    keys
}

#[test]
fn a_decision_is_found_by_everything_that_it_names() {
    let entry = r#"{"v":1,"at":"2026-11-23T10:00:00.5+08:00","salt":"00","kind":"decision",
        "query":"q-1","who":{"node":"guoguan","serial":"0a","operator":"0231","counter":"3",
        "system":"counter"},"case":{"number":"GG-\"1\"","flow":"F05","approver":"0232","use_no":1},
        "subject":"pseudonym","items":{"01":["01-01"]},"asked":["zhongzhi"],
        "skipped":{"tielu":"TS-NODE-BREAKER"}}"#;
    let expected = [
        "query:q-1",
        "subject:pseudonym",
        "case:GG-\"1\"",
        "time:2026-11-23T10",
        "kind:decision",
        "flow:F05",
        "center:guoguan",
        "node:guoguan",
        "node:zhongzhi",
        "node:tielu",
        "code:TS-NODE-BREAKER",
        "operator:guoguan/0231",
        "operator:guoguan/0232",
        "counter:guoguan/3",
    ];
    assert_eq!(keys(entry), expected);
}

#[test]
fn an_outcome_names_its_nodes_and_their_codes() {
    let entry = r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"outcome","query":"q-1",
        "decision":7,"nodes":[{"node":"tielu","elapsed_ms":3,"classes":[{"class":"04",
        "outcome":"unavailable","code":"TS-NODE-TIMEOUT","records":0}]}],"elapsed_ms":4}"#;
    let expected = [
        "query:q-1",
        "time:2026-11-23T10",
        "kind:outcome",
        "node:tielu",
        "code:TS-NODE-TIMEOUT",
    ];
    assert_eq!(keys(entry), expected);
}

#[test]
fn a_refusal_gives_its_case_as_a_text_and_a_count_its_caller() {
    let refusal = r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"refusal","query":"q-2",
        "code":"TS-CASE-REPLAYED","who":{"node":"city","operator":"0317"},"flow":"F05","case":"CT-1",
        "subject":""}"#;
    let found = keys(refusal);
    for key in ["case:CT-1", "code:TS-CASE-REPLAYED", "operator:city/0317"] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
    assert!(!found.iter().any(|found| found.starts_with("subject:")));
    let folded = r#"{"v":1,"at":"2026-11-23T10:01:00+08:00","kind":"refusals-folded",
        "code":"TS-LIMIT-CALLER","who":"tielu","count":40}"#;
    assert!(keys(folded).contains(&"center:tielu".to_owned()));
}

#[test]
fn an_agents_entries_name_their_own_center_where_it_asks() {
    let answered = r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"answered","query":"q-1",
        "case_no":"CT-1","flow":"F05","operator":"0317","counter":"2",
        "decision":{"log":"hub-1","index":1,"leaf_hash":"00"},"lamps":{"tielu":"green"}}"#;
    let found = keys(answered);
    for key in ["center:city", "operator:city/0317", "counter:city/2"] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
    let served = r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"served","query":"q-9",
        "node":"tielu","case_no":"TL-1","flow":"F05","operator":"0700",
        "classes":{"01":{"outcome":"answered","records":1}}}"#;
    let found = keys(served);
    for key in ["center:tielu", "node:city", "operator:tielu/0700"] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
}

#[test]
fn an_operator_is_found_in_whichever_letters() {
    let entry = r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"decision","query":"q-1",
        "who":{"node":"city","operator":"Li01","counter":"A3"},
        "case":{"number":"Ct-1","flow":"F05","approver":"WANG"}}"#;
    let found = keys(entry);
    for key in [
        "operator:city/li01",
        "operator:city/wang",
        "counter:city/A3",
        "case:Ct-1",
    ] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
    assert_eq!(operator_term("city/LI01"), "city/li01");
    assert_eq!(operator_term("Li01"), "li01");
}

#[test]
fn what_the_staff_did_and_saw_is_found_by_their_name() {
    let looked = r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"looked","staff":"qian",
        "serial":"0d","role":"audit","room":"audit","terms":{"center":"city"},
        "subject":"pseudonym","case_no":"GG-1"}"#;
    let found = keys(looked);
    for key in [
        "staff:qian",
        "subject:pseudonym",
        "case:GG-1",
        "kind:looked",
    ] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
    assert!(
        !found.iter().any(|found| found.starts_with("center:")),
        "was only looked for"
    );
}

#[test]
fn what_is_no_entry_of_this_version_has_no_heading() {
    for bytes in [
        "",
        "no entry",
        "{}",
        r#"{"v":2,"at":"x","kind":"decision"}"#,
    ] {
        assert!(Heading::read(bytes.as_bytes()).is_none(), "{bytes}");
    }
}
