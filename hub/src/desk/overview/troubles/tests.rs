//! Every alert about the hub shows on the overview when its series say so, and not before.

use std::time::Duration;

use dashboards::overview::Kept;

use super::service::{
    FAULT_MINUTES, FORGED, FORGED_MINUTES, HANDSHAKES, MANY, MANY_MINUTES, MANY_PERCENT, OVERLOADS,
    RATE_MINUTES, SLOW_MS, WRITING_MS,
};
use super::*;
use crate::broker::tests::fixture::{Setup, Star};
use crate::desk::overview::tests::desk;
use crate::ledger::entry::NodeOutcome;
use crate::metrics::Metrics;

/// What the overview of a star says after something was counted, but for what it says of every
/// star of tests: nobody is attached, nobody witnesses.
async fn after(count: impl FnOnce(&Metrics)) -> Vec<Trouble> {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    count(&star.broker.metrics);
    let shown = desk.star().await.troubles.into_iter();
    let is_of_the_ground =
        |t: &Trouble| matches!(t, Trouble::Detached(_) | Trouble::WitnessesMissing);
    shown.filter(|trouble| !is_of_the_ground(trouble)).collect()
}

fn times(count: u64, mut what: impl FnMut()) {
    for _ in 0..count {
        what();
    }
}

#[tokio::test]
async fn a_star_that_nothing_happened_to_has_no_trouble() {
    assert_eq!(after(|_| ()).await, []);
}

#[tokio::test]
async fn critical_alerts_about_questions_are_told_first() {
    let told = after(|metrics| {
        metrics.refused(RefusalCode::HubInternal);
        times(FORGED + 1, || metrics.refused(RefusalCode::CaseSignature));
        metrics.handshake_refused(RefusalCode::TlsExpired);
    });
    let told = told.await;
    assert!(told.contains(&Trouble::HubFault("TS-HUB-INTERNAL", 1)));
    assert!(told.contains(&Trouble::CasesForged("TS-CASE-SIGNATURE", FORGED + 1)));
    assert_eq!(told.len(), 2, "{told:?}");
    let told = after(|metrics| {
        times(FORGED, || metrics.refused(RefusalCode::CaseSignature));
        times(FORGED, || metrics.refused(RefusalCode::CaseReplayed));
    });
    assert_eq!(told.await, [], "the alert counts code by code");
}

