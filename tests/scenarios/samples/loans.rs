//! S9, S10, S11 and S17: a loan found through a role, a race of two centers, how much the years and
//! the ceilings allow.

use sandbox::counter::{
    Home, House, LoanPlan, contribution_months, final_check, home_number, loan_cap, repeat_loan,
    years_of,
};
use sandbox::world::Node;

use super::super::ground::Ground;
use super::record::{Part, Recorder};

/// Loans in any role.
const LOANS: Part<'static> = Part {
    party: 0,
    wants: &[
        ("08", &["zxbh", "dksqbh", "jkhtbh", "sqrq", "dkzt", "gxsj"]),
        ("09", &["zxbh", "dksqbh", "cdjs", "cdgx", "gxsj"]),
        ("10", &["zxbh", "jkhtbh", "dkzt", "dkjqrq", "gxsj"]),
    ],
    contract: None,
};

pub(super) async fn decide(ground: &Ground, recorder: &mut Recorder) {
    let s9 = recorder.ask(ground, ("CT-S09", "F19"), LOANS).await;
    let verdict = repeat_loan(&[&s9.answer], None);
    recorder.decide(("S9", ""), &[&s9], verdict, "stop: repeat-loan at guoguan");

    // Both applications are in the books by now, so each center is told of the other's: whoever
    // comes second is stopped for certain, and the first one must speak with the second.
    let second = recorder
        .ask(ground, ("ZZ-S10", "F22"), Part::default())
        .await;
    let verdict = final_check(&[&second.answer], Node::Zhongzhi);
    recorder.decide(
        ("S10", "the second"),
        &[&second],
        verdict,
        "stop: final-check at city",
    );
    let no_records = |class: &sandbox::client::ClassAnswer| class.records.is_empty();
    let mut classes = second.answer.lamps.iter().flat_map(|lamp| &lamp.classes);
    assert!(classes.all(no_records), "a match moves no record");
    let first = recorder
        .ask(ground, ("CT-S10", "F22"), Part::default())
        .await;
    let verdict = final_check(&[&first.answer], Node::City);
    recorder.decide(
        ("S10", "the first"),
        &[&first],
        verdict,
        "stop: final-check at zhongzhi",
    );

    years(ground, recorder).await;
    ceiling(ground, recorder).await;
}

/// S11: 14 and 10 months with three in both are 21 months, which count as two years.
async fn years(ground: &Ground, recorder: &mut Recorder) {
    let asked = recorder
        .ask(ground, ("CT-S11", "F21"), Part::default())
        .await;
    let months = contribution_months(&asked.answer).expect("everybody was heard");
    assert_eq!((months.len(), years_of(&months)), (21, 2));
    for (amount, remark, expected) in [
        ("200000.00", "200,000 asked for", "go"),
        ("200000.01", "one fen more", "stop: loan-years"),
    ] {
        let plan = LoanPlan {
            amount: amount.parse().expect("is a number"),
            years: years_of(&months),
            home: Home::First,
            registered: &["110114"],
            house: "110112",
        };
        recorder.decide(("S11", remark), &[&asked], loan_cap(&plan), expected);
    }
}

/// S17: the uplift raises the ceiling, and 14 years reach it.
async fn ceiling(ground: &Ground, recorder: &mut Recorder) {
    let homes = recorder
        .ask(ground, ("CT-S17", "F20"), Part::default())
        .await;
    let house = House {
        unit: Some("110112001001GB00017F00000017".to_owned()),
        ..House::default()
    };
    let home = home_number(&[&homes.answer], &house).expect("everybody was heard");
    assert_eq!(home, Home::First);
    let asked = recorder
        .ask(ground, ("CT-S17", "F21"), Part::default())
        .await;
    let months = contribution_months(&asked.answer).expect("everybody was heard");
    assert_eq!((months.len(), years_of(&months)), (166, 14));
    for (house, remark, expected) in [
        ("110112", "a first home in 通州", "go"),
        ("110108", "a first home in 海淀", "stop: loan-cap"),
    ] {
        let plan = LoanPlan {
            amount: "1400000.00".parse().expect("is a number"),
            years: years_of(&months),
            home,
            registered: &["110101"],
            house,
        };
        recorder.decide(
            ("S17", remark),
            &[&homes, &asked],
            loan_cap(&plan),
            expected,
        );
    }
}
