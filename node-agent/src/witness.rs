//! This center's witness of the hub's log: it cosigns each checkpoint that grew out of the one
//! before, and holds on to it. What does not fit is kept as evidence in this center's own log, and
//! where the log has two histories, nothing more is asked or answered through its hub.
//!
//! A witness that fails never stops an answer: it is the hub's log that is in question, not ours.

mod distrust;
mod door;
mod evidence;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit::note::{NoteKey, NoteSigner, SignatureKind};
use audit::witness::{Answer, Caught, Offence, TEXT_TYPE, Witness};
use time::{Duration, OffsetDateTime};
use tokio::sync::Semaphore;
use wire::identity::witness_key_name;
use wire::limits::WITNESS_BODY_BYTES_MAX;
use wire::{Clock, v1};

use crate::book::{Book, Entry, HubCaught};
use crate::metrics::Metrics;

use evidence::{Evidence, told};

pub use distrust::{DISTRUSTED_NAME, Distrust, watch_distrust};
pub use door::router;
pub use evidence::EVIDENCE_FOLDER;

/// Requests under way at once; the hub has one, and others come one by one.
const REQUESTS_MAX: usize = 4;

/// An older checkpoint is held against the hub if it comes again so long after it was told what was
/// seen: far beyond the time that a request may be under way on a stream that is gone.
const OLDER_AGAIN_AFTER: Duration = Duration::seconds(60);

/// By which door a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// From the hub itself, over a stream of this agent's.
    Link,
    /// From anybody who reaches the address of the witness.
    Http,
}

/// How an older checkpoint from the hub is taken.
enum Older {
    /// On record, and held against nobody.
    First,
    /// The same again so soon that the hub may not have known.
    MayBeLate,
    /// The hub was told, and stays with it.
    Again,
}

/// What the witness needs beside its memory.
#[derive(Debug)]
pub struct Surroundings {
    /// This center's own log.
    pub book: Arc<Book>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where distrust of the hub is kept.
    pub distrust: Distrust,
}

/// See the module.
#[derive(Debug)]
pub struct LogWitness {
    /// None where its memory is not believed. Held while it looks and remembers; on threads that
    /// may wait for the disk.
    witness: Mutex<Option<Witness>>,
    around: Surroundings,
    room: Semaphore,
    /// What was caught last, so that the same is not told again and again.
    told: Mutex<Option<Caught>>,
    /// Since when the hub shows older checkpoints, though it was told.
    older_since: Mutex<Option<OffsetDateTime>>,
    /// Where evidence is kept whole.
    evidence: PathBuf,
}

impl LogWitness {
    /// A witness with its memory under `dir`. One whose memory cannot be read refuses to cosign and
    /// says so, and stops nothing else. Blocks.
    #[must_use]
    pub fn open(
        dir: &Path,
        signer: NoteSigner,
        logs: &[NoteKey],
        around: Surroundings,
    ) -> Arc<Self> {
        tracing::info!(key = %signer.key(), "checkpoints are witnessed with this key");
        let witness = match Witness::open(dir, signer, logs) {
            Ok(witness) => Some(witness),
            Err(error) => {
                tracing::error!(%error, "this center's witness cannot work");
                None
            }
        };
        around.metrics.witness_failed(witness.is_none());
        // A witness that nobody ever asks is late from its start on.
        let last = witness
            .as_ref()
            .and_then(|witness| last_cosigned(witness, logs));
        let now = around.clock.now().unix_timestamp();
        around.metrics.witness_last_cosigned(last.unwrap_or(now));
        Arc::new(Self {
            witness: Mutex::new(witness),
            around,
            room: Semaphore::new(REQUESTS_MAX),
            told: Mutex::default(),
            older_since: Mutex::default(),
            evidence: dir.join(EVIDENCE_FOLDER),
        })
    }

