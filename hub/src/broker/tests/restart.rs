//! What the hub must still know after a restart, from its log alone.

use policies::COUNT_KEPT;
use time::Duration;
use wire::RefusalCode;

use super::fixture::{self, Ask, NOW, Setup, Star};
use super::refusals::check_refused;
use crate::ledger::entry::{ClockWentBack, Entry, Sheet};

#[tokio::test]
async fn a_statement_used_before_a_restart_is_used() {
    let star = Star::new(Setup::default());
    let ask = Ask::honest(&star);
    star.ask(&ask).await.expect("is permitted");
    let star = star.restarted(Setup::default());
    check_refused(&star, "after a restart", &ask, RefusalCode::CaseReplayed).await;
    star.ask(&Ask::honest(&star))
        .await
        .expect("another statement serves");
}

#[tokio::test]
async fn the_uses_of_a_case_are_counted_across_restarts() {
    let mut star = Star::new(Setup::default());
    let ask = Ask::honest(&star);
    for n in 1..=20 {
        if n % 8 == 0 {
            star = star.restarted(Setup::default());
        }
        let passed = star.ask(&ask.again(n)).await;
        passed.unwrap_or_else(|refusal| panic!("use {n}: {}", refusal.code));
    }
    let star = star.restarted(Setup::default());
    check_refused(&star, "the 21st", &ask.again(20), RefusalCode::CaseOverused).await;
}

/// The memory ends a day after the case's last statement, and not before.
#[tokio::test]
async fn the_count_outlives_its_statements_by_a_day() {
    let star = Star::new(Setup {
        flow: Some(("asks_per_case = 20", "asks_per_case = 1")),
        ..Setup::default()
    });
    let ask = Ask::honest(&star);
    star.ask(&ask).await.expect("is permitted");
    let kept = Duration::try_from(COUNT_KEPT).expect("is short");
    let ends = ask.case.expires_at + kept;
    let mut star = star;
    for (now, result) in [
        (ends - Duration::SECOND, Err("TS-CASE-OVERUSED".to_owned())),
        (ends, Ok(())),
    ] {
        let setup = Setup {
            now,
            flow: Some(("asks_per_case = 20", "asks_per_case = 1")),
            ..Setup::default()
        };
        star = star.restarted(setup);
        let mut late = ask.again(1);
        (late.case.issued_at, late.case.expires_at) = (now, now + Duration::MINUTE);
        let asked = star
            .ask(&late)
            .await
            .map(|_| ())
            .map_err(|refusal| refusal.code);
        assert_eq!(asked, result, "at {now}");
    }
}

/// A clock that was set back makes no entry that is older than the one before it, and is on record
/// before anything else is.
#[tokio::test]
async fn times_in_the_log_never_go_back() {
    let star = Star::new(Setup::default());
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let earlier = NOW - Duration::HOUR;
    let star = star.restarted(Setup {
        now: earlier,
        ..Setup::default()
    });
    assert_eq!(star.latest, NOW);
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let sheet = |text: &String| Sheet::decode(text.as_bytes()).expect("is an entry");
    let sheets: Vec<Sheet> = star.texts().iter().map(sheet).collect();
    let times: Vec<&str> = sheets.iter().map(|sheet| sheet.at.as_str()).collect();
    assert_eq!(times, vec!["2026-11-23T10:00:00+08:00"; 5]);
    let went_back = Entry::ClockWentBack(ClockWentBack {
        clock: "2026-11-23T09:00:00+08:00".to_owned(),
        behind_ms: 3_600_000,
    });
    assert_eq!(sheets[2].entry, went_back);
}

/// A refusal names no statement as used: only decisions count.
#[tokio::test]
async fn refusals_are_not_uses() {
    let star = Star::new(Setup::default());
    let mut ask = Ask::honest(&star);
    ask.case.basis.consent = false;
    star.ask(&ask).await.expect_err("has no consent");
    let star = star.restarted(Setup::default());
    ask.case.basis.consent = true;
    star.ask(&ask).await.expect("the same nonce was never used");
    let decisions = star
        .entries(0)
        .into_iter()
        .filter(|e| matches!(e, Entry::Decision(_)));
    assert_eq!(decisions.count(), 1);
    assert_eq!(star.frames(), 0, "{:?}", fixture::NODES);
}
