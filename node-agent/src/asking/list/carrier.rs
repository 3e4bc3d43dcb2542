//! Carries a list to the hub and its results back: signs a line when there is a place for it, puts
//! its evidence on record before it is given out, and stops when nobody takes results any more.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use wire::digests::Digests;
use wire::limits::{ANSWER_BYTES_MAX, DEADLINE_MAX, HELLO_WAIT, LIST_IDLE_MAX};
use wire::v1::broker_client::BrokerClient;
use wire::{RefusalCode, v1};

use super::super::approvals::Approver;
use super::super::heard::Heard;
use super::super::question::{self, AskBody, Asked};
use super::super::{Asker, Lamp, OpenCase, evidence, view};
use super::table::{Counts, Table};
use super::words::{ListEvent, ListSummary, ListedLine};
use super::{LINES_PER_LIST_AT_ONCE, List};
use crate::asking::{AnswerView, RefusalView};
use crate::book::{Entry, ListEnded};

/// How long a look at the case holds good: a case that is closed meanwhile asks no further.
const CASE_HOLDS: Duration = Duration::from_secs(10);
/// How long nothing may come from the hub while it works on lines.
const SILENCE_MAX: Duration = DEADLINE_MAX.saturating_add(LIST_IDLE_MAX);

/// What was said of one line.
type Said = Result<AnswerView, RefusalView>;
type Finishing = Pin<Box<dyn Future<Output = (usize, Said)> + Send>>;

/// One list on its way.
pub(super) struct Carrier {
    asker: Arc<Asker>,
    open: Arc<OpenCase>,
    list: List,
    question: AskBody,
    results: mpsc::Sender<ListEvent>,
    begun: Instant,
    looked_up: Instant,
    /// Lines not asked yet.
    ahead: VecDeque<usize>,
    /// Lines at the hub, by number, each with the time it was signed.
    at_hub: BTreeMap<u32, (Arc<Asked>, Digests, Instant)>,
    /// Lines whose evidence is being written.
    finishing: FuturesUnordered<Finishing>,
    tally: Tally,
    /// What was given out of an approved list.
    table: Option<Table>,
    /// Why no further line is asked, if the list ends early.
    ended: Option<RefusalCode>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    answered: usize,
    refused: usize,
    not_known: usize,
}

/// Nobody takes results any more, or the agent stops.
struct Abandoned;

impl Carrier {
    pub(super) fn new(
        asker: Arc<Asker>,
        list: List,
        results: mpsc::Sender<ListEvent>,
        begun: Instant,
    ) -> Self {
        Self {
            asker,
            open: Arc::new(list.open.clone()),
            question: list.body.question(&list.flow),
            ahead: list.lines.iter().copied().collect(),
            results,
            begun,
            looked_up: begun,
            at_hub: BTreeMap::new(),
            finishing: FuturesUnordered::new(),
            tally: Tally::default(),
            table: list.approved.as_ref().map(|_| Table::new()),
            ended: None,
            list,
        }
    }

    /// From the first line to the summary.
    pub(super) async fn carry(mut self) {
        let carried = match connect(&self.asker).await {
            Ok((to_hub, answers)) => self.exchange(to_hub, answers).await,
            Err(code) => {
                self.end(code);
                Ok(())
            }
        };
        if carried.is_err() {
            self.end(RefusalCode::AskCancelled);
            // What came from the hub is on record, whoever hears it.
            while self.finishing.next().await.is_some() {}
        } else if self.ended.is_none()
            && let Err(code) = self.asker.look_up(&self.open.case_no).await
        {
            // Closed while it was asked: what was answered stands, and this says so.
            self.end(code);
        }
        self.sum_up().await;
    }

    /// Both directions at once, until every line is done. Dropping the streams cancels at the hub.
    async fn exchange(
        &mut self,
        to_hub: mpsc::Sender<v1::AskLine>,
        mut answers: Streaming<v1::LineAnswer>,
    ) -> Result<(), Abandoned> {
        let (results, stopping) = (self.results.clone(), self.asker.lists.stopping.clone());
        let mut to_hub = Some(to_hub);
        loop {
            if self.ahead.is_empty() {
                // Tells the hub that the list is complete.
                to_hub = None;
            }
            if to_hub.is_none() && self.at_hub.is_empty() && self.finishing.is_empty() {
                return Ok(());
            }
            let has_room = self.at_hub.len() + self.finishing.len() < LINES_PER_LIST_AT_ONCE;
            tokio::select! {
                () = results.closed() => return Err(Abandoned),
                () = stopping.cancelled() => return Err(Abandoned),
                Some((line, said)) = self.finishing.next() => self.give_out(line, said).await?,
                heard = tokio::time::timeout(SILENCE_MAX, answers.message()),
                    if !self.at_hub.is_empty() => self.hear(heard.unwrap_or(Ok(None))),
                place = reserve(to_hub.as_ref()), if has_room => match place {
                    Some(place) => self.feed(place).await,
                    // The hub ended the stream; why is read from the other direction.
                    None => match answers.message().await {
                        Err(status) => self.lose(code_of(&status)),
                        Ok(heard) => self.hear(Ok(heard)),
                    },
                },
            }
        }
    }

