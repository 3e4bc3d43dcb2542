//! START HERE: one question from arrival to answer.
//!
//! `Broker::answer` is the story; each step needs the value that the step before it made.
//! [`Broker::handle`] is the frame around it: an id, a task that outlives a caller who hangs up and
//! is told so, the record of a refusal, the counts. No switch skips a step.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use catalog::Catalog;
use policies::{
    Caller, CaseUse, Permit, Question, ReplayGuard, RuleSet, Suspensions, TrustList, VerifiedCase,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use wire::identity::{PeerIdentity, PeerKind};
use wire::limits::{DEADLINE_MAX, DEADLINE_MIN, HOP_RESERVE};
use wire::traces::TraceSpan;
use wire::{Clock, Refusal, RefusalCode, Turn, v1};

use crate::acts::ActBook;
use crate::alerts::Alerts;
use crate::call::Call;
use crate::disclose::{Disclosed, Terms, disclose, windows};
use crate::ledger::{Answer, Draft, Ledger, receipt_to_wire};
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::nodes::breaker::Event;
use crate::nodes::plan::Plan;
use crate::record;
use crate::refusal::{refusal_of, replay_refusal};
use crate::rules::LiveRules;
use crate::throttle::{LinePlace, Throttle};
use crate::witnesses::Witnesses;

mod approval;
mod facts;
mod line;
mod traced;

pub(crate) use line::Line;

/// Everything that a question needs on its way.
#[derive(Debug)]
pub struct Broker {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) rules: LiveRules,
    pub(crate) trust: TrustList,
    /// What operators have done that stands.
    pub(crate) acts: ActBook,
    /// Follows the acts.
    pub(crate) suspensions: RwLock<Suspensions>,
    pub(crate) throttle: Throttle,
    /// Which case statements were used; touched by every permitted question.
    pub(crate) uses: Mutex<ReplayGuard>,
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) witnesses: Arc<Witnesses>,
    /// How questions are used, and what stood out.
    pub(crate) alerts: Arc<Alerts>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
}

/// A question that has an id and a proven caller.
#[derive(Debug, Clone)]
struct Arrival {
    id: String,
    peer: Arc<PeerIdentity>,
    at: Instant,
    /// Told when nobody wants the answer any more.
    cancelled: CancellationToken,
    /// Which line of its list it is, counted from 1; none for a single question.
    nth: Option<u32>,
    /// Its place in a trace, if it is in one.
    span: Arc<TraceSpan>,
}

impl Broker {
    /// What it knows of the use of questions.
    #[must_use]
    pub fn alerts(&self) -> &Arc<Alerts> {
        &self.alerts
    }

    /// Its nodes.
    #[must_use]
    pub fn nodes(&self) -> &Arc<Nodes> {
        &self.nodes
    }

    /// The inner story.
    async fn answer(&self, arrival: &Arrival, request: &v1::AskRequest) -> Result<Answer, Refusal> {
        let rules = self.rules.current();
        let caller = self.prove(&arrival.peer)?;
        let admitting = self.admit(arrival, &caller, &rules, request);
        let slot = arrival.span.during("admit", admitting).await?;
        let call = Call::read(request)?;
        let question = call.question(&self.catalog, &caller)?;
        let case = self.verified(&caller, &call, &question)?;
        self.admit_proven(arrival, slot.as_ref(), &case)?;
        let permit = self.permitted(arrival, &rules, &caller, (&case, &question))?;
        self.check_list(&rules, arrival, &permit)?;
        self.check_named(&permit)?;
        let terms = self.terms(&rules, &case, &permit, &question)?;
        let used = self.use_up(&rules, &case, &permit)?;
        let plan = self.plan(&permit).of(arrival.manner(&rules, &permit));
        let mut decision = self.describe(&rules, arrival, &case, &terms, &plan, &question);
        let digests = call.digests();
        decision.question = digests.question().to_owned();
        decision.trace = arrival.span.trace_id();
        // On record before any node is asked. Nothing between here and the seal may return early.
        let opened = self.opened(arrival, decision).await;
        let entry = opened.inspect_err(|_| self.give_back(&used))?;
        let deadline = deadline(arrival.at, call.deadline_ms, permit.deadline());
        let found = self
            .nodes
            .ask(
                plan,
                &call.for_nodes(&arrival.id, &permit),
                deadline,
                (&arrival.cancelled, &arrival.span),
            )
            .await;
        let mut draft = self.trimmed(disclose(&terms, found));
        draft.digest(&digests);
        draft.cancelled = arrival.cancelled.is_cancelled();
        let cancelled = draft.cancelled;
        let outcomes = draft.outcomes.clone();
        // On record before the answer leaves; only this makes a draft an answer.
        let answer = self.sealed(arrival, entry, draft).await?;
        if cancelled {
            self.metrics.cancelled(&outcomes);
        } else {
            self.metrics.answered(arrival.at.elapsed(), &outcomes);
        }
        if let Some(slot) = slot.as_ref().filter(|_| !cancelled) {
            slot.answered();
        }
        Ok(answer)
    }

