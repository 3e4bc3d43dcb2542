//! Spouse, restrictions, contract, enterprise.

use rust_decimal::Decimal;

use super::*;

const WIFE: &str = "110101190001010014";
const FORMER: &str = "810000190001010026";

const MARRIED_ONCE: &str = "djlx=01 hyzk=20 djrq=1990-01-01 pozjhm=810000190001010026";
const DIVORCED: &str = "djlx=02 hyzk=40 djrq=2008-01-01 pozjhm=810000190001010026";
const MARRIED_AGAIN: &str = "djlx=01 hyzk=20 djrq=2016-01-01 pozjhm=110101190001010014";

fn declared(rows: &[&str], declared: Option<&str>) -> String {
    let rows: Vec<_> = rows.iter().map(|row| ("city", "13", *row)).collect();
    spouse(&answer(&["13"], &rows), declared).to_string()
}

#[test]
fn the_latest_registration_names_the_spouse() {
    let other = "manual: spouse at city";
    for (rows, who, expected) in [
        // The first marriage may come first in the reply, or last.
        (&[MARRIED_ONCE, DIVORCED, MARRIED_AGAIN], Some(WIFE), "go"),
        (&[MARRIED_AGAIN, DIVORCED, MARRIED_ONCE], Some(WIFE), "go"),
        (
            &[MARRIED_ONCE, DIVORCED, MARRIED_AGAIN],
            Some(FORMER),
            other,
        ),
        (&[MARRIED_ONCE, DIVORCED, MARRIED_AGAIN], None, other),
        (&[MARRIED_ONCE, DIVORCED, DIVORCED], None, "go"),
        (&[MARRIED_ONCE, DIVORCED, DIVORCED], Some(FORMER), other),
    ] {
        assert_eq!(declared(rows, who), expected, "{rows:?} {who:?}");
    }
    // An old record holds the number of its time.
    let old = "djlx=01 hyzk=20 djrq=1990-01-01 pozjhm=110101000101001";
    assert_eq!(declared(&[old], Some(WIFE)), "go");
}

#[test]
fn what_the_register_does_not_say_is_not_single() {
    let unreadable = "manual: unreadable at city";
    for (row, expected) in [
        ("djlx=99 hyjg=03", "manual: spouse"),
        ("djlx=01 hyzk=20 djrq=- pozjhm=1", unreadable),
        ("djlx=01 hyzk=- djrq=2016-01-01", unreadable),
        ("djlx=01 hyzk=20 djrq=2016-01-01 pozjhm=-", unreadable),
        ("!unavailable", "park: city"),
    ] {
        assert_eq!(declared(&[row], None), expected, "{row}");
    }
}

#[test]
fn restrictions_in_force_by_matter() {
    let stop = "stop: restricted at zhongzhi";
    for (row, matter, expected) in [
        ("blxxlx=06 xzsx=02;03 blxxzt=1", Matter::Registration, stop),
        (
            "blxxlx=06 xzsx=02;03 blxxzt=1",
            Matter::EmployerChange,
            stop,
        ),
        ("blxxlx=06 xzsx=02;03 blxxzt=1", Matter::Withdrawal, "go"),
        ("blxxlx=03 xzsx=04 blxxzt=1", Matter::Withdrawal, stop),
        ("blxxlx=03 xzsx=04 blxxzt=1", Matter::Loan, "go"),
        // Frauds and dishonest debtors borrow nothing, whatever else is restricted.
        ("blxxlx=01 xzsx=04 blxxzt=1", Matter::Loan, stop),
        ("blxxlx=09 xzsx=06 blxxzt=1", Matter::Loan, stop),
        ("blxxlx=09 xzsx=06 blxxzt=3", Matter::Loan, "go"),
        // Over: by state, or by date although the state was left; the last day still counts.
        ("blxxlx=03 xzsx=04 blxxzt=2", Matter::Withdrawal, "go"),
        ("blxxlx=03 xzsx=04 blxxzt=4", Matter::Withdrawal, "go"),
        (
            "blxxlx=03 xzsx=04 blxxzt=1 zzrq=2026-11-22",
            Matter::Withdrawal,
            "go",
        ),
        (
            "blxxlx=03 xzsx=04 blxxzt=1 zzrq=2026-11-23",
            Matter::Withdrawal,
            stop,
        ),
        (
            "blxxlx=04 xzsx=07 blxxzt=1",
            Matter::Withdrawal,
            "alert: notice at zhongzhi",
        ),
        (
            "blxxlx=04 xzsx=- blxxzt=1",
            Matter::Withdrawal,
            "manual: unreadable at zhongzhi",
        ),
        (
            "blxxlx=04 xzsx=04 blxxzt=-",
            Matter::Withdrawal,
            "manual: unreadable at zhongzhi",
        ),
        ("!refused", Matter::Withdrawal, "park: zhongzhi"),
    ] {
        let employer = answer(&["11"], &[("tielu", "11", "!not-covered")]);
        let handler = answer(&["11"], &[("zhongzhi", "11", row)]);
        let verdict = restricted(&[&employer, &handler], matter, TODAY);
        assert_eq!(verdict.to_string(), expected, "{row} {matter:?}");
    }
}

