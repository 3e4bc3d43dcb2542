//! The asking side: a local system asks within an open case, and nothing else.
//!
//! `Asker::answer` is the story: the case is looked up in the center's own business system again
//! for every question, the statement is signed for exactly this question, the hub's answer is
//! checked, and the evidence is in this center's own log before the local system hears anything.

mod approvals;
mod approving;
mod contacts;
mod given;
mod heard;
mod lamp;
mod list;
mod open_cases;
mod question;
mod refusal;
mod rule;
mod scrutiny;
mod sheet;
mod statement;
mod subject;
mod verdicts;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use catalog::Catalog;
use policies::{CaseSigner, FlowId, TagKey, TrustList};
use ring::rand::SystemRandom;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use wire::digests::Digests;
use wire::limits::{ANSWER_BYTES_MAX, DEADLINE_MAX, DEADLINE_MIN};
use wire::traces::{Attribute, Kind, TraceSpan, Tracer};
use wire::v1::broker_client::BrokerClient;
use wire::{Clock, Refusal, RefusalCode, v1};

use crate::book::{Answered, Book, CaseOpened, Entry, Refused as RefusedEntry, is_query_id};
use crate::measures::{self, Measures};
use crate::metrics::Metrics;
use crate::rules::LiveRules;
use crate::translate::{LocalCase, SourceError, Translator};
use crate::uplink::Uplink;
use crate::witness::Distrust;

use approvals::Approver;
use heard::Heard;
use sheet::{Sheet, Signed};

pub use approvals::{ApprovalView, Approvals, ApproveBody, StatementBody, StatementView};
pub use approving::Confirmed;
pub use contacts::CallView;
pub use given::GivenBody;
pub use lamp::Lamp;
pub use list::{Begun, ListBody, ListEvent, ListSummary, ListedLine, Lists, TableView};
pub use open_cases::{OpenCase, OpenCases};
pub use question::AskBody;
pub use refusal::RefusalView;
pub use rule::RuleView;
pub use subject::SubjectBody;
pub use verdicts::YardstickBody;
pub use view::{AnswerView, CaseView};

pub(crate) use question::{is_fit_look, loggable};

/// How long the agent waits for the local business system when it looks a case up.
const CASE_LOOK_UP: Duration = Duration::from_secs(3);
/// What the agent waits beyond the question's deadline, so that the hub's own word arrives.
const GRACE: Duration = Duration::from_millis(1_000);

/// Asks the hub on behalf of local systems.
#[derive(Debug)]
pub struct Asker {
    pub(crate) node: String,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) rules: Arc<LiveRules>,
    pub(crate) trust: Arc<TrustList>,
    pub(crate) signer: CaseSigner,
    pub(crate) tag_key: TagKey,
    pub(crate) translator: Translator,
    pub(crate) open: OpenCases,
    /// Questions that wait for a second operator.
    pub(crate) approvals: Approvals,
    /// What questions about many parties at once go over.
    pub(crate) lists: Lists,
    /// Whom to call about the hub, if this center was told.
    pub(crate) hub_phone: Option<String>,
    pub(crate) book: Arc<Book>,
    pub(crate) measures: Arc<Measures>,
    /// Whether nothing may be asked through the hub.
    pub(crate) distrust: Distrust,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) uplink: Arc<Uplink>,
    pub(crate) random: SystemRandom,
    pub(crate) tasks: TaskTracker,
    /// Begins the trace of a question.
    pub(crate) tracer: Tracer,
}

/// What a local system sends to open a case.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseBody {
    /// Number of the case in the center's business system.
    pub case_no: String,
    /// Flow, such as `F05`.
    pub flow: String,
    /// Who asks.
    pub operator: String,
    /// At which counter or through which channel.
    pub counter: String,
}

impl Asker {
    /// Opens a business case for asking.
    ///
    /// # Errors
    /// The case is unknown, closed, or of a matter that the flow does not serve.
    pub async fn open_case(&self, system: &str, body: CaseBody) -> Result<CaseView, RefusalView> {
        let opened = self.opened(system, &body).await;
        match opened {
            Ok(view) => Ok(view),
            Err(code) => Err(self
                .refused(code, &body.case_no, &body.flow, &body.operator)
                .await),
        }
    }

