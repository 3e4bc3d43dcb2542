//! What the contract allows passes, and what it does not is refused without being decoded.

use prost::Message as _;

use super::*;

fn frame(classes: Vec<v1::ClassReply>) -> Vec<u8> {
    let reply = v1::NodeReply {
        query_id: "q".to_owned(),
        outcome: Some(v1::node_reply::Outcome::Classes(v1::ClassReplies {
            classes,
        })),
    };
    v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Reply(reply)),
    }
    .encode_to_vec()
}

/// Everything that may be repeated, as often as it may be.
fn full_class() -> v1::ClassReply {
    let by_code = (0..COUNTS_PER_VERDICT_MAX).map(|code| (code.to_string(), 1));
    let counts = v1::Counts {
        by_code: by_code.collect(),
    };
    v1::ClassReply {
        class: 4,
        notes: vec![v1::QualityNote::default(); NOTES_PER_CLASS_MAX],
        verdicts: vec![
            v1::Verdict {
                verdict: "v".to_owned(),
                finding: Some(v1::verdict::Finding::Counts(counts)),
            };
            YARDSTICKS_MAX
        ],
        as_of: "2026-11-23T09:00:00+08:00".to_owned(),
        found: true,
        elapsed_ms: u32::MAX,
        ..v1::ClassReply::default()
    }
}

/// One node says everything, the others little.
fn answer(nodes: usize) -> v1::Answer {
    let full = v1::NodeAnswer {
        node: "city".to_owned(),
        classes: vec![full_class(); CLASSES_PER_ASK_MAX],
        ..v1::NodeAnswer::default()
    };
    let mut all = vec![v1::NodeAnswer::default(); nodes - 1];
    all.push(full);
    v1::Answer {
        query_id: "q".to_owned(),
        nodes: all,
        ..v1::Answer::default()
    }
}

#[test]
fn what_the_contract_allows_passes() {
    let full = frame(vec![full_class(); CLASSES_PER_ASK_MAX]);
    assert_eq!(v1::AgentFrame::check(&full), Ok(()));
    let rules = v1::RuleWords {
        rules: vec![v1::Rule::default(); RULE_WORDS_MAX],
    };
    let rules = v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Rules(rules)),
    };
    assert_eq!(v1::AgentFrame::check(&rules.encode_to_vec()), Ok(()));
    let answer = answer(NODES_PER_ANSWER_MAX);
    assert_eq!(v1::Answer::check(&answer.encode_to_vec()), Ok(()));
    let line = v1::LineAnswer {
        line: 1,
        outcome: Some(v1::line_answer::Outcome::Answer(answer)),
    };
    assert_eq!(v1::LineAnswer::check(&line.encode_to_vec()), Ok(()));
}

#[test]
fn too_many_parts_are_refused_wherever_they_are() {
    let many = |count: usize| frame(vec![v1::ClassReply::default(); count]);
    assert_eq!(v1::AgentFrame::check(&many(100)), Err(Unfit::TooMany));
    let notes = v1::ClassReply {
        notes: vec![v1::QualityNote::default(); 1_000],
        ..v1::ClassReply::default()
    };
    assert_eq!(
        v1::AgentFrame::check(&frame(vec![notes])),
        Err(Unfit::TooMany)
    );
    let mut counted = full_class();
    let by_code = (0..1_000).map(|code| (code.to_string(), 1)).collect();
    for verdict in &mut counted.verdicts {
        let counts = v1::Counts {
            by_code: std::collections::HashMap::clone(&by_code),
        };
        verdict.finding = Some(v1::verdict::Finding::Counts(counts));
    }
    assert_eq!(
        v1::AgentFrame::check(&frame(vec![counted])),
        Err(Unfit::TooMany)
    );
    let answers = answer(NODES_PER_ANSWER_MAX + FIELDS_MAX + 1);
    assert_eq!(
        v1::Answer::check(&answers.encode_to_vec()),
        Err(Unfit::TooMany)
    );
    // The same field over and over, though only the last counts.
    assert_eq!(
        v1::AgentFrame::check(&[0x12, 0].repeat(1_000)),
        Err(Unfit::TooMany)
    );
}

#[test]
fn what_cannot_be_walked_through_is_refused() {
    for bytes in [
        &[0x12][..],
        &[0x12, 5, 0],
        &[0x80; 11],
        &[0x0b, 0x0c],
        &[
            0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ],
    ] {
        let checked = v1::AgentFrame::check(bytes);
        assert_eq!(checked, Err(Unfit::Unreadable), "{bytes:?}");
    }
    assert_eq!(v1::AgentFrame::check(&[]), Ok(()));
}

#[test]
fn records_and_values_are_counted() {
    let payload = |records: usize, values: usize| {
        let record = v1::Record {
            values: vec![v1::ItemValue::default(); values],
        };
        let records = vec![record; records];
        v1::Records { records }.encode_to_vec()
    };
    let most = payload(RECORDS_PER_CLASS_MAX, VALUES_PER_RECORD_MAX);
    assert_eq!((records(&most), values(&most)), (Ok(()), Ok(())));
    let more = payload(RECORDS_PER_CLASS_MAX + 1, 0);
    assert_eq!(records(&more), Err(Unfit::TooMany));
    let more = payload(1, VALUES_PER_RECORD_MAX + 1);
    assert_eq!(
        (records(&more), values(&more)),
        (Ok(()), Err(Unfit::TooMany))
    );
}
