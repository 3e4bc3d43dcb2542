//! Lists that end early, and readers who hold them up.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;
use wire::limits::LINES_PER_LIST_AT_ONCE;

use super::{ROSTER, kinds, list, roster};
use crate::asking::{Begun, CaseBody, ListBody, ListEvent, ListedLine};
use crate::tests::center::Center;
use crate::tests::eventually;
use crate::tests::http::case;
use crate::tests::hub::FakeHub;

/// A list as the API has it, for readers who do not read or hang up.
async fn begun(center: &Center, hub: &FakeHub) -> mpsc::Receiver<ListEvent> {
    let asker = center.asker(hub.channel());
    let body: CaseBody = serde_json::from_value(case("R-1", "F05")).unwrap();
    let open = asker.open_case("counter", body).await.unwrap();
    let body: ListBody = serde_json::from_value(json!({ "case": open.case })).unwrap();
    let events = Arc::clone(&asker).list("counter", body).await;
    match events {
        Ok(Begun::Underway(events)) => events,
        other => panic!("{other:?}"),
    }
}

fn line(event: Option<ListEvent>) -> Option<ListedLine> {
    match event? {
        ListEvent::Line(line) => Some(*line),
        ListEvent::Summary(_) => None,
    }
}

#[tokio::test]
async fn whoever_hangs_up_cancels_the_rest() {
    let (hub, center, _) = roster(ROSTER).await;
    hub.waits(Duration::from_secs(3_600));
    let events = begun(&center, &hub).await;
    eventually("lines are at the hub", || {
        hub.asked().len() == LINES_PER_LIST_AT_ONCE
    })
    .await;
    drop(events);
    eventually("the hub's stream is given up", || hub.cancelled() == 1).await;
    eventually("the list has ended", || {
        kinds(&center, "list-ended").len() == 1
    })
    .await;
    let ended = &kinds(&center, "list-ended")[0];
    assert_eq!(
        (&ended["not_asked"], &ended["answered"]),
        (&json!(500), &json!(0))
    );
    assert_eq!(ended["because"], "TS-ASK-CANCELLED");
    assert_eq!(
        hub.asked().len(),
        LINES_PER_LIST_AT_ONCE,
        "no further line was sent"
    );
}

#[tokio::test]
async fn a_stopping_agent_ends_its_lists() {
    let (hub, center, _) = roster(ROSTER).await;
    hub.waits(Duration::from_secs(3_600));
    let mut events = begun(&center, &hub).await;
    eventually("lines are at the hub", || {
        hub.asked().len() == LINES_PER_LIST_AT_ONCE
    })
    .await;
    center.stopping.cancel();
    let Some(ListEvent::Summary(summary)) = events.recv().await else {
        panic!("the list ends");
    };
    assert_eq!((summary.not_asked, summary.answered), (500, 0));
}

/// Results that nobody takes hold the list up: a handful is in memory, and no more is asked.
#[tokio::test]
async fn who_reads_slowly_is_waited_for() {
    let (hub, center, _) = roster(ROSTER).await;
    let mut events = begun(&center, &hub).await;
    let asked = || hub.asked().len();
    eventually("it begins", || asked() >= LINES_PER_LIST_AT_ONCE).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = asked();
    assert!(
        before <= 2 * LINES_PER_LIST_AT_ONCE,
        "{before} lines for nobody"
    );
    assert!(kinds(&center, "answered").len() <= before);
    let mut done = 0;
    while let Some(read) = line(events.recv().await) {
        done += 1;
        assert_eq!((read.done, read.of), (done, ROSTER));
    }
    assert_eq!((done, asked()), (ROSTER, ROSTER));
}

#[tokio::test]
async fn a_hub_that_is_lost_leaves_its_lines_unknown_and_the_rest_unasked() {
    let (hub, _center, counter) = roster(100).await;
    hub.waits(Duration::from_millis(50));
    hub.cuts_after(40);
    let (lines, summary) = list(&counter, json!({})).await;
    let refused: Vec<_> = lines
        .iter()
        .filter_map(|line| line["refusal"]["code"].as_str())
        .collect();
    assert!(
        refused.iter().all(|code| *code == "TS-HUB-UNREACHABLE"),
        "{refused:?}"
    );
    let count = |name: &str| usize::try_from(summary[name].as_u64().unwrap()).unwrap();
    assert_eq!(count("refused"), refused.len());
    assert_eq!(
        count("answered") + count("refused") + count("not_asked"),
        100
    );
    assert!(
        count("not_asked") >= 100 - 40 - LINES_PER_LIST_AT_ONCE,
        "{summary}"
    );
    assert_eq!(summary["ended"]["code"], "TS-HUB-UNREACHABLE");
}

#[tokio::test]
async fn a_case_that_is_closed_meanwhile_is_said_to_be() {
    let (hub, center, counter) = roster(5).await;
    hub.waits(Duration::from_millis(600));
    let listing = list(&counter, json!({}));
    let closing = async {
        eventually("lines are at the hub", || hub.asked().len() == 5).await;
        center
            .sql("UPDATE CASES SET STATE = '9' WHERE NO = 'R-1';")
            .await;
    };
    let ((lines, summary), ()) = tokio::join!(listing, closing);
    assert_eq!(lines.len(), 5, "what was answered before stands");
    assert_eq!(summary["ended"]["code"], "TS-CASE-CLOSED");
}
