//! Callers of a bench: they ask past an agent, with its keys, each time about a case of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use catalog::{Catalog, ItemNo, Subject};
use sandbox::rogue::{Forgery, Thief};
use sandbox::star::Star;
use sandbox::world::{Node, sample};
use tokio::time::Instant;
use tonic::transport::Channel;
use wire::v1::broker_client::BrokerClient;
use wire::{Clock as _, SystemClock, v1};

/// Connections; each carries many questions.
const CONNECTIONS: usize = 4;
/// A statement is used again after a refusal, which has used up nothing, while it is so young.
const STATEMENT_LIFE: Duration = Duration::from_secs(30);
/// Statements kept for that.
const KEPT_MAX: usize = 20_000;

/// What became of one question.
#[derive(Debug)]
pub(super) enum Word {
    /// It was answered after this time.
    Answered(Duration),
    /// It was refused with this code.
    Refused(String),
    /// There was no word.
    Broken,
}

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    times: Vec<Duration>,
    codes: BTreeMap<String, usize>,
    broken: usize,
}

impl Heard {
    pub(super) fn add(&mut self, word: Word) {
        match word {
            Word::Answered(took) => self.times.push(took),
            Word::Refused(code) => *self.codes.entry(code).or_default() += 1,
            Word::Broken => self.broken += 1,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.times.extend(other.times);
        self.broken += other.broken;
        for (code, count) in other.codes {
            *self.codes.entry(code).or_default() += count;
        }
    }

    pub(super) fn answered(&self) -> usize {
        self.times.len()
    }

    pub(super) fn refused(&self) -> usize {
        self.codes.values().sum()
    }

    pub(super) fn broken(&self) -> usize {
        self.broken
    }

    pub(super) fn codes(&self) -> &BTreeMap<String, usize> {
        &self.codes
    }

    /// How long an answer took, by percent.
    pub(super) fn at(&self, percent: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        let took = times.get(at).copied().unwrap_or_default();
        Duration::from_micros(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
    }
}

/// The callers; cheap to clone.
#[derive(Clone)]
pub(super) struct Callers(Arc<Shared>);

struct Shared {
    thief: Thief,
    brokers: Vec<BrokerClient<Channel>>,
    subject: Subject,
    wants: Vec<ItemNo>,
    nth: AtomicU32,
    /// Statements that were refused for want of room.
    kept: Mutex<Vec<(v1::AskRequest, Instant)>>,
}

impl Callers {
    pub(super) async fn connect(star: &Star) -> anyhow::Result<Self> {
        let thief = Thief::robbing(star.home(), Node::Guoguan)?;
        let mut brokers = Vec::new();
        for _ in 0..CONNECTIONS {
            brokers.push(thief.broker().await?);
        }
        let sample = sample("S1").context("S1 is planted")?;
        let party = sample.cases.first().and_then(|case| case.parties.first());
        let subject = party.and_then(|party| party.subject().ok());
        let item = Catalog::builtin()?
            .item_named("04.grzhzt")
            .map(|item| item.no);
        Ok(Self(Arc::new(Shared {
            thief,
            brokers,
            subject: subject.context("S1 has a party")?,
            wants: vec![item.context("the catalog has it")?],
            nth: AtomicU32::new(0),
            kept: Mutex::default(),
        })))
    }

    /// Asks once.
    pub(super) async fn ask(&self) -> Word {
        let shared = &self.0;
        let nth = shared.nth.fetch_add(1, Ordering::Relaxed);
        let Some((request, signed)) = self.statement(nth) else {
            return Word::Broken;
        };
        let at = usize::try_from(nth).unwrap_or(0) % shared.brokers.len();
        let Some(mut broker) = shared.brokers.get(at).cloned() else {
            return Word::Broken;
        };
        let begun = Instant::now();
        let Err(status) = broker.ask(request.clone()).await else {
            return Word::Answered(begun.elapsed());
        };
        let Some((code, _)) = wire::refusal::from_status(&status) else {
            return Word::Broken;
        };
        let mut kept = self.kept();
        if kept.len() < KEPT_MAX {
            kept.push((request, signed));
        }
        Word::Refused(code.to_string())
    }

    /// One that was refused before, or a new one.
    fn statement(&self, nth: u32) -> Option<(v1::AskRequest, Instant)> {
        let again = self.kept().pop();
        if let Some((request, signed)) = again
            && signed.elapsed() < STATEMENT_LIFE
        {
            return Some((request, signed));
        }
        let shared = &self.0;
        let request = shared.thief.request(&Forgery {
            flow: "F05".into(),
            matter: "02".into(),
            case_no: format!("BENCH-{nth}"),
            operator: format!("b{}", nth % 200),
            parties: vec![shared.subject.clone()],
            subject: shared.subject.clone(),
            wants: shared.wants.clone(),
            use_no: 1,
            now: SystemClock.now(),
        });
        Some((request.ok()?, Instant::now()))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<(v1::AskRequest, Instant)>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
