//! For each alert, what a star in its trouble looks like; everything else is as if nothing was
//! wrong, and no other alert may ring.

use super::series::{Trouble, late, soon};

/// See the module. An alert of several programs has a trouble for each.
pub(super) const TROUBLES: &[Trouble] = &[
    soon(
        "TianshuTracesDropped",
        &[(
            r#"hub_trace_spans_total{job="tianshu-hub",instance="hub",result="dropped"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuTracesDropped",
        &[(
            r#"agent_trace_spans_total{job="tianshu-agent",instance="city",result="dropped"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuHubDown",
        &[(r#"up{job="tianshu-hub",instance="hub"}"#, "= 0")],
    ),
    soon(
        "TianshuHubDown",
        &[(r#"up{job="tianshu-hub",instance="hub"}"#, "")],
    ),
    soon(
        "TianshuJournalUnhealthy",
        &[(
            r#"hub_journal_healthy{job="tianshu-hub",instance="hub"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuJournalFull",
        &[(
            r#"hub_journal_room{job="tianshu-hub",instance="hub"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuJournalLow",
        &[(
            r#"hub_journal_room{job="tianshu-hub",instance="hub"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuCheckpointOld",
        &[(
            r#"hub_checkpoint_current_timestamp_seconds{job="tianshu-hub",instance="hub"}"#,
            "= 60",
        )],
    ),
    soon(
        "TianshuCheckpointListLarge",
        &[(
            r#"hub_checkpoint_list_bytes{job="tianshu-hub",instance="hub"}"#,
            "= 5000000000",
        )],
    ),
    late(
        "TianshuArchiveBehind",
        &[(
            r#"hub_archive_passed_timestamp_seconds{job="tianshu-hub",instance="hub"}"#,
            "= 60",
        )],
    ),
    late(
        "TianshuArchiveBehind",
        &[(
            r#"agent_archive_passed_timestamp_seconds{job="tianshu-agent",instance="city"}"#,
            "= 60",
        )],
    ),
    soon(
        "TianshuNodeDetached",
        &[
            (
                r#"hub_node_links{job="tianshu-hub",instance="hub",node="city"}"#,
                "= 0",
            ),
            (
                r#"hub_breaker_state{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
                "= 2",
            ),
        ],
    ),
    soon(
        "TianshuBreakerOpen",
        &[(
            r#"hub_breaker_state{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
            "= 2",
        )],
    ),
    late(
        "TianshuBreakerHeld",
        &[(
            r#"hub_breaker_held{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuTargetThrottled",
        &[(
            r#"hub_target_throttled_total{job="tianshu-hub",instance="hub",node="city"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuHubShedding",
        &[(
            r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-LIMIT-HUB"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuExportDown",
        &[(
            r#"hub_export_connected{job="tianshu-hub",instance="hub",receiver="soc"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuExportDown",
        &[(
            r#"agent_export_connected{job="tianshu-agent",instance="city",receiver="soc"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuExportLagging",
        &[(
            r#"hub_export_lag_entries{job="tianshu-hub",instance="hub",receiver="soc"}"#,
            "= 20000",
        )],
    ),
    soon(
        "TianshuExportLagging",
        &[(
            r#"agent_export_lag_entries{job="tianshu-agent",instance="city",receiver="soc"}"#,
            "= 20000",
        )],
    ),
    soon(
        "TianshuDecisionOverdue",
        &[(
            r#"hub_decisions_overdue{job="tianshu-hub",instance="hub"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuAlertUnassigned",
        &[(
            r#"hub_alerts_unassigned_seconds{job="tianshu-hub",instance="hub"}"#,
            "= 90000",
        )],
    ),
    soon(
        "TianshuDecisionAbandoned",
        &[(
            r#"hub_decisions_abandoned_total{job="tianshu-hub",instance="hub"}"#,
            "late 1",
        )],
    ),
    soon(
        "TianshuLogForked",
        &[(
            r#"hub_log_disowned{job="tianshu-hub",instance="hub"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuCheckpointUnwitnessed",
        &[(
            r#"hub_checkpoint_unwitnessed_seconds{job="tianshu-hub",instance="hub"}"#,
            "= 90",
        )],
    ),
    soon(
        "TianshuWitnessPolicyMissing",
        &[(
            r#"hub_witness_policy{job="tianshu-hub",instance="hub"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuWitnessNotAsked",
        &[(
            r#"agent_witness_last_cosigned_timestamp_seconds{job="tianshu-agent",instance="city"}"#,
            "= 60",
        )],
    ),
    soon(
        "TianshuHubDistrusted",
        &[(
            r#"agent_hub_distrusted{job="tianshu-agent",instance="city"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuHubCaught",
        &[(
            r#"agent_witness_caught_total{job="tianshu-agent",instance="city",offence="older-shown"}"#,
            "late 1",
        )],
    ),
    soon(
        "TianshuWitnessFailed",
        &[(
            r#"agent_witness_failed{job="tianshu-agent",instance="city"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuBookFull",
        &[(
            r#"agent_book_room{job="tianshu-agent",instance="city"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuBookLow",
        &[(
            r#"agent_book_room{job="tianshu-agent",instance="city"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuAnswersSlow",
        &[(
            r#"hub_ask_seconds_bucket{job="tianshu-hub",instance="hub",le="0.1"}"#,
            "+ 500",
        )],
    ),
    soon(
        "TianshuRefusalsMany",
        &[(
            r#"hub_asks_total{job="tianshu-hub",instance="hub",result="refused"}"#,
            "+ 600",
        )],
    ),
    soon(
        "TianshuCasesForged",
        &[(
            r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-CASE-SIGNATURE"}"#,
            "+ 1",
        )],
    ),
    soon(
        "TianshuHubFault",
        &[(
            r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-HUB-INTERNAL"}"#,
            "late 1",
        )],
    ),
    soon(
        "TianshuNodeOverloaded",
        &[(
            r#"hub_node_overloads_total{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuRepliesBroken",
        &[(
            r#"hub_replies_broken_total{job="tianshu-hub",instance="hub",node="city"}"#,
            "late 1",
        )],
    ),
    soon(
        "TianshuHandshakesRefused",
        &[(
            r#"hub_handshakes_refused_total{job="tianshu-hub",instance="hub",code="TS-TLS-EXPIRED"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuChangeKept",
        &[(
            r#"hub_rules_read_total{job="tianshu-hub",instance="hub",result="kept"}"#,
            "late 1",
        )],
    ),
    soon(
        "TianshuChangeKept",
        &[(
            r#"hub_limits_read_total{job="tianshu-hub",instance="hub",result="kept"}"#,
            "late 1",
        )],
    ),
    soon(
        "TianshuJournalSlow",
        &[
            (
                r#"hub_journal_write_seconds_bucket{job="tianshu-hub",instance="hub",le="0.008"}"#,
                "+ 50",
            ),
            (
                r#"hub_journal_write_seconds_bucket{job="tianshu-hub",instance="hub",le="0.25"}"#,
                "+ 60",
            ),
        ],
    ),
    soon(
        "TianshuIndexBehind",
        &[(
            r#"hub_journal_entries{job="tianshu-hub",instance="hub"}"#,
            "+ 600",
        )],
    ),
    soon(
        "TianshuCertificateExpiring",
        &[(
            r#"hub_certificate_expiry_timestamp_seconds{job="tianshu-hub",instance="hub",door="link"}"#,
            "= 864000",
        )],
    ),
    soon(
        "TianshuCertificateExpiring",
        &[(
            r#"agent_certificate_expiry_timestamp_seconds{job="tianshu-agent",instance="city",door="link"}"#,
            "= 864000",
        )],
    ),
    soon(
        "TianshuCertificateEnding",
        &[(
            r#"hub_certificate_expiry_timestamp_seconds{job="tianshu-hub",instance="hub",door="link"}"#,
            "= 86400",
        )],
    ),
    soon(
        "TianshuCertificateEnding",
        &[(
            r#"agent_certificate_expiry_timestamp_seconds{job="tianshu-agent",instance="city",door="link"}"#,
            "= 60",
        )],
    ),
    soon(
        "TianshuRevocationsOld",
        &[(
            r#"hub_revocation_expiry_timestamp_seconds{job="tianshu-hub",instance="hub",door="link"}"#,
            "= 80000",
        )],
    ),
    soon(
        "TianshuRevocationsOld",
        &[(
            r#"agent_revocation_expiry_timestamp_seconds{job="tianshu-agent",instance="city",door="link"}"#,
            "= 80000",
        )],
    ),
    soon(
        "TianshuClockUnsynchronised",
        &[(
            r#"hub_clock_state{job="tianshu-hub",instance="hub",state="unsynchronised"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuClockUnsynchronised",
        &[(
            r#"agent_clock_state{job="tianshu-agent",instance="city",state="unsynchronised"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuAgentDown",
        &[(r#"up{job="tianshu-agent",instance="city"}"#, "= 0")],
    ),
    soon(
        "TianshuAgentDetached",
        &[(r#"agent_links{job="tianshu-agent",instance="city"}"#, "= 0")],
    ),
    soon(
        "TianshuBookUnhealthy",
        &[(
            r#"agent_book_healthy{job="tianshu-agent",instance="city"}"#,
            "= 0",
        )],
    ),
    soon(
        "TianshuAgentOverloaded",
        &[(
            r#"agent_asks_shed_total{job="tianshu-agent",instance="city",limit="often"}"#,
            "+ 60",
        )],
    ),
    soon(
        "TianshuValuesWithheld",
        &[(
            r#"agent_values_withheld_ratio{job="tianshu-agent",instance="city",class="04"}"#,
            "= 0.2",
        )],
    ),
    soon(
        "TianshuFileRefused",
        &[(
            r#"agent_files_refused{job="tianshu-agent",instance="city",class="04",fault="no-marker"}"#,
            "= 1",
        )],
    ),
    soon(
        "TianshuLookUpsSlow",
        &[(
            r#"agent_look_up_seconds_bucket{job="tianshu-agent",instance="city",class="04",le="0.1"}"#,
            "+ 50",
        )],
    ),
];
