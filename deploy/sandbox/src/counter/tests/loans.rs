//! Repeat loan, uses, homes, contribution years, ceilings, final check.

use rust_decimal::Decimal;

use super::*;

const LOANS: [&str; 3] = ["08", "09", "10"];

#[test]
fn an_open_loan_in_any_role_stops() {
    let stop = "stop: repeat-loan at guoguan";
    let party = ("guoguan", "09", "dksqbh=S1 cdjs=1");
    let contract = |row| ("guoguan", "08", row);
    for (rows, expected) in [
        (vec![], "go"),
        (vec![party, contract("dksqbh=S1 jkhtbh=J1 dkzt=04")], stop),
        (vec![contract("dksqbh=S1 dkzt=01")], stop),
        (vec![contract("dksqbh=S1 dkzt=05")], stop),
        (vec![contract("dksqbh=S1 dkzt=07")], stop),
        (vec![contract("dksqbh=S1 dkzt=06")], "go"),
        (vec![contract("dksqbh=S1 dkzt=08")], "go"),
        (vec![contract("dksqbh=S1 dkzt=09")], "go"),
        // The account knows that the contract's loan is settled.
        (
            vec![
                contract("dksqbh=S1 jkhtbh=J1 dkzt=04"),
                ("guoguan", "10", "jkhtbh=J1 dkzt=06"),
            ],
            "go",
        ),
        (vec![("guoguan", "10", "jkhtbh=J1 dkzt=05")], stop),
        (vec![party], "manual: unreadable at guoguan"),
        (
            vec![contract("dksqbh=S1 dkzt=-")],
            "manual: unreadable at guoguan",
        ),
        // This very application, and another one of the same number elsewhere.
        (vec![("city", "08", "dksqbh=S9 dkzt=01")], "go"),
        (vec![contract("dksqbh=S9 dkzt=01")], stop),
        (vec![("tielu", "08", "!unavailable")], "park: tielu"),
    ] {
        let told = answer(&LOANS, &rows);
        let verdict = repeat_loan(&[&told], Some((Node::City, "S9")));
        assert_eq!(verdict.to_string(), expected, "{rows:?}");
    }
}

#[test]
fn settled_loans_count_as_used_and_void_ones_do_not() {
    let rows = [
        ("city", "08", "dksqbh=S1 dkzt=06"),
        ("city", "08", "dksqbh=S2 dkzt=08"),
        ("guoguan", "08", "dksqbh=S1 dkzt=04"),
        ("guoguan", "08", "dksqbh=S3 dkzt=09"),
        ("tielu", "10", "jkhtbh=J9 dkzt=06"),
    ];
    assert_eq!(loan_uses(&answer(&LOANS, &rows)), 3);
}

#[test]
fn homes_are_houses_and_not_accounts() {
    let own = House {
        unit: Some(unit("U0")),
        ..House::default()
    };
    let loan = |node, row| (node, "08", row);
    let draw = |node, row| (node, "06", row);
    for (rows, expected) in [
        (vec![], Home::First),
        (vec![loan("city", "dkzt=01 bdcdyh=U0")], Home::First),
        (vec![loan("city", "dkzt=08 bdcdyh=U1")], Home::First),
        (vec![loan("city", "dkzt=06 bdcdyh=U1")], Home::Second),
        (
            vec![
                loan("city", "dkzt=06 bdcdyh=U1"),
                draw("tielu", "tqyy=01 spzt=04 bdcdyh=U1"),
            ],
            Home::Second,
        ),
        (
            vec![
                loan("city", "dkzt=06 bdcdyh=U1"),
                draw("tielu", "tqyy=01 spzt=04 bdcdyh=U2"),
            ],
            Home::Further,
        ),
        (
            vec![draw("tielu", "tqyy=01 spzt=05 bdcdyh=U2")],
            Home::First,
        ),
        (vec![draw("tielu", "tqyy=07 spzt=04")], Home::First),
    ] {
        let told = answer(&["06", "08"], &rows);
        assert_eq!(home_number(&[&told], &own).unwrap(), expected, "{rows:?}");
    }
    let down = answer(&["06", "08"], &[("zhongzhi", "08", "!refused")]);
    let waiting = home_number(&[&down], &own).unwrap_err();
    assert_eq!(waiting.to_string(), "park: zhongzhi");
}

