//! S1 to S5: one account too many, one that should have moved, kinds and numbers.

use sandbox::counter::{duplicate_account, former_number, late_transfer, weigh};
use sandbox::world::Node;

use super::super::ground::Ground;
use super::record::{Part, Recorder};

const BASIC: &str = "01";
const SUBSIDY: &str = "03";

pub(super) async fn decide(ground: &Ground, recorder: &mut Recorder) {
    let today = ground.star.home().today();
    let s1 = recorder
        .ask(ground, ("GG-S01", "F05"), Part::default())
        .await;
    let verdict = duplicate_account(&s1.answer, Node::Guoguan, BASIC);
    let late = late_transfer(&s1.answer, Node::Guoguan, BASIC, today);
    let found = weigh([verdict, late]);
    recorder.decide(("S1", ""), &[&s1], found, "stop: duplicate-account at city");

    let s2 = recorder
        .ask(ground, ("CT-S02", "F05"), Part::default())
        .await;
    let verdict = duplicate_account(&s2.answer, Node::City, BASIC);
    let late = late_transfer(&s2.answer, Node::City, BASIC, today);
    let found = weigh([verdict, late]);
    recorder.decide(("S2", ""), &[&s2], found, "alert: late-transfer at tielu");

    let s3 = recorder
        .ask(ground, ("GG-S03", "F05"), Part::default())
        .await;
    let verdict = duplicate_account(&s3.answer, Node::Guoguan, SUBSIDY);
    let late = late_transfer(&s3.answer, Node::Guoguan, SUBSIDY, today);
    recorder.decide(
        ("S3", "a subsidy account"),
        &[&s3],
        weigh([verdict, late]),
        "go",
    );
    let second = duplicate_account(&s3.answer, Node::Guoguan, BASIC);
    let expected = "stop: duplicate-account at city";
    recorder.decide(("S3", "a basic account instead"), &[&s3], second, expected);

    let s4 = recorder
        .ask(ground, ("GG-S04", "F05"), Part::default())
        .await;
    let verdict = duplicate_account(&s4.answer, Node::Guoguan, BASIC);
    recorder.decide(
        ("S4", ""),
        &[&s4],
        verdict,
        "stop: duplicate-account at city",
    );
    two_numbers(ground, recorder).await;
}

/// S5: only the former number, where it is given, leads from one document to the other.
async fn two_numbers(ground: &Ground, recorder: &mut Recorder) {
    let permit = recorder
        .ask(ground, ("ZZ-S05", "F05"), Part::default())
        .await;
    let verdict = duplicate_account(&permit.answer, Node::Zhongzhi, BASIC);
    let expected = "stop: duplicate-account at city";
    recorder.decide(("S5", "by the permit"), &[&permit], verdict, expected);
    let link = former_number(&permit.answer);
    let expected = "manual: former-number at city";
    recorder.decide(("S5", "is the permit linked"), &[&permit], link, expected);
    let pass = recorder
        .ask(ground, ("ZZ-S05-2", "F05"), Part::default())
        .await;
    let verdict = duplicate_account(&pass.answer, Node::Zhongzhi, BASIC);
    let expected = "stop: duplicate-account at guoguan";
    recorder.decide(("S5", "by the pass"), &[&pass], verdict, expected);
    recorder.decide(
        ("S5", "is the pass linked"),
        &[&pass],
        former_number(&pass.answer),
        "go",
    );
}
