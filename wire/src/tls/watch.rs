//! Taking up changed files without a restart.
//!
//! Refuses to fall back to nothing: a broken file is reported once, the old configuration stays,
//! and the files are tried again when they change.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::client::ClientTls;
use super::files::{Fingerprint, TlsError, TlsStatus};
use super::server::ServerTls;

/// How often files are looked at, unless told otherwise.
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(1);

/// What a look at the files came to, told to the owner of the watch.
#[derive(Debug)]
pub enum Reload {
    /// Nothing has changed. Told at every tick, so that the owner can cut expired peers.
    Unchanged,
    /// A new configuration is in use.
    Taken(TlsStatus),
    /// The new files are broken; the old configuration stays in use.
    Kept(TlsError),
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::ServerTls {}
    impl Sealed for super::ClientTls {}
}

/// An end whose files can be watched: [`ServerTls`] and [`ClientTls`].
pub trait Reloadable: sealed::Sealed + Clone + Send + Sync + 'static {
    /// Reads the files again; on a fault the old configuration stays.
    ///
    /// # Errors
    /// Every fault of every file.
    fn reload(&self) -> Result<TlsStatus, TlsError>;

    /// A mark that changes when a file does.
    #[doc(hidden)]
    fn mark(&self) -> Mark;
}

/// An opaque mark of the state of the files.
#[doc(hidden)]
#[derive(Debug, PartialEq, Eq)]
pub struct Mark(Fingerprint);

impl Reloadable for ServerTls {
    fn reload(&self) -> Result<TlsStatus, TlsError> {
        Self::reload(self)
    }

    fn mark(&self) -> Mark {
        Mark(self.fingerprint())
    }
}

impl Reloadable for ClientTls {
    fn reload(&self) -> Result<TlsStatus, TlsError> {
        Self::reload(self)
    }

    fn mark(&self) -> Mark {
        Mark(self.fingerprint())
    }
}

/// Looks at the files every `interval` until `stop`, reloads when one has changed, and tells
/// `report` of every look. The hub's report calls [`super::LiveConnections::close_refused`].
///
/// The files are taken up at the first look too, so that a change between loading and watching is
/// not missed.
pub async fn watch_reload<T: Reloadable>(
    tls: T,
    interval: Duration,
    stop: CancellationToken,
    mut report: impl FnMut(Reload) + Send,
) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut taken: Option<Mark> = None;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let end = tls.clone();
        let before = taken.take();
        // Files may lie on a slow disk: not on a thread that carries connections.
        let looked = tokio::task::spawn_blocking(move || {
            // The mark is taken before reading: a change during the reading is seen next time.
            let mark = end.mark();
            let outcome = if before.as_ref() == Some(&mark) {
                Reload::Unchanged
            } else {
                end.reload().map_or_else(Reload::Kept, Reload::Taken)
            };
            (mark, outcome)
        });
        let Ok((mark, outcome)) = looked.await else {
            return;
        };
        taken = Some(mark);
        report(outcome);
    }
}
