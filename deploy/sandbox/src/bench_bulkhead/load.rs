//! Two streams of questions that go on whether or not they are answered: to three centers, and to
//! all four.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use catalog::{Catalog, ItemNo, Subject};
use sandbox::rogue::{Forgery, Thief};
use sandbox::star::Star;
use sandbox::world::{Node, sample};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tonic::transport::Channel;
use wire::v1::broker_client::BrokerClient;
use wire::{Clock as _, SystemClock, v1};

use super::SICK;

/// Who asks, and whom the questions to three centers name.
const ASKER: Node = Node::City;
const OTHERS: [Node; 3] = [Node::City, Node::Zhongzhi, Node::Tielu];
/// Connections; each carries many questions.
const CONNECTIONS: u32 = 4;

/// How often is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    /// Of the other three, a second.
    pub(super) others: u32,
    /// Of all four, a second.
    pub(super) all: u32,
    /// What the callers of all four wait.
    pub(super) deadline_ms: u32,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    Others,
    All,
}

/// What became of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// Every center that was asked has answered.
    Whole,
    /// Every center but the sick one; whether it was asked at all.
    Without { asked: bool },
    /// Another center's answer is missing.
    Incomplete,
    /// It was refused with this code.
    Refused(String),
    /// There was no word.
    Broken,
}

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) whom: Whom,
    pub(super) begun: Instant,
    pub(super) took: Duration,
    pub(super) word: Word,
}

/// Questions under way until [`Load::end`].
#[derive(Debug)]
pub(super) struct Load {
    shared: Arc<Shared>,
    streams: JoinSet<()>,
    /// Whether all four are asked now.
    asks_all: watch::Sender<bool>,
    ended: watch::Sender<bool>,
}

struct Shared {
    thief: Thief,
    brokers: Vec<BrokerClient<Channel>>,
    subject: Subject,
    account: Vec<ItemNo>,
    loan: Vec<ItemNo>,
    deadline_ms: u32,
    nth: AtomicU32,
    heard: Mutex<Vec<Asked>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(..)")
    }
}

