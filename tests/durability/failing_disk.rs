//! A real hub whose disk begins to fail: the sync of its journal returns EIO. It refuses from that
//! moment on, also when the disk works again, until somebody starts it anew; then nothing is
//! missing.

use sandbox::client::is_ok;
use sandbox::evidence::LogBook;
use sandbox::star::Star;
use sandbox::world::Node;

use super::ground::{Question, prepared, process_of, put, quiet};
use super::trace::Watch;

const QUESTION: Question = (Node::City, "CT-S02", "F05");
const REFUSED: &str = "TS-AUDIT-UNAVAILABLE";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_cannot_write_its_log_asks_and_answers_nothing() {
    let mut star = prepared("failing-disk");
    star.start().await.expect("the star starts");
    quiet(&star).await;
    put(&star, QUESTION).await.expect("is answered");

    // From the first sync on: the decision cannot be put on record, and no node is asked.
    let before = star.asks_served().await.expect("the agents answer");
    let mut watch = failing_from(&star, 1);
    refused(&star).await;
    assert_eq!(star.asks_served().await.expect("the agents answer"), before);
    watch.end();
    refused(&star).await;
    assert_eq!(star.asks_served().await.expect("the agents answer"), before);
    started_anew(&mut star).await;

    // The decision is durable and the outcome is not: the nodes were asked, nobody is answered.
    let before = star.asks_served().await.expect("the agents answer");
    let mut watch = failing_from(&star, 2);
    refused(&star).await;
    watch.end();
    let after = star.asks_served().await.expect("the agents answer");
    assert!(
        Node::ALL.iter().all(|node| after[node] == before[node] + 1),
        "{before:?} {after:?}"
    );
    refused(&star).await;
    started_anew(&mut star).await;

    star.stop().await.expect("everything stops in good order");
    let log = LogBook::read(&star.home().hub_log()).expect("the log verifies");
    assert_eq!(log.open_decisions(), Vec::<u64>::new());
    assert!(log.verified.closed);
}

/// Every sync of the hub's journal fails, from its `nth` on. Its index and its other files are
/// synced by other calls.
fn failing_from(star: &Star, nth: u32) -> Watch {
    let home = star.home();
    let rules = [
        "-e".to_owned(),
        "trace=fdatasync".to_owned(),
        "-e".to_owned(),
        format!("inject=fdatasync:error=EIO:when={nth}+"),
    ];
    let output = home.dir().join(format!("failing-{nth}.trace"));
    Watch::attach(process_of(&home.hub_config()), &output, &rules)
}

async fn refused(star: &Star) {
    let error = put(star, QUESTION).await.expect_err("is refused");
    let refusal = error.refusal().expect("with a sentence for the clerk");
    assert_eq!(refusal.code, REFUSED);
    let ready = format!("{}/health/ready", star.home().admin_url());
    assert!(!is_ok(&ready).await, "the hub says that it is not ready");
}

/// The hub is killed and started, and answers.
async fn started_anew(star: &mut Star) {
    star.kill_hub().expect("it runs");
    LogBook::read(&star.home().hub_log()).expect("the log verifies, recovered or not");
    star.start_hub().await.expect("starts again");
    quiet(star).await;
    put(star, QUESTION).await.expect("is answered");
}
