//! The sample cases S1 to S17 where they concern translation: what the centers' own rows become, so
//! that a rule can compare them. Rows are made here; the mappings are the deployed ones.

use std::collections::BTreeSet;

use catalog::{CreditCode, PersonId, Subject};
use node_agent::translate::{Found, FoundOutcome};
use time::macros::{date, datetime};

use crate::bench::{Absent, Is, NOW, Withheld, class, seen, soon};
use crate::conversion::{Deployed, person};

/// What a center answers about somebody from these rows, record by record.
async fn told(center: &str, items: &[&str], who: &Subject, rows: &[&str]) -> Vec<Vec<String>> {
    let mut deployed = Deployed::of(center, &items[0][..2]);
    for row in rows {
        deployed.row(who, items[0], row);
    }
    texts(&deployed.open().await.find(items, who).await, items)
}

fn texts(found: &Found, items: &[&str]) -> Vec<Vec<String>> {
    let text = |seen| match seen {
        Is(text) => text.to_owned(),
        Absent => "-".to_owned(),
        Withheld(defect) => format!("!{defect}"),
    };
    let records = found.records.iter();
    let texts = records.map(|record| items.iter().map(|no| text(seen(record, no))).collect());
    texts.collect()
}

fn who(id_type: &str, number: &str) -> Subject {
    Subject::Person(PersonId::parse(id_type, number).unwrap())
}

fn listed(code: &str) -> Subject {
    Subject::Employer(CreditCode::parse(code).unwrap())
}

/// The months of class 05 at a center, from months written its way.
async fn months(center: &str, rows: &[String]) -> BTreeSet<String> {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let told = told(center, &["05-08", "05-07"], &person(11), &rows).await;
    assert_eq!(told.len(), rows.len());
    assert!(told.iter().all(|record| record[1] == "01"), "{told:?}");
    told.into_iter().map(|record| record[0].clone()).collect()
}

/// `count` months up to `last`, the latest first, each written by `form` of year and month.
fn written(last: (i32, i32), count: i32, form: impl Fn(i32, i32) -> String) -> Vec<String> {
    let last = last.0 * 12 + last.1 - 1;
    (0..count)
        .map(|back| form((last - back) / 12, (last - back) % 12 + 1))
        .collect()
}

fn of_city(year: i32, month: i32) -> String {
    format!("SUMMARYCODE=1001 PAYYM={year}{month:02}")
}

fn of_guoguan(year: i32, month: i32) -> String {
    format!("GJHTQYWLX=01 HBJNY={year}-{month:02}-01")
}

fn of_railway(year: i32, month: i32) -> String {
    format!("kind=101 month={year}{month:02} serial={year}{month:02}")
}

#[tokio::test]
async fn s1_months_of_two_centers_overlap_although_written_differently() {
    let city = months("city", &written((2026, 10), 12, of_city)).await;
    let guoguan = months("guoguan", &written((2026, 10), 6, of_guoguan)).await;
    let both: Vec<_> = city.intersection(&guoguan).cloned().collect();
    assert_eq!(
        both,
        ["202605", "202606", "202607", "202608", "202609", "202610"]
    );
    let live = ["04-07", "04-08", "04-10"];
    let row = "FUNDKIND=1 INDIACCSTATE=0 FRZFLAG=0 LPAYM=202610";
    assert_eq!(
        told("city", &live, &person(1), &[row]).await,
        [["01", "01", "202610"]]
    );
    let row = "YWZL=01 GRZHZT=01 DJBZ=0 JZNY=2026-10";
    assert_eq!(
        told("guoguan", &live, &person(1), &[row]).await,
        [["01", "01", "202610"]]
    );
}

#[tokio::test]
async fn s2_a_railway_account_sealed_for_ninety_days() {
    let items = ["04-08", "04-17"];
    let row = "status=1 freeze=0 sealed=20260825";
    let told = told("tielu", &items, &person(2), &[row]).await;
    assert_eq!(told, [["02", "2026-08-25"]]);
    assert_eq!((NOW.date() - date!(2026 - 08 - 25)).whole_days(), 90);
}

