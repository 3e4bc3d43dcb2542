//! How long a node has said nothing while it was asked: a value with questions, replies and times
//! going in. A node that hangs gives no reply to learn from, so its silence is what tells.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use catalog::ClassNo;

/// After so long without a reply a node's agent is asked whether it is there. With the time that
/// its word may take, a node that hangs is out within a second.
pub(super) const ASKED_AFTER: Duration = Duration::from_millis(50);
/// After so long without a reply a node is silent: nobody waits for a place there any more.
pub(super) const SILENT_AFTER: Duration = Duration::from_secs(1);

/// See the module. Bounded by the places at its node.
#[derive(Debug, Default)]
pub(super) struct Silence {
    /// When each question went down, oldest first, and its classes.
    under_way: BTreeMap<u64, (Duration, Vec<ClassNo>)>,
    latest: u64,
    /// When the last reply came, to whichever question.
    heard: Duration,
}

impl Silence {
    /// A question goes down; gives its number.
    pub(super) fn went(&mut self, classes: Vec<ClassNo>, now: Duration) -> u64 {
        self.latest = self.latest.wrapping_add(1);
        self.under_way.insert(self.latest, (now, classes));
        self.latest
    }

    /// It is not under way any more, whatever became of it.
    pub(super) fn ended(&mut self, nth: u64) {
        self.under_way.remove(&nth);
    }

    /// A reply came.
    pub(super) fn replied(&mut self, now: Duration) {
        self.heard = now;
    }

    /// Whether a question has been under way for long, and no reply came since.
    pub(super) fn is_silent(&self, now: Duration) -> bool {
        let oldest = self.under_way.values().next();
        oldest.is_some_and(|(began, _)| self.lasted(*began, now) >= SILENT_AFTER)
    }

    /// The classes whose agent should be asked, each with how long it has been waited for without
    /// any reply of the node.
    pub(super) fn classes(&self, now: Duration) -> BTreeMap<ClassNo, Duration> {
        let mut classes = BTreeMap::new();
        // Oldest first, so that the first of a class is the one that waits longest.
        for (began, asked) in self.under_way.values() {
            let lasted = self.lasted(*began, now);
            if lasted < ASKED_AFTER {
                break;
            }
            for class in asked {
                classes.entry(*class).or_insert(lasted);
            }
        }
        classes
    }

    /// The classes that are waited for, however long.
    pub(super) fn under_way(&self) -> BTreeSet<ClassNo> {
        let asked = self.under_way.values();
        asked.flat_map(|(_, classes)| classes).copied().collect()
    }

    fn lasted(&self, began: Duration, now: Duration) -> Duration {
        now.saturating_sub(began.max(self.heard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(no: u8) -> ClassNo {
        ClassNo::new(no).expect("a class")
    }

    #[test]
    fn a_node_is_silent_once_a_question_waits_and_nothing_comes() {
        let at = Duration::from_millis;
        let mut silence = Silence::default();
        assert!(!silence.is_silent(at(90_000)), "nobody asks");
        let first = silence.went(vec![class(3)], at(90_000));
        assert!(silence.classes(at(90_049)).is_empty());
        assert_eq!(silence.classes(at(90_050)), [(class(3), at(50))].into());
        assert!(!silence.is_silent(at(90_999)));
        assert!(silence.is_silent(at(91_000)));
        let second = silence.went(vec![class(3), class(4)], at(91_000));
        assert_eq!(
            silence.classes(at(91_049)),
            [(class(3), at(1_049))].into(),
            "the other is young"
        );
        assert_eq!(silence.under_way(), [class(3), class(4)].into());
        // A reply to whichever question breaks it, and it begins anew.
        silence.replied(at(91_600));
        assert!(!silence.is_silent(at(92_599)));
        assert!(silence.classes(at(91_649)).is_empty());
        let both = |lasted: u64| [(class(3), at(lasted)), (class(4), at(lasted))].into();
        assert_eq!(silence.classes(at(91_650)), both(50));
        silence.ended(first);
        assert_eq!(silence.classes(at(92_600)), both(1_000));
        silence.ended(second);
        assert!(silence.classes(at(99_000)).is_empty());
        assert!(!silence.is_silent(at(99_000)));
    }
}
