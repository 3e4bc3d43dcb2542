//! What an honest question gets: the asked items, an entry before the reply, and an honest word
//! about everything that could not be given.

use std::collections::BTreeSet;
use std::time::Duration;

use catalog::{Absence, Defect, Value};
use policies::Mode;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::v1::Outcome::{Answered, NoRecord, NotCovered, Unavailable};
use wire::{RefusalCode, convert, v1};

use super::{Asks, good, heard};
use crate::tests::center::{Center, F05, NOW, Options, SPOUSE, items};
use crate::tests::eventually;
use crate::translate::LocalLimits;

async fn classes(center: &Center, asks: &Asks) -> Vec<v1::ClassReply> {
    let reply = center.answerer().answer(asks.signed(center)).await;
    heard(reply).expect("is answered")
}

fn outcomes(replies: &[v1::ClassReply]) -> Vec<(u32, v1::Outcome, &str)> {
    let outcome = |reply: &v1::ClassReply| (reply.class, reply.outcome());
    replies
        .iter()
        .map(|reply| (outcome(reply).0, outcome(reply).1, reply.code.as_str()))
        .collect()
}

#[tokio::test]
async fn a_good_question_gets_the_asked_items_and_no_others() {
    let center = Center::new("city").await;
    let classes = classes(&center, &good()).await;
    assert_eq!(outcomes(&classes), [(3, Answered, ""), (4, Answered, "")]);
    for reply in &classes {
        let class = convert::class_from_wire(&center.catalog, reply.class).unwrap();
        let (records, _) =
            convert::records_from_wire(&center.catalog, class, &reply.payload).unwrap();
        assert_eq!(records.len() as u32, reply.record_count);
        let all = items(&F05).into_iter();
        let asked: BTreeSet<_> = all.filter(|item| item.class() == class).collect();
        for record in &records {
            let given: BTreeSet<_> = record.iter().map(|(item, _)| item).collect();
            assert_eq!(given, asked, "class {class}");
        }
        assert_eq!(OffsetDateTime::parse(&reply.as_of, &Rfc3339), Ok(NOW));
    }
}

/// What the hub leaves out is not looked up, and the rest is answered as ever.
#[tokio::test]
async fn a_class_left_out_is_not_looked_up() {
    let center = Center::new("city").await;
    for (left_out, expected) in [
        (vec![3], vec![(4, Answered, "")]),
        // F05 gives details after a hit over class 04, which nobody can judge now.
        (vec![4], vec![(3, Unavailable, "TS-HIT-UNKNOWN")]),
        (vec![99], vec![(3, Answered, ""), (4, Answered, "")]),
        (vec![3, 4], vec![]),
    ] {
        let mut ask = good().signed(&center);
        ask.left_out = left_out.clone();
        let reply = center.answerer().answer(ask).await;
        let replies = heard(reply).expect("is answered");
        assert_eq!(outcomes(&replies), expected, "{left_out:?}");
    }
}

#[tokio::test]
async fn what_was_given_is_on_record_when_the_reply_is_there() {
    let center = Center::new("city").await;
    classes(&center, &good()).await;
    let entries = center.entries();
    let [served] = &entries[..] else {
        panic!("{} entries", entries.len());
    };
    for (key, value) in [
        ("kind", "served"),
        ("query", "q-1"),
        ("node", "guoguan"),
        ("case_no", "GG-1"),
        ("flow", "F05"),
        ("operator", "0231"),
    ] {
        assert_eq!(served[key], value);
    }
    assert_eq!(served["classes"]["04"]["outcome"], "answered");
    assert_eq!(served["classes"]["04"]["records"], 2);
    assert_eq!(served["classes"]["03"]["records"], 1);
    let answered = "agent_asks_served_total{result=\"answered\"}";
    assert_eq!(center.metric(answered), 1);
}

#[tokio::test]
async fn a_value_that_nobody_understands_is_withheld_noted_and_counted() {
    let center = Center::new("city").await;
    let classes = classes(&center, &good().wanting(&["04-08"])).await;
    let status = items(&["04-08"])[0];
    let (records, _) =
        convert::records_from_wire(&center.catalog, status.class(), &classes[0].payload).unwrap();
    let values: Vec<_> = records
        .iter()
        .map(|record| record.get(status).unwrap().clone())
        .collect();
    let withheld = Value::Absent(Absence::Withheld(Defect::UnknownCode));
    assert_eq!(values, [Value::Code("01".into()), withheld]);
    let note = v1::QualityNote {
        item: 8,
        defect: "unknown-code".into(),
        count: 1,
    };
    assert_eq!(classes[0].notes, [note]);
    let sample = "agent_values_withheld_total{class=\"04\",defect=\"unknown-code\",item=\"04-08\"}";
    assert_eq!(center.metric(sample), 1);
}

