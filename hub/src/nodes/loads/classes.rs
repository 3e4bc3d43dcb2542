//! What of each class of a node is under way, and how often it was asked: by all, and by each
//! asking center. A value with times going in.
//!
//! The limits of a class bound what all centers ask together. Of the rate each center has a share
//! that no other uses up; what is more than the shares goes to whoever comes first.

use std::collections::BTreeMap;
use std::time::Duration;

use catalog::ClassNo;
use wire::{LimitName, Limits, Meter, Rate, Refusal, RefusalCode};

/// The part of a full quota that is shared out: one in so many.
const SHARED_PART: u32 = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ClassLoads(BTreeMap<ClassNo, ClassLoad>);

#[derive(Debug, Default)]
struct ClassLoad {
    under_way: usize,
    all: Meter,
    /// What each asking center has used of its share. Bounded by the trust list: nobody else asks.
    shares: BTreeMap<String, Meter>,
}

/// The limits of one class.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClassLimits {
    most: usize,
    often: Rate,
    /// What one may take of it while the shares of the others are untouched.
    first_come: Rate,
    share: Option<Rate>,
}

/// A class for which a question is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) class: ClassNo,
    often: Rate,
    /// Where it was counted to the share of its center.
    share: Option<Rate>,
}

impl ClassLimits {
    /// Those of a class of a node, among so many centers that ask.
    pub(super) fn of(limits: &Limits, node: &str, class: ClassNo, askers: usize) -> Self {
        let of = |name| limits.of_class(name, node, &class.to_string());
        let (often, burst) = (of(LimitName::ClassPerSecond), of(LimitName::ClassBurst));
        let askers = u32::try_from(askers).unwrap_or(u32::MAX).max(1);
        // Where a share would be less than one question there are none: who comes first is asked.
        let share = burst / askers.saturating_mul(SHARED_PART);
        let share = if often < askers { 0 } else { share };
        let others = share * (askers - 1);
        let is_shared = share > 0 && askers > 1;
        Self {
            most: usize::try_from(of(LimitName::ClassInFlightMax)).unwrap_or(usize::MAX),
            often: Rate::per_second(often, burst),
            first_come: Rate::per_second(often, burst - others),
            share: is_shared.then(|| Rate::per_second(often / askers, share)),
        }
    }
}

impl ClassLoads {
    /// Counts a question of a center. `later` is when those under way will be done.
    ///
    /// # Errors
    /// The class is over a limit, with its code and when to come back.
    pub(super) fn count(
        &mut self,
        (class, from): (ClassNo, &str),
        limits: ClassLimits,
        now: Duration,
        later: impl FnOnce() -> Duration,
    ) -> Result<Counted, Refusal> {
        let load = self.0.entry(class).or_default();
        let has_room = load.under_way < limits.most;
        let share = match (load.may(from, limits, now), has_room) {
            (Ok(share), true) => share,
            (Err(wait), true) => return Err(Refusal::until(RefusalCode::NodeClassRate, wait)),
            (Ok(_), false) => return Err(Refusal::until(RefusalCode::NodeClassFull, later())),
            (Err(wait), false) => {
                let wait = wait.max(later());
                return Err(Refusal::until(RefusalCode::NodeClassFull, wait));
            }
        };
        load.under_way += 1;
        load.all.count(limits.often, now);
        if let Some(share) = share {
            let own = load.shares.entry(from.to_owned()).or_default();
            own.count(share, now);
        }
        Ok(Counted {
            class,
            often: limits.often,
            share,
        })
    }

    /// A question is not under way any more.
    pub(super) fn end(&mut self, counted: &Counted) {
        if let Some(load) = self.0.get_mut(&counted.class) {
            load.under_way = load.under_way.saturating_sub(1);
        }
    }

    /// It never went down, so it has used up nothing. It was counted at `at`.
    pub(super) fn give_back(&mut self, counted: &Counted, from: &str, at: Duration, now: Duration) {
        let Some(load) = self.0.get_mut(&counted.class) else {
            return;
        };
        load.all.give_back(counted.often, at, now);
        if let (Some(share), Some(own)) = (counted.share, load.shares.get_mut(from)) {
            own.give_back(share, at, now);
        }
    }
}

