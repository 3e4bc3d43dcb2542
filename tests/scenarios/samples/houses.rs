//! S6, S7, S8 and S12: one house drawn on by two, twice, and back again; and who the spouse is.

use sandbox::client::Answer;
use sandbox::counter::{
    House, Matter, Purchase, contract_check, contract_price, family_sum, repeat_withdrawal,
    restricted, spouse, weigh,
};
use sandbox::world::{Node, sample};
use time::{Date, Duration};

use super::super::ground::Ground;
use super::record::{Asked, Part, Recorder, Wants};

/// What the spouse drew, and restrictions.
const DRAWN: Wants<'static> = &[
    (
        "06",
        &[
            "zxbh", "ywlsh", "tqyy", "fse", "sqrq", "spzt", "gfhtbh", "bdcdyh", "fwzl", "gxsj",
        ],
    ),
    ("11", &["zxbh", "blxxlx", "xzsx", "blxxzt", "zzrq", "gxsj"]),
];
/// The register of marriages.
const MARRIAGES: Wants<'static> = &[(
    "13",
    &[
        "hyzk", "poxm", "pozjhm", "djlx", "djrq", "sjfw", "hyjg", "hysj",
    ],
)];

pub(super) async fn decide(ground: &Ground, recorder: &mut Recorder) {
    let today = ground.star.home().today();
    for (case, contract, serial, remark, expected) in [
        ("CT-S06", "网签XY0000000601", 601, "below the price", "go"),
        (
            "CT-S06-2",
            "网签XY0000000602",
            602,
            "above the price",
            "stop: family-sum",
        ),
    ] {
        let husband = recorder.ask(ground, (case, "F10"), buyer(contract)).await;
        let drawn = Part {
            party: 1,
            wants: DRAWN,
            contract: None,
        };
        let wife = recorder.ask(ground, (case, "F10"), drawn).await;
        let purchase = purchase(&husband.answer, Node::City, (contract, serial), today);
        let family = [&husband.answer, &wife.answer];
        let wives_number = party("S6", case, 1);
        let verdict = weigh([
            contract_check(&husband.answer, contract),
            spouse(&husband.answer, Some(wives_number)),
            repeat_withdrawal(&husband.answer, &purchase),
            family_sum(&family, &purchase),
            restricted(&family, Matter::Withdrawal, today),
        ]);
        recorder.decide(("S6", remark), &[&husband, &wife], verdict, expected);
    }
    let s7 = ("ZZ-S07", "网签XY0000000007", 7);
    let (second, bought) = purchase_of(recorder, ground, s7, today).await;
    let own = Purchase {
        applied: today - Duration::days(2),
        ..bought
    };
    let verdict = drawn(&second, &own, today);
    recorder.decide(
        ("S7", ""),
        &[&second],
        verdict,
        "stop: repeat-withdrawal at guoguan",
    );
    let (again, purchase) =
        purchase_of(recorder, ground, ("CT-S08", "网签XY0000000008", 8), today).await;
    let checked = contract_check(&again.answer, "网签XY0000000008");
    let verdict = weigh([checked, drawn(&again, &purchase, today)]);
    recorder.decide(("S8", ""), &[&again], verdict, "go");
    latest_registration(ground, recorder).await;
}

/// Everything about the applicant, whose contract is to be checked.
fn buyer(contract: &str) -> Part<'_> {
    Part {
        contract: Some(contract),
        ..Part::default()
    }
}

/// The rules about one applicant's house.
fn drawn(asked: &Asked, purchase: &Purchase, today: Date) -> sandbox::counter::Verdict {
    weigh([
        repeat_withdrawal(&asked.answer, purchase),
        family_sum(&[&asked.answer], purchase),
        restricted(&[&asked.answer], Matter::Withdrawal, today),
    ])
}

async fn purchase_of(
    recorder: &mut Recorder,
    ground: &Ground,
    (case, contract, serial): (&str, &str, u64),
    today: Date,
) -> (Asked, Purchase) {
    let asked = recorder.ask(ground, (case, "F10"), buyer(contract)).await;
    let purchase = purchase(&asked.answer, asked.center, (contract, serial), today);
    (asked, purchase)
}

/// 100,000 yuan more for the house, whose price the housing commission says.
fn purchase(answer: &Answer, own: Node, (contract, serial): (&str, u64), today: Date) -> Purchase {
    Purchase {
        own,
        number: None,
        applied: today,
        house: House {
            unit: Some(format!("110109001001GB{:05}F{serial:08}", serial % 100_000)),
            contract: Some(contract.to_owned()),
            address: None,
        },
        price: contract_price(answer, contract).expect("the commission says the price"),
        amount: "100000.00".parse().expect("is a number"),
    }
}

/// S12: divorced and married again; the registry tells the first marriage first.
async fn latest_registration(ground: &Ground, recorder: &mut Recorder) {
    let register = Part {
        wants: MARRIAGES,
        ..Part::default()
    };
    let asked = recorder.ask(ground, ("CT-S12", "F10"), register).await;
    let present = party("S12", "CT-S12", 1);
    let verdict = spouse(&asked.answer, Some(present));
    recorder.decide(
        ("S12", "the present wife declared"),
        &[&asked],
        verdict,
        "go",
    );
    let (verdict, expected) = (spouse(&asked.answer, None), "manual: spouse at city");
    recorder.decide(("S12", "nobody declared"), &[&asked], verdict, expected);
    let former = spouse(&asked.answer, Some("110118190112120221"));
    recorder.decide(
        ("S12", "the former wife declared"),
        &[&asked],
        former,
        expected,
    );
}

/// The number of a party, as it stands on the case.
fn party(id: &str, case_no: &str, party: usize) -> &'static str {
    let cases = sample(id).expect("is planted").cases;
    let case = cases.iter().find(|case| case.case_no == case_no);
    case.expect("is planted").parties[party].number
}
