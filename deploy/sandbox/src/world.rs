//! The sample world: four centers with their own local systems, filled from a seed, with the sample
//! cases planted under known numbers. Making it refuses real persons, the clock and the network:
//! everything follows from its arguments. What it made can then be put on database servers.

mod accounts;
mod calendar;
mod cases;
mod employers;
mod events;
mod facts;
pub mod fault;
mod life;
mod node;
mod people;
mod planted;
mod random;
mod registers;
mod samples;
pub mod servers;
mod store;
mod window;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use time::Date;

pub use node::Node;
pub use planted::closing::{CLOSING_CASE, CLOSING_EMPLOYER};
pub use planted::curious::{CURIOUS_CASES, CURIOUS_OPERATOR};
pub use planted::named::{LOAN_CHANGE_CASE, MOVE_CASE, NAMED_PARTIES, PAYOFF_CASE};
pub use planted::rosters::{
    BASES_CASE, BASES_HITS, BASES_LINES, ROSTER_CASE, ROSTER_HIT_EVERY, ROSTER_LINES,
    ROSTER_SEALED_LINE,
};
pub use planted::strangers::{HOUSE_CASE, HOUSE_CONTRACT, HOUSE_UNIT, PENDING_CASE};
pub use planted::tasks::{SCAN_CASE, SCAN_LINES, WATCH_CASE, WATCH_LINES};
pub use random::Dice;
pub use registers::Registers;
pub(crate) use registers::{Contract, Registration};
pub use samples::{
    CLOSED_CASE, Expected, ExpectedRow, NO_CONSENT_CASE, Sample, SampleCase, SampleSubject, Wanted,
    sample, samples,
};
pub(crate) use store::database as store_of;
pub(crate) use window::Window;

/// How many people the demo's world has.
pub const DEFAULT_PEOPLE: u32 = 20_000;
/// More people than this do not fit into the number ranges of the sample world.
pub const PEOPLE_MAX: u32 = 1_000_000;

/// Home folders of the four centers; a center's data go into `data/` within.
#[derive(Debug, Clone)]
pub struct WorldPaths {
    homes: [(Node, PathBuf); 4],
}

impl WorldPaths {
    /// The folders `city`, `zhongzhi`, `guoguan` and `tielu` within `home`.
    pub fn under(home: &Path) -> Self {
        Self {
            homes: Node::ALL.map(|node| (node, home.join(node.id()))),
        }
    }

    /// The home folder of one center.
    pub fn home(&self, node: Node) -> &Path {
        let [city, zhongzhi, guoguan, tielu] = &self.homes;
        match node {
            Node::City => &city.1,
            Node::Zhongzhi => &zhongzhi.1,
            Node::Guoguan => &guoguan.1,
            Node::Tielu => &tielu.1,
        }
    }
}

/// What a generated world holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldSummary {
    /// People, the planted ones included.
    pub people: usize,
    /// Employers.
    pub employers: usize,
    /// Personal accounts.
    pub accounts: usize,
    /// Contribution rows.
    pub contributions: usize,
    /// Withdrawals.
    pub withdrawals: usize,
    /// Loans.
    pub loans: usize,
    /// Transfer letters.
    pub transfers: usize,
    /// Restrictions.
    pub restrictions: usize,
    /// Business cases, open and closed.
    pub cases: usize,
    /// Rows and lines written at each center.
    pub rows: Vec<(Node, u64)>,
}

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// More people than the number ranges hold.
    #[error("`{people}` people are more than the sample world has numbers for ({PEOPLE_MAX})")]
    TooManyPeople {
        /// How many were asked for.
        people: u32,
    },
    /// A local database could not be written.
    #[error("cannot write the database `{}`", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What it said.
        source: sqlx::Error,
    },
    /// A file or folder could not be read or written.
    #[error("cannot use the file `{}`", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What a fault should be put into is not there.
    #[error("nothing to change in `{}`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The thread that fills one center ended early.
    #[error("the writer of center `{}` stopped", node.id())]
    WriterStopped {
        /// The center.
        node: Node,
    },
}

/// What is so in the world, before any system writes it down.
fn facts(
    seed: u64,
    people: u32,
    as_of: Date,
    on_progress: &mut dyn FnMut(&str, u64, u64),
) -> facts::Facts {
    let mut facts = facts::Facts::empty(as_of);
    life::populate(&mut facts, seed, people, on_progress);
    events::happen(&mut facts, seed);
    cases::open(&mut facts, seed);
    planted::plant(&mut facts);
    facts
}

/// Makes the world: the same seed, size and day give the same bytes. Existing data are replaced.
/// Blocks for a few seconds at the default size; `on_progress` is told phase, done and total.
pub fn generate(
    seed: u64,
    people: u32,
    as_of: Date,
    out: &WorldPaths,
    on_progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<WorldSummary, WorldError> {
    if people > PEOPLE_MAX {
        return Err(WorldError::TooManyPeople { people });
    }
    let facts = facts(seed, people, as_of, on_progress);
    let rows = store::write(&facts, out, on_progress)?;
    Ok(WorldSummary {
        people: facts.people.len(),
        employers: facts.employers.len(),
        accounts: facts.accounts.len(),
        contributions: facts
            .accounts
            .iter()
            .map(|account| account.months.len())
            .sum(),
        withdrawals: facts.withdrawals.len(),
        loans: facts.loans.len(),
        transfers: facts.transfers.len(),
        restrictions: facts.restrictions.len(),
        cases: facts.cases.len(),
        rows,
    })
}
