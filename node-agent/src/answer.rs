//! The answering side: a question comes down the stream, the guard decides again, the center's own
//! systems are asked.
//!
//! Nothing is believed because the hub says so: the case must be signed by the asking node for this
//! very question, and the subject in the payload must be the subject that was signed for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use catalog::{Catalog, ClassNo, ItemNo};
use futures_util::future::join_all;
use policies::{BEIJING, Mode, TagKey};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use wire::convert::{self, Findings, Note};
use wire::digests::Digests;
use wire::traces::{Kind, TraceContext, TraceSpan, Tracer};
use wire::{Clock, Refusal, RefusalCode, v1};

use crate::asking::loggable;
use crate::book::{Book, Entry, Refused, Served, ServedClass, Values, is_query_id};
use crate::measures::{self, Measures};
use crate::metrics::Metrics;
use crate::rules::LiveRules;
use crate::translate::{About, Found, FoundOutcome, SourceError, Translator};
use crate::witness::Distrust;
use admission::Admitted;
use hit::Gate;

mod admission;
mod display;
mod hit;
mod looking;
mod probe;
mod share;
mod spans;
mod verdicts;
mod version;

pub use share::ListShare;

/// What the agent keeps of the hub's deadline for the way back.
const WAY_BACK: Duration = Duration::from_millis(20);

/// Answers questions from this center's systems.
#[derive(Debug)]
pub struct Answerer {
    pub(crate) node: String,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) rules: Arc<LiveRules>,
    pub(crate) tag_key: TagKey,
    pub(crate) translator: Translator,
    pub(crate) share: ListShare,
    pub(crate) book: Arc<Book>,
    pub(crate) measures: Arc<Measures>,
    pub(crate) distrust: Distrust,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tracer: Tracer,
}

impl Answerer {
    /// Answers one question; the reply leaves only after it is in this center's own log.
    pub async fn answer(&self, ask: v1::NodeAsk) -> v1::NodeReply {
        self.answer_until(ask, &CancellationToken::new()).await
    }

    /// As [`Answerer::answer`]; once cancelled, work at the center's own systems is stopped, and
    /// that it was is in the log.
    pub async fn answer_until(
        &self,
        ask: v1::NodeAsk,
        cancelled: &CancellationToken,
    ) -> v1::NodeReply {
        let query_id = ask.query_id.clone();
        let context = TraceContext::parse(&ask.traceparent);
        let span = self.tracer.follow(context, "node.answer");
        let guarding = span.child(Kind::Internal, "guard");
        let admitted = self.admit(&ask);
        drop(guarding);
        let words = span.in_words();
        let outcome = match admitted {
            Ok(admitted) => {
                let serving = self.serve(&ask, &admitted, cancelled, &span);
                serving.instrument(words).await
            }
            Err(because) => {
                span.failed(because.code);
                self.refuse(&ask, because).instrument(words).await
            }
        };
        v1::NodeReply {
            query_id,
            outcome: Some(outcome),
        }
    }

    async fn serve(
        &self,
        ask: &v1::NodeAsk,
        admitted: &Admitted,
        cancelled: &CancellationToken,
        span: &TraceSpan,
    ) -> v1::node_reply::Outcome {
        // Dropping the work is what stops it, at each system in its own way.
        let looked = cancelled.run_until_cancelled(self.classes(ask, admitted, span));
        let (mut classes, was_cancelled) = match looked.await {
            Some(classes) => (classes, false),
            None => (silent(admitted, RefusalCode::AskCancelled), true),
        };
        version::tell(admitted.beyond(), &mut classes);
        let case = admitted.pass.case().assertion();
        let approval = admitted.pass.case().approval();
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let (subject, measures) = measures::on_record(&admitted.measuring);
        let digests = Digests::of(&ask.case.clone().unwrap_or_default(), &ask.payload);
        let mut values = Values::asked(admitted.question.subject_tag(), &admitted.payload);
        values.said(&self.catalog, &self.node, &classes);
        let served = Served {
            query: ask.query_id.clone(),
            trace: span.trace_id(),
            question: digests.question().to_owned(),
            node: ask.asking_node.clone(),
            case_no: case.case_no.clone(),
            flow: case.flow.to_string(),
            operator: case.operator.clone(),
            approver: admitted
                .pass
                .case()
                .approver()
                .unwrap_or_default()
                .to_owned(),
            approval_statement: approval.map_or_else(String::new, |by| hex(by.statement())),
            approval_signature: approval.map_or_else(String::new, |by| hex(by.signature())),
            verdicts: names(admitted.question.verdicts()),
            subject,
            measures,
            classes: classes
                .iter()
                .map(|reply| served_class(reply, &digests))
                .collect(),
            cancelled: was_cancelled,
            sides: None,
        };
        let entry = |sides| Entry::Served(Served { sides, ..served });
        let writing = self.book.write_beside(Some(values), entry);
        match span.during("book.write", writing).await {
            Ok(_) => {
                self.metrics.served(if was_cancelled {
                    "cancelled"
                } else {
                    "answered"
                });
                v1::node_reply::Outcome::Classes(v1::ClassReplies { classes })
            }
            Err(_) => {
                self.metrics.served("refused");
                refusal(RefusalCode::LocalAudit, &ask.query_id)
            }
        }
    }