    /// Asks one question of an open case, or lets it wait where its flow needs a second operator.
    /// Once the local system has `hung_up`, nothing more is done for it than to put that on record.
    ///
    /// # Errors
    /// Refused here or by the hub, with a code and a sentence for the clerk.
    pub async fn ask(
        &self,
        system: &str,
        body: AskBody,
        hung_up: &CancellationToken,
    ) -> Result<Told, RefusalView> {
        let Some(open) = self.open.find(&body.case, system, self.clock.now()) else {
            return Err(self.refused(RefusalCode::CaseNotOpen, "", "", "").await);
        };
        let rules = self.rules.current();
        let flow = rules.flows().flow(&open.flow);
        let told = if flow.is_some_and(|flow| flow.second_approver) {
            self.prepare(&open, &body).await.map(Told::Awaiting)
        } else {
            let answered = self.answer(&open, &body, None, hung_up).await;
            answered.map(|view| Told::Answered(Box::new(view)))
        };
        match told {
            Ok(told) => Ok(told),
            Err(Refused::Here(code)) => {
                let flow = open.flow.to_string();
                Err(self
                    .refused(code, &open.case_no, &flow, &open.operator)
                    .await)
            }
            Err(Refused::ByHub(refusal)) => Err(self.refused_by_hub(&open, refusal).await),
        }
    }

    /// One question, in a trace of its own where questions are traced.
    async fn answer(
        &self,
        open: &OpenCase,
        body: &AskBody,
        approved: Option<(&Sheet, &Signed)>,
        hung_up: &CancellationToken,
    ) -> Result<AnswerView, Refused> {
        let span = self.tracer.begin("local.ask");
        span.says(Attribute::Flow(open.flow.to_string()));
        let answering = self.answered(open, body, approved, (hung_up, &span));
        let answered = answering.instrument(span.in_words()).await;
        if let Err(refused) = &answered {
            span.failed(refused.code());
        }
        answered
    }

    /// The story of one question. `approved` is what an officer has signed, where one must.
    async fn answered(
        &self,
        open: &OpenCase,
        body: &AskBody,
        approved: Option<(&Sheet, &Signed)>,
        (hung_up, span): (&CancellationToken, &TraceSpan),
    ) -> Result<AnswerView, Refused> {
        let begun = Instant::now();
        let looking = span.during("case.look_up", self.look_up(&open.case_no));
        let looked = hung_up.run_until_cancelled(looking);
        let case = looked.await.ok_or(RefusalCode::AskCancelled)??;
        let rules = self.rules.current();
        let flow = rules
            .flows()
            .flow(&open.flow)
            .ok_or(RefusalCode::FlowUnknown)?;
        let asked = question::compose(self, open, &case, flow, body)?;
        let approver = approved.map(|(_, signed)| &signed.by);
        let approved = approved.map(|(sheet, signed)| (sheet, signed, body.party));
        let request = question::sign(self, open, &case, flow, &asked, approved)?;
        let wait = question::wait(flow, body.deadline_ms);
        let digests = Digests::of(&request.case.clone().unwrap_or_default(), &request.payload);
        // Dropping the call resets it, and so the hub hears of it. An answer that has come is on
        // record as one, whoever is still there to take it.
        let sent = hung_up.run_until_cancelled(self.send(request, wait, span));
        let answer = sent.await.ok_or(RefusalCode::AskCancelled)??;
        let told = Heard::of(self, &asked, &digests, &answer);
        let mut view = view::read(self, &asked, open, answer)?;
        view.trace = span.trace_id();
        view.elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        // In this center's own log before the local system hears anything.
        let recording = told.record(self, evidence(open, &asked, approver, &view));
        let own = span.during("book.write", recording).await;
        view.receipts.own = Some(own.map_err(|_| RefusalCode::LocalAudit)?);
        self.metrics.sent("answered");
        Ok(view)
    }