    /// Signs and sends the next line, if the case still stands.
    async fn feed(&mut self, place: mpsc::Permit<'_, v1::AskLine>) {
        if let Err(code) = self.check_case().await {
            self.end(code);
            return;
        }
        let Some(line) = self.ahead.pop_front() else {
            return;
        };
        match self.signed(line) {
            Ok((no, asked, ask)) => {
                let case = ask.case.clone().unwrap_or_default();
                let digests = Digests::of(&case, &ask.payload);
                let line = (Arc::new(asked), digests, Instant::now());
                self.at_hub.insert(no, line);
                place.send(v1::AskLine {
                    line: no,
                    ask: Some(ask),
                });
            }
            Err(code) => self.refuse(line, code),
        }
    }

    /// The case has not expired here, and is looked up again now and then.
    async fn check_case(&mut self) -> Result<(), RefusalCode> {
        if self.asker.clock.now() >= self.open.expires_at {
            return Err(RefusalCode::CaseNotOpen);
        }
        if self.looked_up.elapsed() >= CASE_HOLDS {
            let case = self.asker.look_up(&self.open.case_no).await?;
            self.list.roster.refresh(case);
            self.looked_up = Instant::now();
        }
        Ok(())
    }

    fn signed(&self, line: usize) -> Result<(u32, Asked, v1::AskRequest), RefusalCode> {
        let no = u32::try_from(line).map_err(|_| RefusalCode::CaseSubject)?;
        let case = self.list.roster.about(line)?;
        let (asker, open, flow) = (&self.asker, &self.open, &self.list.flow);
        let asked = question::compose(asker, open, &case, flow, &self.question)?;
        let approved = self.list.approved.as_ref();
        let approved = approved.map(|approved| (&*approved.sheet, &approved.signed, line));
        let ask = question::sign(asker, open, &case, flow, &asked, approved)?;
        Ok((no, asked, ask))
    }

    /// What came from the hub: a line's word, or the end of its stream.
    fn hear(&mut self, heard: Result<Option<v1::LineAnswer>, Status>) {
        let answer = match heard {
            Ok(Some(answer)) => answer,
            Ok(None) => return self.lose(RefusalCode::HubUnreachable),
            Err(status) => return self.lose(code_of(&status)),
        };
        let Some((asked, digests, signed_at)) = self.at_hub.remove(&answer.line) else {
            // A line that was not asked: nothing this hub says can be told apart any more.
            return self.lose(RefusalCode::HubReply);
        };
        // Every number here came from a `usize`.
        let line = usize::try_from(answer.line).unwrap_or(usize::MAX);
        let (asker, open) = (Arc::clone(&self.asker), Arc::clone(&self.open));
        let approved = self.list.approved.as_ref();
        let by = approved.map(|approved| approved.signed.by.clone());
        self.finishing.push(Box::pin(async move {
            let said = match answer.outcome {
                Some(v1::line_answer::Outcome::Answer(answer)) => {
                    let asked = (&*asked, &digests, by.as_ref());
                    told(&asker, &open, asked, answer, signed_at).await
                }
                Some(v1::line_answer::Outcome::Refusal(refusal))
                    if refusal.code.parse::<RefusalCode>().is_ok() =>
                {
                    Err(asker.refused_by_hub(&open, Box::new(refusal)).await)
                }
                Some(v1::line_answer::Outcome::Refusal(_)) | None => {
                    Err(refused(&asker, &open, RefusalCode::HubReply).await)
                }
            };
            (line, said)
        }));
    }

    /// The hub is lost: what it was asked stays unknown, and nothing more is asked.
    fn lose(&mut self, code: RefusalCode) {
        for (no, _) in std::mem::take(&mut self.at_hub) {
            self.refuse(usize::try_from(no).unwrap_or(usize::MAX), code);
        }
        self.end(code);
    }

    fn refuse(&mut self, line: usize, code: RefusalCode) {
        let (asker, open) = (Arc::clone(&self.asker), Arc::clone(&self.open));
        self.finishing.push(Box::pin(async move {
            (line, Err(refused(&asker, &open, code).await))
        }));
    }

    /// No further line is asked.
    fn end(&mut self, code: RefusalCode) {
        self.ended.get_or_insert(code);
        self.ahead.clear();
    }