#[tokio::test]
async fn a_match_gives_a_yes_or_no_and_nothing_of_the_records() {
    let center = Center::new("city").await;
    let asks = Asks {
        mode: Mode::Match,
        ..good()
    };
    for reply in classes(&center, &asks).await {
        assert_eq!(reply.outcome(), Answered);
        assert_eq!((reply.record_count, reply.payload.len()), (0, 0));
    }
    for reply in classes(&center, &asks.about(SPOUSE)).await {
        assert_eq!(reply.outcome(), NoRecord);
    }
    assert_eq!(center.entries()[0]["classes"]["04"]["records"], 0);
}

#[tokio::test]
async fn no_record_and_not_covered_stay_apart() {
    let options = Options {
        without: "03.toml",
        ..Options::default()
    };
    let center = Center::with("city", options).await;
    let classes = classes(&center, &good().about(SPOUSE)).await;
    let expected = [(3, NotCovered, "TS-NOT-COVERED"), (4, NoRecord, "")];
    assert_eq!(outcomes(&classes), expected);
    let served = &center.entries()[0]["classes"];
    assert_eq!(served["03"]["outcome"], "not-covered");
    assert_eq!(served["04"]["outcome"], "no-record");
}

#[tokio::test]
async fn a_slow_source_times_out_and_the_other_class_is_answered() {
    let limits = LocalLimits {
        statement_timeout: Duration::from_millis(150),
        ..LocalLimits::default()
    };
    let slow = Options {
        is_slow: true,
        limits,
        ..Options::default()
    };
    let center = Center::with("city", slow).await;
    let classes = classes(&center, &good()).await;
    let expected = [(3, Unavailable, "TS-NODE-TIMEOUT"), (4, Answered, "")];
    assert_eq!(outcomes(&classes), expected);
}

#[tokio::test]
async fn an_overloaded_source_says_busy() {
    let limits = LocalLimits {
        asks_in_flight_max: 1,
        ..LocalLimits::default()
    };
    let busy = Options {
        limits,
        is_slow: true,
        ..Options::default()
    };
    let center = Center::with("city", busy).await;
    let mut ask = good().signed(&center);
    ask.deadline_ms = 200;
    let classes = heard(center.answerer().answer(ask).await).unwrap();
    let expected = [
        (3, Unavailable, "TS-NODE-TIMEOUT"),
        (4, Unavailable, "TS-NODE-BUSY"),
    ];
    assert_eq!(outcomes(&classes), expected);
}

#[tokio::test]
async fn a_broken_source_says_so() {
    let center = Center::new("city").await;
    center.sql("DROP TABLE ACCOUNTS").await;
    let classes = classes(&center, &good()).await;
    // Without the accounts nobody can say whether details may be given.
    let expected = [
        (3, Unavailable, "TS-HIT-UNKNOWN"),
        (4, Unavailable, "TS-NODE-SOURCE"),
    ];
    assert_eq!(outcomes(&classes), expected);
    assert!(classes[1].payload.is_empty());
}

#[tokio::test]
async fn a_question_whose_time_is_over_is_not_put_to_the_source() {
    let center = Center::new("city").await;
    eventually("the database is closed", || !center.has_asked_source()).await;
    let mut ask = good().signed(&center);
    ask.deadline_ms = 10;
    for reply in heard(center.answerer().answer(ask).await).unwrap() {
        assert_eq!(reply.code, "TS-NODE-TIMEOUT");
    }
    assert!(!center.has_asked_source());
}

/// Proves the order: without the entry there is no reply.
#[tokio::test]
async fn a_log_that_cannot_write_gives_no_answer() {
    let center = Center::new("city").await;
    center.book.close().unwrap();
    let reply = center.answerer().answer(good().signed(&center)).await;
    assert_eq!(heard(reply), Err(RefusalCode::LocalAudit));
    let mut lie = good().signed(&center);
    lie.case = None;
    let reply = center.answerer().answer(lie).await;
    assert_eq!(heard(reply), Err(RefusalCode::LocalAudit));
    let served = |result| center.metric(&format!("agent_asks_served_total{{result=\"{result}\"}}"));
    assert_eq!((served("answered"), served("refused")), (0, 2));
}