#[test]
fn contracts_agree_or_stop() {
    let stop = "stop: contract-check at city";
    for (row, expected) in [
        (
            "wqhth=XY1 hyjg=01 wxhyjg=---YY htzt=02 htje=3000000.00",
            "go",
        ),
        ("wqhth=网签XY1 hyjg=01 wxhyjg=YYYYY htzt=01", "go"),
        ("wqhth=XY1 hyjg=01 wxhyjg=YYNYY htzt=02", stop),
        ("wqhth=XY1 hyjg=02 wxhyjg=---YY htzt=02", stop),
        ("wqhth=XY1 hyjg=01 wxhyjg=---YY htzt=03", stop),
        (
            "wqhth=XY1 hyjg=01 wxhyjg=---YY htzt=04",
            "manual: unreadable at city",
        ),
        (
            "wqhth=XY1 hyjg=01 wxhyjg=---YY htzt=-",
            "manual: unreadable at city",
        ),
        (
            "wqhth=XY1 hyjg=- wxhyjg=---YY htzt=02",
            "manual: unreadable at city",
        ),
        (
            "wqhth=XY1 hyjg=01 wxhyjg=- htzt=02",
            "manual: unreadable at city",
        ),
        ("hyjg=04", "manual: unreadable at city"),
        ("hyjg=05", "park: city"),
        ("hyjg=03 wxhyjg=-----", "stop: contract-check"),
        (
            "wqhth=XY2 hyjg=01 wxhyjg=---YY htzt=02",
            "stop: contract-check",
        ),
        ("!unavailable", "park: city"),
    ] {
        let told = answer(&["12"], &[("city", "12", row)]);
        assert_eq!(
            contract_check(&told, "网签XY1").to_string(),
            expected,
            "{row}"
        );
    }
    let told = answer(
        &["12"],
        &[("city", "12", "wqhth=XY1 hyjg=01 htje=3000000.00")],
    );
    assert_eq!(contract_price(&told, "XY1"), Some(Decimal::from(3_000_000)));
    assert_eq!(contract_price(&told, "XY2"), None);
}

#[test]
fn enterprises_by_channel() {
    let stop = "stop: enterprise-status at city";
    for (row, counter, online) in [
        ("hyjg=01 dwzt=1", "go", "go"),
        ("hyjg=01 dwzt=2", stop, stop),
        ("hyjg=01 dwzt=3", stop, stop),
        ("hyjg=01 dwzt=4", stop, stop),
        ("hyjg=01 dwzt=5", "go", stop),
        (
            "hyjg=01 dwzt=-",
            "manual: unreadable at city",
            "manual: unreadable at city",
        ),
        (
            "hyjg=03",
            "manual: unreadable at city",
            "manual: unreadable at city",
        ),
        ("hyjg=05", "park: city", "park: city"),
        ("!unavailable", "park: city", "park: city"),
    ] {
        let told = answer(
            &["14"],
            &[("city", "14", row), ("tielu", "14", "!not-covered")],
        );
        for (channel, expected) in [(Channel::Counter, counter), (Channel::Online, online)] {
            let verdict = enterprise_status(&told, channel);
            assert_eq!(verdict.to_string(), expected, "{row} {channel:?}");
        }
    }
    let nothing = enterprise_status(&answer(&["14"], &[]), Channel::Counter);
    assert_eq!(nothing.to_string(), "manual: enterprise-status");
}

#[test]
fn an_employer_is_live_at_one_center() {
    for (node, row, expected) in [
        ("zhongzhi", "dwzhzt=01", "stop: live-employer at zhongzhi"),
        ("zhongzhi", "dwzhzt=02", "stop: live-employer at zhongzhi"),
        ("zhongzhi", "dwzhzt=03", "stop: live-employer at zhongzhi"),
        ("zhongzhi", "dwzhzt=04", "go"),
        ("zhongzhi", "dwzhzt=05", "go"),
        ("zhongzhi", "dwzhzt=-", "manual: unreadable at zhongzhi"),
        ("city", "dwzhzt=01", "go"),
        ("tielu", "!not-covered", "go"),
        ("guoguan", "!stale", "park: guoguan"),
    ] {
        let told = answer(&["02"], &[(node, "02", row)]);
        assert_eq!(
            live_employer(&told, Node::City).to_string(),
            expected,
            "{node} {row}"
        );
    }
}
