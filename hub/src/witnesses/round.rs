//! One round: every attached node's witness is asked at once, and after a second the round is over,
//! whoever is missing. A witness that still owes an answer is not asked again, so that one that
//! hangs holds up one round and no more.

use std::sync::Arc;

use audit::note::{NoteSignature, SignedCheckpoint};
use audit::witness::encode_request;
use audit::{Offer, PublishError, Standing};
use futures_util::future::join_all;
use tokio::time::Instant;
use wire::limits::{WITNESS_BODY_BYTES_MAX, WITNESS_WAIT};
use wire::v1;

use super::{Disowned, Witnesses};
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::nodes::link::Link;

/// Requests to one witness in one round: one from where it was, and one from where it says it is.
const TRIES: usize = 2;

/// Why a log is disowned whose witness has seen more than there is.
const ROLLED_BACK: &str = "rolled-back";

/// What came of a round.
#[derive(Debug, Default)]
pub struct Round {
    /// Cosignatures of the policy's witnesses, each of them verified.
    pub cosignatures: Vec<NoteSignature>,
    /// Somebody holds another history of this log.
    pub disowned: Option<Arc<Disowned>>,
}

/// What came of asking one witness.
#[derive(Debug)]
enum Heard {
    Cosigned(Vec<NoteSignature>),
    /// It is elsewhere, and says where.
    At(u64),
    Disowned(Arc<Disowned>),
    /// It refuses, or what it says is nothing that counts.
    Refused(&'static str),
    /// This node has no witness for this log.
    None,
    /// No answer in time, or the stream is gone.
    Silent,
}

impl Witnesses {
    /// Asks every attached node that has not cosigned this checkpoint yet.
    ///
    /// # Errors
    /// The log's own disk fails.
    pub async fn round(
        &self,
        nodes: &Nodes,
        offer: &Offer,
        metrics: &Metrics,
    ) -> Result<Round, PublishError> {
        if !self.are_asked() {
            return Ok(Round::default());
        }
        let began = Instant::now();
        self.state().offered_at = Some(began);
        let asked = nodes
            .witness_links()
            .into_iter()
            .filter(|(node, _)| self.state().cosigned.get(node) != Some(&offer.size()))
            .map(|(node, link)| async move {
                let until = began + WITNESS_WAIT;
                let asked = self.ask(&node, &link, offer);
                let heard = tokio::time::timeout_at(until, asked).await;
                (node, heard.unwrap_or(Ok(Heard::Silent)))
            });
        let mut round = Round::default();
        for (node, heard) in join_all(asked).await {
            match heard? {
                Heard::Cosigned(cosignatures) => {
                    let mut state = self.state();
                    state.cosigned.insert(node, offer.size());
                    drop(state);
                    round.cosignatures.extend(cosignatures);
                }
                Heard::Disowned(disowned) => round.disowned = Some(disowned),
                Heard::At(_) => metrics.witness_refused(&node),
                Heard::Refused(why) => {
                    tracing::warn!(node, why, "a witness does not cosign");
                    metrics.witness_refused(&node);
                }
                Heard::None => {}
                Heard::Silent => tracing::warn!(node, "a witness does not answer"),
            }
        }
        round.disowned = round.disowned.or_else(|| self.state().found.take());
        Ok(round)
    }

    async fn ask(&self, node: &str, link: &Link, offer: &Offer) -> Result<Heard, PublishError> {
        let mut heard = Heard::Silent;
        for _ in 0..TRIES {
            let old = self.state().seen.get(node).copied().unwrap_or_default();
            let body = request(offer, old.min(offer.size())).await?;
            let Ok(answer) = link.witness(v1::WitnessAsk { body: body.into() }).await else {
                return Ok(Heard::Silent);
            };
            heard = self.judge(node, offer, &answer).await?;
            match heard {
                Heard::At(size) if size <= offer.size() => {
                    self.state().seen.insert(node.to_owned(), size);
                }
                Heard::Cosigned(_) => {
                    self.state().seen.insert(node.to_owned(), offer.size());
                    break;
                }
                _ => break,
            }
        }
        Ok(heard)
    }

    async fn judge(
        &self,
        node: &str,
        offer: &Offer,
        answer: &v1::Witnessed,
    ) -> Result<Heard, PublishError> {
        if answer.body.len().max(answer.seen.len()) > WITNESS_BODY_BYTES_MAX {
            return Ok(Heard::Refused("its answer is too long"));
        }
        let text = std::str::from_utf8(&answer.body).unwrap_or_default();
        match answer.status {
            200 => Ok(self.cosigned(offer, text)),
            404 => Ok(Heard::None),
            409 | 422 => {
                if let Some(disowned) = self.disproof(node, offer, &answer.seen).await? {
                    let is_ahead = disowned.because == ROLLED_BACK;
                    let disowned = Arc::new(disowned);
                    self.state().found = Some(Arc::clone(&disowned));
                    // A witness that may still be asked gets the path, by which it catches this
                    // log with its own eyes.
                    if is_ahead || answer.status == 422 {
                        return Ok(Heard::Disowned(disowned));
                    }
                }
                let size = text.strip_suffix('\n').and_then(|size| size.parse().ok());
                Ok(match size.filter(|_| answer.status == 409) {
                    Some(size) => Heard::At(size),
                    None => Heard::Refused("it says without proof that this log did not grow"),
                })
            }
            _ => Ok(Heard::Refused("it cannot cosign")),
        }
    }

    fn cosigned(&self, offer: &Offer, lines: &str) -> Heard {
        let Some(policy) = &self.policy else {
            return Heard::None;
        };
        let text = offer.checkpoint().note.text();
        let signatures = lines.lines().filter_map(NoteSignature::parse);
        let right = signatures.filter(|signature| {
            policy.witnesses().any(|key| {
                key.name() == signature.name
                    && key.id() == signature.id
                    && key.verifies(text, &signature.bytes)
            })
        });
        let right: Vec<_> = right.collect();
        if right.is_empty() {
            Heard::Refused("it signs with a key that the policy does not name, or wrongly")
        } else {
            Heard::Cosigned(right)
        }
    }

    /// What a witness has seen, if this log has signed it and it is not of this history.
    async fn disproof(
        &self,
        node: &str,
        offer: &Offer,
        seen: &[u8],
    ) -> Result<Option<Disowned>, PublishError> {
        let Ok(theirs) = SignedCheckpoint::parse(seen) else {
            return Ok(None);
        };
        if theirs.verify(&self.own).is_err() {
            return Ok(None);
        }
        let (held, seen) = (offer.clone(), theirs.clone());
        let standing = blocking(move || held.standing(&seen)).await?;
        let because = match standing {
            Standing::Ours => return Ok(None),
            Standing::Ahead => ROLLED_BACK,
            Standing::Other => "forked",
        };
        Ok(Some(Disowned {
            node: node.to_owned(),
            because,
            theirs,
            ours: offer.checkpoint().as_ref().clone(),
        }))
    }
}

async fn request(offer: &Offer, old: u64) -> Result<String, PublishError> {
    if old == 0 {
        return Ok(encode_request(0, &[], offer.checkpoint()));
    }
    let held = offer.clone();
    let body = blocking(move || held.request(old)).await?;
    // Nobody is asked from beyond the checkpoint.
    Ok(body.unwrap_or_default())
}

/// Paths are made of tiles, which lie on disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PublishError> + Send + 'static,
) -> Result<T, PublishError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(PublishError::Entry))
}