    /// Refuses a question that bears the id of another one.
    pub(crate) async fn refuse_repeated(&self, ask: v1::NodeAsk) -> v1::NodeReply {
        let outcome = self.refuse(&ask, RefusalCode::GuardFlow.into()).await;
        v1::NodeReply {
            query_id: ask.query_id,
            outcome: Some(outcome),
        }
    }

    async fn refuse(&self, ask: &v1::NodeAsk, because: Refusal) -> v1::node_reply::Outcome {
        let (code, rule) = (because.code, because.rule_id());
        self.metrics.served("refused");
        // The hub's own words, signed by nobody: they may be anything.
        let node = loggable(&ask.asking_node);
        tracing::warn!(%code, rule, node, "the guard refused a question");
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
            rule: rule.to_owned(),
        };
        match self.book.write(Entry::Refused(refused)).await {
            Ok(_) => v1::node_reply::Outcome::Refusal(because.to_wire_by_name(&ask.query_id)),
            Err(_) => refusal(RefusalCode::LocalAudit, &ask.query_id),
        }
    }

    /// Every class asked for, as it leaves; and before, whether details may leave at all.
    async fn classes(
        &self,
        ask: &v1::NodeAsk,
        admitted: &Admitted,
        span: &TraceSpan,
    ) -> Vec<v1::ClassReply> {
        let left = Duration::from_millis(u64::from(ask.deadline_ms)).saturating_sub(WAY_BACK);
        let is_left_out = |class: ClassNo| ask.left_out.contains(&u32::from(class.get()));
        let deadline = Instant::now() + left;
        let now = self.clock.now();
        let (flow, wanted) = (&admitted.flow, admitted.pass.items());
        let asked_here = admitted.question.asking_node() == self.node;
        let is_house = admitted.payload.subject.is_house();
        let gate = Gate::of(flow, admitted.pass.mode(), asked_here, is_house);
        let mut needed = gate.items();
        for (class, items) in wanted {
            needed.entry(*class).or_default().extend(items);
        }
        let looking = needed
            .into_iter()
            // What is left out is not looked at for the sake of another class either, which then
            // is not known.
            .filter(|(class, _)| !is_left_out(*class))
            .map(|(class, items)| self.look(class, items, (admitted, span), now, deadline));
        let looked: BTreeMap<ClassNo, Looked> = join_all(looking).await.into_iter().collect();
        let hit = gate.judge(&looked);
        let asked = looked
            .into_iter()
            .filter_map(|(class, looked)| Some((class, wanted.get(&class)?, looked)));
        asked
            .map(|(class, items, looked)| {
                let elapsed = looked.elapsed;
                let mut reply = self.told(class, items, looked, admitted);
                reply.elapsed_ms = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
                hit::withheld(hit, class, reply)
            })
            .collect()
    }

    /// One class as it is found in the center's own system, limited to the flow's time.
    async fn look(
        &self,
        class: ClassNo,
        mut needed: BTreeSet<ItemNo>,
        (admitted, span): (&Admitted, &TraceSpan),
        now: OffsetDateTime,
        deadline: Instant,
    ) -> (ClassNo, Looked) {
        let (flow, payload) = (&admitted.flow, &admitted.payload);
        let basis = &admitted.pass.case().assertion().basis;
        let windows = match spans::windows(flow, class, basis, now.to_offset(BEIJING).date()) {
            Ok(windows) => windows,
            Err(code) => return (class, Looked::not(refused_class(class, code))),
        };
        let asked = verdicts::asked(flow, &admitted.question, class);
        needed.extend(windows.keys());
        needed.extend(asked.flat_map(|(_, rule)| rule.items()));
        // What a rule looks at is named in its flow, and the center's own rules were held against
        // it; nothing else is ever looked up.
        let looked_at = flow.looked_at(&admitted.question);
        let looked_at = looked_at.get(&class);
        let is_looked_at = |item: &ItemNo| looked_at.is_some_and(|items| items.contains(item));
        needed.retain(|item| flow.looks_at(*item) && is_looked_at(item));
        let about = About {
            subject: &payload.subject,
            given: &payload.given,
        };
        let Some(_leave) = self.share.leave(flow, deadline).await else {
            let busy = silent_class(class, RefusalCode::NodeBusy);
            return (class, Looked::not(busy));
        };
        let (found, elapsed) = self
            .found((class, &needed), about, (now, deadline), span)
            .await;
        let looked = Looked {
            found: Ok(spans::limited(found, &windows)),
            is_limited: !windows.is_empty(),
            elapsed,
        };
        (class, looked)
    }

    /// What is told of a class: judged where a match asks for verdicts, trimmed to what may leave.
    fn told(
        &self,
        class: ClassNo,
        items: &BTreeSet<ItemNo>,
        looked: Looked,
        admitted: &Admitted,
    ) -> v1::ClassReply {
        let (flow, question) = (&admitted.flow, &admitted.question);
        let found = match looked.found {
            // The guard has refused it; should it ever come so far, nothing leaves.
            Ok(_) if admitted.shows_no_details(class) => {
                return refused_class(class, RefusalCode::GuardPeople);
            }
            Ok(found) => found,
            Err(reply) => return *reply,
        };
        let findings = if has_facts(found.outcome) {
            let asked = verdicts::asked(flow, question, class);
            let asked_here = question.asking_node() == self.node;
            let measures = &admitted.payload.measures;
            verdicts::findings(asked, measures, &found.records, asked_here)
        } else {
            Findings::new()
        };
        let found = display::shown(&self.catalog, found, items, &flow.display);
        reply(class, admitted.pass.mode(), found, &findings)
    }
}

