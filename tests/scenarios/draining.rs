//! A hub that is stopped under load loses no question that it has taken: whoever asked has an
//! answer whose receipts the log honours, or was told that the hub stops or cannot be reached, and
//! the log has no decision that nobody heard the end of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sandbox::client::{Ask, CallError, Desk};
use sandbox::evidence::{LogBook, honours};
use sandbox::star::until;
use sandbox::world::Node;
use tokio::task::JoinSet;

use super::ground::Ground;

const CASES: [&str; 3] = ["CT-S09", "CT-S10", "CT-S11"];
/// Counters at each case; together they may ask as often as its flow allows.
const COUNTERS: usize = 2;
const ASKS: usize = 20;
/// The hub is stopped after so many answers, in the middle of further questions.
const ANSWERED_BEFORE: usize = 30;
const BUSY_WAIT: Duration = Duration::from_secs(20);
const ASK_PAUSE: Duration = Duration::from_millis(60);
/// Told to whoever asks a hub that stops or has stopped.
const STOPPED: [&str; 2] = ["TS-HUB-STOPPING", "TS-HUB-UNREACHABLE"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_no_question() {
    let mut ground = Ground::start("draining").await;
    let mut counters = JoinSet::new();
    let heard = Arc::new(AtomicUsize::new(0));
    let counters_of = |case_no| std::iter::repeat_n(case_no, COUNTERS);
    for (n, case_no) in CASES.into_iter().flat_map(counters_of).enumerate() {
        let desk = ground
            .star
            .desk(Node::City, &format!("02{n:02}"))
            .expect("has a desk");
        counters.spawn(ask_on(desk, case_no, Arc::clone(&heard)));
    }
    let busy = until(BUSY_WAIT, async || {
        (heard.load(Ordering::Relaxed) >= ANSWERED_BEFORE).then_some(())
    });
    busy.await.expect("counters are answered");
    ground
        .star
        .stop_hub()
        .await
        .expect("the hub stops in good order");
    ground.hub_stopped();
    let (mut receipts, mut answered, mut stopped) = (Vec::new(), 0, 0);
    while let Some(told) = counters.join_next().await {
        for told in told.expect("goes on asking") {
            match told {
                Told::Answered(query, both) => {
                    answered += 1;
                    receipts.extend(both);
                    assert!(!query.is_empty());
                }
                Told::Stopped => stopped += 1,
            }
        }
    }
    println!("{answered} answered, {stopped} told that the hub stops");
    assert!(
        answered >= ANSWERED_BEFORE && stopped > 0,
        "{answered} answered, {stopped} refused"
    );
    let folder = ground.star.home().hub_log();
    honours(&folder, &receipts).expect("the log honours every receipt");
    let log = LogBook::read(&folder).expect("verifies");
    assert!(log.open_decisions().is_empty());
    let outcomes = log.of_kind("outcome").count();
    assert_eq!(outcomes, answered, "every decision's end was heard");
    ground.star.start_hub().await.expect("starts again");
    ground
        .star
        .wait_attached(&Node::ALL)
        .await
        .expect("agents are back");
    ground.check().await;
}

enum Told {
    Answered(String, Vec<audit::Receipt>),
    Stopped,
}

/// Asks until the hub is gone.
async fn ask_on(desk: Desk, case_no: &'static str, heard: Arc<AtomicUsize>) -> Vec<Told> {
    let open = desk.open(case_no, "F19").await.expect("is open");
    let wants = BTreeMap::from([("04".to_owned(), vec!["grzhzt".to_owned()])]);
    let ask = Ask {
        case: open.case,
        wants: Some(wants),
        ..Ask::default()
    };
    let mut told = Vec::new();
    for _ in 0..ASKS {
        tokio::time::sleep(ASK_PAUSE).await;
        match desk.ask(&ask).await {
            Ok(answer) => {
                heard.fetch_add(1, Ordering::Relaxed);
                let both = vec![answer.receipts.decision, answer.receipts.outcome];
                told.push(Told::Answered(answer.query, both));
            }
            Err(CallError::Refused(refusal)) => {
                assert!(STOPPED.contains(&refusal.code.as_str()), "{refusal:?}");
                told.push(Told::Stopped);
                if refusal.code == STOPPED[1] {
                    break;
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
    told
}
