//! Erasing values beside the own log: what two officers have signed, picked up from a folder beside
//! it, and what is older than this center keeps. The running agent does it, since the log is its
//! own; a request that comes while it is stopped waits for its start.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use policies::{ErasureTarget, SignedErasure, TrustList};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::Clock;

use crate::book::{Book, Erased, Target};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked at what is over.
const EXPIRY_EVERY: Duration = Duration::from_secs(3_600);
/// Requests taken up in one look.
const REQUESTS_MAX: usize = 16;
/// Largest request.
const REQUEST_BYTES_MAX: u64 = 16 * 1024;
/// A statement made on a clock ahead of this one.
const AHEAD_MAX: time::Duration = time::Duration::minutes(5);

/// What the erasing task needs.
#[derive(Debug)]
pub(crate) struct Erasing {
    pub(crate) node: String,
    /// Folder of the requests.
    pub(crate) requests: PathBuf,
    /// How long values are kept.
    pub(crate) keep_days: u64,
    pub(crate) trust: Arc<TrustList>,
    pub(crate) book: Arc<Book>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Why a request is not carried out.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// The file cannot be read, or is none.
    #[error("it is no request")]
    Form,
    /// Made in the future.
    #[error("it is dated later than this machine's clock")]
    Date,
    /// The signatures.
    #[error("it is not signed by two officers of this node")]
    Signatures(#[from] policies::CaseFault),
}

impl Erasing {
    /// Erases until told to stop.
    pub(crate) async fn keep_on(self, stop: CancellationToken) {
        let mut pause = tokio::time::interval(LOOK_EVERY);
        let mut expired_at: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = pause.tick() => {}
                () = stop.cancelled() => return,
            }
            if expired_at.is_none_or(|at| at.elapsed() >= EXPIRY_EVERY) {
                expired_at = Some(Instant::now());
                match self.book.erase_expired(self.keep_days).await {
                    Ok(0) => {}
                    Ok(records) => tracing::info!(records, "values are erased: their time is over"),
                    Err(error) => tracing::error!(%error, "values past their time are not erased"),
                }
            }
            for file in waiting(&self.requests) {
                self.take_up(&file).await;
            }
        }
    }

    /// Carries one request out and says beside it what came of it.
    async fn take_up(&self, file: &Path) {
        let (ending, said) = match self.read(file) {
            Ok((target, until, because)) => {
                match self.book.erase(&target, until, &because).await {
                    Ok(records) => {
                        tracing::info!(records, "values are erased by two officers' request");
                        ("done", format!("erased {records} records\n"))
                    }
                    Err(error) => {
                        // It stays, and is taken up again; what is on record is finished then.
                        tracing::error!(%error, "an erasure was not carried out");
                        return;
                    }
                }
            }
            Err(unfit) => {
                tracing::warn!(%unfit, "a request to erase is refused");
                ("refused", format!("refused: {unfit}\n"))
            }
        };
        let told = fs::write(file.with_extension(ending), said);
        if told.and_then(|()| fs::remove_file(file)).is_err() {
            tracing::error!("a request to erase cannot be put away");
        }
    }

    fn read(&self, file: &Path) -> Result<(Target, time::OffsetDateTime, Erased), Unfit> {
        let meta = fs::metadata(file).map_err(|_| Unfit::Form)?;
        if meta.len() > REQUEST_BYTES_MAX {
            return Err(Unfit::Form);
        }
        let bytes = fs::read(file).map_err(|_| Unfit::Form)?;
        let signed: SignedErasure = serde_json::from_slice(&bytes).map_err(|_| Unfit::Form)?;
        let said = self.trust.erasure(&self.node, &signed)?;
        if said.issued_at > self.clock.now() + AHEAD_MAX {
            return Err(Unfit::Date);
        }
        let target = match said.target {
            ErasureTarget::Query(query) => Target::Query(query),
            ErasureTarget::Index(index) => Target::Index(index),
            ErasureTarget::SubjectOfIndex(index) => Target::SubjectOf(index),
        };
        let names = [&said.asked_by, &said.approved_by];
        let mut signatures = signed.signatures;
        signatures.retain(|name, _| names.contains(&name));
        let because = Erased {
            because: "request".to_owned(),
            basis: said.basis.clone(),
            asked_by: said.asked_by.clone(),
            approved_by: said.approved_by.clone(),
            body: signed.body,
            signatures,
            ..Erased::default()
        };
        Ok((target, said.issued_at, because))
    }
}

/// Requests that wait, by name. A folder that is not there has none.
fn waiting(folder: &Path) -> Vec<PathBuf> {
    let Ok(listed) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = listed.filter_map(|entry| Some(entry.ok()?.path()));
    let is_request = |file: &PathBuf| file.extension().is_some_and(|end| end == "json");
    let mut files: Vec<PathBuf> = files.filter(is_request).take(REQUESTS_MAX).collect();
    files.sort();
    files
}
