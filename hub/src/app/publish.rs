//! Publishing beside the questions: a checkpoint whenever there is something new, shown with the
//! cosignatures of the witnesses that answer within a second. A publisher that fails stops the hub
//! in order, because a log that cannot be verified is no record; a log that a witness disowns is
//! signed no more.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use audit::note::NoteSignature;
use audit::{Offer, PublishError, PublishedLog, Publisher};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::witnesses::{Disowned, Round, Witnesses};

/// Pause between two looks for witnesses before the first round is over.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How often, and how long at first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rhythm {
    /// Between two checkpoints.
    pub(super) every: Duration,
    /// How long questions wait for the first quorum.
    pub(super) first_wait: Duration,
}

/// How publishing ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was told to; the publisher is for the last checkpoint.
    Whole(Box<Publisher>),
    /// A witness holds another history: nothing more is signed.
    Disowned(Arc<Disowned>),
}

/// What publishing works with.
struct Press<A> {
    witnesses: Arc<Witnesses>,
    ask: A,
}

/// Publishes until `end` or until the log is disowned; tells each time what is published. `ask`
/// asks the witnesses.
///
/// # Errors
/// The publisher failed; `stop` was cancelled then.
pub(super) async fn publish<A, F>(
    publisher: Publisher,
    rhythm: Rhythm,
    witnesses: Arc<Witnesses>,
    ask: A,
    tell: impl Fn(&PublishedLog),
    (stop, end): (CancellationToken, CancellationToken),
) -> anyhow::Result<Ended>
where
    A: Fn(Offer) -> F,
    F: Future<Output = Result<Round, PublishError>>,
{
    let press = Press { witnesses, ask };
    let mut step = press.first_rounds(publisher, rhythm.first_wait, &end).await;
    press.witnesses.open();
    let mut pause = tokio::time::interval(rhythm.every);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let publisher = match step.inspect_err(|_| stop.cancel())? {
            Ended::Whole(publisher) => *publisher,
            Ended::Disowned(disowned) => return Ok(Ended::Disowned(disowned)),
        };
        tell(&publisher.published());
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return Ok(Ended::Whole(publisher.into())),
        }
        step = press.next(publisher).await;
    }
}

impl<A, F> Press<A>
where
    A: Fn(Offer) -> F,
    F: Future<Output = Result<Round, PublishError>>,
{
    /// What was signed last is held up to the witnesses before anything new is signed, so that a
    /// log that was rolled back hears of it before it signs another history.
    async fn first_rounds(
        &self,
        mut publisher: Publisher,
        wait: Duration,
        end: &CancellationToken,
    ) -> anyhow::Result<Ended> {
        let begun = Instant::now();
        while self.witnesses.are_asked() && !end.is_cancelled() {
            let offer = match publisher.offer() {
                Some(offer) => Some(offer),
                // A new log has nothing that anybody could have seen, if it is new.
                None => {
                    let (back, offer) = work(publisher, Publisher::prepare).await?;
                    publisher = back;
                    offer
                }
            };
            let Some(offer) = offer else { break };
            publisher = match self.offered(publisher, offer).await? {
                Ended::Whole(publisher) => *publisher,
                disowned @ Ended::Disowned(_) => return Ok(disowned),
            };
            if self.witnesses.state_of().quorum {
                break;
            }
            if begun.elapsed() >= wait {
                tracing::warn!("no quorum of witnesses came; questions are answered without");
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(FIRST_PAUSE) => {}
                () = end.cancelled() => {}
            }
        }
        Ok(Ended::Whole(publisher.into()))
    }

    /// A checkpoint over what is new; where nothing is, the last one once more if it lacks its
    /// quorum.
    async fn next(&self, publisher: Publisher) -> anyhow::Result<Ended> {
        let (publisher, new) = work(publisher, Publisher::prepare).await?;
        let again = || {
            let is_due = self.witnesses.is_due(Instant::now());
            is_due.then(|| publisher.offer()).flatten()
        };
        match new.or_else(again) {
            Some(offer) => self.offered(publisher, offer).await,
            None => Ok(Ended::Whole(publisher.into())),
        }
    }

    /// Asks the witnesses about a head and shows it with what they say.
    async fn offered(&self, publisher: Publisher, offer: Offer) -> anyhow::Result<Ended> {
        let Round {
            cosignatures,
            disowned,
        } = (self.ask)(offer).await?;
        if let Some(disowned) = disowned {
            return Ok(Ended::Disowned(disowned));
        }
        let publisher = show(publisher, cosignatures).await?;
        if let Some(shown) = publisher.published().checkpoint() {
            self.witnesses.shown(&shown, Instant::now());
        }
        Ok(Ended::Whole(publisher.into()))
    }
}

/// Publishes what is left when nothing more is written; no witness is attached any more.
///
/// # Errors
/// The publisher fails.
pub(super) async fn publish_last(mut publisher: Publisher) -> anyhow::Result<()> {
    loop {
        let (back, advanced) = work(publisher, Publisher::advance).await?;
        publisher = back;
        if advanced.is_none() {
            return Ok(());
        }
    }
}

async fn show(publisher: Publisher, cosignatures: Vec<NoteSignature>) -> anyhow::Result<Publisher> {
    let shown = work(publisher, move |publisher| publisher.publish(&cosignatures)).await?;
    Ok(shown.0)
}

