//! The link to the hub, over a real socket: attach, answer, cancel, lose, come back, take leave.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::answer::tests::{good, heard};
use crate::intake::IntakeRules;
use crate::tests::center::{Center, Options};
use crate::tests::eventually;
use crate::tests::hub::{Attached, Down, FakeHub};
use crate::translate::LocalLimits;
use wire::limits::FRAMES_QUEUED_MAX;

mod probes;
mod storm;

#[test]
fn pauses_grow_to_the_cap_and_keep_their_jitter() {
    let mut pause = Pause::default();
    for _ in 0..20 {
        let most = pause.most;
        let next = pause.next();
        assert!(next <= most && next >= most / 10, "{next:?} of {most:?}");
    }
    assert_eq!(pause.most, PAUSE_MAX);
}

/// A hundred agents lose the hub at one moment, which is back after so long: the most attempts that
/// reach it within any 100 ms, and when the last of them has.
fn storm(back_after: Duration) -> (usize, Duration) {
    let mut arrivals: Vec<Duration> = (0..100)
        .map(|_| {
            let mut pause = Pause::default();
            let mut at = pause.next();
            // An attempt at a hub that is not there is refused at once.
            while at < back_after {
                at += pause.next();
            }
            at
        })
        .collect();
    arrivals.sort();
    let window = Duration::from_millis(100);
    let most = arrivals
        .iter()
        .map(|from| {
            let within = arrivals
                .iter()
                .filter(|at| *at >= from && **at - *from < window);
            within.count()
        })
        .max();
    (most.unwrap(), arrivals[99] - back_after)
}

#[test]
fn a_hundred_agents_come_back_spread_out_and_soon() {
    for (down_ms, most, within_ms) in [(0, 48, 500), (1_000, 30, 2_000), (30_000, 30, 2_000)] {
        let (crowd, last) = storm(Duration::from_millis(down_ms));
        println!("down for {down_ms} ms: at most {crowd} in 100 ms, the last after {last:?}");
        assert!(crowd <= most, "{crowd} within 100 ms after {down_ms} ms");
        assert!(last <= Duration::from_millis(within_ms), "{last:?}");
    }
}

#[test]
fn no_more_questions_than_agreed() {
    let under_way = Arc::new(UnderWay::default());
    let places: Vec<_> = (0..ASKS_PER_STREAM_MAX)
        .map(|n| under_way.enter(&n.to_string()))
        .collect();
    assert!(places.iter().all(Option::is_some));
    assert!(under_way.enter("one more").is_none());
}

#[test]
fn a_question_has_one_place_and_frees_it() {
    let under_way = Arc::new(UnderWay::default());
    let place = under_way.enter("a").expect("has room");
    assert!(
        under_way.enter("a").is_none(),
        "one question is answered once"
    );
    drop(place);
    assert!(under_way.is_empty());
}

/// A question about persons takes so long, and then ends in a time-out.
const SLOW: Duration = Duration::from_millis(600);

/// An agent that keeps one stream to a hub.
struct Star {
    hub: FakeHub,
    center: Center,
    stop: CancellationToken,
    renewed: watch::Sender<u64>,
    tasks: TaskTracker,
    kept: JoinHandle<()>,
}

impl Star {
    async fn new() -> Self {
        Self::refused(0).await
    }

    async fn refused(times: u32) -> Self {
        Self::with(times, "").await
    }

    async fn with(times: u32, vetoes: &'static str) -> Self {
        Self::taking_in(times, vetoes, IntakeRules::default()).await
    }

