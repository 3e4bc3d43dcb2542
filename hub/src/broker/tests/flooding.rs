//! A registered node that floods the hub with questions that it may not ask: the first ones of a
//! minute are on record in full, the others as a count, and the log cannot be filled.

use wire::RefusalCode;

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::IN_FULL;
use crate::ledger::entry::Entry;
use crate::ledger::fold::FOLD_WINDOW;

const FLOOD: u64 = 400;

#[tokio::test(start_paused = true)]
async fn a_known_node_cannot_fill_the_log_with_what_it_may_not_ask() {
    flood(RefusalCode::ItemOutsideFlow, |ask| {
        ask.draft.wants.extend(fixture::items(&["04-14"]));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn nor_with_cases_that_it_did_not_sign() {
    flood(RefusalCode::CaseSignature, |ask| {
        ask.sent = |request| {
            if let Some(case) = request.case.as_mut() {
                case.signature = vec![0; 64];
            }
        };
    })
    .await;
}

async fn flood(code: RefusalCode, spoil: fn(&mut Ask)) {
    let star = Star::new(Setup::default());
    let mut receipts = 0;
    for _ in 0..FLOOD {
        let mut ask = Ask::honest(&star);
        spoil(&mut ask);
        let refusal = star.ask(&ask).await.expect_err("is refused");
        assert_eq!(refusal.code, code.as_str());
        receipts += u64::from(refusal.receipt.is_some());
    }
    assert_eq!(receipts, IN_FULL);
    tokio::time::advance(FOLD_WINDOW).await;
    star.broker.ledger.close_folds(false).await.expect("writes");
    let entries = star.entries(0);
    let refusals = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Refusal(_)));
    assert_eq!(refusals.count() as u64, IN_FULL);
    let folded = entries.iter().find_map(|entry| match entry {
        Entry::RefusalsFolded(folded) => Some((folded.who.as_str(), folded.count)),
        _ => None,
    });
    assert_eq!(folded, Some(("guoguan", FLOOD - IN_FULL)));
    assert_eq!(
        entries.len() as u64,
        IN_FULL + 1,
        "nothing else is on record"
    );
}
