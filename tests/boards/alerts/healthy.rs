//! What the series of a star look like when nothing is wrong.

/// Series and values, as `Step::values` reads them.
pub(super) const SERIES: &[(&str, &str)] = &[
    (
        r#"hub_trace_spans_total{job="tianshu-hub",instance="hub",result="dropped"}"#,
        "= 7",
    ),
    (
        r#"agent_trace_spans_total{job="tianshu-agent",instance="city",result="dropped"}"#,
        "= 0",
    ),
    (r#"up{job="tianshu-hub",instance="hub"}"#, "= 1"),
    (r#"up{job="tianshu-agent",instance="city"}"#, "= 1"),
    (
        r#"hub_journal_healthy{job="tianshu-hub",instance="hub"}"#,
        "= 1",
    ),
    (
        r#"hub_journal_room{job="tianshu-hub",instance="hub"}"#,
        "= 2",
    ),
    (
        r#"hub_journal_entries{job="tianshu-hub",instance="hub"}"#,
        "+ 60",
    ),
    (
        r#"hub_index_entries{job="tianshu-hub",instance="hub"}"#,
        "+ 60",
    ),
    (
        r#"hub_journal_write_seconds_bucket{job="tianshu-hub",instance="hub",le="0.008"}"#,
        "+ 60",
    ),
    (
        r#"hub_journal_write_seconds_bucket{job="tianshu-hub",instance="hub",le="+Inf"}"#,
        "+ 60",
    ),
    (
        r#"hub_checkpoint_current_timestamp_seconds{job="tianshu-hub",instance="hub"}"#,
        "now",
    ),
    (
        r#"hub_checkpoint_list_bytes{job="tianshu-hub",instance="hub"}"#,
        "+ 800",
    ),
    (
        r#"hub_archive_passed_timestamp_seconds{job="tianshu-hub",instance="hub"}"#,
        "now",
    ),
    (
        r#"hub_node_links{job="tianshu-hub",instance="hub",node="city"}"#,
        "= 2",
    ),
    (
        r#"hub_node_links{job="tianshu-hub",instance="hub",node="tielu"}"#,
        "= 2",
    ),
    (
        r#"hub_breaker_state{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
        "= 0",
    ),
    (
        r#"hub_breaker_held{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
        "= 0",
    ),
    (
        r#"hub_target_throttled_total{job="tianshu-hub",instance="hub",node="city"}"#,
        "= 3",
    ),
    (
        r#"hub_node_overloads_total{job="tianshu-hub",instance="hub",node="city",class="04"}"#,
        "= 3",
    ),
    (
        r#"hub_replies_broken_total{job="tianshu-hub",instance="hub",node="city"}"#,
        "= 1",
    ),
    (
        r#"hub_asks_total{job="tianshu-hub",instance="hub",result="answered"}"#,
        "+ 600",
    ),
    (
        r#"hub_asks_total{job="tianshu-hub",instance="hub",result="refused"}"#,
        "+ 30",
    ),
    (
        r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-CASE-EXPIRED"}"#,
        "+ 30",
    ),
    (
        r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-LIMIT-HUB"}"#,
        "= 0",
    ),
    (
        r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-HUB-INTERNAL"}"#,
        "= 0",
    ),
    (
        r#"hub_refusals_total{job="tianshu-hub",instance="hub",code="TS-CASE-SIGNATURE"}"#,
        "= 0",
    ),
    (
        r#"hub_ask_seconds_bucket{job="tianshu-hub",instance="hub",le="0.1"}"#,
        "+ 600",
    ),
    (
        r#"hub_ask_seconds_bucket{job="tianshu-hub",instance="hub",le="10"}"#,
        "+ 600",
    ),
    (
        r#"hub_ask_seconds_bucket{job="tianshu-hub",instance="hub",le="+Inf"}"#,
        "+ 600",
    ),
    (
        r#"hub_handshakes_refused_total{job="tianshu-hub",instance="hub",code="TS-TLS-EXPIRED"}"#,
        "= 4",
    ),
    (
        r#"hub_rules_read_total{job="tianshu-hub",instance="hub",result="kept"}"#,
        "= 0",
    ),
    (
        r#"hub_limits_read_total{job="tianshu-hub",instance="hub",result="kept"}"#,
        "= 0",
    ),
    (
        r#"hub_export_connected{job="tianshu-hub",instance="hub",receiver="soc"}"#,
        "= 1",
    ),
    (
        r#"hub_export_lag_entries{job="tianshu-hub",instance="hub",receiver="soc"}"#,
        "= 12",
    ),
    (
        r#"hub_alerts_unassigned_seconds{job="tianshu-hub",instance="hub"}"#,
        "= 0",
    ),
    (
        r#"hub_decisions_overdue{job="tianshu-hub",instance="hub"}"#,
        "= 0",
    ),
    (
        r#"hub_decisions_abandoned_total{job="tianshu-hub",instance="hub"}"#,
        "= 2",
    ),
    (
        r#"hub_log_disowned{job="tianshu-hub",instance="hub"}"#,
        "= 0",
    ),
    (
        r#"hub_checkpoint_unwitnessed_seconds{job="tianshu-hub",instance="hub"}"#,
        "= 1",
    ),
    (
        r#"hub_witness_policy{job="tianshu-hub",instance="hub"}"#,
        "= 1",
    ),
    (
        r#"hub_certificate_expiry_timestamp_seconds{job="tianshu-hub",instance="hub",door="link"}"#,
        "= 31536000",
    ),
    (
        r#"hub_revocation_expiry_timestamp_seconds{job="tianshu-hub",instance="hub",door="link"}"#,
        "= 864000",
    ),
    (
        r#"hub_clock_state{job="tianshu-hub",instance="hub",state="unsynchronised"}"#,
        "= 0",
    ),
    (
        r#"hub_clock_state{job="tianshu-hub",instance="hub",state="synchronised"}"#,
        "= 1",
    ),
    (r#"agent_links{job="tianshu-agent",instance="city"}"#, "= 2"),
    (
        r#"agent_book_healthy{job="tianshu-agent",instance="city"}"#,
        "= 1",
    ),
    (
        r#"agent_book_room{job="tianshu-agent",instance="city"}"#,
        "= 2",
    ),
    (
        r#"agent_archive_passed_timestamp_seconds{job="tianshu-agent",instance="city"}"#,
        "= 0",
    ),
    (
        r#"agent_asks_sent_total{job="tianshu-agent",instance="city",result="answered"}"#,
        "+ 60",
    ),
    (
        r#"agent_asks_served_total{job="tianshu-agent",instance="city",result="answered"}"#,
        "+ 60",
    ),
    (
        r#"agent_asks_shed_total{job="tianshu-agent",instance="city",limit="often"}"#,
        "= 9",
    ),
    (
        r#"agent_witness_last_cosigned_timestamp_seconds{job="tianshu-agent",instance="city"}"#,
        "now",
    ),
    (
        r#"agent_witness_caught_total{job="tianshu-agent",instance="city",offence="older-shown"}"#,
        "= 0",
    ),
    (
        r#"agent_witness_failed{job="tianshu-agent",instance="city"}"#,
        "= 0",
    ),
    (
        r#"agent_hub_distrusted{job="tianshu-agent",instance="city"}"#,
        "= 0",
    ),
    (
        r#"agent_export_connected{job="tianshu-agent",instance="city",receiver="soc"}"#,
        "= 1",
    ),
    (
        r#"agent_export_lag_entries{job="tianshu-agent",instance="city",receiver="soc"}"#,
        "= 0",
    ),
    (
        r#"agent_values_withheld_ratio{job="tianshu-agent",instance="city",class="04"}"#,
        "= 0.01",
    ),
    (
        r#"agent_files_refused{job="tianshu-agent",instance="city",class="04",fault="no-marker"}"#,
        "= 0",
    ),
    (
        r#"agent_look_up_seconds_bucket{job="tianshu-agent",instance="city",class="04",le="0.1"}"#,
        "+ 60",
    ),
    (
        r#"agent_look_up_seconds_bucket{job="tianshu-agent",instance="city",class="04",le="2.5"}"#,
        "+ 60",
    ),
    (
        r#"agent_look_up_seconds_bucket{job="tianshu-agent",instance="city",class="04",le="+Inf"}"#,
        "+ 60",
    ),
    (
        r#"agent_certificate_expiry_timestamp_seconds{job="tianshu-agent",instance="city",door="link"}"#,
        "= 31536000",
    ),
    (
        r#"agent_revocation_expiry_timestamp_seconds{job="tianshu-agent",instance="city",door="link"}"#,
        "= 864000",
    ),
    (
        r#"agent_clock_state{job="tianshu-agent",instance="city",state="unsynchronised"}"#,
        "= 0",
    ),
    (
        r#"agent_clock_state{job="tianshu-agent",instance="city",state="unknown"}"#,
        "= 1",
    ),
];