    async fn taking_in(times: u32, vetoes: &'static str, intake: IntakeRules) -> Self {
        let hub = FakeHub::new().await;
        hub.refuses(times);
        let options = Options {
            vetoes,
            is_slow: true,
            limits: LocalLimits {
                statement_timeout: SLOW,
                ..LocalLimits::default()
            },
            ..Options::default()
        };
        let center = Center::with("city", options).await;
        let stop = CancellationToken::new();
        let (renewed, changes) = watch::channel(0);
        let channel = hub.channel();
        let tasks = TaskTracker::new();
        let session = Session {
            uplink: Uplink::new(move || channel.clone()),
            hello: v1::Hello {
                software: "test".into(),
                classes: vec![3, 4],
                ..v1::Hello::default()
            },
            answers: Answers::new(Arc::new(center.answerer()), tasks.clone()),
            witness: None,
            naming: Arc::new(center.naming()),
            intake: Arc::new(Intake::new(intake)),
            metrics: Arc::clone(&center.metrics),
            tasks: tasks.clone(),
            stopping: stop.clone(),
            renewed: changes,
            drain: Duration::from_secs(5),
        };
        let kept = TaskTracker::new().spawn(session.keep());
        Self {
            hub,
            center,
            stop,
            renewed,
            tasks,
            kept,
        }
    }

    async fn attached(&mut self) -> Attached {
        let (hello, attached) = self.hub.attached().await;
        assert_eq!(
            (hello.software.as_str(), hello.classes),
            ("test", vec![3, 4])
        );
        let metrics = Arc::clone(&self.center.metrics);
        eventually("the link is up", || metrics.is_linked()).await;
        attached
    }

    fn quick(&self, query: &'static str) -> v1::NodeAsk {
        self.asked(query, &["04-08"])
    }

    fn slow(&self, query: &'static str) -> v1::NodeAsk {
        self.asked(query, &["03-06"])
    }

    fn asked(&self, query: &'static str, wants: &[&'static str]) -> v1::NodeAsk {
        let asks = crate::answer::tests::Asks { query, ..good() };
        asks.wanting(wants).signed(&self.center)
    }
}

#[tokio::test]
async fn several_questions_are_answered_at_once_and_a_slow_one_holds_up_no_other() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.slow("slow")).await;
    let quick = ["q-1", "q-2", "q-3"];
    for query in quick {
        stream.ask(star.quick(query)).await;
    }
    let mut first = Vec::new();
    for _ in quick {
        let reply = stream.reply().await;
        first.push(reply.query_id.clone());
        assert_eq!(heard(reply).expect("is answered")[0].code, "");
    }
    first.sort();
    assert_eq!(first, quick);
    let last = stream.reply().await;
    assert_eq!(last.query_id, "slow");
    assert_eq!(heard(last).unwrap()[0].code, "TS-NODE-TIMEOUT");
}

/// A probe tells how a class's system is and nothing else; nobody is asked about.
#[tokio::test]
async fn a_probe_is_answered_without_an_entry() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    for (id, class) in [(1, 4), (2, 14), (3, 99)] {
        let probe = v1::Probe {
            id,
            class,
            deadline_ms: 1_000,
        };
        stream.send(v1::hub_frame::Frame::Probe(probe)).await;
        let Some(v1::agent_frame::Frame::Probed(probed)) = stream.frame().await else {
            panic!("a probe has an answer");
        };
        assert_eq!((probed.id, probed.class), (id, class));
        // A class that is not held has no system that could be sick.
        assert_eq!(probed.standing(), v1::Standing::Well, "class {class}");
    }
    assert_eq!(star.center.entries().len(), 0);
}

#[tokio::test]
async fn a_question_sent_twice_is_answered_once() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.slow("twice")).await;
    stream.ask(star.slow("twice")).await;
    let busy = stream.reply().await;
    assert_eq!(heard(busy), Err(wire::RefusalCode::NodeBusy));
    let answered = stream.reply().await;
    assert!(heard(answered).is_ok());
    assert_eq!(star.center.entries().len(), 1);
}

