//! The hub is killed while questions are under way, and started again: whatever anybody holds a
//! receipt for is there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audit::Receipt;
use tokio::task::JoinSet;

use super::ShowError;
use super::show::{Show, everything, lamps_text};
use super::told::{Check, Line};
use crate::client::Desk;
use crate::evidence::{self, LogBook, honours};
use crate::star::{Star, until};
use crate::world::{Node, samples};

/// Counters that ask at once.
const CLERKS: usize = 8;
/// Answers in hand before the hub is killed.
const ANSWERS_MIN: usize = 60;
/// How long to wait for them.
const LOAD_WAIT: Duration = Duration::from_secs(30);
/// How long the clerks may take to notice that the hub is gone.
const NOTICE_WAIT: Duration = Duration::from_secs(30);
/// Ordinary cases that each center has at most.
const CASES_MAX: u32 = 120;

/// What the clerks hold.
#[derive(Debug, Default)]
struct Held {
    hub: Mutex<Vec<Receipt>>,
    own: Mutex<BTreeMap<Node, Vec<Receipt>>>,
    stop: AtomicBool,
}

/// See the module.
pub(super) async fn hub_killed(show: &mut Show<'_>) -> Line {
    let line = Line::new(
        "hub killed",
        "枢纽在负载下被 SIGKILL 强行终止并重启：已交出的凭证一条不少，日志验证通过",
        "the hub is killed with SIGKILL under load: every receipt handed out is still in the log",
    );
    line.filled(async |line| {
        let held = Arc::new(Held::default());
        let mut clerks = load(show.star, &held)?;
        let enough = until(LOAD_WAIT, async || {
            (held.hub().len() >= 2 * ANSWERS_MIN).then_some(())
        });
        let enough = enough.await;
        show.star.kill_hub()?;
        let noticed = tokio::time::timeout(NOTICE_WAIT, async {
            while clerks.join_next().await.is_some() {}
        });
        if noticed.await.is_err() {
            held.stop.store(true, Ordering::Relaxed);
        }
        clerks.shutdown().await;
        show.star.start_hub().await?;
        show.star.wait_attached(&Node::ALL).await?;
        enough.ok_or(ShowError::Late("too few answers before the kill"))?;
        compare(show, line, &held)?;
        asks_again(show, line).await
    })
    .await
}

fn load(star: &Star, held: &Arc<Held>) -> Result<JoinSet<()>, ShowError> {
    let mut clerks = JoinSet::new();
    let year = star.home().today().year();
    for clerk in 0..CLERKS {
        let Some(node) = Node::ALL.into_iter().cycle().nth(clerk) else {
            continue;
        };
        let desk = star.desk(node, &format!("load-{clerk}"))?;
        let half = u32::from(clerk >= Node::ALL.len());
        let cases: Vec<String> = (1..=CASES_MAX)
            .filter(|order| order % 2 == half)
            .map(|order| format!("{}{year}{order:06}", node.prefix()))
            .chain(planted_at(node))
            .collect();
        clerks.spawn(ask_all(desk, node, cases, Arc::clone(held)));
    }
    Ok(clerks)
}

/// Planted cases for account opening at a center, for a world that is too small for many ordinary
/// ones.
fn planted_at(node: Node) -> impl Iterator<Item = String> {
    let cases = samples().iter().flat_map(|sample| sample.cases);
    cases
        .filter(move |case| case.node == node && case.flow == "F05")
        .map(|c| c.case_no.to_owned())
}

/// Asks from one case after the other until the hub is gone.
async fn ask_all(desk: Desk, node: Node, cases: Vec<String>, held: Arc<Held>) {
    for case_no in cases {
        // Most ordinary cases are of another matter; the agent says so.
        let Ok(open) = desk.open(&case_no, "F05").await else {
            continue;
        };
        let ask = everything(&open);
        for _ in 0..open.asks_left {
            if held.stop.load(Ordering::Relaxed) {
                return;
            }
            match desk.ask(&ask).await {
                Ok(answer) => held.take(node, &answer),
                Err(error) => match error.refusal().map(|refusal| refusal.turn.as_str()) {
                    // The hub, or its way, is gone.
                    Some("hub") | None => return,
                    Some(_) => break,
                },
            }
        }
    }
}

impl Held {
    fn hub(&self) -> std::sync::MutexGuard<'_, Vec<Receipt>> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, node: Node, answer: &crate::client::Answer) {
        self.hub().extend(answer.hub_receipts());
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.entry(node)
            .or_default()
            .push(answer.receipts.own.clone());
    }
}

fn compare(show: &Show<'_>, line: &mut Line, held: &Held) -> Result<(), ShowError> {
    let home = show.star.home();
    let receipts = held.hub();
    let verified = honours(&home.hub_log(), &receipts)?;
    std::fs::write(home.receipts(), evidence::as_lines(&receipts))?;
    line.tell(format!(
        "to check again: tianshu audit verify {} --receipts {}",
        home.hub_log().display(),
        home.receipts().display()
    ));
    line.tell(format!(
        "{} answers were in hand when the hub was killed; its log has {} entries now",
        receipts.len() / 2,
        verified.entries
    ));
    line.check(Check::that(
        "receipts still honoured by the hub's log",
        format!("{} of {}", receipts.len(), receipts.len()),
        format!("{} of {}, log verified", receipts.len(), receipts.len()),
        receipts.len() >= 2 * ANSWERS_MIN,
    ));
    let own = held.own.lock().unwrap_or_else(PoisonError::into_inner);
    for (node, receipts) in own.iter() {
        honours(&home.agent_log(*node), receipts)?;
        line.tell(format!(
            "{}'s own log honours its {} receipts",
            node.id(),
            receipts.len()
        ));
    }
    let log = LogBook::read(&home.hub_log())?;
    line.tell(format!(
        "{} questions were cut off; the restart closed them on record",
        log.of_kind("abandoned").count()
    ));
    line.check(Check::same(
        "decisions without an outcome",
        0,
        log.open_decisions().len(),
    ));
    line.check(Check::same(
        "starts on record",
        2,
        log.of_kind("started").count(),
    ));
    Ok(())
}

async fn asks_again(show: &Show<'_>, line: &mut Line) -> Result<(), ShowError> {
    let (_, case) = Show::planted("S9")?;
    let (desk, open) = show.open(case).await?;
    let mut ask = everything(&open);
    ask.wants = Some(BTreeMap::from([(
        "04".to_owned(),
        vec!["grzhzt".to_owned()],
    )]));
    let answer = desk.ask(&ask).await?;
    let is_known = answer.lamps.iter().all(|lamp| lamp.lamp != "not-known");
    line.check(Check::that(
        "asking goes on",
        "no lamp is not known",
        lamps_text(&answer),
        is_known,
    ));
    Ok(())
}
