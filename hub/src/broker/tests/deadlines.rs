//! One budget from the caller down: what a node gets is shorter than what its caller still waits.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;
use wire::limits::{DEADLINE_MAX, DEADLINE_MIN, HOP_RESERVE};

use crate::broker::deadline;

proptest! {
    #[test]
    fn every_hop_has_less_than_the_one_before(
        caller_ms in 50_u32..90_000,
        flow_ms in 50_u64..60_000,
    ) {
        let arrived = Instant::now();
        let flow = Duration::from_millis(flow_ms);
        let caller = Duration::from_millis(u64::from(caller_ms));
        let hub = deadline(arrived, caller_ms, flow).duration_since(arrived);
        // As `Nodes::ask` does it.
        let node = hub - HOP_RESERVE;
        prop_assert!(hub <= DEADLINE_MAX && node >= DEADLINE_MIN);
        prop_assert!(node < hub && node <= caller.min(flow));
        if caller.min(flow) > DEADLINE_MIN + HOP_RESERVE {
            prop_assert!(hub <= caller.min(flow));
        }
    }
}