#[tokio::test]
async fn s3_a_basic_fund_is_not_a_housing_subsidy() {
    let city = told("city", &["04-07"], &person(3), &["FUNDKIND=1"]).await;
    let guoguan = told("guoguan", &["04-07"], &person(3), &["YWZL=03"]).await;
    assert_eq!(
        (city, guoguan),
        (vec![vec!["01".into()]], vec![vec!["03".into()]])
    );
}

#[tokio::test]
async fn s4_fifteen_digits_are_found_under_eighteen_and_answered_as_eighteen() {
    let number = person(4).key();
    for (center, row) in [
        ("city", "CERTINUM={15}"),
        ("zhongzhi", "CERTINUM={15}"),
        ("tielu", "id={15}"),
    ] {
        let told = told(center, &["04-04"], &person(4), &[row]).await;
        assert_eq!(told, [[number.as_str()]], "{center}");
    }
}

/// The permit and the pass are two numbers: only the former number links them.
#[tokio::test]
async fn s5_a_taiwan_residents_permit_names_the_former_pass() {
    let (permit, pass) = (who("06", "830000190001010038"), who("08", "00000505"));
    let row = "CERTITYPE=6 OLDCERTINUM=00000505";
    let told = told("city", &["03-04", "03-05", "03-06"], &permit, &[row]).await;
    assert_eq!(told, [["06", "830000190001010038", "00000505"]]);
    let mut guoguan = Deployed::of("guoguan", "04");
    guoguan.row(&pass, "04-03", "ZJLX=08");
    let guoguan = guoguan.open().await;
    let found = guoguan.find(&["04-03", "04-04"], &pass).await;
    assert_eq!(texts(&found, &["04-03", "04-04"]), [["08", "00000505"]]);
    let by_permit = guoguan.find(&["04-03"], &permit).await;
    assert_eq!(by_permit.outcome, FoundOutcome::NoRecord);
}

#[tokio::test]
async fn s6_and_s7_house_and_contract_numbers_compare_equal() {
    let items = ["06-10", "06-13", "06-14", "06-15"];
    let rows = [
        (
            "city",
            "DRAWAMT=800000.00 APPRSTATE=4 HOUSECONTRNUM=网签XY1__ HOUSEUNITNUM=GB00007F00000007",
        ),
        (
            "guoguan",
            "FSE=800000 SPZT=04 GFHTBH=网签XY1______ BDCDYH=GB00007F00000007",
        ),
        (
            "tielu",
            "amount=0000080000000+ paid=Y house_contract=网签XY1 house_unit=GB00007F00000007",
        ),
    ];
    for (center, row) in rows {
        let told = told(center, &items, &person(6), &[row]).await;
        let same = ["800000.00", "04", "网签XY1", "GB00007F00000007"];
        assert_eq!(told, [same], "{center}");
    }
}

#[tokio::test]
async fn s8_a_reversal_is_a_negative_amount_and_reversed() {
    let items = ["06-10", "06-13"];
    let rows = ["FSE=800000.00 SPZT=04", "FSE=-800000.00 SPZT=08"];
    let guoguan = told("guoguan", &items, &person(8), &rows).await;
    assert_eq!(guoguan, [["800000.00", "04"], ["-800000.00", "08"]]);
    let rows = [
        "DRAWAMT=800000.00 APPRSTATE=4",
        "DRAWAMT=-800000.00 APPRSTATE=9",
    ];
    assert_eq!(told("city", &items, &person(8), &rows).await, guoguan);
    let items = ["05-10", "05-12"];
    let taken_back = [["2774.00", "01"], ["-2774.00", "02"]];
    let rows = ["FSE=2774 CZBZ=01", "FSE=-2774 CZBZ=02"];
    assert_eq!(told("guoguan", &items, &person(8), &rows).await, taken_back);
    let rows = [
        "AMT=2774 DCFLAG=C TRANSTYPE=0",
        "AMT=2774 DCFLAG=D TRANSTYPE=1",
    ];
    assert_eq!(told("city", &items, &person(8), &rows).await, taken_back);
    let rows = [
        "amount=0000000277400+ reversed=N",
        "amount=0000000277400- reversed=Y",
    ];
    assert_eq!(told("tielu", &items, &person(8), &rows).await, taken_back);
}

