//! Distrust of the hub: a file in the folder of this center's log. While it is there, nothing is
//! asked or answered through the hub. The agent makes it, and only a person takes it away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use audit::witness::Caught;
use tokio_util::sync::CancellationToken;

use crate::book::{Book, Entry, HubTrusted};
use crate::metrics::Metrics;
use crate::witness::evidence::{Evidence, write_private};

/// The file.
pub const DISTRUSTED_NAME: &str = "hub-distrusted";
/// How often it is looked whether somebody took the file away.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// See the module. Clones share it.
#[derive(Debug, Clone)]
pub struct Distrust(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    holds: AtomicBool,
    /// The file is not written, or could not be: only a restart ends this distrust then.
    is_unwritten: AtomicBool,
}

impl Distrust {
    /// What the folder of the center's log says.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        let file = dir.join(DISTRUSTED_NAME);
        // What cannot be seen counts as there.
        let holds = !matches!(file.try_exists(), Ok(false));
        if holds {
            tracing::error!("the hub is distrusted: nothing is asked or answered through it");
        }
        Self(Arc::new(Inner {
            file,
            holds: AtomicBool::new(holds),
            is_unwritten: AtomicBool::new(false),
        }))
    }

    /// Whether nothing may go through the hub.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.0.holds.load(Ordering::Acquire)
    }

    /// From now on nothing goes through the hub, also after a restart.
    pub(super) async fn set(&self, caught: &Caught, evidence: &Evidence) {
        // Until the file is there, its absence lifts nothing.
        self.0.is_unwritten.store(true, Ordering::Release);
        self.0.holds.store(true, Ordering::Release);
        let text = told(caught, evidence);
        let inner = Arc::clone(&self.0);
        let written = tokio::task::spawn_blocking(move || write_private(&inner.file, &text));
        if matches!(written.await, Ok(Ok(()))) {
            self.0.is_unwritten.store(false, Ordering::Release);
        } else {
            tracing::error!("distrust of the hub cannot be kept over a restart");
        }
    }

    /// Whether somebody took the file away; the distrust is over then.
    fn is_lifted(&self) -> bool {
        if !self.holds() || self.0.is_unwritten.load(Ordering::Acquire) {
            return false;
        }
        let is_gone = matches!(self.0.file.try_exists(), Ok(false));
        is_gone && self.0.holds.swap(false, Ordering::AcqRel)
    }
}

/// Looks whether somebody took the file away, and puts that on record.
pub async fn watch_distrust(
    distrust: Distrust,
    book: Arc<Book>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    metrics.hub_distrusted(distrust.holds());
    let mut pause = tokio::time::interval(LOOK_PAUSE);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = stop.cancelled() => return,
        }
        if distrust.is_lifted() {
            tracing::warn!("somebody took the distrust of the hub away");
            metrics.hub_distrusted(false);
            let entry = Entry::HubTrusted(HubTrusted {
                file: DISTRUSTED_NAME.to_owned(),
            });
            if book.write(entry).await.is_err() {
                tracing::error!("that the hub is trusted again is not on record");
            }
        }
    }
}

fn told(caught: &Caught, evidence: &Evidence) -> String {
    format!(
        "The hub's log was caught ({}). This center asks and answers nothing through the hub \
         until this file\nis taken away. What to do first: docs/operating.md, \
         TianshuHubDistrusted.\n\n{}",
        caught.offence.as_str(),
        evidence.text()
    )
}