#[tokio::test]
async fn a_question_that_comes_again_on_another_stream_is_answered_once() {
    let mut star = Star::new().await;
    for (query, ask) in [
        ("under-way", star.slow("under-way")),
        ("done", star.quick("done")),
    ] {
        let mut first = star.attached().await;
        first.ask(ask.clone()).await;
        if query == "done" {
            assert_eq!(first.reply().await.query_id, query);
        } else {
            let tasks = star.tasks.clone();
            eventually("the question is under way", || tasks.len() == 2).await;
        }
        // The stream is lost with its reply, as far as the hub can see.
        drop(first);
        let mut second = star.attached().await;
        second.ask(ask).await;
        let reply = second.reply().await;
        assert_eq!(reply.query_id, query);
        assert!(heard(reply).is_ok());
        let entries = star.center.entries();
        let served = entries.iter().filter(|entry| entry["query"] == query);
        assert_eq!(served.count(), 1, "{entries:?}");
        drop(second);
    }
    let repeated = star
        .center
        .metric("agent_asks_served_total{result=\"repeated\"}");
    assert_eq!(repeated, 2);
}

#[tokio::test]
async fn another_question_under_a_known_id_is_refused_and_on_record() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.quick("known")).await;
    assert!(heard(stream.reply().await).is_ok());
    stream.ask(star.asked("known", &["04-08", "04-14"])).await;
    assert_eq!(
        heard(stream.reply().await),
        Err(wire::RefusalCode::GuardFlow)
    );
    let entries = star.center.entries();
    assert_eq!(entries.last().unwrap()["code"], "TS-GUARD-FLOW");
}

#[tokio::test]
async fn a_cancelled_question_ends_its_work_and_gets_no_reply() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.slow("gone")).await;
    let tasks = star.tasks.clone();
    eventually("the question is under way", || tasks.len() == 2).await;
    let begun = std::time::Instant::now();
    let cancel = v1::Cancel {
        query_id: "gone".into(),
    };
    stream.send(v1::hub_frame::Frame::Cancel(cancel)).await;
    eventually("the work has ended", || tasks.is_empty()).await;
    assert!(begun.elapsed() < SLOW / 2, "{:?}", begun.elapsed());
    stream.ask(star.quick("next")).await;
    assert_eq!(stream.reply().await.query_id, "next");
    let entries = star.center.entries();
    let gone = entries.iter().find(|entry| entry["query"] == "gone");
    let gone = gone.expect("what was begun is on record");
    assert_eq!(gone["cancelled"], true, "{gone}");
    assert_eq!(gone["classes"]["03"]["outcome"], "unavailable", "{gone}");
}

#[tokio::test]
async fn a_lost_stream_is_made_anew() {
    let mut star = Star::new().await;
    let stream = star.attached().await;
    drop(stream);
    let metrics = Arc::clone(&star.center.metrics);
    let mut again = star.attached().await;
    again.ask(star.quick("q-1")).await;
    assert_eq!(again.reply().await.query_id, "q-1");
    let up = metrics.scrape(0).unwrap();
    assert!(up.contains("agent_links 1\n"), "streams are counted once");
}

#[tokio::test]
async fn a_refused_agent_backs_off_and_is_let_in_later() {
    let mut star = Star::refused(2).await;
    let begun = std::time::Instant::now();
    let metrics = Arc::clone(&star.center.metrics);
    assert!(!metrics.is_linked());
    star.attached().await;
    assert_eq!(star.hub.attempts(), 3);
    // Two pauses, the second of twice the first.
    let shortest = (PAUSE_FIRST * 3).mul_f64(PAUSE_FIXED);
    assert!(begun.elapsed() >= shortest, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_stop_is_announced_and_what_is_under_way_is_answered_first() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.slow("slow")).await;
    let tasks = star.tasks.clone();
    eventually("the question is under way", || tasks.len() == 2).await;
    star.stop.cancel();
    let frame = stream.frame().await;
    assert!(
        matches!(frame, Some(v1::agent_frame::Frame::Draining(_))),
        "{frame:?}"
    );
    assert_eq!(stream.reply().await.query_id, "slow");
    assert!(stream.frame().await.is_none(), "the stream has ended");
    star.kept.await.unwrap();
    assert_eq!(star.hub.attempts(), 1);
    assert!(!star.center.metrics.is_linked());
}

