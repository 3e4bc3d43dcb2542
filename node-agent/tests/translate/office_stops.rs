//! A request over HTTP that nobody waits for any more: its connection is closed at once, so that
//! the other side may stop, and its place in the pool is free again. REST and the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, LocalLimits};
use tokio_util::task::TaskTracker;

use crate::bench::ask;
use crate::office::{Act, Office, Script, reply};
use crate::systems::{self, GB_XML, JSON, envelope, rest_home, soap_home};

/// From the hang-up to the end of the connection.
const ENDS_WITHIN: Duration = Duration::from_millis(500);
const BEGINS_WITHIN: Duration = Duration::from_secs(5);
/// Hang-ups one after another, over one place.
const TIMES: usize = 5;

/// One place; a time limit that is far from helping.
fn patient() -> LocalLimits {
    LocalLimits {
        pool_max: 1,
        queue_wait: Duration::from_millis(500),
        statement_timeout: Duration::from_secs(25),
        ..systems::limits()
    }
}

async fn until(what: &str, limit: Duration, holds: impl Fn() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < limit, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_request_ends_when_its_asker_hangs_up() {
    for soap in [false, true] {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let script: Script = Arc::new(move |request| {
            if count.fetch_add(1, Ordering::SeqCst) < TIMES {
                vec![Act::Hold]
            } else if soap {
                reply("200 OK", GB_XML, &envelope(request, "0", "right"))
            } else {
                let body = b"{\"rows\":[{\"who\":{\"name\":\"right\"}}]}";
                reply("200 OK", JSON, body)
            }
        });
        let office = Office::open(None, script).await;
        let more = "timeout_ms = 20000";
        let home = if soap {
            soap_home(&format!("http://{}/bus", office.address), more)
        } else {
            rest_home(&format!("http://{}/api", office.address), more)
        };
        let translator = home.try_open(patient()).await.unwrap();
        let mut slowest = Duration::ZERO;
        for n in 1..=TIMES {
            let own = translator.clone();
            let asking = TaskTracker::new().spawn(async move { ask(&own, "04-05").await });
            until("it is asked", BEGINS_WITHIN, || {
                office.requests().len() == n
            })
            .await;
            asking.abort();
            let ended = until("it ends", ENDS_WITHIN, || office.hung_up() == n).await;
            slowest = slowest.max(ended);
        }
        println!("soap: {soap}; requests ended {slowest:?} after the hang-up at most");
        let found = ask(&translator, "04-05").await;
        assert_eq!(found.outcome, FoundOutcome::Answered, "the place is free");
        assert_eq!(asked.load(Ordering::SeqCst), TIMES + 1);
    }
}