    /// The outer frame: answers a question, or says why not. A caller who hangs up drops this
    /// future: then the nodes are told to stop, and the task goes on until the outcome is on
    /// record.
    ///
    /// # Errors
    /// The refusal as it travels, with the receipt of its own entry.
    pub async fn handle(
        self: &Arc<Self>,
        peer: Arc<PeerIdentity>,
        request: v1::AskRequest,
    ) -> Result<v1::Answer, Box<v1::Refusal>> {
        self.handle_in(TraceSpan::none(), peer, request).await
    }

    async fn work_on(
        self: &Arc<Self>,
        arrival: Arrival,
        request: v1::AskRequest,
        place: Option<LinePlace>,
    ) -> Result<v1::Answer, Box<v1::Refusal>> {
        let (broker, at_work) = (Arc::clone(self), arrival.clone());
        let work = self.tasks.spawn(async move {
            let _place = place;
            let words = at_work.span.in_words();
            broker.serve(&at_work, request).instrument(words).await
        });
        match work.await {
            Ok(answered) => answered,
            // A panic: the entry it left open closes itself, and the refusal goes on record too.
            Err(_) => {
                let because = RefusalCode::HubInternal.into();
                Err(self.refuse(&arrival, None, because).await)
            }
        }
    }

    async fn serve(
        &self,
        arrival: &Arrival,
        request: v1::AskRequest,
    ) -> Result<v1::Answer, Box<v1::Refusal>> {
        let answered = if self.stopping.is_cancelled() {
            Err(RefusalCode::HubStopping.into())
        } else if let Err(code) = self.witnesses.admit() {
            Err(code.into())
        } else {
            self.answer(arrival, &request).await
        };
        match answered {
            Ok(answer) => Ok(answer.into_wire()),
            Err(because) => {
                arrival.span.failed(because.code);
                let call = Call::read(&request).ok();
                Err(self.refuse(arrival, call.as_ref(), because).await)
            }
        }
    }

    /// The caller is a registered node, by its certificate and nothing else.
    fn prove(&self, peer: &PeerIdentity) -> Result<Caller, RefusalCode> {
        if peer.kind != PeerKind::Node {
            return Err(RefusalCode::CallerNotNode);
        }
        if self.trust.node(&peer.name).is_none() {
            return Err(RefusalCode::CallerUnknown);
        }
        Caller::proven(&peer.name).map_err(|_| RefusalCode::CallerUnknown)
    }

    fn authorize(
        &self,
        rules: &RuleSet,
        caller: &Caller,
        case: &VerifiedCase,
        question: &Question,
    ) -> Result<Permit, Refusal> {
        let suspensions = self
            .suspensions
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        rules
            .policies()
            .authorize(caller, case, question, &suspensions, self.clock.now())
            .map_err(|denial| refusal_of(&denial))
    }

    /// Every center that a question names is a registered node: one that is left out of the plan
    /// would look clean.
    fn check_named(&self, permit: &Permit) -> Result<(), RefusalCode> {
        let mut named = permit.named().iter();
        if named.all(|center| self.nodes.member(center).is_some()) {
            Ok(())
        } else {
            Err(RefusalCode::CenterUnknown)
        }
    }

    /// Each statement serves once, and each case as often as its flow allows.
    fn use_up(
        &self,
        rules: &RuleSet,
        case: &VerifiedCase,
        permit: &Permit,
    ) -> Result<CaseUse, RefusalCode> {
        let flow = rules
            .flows()
            .flow(&permit.flow())
            .ok_or(RefusalCode::FlowUnknown)?;
        let used = CaseUse::of(case);
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.check_and_record(used.clone(), flow.asks_per_case, self.clock.now())
            .map_err(replay_refusal)?;
        Ok(used)
    }