    /// Answers a request to add a checkpoint.
    pub async fn add_checkpoint(self: &Arc<Self>, body: Vec<u8>, door: Door) -> v1::Witnessed {
        let Ok(_room) = self.room.try_acquire() else {
            return said(503, "too many requests at once, come again");
        };
        if body.len() > WITNESS_BODY_BYTES_MAX {
            return said(400, "not a request to add a checkpoint");
        }
        let now = self.around.clock.now().unix_timestamp();
        let now = u64::try_from(now).unwrap_or_default();
        let this = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            let mut witness = this.witness.lock().unwrap_or_else(PoisonError::into_inner);
            witness
                .as_mut()
                .map(|witness| witness.add_checkpoint(&body, now))
        });
        let Ok(Some(answer)) = work.await else {
            return said(500, "this witness has lost its memory");
        };
        let metrics = &self.around.metrics;
        match answer.status {
            200 => {
                metrics.witness_cosigned();
                metrics.witness_last_cosigned(i64::try_from(now).unwrap_or(i64::MAX));
                *self.older_since() = None;
            }
            500 => {
                tracing::error!("this center's witness cannot remember and cosigns nothing more");
                metrics.witness_failed(true);
            }
            _ => {}
        }
        if let Some(caught) = &answer.caught {
            self.caught(caught, door).await;
        }
        wire_of(answer)
    }

    fn older_since(&self) -> MutexGuard<'_, Option<OffsetDateTime>> {
        let since = self.older_since.lock();
        since.unwrap_or_else(PoisonError::into_inner)
    }

    /// The hub shows an older checkpoint. Once that may be a request that came late: of a stream
    /// that is gone, read after one of the next stream. An honest hub that was told goes on from
    /// what was seen, and one that cannot disowns its log.
    fn older_again(&self) -> Older {
        let now = self.around.clock.now();
        let mut since = self.older_since();
        match *since {
            None => {
                *since = Some(now);
                Older::First
            }
            Some(first) if now - first < OLDER_AGAIN_AFTER => Older::MayBeLate,
            Some(_) => Older::Again,
        }
    }

    /// Keeps what was caught, and loses trust where it is the hub's doing.
    async fn caught(&self, caught: &Caught, door: Door) {
        let is_proof = caught.offence == Offence::TwoHistories;
        // Anybody can show an old checkpoint or a wrong path; only the hub speaks for itself.
        if door == Door::Http && !is_proof {
            return;
        }
        let distrusts = match caught.offence {
            Offence::TwoHistories | Offence::NotGrown => true,
            Offence::OlderShown => match self.older_again() {
                Older::First => false,
                Older::MayBeLate => return,
                Older::Again => true,
            },
        };
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let is_told = told.as_ref().is_some_and(|told| told == caught);
            if is_told && (!distrusts || self.around.distrust.holds()) {
                return;
            }
            *told = Some(caught.clone());
        }
        let offence = caught.offence.as_str();
        self.around.metrics.witness_caught(offence);
        let evidence = Evidence::of(caught);
        if distrusts {
            // Before anything else: from here on nothing goes through this hub.
            self.around.distrust.set(caught, &evidence).await;
            self.around.metrics.hub_distrusted(true);
        }
        evidence.keep(&self.evidence).await;
        let shown = &caught.shown.checkpoint;
        let seen = caught.seen.as_ref().map(|seen| seen.checkpoint.size);
        tracing::error!(
            offence,
            seen,
            shown = shown.size,
            "the hub's log was caught"
        );
        let entry = HubCaught {
            log: shown.origin.clone(),
            offence: offence.to_owned(),
            seen: caught.seen.as_ref().map(told).unwrap_or_default(),
            shown: told(&caught.shown),
            path: caught.path.iter().map(ToString::to_string).collect(),
            distrusted: distrusts,
            evidence: evidence.digest().to_string(),
        };
        if self
            .around
            .book
            .write(Entry::HubCaught(entry))
            .await
            .is_err()
        {
            tracing::error!("the evidence is not on record: own log cannot be written");
        }
    }
}

/// When the last checkpoint that is remembered was cosigned, in seconds since 1970.
fn last_cosigned(witness: &Witness, logs: &[NoteKey]) -> Option<i64> {
    let seen = logs.iter().filter_map(|log| witness.seen(log.name()));
    let signatures = seen.flat_map(|seen| seen.note.signatures());
    let own = signatures.filter(|signature| signature.id == witness.key().id());
    let at = own.filter_map(audit::note::NoteSignature::cosigned_at);
    at.max().and_then(|at| i64::try_from(at).ok())
}

fn wire_of(answer: Answer) -> v1::Witnessed {
    v1::Witnessed {
        status: u32::from(answer.status),
        kind: answer.kind.to_owned(),
        body: answer.body.into_bytes(),
        seen: answer
            .seen
            .map(|seen| seen.note.to_string().into_bytes())
            .unwrap_or_default(),
    }
}

/// An answer that says why there is no cosignature.
pub(crate) fn said(status: u32, why: &str) -> v1::Witnessed {
    v1::Witnessed {
        status,
        kind: TEXT_TYPE.to_owned(),
        body: format!("{why}\n").into_bytes(),
        seen: Vec::new(),
    }
}

/// The key of a witness of `node`, as PKCS#8 in DER.
///
/// # Errors
/// It is no such key.
pub fn signer(node: &str, trust_domain: &str, der: &[u8]) -> anyhow::Result<NoteSigner> {
    let name = witness_key_name(node, trust_domain);
    NoteSigner::from_pkcs8(&name, SignatureKind::Cosignature, der)
        .ok_or_else(|| anyhow::anyhow!("must be an Ed25519 key as PKCS#8 in DER, version 2"))
}

/// The keys of the logs that are witnessed, one a line.
///
/// # Errors
/// A line is no key of a log, or there is none.
pub fn logs(text: &str) -> anyhow::Result<Vec<NoteKey>> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let keys: anyhow::Result<Vec<_>> = lines
        .map(|(number, line)| {
            NoteKey::parse(line)
                .filter(|key| key.kind() == SignatureKind::Plain)
                .ok_or_else(|| anyhow::anyhow!("line {}: no key of a log", number + 1))
        })
        .collect();
    let keys = keys?;
    anyhow::ensure!(!keys.is_empty(), "names no log");
    Ok(keys)
}