impl ClassLoad {
    /// The share to which one more is to be counted, or none where it takes of what is left over.
    fn may(
        &mut self,
        from: &str,
        limits: ClassLimits,
        now: Duration,
    ) -> Result<Option<Rate>, Duration> {
        self.all.check(limits.often, now)?;
        let Some(share) = limits.share else {
            return Ok(None);
        };
        let own = self.shares.get_mut(from);
        let Err(wait) = own.map_or(Ok(()), |own| own.check(share, now)) else {
            return Ok(Some(share));
        };
        let first_come = self.all.check(limits.first_come, now);
        first_come.map(|()| None).map_err(|later| later.min(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class() -> ClassNo {
        ClassNo::new(4).expect("a class")
    }

    fn limits() -> ClassLimits {
        let limits = Limits::default()
            .with(LimitName::ClassPerSecond, 40)
            .with(LimitName::ClassBurst, 80)
            .with(LimitName::ClassInFlightMax, 1_000);
        ClassLimits::of(&limits, "tielu", class(), 4)
    }

    /// How many of so many questions of a center pass.
    fn pass(loads: &mut ClassLoads, from: &str, tries: usize, now: Duration) -> usize {
        let mut ask = || loads.count((class(), from), limits(), now, || Duration::ZERO);
        (0..tries).filter(|_| ask().is_ok()).count()
    }

    #[test]
    fn a_flood_of_one_center_leaves_the_others_their_shares() {
        let (mut loads, mut now) = (ClassLoads::default(), Duration::ZERO);
        // All that is not the others' share: 80 - 3 × 10.
        assert_eq!(pass(&mut loads, "city", 1_000, now), 50);
        for quiet in ["guoguan", "zhongzhi"] {
            assert_eq!(pass(&mut loads, quiet, 5, now), 5, "{quiet}");
        }
        for _ in 0..100 {
            now += Duration::from_millis(100);
            let flood = pass(&mut loads, "city", 1_000, now);
            assert!(flood <= 40 / 10, "{flood}");
            for quiet in ["guoguan", "zhongzhi", "tielu"] {
                assert_eq!(
                    pass(&mut loads, quiet, 1, now),
                    1,
                    "{quiet} within its share"
                );
            }
        }
    }

    #[test]
    fn whoever_asks_alone_has_the_whole_rate_and_all_together_no_more() {
        let (mut loads, mut now) = (ClassLoads::default(), Duration::ZERO);
        assert_eq!(pass(&mut loads, "city", 1_000, now), 50);
        for _ in 0..100 {
            now += Duration::from_millis(100);
            assert_eq!(pass(&mut loads, "city", 1_000, now), 4, "40 a second");
        }
        let mut loads = ClassLoads::default();
        let nodes = ["city", "guoguan", "tielu", "zhongzhi"];
        let all = nodes.map(|node| pass(&mut loads, node, 1_000, now));
        assert_eq!(all.iter().sum::<usize>(), 80, "{all:?}");
    }

    #[test]
    fn a_limit_is_named() {
        let mut loads = ClassLoads::default();
        let narrow = |often, most| {
            let limits = Limits::default()
                .with(LimitName::ClassPerSecond, often)
                .with(LimitName::ClassBurst, often)
                .with(LimitName::ClassInFlightMax, most);
            ClassLimits::of(&limits, "tielu", class(), 4)
        };
        let mut ask = |limits| {
            let later = || Duration::from_millis(150);
            let counted = loads.count((class(), "city"), limits, Duration::ZERO, later);
            counted
                .map(drop)
                .map_err(|because| (because.code, because.retry_after))
        };
        assert_eq!(ask(narrow(1, 2)), Ok(()));
        let (second, short) = (Duration::from_secs(1), Duration::from_millis(150));
        let rate = (RefusalCode::NodeClassRate, Some(second));
        assert_eq!(ask(narrow(1, 2)), Err(rate));
        let full = |wait| (RefusalCode::NodeClassFull, Some(wait));
        assert_eq!(ask(narrow(9, 1)), Err(full(short)));
        assert_eq!(ask(narrow(1, 1)), Err(full(second)), "the later of the two");
    }
}