    /// Hands a line to the reader; a slow one holds everything up, and one that takes nothing at
    /// all for too long has gone: it must not keep a place that others could have.
    async fn give_out(&mut self, line: usize, said: Said) -> Result<(), Abandoned> {
        match &said {
            Ok(answer) => {
                self.tally.answered += 1;
                let is_unknown = |lamp: Lamp| matches!(lamp, Lamp::NotKnown | Lamp::Refused);
                if answer.lamps.iter().any(|lamp| is_unknown(lamp.lamp)) {
                    self.tally.not_known += 1;
                }
            }
            Err(_) => self.tally.refused += 1,
        }
        let (answer, refusal) = match said {
            Ok(answer) => (Some(answer), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let listed = ListedLine {
            line,
            done: self.tally.answered + self.tally.refused,
            of: self.list.lines.len(),
            answer,
            refusal,
        };
        if let Some(table) = &mut self.table {
            table.add(&listed);
        }
        let event = ListEvent::Line(Box::new(listed));
        let stopping = self.asker.lists.stopping.clone();
        tokio::select! {
            given = self.results.send_timeout(event, LIST_IDLE_MAX) => given.map_err(|_| Abandoned),
            () = stopping.cancelled() => Err(Abandoned),
        }
    }

    /// The list's own entry, and the last word about it.
    async fn sum_up(self) {
        let (of, tally) = (self.list.lines.len(), self.tally);
        let not_asked = of.saturating_sub(tally.answered + tally.refused);
        let code = self.ended;
        let entry = ListEnded {
            case_no: self.open.case_no.clone(),
            flow: self.open.flow.to_string(),
            operator: self.open.operator.clone(),
            counter: self.open.counter.clone(),
            system: self.open.system.clone(),
            lines: of,
            answered: tally.answered,
            refused: tally.refused,
            not_known: tally.not_known,
            not_asked,
            because: code.map(|code| code.to_string()).unwrap_or_default(),
            table: self
                .table
                .as_ref()
                .map(|table| HEXLOWER.encode(&table.digest()))
                .unwrap_or_default(),
        };
        let counts = Counts {
            lines: of,
            answered: tally.answered,
            refused: tally.refused,
            not_asked,
        };
        let table = self.table.as_ref();
        let table = table.and_then(|table| table.signed(&self.asker, &self.open, &counts));
        let own = self.asker.book.write(Entry::ListEnded(entry)).await.ok();
        let summary = ListSummary {
            case_no: self.open.case_no.clone(),
            flow: self.open.flow.to_string(),
            of,
            answered: tally.answered,
            refused: tally.refused,
            not_known: tally.not_known,
            not_asked,
            elapsed_ms: millis(self.begun),
            ended: code.map(|code| self.asker.refusal(code, None)),
            own,
            table,
        };
        // Nobody may be there any more to hear it.
        let _ = self
            .results
            .send_timeout(ListEvent::Summary(Box::new(summary)), LIST_IDLE_MAX)
            .await;
    }
}

/// Opens the stream that the lines go up and their answers come down.
async fn connect(
    asker: &Asker,
) -> Result<(mpsc::Sender<v1::AskLine>, Streaming<v1::LineAnswer>), RefusalCode> {
    let (to_hub, lines) = mpsc::channel(1);
    let channel = asker.lists.uplink.channel();
    let mut client = BrokerClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let asking = client.ask_many(ReceiverStream::new(lines));
    match tokio::time::timeout(HELLO_WAIT, asking).await {
        Ok(Ok(answers)) => Ok((to_hub, answers.into_inner())),
        Ok(Err(status)) => Err(code_of(&status)),
        Err(_) => Err(RefusalCode::HubUnreachable),
    }
}

/// A place for the next line in the stream to the hub; none when the hub has ended it.
async fn reserve(
    to_hub: Option<&mpsc::Sender<v1::AskLine>>,
) -> Option<mpsc::Permit<'_, v1::AskLine>> {
    match to_hub {
        Some(to_hub) => to_hub.reserve().await.ok(),
        None => std::future::pending().await,
    }
}

/// The hub's answer, checked and on record, as a single question's.
async fn told(
    asker: &Asker,
    open: &OpenCase,
    (asked, digests, approver): (&Asked, &Digests, Option<&Approver>),
    answer: v1::Answer,
    signed_at: Instant,
) -> Said {
    let heard = Heard::of(asker, asked, digests, &answer);
    let mut view = match view::read(asker, asked, open, answer) {
        Ok(view) => view,
        Err(code) => return Err(refused(asker, open, code).await),
    };
    view.elapsed_ms = millis(signed_at);
    // In this center's own log before the local system hears anything.
    let entry = evidence(open, asked, approver, &view);
    match heard.record(asker, entry).await {
        Ok(own) => {
            view.receipts.own = Some(own);
            asker.metrics.sent("answered");
            Ok(view)
        }
        Err(_) => Err(refused(asker, open, RefusalCode::LocalAudit).await),
    }
}

async fn refused(asker: &Asker, open: &OpenCase, code: RefusalCode) -> RefusalView {
    let flow = open.flow.to_string();
    asker
        .refused(code, &open.case_no, &flow, &open.operator)
        .await
}

fn code_of(status: &Status) -> RefusalCode {
    wire::refusal::from_status(status).map_or(RefusalCode::HubUnreachable, |(code, _)| code)
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
