//! Probes over a stream: what they say of a database that goes bad, and a flood of them.

use super::*;

/// What the agent says of a class within the time that a hub waits where a question hangs.
async fn word(stream: &mut Attached, id: u64, class: u32) -> v1::Standing {
    let probe = v1::Probe {
        id,
        class,
        deadline_ms: 400,
    };
    stream.send(v1::hub_frame::Frame::Probe(probe)).await;
    let heard = tokio::time::timeout(Duration::from_millis(500), stream.frame());
    let Some(v1::agent_frame::Frame::Probed(probed)) = heard.await.expect("in time") else {
        panic!("a probe has an answer");
    };
    assert_eq!((probed.id, probed.class), (id, class));
    probed.standing()
}

/// It reaches the database, however warm the agent is.
#[tokio::test]
async fn a_probe_tells_that_a_database_has_gone_bad_and_when_it_is_well_again() {
    let mut star = Star::new().await;
    let mut stream = star.attached().await;
    assert_eq!(word(&mut stream, 1, 4).await, v1::Standing::Well);
    let mut owner = star.center.owner().await;
    let locked = sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut owner);
    locked.await.unwrap();
    for id in 2..5 {
        assert_eq!(word(&mut stream, id, 4).await, v1::Standing::Out);
    }
    assert_eq!(word(&mut stream, 5, 14).await, v1::Standing::Well);
    sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
    assert_eq!(word(&mut stream, 6, 4).await, v1::Standing::Well);
}

/// A hub gone mad asks for words as fast as it can: most are told that it is too much, each of them
/// is counted, and questions are answered as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_probes_is_shed_and_questions_are_not() {
    const FLOOD: u64 = 2_000;
    let mut star = Star::new().await;
    let Attached { mut up, down } = star.attached().await;
    let asked = star.quick("meanwhile");
    let sending = TaskTracker::new().spawn(async move {
        for id in 0..FLOOD {
            let probe = v1::Probe {
                id,
                class: 4,
                deadline_ms: 400,
            };
            let frame = v1::hub_frame::Frame::Probe(probe);
            let frame = v1::HubFrame { frame: Some(frame) };
            down.send(Ok(frame)).await.expect("it listens");
        }
        let ask = v1::hub_frame::Frame::Ask(asked);
        let frame = v1::HubFrame { frame: Some(ask) };
        down.send(Ok(frame)).await.expect("it listens");
        down
    });
    let (mut well, mut busy) = (0, 0);
    let is_answered = loop {
        let next = tokio::time::timeout(Duration::from_secs(2), up.message());
        match next.await.expect("it speaks").unwrap().unwrap().frame {
            Some(v1::agent_frame::Frame::Probed(probed)) => match probed.standing() {
                v1::Standing::Well => well += 1,
                v1::Standing::Busy => busy += 1,
                other => panic!("{other:?}"),
            },
            Some(v1::agent_frame::Frame::Reply(reply)) => break heard(reply).is_ok(),
            _ => {}
        }
    };
    assert!(is_answered, "a question is no probe");
    assert!(well > 0 && busy > FLOOD / 4, "{well} well, {busy} busy");
    let shed = star
        .center
        .metric("agent_asks_shed_total{limit=\"probes\"}");
    assert!(shed >= busy, "{shed} of {busy}");
    drop(sending.await.unwrap());
}
