//! Duplicate account, late transfer, former number.

use super::*;

/// What opening an account of the basic fund at 国管 comes to.
fn opening(rows: &[(&str, &str)]) -> String {
    let rows: Vec<_> = rows.iter().map(|(node, row)| (*node, "04", *row)).collect();
    duplicate_account(&answer(&["04"], &rows), Node::Guoguan, "01").to_string()
}

#[test]
fn duplicate_accounts() {
    let stop = "stop: duplicate-account at city";
    let manual = "manual: unreadable at city";
    for (row, expected) in [
        // Live and frozen are live; the closed states and a sealed account are not.
        ("ywzl=01 grzhzt=01", stop),
        ("ywzl=01 grzhzt=06", stop),
        ("ywzl=01 grzhzt=02", "go"),
        ("ywzl=01 grzhzt=03", "go"),
        ("ywzl=01 grzhzt=04", "go"),
        ("ywzl=01 grzhzt=05", "go"),
        // Another kind stands beside it.
        ("ywzl=03 grzhzt=01", "go"),
        ("ywzl=02 grzhzt=01", "go"),
        // Neither is guessed: other, withheld state, withheld kind.
        ("ywzl=01 grzhzt=99", manual),
        ("ywzl=01 grzhzt=-", manual),
        ("ywzl=- grzhzt=01", manual),
    ] {
        assert_eq!(opening(&[("city", row)]), expected, "{row}");
    }
    // The center's own account is its own affair.
    assert_eq!(opening(&[("guoguan", "ywzl=01 grzhzt=01")]), "go");
    // A stop stands although another center cannot be read.
    let rows = [
        ("city", "ywzl=01 grzhzt=-"),
        ("zhongzhi", "ywzl=01 grzhzt=01"),
    ];
    assert_eq!(opening(&rows), "stop: duplicate-account at zhongzhi");
}

/// The first month here is the last one there, or the one after it.
#[test]
fn months_in_common_with_an_account_that_is_over() {
    let own = "ywzl=01 grzhzt=01 khrq=2025-12-01 jzny=202610";
    for (row, expected) in [
        (
            "ywzl=01 grzhzt=02 khrq=2020-01-05 jzny=202512",
            "alert: shared-months at tielu",
        ),
        (
            "ywzl=01 grzhzt=04 khrq=2020-01-05 jzny=202610",
            "alert: shared-months at tielu",
        ),
        ("ywzl=01 grzhzt=02 khrq=2020-01-05 jzny=202511", "go"),
        ("ywzl=03 grzhzt=02 khrq=2020-01-05 jzny=202610", "go"),
    ] {
        assert_eq!(
            opening(&[("guoguan", own), ("tielu", row)]),
            expected,
            "{row}"
        );
    }
}

#[test]
fn late_transfers() {
    for (row, letter, expected) in [
        // Thirty days are in time, thirty-one are not.
        ("ywzl=01 grzhzt=02 fcrq=2026-10-24", "", "go"),
        (
            "ywzl=01 grzhzt=02 fcrq=2026-10-23",
            "",
            "alert: late-transfer at tielu",
        ),
        ("ywzl=01 grzhzt=02 fcrq=2026-08-25", "lxhzt=06", "go"),
        (
            "ywzl=01 grzhzt=02 fcrq=2026-08-25",
            "lxhzt=00",
            "alert: late-transfer at tielu",
        ),
        (
            "ywzl=01 grzhzt=02 fcrq=2026-08-25",
            "lxhzt=05",
            "alert: late-transfer at tielu",
        ),
        ("ywzl=01 grzhzt=01", "", "go"),
        ("ywzl=03 grzhzt=02 fcrq=2026-01-01", "", "go"),
        (
            "ywzl=01 grzhzt=02 fcrq=-",
            "",
            "manual: unreadable at tielu",
        ),
    ] {
        let mut rows = vec![("tielu", "04", row)];
        if !letter.is_empty() {
            rows.push(("city", "07", letter));
        }
        let verdict = late_transfer(&answer(&["04", "07"], &rows), Node::City, "01", TODAY);
        assert_eq!(verdict.to_string(), expected, "{row} {letter}");
    }
}

#[test]
fn former_numbers_link_only_where_they_are_given() {
    for (row, expected) in [
        ("khbh=K1 yzjhm=00000505", "manual: former-number at city"),
        ("khbh=K1", "go"),
        ("khbh=K1 yzjhm=-", "manual: unreadable at city"),
        ("!unavailable", "park: city"),
    ] {
        let verdict = former_number(&answer(&["03"], &[("city", "03", row)]));
        assert_eq!(verdict.to_string(), expected, "{row}");
        assert!(
            !verdict.say().zh.contains("00000505"),
            "the number is not repeated"
        );
    }
}
