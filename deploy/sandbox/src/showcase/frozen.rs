//! The railway hangs: its process is stopped where it stands. Three centers answer and one is not
//! known; its breaker opens; nobody waits for it any more; once it runs again, it comes back by
//! itself.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::ShowError;
use super::show::{Show, Wants, everything, lamps_text};
use super::told::{Check, Line};
use crate::client::{Answer, Ask, CallError, Desk, OpenCase};
use crate::evidence::{LogBook, text};
use crate::star::until;
use crate::world::Node;

/// What the counter waits for an answer.
const DEADLINE_MS: u32 = 1_500;
/// An ask that is quicker than this has not waited for the railway: the hub would have waited out
/// the deadline.
const QUICK_MS: u64 = 1_000;
/// Asks at once.
const ASKS: usize = 3;
/// Rounds of asks after which the breaker must be open.
const ROUNDS_MAX: usize = 4;
/// Asks among which one finds the breaker open; one that comes as the probe waits for the deadline.
const QUICK_TRIES: usize = 3;
/// How long healing may take: the railway comes back, and the breaker's pause ends.
const HEAL_WAIT: Duration = Duration::from_secs(45);
/// Lamps of a center that spoke for itself.
const SPOKEN: [&str; 3] = ["answered", "no-hit", "nothing"];
/// Pause between asks while healing is waited for.
const HEAL_PAUSE: Duration = Duration::from_millis(800);
/// How long classes that nobody asks about may take to be back.
const QUIET_WAIT: Duration = Duration::from_secs(5);
const OPEN: u64 = 2;
const CLOSED: u64 = 0;

/// See the module.
pub(super) async fn railway(show: &mut Show<'_>) -> Line {
    let line = Line::new(
        "railway hangs",
        "铁路停摆：三家作答、一家不明；随后熔断，下一次提问不再等待；恢复后自行痊愈",
        "铁路 is stopped: three answers and one not known, then nobody waits for it, then it heals",
    );
    line.filled(async |line| {
        show.star.freeze(Node::Tielu)?;
        let seen = while_frozen(show, line).await;
        show.star.thaw(Node::Tielu)?;
        seen?;
        healed(show, line).await
    })
    .await
}

async fn while_frozen(show: &Show<'_>, line: &mut Line) -> Result<(), ShowError> {
    let (_, case) = Show::planted("S14")?;
    let (desk, open) = show.open(case).await?;
    let mut rounds = 0;
    while rounds < ROUNDS_MAX {
        let ask = Ask {
            deadline_ms: Some(DEADLINE_MS),
            ..everything(&open)
        };
        let asked = join_all((0..ASKS).map(|_| desk.ask(&ask))).await;
        rounds += 1;
        if rounds == 1 {
            for answer in asked {
                three_and_one(show, line, &answer?);
            }
        }
        if show.star.breaker(Node::Tielu).await? == OPEN {
            break;
        }
    }
    let log = LogBook::read(&show.star.home().hub_log())?;
    let changes = log.of_kind("breaker");
    let last = changes
        .filter(|(_, entry)| text(entry, "node") == Node::Tielu.id())
        .last();
    let on_record = last.map_or("nothing".to_owned(), |(index, entry)| {
        format!(
            "entry {index}, {}, because {}",
            text(entry, "to"),
            text(entry, "because")
        )
    });
    line.tell(format!(
        "after {} asks the hub's log has of the breaker: {on_record}",
        rounds * ASKS
    ));
    line.check(Check::same(
        "breaker of tielu",
        OPEN,
        show.star.breaker(Node::Tielu).await?,
    ));
    next_is_quick(show, line, &desk, &open).await
}

fn three_and_one(show: &Show<'_>, line: &mut Line, answer: &Answer) {
    if line.checks.is_empty() {
        show.tell_answer(line, answer);
    }
    let expected = "city answered, guoguan answered, tielu not-known, zhongzhi answered";
    line.check(Check::same("lamps", expected, lamps_text(answer)));
}

async fn next_is_quick(
    show: &Show<'_>,
    line: &mut Line,
    desk: &Desk,
    open: &OpenCase,
) -> Result<(), ShowError> {
    let ask = Ask {
        deadline_ms: Some(DEADLINE_MS),
        ..everything(open)
    };
    let mut answer = desk.ask(&ask).await?;
    for _ in 1..QUICK_TRIES {
        if code_of(&answer) == "TS-NODE-BREAKER" {
            break;
        }
        answer = desk.ask(&ask).await?;
    }
    line.tell("the next ask:");
    show.tell_answer(line, &answer);
    line.check(Check::same("tielu", "TS-NODE-BREAKER", code_of(&answer)));
    line.check(Check::that(
        "the next ask does not wait",
        format!("less than {QUICK_MS} ms of {DEADLINE_MS} ms"),
        format!("{} ms", answer.elapsed_ms),
        answer.elapsed_ms < QUICK_MS,
    ));
    Ok(())
}

async fn healed(show: &Show<'_>, line: &mut Line) -> Result<(), ShowError> {
    let (_, case) = Show::planted("S11")?;
    let (desk, open) = show.open(case).await?;
    let wants: Wants = BTreeMap::from([("04".to_owned(), vec!["grzhzt".to_owned()])]);
    let ask = Ask {
        deadline_ms: Some(DEADLINE_MS),
        wants: Some(wants),
        ..everything(&open)
    };
    let mut asks = 0;
    let healed = until(HEAL_WAIT, async || {
        tokio::time::sleep(HEAL_PAUSE).await;
        asks += 1;
        match desk.ask(&ask).await {
            Ok(answer) => {
                let lamp = answer.lamp(Node::Tielu.id()).map(|lamp| lamp.lamp.clone());
                let is_back = lamp.is_some_and(|lamp| SPOKEN.contains(&lamp.as_str()));
                is_back.then_some(Ok::<_, CallError>(answer))
            }
            Err(error) => Some(Err(error)),
        }
    });
    let answer = healed
        .await
        .ok_or(ShowError::Late("the railway does not heal"))??;
    line.tell(format!(
        "started again; {asks} asks later: {}",
        lamps_text(&answer)
    ));
    // The classes that nobody asked about are back by the agent's own word.
    let closed = until(QUIET_WAIT, async || {
        let breaker = show.star.breaker(Node::Tielu).await;
        breaker.is_ok_and(|state| state == CLOSED).then_some(())
    });
    let _ = closed.await;
    line.check(Check::same(
        "breaker of tielu",
        CLOSED,
        show.star.breaker(Node::Tielu).await?,
    ));
    Ok(())
}

fn code_of(answer: &Answer) -> String {
    let lamp = answer.lamp(Node::Tielu.id());
    let code = lamp.and_then(|lamp| lamp.classes.iter().find_map(|class| class.code.clone()));
    code.unwrap_or_else(|| "none".to_owned())
}
