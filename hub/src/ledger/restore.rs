//! What the log gives back at a start: which case statements were used, which decisions lack an
//! outcome, and the latest time written.

use std::collections::BTreeMap;

use audit::{AuditError, Journal};
use policies::{CaseUse, NONCE_BYTES};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::entry::{ActsStanding, Decision, Entry, Sheet, Started, VERSION};
use crate::acts::register::{Recorded, Register};

/// What a start needs to know of the past.
#[derive(Debug)]
pub struct Restored {
    /// Uses of case statements, oldest first.
    pub uses: Vec<CaseUse>,
    /// Decisions without outcome: index by query.
    pub open: BTreeMap<String, u64>,
    /// Time of the last entry.
    pub latest: OffsetDateTime,
    /// Acts of operators, as they stood at the end.
    pub acts: Register,
    /// Whether nothing before what was read can add to them.
    pub acts_are_whole: bool,
    /// An act of which only a snapshot still speaks.
    gone: Option<u64>,
}

/// Why a log cannot be started on.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] AuditError),
    /// An entry is not one of this program's.
    #[error("entry {index} of the log cannot be read by this version")]
    Unreadable {
        /// Its index.
        index: u64,
    },
    /// An entry is of another format.
    #[error("entry {index} of the log has format {version}, this version knows {VERSION}")]
    Version {
        /// Its index.
        index: u64,
        /// Its format.
        version: u8,
    },
}

/// Reads the journal from `from` on.
///
/// # Errors
/// The journal cannot be read, or holds an entry that this version cannot.
pub fn restore(journal: &Journal, from: u64) -> Result<Restored, RestoreError> {
    let mut restored = Restored {
        uses: Vec::new(),
        open: BTreeMap::new(),
        latest: OffsetDateTime::UNIX_EPOCH,
        acts: Register::default(),
        acts_are_whole: from == 0,
        gone: None,
    };
    for read in journal.scan(from) {
        let (index, bytes) = read?;
        // What cannot be read may be a use that must be remembered: better no start than a
        // forgetful one.
        let sheet = Sheet::decode(&bytes).map_err(|_| RestoreError::Unreadable { index })?;
        if sheet.v != VERSION {
            return Err(RestoreError::Version {
                index,
                version: sheet.v,
            });
        }
        let at = moment(&sheet.at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        restored.latest = restored.latest.max(at);
        restored.take(journal, (index, at), sheet.entry)?;
    }
    // Better no start than one that has forgotten a suspension.
    match restored.gone {
        Some(index) => Err(RestoreError::Unreadable { index }),
        None => Ok(restored),
    }
}

impl Restored {
    fn take(
        &mut self,
        journal: &Journal,
        (index, at): (u64, OffsetDateTime),
        entry: Entry,
    ) -> Result<(), RestoreError> {
        match entry {
            Entry::Decision(decision) => {
                self.uses.extend(case_use(&decision));
                self.open.insert(decision.query.clone(), index);
            }
            Entry::Outcome(outcome) => {
                self.open.remove(&outcome.query);
            }
            Entry::Abandoned(abandoned) => {
                self.open.remove(&abandoned.query);
            }
            Entry::OperatorAct(act) => {
                let recorded = Recorded::read(index, at, *act);
                let recorded = recorded.ok_or(RestoreError::Unreadable { index })?;
                self.acts.enter(recorded);
            }
            Entry::Started(Started {
                standing: Some(standing),
                ..
            })
            | Entry::ActsStanding(ActsStanding { standing }) => {
                // Acts that a later snapshot names no more, or by another entry, may have left.
                let begins = journal.first();
                self.gone = standing.iter().copied().find(|number| *number < begins);
                let there: Vec<_> = standing.into_iter().filter(|n| *n >= begins).collect();
                self.acts.replace(acts_of(journal, &there)?);
                self.acts_are_whole = true;
            }
            other => pass_over(&other),
        }
        Ok(())
    }
}

/// A new kind must be decided on: here it tells a start nothing.
fn pass_over(entry: &Entry) {
    match entry {
        // Read where they are met; a start of an earlier version names no acts.
        Entry::Decision(_)
        | Entry::Outcome(_)
        | Entry::Abandoned(_)
        | Entry::OperatorAct(_)
        | Entry::ActsStanding(_)
        | Entry::Refusal(_)
        | Entry::ActRefused(_)
        | Entry::StaffSignedIn(_)
        | Entry::StaffSession(_)
        | Entry::Looked(_)
        | Entry::Exported(_)
        | Entry::RefusalsFolded(_)
        | Entry::ConnectionRefused(_)
        | Entry::Attached(_)
        | Entry::Detached(_)
        | Entry::Breaker(_)
        | Entry::TrustReloaded(_)
        | Entry::RulesChanged(_)
        | Entry::RulesKept(_)
        | Entry::Disowned(_)
        | Entry::LimitsChanged(_)
        | Entry::LimitsKept(_)
        | Entry::AlertRaised(_)
        | Entry::AlertStep(_)
        | Entry::AlertRulesChanged(_)
        | Entry::AlertRulesKept(_)
        | Entry::RulesAnnounced(_)
        | Entry::ClockWentBack(_)
        | Entry::LogFull(_)
        | Entry::LogHasRoom(_)
        | Entry::Archived(_)
        | Entry::Retention(_)
        | Entry::VolumeExpired(_)
        | Entry::OrdersTaken(_)
        | Entry::HoldSet(_)
        | Entry::HoldLifted(_)
        | Entry::Clock(_)
        | Entry::KeyIntroduced(_)
        | Entry::Started(_)
        | Entry::Stopped(_)
        | Entry::ExportBegan(_)
        | Entry::ExportLagging(_)
        | Entry::ExportCaughtUp(_)
        | Entry::ExportEnded(_) => {}
    }
}

/// The acts of a snapshot.
fn acts_of(journal: &Journal, numbers: &[u64]) -> Result<Vec<Recorded>, RestoreError> {
    let read = |number: &u64| {
        let index = *number;
        let sheet = Sheet::decode(&journal.read(index)?).ok();
        let recorded = sheet.and_then(|sheet| match sheet.entry {
            Entry::OperatorAct(act) => Recorded::read(index, moment(&sheet.at)?, *act),
            _ => None,
        });
        recorded.ok_or(RestoreError::Unreadable { index })
    };
    numbers.iter().map(read).collect()
}

fn case_use(decision: &Decision) -> Option<CaseUse> {
    let case = &decision.case;
    let approval = match case.approval_nonce.as_str() {
        "" => None,
        text => Some((nonce(text)?, moment(&case.approval_expires_at)?)),
    };
    let expires_at = moment(&case.expires_at)?;
    Some(CaseUse {
        node: decision.who.node.clone(),
        nonce: nonce(&case.nonce)?,
        approval: approval.map(|(nonce, _)| nonce),
        case_no: case.number.clone(),
        flow: case.flow.parse().ok()?,
        expires_at: approval.map_or(expires_at, |(_, other)| other.max(expires_at)),
        valid_until: approval.map_or(expires_at, |(_, other)| other.min(expires_at)),
    })
}

fn nonce(hex: &str) -> Option<[u8; NONCE_BYTES]> {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    bytes.try_into().ok()
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
