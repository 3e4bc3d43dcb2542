//! Publishing beside the questions: a checkpoint whenever there is something new. A publisher that
//! fails stops the hub in order, because a log that cannot be verified is no record.

use std::sync::Arc;
use std::time::Duration;

use audit::note::SignedCheckpoint;
use audit::{PublishError, Publisher};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Publishes until `end`, tells each time how many entries are covered, and gives the publisher
/// back for the last checkpoint.
///
/// # Errors
/// The publisher failed; `stop` was cancelled then.
pub(super) async fn publish(
    mut publisher: Publisher,
    every: Duration,
    tell: impl Fn(u64),
    stop: CancellationToken,
    end: CancellationToken,
) -> anyhow::Result<Publisher> {
    let mut pause = tokio::time::interval(every);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return Ok(publisher),
        }
        let (back, advanced) = advance(publisher).await.inspect_err(|_| stop.cancel())?;
        publisher = back;
        advanced.inspect_err(|_| stop.cancel())?;
        tell(publisher.published().size());
    }
}

/// Publishes what is left when nothing more is written.
///
/// # Errors
/// The publisher fails.
pub(super) async fn publish_last(mut publisher: Publisher) -> anyhow::Result<()> {
    loop {
        let (back, advanced) = advance(publisher).await?;
        publisher = back;
        if advanced?.is_none() {
            return Ok(());
        }
    }
}

type Advanced = Result<Option<Arc<SignedCheckpoint>>, PublishError>;

/// One checkpoint, on a thread that may wait for the disk.
async fn advance(mut publisher: Publisher) -> anyhow::Result<(Publisher, Advanced)> {
    let advanced = tokio::task::spawn_blocking(move || {
        let advanced = publisher.advance();
        (publisher, advanced)
    });
    Ok(advanced.await?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use audit::note::{NoteSigner, SignatureKind};
    use audit::{Journal, JournalConfig};
    use ring::rand::SystemRandom;
    use ring::signature::Ed25519KeyPair;

    use super::*;

    const OFTEN: Duration = Duration::from_millis(5);

    fn log(home: &tempfile::TempDir) -> (Journal, Publisher) {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
        let mut config = JournalConfig::new(home.path(), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let publisher = Publisher::open(&journal, signer.expect("is a key")).expect("opens");
        (journal, publisher)
    }

    #[tokio::test]
    async fn what_is_written_is_covered_and_the_end_covers_the_rest() {
        let home = tempfile::tempdir().expect("a folder");
        let (journal, publisher) = log(&home);
        let published = publisher.published();
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let covered = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&covered);
        let tell = move |size| told.store(size, Ordering::Relaxed);
        let work = publish(publisher, OFTEN, tell, stop.clone(), end.clone());
        let story = async {
            for _ in 0..3 {
                journal.append(b"entry".to_vec()).await.expect("is written");
            }
            while covered.load(Ordering::Relaxed) < 3 {
                tokio::time::sleep(OFTEN).await;
            }
            end.cancel();
        };
        let (publisher, ()) = tokio::join!(work, story);
        journal.append(b"last".to_vec()).await.expect("is written");
        assert_eq!(published.size(), 3);
        let publisher = publisher.expect("is well");
        publish_last(publisher).await.expect("publishes");
        assert_eq!(published.size(), 4);
        assert!(!stop.is_cancelled());
    }

    #[tokio::test]
    async fn a_publisher_that_fails_stops_the_hub() {
        let home = tempfile::tempdir().expect("a folder");
        let (journal, publisher) = log(&home);
        // Where the head should go there is a folder with something in it.
        std::fs::create_dir_all(home.path().join("head/in the way")).expect("is made");
        journal.append(b"entry".to_vec()).await.expect("is written");
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let ended = publish(publisher, OFTEN, |_| {}, stop.clone(), end).await;
        let error = ended.expect_err("cannot publish");
        assert!(error.to_string().contains("cannot write `head`"), "{error}");
        assert!(stop.is_cancelled());
    }
}
