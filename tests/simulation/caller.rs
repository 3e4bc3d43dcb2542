//! The asking side of one node: questions at its counters, each over the network to the hub's door
//! and back; some put twice, some given up early, some as lists.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::{Request, Status};
use wire::refusal::from_status;
use wire::v1::broker_server::Broker as _;
use wire::{Clock as _, v1};

use super::agent::{encode, request};
use super::chance::{Chance, Shared};
use super::ground::identity;
use super::history::{Ending, Event, History};
use super::hub::{Host, Life, WallClock};
use super::network::Path;
use super::question::{self, Asked};

/// Longest wait of a caller: the longest deadline of what is asked here, and a reserve.
const PATIENCE: Duration = Duration::from_secs(12);
/// After which a question is put once more, where it is.
const AGAIN_AFTER: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(40),
    Duration::from_secs(2),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(100),
];
/// Questions that a counter puts at once when it is flooded, all of one operator.
const FLOOD: u64 = 50;

/// The asking side of one node.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) node: &'static str,
    pub(super) clock: Arc<WallClock>,
    pub(super) path: Arc<Path>,
    pub(super) host: Arc<Host>,
    pub(super) history: Arc<History>,
    pub(super) chance: Shared,
    pub(super) tasks: TaskTracker,
    /// Told when nothing more is put, not even once more.
    pub(super) quiet: CancellationToken,
    /// Numbers the calls of the whole star.
    pub(super) calls: Arc<AtomicU64>,
}

/// What a node does next at its counters.
enum Next {
    Single(Arc<Asked>, Vec<Duration>),
    List(Vec<Arc<Asked>>),
}

impl Caller {
    /// Asks until told to stop.
    pub(super) async fn work(self: Arc<Self>, end: CancellationToken, gap: (u64, u64)) {
        loop {
            let pause = self.chance.draw(|chance| chance.ms(gap.0, gap.1));
            tokio::select! {
                biased;
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            let next = self.chance.draw(|chance| self.next(chance));
            match next {
                Next::Single(asked, again) => {
                    self.sign(&asked);
                    for after in again {
                        let (caller, asked) = (Arc::clone(&self), Arc::clone(&asked));
                        self.tasks.spawn(async move {
                            tokio::time::sleep(after).await;
                            if !caller.quiet.is_cancelled() {
                                caller.call(&asked).await;
                            }
                        });
                    }
                }
                Next::List(lines) => {
                    for line in &lines {
                        self.sign(line);
                    }
                    let caller = Arc::clone(&self);
                    self.tasks
                        .spawn(async move { caller.call_list(lines).await });
                }
            }
        }
    }

    fn next(&self, chance: &mut Chance) -> Next {
        let now = self.clock.now();
        if chance.percent(4) {
            let lines = u32::try_from(2 + chance.below(10)).expect("is small");
            let lines = question::list(self.node, now, lines, chance);
            return Next::List(lines.into_iter().map(Arc::new).collect());
        }
        let asked = question::single(self.node, now, chance);
        let mut again = vec![Duration::ZERO];
        if chance.percent(15) {
            again.push(*chance.pick(&AGAIN_AFTER));
        }
        Next::Single(Arc::new(asked), again)
    }

    /// Many questions at once.
    pub(super) fn flood(self: &Arc<Self>) {
        for _ in 0..FLOOD {
            let now = self.clock.now();
            let asked = self
                .chance
                .draw(|chance| question::flooding(self.node, now, chance));
            self.sign(&asked);
            let caller = Arc::clone(self);
            self.tasks.spawn(async move { caller.call(&asked).await });
        }
    }

    fn sign(&self, asked: &Asked) {
        self.history.note(Event::Signed(Box::new(asked.clone())));
    }

    /// A question with nothing wrong with it, put once; how it ended, if anything came back.
    pub(super) async fn put_plain(&self) -> Option<Ending> {
        let now = self.clock.now();
        let asked = self
            .chance
            .draw(|chance| question::plain(self.node, now, chance));
        self.sign(&asked);
        self.call_within(&asked, PATIENCE).await
    }

    async fn call(&self, asked: &Asked) {
        let patience = self.chance.draw(|chance| {
            if chance.percent(4) {
                chance.ms(5, 900)
            } else {
                PATIENCE
            }
        });
        self.call_within(asked, patience).await;
    }

    async fn call_within(&self, asked: &Asked, patience: Duration) -> Option<Ending> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let ends = self.path.ends();
        let put = tokio::time::timeout(patience, self.put(call, asked));
        let heard = tokio::select! {
            biased;
            () = ends.at_node.cancelled() => Err("cut"),
            put = put => put.unwrap_or(Err("gave up")),
        };
        self.heard(call, heard)
    }

    fn heard(&self, call: u64, heard: Result<Ending, &'static str>) -> Option<Ending> {
        match heard {
            Ok(ending) => {
                let told = ending.clone();
                self.history.note(Event::Told { call, ending: told });
                Some(ending)
            }
            Err(because) => {
                self.history.note(Event::Lost { call, because });
                None
            }
        }
    }

