//! What a center's own business system makes of an answer: one small pure function for each rule of
//! the centers. The platform delivers facts; each center decides, and this is how a consuming
//! system may do it. A rule refuses to say "go" while a center that it needs was not heard, and
//! never repeats another center's amounts.

mod account;
mod contract;
mod employer;
mod heard;
mod house;
mod listed;
mod loan;
mod marriage;
mod rule;
mod withdrawal;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use crate::client::Say;

pub use account::{LATE_DAYS, duplicate_account, former_number, late_transfer};
pub use contract::{contract_check, contract_price};
pub use employer::{Channel, enterprise_status, live_employer};
pub use house::House;
pub use listed::{Matter, restricted};
pub use loan::{
    Home, LoanPlan, contribution_months, final_check, home_number, loan_cap, loan_uses,
    repeat_loan, years_of,
};
pub use marriage::spouse;
pub use rule::Rule;
pub use withdrawal::{Draw, Lease, Purchase, family_sum, rent_overlap, repeat_withdrawal};

/// What a rule makes of an answer.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing speaks against it.
    Go,
    /// It must not be done.
    Stop(Reason),
    /// It may be done; somebody must look at something.
    Alert(Reason),
    /// A person must decide.
    Manual(Reason),
    /// Nobody can say until these centers are heard: the case waits.
    Park(BTreeSet<String>),
}

/// Why, in a form for machines and in one for the clerk.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    /// The center whose record it is about.
    pub center: Option<String>,
    /// The key of that record, where the flow gives it.
    pub record: Option<String>,
    /// What the clerk reads.
    pub say: Say,
}

impl Verdict {
    /// The sentence for the clerk.
    #[must_use]
    pub fn say(&self) -> Say {
        match self {
            Self::Go => Say {
                zh: "未发现障碍，可以办理。".to_owned(),
                en: "Nothing speaks against it.".to_owned(),
            },
            Self::Stop(reason) | Self::Alert(reason) | Self::Manual(reason) => reason.say.clone(),
            Self::Park(missing) => {
                let centers: Vec<_> = missing.iter().map(String::as_str).collect();
                let centers = centers.join(", ");
                Say {
                    zh: format!("尚不知 {centers} 的情况，案件暂存，待其答复后继续。"),
                    en: format!("Not known at {centers}: the case waits until they are heard."),
                }
            }
        }
    }

    /// The rule that spoke, if one did.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Stop(reason) | Self::Alert(reason) | Self::Manual(reason) => Some(reason.rule),
            Self::Go | Self::Park(_) => None,
        }
    }

    /// What is found is final whoever else is heard; then who is missing; then what a person must
    /// look at.
    const fn gravity(&self) -> u8 {
        match self {
            Self::Go => 0,
            Self::Alert(_) => 1,
            Self::Manual(_) => 2,
            Self::Park(_) => 3,
            Self::Stop(_) => 4,
        }
    }
}

/// `go`, `stop: duplicate-account at city`, `park: guoguan`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, reason) = match self {
            Self::Go => return f.write_str("go"),
            Self::Park(missing) => {
                let centers: Vec<_> = missing.iter().map(String::as_str).collect();
                return write!(f, "park: {}", centers.join(", "));
            }
            Self::Stop(reason) => ("stop", reason),
            Self::Alert(reason) => ("alert", reason),
            Self::Manual(reason) => ("manual", reason),
        };
        write!(f, "{word}: {}", reason.rule.id())?;
        match &reason.center {
            Some(center) => write!(f, " at {center}"),
            None => Ok(()),
        }
    }
}

/// What several rules come to together: the gravest, the first one among equals. Centers that
/// several rules miss are missed together.
#[must_use]
pub fn weigh(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    verdicts
        .into_iter()
        .fold(Verdict::Go, |so_far, next| match (so_far, next) {
            (Verdict::Park(mut all), Verdict::Park(more)) => {
                all.extend(more);
                Verdict::Park(all)
            }
            (so_far, next) if next.gravity() > so_far.gravity() => next,
            (so_far, _) => so_far,
        })
}
