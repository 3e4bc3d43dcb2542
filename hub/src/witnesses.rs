//! The witnesses of the hub's log: who they are, what they have cosigned, and whether the hub may
//! answer at all. One that shows the log's own signature under a history that this log does not
//! have ends it: nothing is answered or signed any more, and the log does not start again by
//! itself.
//!
//! A witness's bare word stops nothing; only what the log itself has signed does.

mod disowned;
mod round;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit::note::{NoteKey, SignedCheckpoint, Succession};
use audit::witness::{Policy, Quorum};
use serde::Serialize;
use tokio::time::Instant;
use wire::RefusalCode;

pub use disowned::{DISOWNED_NAME, Disowned, check_owned};
pub use round::Round;

/// How often a checkpoint without quorum is offered again.
const OFFER_PAUSE: Duration = Duration::from_secs(5);
/// Longest policy that is read.
const POLICY_BYTES_MAX: u64 = 256 << 10;

/// See the module.
#[derive(Debug)]
pub struct Witnesses {
    /// Whose cosignatures count; nobody's if no policy is configured.
    policy: Option<Policy>,
    /// The keys with which this log signs.
    own: Vec<NoteKey>,
    /// Touched by the publishing worker, by questions and by pages; held for no I/O.
    state: Mutex<State>,
    /// An agent attached since the last look.
    came: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The first round is over, so that questions may be answered.
    is_checked: bool,
    disowned: Option<Arc<Disowned>>,
    /// What a witness that is still being asked has shown already.
    found: Option<Arc<Disowned>>,
    /// What each node has seen last, as far as the hub knows.
    seen: BTreeMap<String, u64>,
    /// The size that each node has cosigned last.
    cosigned: BTreeMap<String, u64>,
    shown: Shown,
    /// Since when no published checkpoint has had a quorum.
    lacking_since: Option<Instant>,
    offered_at: Option<Instant>,
}

/// What witnesses say about the published checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Entries under it.
    pub size: u64,
    /// Whether enough witnesses have cosigned it.
    pub quorum: bool,
    /// How many witnesses the policy names.
    pub known: usize,
    /// Those that have cosigned it.
    pub witnesses: Vec<WitnessShown>,
}

/// One cosignature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessShown {
    /// What the policy calls the witness.
    pub name: String,
    /// Its public key.
    pub key: String,
    /// When it cosigned, in seconds since 1970.
    pub at: u64,
}

impl Witnesses {
    /// No witnesses: the log says of itself what it is.
    #[must_use]
    pub fn none() -> Self {
        let state = State {
            is_checked: true,
            ..State::default()
        };
        Self {
            policy: None,
            own: Vec::new(),
            state: Mutex::new(state),
            came: AtomicBool::new(false),
        }
    }

    /// The witnesses of the log that signs with `own`. Questions wait for the first round.
    #[must_use]
    pub fn of(policy: Policy, own: NoteKey) -> Self {
        let state = State {
            shown: Shown {
                known: policy.witnesses().count(),
                ..Shown::default()
            },
            ..State::default()
        };
        Self {
            policy: Some(policy),
            own: vec![own],
            state: Mutex::new(state),
            came: AtomicBool::new(false),
        }
    }

    /// What a predecessor of this log's key has signed is this log's word too: a witness may have
    /// cosigned nothing since.
    #[must_use]
    pub fn with_predecessors(mut self, successions: &[Succession]) -> Self {
        // The newest first: the predecessor of a predecessor comes later.
        for succession in successions.iter().rev() {
            let is_ours = self.own.contains(succession.new_key());
            if is_ours && !self.own.contains(succession.old()) {
                self.own.push(succession.old().clone());
            }
        }
        self
    }

    /// Reads the policy of the log that signs with `own`.
    ///
    /// # Errors
    /// It cannot be read, has a fault, or is the policy of another log.
    pub fn read(file: Option<&Path>, own: &NoteKey) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Ok(Self::none());
        };
        let name = PathBuf::from(file);
        let name = name.display();
        let length = std::fs::metadata(file)?.len();
        anyhow::ensure!(
            length <= POLICY_BYTES_MAX,
            "`{name}` is longer than {POLICY_BYTES_MAX} bytes"
        );
        let policy = Policy::parse(&std::fs::read_to_string(file)?)
            .map_err(|fault| anyhow::anyhow!("`{name}`, {fault}"))?;
        anyhow::ensure!(
            policy.logs().contains(own),
            "`{name}` has no line `log {own}`: it is the policy of another log"
        );
        Ok(Self::of(policy, own.clone()))
    }

    /// Whether questions may be answered as far as the log's witnesses go.
    ///
    /// # Errors
    /// The log is disowned, or not looked at yet.
    pub fn admit(&self) -> Result<(), RefusalCode> {
        let state = self.state();
        if state.disowned.is_some() {
            Err(RefusalCode::AuditForked)
        } else if state.is_checked {
            Ok(())
        } else {
            Err(RefusalCode::AuditUnchecked)
        }
    }

    /// Whether the log was disowned.
    #[must_use]
    pub fn is_disowned(&self) -> bool {
        self.state().disowned.is_some()
    }

    /// From now on nothing is answered.
    pub fn disown(&self, disowned: Arc<Disowned>) {
        self.state().disowned = Some(disowned);
    }

    /// Whether a policy is configured.
    #[must_use]
    pub const fn are_asked(&self) -> bool {
        self.policy.is_some()
    }

    /// The policy, if one is configured.
    #[must_use]
    pub const fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// The first round is over: a quorum has cosigned what was signed before, or nobody came.
    pub fn open(&self) {
        self.state().is_checked = true;
    }

    /// As before the first round.
    #[cfg(test)]
    pub(crate) fn close(&self) {
        self.state().is_checked = false;
    }

    /// An agent attached: a checkpoint without quorum is offered at the next look.
    pub fn came(&self) {
        self.came.store(true, Ordering::Relaxed);
    }

    /// Whether the published checkpoint should be offered again.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        let came = self.came.swap(false, Ordering::Relaxed);
        let state = self.state();
        let is_time = state
            .offered_at
            .is_none_or(|at| now.duration_since(at) >= OFFER_PAUSE);
        self.policy.is_some() && !state.shown.quorum && (came || is_time)
    }

    /// Takes note of what is published, and says whether it has its quorum.
    pub fn shown(&self, checkpoint: &SignedCheckpoint, now: Instant) -> bool {
        let Some(policy) = &self.policy else {
            return false;
        };
        let witnesses = policy.cosigned(checkpoint).into_iter();
        let witnesses = witnesses.map(|cosigned| WitnessShown {
            name: cosigned.name,
            key: cosigned.key.to_string(),
            at: cosigned.at,
        });
        let shown = Shown {
            size: checkpoint.checkpoint.size,
            quorum: policy.judge(checkpoint) == Ok(Quorum::Met),
            known: policy.witnesses().count(),
            witnesses: witnesses.collect(),
        };
        let quorum = shown.quorum;
        let mut state = self.state();
        state.lacking_since = match (quorum, state.lacking_since) {
            (true, _) => None,
            (false, since) => since.or(Some(now)),
        };
        state.shown = shown;
        quorum
    }

    /// What witnesses say about the published checkpoint, for people and metrics.
    #[must_use]
    pub fn state_of(&self) -> Shown {
        self.state().shown.clone()
    }

    /// How long no published checkpoint has had a quorum.
    #[must_use]
    pub fn lacking(&self, now: Instant) -> Duration {
        let since = self.state().lacking_since;
        since.map_or(Duration::ZERO, |since| now.duration_since(since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