impl Load {
    /// Begins to ask.
    pub(super) async fn begin(star: &Star, rates: Rates) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::connect(star, rates).await?);
        let (asks_all, asking) = watch::channel(true);
        let ended = watch::Sender::new(false);
        let mut streams = JoinSet::new();
        for (whom, rate) in [(Whom::Others, rates.others), (Whom::All, rates.all)] {
            let stream = stream(Arc::clone(&shared), whom, rate.max(1), asking.clone());
            let mut end = ended.subscribe();
            streams.spawn(async move {
                tokio::select! {
                    () = stream => {}
                    // The sender lives as long as this.
                    _ = end.wait_for(|ended| *ended) => {}
                }
            });
        }
        Ok(Self {
            shared,
            streams,
            asks_all,
            ended,
        })
    }

    /// Whether questions to all four are asked from now on.
    pub(super) fn ask_all(&self, asks: bool) {
        self.asks_all.send_replace(asks);
    }

    /// What was heard of questions asked since this moment.
    pub(super) fn heard_since(&self, from: Instant) -> Vec<Asked> {
        let heard = self.shared.heard.lock();
        let heard = heard.unwrap_or_else(PoisonError::into_inner);
        let latest = heard.iter().rev();
        // In the order in which they ended: one that was slow stands a little later.
        let latest = latest.take_while(|asked| asked.begun + asked.took >= from);
        latest
            .filter(|asked| asked.begun >= from)
            .cloned()
            .collect()
    }

    /// Ends, and gives everything that was heard.
    pub(super) async fn end(mut self) -> Vec<Asked> {
        self.ended.send_replace(true);
        while self.streams.join_next().await.is_some() {}
        // Those under way are not waited for: they belong to no phase.
        let heard = self.shared.heard.lock();
        heard.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn stream(shared: Arc<Shared>, whom: Whom, rate: u32, mut asks_all: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    loop {
        tick.tick().await;
        if whom == Whom::All && !*asks_all.borrow_and_update() {
            // What was not asked meanwhile is not made up for.
            if asks_all.wait_for(|asks| *asks).await.is_err() {
                return;
            }
            tick.reset();
        }
        let shared = Arc::clone(&shared);
        under_way.spawn(async move { shared.ask(whom).await });
        while under_way.try_join_next().is_some() {}
    }
}

impl Shared {
    async fn connect(star: &Star, rates: Rates) -> anyhow::Result<Self> {
        let thief = Thief::robbing(star.home(), ASKER)?;
        let mut brokers = Vec::new();
        for _ in 0..CONNECTIONS {
            brokers.push(thief.broker().await?);
        }
        let sample = sample("S1").context("S1 is planted")?;
        let party = sample.cases.first().and_then(|case| case.parties.first());
        let subject = party.and_then(|party| party.subject().ok());
        let catalog = Catalog::builtin()?;
        let items = |name: &str| {
            let item = catalog.item_named(name).map(|item| item.no);
            item.map(|item| vec![item]).context("the catalog has it")
        };
        Ok(Self {
            thief,
            brokers,
            subject: subject.context("S1 has a party")?,
            account: items("04.grzhzt")?,
            loan: items("10.dkzt")?,
            deadline_ms: rates.deadline_ms,
            nth: AtomicU32::new(0),
            heard: Mutex::default(),
        })
    }

    /// Asks once and keeps what was heard.
    async fn ask(&self, whom: Whom) {
        let nth = self.nth.fetch_add(1, Ordering::Relaxed);
        let at = usize::try_from(nth % CONNECTIONS).unwrap_or(0);
        let (Some(request), Some(mut broker)) =
            (self.request(whom, nth), self.brokers.get(at).cloned())
        else {
            return;
        };
        let begun = Instant::now();
        let word = match broker.ask(request).await {
            Ok(answer) => word(&answer.into_inner()),
            Err(status) => match wire::refusal::from_status(&status) {
                Some((code, _)) => Word::Refused(code.to_string()),
                None => Word::Broken,
            },
        };
        let asked = Asked {
            whom,
            begun,
            took: begun.elapsed(),
            word,
        };
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(asked);
    }

    /// A new question about a case of its own.
    fn request(&self, whom: Whom, nth: u32) -> Option<v1::AskRequest> {
        let (flow, matter, wants, centers): (_, _, _, &[Node]) = match whom {
            Whom::Others => ("F24", "32", &self.loan, &OTHERS),
            Whom::All => ("F05", "02", &self.account, &[]),
        };
        let forged = Forgery {
            flow: flow.into(),
            matter: matter.into(),
            case_no: format!("BENCH-{nth}"),
            operator: format!("b{}", nth % 200),
            parties: vec![self.subject.clone()],
            subject: self.subject.clone(),
            wants: wants.clone(),
            use_no: 1,
            now: SystemClock.now(),
        };
        let mut request = self.thief.request_at(&forged, centers).ok()?;
        if whom == Whom::All {
            request.deadline_ms = self.deadline_ms;
        }
        Some(request)
    }
}

fn word(answer: &v1::Answer) -> Word {
    let is_silent = |class: &v1::ClassReply| {
        matches!(
            class.outcome(),
            v1::Outcome::Unspecified | v1::Outcome::Unavailable | v1::Outcome::Refused
        )
    };
    let mut without = None;
    for node in &answer.nodes {
        let Some(silent) = node.classes.iter().find(|class| is_silent(class)) else {
            continue;
        };
        if node.node != SICK.id() {
            return Word::Incomplete;
        }
        let not_asked = ["TS-NODE-BREAKER", "TS-NODE-DOWN"];
        let asked = !not_asked.contains(&silent.code.as_str());
        without = Some(Word::Without { asked });
    }
    without.unwrap_or(Word::Whole)
}