fn paid<'a>(node: &'a str, row: &'a str) -> Row<'a> {
    (node, "05", row)
}

fn held<'a>(node: &'a str, row: &'a str) -> Row<'a> {
    (node, "04", row)
}

fn months(rows: &[Row<'_>]) -> Result<usize, String> {
    let told = answer(&["04", "05"], rows);
    let months = contribution_months(&told).map(|months| months.len());
    months.map_err(|waiting| waiting.to_string())
}

#[test]
fn months_of_all_centers_are_united() {
    let january = "gjhtqywlx=01 hbjny=202601 czbz=01";
    let taken_back = "gjhtqywlx=01 hbjny=202601 czbz=02";
    for (rows, expected) in [
        (vec![], 0),
        // A back payment elsewhere for the same month is the same month; interest is none.
        (
            vec![
                paid("city", january),
                paid("tielu", "gjhtqywlx=02 hbjny=202601"),
            ],
            1,
        ),
        (
            vec![
                paid("city", january),
                paid("tielu", "gjhtqywlx=01 hbjny=202512"),
            ],
            2,
        ),
        (vec![paid("city", "gjhtqywlx=09 hbjny=202601")], 0),
        // Booked, taken back, booked again; what one center takes back, another may have.
        (vec![paid("city", january), paid("city", taken_back)], 0),
        (
            vec![
                paid("city", january),
                paid("city", taken_back),
                paid("city", january),
            ],
            1,
        ),
        (
            vec![
                paid("city", january),
                paid("city", taken_back),
                paid("tielu", january),
            ],
            1,
        ),
    ] {
        assert_eq!(months(&rows), Ok(expected), "{rows:?}");
    }
    for (months, years) in [(0, 0), (1, 1), (12, 1), (13, 2), (21, 2), (24, 2), (25, 3)] {
        assert_eq!(years_of(&(0..months).collect()), years, "{months}");
    }
}

#[test]
fn months_that_are_not_held_one_by_one_are_counted_from_the_opening() {
    let account = "ywzl=01 khrq=2024-12-05 ljjcys=14";
    let january = "gjhtqywlx=01 hbjny=202601";
    let unreadable = Err("manual: unreadable at tielu".to_owned());
    for (rows, expected) in [
        (vec![held("city", account)], Ok(14)),
        (
            vec![held("city", account), paid("guoguan", january)],
            Ok(14),
        ),
        (
            vec![
                held("city", account),
                paid("guoguan", "gjhtqywlx=01 hbjny=202602"),
            ],
            Ok(15),
        ),
        // A system that keeps no count of its own months has them one by one, or cannot say.
        (
            vec![held("tielu", "khrq=2024-12-05"), paid("tielu", january)],
            Ok(1),
        ),
        (vec![held("tielu", "khrq=2024-12-05")], unreadable.clone()),
        (
            vec![
                held("tielu", "khrq=2024-12-05 ljjcys=-"),
                paid("tielu", january),
            ],
            unreadable.clone(),
        ),
        (vec![held("tielu", "khrq=- ljjcys=14")], unreadable),
        (vec![paid("tielu", "!stale")], Err("park: tielu".to_owned())),
    ] {
        assert_eq!(months(&rows), expected, "{rows:?}");
    }
}

const CAP: &str = "stop: loan-cap";
const YEARS: &str = "stop: loan-years";
const CORE: &[&str] = &["110101"];
const URBAN: &[&str] = &["110108"];
const OUTER: &[&str] = &["110112"];

/// A plan: fen, years, home, registrations, division of the house; and what it comes to.
type Planned<'a> = (i64, u32, Home, &'a [&'a str], &'a str, &'a str);

fn assert_ceilings(plans: &[Planned<'_>]) {
    for (fen, years, home, registered, house, expected) in plans.iter().copied() {
        let amount = Decimal::new(fen, 2);
        let plan = LoanPlan {
            amount,
            years,
            home,
            registered,
            house,
        };
        assert_eq!(loan_cap(&plan).to_string(), expected, "{plan:?}");
    }
}

#[test]
fn a_first_home_by_where_borrowers_come_from_and_where_it_stands() {
    use Home::First;
    assert_ceilings(&[
        // S17, one fen more, and in 海淀.
        (140_000_000, 14, First, CORE, "110112", "go"),
        (140_000_001, 15, First, CORE, "110112", CAP),
        (140_000_000, 14, First, CORE, "110108", CAP),
        // Each of the six is inside; 崇文 is 东城 today.
        (120_000_001, 20, First, CORE, "110101", CAP),
        (120_000_001, 20, First, CORE, "110102", CAP),
        (120_000_001, 20, First, CORE, "110105", CAP),
        (120_000_001, 20, First, CORE, "110106", CAP),
        (120_000_001, 20, First, CORE, "110107", CAP),
        (120_000_001, 20, First, CORE, "110103", CAP),
        (120_000_000, 20, First, CORE, "110107", "go"),
        // The rest of the six get half of the uplift, the outer divisions none.
        (130_000_000, 13, First, URBAN, "110112", "go"),
        (130_000_001, 20, First, URBAN, "110112", CAP),
        (120_000_000, 12, First, OUTER, "110119", "go"),
        (120_000_001, 20, First, OUTER, "110119", CAP),
    ]);
}

#[test]
fn all_borrowers_must_be_registered_there() {
    use Home::First;
    assert_ceilings(&[
        (
            140_000_000,
            14,
            First,
            &["110101", "110104"],
            "110112",
            "go",
        ),
        (140_000_000, 14, First, &["110101", "110105"], "110112", CAP),
        (
            130_000_000,
            14,
            First,
            &["110101", "110105"],
            "110112",
            "go",
        ),
        (120_000_001, 20, First, &["110101", "110112"], "110112", CAP),
        (120_000_001, 20, First, &[], "110112", CAP),
    ]);
}

#[test]
fn the_years_bind_below_the_ceiling_and_later_homes_have_their_own() {
    use Home::{First, Further, Second};
    assert_ceilings(&[
        (140_000_000, 13, First, CORE, "110112", YEARS),
        (10_000_000, 1, First, OUTER, "110112", "go"),
        (10_000_001, 1, First, OUTER, "110112", YEARS),
        (1, 0, First, OUTER, "110112", YEARS),
        (60_000_000, 6, Second, CORE, "110112", "go"),
        (60_000_000, 5, Second, CORE, "110112", YEARS),
        (60_000_001, 20, Second, CORE, "110112", CAP),
        (1, 20, Further, CORE, "110112", CAP),
    ]);
}

#[test]
fn the_final_check_goes_by_verdicts_and_waits_for_whoever_cannot_say() {
    let clean = [
        ("city", "08", "?open-loan=true"),
        ("guoguan", "08", "?open-loan=false"),
        ("zhongzhi", "08", "?open-loan=false"),
        ("tielu", "08", "?open-loan=false"),
        ("city", "11", "?loan-restricted=false"),
        ("city", "04", "?frozen=false"),
    ];
    for (row, expected) in [
        (("city", "11", "?dishonest=false"), "go"),
        (
            ("zhongzhi", "08", "?open-loan=true"),
            "stop: final-check at zhongzhi",
        ),
        (("zhongzhi", "08", "?open-loan=null"), "park: zhongzhi"),
        (
            ("zhongzhi", "08", "?open-loan={\"01\": 1}"),
            "park: zhongzhi",
        ),
        (
            ("guoguan", "11", "?loan-restricted=true"),
            "stop: restricted at guoguan",
        ),
        (
            ("city", "11", "?dishonest=true"),
            "stop: restricted at city",
        ),
        (("city", "04", "?frozen=true"), "manual: frozen at city"),
        (
            ("city", "04", "?new-rule=true"),
            "manual: unreadable at city",
        ),
        (("tielu", "11", "!not-covered"), "go"),
        (("tielu", "08", "!unavailable"), "park: tielu"),
    ] {
        let mut rows = clean.to_vec();
        rows.push(row);
        let told = answer(&["08", "11", "04"], &rows);
        assert_eq!(
            final_check(&[&told], Node::City).to_string(),
            expected,
            "{row:?}"
        );
    }
    // Without a single verdict nobody has said anything, although everybody is there.
    let silent = answer(&["08", "11", "04"], &[]);
    let verdict = final_check(&[&silent], Node::City);
    assert_eq!(verdict.to_string(), "park: city, guoguan, tielu, zhongzhi");
}
