//! House identity, repeat withdrawal, the family's sum, rent.

use rust_decimal::Decimal;

use super::*;

pub(super) fn purchase(unit: &str) -> Purchase {
    Purchase {
        own: Node::City,
        number: None,
        applied: date!(2026 - 11 - 20),
        house: House {
            unit: Some(super::unit(unit)),
            ..House::default()
        },
        price: Decimal::from(3_000_000),
        amount: Decimal::from(100_000),
    }
}

fn house(unit: &str, contract: &str, address: &str) -> House {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    House {
        unit: known(unit).map(|short| super::unit(&short)),
        contract: known(contract),
        address: known(address),
    }
}

#[test]
fn houses_are_compared_by_unit_then_contract_then_address() {
    let road = "北京市通州区样例路7号1号楼1单元101";
    for (one, two, expected) in [
        (house("U1", "", ""), house("U1", "", ""), Some(true)),
        (
            house(" 110109001001 gb00001f0000000１ ", "", ""),
            house("U1", "", ""),
            Some(true),
        ),
        // The unit number decides, whatever else is said.
        (
            house("U1", "C1", road),
            house("U2", "C1", road),
            Some(false),
        ),
        (house("U1", "C1", ""), house("U1", "C2", ""), Some(true)),
        // Prefix and blanks are no part of a contract number.
        (
            house("", "网签XY 0000000601", ""),
            house("", "xy0000000601", ""),
            Some(true),
        ),
        (
            house("", "网签0000000601", ""),
            house("U1", "0000000602", ""),
            Some(false),
        ),
        // Another contract number may be another kind of number: the address decides.
        (house("", "C1", road), house("", "C2", road), Some(true)),
        (
            house("", "", road),
            house("", "", "通州区样例路７号１幢一单元101室"),
            Some(true),
        ),
        (
            house("", "", road),
            house("", "", "北京市样例路7号1号楼1单元101"),
            Some(true),
        ),
        (
            house("", "", road),
            house("", "", "北京市大兴区样例路7号1号楼1单元101"),
            Some(false),
        ),
        (
            house("", "", road),
            house("", "", "北京市通州区样例路7号1号楼1单元102"),
            Some(false),
        ),
        (
            house("", "", road),
            house("", "", "北京市通州区样例路7号2号楼1单元101"),
            Some(false),
        ),
        // Nothing in common to compare is not "another house".
        (house("U1", "", ""), house("", "C1", road), None),
        (house("", "", ""), house("U1", "C1", road), None),
    ] {
        assert_eq!(one.is_same(&two), expected, "{one:?} {two:?}");
        assert_eq!(two.is_same(&one), expected, "{two:?} {one:?}");
    }
}

#[test]
fn repeat_withdrawals() {
    let paid = "tqyy=01 spzt=04 fse=800000.00 ywlsh=1 sqrq=2026-01-01 bdcdyh=U1";
    let back = "tqyy=01 spzt=08 fse=-800000.00 ywlsh=2 sqrq=2026-02-01 bdcdyh=U1";
    let stop = "stop: repeat-withdrawal at guoguan";
    for (rows, expected) in [
        (vec![paid], stop),
        (vec![paid, back], "go"),
        // Only one of two is taken back; a reversal of another amount takes back nothing.
        (vec![paid, paid, back], stop),
        (vec![paid, "tqyy=01 spzt=08 fse=-799999.99 bdcdyh=U1"], stop),
        (vec![paid, "tqyy=01 spzt=08 fse=-800000.00 bdcdyh=U2"], stop),
        // A row that is itself marked as reversed drew nothing, and takes back nothing else.
        (vec!["tqyy=01 spzt=08 fse=800000.00 bdcdyh=U1"], "go"),
        (vec![paid, "tqyy=01 spzt=08 fse=800000.00 bdcdyh=U1"], stop),
        // Pending: before, on the same day, after.
        (
            vec!["tqyy=01 spzt=01 fse=1.00 sqrq=2026-11-19 bdcdyh=U1"],
            stop,
        ),
        (
            vec!["tqyy=01 spzt=02 fse=1.00 sqrq=2026-11-20 bdcdyh=U1"],
            stop,
        ),
        (
            vec!["tqyy=01 spzt=03 fse=1.00 sqrq=2026-11-21 bdcdyh=U1"],
            "go",
        ),
        (vec!["tqyy=01 spzt=03 fse=1.00 sqrq=- bdcdyh=U1"], stop),
        // Refused, taken back, failed.
        (vec!["tqyy=01 spzt=05 fse=1.00 bdcdyh=U1"], "go"),
        (vec!["tqyy=01 spzt=06 fse=1.00 bdcdyh=U1"], "go"),
        (vec!["tqyy=01 spzt=07 fse=1.00 bdcdyh=U1"], "go"),
        // Another house, another reason; nothing to compare, nothing to read.
        (vec!["tqyy=01 spzt=04 fse=1.00 bdcdyh=U2"], "go"),
        (vec!["tqyy=07 spzt=04 fse=1.00"], "go"),
        (
            vec!["tqyy=01 spzt=04 fse=1.00"],
            "manual: unreadable at guoguan",
        ),
        (
            vec!["tqyy=- spzt=04 fse=1.00 bdcdyh=U1"],
            "manual: unreadable at guoguan",
        ),
        (
            vec!["tqyy=01 spzt=- fse=1.00 bdcdyh=U1"],
            "manual: unreadable at guoguan",
        ),
        (
            vec!["tqyy=01 spzt=04 fse=- bdcdyh=U1"],
            "manual: unreadable at guoguan",
        ),
    ] {
        let rows: Vec<_> = rows.into_iter().map(|row| ("guoguan", "06", row)).collect();
        let verdict = repeat_withdrawal(&answer(&["06"], &rows), &purchase("U1"));
        assert_eq!(verdict.to_string(), expected, "{rows:?}");
    }
    let own = answer(&["06"], &[("city", "06", paid)]);
    assert_eq!(repeat_withdrawal(&own, &purchase("U1")).to_string(), "go");
}

