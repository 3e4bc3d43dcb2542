//! S15 and S16: a revoked employer, and a new one of a listed representative.

use sandbox::counter::{Channel, Matter, enterprise_status, live_employer, restricted, weigh};
use sandbox::world::Node;

use super::super::ground::Ground;
use super::record::{Part, Recorder};

/// What is asked about a person of an employer's case: whether he or she is listed.
fn listed(party: usize) -> Part<'static> {
    Part {
        party,
        wants: &[("11", &["zxbh", "blxxlx", "xzsx", "blxxzt", "zzrq", "gxsj"])],
        contract: None,
    }
}

pub(super) async fn decide(ground: &Ground, recorder: &mut Recorder) {
    let today = ground.star.home().today();
    for (id, case, expected) in [
        ("S15", "CT-S15", "stop: enterprise-status at city"),
        ("S16", "CT-S16", "stop: restricted at zhongzhi"),
    ] {
        let employer = recorder.ask(ground, (case, "F01"), Part::default()).await;
        let representative = recorder.ask(ground, (case, "F01"), listed(1)).await;
        let handler = recorder.ask(ground, (case, "F01"), listed(2)).await;
        let all = [&employer.answer, &representative.answer, &handler.answer];
        if id == "S15" {
            let class = employer
                .answer
                .lamp("city")
                .and_then(|lamp| lamp.class("14"));
            let record = &class.expect("the city asks market regulation").records[0];
            assert_eq!(record.text("dwzt").as_deref(), Some("3"), "吊销,未注销");
        }
        let verdict = weigh([
            enterprise_status(&employer.answer, Channel::Counter),
            live_employer(&employer.answer, Node::City),
            restricted(&all, Matter::Registration, today),
        ]);
        recorder.decide(
            (id, ""),
            &[&employer, &representative, &handler],
            verdict,
            expected,
        );
    }
}
