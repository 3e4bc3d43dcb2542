//! Details only after a hit: without one nothing leaves but that something is held, whatever hub
//! asks, and what cannot be judged is not known.

use policies::Mode;
use wire::v1::Outcome::{Answered, NoRecord, Unavailable};
use wire::{RefusalCode, v1};

use super::{Asks, good, heard};
use crate::tests::center::{Center, Options, PERSON, PERSON_15, SPOUSE};

const ON: &str = "details_on = [\"live-account\", \"sealed-account\", \"unclear-account\"]";

/// A center whose F05 gives details of persons with a live account alone.
async fn center() -> Center {
    let options = Options {
        flow: Some((ON, "details_on = [\"live-account\"]")),
        ..Options::default()
    };
    let center = Center::with("city", options).await;
    // The second account is in a state that nobody knows.
    let clear = format!("DELETE FROM ACCOUNTS WHERE ID = '{PERSON_15}'");
    center.sql(&clear).await;
    center
}

/// The applicant's account is sealed.
async fn sealed(center: &Center) {
    let seal = format!("UPDATE ACCOUNTS SET STATE = '1' WHERE ID = '{PERSON}'");
    center.sql(&seal).await;
}

async fn ask(center: &Center, asks: &Asks) -> Vec<v1::ClassReply> {
    let asked = asks.signed(center);
    heard(center.answerer().answer(asked).await).unwrap()
}

fn said(replies: &[v1::ClassReply]) -> Vec<(u32, v1::Outcome, bool, u32)> {
    let of = |r: &v1::ClassReply| (r.class, r.outcome(), r.held_back, r.record_count);
    replies.iter().map(of).collect()
}

#[tokio::test]
async fn with_a_hit_every_class_asked_leaves() {
    let center = center().await;
    let replies = ask(&center, &good()).await;
    let expected = [(3, Answered, false, 1), (4, Answered, false, 1)];
    assert_eq!(said(&replies), expected);
}

#[tokio::test]
async fn without_a_hit_no_record_of_any_class_leaves() {
    let center = center().await;
    sealed(&center).await;
    let replies = ask(&center, &good()).await;
    assert_eq!(
        said(&replies),
        [(3, Answered, true, 0), (4, Answered, true, 0)]
    );
    for reply in &replies {
        assert!(reply.found && reply.code.is_empty() && !reply.as_of.is_empty());
        assert!(reply.payload.is_empty() && reply.notes.is_empty() && reply.verdicts.is_empty());
    }
    let served = center.entries().pop().unwrap();
    let class = &served["classes"]["04"];
    assert_eq!(class["outcome"], "answered");
    assert_eq!(class["records"], 0);
    assert_eq!(class["held_back"], true);
}

/// The class that decides is looked up even where it is not asked for, and none of it leaves.
#[tokio::test]
async fn a_question_about_another_class_is_decided_by_the_accounts_too() {
    let center = center().await;
    let former = good().wanting(&["03-06"]);
    assert_eq!(
        said(&ask(&center, &former).await),
        [(3, Answered, false, 1)]
    );
    sealed(&center).await;
    assert_eq!(said(&ask(&center, &former).await), [(3, Answered, true, 0)]);
    center.sql("DROP TABLE ACCOUNTS").await;
    let replies = ask(&center, &former).await;
    assert_eq!(said(&replies), [(3, Unavailable, false, 0)]);
    assert_eq!(replies[0].code, RefusalCode::HitUnknown.as_str());
}

#[tokio::test]
async fn a_state_that_nobody_knows_is_not_known_and_never_no_hit() {
    let center = center().await;
    let spoil = format!("UPDATE ACCOUNTS SET STATE = '8' WHERE ID = '{PERSON}'");
    center.sql(&spoil).await;
    let replies = ask(&center, &good()).await;
    assert_eq!(
        said(&replies),
        [(3, Unavailable, false, 0), (4, Unavailable, false, 0)]
    );
    for reply in &replies {
        assert_eq!(reply.code, RefusalCode::HitUnknown.as_str());
        assert!(!reply.found && reply.notes.is_empty() && reply.payload.is_empty());
    }
}

#[tokio::test]
async fn nobody_at_all_stays_no_record_and_a_match_is_not_held_back() {
    let center = center().await;
    let replies = ask(&center, &good().about(SPOUSE)).await;
    assert_eq!(
        said(&replies),
        [(3, NoRecord, false, 0), (4, NoRecord, false, 0)]
    );
    sealed(&center).await;
    let matching = Asks {
        mode: Mode::Match,
        ..good()
    };
    let replies = ask(&center, &matching).await;
    let expected = [(3, Answered, false, 0), (4, Answered, false, 0)];
    assert_eq!(said(&replies), expected);
}

/// An account elsewhere is no matter of the center that asks, so that it keeps nothing from itself.
#[tokio::test]
async fn a_center_sees_its_own_records() {
    let center = center().await;
    sealed(&center).await;
    let mut answerer = center.answerer();
    answerer.node = "guoguan".to_owned();
    let replies = heard(answerer.answer(good().signed(&center)).await).unwrap();
    let expected = [(3, Answered, false, 1), (4, Answered, false, 1)];
    assert_eq!(said(&replies), expected);
}
