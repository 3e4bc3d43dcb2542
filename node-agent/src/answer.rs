//! The answering side: a question comes down the stream, the guard decides again, the center's own
//! systems are asked.
//!
//! Nothing is believed because the hub says so: the case must be signed by the asking node for this
//! very question, and the subject in the payload must be the subject that was signed for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use catalog::{Catalog, ClassNo, ItemNo, Subject};
use futures_util::future::join_all;
use policies::guard::{Guard, GuardDenial, GuardPass};
use policies::{Mode, Question, QuestionDraft, SignedCase, SubjectTag, TagKey, payload_digest};
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;
use wire::convert::{self, Note, WireError};
use wire::{Clock, RefusalCode, v1};

use crate::asking::loggable;
use crate::book::{Book, Entry, Refused, Served, ServedClass, is_query_id};
use crate::metrics::Metrics;
use crate::translate::{Found, FoundOutcome, SourceError, Translator};

mod version;

/// What the agent keeps of the hub's deadline for the way back.
const WAY_BACK: Duration = Duration::from_millis(20);

/// Answers questions from this center's systems.
#[derive(Debug)]
pub struct Answerer {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) tag_key: TagKey,
    pub(crate) translator: Translator,
    pub(crate) book: Arc<Book>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A question that the guard let through.
struct Admitted {
    pass: GuardPass,
    subject: Subject,
    /// Items that only the asking side's newer catalog has.
    beyond: BTreeSet<ItemNo>,
}

impl Answerer {
    /// Answers one question; the reply leaves only after it is in this center's own log.
    pub async fn answer(&self, ask: v1::NodeAsk) -> v1::NodeReply {
        let query_id = ask.query_id.clone();
        let outcome = match self.admit(&ask) {
            Ok(admitted) => self.serve(&ask, &admitted).await,
            Err(code) => self.refuse(&ask, code).await,
        };
        v1::NodeReply {
            query_id,
            outcome: Some(outcome),
        }
    }

    /// The guard's decision: case, flow, items and vetoes first, then the subject behind the tag.
    fn admit(&self, ask: &v1::NodeAsk) -> Result<Admitted, RefusalCode> {
        if !is_query_id(&ask.query_id) {
            return Err(RefusalCode::GuardFlow);
        }
        let question = self.question(ask)?;
        let case = ask.case.as_ref().ok_or(RefusalCode::GuardCase)?;
        let case = SignedCase {
            body: case.body.clone(),
            signature: case.signature.clone(),
        };
        let pass = self
            .guard
            .check(&ask.asking_node, &case, &question, self.clock.now())
            .map_err(|denial| guard_refusal(&denial))?;
        let subject =
            convert::subject_from_wire(&ask.payload).map_err(|_| RefusalCode::GuardSubject)?;
        if self.tag_key.tag(&subject.key()) != *question.subject_tag() {
            return Err(RefusalCode::GuardSubject);
        }
        let beyond = question.beyond().clone();
        Ok(Admitted {
            pass,
            subject,
            beyond,
        })
    }

    fn question(&self, ask: &v1::NodeAsk) -> Result<Question, RefusalCode> {
        let envelope = ask.envelope.as_ref().ok_or(RefusalCode::GuardFlow)?;
        let wants = convert::wants_of_any_version(&envelope.wants).map_err(|e| match e {
            // No catalog of this program can have them, so not even the digest can be computed.
            WireError::UnknownClass | WireError::UnknownItem => RefusalCode::NotCoveredVersion,
            _ => RefusalCode::GuardFlow,
        })?;
        let tag = <[u8; 32]>::try_from(envelope.subject_tag.as_slice())
            .map_err(|_| RefusalCode::GuardSubject)?;
        let mode = match v1::Mode::try_from(envelope.mode) {
            Ok(v1::Mode::Match) => Mode::Match,
            Ok(v1::Mode::Details) => Mode::Details,
            Ok(v1::Mode::Unspecified) | Err(_) => return Err(RefusalCode::GuardFlow),
        };
        let draft = QuestionDraft {
            asking_node: ask.asking_node.clone(),
            flow: envelope.flow.clone(),
            matter: envelope.matter.clone(),
            mode,
            wants: wants.into_values().flatten().collect(),
            subject_tag: SubjectTag::from_bytes(tag),
            payload_digest: payload_digest(&ask.payload),
        };
        // The asking node signed for every item, so the guard needs them all; those of a newer
        // catalog are told apart and never answered.
        Question::parse_newer(draft, &self.catalog).map_err(|_| RefusalCode::GuardFlow)
    }

    async fn serve(&self, ask: &v1::NodeAsk, admitted: &Admitted) -> v1::node_reply::Outcome {
        let left = Duration::from_millis(u64::from(ask.deadline_ms)).saturating_sub(WAY_BACK);
        let deadline = Instant::now() + left;
        let now = self.clock.now();
        let classes = admitted
            .pass
            .items()
            .iter()
            .map(|(class, items)| async move {
                let found = self
                    .translator
                    .find(*class, items, &admitted.subject, now, deadline)
                    .await;
                self.reply(*class, admitted.pass.mode(), found)
            });
        let mut classes = join_all(classes).await;
        version::tell(&admitted.beyond, &mut classes);
        let case = admitted.pass.case().assertion();
        let served = Served {
            query: ask.query_id.clone(),
            node: ask.asking_node.clone(),
            case_no: case.case_no.clone(),
            flow: case.flow.to_string(),
            operator: case.operator.clone(),
            classes: classes.iter().map(served_class).collect(),
        };
        match self.book.write(Entry::Served(served)).await {
            Ok(_) => {
                self.metrics.served("answered");
                v1::node_reply::Outcome::Classes(v1::ClassReplies { classes })
            }
            Err(_) => {
                self.metrics.served("refused");
                refusal(RefusalCode::LocalAudit, &ask.query_id)
            }
        }
    }

