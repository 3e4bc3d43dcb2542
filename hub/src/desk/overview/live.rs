//! The star again and again for whoever looks: every few seconds, and at once when a breaker
//! changes. A look ends with its session, with the hub, or with whoever looks; it keeps no session
//! alive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashboards::overview::Overview;
use dashboards::{Turned, Viewer};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use wire::RefusalCode;

use super::super::{Desk, turned};
use crate::nodes::BreakerChange;

/// How often the whole is sent.
const EVERY: Duration = Duration::from_secs(5);
/// Changes that come together are shown together.
const TOGETHER: Duration = Duration::from_millis(200);
/// People's looks at once, in all and of one person.
const LOOKS_MAX: usize = 32;
const LOOKS_PER_PERSON_MAX: usize = 4;

/// Who looks, and how often.
#[derive(Debug, Default)]
pub(in super::super) struct Lookers(Arc<Mutex<BTreeMap<String, usize>>>);

/// One look; dropping it ends it.
#[derive(Debug)]
struct Look {
    all: Arc<Mutex<BTreeMap<String, usize>>>,
    who: String,
}

impl Lookers {
    fn begin(&self, who: &str) -> Result<Look, RefusalCode> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.get(who).copied().unwrap_or(0);
        if all.values().sum::<usize>() >= LOOKS_MAX || own >= LOOKS_PER_PERSON_MAX {
            return Err(RefusalCode::LimitHub);
        }
        all.insert(who.to_owned(), own + 1);
        Ok(Look {
            all: Arc::clone(&self.0),
            who: who.to_owned(),
        })
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.get(&self.who).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            all.remove(&self.who);
        } else {
            all.insert(self.who.clone(), left);
        }
    }
}

/// What one look holds.
struct Looking {
    desk: Arc<Desk>,
    /// Of the session's forms; it tells the session.
    token: String,
    changes: Receiver<BreakerChange>,
    every: Interval,
    _look: Look,
}

pub(super) fn stars(
    desk: Arc<Desk>,
    viewer: &Viewer,
) -> Result<impl Stream<Item = Overview> + Send + 'static, Turned> {
    let look = desk.lookers.begin(&viewer.name);
    let look = look.map_err(|code| turned(code).to(viewer))?;
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let looking = Looking {
        changes: desk.broker.nodes.changes(),
        token: viewer.token.clone(),
        every,
        _look: look,
        desk,
    };
    Ok(stream::unfold(looking, |mut looking| async move {
        looking.wait().await?;
        let star = looking.desk.star().await;
        Some((star, looking))
    }))
}

impl Looking {
    /// Until there is something to show; none when the look is over.
    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            biased;
            () = self.desk.broker.stopping.cancelled() => return None,
            _ = self.every.tick() => {}
            // One that was missed is shown all the same: the whole is sent.
            _ = self.changes.recv() => {
                tokio::time::sleep(TOGETHER).await;
                while self.changes.try_recv().is_ok() {}
            }
        }
        let lasts = self.desk.sessions.lasts(&self.token, Instant::now());
        lasts.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_too_often_and_a_look_that_ends_makes_room() {
        let lookers = Lookers::default();
        let own: Vec<_> = (0..LOOKS_PER_PERSON_MAX)
            .map(|_| lookers.begin("li").expect("has room"))
            .collect();
        assert_eq!(lookers.begin("li").unwrap_err(), RefusalCode::LimitHub);
        let others: Vec<_> = (LOOKS_PER_PERSON_MAX..LOOKS_MAX)
            .map(|nth| lookers.begin(&format!("o{nth}")).expect("has room"))
            .collect();
        assert_eq!(lookers.begin("wang").unwrap_err(), RefusalCode::LimitHub);
        drop(own);
        assert!(lookers.begin("li").is_ok());
        drop(others);
        assert!(lookers.0.lock().expect("is whole").is_empty());
    }
}
