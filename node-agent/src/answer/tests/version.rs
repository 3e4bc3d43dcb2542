//! A question of a newer catalog: what this center knows is answered, the rest is named as what it
//! is, and the signature still covers everything.

use catalog::{Catalog, Source};
use policies::Mode;
use wire::v1::Outcome::{Answered, NotCovered};
use wire::{RefusalCode, convert, v1};

use super::{Asks, good, heard};
use crate::tests::center::{Center, items};

/// The next version: one more item at the end of classes 04 and 11.
fn newer() -> Catalog {
    let more = |no: &str| {
        format!(
            "\n[[item]]\nno = \"{no}\"\ncode = \"xzxm\"\nzh = \"新\"\nen = \"new\"\n\
             type = \"date\"\nrequired = false\nsensitivity = \"L2\"\nsource = \"test\"\n\
             verified = false\ndomains = [\"loan\"]\n"
        )
    };
    let texts: Vec<_> = Catalog::builtin_sources()
        .iter()
        .map(|source| match source.name {
            "classes/04-personal-account.toml" => source.text.to_owned() + &more("04-21"),
            "classes/11-credit-restriction.toml" => source.text.to_owned() + &more("11-16"),
            _ => source.text.to_owned(),
        })
        .collect();
    let sources: Vec<_> = Catalog::builtin_sources()
        .iter()
        .zip(&texts)
        .map(|(Source { name, .. }, text)| Source { name, text })
        .collect();
    Catalog::parse(&sources).unwrap()
}

fn unknown(item: u32) -> v1::QualityNote {
    v1::QualityNote {
        item,
        defect: "unknown-item".into(),
        count: 1,
    }
}

#[tokio::test]
async fn what_an_older_center_does_not_know_is_told_and_the_rest_answered() {
    let center = Center::new("city").await;
    let asks = good().wanting(&["04-09", "04-21", "11-16"]);
    let ask = asks.signed_by(&center, &newer());
    let replies = heard(center.answerer().answer(ask).await).expect("is answered");
    let [account, restriction] = &replies[..] else {
        panic!("{} classes", replies.len());
    };
    assert_eq!((account.class, account.outcome()), (4, Answered));
    assert_eq!(account.notes, [unknown(21)]);
    let opened = items(&["04-09"])[0];
    let read = convert::records_from_wire(&center.catalog, opened.class(), &account.payload);
    for record in read.unwrap().0 {
        let given: Vec<_> = record.iter().map(|(item, _)| item).collect();
        assert_eq!(given, [opened]);
    }
    let said = (restriction.class, restriction.outcome());
    assert_eq!(said, (11, NotCovered));
    assert_eq!(restriction.code, RefusalCode::NotCoveredVersion.as_str());
    assert!(restriction.payload.is_empty());
    let served = &center.entries()[0]["classes"];
    assert_eq!(served["04"]["outcome"], "answered");
    assert_eq!(served["11"]["outcome"], "not-covered");
}

#[tokio::test]
async fn a_match_of_a_newer_catalog_is_still_no_record_shown() {
    let center = Center::new("city").await;
    let asks = Asks {
        mode: Mode::Match,
        ..good().wanting(&["04-09", "04-21"])
    };
    let ask = asks.signed_by(&center, &newer());
    let replies = heard(center.answerer().answer(ask).await).expect("is answered");
    assert_eq!((replies.len(), replies[0].outcome()), (1, Answered));
    assert!(replies[0].payload.is_empty());
    assert_eq!(replies[0].notes, [unknown(21)]);
}

/// Being older opens no way round the guard.
#[tokio::test]
async fn items_of_a_newer_catalog_are_signed_for_and_excuse_nothing() {
    let center = Center::new("city").await;
    let newer = newer();
    let mut added = good().signed(&center);
    let wants = &mut added.envelope.as_mut().unwrap().wants;
    wants[1].items.push(21);
    let mut dropped = good()
        .wanting(&["04-09", "04-21"])
        .signed_by(&center, &newer);
    let wants = &mut dropped.envelope.as_mut().unwrap().wants;
    wants[0].items.pop();
    let outside = good().wanting(&["04-14", "04-21"]);
    let outside = outside.signed_by(&center, &newer);
    for (what, ask, code) in [
        ("added by the hub", added, RefusalCode::GuardCase),
        ("dropped by the hub", dropped, RefusalCode::GuardCase),
        ("beside a balance", outside, RefusalCode::GuardItem),
    ] {
        let reply = center.answerer().answer(ask).await;
        assert_eq!(heard(reply), Err(code), "{what}");
    }
}