#[tokio::test]
async fn slow_answers_and_a_slow_log_are_told_of() {
    let slow = Duration::from_secs(7);
    let told = after(|metrics| {
        times(50, || metrics.answered(Duration::from_millis(20), &[]));
        metrics.answered(slow, &[] as &[NodeOutcome]);
        metrics.recorded(Duration::from_millis(140));
    });
    let told = told.await;
    let [Trouble::AnswersSlow(seconds), Trouble::JournalSlow(ms)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!((5..=7).contains(seconds) && (100..=150).contains(ms));
    let beyond = after(|metrics| metrics.answered(Duration::from_secs(90), &[]));
    assert_eq!(beyond.await, [Trouble::AnswersSlow(30)]);
}

#[tokio::test]
async fn many_refusals_and_refused_connections_are_told_of() {
    let told = after(|metrics| {
        times(MANY, || metrics.refused(RefusalCode::FlowUnknown));
        times(MANY, || metrics.answered(Duration::from_millis(20), &[]));
        times(HANDSHAKES, || {
            metrics.handshake_refused(RefusalCode::TlsExpired)
        });
    });
    assert_eq!(
        told.await,
        [
            Trouble::RefusalsMany(50),
            Trouble::HandshakesRefused("TS-TLS-EXPIRED", HANDSHAKES)
        ]
    );
    let few = after(|metrics| {
        times(MANY - 1, || metrics.refused(RefusalCode::FlowUnknown));
        times(HANDSHAKES - 1, || {
            metrics.handshake_refused(RefusalCode::TlsExpired)
        });
    });
    assert_eq!(few.await, []);
}

#[tokio::test]
async fn a_node_that_declines_or_breaks_the_contract_is_named() {
    let class = catalog::ClassNo::new(4).expect("is one");
    let told = after(|metrics| {
        times(OVERLOADS, || metrics.overloaded("city", class));
        metrics.reply_broken("tielu");
    });
    let told = told.await;
    let [
        Trouble::NodeOverloaded(city, OVERLOADS),
        Trouble::RepliesBroken(tielu, 1),
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((city.id.as_str(), tielu.id.as_str()), ("city", "tielu"));
}

#[tokio::test]
async fn a_change_that_was_not_taken_is_told_of_until_it_is_mended() {
    let told = after(|metrics| {
        metrics.rules_read("kept");
        metrics.limits_read("kept");
        metrics.limits_read("taken");
    });
    assert_eq!(told.await, [Trouble::ChangeKept(Kept::Rules)]);
}

#[tokio::test]
async fn what_becomes_of_the_record_besides_is_told_of() {
    let star = Star::new(Setup::default());
    let now = star.broker.clock.now().unix_timestamp();
    let told = after(|metrics| {
        metrics.owed(0, 2);
        metrics.archived(now - ARCHIVE_S - 1, 0, 0);
        metrics.checkpoint_list(LIST_BYTES + 1);
    });
    let expected = [
        Trouble::ArchiveBehind(48),
        Trouble::DecisionAbandoned(2),
        Trouble::CheckpointListLarge(4_000),
    ];
    assert_eq!(told.await, expected);
    let never = after(|metrics| metrics.archived(0, 0, 0));
    assert_eq!(never.await, [], "there is no archive");
}

/// The expression of an alert.
fn expression(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../dashboards/alerts");
    let texts = ["hub.yaml", "service.yaml", "witnesses.yaml", "ground.yaml"]
        .map(|file| std::fs::read_to_string(format!("{folder}/{file}")).expect("is text"));
    let rule = format!("- alert: {name}\n");
    let found = texts.iter().find_map(|text| text.split(&rule).nth(1));
    let (expr, _) = found
        .and_then(|rest| rest.split_once("labels:"))
        .expect(name);
    expr.to_owned()
}

#[test]
fn the_thresholds_are_those_of_the_alerts() {
    let rate = |count: u64| format!("> {}", count as f64 / (RATE_MINUTES as f64 * 60.0));
    let day = 86_400;
    let expected = [
        ("TianshuCheckpointOld", format!("> {CHECKPOINT_OLD_S}")),
        ("TianshuCheckpointUnwitnessed", format!("> {LACKING_S}")),
        ("TianshuExportLagging", format!("> {LAG_ENTRIES}")),
        ("TianshuIndexBehind", format!("> {INDEX_ENTRIES}")),
        ("TianshuArchiveBehind", format!("> {ARCHIVE_S}")),
        (
            "TianshuCheckpointListLarge",
            format!("> {}e9", LIST_BYTES / 1_000_000_000),
        ),
        (
            "TianshuCertificateExpiring",
            format!("< {}", PAPER_DAYS * day),
        ),
        ("TianshuRevocationsOld", format!("< {}", LIST_DAYS * day)),
        ("TianshuHubShedding", rate(SHED)),
        ("TianshuNodeOverloaded", rate(OVERLOADS)),
        ("TianshuHandshakesRefused", rate(HANDSHAKES)),
        (
            "TianshuCasesForged",
            format!("[{FORGED_MINUTES}m])) > {FORGED}"),
        ),
        ("TianshuHubFault", format!("[{FAULT_MINUTES}m])) > 0")),
        (
            "TianshuAnswersSlow",
            format!("[{RATE_MINUTES}m]))) > {}", SLOW_MS / 1_000.0),
        ),
        (
            "TianshuJournalSlow",
            format!("[{RATE_MINUTES}m]))) > {}", WRITING_MS / 1_000.0),
        ),
        (
            "TianshuRefusalsMany",
            format!("> {}", MANY_PERCENT as f64 / 100.0),
        ),
        (
            "TianshuRefusalsMany",
            format!("> {}", MANY as f64 / (MANY_MINUTES as f64 * 60.0)),
        ),
    ];
    for (alert, threshold) in expected {
        let expr = expression(alert);
        assert!(expr.contains(&threshold), "{alert}: {threshold} in {expr}");
    }
}
