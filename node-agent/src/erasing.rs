//! Erasing values beside the own log: what two officers have signed, picked up from a folder beside
//! it, and what is older than this center keeps. The running agent does it, since the log is its
//! own; a request that comes while it is stopped waits for its start.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit::volume::OrderBook;
use policies::{ErasureTarget, SignedErasure, TrustList};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::Clock;

use crate::book::{Book, BookError, Erased, Holds, Target, Withheld};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked at what is over.
const EXPIRY_EVERY: Duration = Duration::from_secs(3_600);
/// Requests taken up in one look.
const REQUESTS_MAX: usize = 16;
/// A request that failed lets others pass for so long.
const AGAIN_AFTER: Duration = Duration::from_secs(300);
/// Failed requests that are remembered.
const FAILED_MAX: usize = 1_024;
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
    /// What officers want kept stays here too.
    pub(crate) orders: Option<OrderBook>,
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
        let mut failed: HashMap<PathBuf, Instant> = HashMap::new();
        loop {
            tokio::select! {
                _ = pause.tick() => {}
                () = stop.cancelled() => return,
            }
            if expired_at.is_none_or(|at| at.elapsed() >= EXPIRY_EVERY) {
                expired_at = Some(Instant::now());
                match self.erase_expired().await {
                    Ok(0) => {}
                    Ok(records) => tracing::info!(records, "values are erased: their time is over"),
                    Err(error) => tracing::error!(%error, "values past their time are not erased"),
                }
            }
            failed.retain(|_, at| at.elapsed() < AGAIN_AFTER);
            for file in waiting(&self.requests, &failed) {
                if !self.take_up(&file).await && failed.len() < FAILED_MAX {
                    failed.insert(file, Instant::now());
                }
            }
        }
    }

    async fn erase_expired(&self) -> anyhow::Result<u64> {
        let holds = self.holds().await?;
        Ok(self.book.erase_expired(self.keep_days, &holds).await?)
    }

    async fn holds(&self) -> anyhow::Result<Arc<Holds>> {
        let orders = self.orders.clone();
        let read = tokio::task::spawn_blocking(move || Holds::read(orders.as_ref())).await;
        Ok(Arc::new(read??))
    }

    async fn erase(
        &self,
        target: &Target,
        until: time::OffsetDateTime,
        because: &Erased,
    ) -> anyhow::Result<Result<u64, Withheld>> {
        let holds = self.holds().await?;
        let withheld = match self.book.erase(target, until, because, &holds).await {
            Ok(records) => return Ok(Ok(records)),
            Err(BookError::Withheld(withheld)) => withheld,
            Err(error) => return Err(error.into()),
        };
        if matches!(withheld, Withheld::Unnamed(_)) {
            // The last run may have ended between erasing and saying so.
            let (book, body) = (Arc::clone(&self.book), because.body.clone());
            let found = tokio::task::spawn_blocking(move || book.has_erased_by(&body)).await;
            if found?? {
                return Ok(Ok(0));
            }
        }
        Ok(Err(withheld))
    }

    /// Carries one request out and says beside it what came of it; whether something did.
    async fn take_up(&self, file: &Path) -> bool {
        let (ending, said) = match self.read(file) {
            Ok((target, until, because)) => {
                match self.erase(&target, until, &because).await {
                    Ok(Ok(records)) => {
                        tracing::info!(records, "values are erased by two officers' request");
                        ("done", format!("erased {records} records\n"))
                    }
                    Ok(Err(withheld)) => {
                        tracing::warn!(%withheld, "a request to erase is refused");
                        ("refused", format!("refused: {withheld}\n"))
                    }
                    Err(error) => {
                        // It stays, and is taken up again; what is on record is finished then.
                        tracing::error!(%error, "an erasure was not carried out");
                        return false;
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
            return false;
        }
        true
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

/// Requests that wait, by name, without those that have failed just now. A folder that is not
/// there has none.
fn waiting(folder: &Path, failed: &HashMap<PathBuf, Instant>) -> Vec<PathBuf> {
    let Ok(listed) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = listed.filter_map(|entry| Some(entry.ok()?.path()));
    let is_request = |file: &PathBuf| {
        file.extension().is_some_and(|end| end == "json") && !failed.contains_key(file)
    };
    let mut files: Vec<PathBuf> = files.filter(is_request).take(REQUESTS_MAX).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_failed_let_others_pass() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut failed = HashMap::new();
        for number in 0..=REQUESTS_MAX {
            fs::write(folder.path().join(format!("{number:02}.json")), "{}").unwrap();
        }
        let first = waiting(folder.path(), &failed);
        assert_eq!(first.len(), REQUESTS_MAX);
        failed.extend(first.into_iter().map(|file| (file, Instant::now())));
        assert_eq!(waiting(folder.path(), &failed).len(), 1);
    }
}
