//! A witness (C2SP tlog-witness): it remembers the largest tree that it has seen of each log that
//! it knows, cosigns a checkpoint only if its tree grew out of that one, and has the new one on
//! disk before it answers. It refuses to forget: a log that shows it another history, or an older
//! one, gets no cosignature any more.
//!
//! The state machine takes the bytes of a request and gives status and body of the answer; who
//! carries them is not its business.

mod caught;
mod policy;
mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use crate::digest::{empty_root, sha256};
use crate::note::{
    NOTE_BYTES_MAX, NoteFault, NoteKey, NoteSigner, SignatureKind, SignedCheckpoint,
};
use crate::publisher::{LocalShelf, Shelf};
use crate::tree::verify_consistency;
use request::Request;

pub use caught::{Caught, Offence};
pub use policy::{Cosigned, Policy, PolicyFault, Quorum};
pub use request::{REQUEST_BYTES_MAX, encode_request};

/// Type of the body that tells a size.
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// Type of every other body.
pub const TEXT_TYPE: &str = "text/plain; charset=utf-8";
/// Most logs that one witness knows.
pub const LOGS_MAX: usize = 64;

/// Why a witness does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessFault {
    /// The key cannot cosign.
    #[error("the key is not one for cosignatures")]
    Key,
    /// More logs than one witness knows.
    #[error("a witness knows at most {LOGS_MAX} logs")]
    TooManyLogs,
    /// What it remembers of a log is not believed: without its memory it is no witness.
    #[error("what is remembered of `{origin}` is not believed: {fault}")]
    Memory {
        /// The log.
        origin: String,
        /// Why.
        fault: NoteFault,
    },
    /// The disk refused.
    #[error("cannot read `{file}`: {reason}")]
    Disk {
        /// The file.
        file: String,
        /// The system's answer.
        reason: String,
    },
}

/// An answer to `add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// Type of the body.
    pub kind: &'static str,
    /// The body.
    pub body: String,
    /// What this witness has seen of the log, where it refuses because of it. It is signed by the
    /// log, so that the log can tell a witness's word from a proof.
    pub seen: Option<Box<SignedCheckpoint>>,
    /// The log signed what it did not show to go together with what it signed before.
    pub caught: Option<Box<Caught>>,
}

impl Answer {
    fn refused(status: u16, said: &str) -> Self {
        Self {
            status,
            kind: TEXT_TYPE,
            body: format!("{said}\n"),
            seen: None,
            caught: None,
        }
    }
}

#[derive(Debug)]
struct Known {
    keys: Vec<NoteKey>,
    seen: Option<SignedCheckpoint>,
}

/// See the module.
#[derive(Debug)]
pub struct Witness {
    signer: NoteSigner,
    logs: BTreeMap<String, Known>,
    memory: Arc<dyn Shelf>,
    /// The memory failed once: what it holds is not known any more.
    failed: bool,
}

impl Witness {
    /// A witness with its memory in `dir`, for the logs that sign with `keys`, each under its name.
    ///
    /// # Errors
    /// The key cannot cosign, there are too many logs, or the memory is not believed.
    pub fn open(dir: &Path, signer: NoteSigner, keys: &[NoteKey]) -> Result<Self, WitnessFault> {
        Self::open_on(Arc::new(LocalShelf::new(dir.to_owned())), signer, keys)
    }

    pub(crate) fn open_on(
        memory: Arc<dyn Shelf>,
        signer: NoteSigner,
        keys: &[NoteKey],
    ) -> Result<Self, WitnessFault> {
        if signer.key().kind() != SignatureKind::Cosignature {
            return Err(WitnessFault::Key);
        }
        let mut logs: BTreeMap<String, Known> = BTreeMap::new();
        for key in keys {
            let known = logs.entry(key.name().to_owned()).or_insert_with(|| Known {
                keys: Vec::new(),
                seen: None,
            });
            known.keys.push(key.clone());
        }
        if logs.len() > LOGS_MAX {
            return Err(WitnessFault::TooManyLogs);
        }
        for (origin, known) in &mut logs {
            known.seen = remembered(memory.as_ref(), origin, &known.keys, signer.key())?;
        }
        Ok(Self {
            signer,
            logs,
            memory,
            failed: false,
        })
    }

    /// The public key of this witness.
    #[must_use]
    pub const fn key(&self) -> &NoteKey {
        self.signer.key()
    }

    /// The last cosigned checkpoint of a log, with the signatures of both.
    #[must_use]
    pub fn seen(&self, origin: &str) -> Option<&SignedCheckpoint> {
        self.logs.get(origin)?.seen.as_ref()
    }

