//! Troubles of a soak, one after the other, as a seed says: killed, hung, not to be reached.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use sandbox::black_hole::{BlackHole, Lost};
use sandbox::star::Star;
use sandbox::world::{Dice, Node};
use tokio::time::Instant;

use super::samples::Samples;

/// Quiet before the first trouble, and at least so long between two; at most three times.
const QUIET_MS: u64 = 3_000;

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Trouble {
    KillAgent,
    KillHub,
    #[default]
    HangAgent,
    HangHub,
    Partition,
}

const ALL: [Trouble; 5] = [
    Trouble::KillAgent,
    Trouble::KillHub,
    Trouble::HangAgent,
    Trouble::HangHub,
    Trouble::Partition,
];
/// Those that end no process.
const MILD: [Trouble; 3] = [Trouble::HangAgent, Trouble::HangHub, Trouble::Partition];

/// How often each happened.
#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<Trouble, usize>);

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "troubles: {:?}", self.0)
    }
}

/// Meets troubles until the time is over, and leaves everything well.
pub(super) async fn meet(
    star: &mut Star,
    hole: &BlackHole,
    samples: &Samples,
    (seed, may_kill): (u64, bool),
    until: Instant,
) -> anyhow::Result<Troubles> {
    let mut dice = Dice::new(seed, "troubles");
    let half = Instant::now() + (until - Instant::now()) / 2;
    let mut met = Troubles::default();
    loop {
        let quiet = Duration::from_millis(QUIET_MS + dice.below(2 * QUIET_MS));
        if Instant::now() + quiet >= until {
            tokio::time::sleep_until(until).await;
            return Ok(met);
        }
        tokio::time::sleep(quiet).await;
        let choices = if may_kill && Instant::now() < half {
            ALL.as_slice()
        } else {
            MILD.as_slice()
        };
        let trouble = dice.pick(choices);
        *met.0.entry(trouble).or_default() += 1;
        suffer(star, hole, samples, (trouble, &mut dice)).await?;
    }
}

async fn suffer(
    star: &mut Star,
    hole: &BlackHole,
    samples: &Samples,
    (trouble, dice): (Trouble, &mut Dice),
) -> anyhow::Result<()> {
    let mut lasts = |at_most: u64| {
        let lasts = Duration::from_millis(300 + dice.below(at_most));
        tokio::time::sleep(lasts)
    };
    match trouble {
        Trouble::KillAgent => {
            let pause = lasts(3_000);
            let node = any(dice);
            star.kill_agent(node)?;
            pause.await;
            star.start_agent(node).await?;
        }
        Trouble::KillHub => {
            star.kill_hub()?;
            lasts(2_000).await;
            star.start_hub().await?;
            star.wait_attached(&Node::ALL).await?;
        }
        Trouble::HangAgent => {
            let pause = lasts(8_000);
            let node = any(dice);
            star.freeze(node)?;
            pause.await;
            star.thaw(node)?;
        }
        Trouble::HangHub => {
            star.freeze_hub()?;
            lasts(3_000).await;
            star.thaw_hub()?;
        }
        Trouble::Partition => {
            hole.swallow(Lost::Both);
            lasts(7_000).await;
            hole.swallow(Lost::Nothing);
        }
    }
    samples.watch(star);
    Ok(())
}

fn any(dice: &mut Dice) -> Node {
    let nodes = Node::ALL.map(Some);
    dice.pick(&nodes).unwrap_or(Node::City)
}