    async fn opened(&self, system: &str, body: &CaseBody) -> Result<CaseView, RefusalCode> {
        let id: FlowId = body.flow.parse().map_err(|_| RefusalCode::FlowUnknown)?;
        let rules = self.rules.current();
        let flow = rules.flows().flow(&id).ok_or(RefusalCode::FlowUnknown)?;
        if !flow.is_enabled(&self.node, self.clock.now()) {
            return Err(RefusalCode::FlowDisabled);
        }
        question::check_names([&body.operator, &body.counter])?;
        let case = self.look_up(&body.case_no).await?;
        let matter = case.matter.parse().map_err(|_| RefusalCode::CaseMatter)?;
        if !flow.matters.contains(&matter) {
            return Err(RefusalCode::CaseMatter);
        }
        let entry = CaseOpened {
            case_no: case.case_no.clone(),
            flow: id.to_string(),
            matter: case.matter.clone(),
            operator: body.operator.clone(),
            counter: body.counter.clone(),
            system: system.to_owned(),
            parties: case.parties.len(),
        };
        self.book
            .write(Entry::CaseOpened(entry))
            .await
            .map_err(|_| RefusalCode::LocalAudit)?;
        let open = OpenCase {
            handle: open_cases::handle(&self.random)?,
            case_no: case.case_no.clone(),
            flow: id,
            matter,
            operator: body.operator.clone(),
            counter: body.counter.clone(),
            system: system.to_owned(),
            expires_at: self.clock.now() + flow.case_valid,
            asks_max: flow.asks_per_case,
            uses: Arc::default(),
        };
        let view = view::case_view(&open, &case);
        self.open.insert(open, self.clock.now())?;
        Ok(view)
    }

    /// The case in the center's own business system, open and readable. Nothing is looked up for a
    /// hub that is distrusted: every question begins here.
    async fn look_up(&self, case_no: &str) -> Result<LocalCase, RefusalCode> {
        if self.distrust.holds() {
            return Err(RefusalCode::HubDistrusted);
        }
        let deadline = Instant::now() + CASE_LOOK_UP;
        let found = self
            .translator
            .case(case_no, self.clock.now(), deadline)
            .await
            .map_err(|error| match error {
                SourceError::CaseUnreadable => RefusalCode::CaseMalformed,
                _ => RefusalCode::LocalSource,
            })?;
        let case = found.ok_or(RefusalCode::CaseUnknown)?;
        // Its numbers go into three logs, and nobody's name may.
        if case.names_somebody() {
            return Err(RefusalCode::CasePersonal);
        }
        if case.open {
            Ok(case)
        } else {
            Err(RefusalCode::CaseClosed)
        }
    }