/// A class as it was looked up, or what is said of one that was not.
#[derive(Debug)]
struct Looked {
    found: Result<Found, Box<v1::ClassReply>>,
    /// Whether records outside the flow's time were left out.
    is_limited: bool,
    /// How long the source took.
    elapsed: Duration,
}

impl Looked {
    fn not(reply: v1::ClassReply) -> Self {
        Self {
            found: Err(Box::new(reply)),
            is_limited: false,
            elapsed: Duration::ZERO,
        }
    }
}

/// One class's reply. A match says whether there is a record, its findings, and nothing else.
fn reply(class: ClassNo, mode: Mode, found: Found, findings: &Findings) -> v1::ClassReply {
    let (outcome, code) = match found.outcome {
        FoundOutcome::Answered => (v1::Outcome::Answered, None),
        FoundOutcome::NoRecord => (v1::Outcome::NoRecord, None),
        FoundOutcome::Stale => (v1::Outcome::Stale, None),
        FoundOutcome::NotCovered => (v1::Outcome::NotCovered, Some(RefusalCode::NotCovered)),
        FoundOutcome::Unavailable(error) => (v1::Outcome::Unavailable, Some(source_refusal(error))),
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
        verdicts: convert::findings_to_wire(findings),
        rule: None,
        held_back: false,
        retry_after_ms: 0,
        elapsed_ms: 0,
    }
}

/// A class that this center declines by itself.
fn refused_class(class: ClassNo, code: RefusalCode) -> v1::ClassReply {
    v1::ClassReply {
        class: u32::from(class.get()),
        outcome: v1::Outcome::Refused.into(),
        code: code.to_string(),
        ..v1::ClassReply::default()
    }
}

/// Every class asked for, none of which was looked up to its end.
fn silent(admitted: &Admitted, code: RefusalCode) -> Vec<v1::ClassReply> {
    let classes = admitted.pass.items().keys();
    classes.map(|class| silent_class(*class, code)).collect()
}

/// A class that this center could not look up.
fn silent_class(class: ClassNo, code: RefusalCode) -> v1::ClassReply {
    v1::ClassReply {
        outcome: v1::Outcome::Unavailable.into(),
        ..refused_class(class, code)
    }
}

/// Whether the source was heard, so that even nothing is a finding.
fn has_facts(outcome: FoundOutcome) -> bool {
    matches!(
        outcome,
        FoundOutcome::Answered | FoundOutcome::NoRecord | FoundOutcome::Stale
    )
}

fn served_class(reply: &v1::ClassReply, digests: &Digests) -> (String, ServedClass) {
    let outcome = v1::Outcome::try_from(reply.outcome).unwrap_or_default();
    let served = ServedClass {
        outcome: convert::outcome_name(outcome).to_owned(),
        records: reply.record_count,
        held_back: reply.held_back,
        digest: digests.class(reply),
    };
    (format!("{:02}", reply.class), served)
}

fn refusal(code: RefusalCode, query_id: &str) -> v1::node_reply::Outcome {
    v1::node_reply::Outcome::Refusal(code.to_wire(query_id))
}

fn source_refusal(error: SourceError) -> RefusalCode {
    match error {
        SourceError::NotGiven => RefusalCode::GivenMissing,
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

/// Names of verdicts, for evidence: which were asked, never what was found.
#[must_use]
pub(crate) fn names(verdicts: &BTreeSet<policies::VerdictId>) -> Vec<String> {
    verdicts.iter().map(ToString::to_string).collect()
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