    async fn refuse(&self, ask: &v1::NodeAsk, code: RefusalCode) -> v1::node_reply::Outcome {
        self.metrics.served("refused");
        // The hub's own words, signed by nobody: they may be anything.
        let node = loggable(&ask.asking_node);
        tracing::warn!(%code, node, "the guard refused a question");
        let refused = Refused {
            query: Some(ask.query_id.clone())
                .filter(|query| is_query_id(query))
                .unwrap_or_default(),
            code: code.to_string(),
            by: "guard".to_owned(),
            node,
            case_no: String::new(),
            flow: ask
                .envelope
                .as_ref()
                .map(|e| loggable(&e.flow))
                .unwrap_or_default(),
            operator: String::new(),
        };
        match self.book.write(Entry::Refused(refused)).await {
            Ok(_) => refusal(code, &ask.query_id),
            Err(_) => refusal(RefusalCode::LocalAudit, &ask.query_id),
        }
    }

    /// One class's reply. A match says whether there is a record, and nothing of it.
    fn reply(&self, class: ClassNo, mode: Mode, found: Found) -> v1::ClassReply {
        self.count(class, &found);
        let (outcome, code) = match found.outcome {
            FoundOutcome::Answered => (v1::Outcome::Answered, None),
            FoundOutcome::NoRecord => (v1::Outcome::NoRecord, None),
            FoundOutcome::Stale => (v1::Outcome::Stale, None),
            FoundOutcome::NotCovered => (v1::Outcome::NotCovered, Some(RefusalCode::NotCovered)),
            FoundOutcome::Unavailable(error) => {
                (v1::Outcome::Unavailable, Some(source_refusal(error)))
            }
        };
        let has_record = !found.records.is_empty();
        let records = if mode == Mode::Details {
            found.records
        } else {
            Vec::new()
        };
        let notes: Vec<Note> = found
            .notes
            .iter()
            .map(|note| Note {
                item: note.item,
                defect: note.defect,
                count: note.count,
            })
            .collect();
        v1::ClassReply {
            class: u32::from(class.get()),
            outcome: outcome.into(),
            code: code.map(|code| code.to_string()).unwrap_or_default(),
            record_count: u32::try_from(records.len()).unwrap_or(u32::MAX),
            as_of: found.as_of.format(&Rfc3339).unwrap_or_default(),
            notes: convert::notes_to_wire(&notes),
            payload: convert::records_to_wire(&records),
            found: has_record,
        }
    }

    fn count(&self, class: ClassNo, found: &Found) {
        let name = class.to_string();
        let mut withheld = 0;
        for note in &found.notes {
            let item = note.item.map(|item| item.to_string()).unwrap_or_default();
            self.metrics
                .withheld(&name, &item, note.defect.as_str(), note.count);
            withheld += note.item.map_or(0, |_| u64::from(note.count));
        }
        let values: usize = found.records.iter().map(catalog::Record::len).sum();
        let values = u64::try_from(values).unwrap_or(u64::MAX);
        self.metrics.values(&name, values, withheld);
        let fault = self.translator.refused_file(class);
        self.metrics
            .file_refused(&class.to_string(), fault.map(|fault| fault.to_string()));
    }
}

fn served_class(reply: &v1::ClassReply) -> (String, ServedClass) {
    let outcome = v1::Outcome::try_from(reply.outcome).unwrap_or_default();
    let served = ServedClass {
        outcome: convert::outcome_name(outcome).to_owned(),
        records: reply.record_count,
    };
    (format!("{:02}", reply.class), served)
}

fn refusal(code: RefusalCode, query_id: &str) -> v1::node_reply::Outcome {
    v1::node_reply::Outcome::Refusal(code.to_wire(query_id))
}

/// The guard's reason as the hub and the asking clerk see it: which key refused, and nothing of the
/// subject.
fn guard_refusal(denial: &GuardDenial) -> RefusalCode {
    match denial {
        GuardDenial::Case(policies::CaseFault::WrongSubject) => RefusalCode::GuardSubject,
        GuardDenial::Case(_) => RefusalCode::GuardCase,
        GuardDenial::FlowUnknown(_)
        | GuardDenial::NotATarget
        | GuardDenial::FlowNotEnabled
        | GuardDenial::ModeMismatch
        | GuardDenial::ClassOutsideFlow { .. }
        | GuardDenial::ItemOutsideFlow { .. } => RefusalCode::GuardFlow,
        GuardDenial::Vetoed { .. } => RefusalCode::GuardVeto,
    }
}

fn source_refusal(error: SourceError) -> RefusalCode {
    match error {
        SourceError::Overloaded => RefusalCode::NodeBusy,
        SourceError::TimedOut => RefusalCode::NodeTimeout,
        SourceError::FileMissing | SourceError::FileRefused => RefusalCode::NodeFile,
        SourceError::Locked
        | SourceError::Missing
        | SourceError::ColumnMissing
        | SourceError::AgeUnknown
        | SourceError::TooManyRecords
        | SourceError::AccessDenied
        | SourceError::TooLarge
        | SourceError::Untrusted
        | SourceError::Rejected
        | SourceError::Failed
        | SourceError::Undated
        | SourceError::CaseUnreadable
        | SourceError::CasesNotMapped
        | SourceError::Broken => RefusalCode::NodeSource,
    }
}

/// The classes as a map, for evidence.
#[must_use]
pub fn items_by_class(wants: &convert::Wants) -> BTreeMap<String, Vec<String>> {
    wants
        .iter()
        .map(|(class, items)| {
            (
                class.to_string(),
                items.iter().map(ToString::to_string).collect(),
            )
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
