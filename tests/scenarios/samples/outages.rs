//! S13 and S14: the railway's file of today is missing, and 国管 is down.

use std::time::Duration;

use sandbox::aside::Aside;
use sandbox::counter::{Verdict, duplicate_account, late_transfer, weigh};
use sandbox::world::Node;
use sandbox::world::fault::age_file;

use super::super::ground::Ground;
use super::record::{Asked, Part, Recorder};

const BASIC: &str = "01";
/// Pause between questions while the railway's agent notices; it looks every so often.
const PAUSE: Duration = Duration::from_millis(700);
/// Questions after which the file must have been noticed; the flow allows no more from one case.
const TRIES: usize = 18;

pub(super) async fn decide(ground: &mut Ground, recorder: &mut Recorder) {
    yesterdays_file(ground, recorder).await;
    one_center_down(ground, recorder).await;
}

async fn yesterdays_file(ground: &Ground, recorder: &mut Recorder) {
    let home = ground.star.home();
    let tielu = home.node(Node::Tielu);
    let aside = Aside::take(&tielu.join("data/drop")).expect("can be set aside");
    let removed = age_file(&tielu, home.today()).expect("there are files of today");
    assert!(removed > 0);
    let stale = railway(ground, recorder, "stale").await;
    let lamp = stale.answer.lamp("tielu").expect("has a lamp");
    let yesterday = home
        .today()
        .previous_day()
        .expect("there is one")
        .to_string();
    let as_of = lamp.as_of.clone().unwrap_or_default();
    assert!(as_of.starts_with(&yesterday), "{as_of}");
    let verdict = duplicate_account(&stale.answer, Node::City, BASIC);
    let said = verdict.say();
    assert!(
        said.zh.contains(&as_of) && said.en.contains(&as_of),
        "{said:?}"
    );
    let expected = "stop: duplicate-account at tielu";
    recorder.decide(("S13", "yesterday's file"), &[&stale], verdict, expected);
    aside.put_back().expect("is put back");
    let fresh = railway(ground, recorder, "answered").await;
    let verdict = duplicate_account(&fresh.answer, Node::City, BASIC);
    recorder.decide(
        ("S13", "today's file is there again"),
        &[&fresh],
        verdict,
        expected,
    );
}

/// Asks until the railway's lamp is the one waited for.
async fn railway(ground: &Ground, recorder: &mut Recorder, lamp: &str) -> Asked {
    for _ in 0..TRIES {
        let asked = recorder
            .ask(ground, ("CT-S13", "F05"), Part::default())
            .await;
        if asked
            .answer
            .lamp("tielu")
            .is_some_and(|seen| seen.lamp == lamp)
        {
            return asked;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("the railway's lamp does not turn {lamp}");
}

async fn one_center_down(ground: &mut Ground, recorder: &mut Recorder) {
    let today = ground.star.home().today();
    let decided = |asked: &Asked| -> Verdict {
        weigh([
            duplicate_account(&asked.answer, Node::City, BASIC),
            late_transfer(&asked.answer, Node::City, BASIC, today),
        ])
    };
    ground
        .star
        .stop_agent(Node::Guoguan)
        .await
        .expect("stops in good order");
    let asked = recorder
        .ask(ground, ("CT-S14", "F05"), Part::default())
        .await;
    let lamps: Vec<_> = asked
        .answer
        .lamps
        .iter()
        .map(|lamp| lamp.lamp.as_str())
        .collect();
    // The railway's account was moved out long ago: an answer, but no hit.
    let is_answer = |lamp: &&&str| ["answered", "no-hit"].contains(*lamp);
    let answered = lamps.iter().filter(is_answer).count();
    let unknown = lamps.iter().filter(|lamp| **lamp == "not-known").count();
    assert_eq!((answered, unknown), (3, 1), "{lamps:?}");
    recorder.decide(
        ("S14", "国管 is down"),
        &[&asked],
        decided(&asked),
        "park: guoguan",
    );
    ground
        .star
        .start_agent(Node::Guoguan)
        .await
        .expect("starts again");
    let asked = recorder
        .ask(ground, ("CT-S14", "F05"), Part::default())
        .await;
    let expected = "alert: late-transfer at guoguan";
    recorder.decide(
        ("S14", "the case goes on"),
        &[&asked],
        decided(&asked),
        expected,
    );
}