    async fn send(
        &self,
        request: v1::AskRequest,
        wait: Duration,
        span: &TraceSpan,
    ) -> Result<v1::Answer, Refused> {
        if self.distrust.holds() {
            return Err(RefusalCode::HubDistrusted.into());
        }
        let mut client =
            BrokerClient::new(self.uplink.channel()).max_decoding_message_size(ANSWER_BYTES_MAX);
        let asking = span.child(Kind::Client, "hub.ask");
        let mut request = tonic::Request::new(request);
        asking.carry(&mut request);
        match tokio::time::timeout(wait + GRACE, client.ask(request)).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(status)) => Err(match wire::refusal::from_status(&status) {
                Some((_, refusal)) => Refused::ByHub(Box::new(refusal)),
                None => Refused::Here(RefusalCode::HubUnreachable),
            }),
            Err(_) => Err(Refused::Here(RefusalCode::HubUnreachable)),
        }
    }

    pub(crate) async fn refused(
        &self,
        code: RefusalCode,
        case_no: &str,
        flow: &str,
        operator: &str,
    ) -> RefusalView {
        let entry = RefusedEntry {
            query: String::new(),
            code: code.to_string(),
            by: "local".to_owned(),
            node: self.node.clone(),
            case_no: question::loggable(case_no),
            flow: question::loggable(flow),
            operator: question::loggable(operator),
            rule: String::new(),
        };
        self.metrics.sent("refused");
        // The refusal stands whether or not it could be written; health shows a log that cannot
        // write.
        let own = self.book.write(Entry::Refused(entry)).await.ok();
        self.refusal(code, own)
    }

    async fn refused_by_hub(&self, open: &OpenCase, refusal: Box<v1::Refusal>) -> RefusalView {
        let code = refusal.code.parse().unwrap_or(RefusalCode::HubReply);
        let because = Refusal::heard(code, refusal.rule.as_ref());
        let entry = RefusedEntry {
            query: Some(refusal.query_id.clone())
                .filter(|query| is_query_id(query))
                .unwrap_or_default(),
            code: refusal.code.clone(),
            by: "hub".to_owned(),
            node: self.node.clone(),
            case_no: open.case_no.clone(),
            flow: open.flow.to_string(),
            operator: open.operator.clone(),
            rule: because.rule_id().to_owned(),
        };
        self.metrics.sent("refused");
        let own = self.book.write(Entry::Refused(entry)).await.ok();
        let view = RefusalView::by_hub(&refusal, &because, own);
        RefusalView {
            call: self.call_about(code),
            ..view
        }
    }
}

/// Why a question got no answer.
#[derive(Debug)]
pub(crate) enum Refused {
    /// By this agent.
    Here(RefusalCode),
    /// By the hub.
    ByHub(Box<v1::Refusal>),
}

impl Refused {
    fn code(&self) -> RefusalCode {
        match self {
            Self::Here(code) => *code,
            Self::ByHub(refusal) => refusal.code.parse().unwrap_or(RefusalCode::HubReply),
        }
    }
}

impl From<RefusalCode> for Refused {
    fn from(code: RefusalCode) -> Self {
        Self::Here(code)
    }
}

/// What a local system hears of a question that was not refused.
#[derive(Debug)]
pub enum Told {
    /// It was answered.
    Answered(Box<AnswerView>),
    /// It waits for a second operator.
    Awaiting(ApprovalView),
}

fn evidence(
    open: &OpenCase,
    asked: &question::Asked,
    approver: Option<&Approver>,
    view: &AnswerView,
) -> Answered {
    let question = &asked.question;
    let (subject, measures) = measures::on_record(&asked.measuring);
    Answered {
        query: view.query.clone(),
        trace: view.trace.clone(),
        case_no: open.case_no.clone(),
        flow: open.flow.to_string(),
        operator: open.operator.clone(),
        counter: open.counter.clone(),
        system: open.system.clone(),
        approver: approver.map(|a| a.operator.clone()).unwrap_or_default(),
        items: crate::answer::items_by_class(question.wants()),
        gives: question.gives().iter().map(ToString::to_string).collect(),
        named: question.named().iter().cloned().collect(),
        verdicts: crate::answer::names(question.verdicts()),
        subject,
        measures,
        lamps: view
            .lamps
            .iter()
            .map(|lamp| (lamp.node.clone(), lamp.lamp.as_str().to_owned()))
            .collect(),
        rules: view
            .lamps
            .iter()
            .filter_map(|lamp| Some((lamp.node.clone(), lamp.rule.as_ref()?.id.clone())))
            .collect(),
        records: view.records(),
        decision: view.receipts.decision.clone(),
        outcome: view.receipts.outcome.clone(),
        question: String::new(),
        digests: BTreeMap::new(),
        sides: None,
        values_lost: false,
    }
}

/// The time a question may take: the flow's, or less if the caller says so.
pub(crate) fn bounded(flow: Duration, caller_ms: Option<u32>) -> Duration {
    let caller = caller_ms.map_or(DEADLINE_MAX, |ms| Duration::from_millis(u64::from(ms)));
    caller.min(flow).clamp(DEADLINE_MIN, DEADLINE_MAX)
}

#[cfg(test)]
pub(crate) mod tests;