#[test]
fn the_familys_sum_is_held_against_the_price_to_the_fen() {
    let draw = |amount: &str, state: &str| {
        format!("tqyy=01 spzt={state} fse={amount} ywlsh=TQ1 sqrq=2026-01-01 bdcdyh=U1")
    };
    let back = "tqyy=01 spzt=08 fse=-2000000.00 bdcdyh=U1".to_owned();
    for (his, hers, expected) in [
        (draw("1500000.00", "04"), draw("1400000.00", "04"), "go"),
        (
            draw("1500000.00", "04"),
            draw("1400000.01", "04"),
            "stop: family-sum",
        ),
        (
            draw("1500000.00", "04"),
            draw("1400000.01", "01"),
            "stop: family-sum",
        ),
        (draw("1500000.00", "04"), draw("1400000.01", "05"), "go"),
        (draw("2000000.00", "04"), back.clone(), "go"),
        (draw("2900000.01", "04"), back, "stop: family-sum"),
    ] {
        let him = answer(&["06"], &[("city", "06", &his)]);
        let her = answer(&["06"], &[("guoguan", "06", &hers)]);
        let verdict = family_sum(&[&him, &her], &purchase("U1"));
        assert_eq!(verdict.to_string(), expected, "{his} {hers}");
    }
    // This application stands in the records already: it counts once.
    let own = answer(&["06"], &[("city", "06", &draw("2900000.00", "02"))]);
    let mut this = purchase("U1");
    this.amount = Decimal::from(2_900_000);
    assert_eq!(family_sum(&[&own], &this).to_string(), "stop: family-sum");
    this.number = Some("TQ1".to_owned());
    assert_eq!(family_sum(&[&own], &this).to_string(), "go");
    let down = answer(&["06"], &[("tielu", "06", "!unavailable")]);
    assert_eq!(family_sum(&[&own, &down], &this).to_string(), "park: tielu");
}

#[test]
fn rent_of_the_same_months() {
    let lease = |from: &str, until: &str, state: &str| {
        format!("tqyy=07 spzt={state} zlqsrq={from} zlzzrq={until}")
    };
    let overlap = "stop: rent-overlap at zhongzhi";
    for (row, expected) in [
        (lease("2025-01-01", "2025-12-31", "04"), "go"),
        (lease("2025-01-01", "2026-01-01", "04"), overlap),
        (lease("2026-06-30", "2027-06-30", "01"), overlap),
        (lease("2026-07-01", "2027-06-30", "01"), "go"),
        (lease("2026-01-01", "2026-06-30", "06"), "go"),
        (
            lease("2026-01-01", "-", "04"),
            "manual: unreadable at zhongzhi",
        ),
        (
            "tqyy=01 tqyyxq=0007 spzt=04".to_owned(),
            "stop: purchase-on-record at zhongzhi",
        ),
        ("tqyy=01 tqyyxq=0012 spzt=04".to_owned(), "go"),
        (
            "tqyy=01 tqyyxq=- spzt=04".to_owned(),
            "manual: unreadable at zhongzhi",
        ),
        ("tqyy=06 spzt=04".to_owned(), "go"),
    ] {
        let told = answer(&["06"], &[("zhongzhi", "06", &row)]);
        let months = Lease {
            from: "202601",
            until: "202606",
        };
        let verdict = rent_overlap(&[&told], Node::City, months);
        assert_eq!(verdict.to_string(), expected, "{row}");
    }
    let reversed = answer(
        &["06"],
        &[
            ("zhongzhi", "06", "tqyy=01 tqyyxq=0007 spzt=04"),
            ("zhongzhi", "06", "tqyy=01 tqyyxq=0007 spzt=08"),
        ],
    );
    let months = Lease {
        from: "202601",
        until: "202606",
    };
    let verdict = rent_overlap(&[&reversed], Node::City, months);
    assert_eq!(
        verdict.to_string(),
        "manual: purchase-on-record at zhongzhi"
    );
    let wrong = Lease {
        from: "2026",
        until: "202606",
    };
    assert_eq!(
        rent_overlap(&[&reversed], Node::City, wrong).to_string(),
        "manual: unreadable"
    );
}