    /// Without an entry nobody was asked, so nothing was used. Where the journal has failed for
    /// good, nothing serves again before a restart reads back what it holds.
    fn give_back(&self, used: &CaseUse) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.give_back(used);
    }

    fn plan(&self, permit: &Permit) -> Plan {
        let suspensions = self
            .suspensions
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.nodes.plan(permit, &suspensions)
    }

    /// What the permitted question lets through.
    fn terms<'a>(
        &'a self,
        rules: &'a RuleSet,
        case: &VerifiedCase,
        permit: &'a Permit,
        question: &'a Question,
    ) -> Result<Terms<'a>, RefusalCode> {
        let flow = rules.flows().flow(&permit.flow());
        let flow = flow.ok_or(RefusalCode::FlowUnknown)?;
        Ok(Terms {
            catalog: &self.catalog,
            permit,
            flow,
            verdicts: question.verdicts(),
            windows: windows(flow, &case.assertion().basis, self.clock.now()),
        })
    }

    fn describe(
        &self,
        rules: &RuleSet,
        arrival: &Arrival,
        case: &VerifiedCase,
        terms: &Terms<'_>,
        plan: &Plan,
        question: &Question,
    ) -> crate::ledger::entry::Decision {
        let permit = terms.permit;
        let subject = self.ledger.pseudonym(permit.subject_tag());
        let who = record::who(&arrival.peer, Some(case));
        let rules = record::rules(&self.catalog, rules);
        let decision = record::decision(&arrival.id, who, case, permit, plan, subject, rules);
        let recorded = self.recorded(&arrival.id, case, question, None);
        crate::ledger::entry::Decision {
            facts: record::facts_of_decision(&recorded),
            gives: question.gives().iter().map(ToString::to_string).collect(),
            verdicts: terms.verdicts.iter().map(ToString::to_string).collect(),
            ..decision
        }
    }

    fn trimmed(&self, mut disclosed: Disclosed) -> Draft {
        for said in &mut disclosed.heard {
            let (node, events) = (&said.node, &said.events);
            self.nodes.reported(node, &mut said.passes, events);
            let overloaded = events
                .iter()
                .filter(|(_, event)| *event == Event::Overloaded);
            for (class, _) in overloaded {
                self.metrics.overloaded(node, *class);
            }
        }
        for (node, tries) in &disclosed.tried {
            self.metrics.tried(node, *tries);
        }
        for liar in &disclosed.liars {
            self.metrics.reply_broken(liar);
        }
        self.metrics.withheld(&disclosed.draft.nodes);
        disclosed.draft
    }

    /// Puts a refusal on record and gives it its receipt. A flood of one kind is folded.
    async fn refuse(
        &self,
        arrival: &Arrival,
        call: Option<&Call>,
        because: Refusal,
    ) -> Box<v1::Refusal> {
        let code = because.code;
        self.metrics.refused(code);
        // A statement is only quoted after its signature was checked, and not at the price of a
        // flood.
        let case = call
            .filter(|_| code.turn() != Turn::Capacity)
            .and_then(|call| self.trust.verify(&arrival.peer.name, &call.case).ok());
        let refused = crate::ledger::entry::Refused {
            query: arrival.id.clone(),
            code: code.to_string(),
            turn: code.turn().as_str().to_owned(),
            who: record::who(&arrival.peer, case.as_ref()),
            flow: call.map(Call::flow).unwrap_or_default(),
            case: case
                .map(|case| case.assertion().case_no.clone())
                .unwrap_or_default(),
            subject: call
                .map(|call| self.ledger.pseudonym(call.subject_tag()))
                .unwrap_or_default(),
            rule: because.rule_id().to_owned(),
            detail: String::new(),
            facts: self.facts_of_refusal(arrival, call, code),
        };
        let (told, receipt) = match self.ledger.refuse(code, refused).await {
            Ok(receipt) => (because, receipt),
            Err(_) => (RefusalCode::AuditUnavailable.into(), None),
        };
        let mut refusal = told.to_wire(&arrival.id);
        refusal.receipt = receipt.as_ref().map(receipt_to_wire);
        Box::new(refusal)
    }

    /// Digests of the rules in force.
    #[must_use]
    pub fn rules_in_force(&self) -> crate::ledger::entry::Rules {
        record::rules(&self.catalog, &self.rules.current())
    }
}

/// The end of the wait: what the caller still waits or what the flow allows, whichever is shorter.
fn deadline(arrived: Instant, caller_ms: u32, flow: Duration) -> Instant {
    let caller = match caller_ms {
        0 => DEADLINE_MAX,
        ms => Duration::from_millis(u64::from(ms)),
    };
    // What the nodes get is shorter by the reserve; a caller in a hurry must not make them look
    // sick.
    arrived
        + caller
            .min(flow)
            .clamp(DEADLINE_MIN + HOP_RESERVE, DEADLINE_MAX)
}

impl Broker {
    /// Whether the log takes entries; without it nothing is answered.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        matches!(self.ledger.journal().health(), audit::Health::Healthy)
    }

    /// Whether the log takes new questions: it has room for more than what is owed.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.ledger.journal().room() > audit::Room::Full
    }
}

#[cfg(test)]
pub(crate) mod tests;
