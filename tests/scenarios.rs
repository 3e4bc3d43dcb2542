//! The whole star on real sockets and real processes: every line of the showcase, and what happens
//! to bad input. Each scenario ends in the same check: the hub's log verifies, every decision has
//! an outcome, and nothing personal stands anywhere outside the centers' own data.
//!
//! The programs must be built first: `cargo build --workspace --bins`.

#[cfg(test)]
mod scenarios {
    mod acts;
    mod auditing;
    mod auditor;
    mod configuration;
    mod crash;
    mod demo;
    mod draining;
    mod drop_files;
    mod employers;
    mod erasing;
    mod export;
    mod files;
    mod findings;
    mod ground;
    mod half_open;
    mod hanging_up;
    mod houses;
    mod hung;
    mod joining;
    mod legal;
    mod lists;
    mod lying_hub;
    mod mad_hub;
    mod named;
    mod partition;
    mod previews;
    mod published;
    mod railway;
    mod reception;
    mod reconcile;
    mod refusals;
    mod revocation;
    mod rooms;
    mod samples;
    mod searching;
    mod secrets;
    mod servers;
    mod simulate;
    mod soaking;
    mod subject;
    mod tasks;
    mod traced;
    mod verdicts;
    mod wire_abuse;
    mod wire_doors;
    mod wire_floods;
    mod wire_unread;
    mod witnessed;
}
