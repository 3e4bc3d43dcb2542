//! How many lists may be under way, and the connection they go over. It is theirs alone: a list
//! whose results nobody takes must not fill the connection of the questions at the counters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use wire::RefusalCode;
use wire::limits::LISTS_PER_NODE_MAX;

use crate::uplink::Uplink;

/// Lists that one local system may have under way.
const LISTS_PER_SYSTEM_MAX: usize = 2;

/// What lists go over and what bounds them.
#[derive(Debug)]
pub struct Lists {
    pub(super) uplink: Arc<Uplink>,
    /// Told when the agent stops.
    pub(crate) stopping: CancellationToken,
    under_way: Arc<UnderWay>,
}

#[derive(Debug, Default)]
struct UnderWay {
    /// Touched when a list begins and ends.
    by_system: Mutex<BTreeMap<String, usize>>,
}

/// One list's room, given back when it has ended.
#[derive(Debug)]
pub(super) struct Room {
    under_way: Arc<UnderWay>,
    system: String,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut by_system = self.under_way.by_system();
        if let Some(count) = by_system.get_mut(&self.system) {
            *count = count.saturating_sub(1);
        }
        by_system.retain(|_, count| *count > 0);
    }
}

impl UnderWay {
    fn by_system(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.by_system
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lists {
    /// Lists over this connection, until `stopping` is told.
    #[must_use]
    pub fn new(uplink: Arc<Uplink>, stopping: CancellationToken) -> Self {
        Self {
            uplink,
            stopping,
            under_way: Arc::default(),
        }
    }

    pub(super) fn enter(&self, system: &str) -> Result<Room, RefusalCode> {
        let mut by_system = self.under_way.by_system();
        let all: usize = by_system.values().sum();
        let own = by_system.entry(system.to_owned()).or_default();
        if *own >= LISTS_PER_SYSTEM_MAX || all >= LISTS_PER_NODE_MAX {
            by_system.retain(|_, count| *count > 0);
            return Err(RefusalCode::LimitLists);
        }
        *own += 1;
        Ok(Room {
            under_way: Arc::clone(&self.under_way),
            system: system.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_system_has_two_lists_under_way_and_all_systems_have_four() {
        let nowhere = tonic::transport::Endpoint::from_static("http://127.0.0.1:1");
        let uplink = Uplink::new(move || nowhere.connect_lazy());
        let lists = Lists::new(uplink, CancellationToken::new());
        let first = lists.enter("counter").expect("has room");
        let _second = lists.enter("counter").expect("has room");
        assert_eq!(lists.enter("counter").err(), Some(RefusalCode::LimitLists));
        let _third = lists.enter("kiosk").expect("has room");
        let _fourth = lists.enter("night").expect("has room");
        assert_eq!(lists.enter("web").err(), Some(RefusalCode::LimitLists));
        drop(first);
        assert!(lists.enter("web").is_ok());
        assert!(lists.enter("counter").is_ok());
    }
}
