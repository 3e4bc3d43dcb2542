//! A limit set for a while holds from the next question on, says when to come back, survives the
//! hub's death and ends by an act; raising one takes two people.

use time::format_description::well_known::Rfc3339;

use super::*;

/// Of whom the limits are set.
const BURST: &str = "limit/operator.burst/city/0101";
const RATE: &str = "limit/operator.per_minute/city/0101";
/// A question each ten seconds, long enough for a question on a slow machine.
const PER_MINUTE: u32 = 6;

fn in_hours(hours: i64) -> String {
    let until = SystemClock.now() + time::Duration::hours(hours);
    until.format(&Rfc3339).expect("is a time")
}

async fn limit(home: &Home, name: &str, target: &str, value: u32) -> Said {
    let key = format!("{name}-{target}-{value}").replace(['/', '.', '_'], "-");
    let body = json!({
        "act": "limit", "target": target, "value": value, "until": in_hours(2),
        "reason": "演练", "key": key,
    });
    let said = door(home, name).post("/v1/acts", &body).await;
    said.expect("the hub is heard")
}

/// The next question is one too many, and is told when to come back.
async fn throttled(desk: &Desk) {
    let refusal = asked(desk).await.expect_err("is too often");
    let refusal = refusal.refusal().expect("the star refused");
    assert_eq!(refusal.code, "TS-LIMIT-OPERATOR");
    let wait = refusal.retry_after_ms;
    assert!((1..=10_000).contains(&wait), "{wait} ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_set_for_a_while_and_survives_the_death_of_the_hub() {
    let mut ground = Ground::start("acts-limits").await;
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    lowered(ground.star.home());
    let other = ground.star.desk(Node::City, "0102").expect("has a desk");
    asked(&desk).await.expect("is the first");
    throttled(&desk).await;
    asked(&other).await.expect("nobody else is held back");
    ground.star.kill_hub().expect("runs");
    ground.star.start_hub().await.expect("starts again");
    let attached = ground.star.wait_attached(&Node::ALL).await;
    attached.expect("all are back");
    asked(&desk).await.expect("is the first of this hub");
    throttled(&desk).await;
    let home = ground.star.home();
    refused(home, "duty-1", "lift-limit", BURST, "TS-ACT-ROLE").await;
    for target in [BURST, RATE] {
        let reason = ["--reason", "已修复"];
        let said = tianshu(
            home,
            "system-1",
            &[&["lift-limit", target][..], &reason].concat(),
        );
        assert!(said.contains("done"), "{said}");
    }
    asked(&desk).await.expect("is as before");
    asked(&desk).await.expect("is as before");
    raised(home).await;
    one_class(&ground).await;
    ground.check().await;
}

/// Whoever is on duty lowers two limits of one operator, with the program.
fn lowered(home: &Home) {
    let until = in_hours(2);
    for (target, value) in [(BURST, 1), (RATE, PER_MINUTE)] {
        let value = value.to_string();
        let what = ["limit", target, "--value", &value];
        let said = tianshu(
            home,
            "duty-1",
            &[&what[..], &["--until", &until, "--reason", "工号批量误发"]].concat(),
        );
        let told = format!("lower-limit {target} to {value} (reviewed ");
        assert!(said.contains(&told), "{said}");
    }
    let limits = tianshu(home, "audit-1", &["limits"]);
    let told = format!("operator.per_minute of city/0101 = {PER_MINUTE} a minute (reviewed 60");
    assert!(limits.contains(&told), "{limits}");
    let list = tianshu(home, "audit-1", &["list"]);
    assert!(
        list.contains(&format!("lower-limit {BURST} to 1")),
        "{list}"
    );
}

async fn raised(home: &Home) {
    let target = "limit/operator.burst/city/0102";
    let by_duty = limit(home, "duty-1", target, 60).await;
    assert_eq!(by_duty.body["code"], "TS-ACT-ROLE", "{}", by_duty.body);
    let too_much = limit(home, "system-1", target, 61).await;
    assert_eq!(too_much.body["code"], "TS-ACT-LIMIT", "{}", too_much.body);
    let asked = limit(home, "system-1", target, 60).await;
    assert_eq!(asked.body["stage"], "asked", "{}", asked.body);
    assert_eq!(in_force(home, target).await, json!(30), "it only waits");
    let number = format!("act/{}", asked.body["number"]);
    refused(home, "system-1", "confirm", &number, "TS-ACT-SECOND").await;
    let confirmed = done(home, "security-1", "confirm", &number).await;
    assert_eq!(confirmed["act"], "raise-limit");
    assert_eq!(in_force(home, target).await, json!(60));
}

async fn in_force(home: &Home, target: &str) -> Value {
    let said = door(home, "audit-1").get("/v1/limits").await;
    let body = said.expect("is heard").body;
    let limits = body["limits"].as_array().expect("has limits").clone();
    let (name, whom) = target["limit/".len()..].split_once('/').expect("names one");
    let is_it = |row: &&Value| row["limit"] == name && row["whom"] == whom;
    let each = |row: &&Value| row["limit"] == name && row["whom"].is_null();
    let row = limits
        .iter()
        .find(is_it)
        .or_else(|| limits.iter().find(each));
    row.expect("is there")["in_force"].clone()
}

/// Of three questions at once a class takes one; its center answers all three for the others.
async fn one_class(ground: &Ground) {
    let home = ground.star.home();
    for key in ["class_per_second", "class_burst"] {
        let target = format!("limit/target.{key}/guoguan/04");
        let said = limit(home, "security-1", &target, 1).await;
        assert_eq!(said.status, 200, "{}", said.body);
    }
    let desk = |name| ground.star.desk(Node::City, name).expect("has a desk");
    let (one, two, three) = (desk("0101"), desk("0102"), desk("0102"));
    let (one, two, three) = tokio::join!(asked(&one), asked(&two), asked(&three));
    let mut left_out = 0;
    for answer in [one, two, three] {
        let answer = answer.expect("is answered");
        assert_eq!(
            said(&answer, "guoguan", "03").1,
            "",
            "its neighbour is asked"
        );
        if said(&answer, "guoguan", "04").1 == "TS-NODE-CLASS-RATE" {
            left_out += 1;
            let lamp = answer.lamp("guoguan").expect("has one");
            assert_eq!(lamp.lamp, "not-known");
            assert!((1..=1_000).contains(&lamp.retry_after_ms), "{lamp:?}");
        }
    }
    assert!(left_out > 0, "three at once are more than one a second");
}
