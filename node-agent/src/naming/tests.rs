//! What a hub gets named, how often, and what this center has on record of it.

use super::*;
use crate::tests::center::{Center, NAMES, PERSON, PERSON_15};

fn asked(number: &str) -> v1::NameSubject {
    v1::NameSubject {
        id: 7,
        cert_type: "01".to_owned(),
        number: number.to_owned(),
        staff: "audit-1".to_owned(),
        reason: "纪检函〔2026〕114号".to_owned(),
    }
}

async fn told(naming: &Naming, asked: v1::NameSubject) -> Result<Vec<u8>, String> {
    let named = naming.answer(asked).await;
    assert_eq!(named.id, 7);
    match named.outcome.expect("says something") {
        v1::subject_named::Outcome::Tag(tag) => Ok(tag),
        v1::subject_named::Outcome::Refusal(refusal) => Err(refusal.code),
    }
}

fn named(center: &Center) -> Vec<serde_json::Value> {
    let entries = center.entries().into_iter();
    entries.filter(|e| e["kind"] == "subject-named").collect()
}

#[tokio::test]
async fn a_number_is_named_as_questions_name_it_and_is_on_record_before() {
    let center = Center::new("city").await;
    let naming = center.naming();
    let tag = told(&naming, asked(PERSON)).await.expect("is named");
    assert_eq!(tag, center.tag_key.tag(PERSON).as_bytes());
    let short = told(&naming, asked(&format!(" {PERSON_15} "))).await;
    assert_eq!(short.as_ref(), Ok(&tag), "15 digits are the same person");
    let mut code = asked("91110000100000007T");
    code.cert_type.clear();
    let refused = told(&naming, code).await;
    assert_eq!(refused, Err("TS-SUBJECT-MALFORMED".into()), "check digit");
    let entries = named(&center);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["staff"], "audit-1");
    assert_eq!(entries[0]["reason"], "纪检函〔2026〕114号");
    assert_eq!(entries[0]["subject"], entries[1]["subject"]);
    let text = entries[0].to_string();
    let tag = HEXLOWER.encode(&tag);
    for hidden in [PERSON, PERSON_15, tag.as_str(), NAMES[0]] {
        assert!(!text.contains(hidden), "{text}");
    }
    assert_eq!(
        center.metric("agent_subjects_named_total{result=\"named\"}"),
        2
    );
}

#[tokio::test]
async fn who_is_no_auditor_here_and_who_gives_no_reason_is_told_nothing() {
    let center = Center::new("city").await;
    let naming = center.naming();
    let by = |staff: &str| {
        let mut asked = asked(PERSON);
        staff.clone_into(&mut asked.staff);
        asked
    };
    let because = |reason: &str| {
        let mut asked = asked(PERSON);
        reason.clone_into(&mut asked.reason);
        asked
    };
    let long = "长".repeat(NAMING_REASON_CHARS_MAX + 1);
    let with_number = format!("查 {PERSON}");
    for (wanted, code) in [
        (by("duty-1"), "TS-NAMING-STAFF"),
        (by("nobody"), "TS-NAMING-STAFF"),
        (by(""), "TS-NAMING-STAFF"),
        (because(" "), "TS-NAMING-REASON"),
        (because(&long), "TS-NAMING-REASON"),
        (because(&with_number), "TS-NAMING-REASON"),
        (because("a\nb"), "TS-NAMING-REASON"),
        (asked("110101190001010015"), "TS-SUBJECT-MALFORMED"),
        (asked(&"1".repeat(10_000)), "TS-SUBJECT-MALFORMED"),
        (asked(""), "TS-SUBJECT-MALFORMED"),
    ] {
        assert_eq!(told(&naming, wanted).await, Err(code.to_owned()));
    }
    assert!(named(&center).is_empty());
    let metric = "agent_subjects_named_total{result=\"refused\"}";
    assert_eq!(center.metric(metric), 10);
}

#[tokio::test]
async fn a_log_that_cannot_write_names_nobody() {
    let center = Center::new("city").await;
    let naming = center.naming();
    let book = Arc::clone(&center.book);
    tokio::task::spawn_blocking(move || book.close())
        .await
        .unwrap()
        .unwrap();
    let refused = told(&naming, asked(PERSON)).await;
    assert_eq!(refused, Err("TS-LOCAL-AUDIT".into()));
}

#[tokio::test]
async fn a_dictionary_is_stopped_after_a_few() {
    let center = Center::new("city").await;
    let naming = center.naming();
    let mut heard = Vec::new();
    for _ in 0..NAMED_PER_MINUTE_MAX {
        heard.push(told(&naming, asked(PERSON)).await.is_ok());
    }
    let named = heard.iter().filter(|is_named| **is_named).count();
    assert_eq!(named, 5, "half of a minute's at once");
    let limited = told(&naming, asked("not a number")).await;
    assert_eq!(
        limited,
        Err("TS-NAMING-LIMIT".into()),
        "nothing is looked at"
    );
}

/// Whatever a hub tries second by second, no minute and no day holds more than it may.
#[test]
fn no_minute_and_no_day_holds_more() {
    let quota = Quota::new();
    let seconds = 0..3 * DAY.as_secs();
    let taken: Vec<u64> = seconds
        .filter(|second| quota.take_at(Duration::from_secs(*second)).is_ok())
        .collect();
    assert!(taken.len() > 300, "{}", taken.len());
    for (from, window, most) in taken.iter().flat_map(|from| {
        [
            (*from, 60, NAMED_PER_MINUTE_MAX),
            (*from, DAY.as_secs(), NAMED_PER_DAY_MAX),
        ]
    }) {
        let within = taken
            .iter()
            .filter(|at| (from..from + window).contains(*at));
        assert!(within.count() <= most as usize, "{from} {window}");
    }
}
