//! The share of a center's own systems that lists may use: half of what the agent may use at all,
//! so that a question from a counter finds a place beside any list.

use std::sync::Arc;

use policies::Flow;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::translate::LocalLimits;

/// Look-ups for lists that may be under way at once.
#[derive(Debug, Clone)]
pub struct ListShare(Arc<Semaphore>);

/// Leave to look one class up.
#[derive(Debug)]
pub(super) struct Leave {
    _place: Option<OwnedSemaphorePermit>,
}

impl ListShare {
    /// Half of the connections to one system, and never none.
    #[must_use]
    pub fn of(limits: LocalLimits) -> Self {
        let places = usize::try_from(limits.pool_max / 2).unwrap_or(1).max(1);
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Waits for a place if the question is of a flow that is asked by list, as this center's own
    /// copy of it says; the hub does not take that wait for a load. Nothing if its time is over
    /// first.
    pub(super) async fn leave(&self, flow: &Flow, deadline: Instant) -> Option<Leave> {
        if !flow.waits_with_lists() {
            return Some(Leave { _place: None });
        }
        let place = timeout_at(deadline, Arc::clone(&self.0).acquire_owned()).await;
        // Never closed.
        let place = place.ok()?.ok()?;
        Some(Leave {
            _place: Some(place),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use catalog::Catalog;
    use futures_util::FutureExt as _;
    use policies::{FlowBook, Pace};

    use super::*;

    fn flow(pace: Pace, list_max: u32) -> Flow {
        let catalog = Catalog::builtin().expect("the catalog");
        let book = FlowBook::builtin(&catalog).expect("the flows");
        let id = "F05".parse().expect("a flow");
        let mut flow = book.flow(&id).expect("F05").clone();
        (flow.pace, flow.list_max) = (pace, list_max);
        flow
    }

    fn share(pool_max: u32) -> ListShare {
        ListShare::of(LocalLimits {
            pool_max,
            ..LocalLimits::default()
        })
    }

    #[tokio::test]
    async fn lists_use_half_and_counters_wait_for_none_of_them() {
        let deadline = Instant::now() + Duration::from_secs(60);
        let (list, counter) = (flow(Pace::Batch, 0), flow(Pace::Interactive, 0));
        let share = share(4);
        let first = share.leave(&list, deadline).await.expect("has room");
        let roster = flow(Pace::Interactive, 500);
        let _second = share.leave(&roster, deadline).await.expect("has room");
        assert!(share.leave(&list, deadline).now_or_never().is_none());
        for _ in 0..10 {
            let leave = share.leave(&counter, deadline).now_or_never();
            assert!(leave.flatten().is_some(), "waits for no list");
        }
        drop(first);
        assert!(share.leave(&list, deadline).now_or_never().is_some());
        let third = share.leave(&list, deadline).await.expect("has room");
        let soon = Instant::now() + Duration::from_millis(20);
        assert!(share.leave(&list, soon).await.is_none(), "its time is over");
        drop(third);
    }

    #[tokio::test]
    async fn a_single_connection_is_shared() {
        let deadline = Instant::now() + Duration::from_secs(1);
        let leave = share(1).leave(&flow(Pace::Batch, 0), deadline).await;
        assert!(leave.is_some());
    }
}
