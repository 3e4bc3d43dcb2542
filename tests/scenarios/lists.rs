//! An employer's roster of five hundred people, asked about at once: every line is a question of
//! its own, hanging up stops the work everywhere, and nobody at a counter waits for it.

use std::time::{Duration, Instant};

use sandbox::client::{Ask, Desk, Heard};
use sandbox::evidence::LogBook;
use sandbox::star::until;
use sandbox::world::{Node, ROSTER_CASE, ROSTER_HIT_EVERY, ROSTER_LINES, sample};
use serde_json::json;

use super::ground::Ground;

const FLOW: &str = "F06";
/// Questions at a counter whose median is taken.
const ASKS: usize = 15;
/// How long what was begun may take to be on record.
const SETTLED_WAIT: Duration = Duration::from_secs(20);

async fn roster(ground: &Ground) -> (Desk, serde_json::Value) {
    let desk = ground
        .star
        .desk(Node::Guoguan, "0500")
        .expect("has a token");
    let open = desk
        .open(ROSTER_CASE, FLOW)
        .await
        .expect("the case is open");
    assert_eq!(open.parties.len(), ROSTER_LINES + 1);
    (desk, json!({ "case": open.case }))
}

fn decisions(ground: &Ground) -> usize {
    let log = LogBook::read(&ground.star.home().hub_log()).expect("the hub's log verifies");
    log.of_kind("decision").count()
}

/// The tender's limit is 10 s for 500 subjects; how long it takes here is printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_are_asked_about_at_once() {
    let ground = Ground::start("lists").await;
    let (desk, body) = roster(&ground).await;
    let begun = Instant::now();
    let listing = desk.list(&body).await.expect("is begun");
    let (lines, summary) = listing.rest().await.expect("comes to its end");
    println!("{ROSTER_LINES} lines in {:?}", begun.elapsed());
    assert_eq!((summary.of, summary.answered), (ROSTER_LINES, ROSTER_LINES));
    assert_eq!((summary.refused, summary.not_asked), (0, 0));
    assert_eq!(
        summary.not_known, 0,
        "every center answered about every line"
    );
    let mut known: Vec<usize> = lines
        .iter()
        .filter(|line| knows(line.answer.as_ref(), Node::City))
        .map(|line| line.line)
        .collect();
    known.sort_unstable();
    let expected: Vec<usize> = (1..=ROSTER_LINES)
        .filter(|line| line.is_multiple_of(ROSTER_HIT_EVERY))
        .collect();
    assert_eq!(
        known, expected,
        "the city knows those who have an account there"
    );
    let some = lines[0].answer.as_ref().expect("is answered");
    let evidence = desk.evidence(&some.query).await.expect("is on record");
    assert!(!evidence.entries.is_empty());
    assert_eq!(decisions(&ground), ROSTER_LINES);
    ground.check().await;
}

fn knows(answer: Option<&sandbox::client::Answer>, node: Node) -> bool {
    let lamps = answer.iter().flat_map(|answer| &answer.lamps);
    lamps
        .filter(|lamp| lamp.node == node.id())
        .any(|lamp| lamp.lamp == "answered")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_stops_the_work() {
    let ground = Ground::start("lists-cancelled").await;
    let (desk, body) = roster(&ground).await;
    let mut listing = desk.list(&body).await.expect("is begun");
    for _ in 0..20 {
        let heard = listing.next().await.expect("goes on");
        assert!(matches!(heard, Heard::Line(_)), "{heard:?}");
    }
    drop(listing);
    // Between two lines nothing may be open for a moment: it is over when nothing new begins.
    let mut begun = 0;
    let settled = until(SETTLED_WAIT, async || {
        let folder = ground.star.home().hub_log();
        let log = LogBook::read(&folder).expect("the hub's log verifies beside its writer");
        let rests = log.open_decisions().is_empty() && begun == decisions(&ground);
        begun = decisions(&ground);
        tokio::time::sleep(Duration::from_millis(300)).await;
        rests.then_some(())
    });
    settled.await.expect("every decision has an outcome");
    let before = (decisions(&ground), ground.star.asks_served().await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = (decisions(&ground), ground.star.asks_served().await);
    assert_eq!(before.0, after.0, "no further line was begun");
    assert_eq!(
        before.1.expect("agents answer"),
        after.1.expect("agents answer")
    );
    assert!(after.0 < ROSTER_LINES, "{} lines were asked", after.0);
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_at_a_counter_waits_for_a_list() {
    let ground = Ground::start("lists-beside").await;
    let (desk, body) = roster(&ground).await;
    let alone = median(&ground, "S1").await;
    let listing = desk.list(&body).await.expect("is begun");
    let (listed, beside) = tokio::join!(listing.rest(), median(&ground, "S3"));
    let (lines, summary) = listed.expect("comes to its end");
    assert_eq!(
        (lines.len(), summary.answered),
        (ROSTER_LINES, ROSTER_LINES)
    );
    let ratio = beside.as_secs_f64() / alone.as_secs_f64();
    println!(
        "median at a counter: alone {alone:?}, beside a list of {} ms {beside:?}, ratio {ratio:.2}",
        summary.elapsed_ms
    );
    assert!(ratio < 20.0, "{ratio}");
    ground.check().await;
}

/// How long one question about one person takes, asked one after the other.
async fn median(ground: &Ground, id: &str) -> Duration {
    let desk = ground.star.desk(Node::Guoguan, id).expect("has a token");
    let case = sample(id).and_then(|sample| sample.cases.first());
    let case = case.expect("the sample has a case");
    let open = desk.open(case.case_no, case.flow).await.expect("is open");
    let mut times = Vec::new();
    for _ in 0..ASKS {
        let begun = Instant::now();
        let ask = Ask {
            case: open.case.clone(),
            ..Ask::default()
        };
        desk.ask(&ask).await.expect("is answered");
        times.push(begun.elapsed());
    }
    times.sort();
    times[ASKS / 2]
}