/// Somebody is found through his role; the contract answers the borrower's number.
#[tokio::test]
async fn s9_a_loan_is_found_through_every_party_and_owed_by_the_borrowers() {
    let borrower = person(9).key();
    for (role, owes) in [("0", true), ("1", true), ("2", false), ("3", false)] {
        let city = format!(
            "PARTYROLE={role} RELATION=1 LOANCONTR.CERTINUM={borrower} \
             LOANCONTRSTATE=09 LOANSTATE=1"
        );
        let guoguan = format!("CDJS={role} CDGX=1 DKHT.JKRZJH={borrower} DKZT=02");
        for (center, row) in [("city", city), ("guoguan", guoguan)] {
            let party = told(center, &["09-04", "09-05"], &person(90), &[&row]).await;
            assert_eq!(party, [[role, "1"]], "{center}");
            let contract = told(center, &["08-05", "08-07"], &person(90), &[&row]).await;
            assert_eq!(contract, [[borrower.as_str(), "04"]], "{center}");
            let account = told(center, &["10-05", "10-06"], &person(90), &[&row]).await;
            let owed = vec![vec![borrower.clone(), "04".to_owned()]];
            assert_eq!(account, if owes { owed } else { vec![] }, "{center} {role}");
        }
    }
}

#[tokio::test]
async fn s10_two_applications_of_one_day_are_both_under_review() {
    for center in ["city", "zhongzhi"] {
        let row = "LOANCONTRSTATE=00 APPLDATE=2026-11-22";
        let told = told(center, &["08-06", "08-07"], &person(10), &[row]).await;
        assert_eq!(told, [["2026-11-22", "01"]], "{center}");
    }
}

#[tokio::test]
async fn s11_fourteen_and_ten_months_with_three_in_both_are_twenty_one() {
    let city = months("city", &written((2026, 10), 14, of_city)).await;
    let railway = months("tielu", &written((2025, 11), 10, of_railway)).await;
    assert_eq!((city.len(), railway.len()), (14, 10));
    assert_eq!(city.intersection(&railway).count(), 3);
    assert_eq!(city.union(&railway).count(), 21);
}

/// The oldest comes first in the reply, under the number of its time.
#[tokio::test]
async fn s12_the_latest_registration_wins() {
    let items = ["13-04", "13-05", "13-07", "13-08", "13-09", "13-10"];
    let rows = [
        "ZJHM={15} POXM=王一 POZJHM=110101000101001 DJLX=结婚登记 DJRQ=1990-05-20",
        "ZJHM={15} POXM=王一 POZJHM=110101190001010014 DJLX=离婚登记 DJRQ=2009-03-02",
        "ZJHM={18} POXM=李二 POZJHM=110101000101001 DJLX=结婚登记 DJRQ=2016-10-18",
    ];
    let number = person(12).key();
    let spouse = "110101190001010014";
    let latest = [number.as_str(), "李二", spouse, "20", "01", "2016-10-18"];
    assert_eq!(told("city", &items, &person(12), &rows).await, [latest]);
    let divorced = [number.as_str(), "王一", spouse, "40", "02", "2009-03-02"];
    assert_eq!(
        told("city", &items, &person(12), &rows[..2]).await,
        [divorced]
    );
}

#[tokio::test]
async fn s13_yesterdays_file_is_answered_stale_with_yesterdays_time() {
    let mut deployed = Deployed::of("tielu", "04");
    deployed.row(&person(13), "04-08", "status=0 freeze=0");
    deployed.file_day = "20261122";
    let found = deployed
        .open()
        .await
        .find(&["04-08", "04-20"], &person(13))
        .await;
    assert_eq!(found.outcome, FoundOutcome::Stale);
    assert_eq!(found.as_of, datetime!(2026-11-22 00:00:00 +8));
    let told = texts(&found, &["04-08", "04-20"]);
    assert_eq!(told, [["01", "2026-11-22T00:00:00+08:00"]]);
}

#[tokio::test]
async fn s15_revoked_is_3_in_every_spelling_and_unknown_text_is_no_status() {
    let employer = listed("91110000MA00000152");
    for (text, status) in [
        ("吊销,未注销", "3"),
        ("吊销，未注销", "3"),
        ("吊销,已注销", "2"),
        ("存续（在营、开业、在册）", "1"),
        ("正常经营中", "!unknown-code"),
        ("吊销未注销", "!unknown-code"),
        ("NULL", "!missing-required"),
    ] {
        let told = told(
            "city",
            &["14-08"],
            &employer,
            &[&format!("regstate={text}")],
        )
        .await;
        assert_eq!(told, [[status]], "{text}");
    }
}