    async fn put(&self, call: u64, asked: &Asked) -> Result<Ending, &'static str> {
        self.path.carry().await;
        let life = self.host.life().ok_or("no hub")?;
        self.arrived(call, asked, &life);
        let mut request = Request::new(asked.request.clone());
        request.extensions_mut().insert(identity(self.node));
        let answered = tokio::select! {
            biased;
            () = life.dead.cancelled() => return Err("the hub is gone"),
            answered = life.ask.ask(request) => answered,
        };
        let ending = match answered {
            Ok(answer) => Ending::Answer(Box::new(answer.into_inner())),
            Err(status) => refusal(&status),
        };
        self.left(call, asked, &ending);
        // What is on its way arrives even if the hub dies now.
        self.path.carry().await;
        Ok(ending)
    }

    fn arrived(&self, call: u64, asked: &Asked, life: &Life) {
        let (nonce, life) = (asked.nonce.clone(), life.number);
        self.history.note(Event::Arrived { call, nonce, life });
    }

    fn left(&self, call: u64, asked: &Asked, ending: &Ending) {
        self.history.note(Event::Left {
            call,
            nonce: asked.nonce.clone(),
            ending: ending.clone(),
            durable: self.host.disk.durable_count(),
        });
    }

    /// The lines of a list over one stream. Each line is a call of its own.
    async fn call_list(&self, lines: Vec<Arc<Asked>>) {
        let first = self.calls.fetch_add(lines.len() as u64, Ordering::SeqCst);
        let mut open: Vec<Option<Arc<Asked>>> = lines.iter().cloned().map(Some).collect();
        let ends = self.path.ends();
        let patience = self.chance.draw(|chance| {
            if chance.percent(20) {
                chance.ms(20, 900)
            } else {
                PATIENCE * 8
            }
        });
        let listed = tokio::time::timeout(patience, self.put_list(first, &lines, &mut open));
        let because = tokio::select! {
            biased;
            () = ends.at_node.cancelled() => "cut",
            listed = listed => listed.unwrap_or("gave up"),
        };
        for (call, _) in (first..).zip(&open).filter(|(_, line)| line.is_some()) {
            self.history.note(Event::Lost { call, because });
        }
    }

    /// Ends with the reason for which no more comes.
    async fn put_list(
        &self,
        first: u64,
        lines: &[Arc<Asked>],
        open: &mut [Option<Arc<Asked>>],
    ) -> &'static str {
        self.path.carry().await;
        let Some(life) = self.host.life() else {
            return "no hub";
        };
        for (call, asked) in (first..).zip(lines) {
            self.arrived(call, asked, &life);
        }
        let (body, frames) = mpsc::channel(1);
        let sent: Vec<_> = (0..)
            .zip(lines)
            .map(|(line, asked)| {
                encode(&v1::AskLine {
                    line,
                    ask: Some(asked.request.clone()),
                })
            })
            .collect();
        let (path, dead) = (Arc::clone(&self.path), life.dead.clone());
        self.tasks.spawn(async move {
            for line in sent {
                path.carry().await;
                if dead.is_cancelled() || body.send(Ok(Frame::data(line))).await.is_err() {
                    return;
                }
            }
        });
        let begun = tokio::select! {
            biased;
            () = life.dead.cancelled() => return "the hub is gone",
            begun = life.ask.ask_many(request(self.node, ReceiverStream::new(frames))) => begun,
        };
        let Ok(response) = begun else {
            return "the list was refused";
        };
        let mut answers = response.into_inner();
        loop {
            let answer = tokio::select! {
                biased;
                () = life.dead.cancelled() => return "the hub is gone",
                answer = answers.next() => answer,
            };
            let Some(Ok(answer)) = answer else {
                return "the list ended";
            };
            self.line_told(first, &answer, open).await;
        }
    }

    async fn line_told(
        &self,
        first: u64,
        answer: &v1::LineAnswer,
        open: &mut [Option<Arc<Asked>>],
    ) {
        let line = usize::try_from(answer.line).expect("fits");
        let Some(asked) = open[line].take() else {
            return;
        };
        let ending = match &answer.outcome {
            Some(v1::line_answer::Outcome::Answer(answer)) => {
                Ending::Answer(Box::new(answer.clone()))
            }
            Some(v1::line_answer::Outcome::Refusal(refused)) => of_refusal(refused),
            None => return,
        };
        let call = first + u64::from(answer.line);
        self.left(call, &asked, &ending);
        self.path.carry().await;
        self.heard(call, Ok(ending));
    }
}

fn refusal(status: &Status) -> Ending {
    match from_status(status) {
        Some((_, refused)) => of_refusal(&refused),
        None => Ending::Refusal {
            code: format!("no refusal: {:?}", status.code()),
            query: String::new(),
            receipt: None,
        },
    }
}

fn of_refusal(refused: &v1::Refusal) -> Ending {
    Ending::Refusal {
        code: refused.code.clone(),
        query: refused.query_id.clone(),
        receipt: refused.receipt.clone(),
    }
}
