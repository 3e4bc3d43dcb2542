//! A proven peer that asks, or attaches, and reads nothing. It is cut off within seconds and stands
//! in the log for it; meanwhile a healthy counter is answered in time by all others, and the hub's
//! memory stays within a bound.

use std::time::{Duration, Instant};

use catalog::Catalog;
use sandbox::evidence::{LogBook, text};
use sandbox::metrics::sum;
use sandbox::rogue::{Forgery, Thief};
use sandbox::star::until;
use sandbox::world::{Node, sample};
use wire::{Clock as _, SystemClock, v1};

use super::ground::Ground;
use super::wire_floods::{Counter, forget_peak, peak_kb, resident_kb};

/// Ten seconds of standing still, one until somebody looks, and two for the machine.
const CUT_WITHIN: Duration = Duration::from_secs(13);
const STILL: Duration = Duration::from_secs(10);
const GROWTH_KB_MAX: u64 = 64 * 1024;
/// A breaker that has opened meanwhile closes again within this.
const BACK_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_is_cut_off_and_harms_nobody_else() {
    let ground = Ground::start("wire-unread").await;
    let star = &ground.star;
    let thief = Thief::robbing(star.home(), Node::Guoguan).expect("robs 国管");
    let mut counter = Counter::at(star);
    counter.ask("nothing yet").await;
    let pid = star.hub_pid().expect("the hub runs");
    let before = resident_kb(pid);
    forget_peak(pid);
    let requests: Vec<_> = (1..=4).map(|use_no| request(&thief, use_no)).collect();
    let count = requests.len();

    let asked = meanwhile(&mut counter, "unread answers", thief.ask_deaf(requests)).await;
    let unanswered = asked.ended.expect("is connected");
    assert_eq!(unanswered, count, "nothing comes through a shut window");
    assert_cut("answers", &asked.lasted, &asked.slowest);
    // Questions to 国管 may go down the stream that nobody reads, and time out there.
    counter.but = Node::Guoguan.id();
    let attached = meanwhile(&mut counter, "an unread stream", thief.attach_deaf()).await;
    attached.ended.expect("is let in");
    assert_cut("stream", &attached.lasted, &attached.slowest);
    let growth = peak_kb(pid).saturating_sub(before);
    println!("the hub held {before} kB before and {growth} kB more at most");
    assert!(growth < GROWTH_KB_MAX, "{growth} kB");

    let metrics = star.hub_metrics().await.expect("the hub answers");
    let code = [("code", "TS-TLS-UNREAD")];
    assert_eq!(sum(&metrics, "hub_handshakes_refused_total", &code), 2);
    let log = LogBook::read(&star.home().hub_log()).expect("verifies beside its writer");
    let on_record = log.of_kind("connection-refused");
    let mut on_record = on_record.filter(|(_, entry)| text(entry, "code") == "TS-TLS-UNREAD");
    let (_, entry) = on_record.next().expect("is on record");
    assert!(text(entry, "claimed").ends_with("/node/guoguan"), "{entry}");
    let back = until(BACK_WITHIN, async || {
        let desk = star.desk(Node::City, "0317").ok()?;
        let open = desk.open("CT-S02", "F05").await.ok()?;
        let ask = sandbox::client::Ask {
            case: open.case,
            ..Default::default()
        };
        tokio::time::sleep(Duration::from_millis(700)).await;
        let answer = desk.ask(&ask).await.ok()?;
        (answer.lamp("guoguan")?.lamp != "not-known").then_some(())
    });
    back.await.expect("国管's own agent is asked as before");
    ground.check().await;
}

struct Ended<T> {
    ended: T,
    lasted: Duration,
    /// The longest that the counter waited.
    slowest: Duration,
}

/// The counter asks until the attack has ended.
async fn meanwhile<T>(
    counter: &mut Counter,
    during: &str,
    attack: impl Future<Output = T>,
) -> Ended<T> {
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    tokio::pin!(attack);
    loop {
        let asking = counter.ask(during);
        tokio::pin!(asking);
        tokio::select! {
            took = &mut asking => slowest = slowest.max(took),
            ended = &mut attack => {
                let lasted = begun.elapsed();
                slowest = slowest.max(asking.await);
                return Ended { ended, lasted, slowest };
            }
        }
    }
}

fn assert_cut(what: &str, lasted: &Duration, slowest: &Duration) {
    println!("unread {what}: cut after {lasted:?}; the counter waited {slowest:?} at most");
    assert!(
        *lasted > STILL && *lasted < CUT_WITHIN,
        "{what}: {lasted:?}"
    );
}

/// A question with a statement that fits it in every respect.
fn request(thief: &Thief, use_no: u32) -> v1::AskRequest {
    let catalog = Catalog::builtin().expect("the catalog is sound");
    let party = sample("S1").expect("is planted").cases[0].parties[0];
    let subject = party.subject().expect("is well formed");
    let forgery = Forgery {
        flow: "F05".into(),
        matter: "02".into(),
        case_no: "GG-S01".into(),
        operator: format!("066{use_no}"),
        parties: vec![subject.clone()],
        subject,
        wants: vec![
            catalog
                .item_named("04.grzhzt")
                .expect("is in the catalog")
                .no,
        ],
        use_no,
        now: SystemClock.now(),
    };
    thief.request(&forgery).expect("can be composed")
}