#[tokio::test]
async fn a_question_that_crosses_the_farewell_is_answered_too() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.slow("slow")).await;
    let tasks = star.tasks.clone();
    eventually("the question is under way", || tasks.len() == 2).await;
    star.stop.cancel();
    let farewell = stream.frame().await;
    assert!(
        matches!(farewell, Some(v1::agent_frame::Frame::Draining(_))),
        "{farewell:?}"
    );
    stream.ask(star.quick("crossed")).await;
    assert_eq!(stream.reply().await.query_id, "crossed");
    assert_eq!(stream.reply().await.query_id, "slow");
}

#[tokio::test]
async fn renewed_certificates_make_the_stream_anew_after_what_is_under_way() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    stream.ask(star.slow("slow")).await;
    let tasks = star.tasks.clone();
    eventually("the question is under way", || tasks.len() == 2).await;
    star.renewed.send_modify(|times| *times += 1);
    let frame = stream.frame().await;
    assert!(
        matches!(frame, Some(v1::agent_frame::Frame::Draining(_))),
        "{frame:?}"
    );
    assert_eq!(stream.reply().await.query_id, "slow");
    let mut again = star.attached().await;
    again.ask(star.quick("q-1")).await;
    assert_eq!(again.reply().await.query_id, "q-1");
}

#[tokio::test]
async fn a_stop_while_there_is_no_hub_does_not_wait() {
    let mut star = Star::refused(u32::MAX).await;
    let hub = &star.hub;
    eventually("it has tried", || hub.attempts() > 0).await;
    star.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(1), &mut star.kept).await;
    ended.expect("it does not wait").unwrap();
}

/// The operator of an old agent reads why it is not let in; nothing else of a hub's text is logged.
#[test]
fn only_the_versions_of_a_refused_catalog_are_logged() {
    let code = RefusalCode::AttachCatalog;
    let versions = "The node has catalog 2026.1; the hub has 2026.3.";
    assert_eq!(reason(code, versions), format!("{code}: {versions}"));
    let long = "x".repeat(REASON_BYTES_MAX + 1);
    for said in ["about 11010119000101009X", "a\nline", "某人", &long] {
        assert_eq!(reason(code, said), code.as_str());
    }
    let other = RefusalCode::AttachTooOften;
    assert_eq!(reason(other, versions), other.as_str());
}

const NO_FORMER: &str = "[[deny]]\nid = \"no-former\"\nclass = \"03\"\n\
                         reason = \"曾用证件号码须当面核对\"\n";
const NO_NOTHING: &str = "[[deny]]\nid = \"closed\"\nflow = \"F05\"\nreason = \"停业\"\n";

fn announced(frame: Option<v1::agent_frame::Frame>) -> Vec<(String, String)> {
    let Some(v1::agent_frame::Frame::Rules(words)) = frame else {
        panic!("no announcement: {frame:?}");
    };
    let rules = words.rules.into_iter();
    rules.map(|rule| (rule.id, rule.zh)).collect()
}

fn rule_of(reply: v1::NodeReply) -> v1::Rule {
    match reply.outcome {
        Some(v1::node_reply::Outcome::Refusal(refusal)) => refusal.rule.expect("names a rule"),
        other => panic!("is not refused: {other:?}"),
    }
}

#[tokio::test]
async fn rules_are_announced_after_attaching_and_when_they_change_and_before_a_reply_names_one() {
    let mut star = Star::with(0, NO_FORMER).await;
    let mut stream = star.attached().await;
    let said = announced(stream.frame().await);
    let word = ("no-former".to_owned(), "曾用证件号码须当面核对".to_owned());
    assert_eq!(said, [word]);
    stream.ask(star.slow("q-1")).await;
    let rule = rule_of(stream.reply().await);
    assert_eq!((rule.id.as_str(), rule.zh.as_str()), ("no-former", ""));
    star.center.veto(NO_NOTHING);
    stream.ask(star.quick("q-2")).await;
    let said = announced(stream.frame().await);
    assert_eq!(said, [("closed".to_owned(), "停业".to_owned())]);
    assert_eq!(rule_of(stream.reply().await).id, "closed");
    // Without a question too, and that there is none any more.
    star.center.veto("");
    assert_eq!(announced(stream.frame().await), []);
    // A stream that is made anew knows of nothing.
    star.center.veto(NO_FORMER);
    assert_eq!(announced(stream.frame().await).len(), 1);
    drop(stream);
    let mut again = star.attached().await;
    assert_eq!(announced(again.frame().await)[0].0, "no-former");
}