/// The representative has no account anywhere; the employer's number leads to him and back.
#[tokio::test]
async fn s16_a_legal_representative_is_listed_without_an_account() {
    let items = ["11-03", "11-08", "11-09", "11-12", "11-13"];
    let answer = [["1", "06", "02;04", "1", "91110000MA00000152"]];
    for (center, row) in [
        (
            "city",
            "SUBJKIND=1 BLACKTYPE=06 LIMITITEMS=02;04 STATE=1 RELUNISCID=91110000MA00000152",
        ),
        (
            "guoguan",
            "ZTLX=1 BLXXLX=06 XZSX=02;04________ BLXXZT=1 GLTYSHXYDM=91110000MA00000152",
        ),
    ] {
        assert_eq!(
            told(center, &items, &person(16), &[row]).await,
            answer,
            "{center}"
        );
        let mut accounts = Deployed::of(center, "04");
        accounts.row(&person(17), "04-08", "");
        let found = accounts.open().await.find(&["04-08"], &person(16)).await;
        assert_eq!(found.outcome, FoundOutcome::NoRecord);
        let own = row.replace("KIND=1", "KIND=2").replace("ZTLX=1", "ZTLX=2");
        let employer = listed("91110000MA00000152");
        let told = told(center, &["11-03", "11-08"], &employer, &[&own]).await;
        assert_eq!(told, [["2", "06"]], "{center}");
    }
}

#[tokio::test]
async fn s17_amount_term_and_registration_of_a_large_loan() {
    let items = ["08-09", "08-10", "08-18"];
    let row = "LOANAMT=1400000.00 LOANTERM=14 HOUSEADDR=北京市通州区虚构路1号";
    let told_loan = told("city", &items, &person(17), &[row]).await;
    assert_eq!(told_loan, [["1400000.00", "168", "北京市通州区虚构路1号"]]);
    for division in ["110101", "110108"] {
        let row = format!("REGPLACE={division}");
        let told = told("city", &["03-12"], &person(17), &[&row]).await;
        assert_eq!(told, [[division]]);
    }
}

/// A mixed guarantee is 99 to askers; its raw value stays at the owner, whose trace shows it.
#[tokio::test]
async fn the_raw_value_behind_99_is_shown_by_the_owners_trace_and_is_not_withheld() {
    for raw in ["03", "05", "06", "07"] {
        let mut deployed = Deployed::of("city", "08");
        deployed.row(&person(20), "08-13", &format!("GUARMODE={raw}"));
        let city = deployed.open().await;
        let traced = city
            .translator
            .trace(class("08"), &person(20), NOW, soon())
            .await
            .unwrap();
        let item = traced[0]
            .items
            .iter()
            .find(|one| one.item.to_string() == "08-13")
            .unwrap();
        let columns: Vec<_> = item
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.text.as_deref()))
            .collect();
        assert_eq!(columns, [("GUARMODE", Some(raw))]);
        assert_eq!(
            (item.rule, item.value.canonical().as_str()),
            ("codes", "99")
        );
        let kept = city.translator.quarantine().listed(Some(class("08")));
        assert!(
            kept.iter().all(|one| one.item.to_string() != "08-13"),
            "nothing was withheld"
        );
    }
}

/// Midnight says that only the day is known: no day-only form gives another time, and a stamp keeps
/// its own.
#[tokio::test]
async fn an_update_time_known_to_the_day_is_midnight() {
    for (center, row, time) in [
        ("tielu", "", "2026-11-23T00:00:00+08:00"),
        ("guoguan", "GXRQ=2026-11-20", "2026-11-20T00:00:00+08:00"),
        (
            "city",
            "UPDATETIME=2026-11-20_09:30:01",
            "2026-11-20T09:30:01+08:00",
        ),
    ] {
        assert_eq!(
            told(center, &["04-20"], &person(21), &[row]).await,
            [[time]],
            "{center}"
        );
    }
}