/// Work of the publisher, on a thread that may wait for the disk.
async fn work<T: Send + 'static>(
    mut publisher: Publisher,
    step: impl FnOnce(&mut Publisher) -> Result<T, PublishError> + Send + 'static,
) -> anyhow::Result<(Publisher, T)> {
    let worked = tokio::task::spawn_blocking(move || {
        let done = step(&mut publisher);
        (publisher, done)
    });
    let (publisher, done) = worked.await?;
    Ok((publisher, done?))
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
    const RHYTHM: Rhythm = Rhythm {
        every: OFTEN,
        first_wait: Duration::ZERO,
    };

    async fn nobody(_: Offer) -> Result<Round, PublishError> {
        Ok(Round::default())
    }

    fn none() -> Arc<Witnesses> {
        Arc::new(Witnesses::none())
    }

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
        let tell = move |log: &PublishedLog| told.store(log.size(), Ordering::Relaxed);
        let work = publish(
            publisher,
            RHYTHM,
            none(),
            nobody,
            tell,
            (stop.clone(), end.clone()),
        );
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
        let Ok(Ended::Whole(publisher)) = publisher else {
            panic!("is well")
        };
        publish_last(*publisher).await.expect("publishes");
        assert_eq!(published.size(), 4);
        assert!(!stop.is_cancelled());
    }

    fn asked(publisher: &Publisher, witnesses: &str) -> Arc<Witnesses> {
        let own = publisher.key().clone();
        let policy = format!("log {own}\n{witnesses}\n");
        let policy = audit::witness::Policy::parse(&policy).expect("is a policy");
        Arc::new(Witnesses::of(policy, own))
    }

    #[tokio::test]
    async fn the_first_round_opens_and_a_log_that_is_disowned_is_signed_no_more() {
        let home = tempfile::tempdir().expect("a folder");
        let (journal, publisher) = log(&home);
        let published = publisher.published();
        let witnesses = asked(&publisher, "quorum none");
        journal.append(b"entry".to_vec()).await.expect("is written");
        assert!(witnesses.admit().is_err(), "nothing is answered yet");
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let rounds = std::sync::atomic::AtomicU64::new(0);
        let ask = |offer: Offer| {
            let round = rounds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let disowned = (round > 0).then(|| {
                Arc::new(Disowned {
                    node: "city".to_owned(),
                    because: "forked",
                    theirs: offer.checkpoint().as_ref().clone(),
                    ours: offer.checkpoint().as_ref().clone(),
                })
            });
            std::future::ready(Ok(Round {
                cosignatures: Vec::new(),
                disowned,
            }))
        };
        let tokens = (stop.clone(), end.clone());
        let work = publish(
            publisher,
            RHYTHM,
            Arc::clone(&witnesses),
            ask,
            |_| {},
            tokens,
        );
        let story = async {
            // A quorum has seen it: only then may questions be answered.
            while published.size() < 1 || witnesses.admit().is_err() {
                tokio::time::sleep(OFTEN).await;
            }
            journal.append(b"more".to_vec()).await.expect("is written");
        };
        let (ended, ()) = tokio::join!(work, story);
        assert!(matches!(ended, Ok(Ended::Disowned(_))));
        assert_eq!(published.size(), 1, "what was disowned is not shown");
        assert!(!stop.is_cancelled(), "the hub stays up to say so");
    }

    #[tokio::test]
    async fn where_no_witness_comes_questions_wait_a_while_and_nothing_new_is_signed() {
        let home = tempfile::tempdir().expect("a folder");
        let (journal, publisher) = log(&home);
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let away = NoteSigner::from_pkcs8("w", SignatureKind::Cosignature, der.as_ref());
        let away = away.expect("is a key").key().to_string();
        let witnesses = asked(&publisher, &format!("witness w {away}\nquorum w"));
        journal.append(b"entry".to_vec()).await.expect("is written");
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let rhythm = Rhythm {
            every: OFTEN,
            first_wait: Duration::from_millis(600),
        };
        let published = publisher.published();
        let tokens = (stop.clone(), end.clone());
        let work = publish(
            publisher,
            rhythm,
            Arc::clone(&witnesses),
            nobody,
            |_| {},
            tokens,
        );
        let story = async {
            while published.size() < 1 {
                tokio::time::sleep(OFTEN).await;
            }
            journal.append(b"more".to_vec()).await.expect("is written");
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(published.size(), 1, "the first head is looked at first");
            assert!(witnesses.admit().is_err());
            while witnesses.admit().is_err() || published.size() < 2 {
                tokio::time::sleep(OFTEN).await;
            }
            assert!(!witnesses.state_of().quorum);
            end.cancel();
        };
        let (ended, ()) = tokio::join!(work, story);
        assert!(matches!(ended, Ok(Ended::Whole(_))));
    }

    #[tokio::test]
    async fn a_publisher_that_fails_stops_the_hub() {
        let home = tempfile::tempdir().expect("a folder");
        let (journal, publisher) = log(&home);
        // Where the head should go there is a folder with something in it.
        std::fs::create_dir_all(home.path().join("head/in the way")).expect("is made");
        journal.append(b"entry".to_vec()).await.expect("is written");
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let ended = publish(
            publisher,
            RHYTHM,
            none(),
            nobody,
            |_| {},
            (stop.clone(), end),
        )
        .await;
        let error = ended.expect_err("cannot publish");
        assert!(error.to_string().contains("cannot write `head`"), "{error}");
        assert!(stop.is_cancelled());
    }
}