/// Sends a question so many times, each under a name of its own.
async fn flood(down: Down, ask: v1::NodeAsk, times: usize) -> Down {
    for nth in 0..times {
        let ask = v1::NodeAsk {
            query_id: format!("flood-{nth}"),
            ..ask.clone()
        };
        let frame = v1::HubFrame {
            frame: Some(v1::hub_frame::Frame::Ask(ask)),
        };
        down.send(Ok(frame)).await.unwrap();
    }
    down
}

/// A hub gone mad: ten thousand questions as fast as the stream takes them. The center works on as
/// many as it may and no more, whatever comes; what was too much is told as busy, with when to come
/// back, as far as the hub reads what it is told, and leaves nothing in the log. A hub that keeps
/// to what was agreed always has room for that word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_gone_mad_is_told_that_it_is_too_much() {
    const FLOOD: usize = 10_000;
    const AT_ONCE: usize = 16;
    let intake = IntakeRules {
        at_once: 16,
        per_second: 50,
        burst: 100,
    };
    let mut star = Star::taking_in(0, "", intake).await;
    let Attached { mut up, down } = star.attached().await;
    let ask = star.quick("flood");
    let sending = TaskTracker::new().spawn(flood(down, ask, FLOOD));
    let (mut busy, mut worked_on, mut most) = (0, 0, 0);
    while busy + worked_on < FLOOD {
        most = most.max(star.tasks.len());
        let next = tokio::time::timeout(Duration::from_secs(2), up.message());
        let Ok(Ok(Some(frame))) = next.await else {
            break;
        };
        let Some(v1::agent_frame::Frame::Reply(reply)) = frame.frame else {
            continue;
        };
        let Some(v1::node_reply::Outcome::Refusal(refusal)) = &reply.outcome else {
            worked_on += 1;
            continue;
        };
        if refusal.code == "TS-NODE-BUSY" {
            assert!(refusal.retry_after_ms > 0 && refusal.retry_after_ms <= 200);
            busy += 1;
        } else {
            worked_on += 1;
        }
    }
    let down = sending.await.unwrap();
    assert!(busy >= FRAMES_QUEUED_MAX, "{busy}");
    assert!((16..FLOOD / 4).contains(&worked_on), "{worked_on}");
    // A question has a task that looks it up and one that waits for that on its stream; the
    // keeper of the stream is one more.
    assert!(most <= 2 * AT_ONCE + 1, "{most} at once");
    assert!(star.center.entries().len() <= worked_on);
    let shed = ["at-once", "often"].map(|limit| {
        let name = format!("agent_asks_shed_total{{limit=\"{limit}\"}}");
        usize::try_from(star.center.metric(&name)).unwrap()
    });
    assert!(shed[0] > 0, "{shed:?}");
    let counted = shed[0] + shed[1] + worked_on;
    assert_eq!(counted, FLOOD, "every question is counted");
    // And it serves on.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut stream = Attached { up, down };
    stream.ask(star.quick("after")).await;
    let last = stream.reply().await;
    assert_eq!(last.query_id, "after");
    assert!(heard(last).is_ok());
}

/// A frame that no question needs ends the stream; nothing of it is kept.
#[tokio::test]
async fn a_frame_larger_than_any_question_is_not_read() {
    let mut star = Star::new().await;
    let stream = star.attached().await;
    let ask = v1::NodeAsk {
        payload: vec![0; wire::limits::HUB_FRAME_BYTES_MAX + 1],
        ..star.quick("large")
    };
    stream.ask(ask).await;
    drop(stream);
    let (hello, _) = star.hub.attached().await;
    assert_eq!(hello.software, "test", "it comes back over a new stream");
}