    /// Answers a request for a cosignature. Takes `&mut self`: looking at what was seen and
    /// remembering the new one cannot be torn apart.
    pub fn add_checkpoint(&mut self, request: &[u8], unix_seconds: u64) -> Answer {
        if self.failed {
            return Answer::refused(500, "this witness has lost its memory");
        }
        let Some(request) = Request::parse(request) else {
            return Answer::refused(400, "not a request to add a checkpoint");
        };
        let shown = &request.checkpoint.checkpoint;
        let Some(known) = self.logs.get(&shown.origin) else {
            return Answer::refused(404, "this log is not known here");
        };
        if request.checkpoint.verify(&known.keys).is_err() {
            return Answer::refused(403, "the log has not signed this");
        }
        if request.old > shown.size {
            return Answer::refused(400, "the old size is larger than the new one");
        }
        let seen = known.seen.as_ref().map(|seen| &seen.checkpoint);
        let seen_size = seen.map_or(0, |seen| seen.size);
        if request.old != seen_size {
            return Answer {
                kind: SIZE_TYPE,
                seen: known.seen.clone().map(Box::new),
                caught: Caught::by_sizes(known.seen.as_ref(), &request).map(Box::new),
                ..Answer::refused(409, &seen_size.to_string())
            };
        }
        let empty = empty_root();
        let seen_root = seen.map_or(&empty, |seen| &seen.root);
        let old = (seen_size, seen_root);
        let grew = verify_consistency(old, (shown.size, &shown.root), &request.path);
        if !grew || (shown.size == 0 && shown.root != empty) {
            return Answer {
                seen: known.seen.clone().map(Box::new),
                caught: Some(Box::new(Caught::not_grown(known.seen.clone(), request))),
                ..Answer::refused(422, "this tree did not grow out of the one seen before")
            };
        }
        if !shown.extensions.is_empty() {
            // Whoever keeps a checkpoint keeps these lines too, and nobody knows what they say.
            return Answer {
                seen: known.seen.clone().map(Box::new),
                ..Answer::refused(422, "a checkpoint with further lines is not cosigned here")
            };
        }
        self.cosign(request, unix_seconds)
    }

    fn cosign(&mut self, request: Request, unix_seconds: u64) -> Answer {
        let checkpoint = request.checkpoint.checkpoint;
        let text = checkpoint.to_string();
        let cosignature = self.signer.sign(&text, unix_seconds);
        let Some(known) = self.logs.get_mut(&checkpoint.origin) else {
            return Answer::refused(404, "this log is not known here");
        };
        // Of the signatures that came along only the log's own are kept: they were checked.
        let own = request
            .checkpoint
            .note
            .signatures()
            .iter()
            .filter(|signature| {
                let mut keys = known.keys.iter();
                keys.any(|key| key.name() == signature.name && key.id() == signature.id)
            });
        let signatures = own.cloned().chain([cosignature.clone()]).collect();
        let file = file_of(&checkpoint.origin);
        let Some(cosigned) = SignedCheckpoint::new(checkpoint, signatures) else {
            return Answer::refused(400, "the checkpoint has too many signatures");
        };
        let note = cosigned.note.to_string();
        let kept = self.memory.put(&file, note.as_bytes(), false);
        // INVARIANT: no cosignature leaves before it is remembered. A crash from here on may
        // remember one that nobody got, which refuses no honest log.
        if kept.and_then(|()| self.memory.sync_folders()).is_err() {
            self.failed = true;
            return Answer::refused(500, "this witness has lost its memory");
        }
        known.seen = Some(cosigned);
        Answer {
            status: 200,
            kind: TEXT_TYPE,
            body: format!("{cosignature}\n"),
            seen: None,
            caught: None,
        }
    }
}

/// Where a log is remembered; the name is the one under which witnesses serve it.
fn file_of(origin: &str) -> String {
    let name = HEXLOWER.encode(sha256(&[origin.as_bytes()]).bytes());
    format!("witness/{name}/checkpoint")
}

fn remembered(
    memory: &dyn Shelf,
    origin: &str,
    keys: &[NoteKey],
    own: &NoteKey,
) -> Result<Option<SignedCheckpoint>, WitnessFault> {
    let file = file_of(origin);
    let read = memory.read(&file, NOTE_BYTES_MAX);
    let read = read.map_err(|error| WitnessFault::Disk {
        file,
        reason: error.to_string(),
    })?;
    let Some(bytes) = read else { return Ok(None) };
    let believed = SignedCheckpoint::parse(&bytes).and_then(|seen| {
        seen.verify(keys)?;
        seen.note.signed_by(std::slice::from_ref(own))?;
        if seen.checkpoint.origin == origin {
            Ok(seen)
        } else {
            Err(NoteFault::Origin)
        }
    });
    believed.map(Some).map_err(|fault| WitnessFault::Memory {
        origin: origin.to_owned(),
        fault,
    })
}
