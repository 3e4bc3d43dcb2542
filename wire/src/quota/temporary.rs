//! Limits that operators set for a while, over the reviewed ones. A pure value with an end and a
//! cap; who may set one, and putting it on record, is not decided here.

use std::fmt;

use time::{Duration, OffsetDateTime};

use super::read::is_name;
use super::rows::{PARTED_FROM, TARGET_PART};
use super::{LimitName, Limits};

/// Longest life.
pub const TEMPORARY_LIFE_MAX: Duration = Duration::hours(24);
/// Most at once.
pub const TEMPORARY_MAX: usize = 64;
/// To how many times the reviewed value a limit may be raised. It may be lowered to its minimum.
const RAISED_MAX: u32 = 2;

/// A limit that holds until a moment, in place of the reviewed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Temporary {
    /// Which limit.
    pub name: LimitName,
    /// For whom; for everybody without an exception if nobody is named.
    pub whom: Option<String>,
    /// The value.
    pub value: u32,
    /// The end, exclusive.
    pub until: OffsetDateTime,
    /// Whether it raised the reviewed limit when it was set. A review may come meanwhile: what
    /// raises never holds below it, what lowers never above.
    pub raises: bool,
}

/// Why a temporary limit is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemporaryFault {
    /// It has ended, or lasts longer than any may.
    #[error("must end within {} hours from now", TEMPORARY_LIFE_MAX.whole_hours())]
    Life,
    /// It is more than may be set without a review.
    #[error("`{0}` may be set from {1} to {2} without a review")]
    Cap(String, u32, u32),
    /// Nobody can have an exception by this name.
    #[error("`{1}` names nobody for whom `{0}` may be set")]
    Whom(String, String),
}

impl fmt::Display for Temporary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = self.whom.as_ref();
        let whom = whom.map_or(String::new(), |whom| format!(" of {whom}"));
        write!(f, "{}{whom} = {}", self.name.path(), self.value)
    }
}

impl Limits {
    /// Whether a temporary limit may be laid over these.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, one: &Temporary, now: OffsetDateTime) -> Result<(), TemporaryFault> {
        if one.until <= now || one.until > now + TEMPORARY_LIFE_MAX {
            return Err(TemporaryFault::Life);
        }
        if let Some(whom) = &one.whom
            && !is_name(one.name, whom)
        {
            return Err(TemporaryFault::Whom(one.name.path(), whom.clone()));
        }
        let low = *one.name.range().start();
        let high = self.lent_max(one.name, one.whom.as_deref());
        if (low..=high).contains(&one.value) {
            Ok(())
        } else {
            Err(TemporaryFault::Cap(one.name.path(), low, high))
        }
    }

    /// These limits with the temporary ones that hold now laid over them, a later one over an
    /// earlier one. What raised them further than may be is left out: a review may have lowered
    /// them meanwhile, and no temporary limit outlives its cap.
    #[must_use]
    pub fn overlaid(&self, temporary: &[Temporary], now: OffsetDateTime) -> Self {
        let mut limits = self.clone();
        for one in temporary.iter().take(TEMPORARY_MAX) {
            let whom = one.whom.as_deref();
            if now >= one.until || (one.raises && one.value > self.lent_max(one.name, whom)) {
                continue;
            }
            let reviewed = self.value(one.name, whom);
            let value = if one.raises {
                one.value.max(reviewed)
            } else {
                one.value.min(reviewed)
            };
            match &one.whom {
                Some(whom) => limits.only.insert((one.name, whom.clone()), value),
                None => limits.each.insert(one.name, value),
            };
        }
        if limits != *self {
            limits.held_together();
        }
        limits
    }

    /// The value for somebody, or for everybody without an exception where nobody is named.
    #[must_use]
    pub fn value(&self, name: LimitName, whom: Option<&str>) -> u32 {
        match whom {
            None => self.each(name),
            Some(whom) => match whom.split_once('/') {
                Some((node, class)) if name.is_of_class() => self.of_class(name, node, class),
                _ => self.of(name, whom),
            },
        }
    }

    /// To how much it may be raised without a review.
    fn lent_max(&self, name: LimitName, whom: Option<&str>) -> u32 {
        let most = *name.range().end();
        self.value(name, whom).saturating_mul(RAISED_MAX).min(most)
    }

    /// What one target holds stays a part of the hub's places, whichever of them was set, and the
    /// most that may be under way at it is never exceeded, so it bounds what is always let through.
    fn held_together(&mut self) {
        const MIN: LimitName = LimitName::TargetInFlightMin;
        const MAX: LimitName = LimitName::TargetInFlightMax;
        self.parted();
        let (min, max) = (self.each(MIN), self.each(MAX));
        self.each.insert(MIN, min.min(max));
        let targets: Vec<_> = self.only.keys().cloned().collect();
        for (name, node) in targets {
            if name != MIN && name != MAX {
                continue;
            }
            let (min, max) = (self.of(MIN, &node), self.of(MAX, &node));
            if max < min {
                self.only.insert((MIN, node), max);
            }
        }
    }
}

impl Limits {
    /// What waits for a target gives way first.
    fn parted(&mut self) {
        const MAX: LimitName = LimitName::TargetInFlightMax;
        const QUEUE: LimitName = LimitName::TargetQueueMax;
        let part = self.each(LimitName::InFlightMax).max(PARTED_FROM) / TARGET_PART;
        let of_all = self.each(MAX).min(part);
        let queue = self.each(QUEUE).min(part - of_all);
        self.each.insert(MAX, of_all);
        self.each.insert(QUEUE, queue);
        let targets: Vec<_> = self.only.keys().cloned().collect();
        for (name, node) in targets {
            if name == MAX || name == QUEUE {
                let most = self.of(MAX, &node).min(part);
                let queue = self.of(QUEUE, &node).min(part - most);
                self.only.insert((MAX, node.clone()), most);
                self.only.insert((QUEUE, node), queue);
            }
        }
    }
}

impl LimitName {
    /// Whether an exception of this limit may bear this name: `city`, `city/0231`, `F05`,
    /// `city/04`.
    #[must_use]
    pub fn may_name(self, whom: &str) -> bool {
        is_name(self, whom)
    }
}
