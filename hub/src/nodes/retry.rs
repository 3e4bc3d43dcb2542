//! How often a question that was lost with its stream may be sent again: a budget that the
//! questions of a node fill, so that retries never become a flood of their own. A value without
//! clock or lock.

/// So many questions pay for one retry.
pub const ASKS_PER_RETRY: u32 = 10;
/// Retries saved up at most, and at hand at a start.
pub const RETRIES_SAVED_MAX: u32 = 10;

/// The budget of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget {
    /// In questions.
    saved: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            saved: RETRIES_SAVED_MAX * ASKS_PER_RETRY,
        }
    }
}

impl RetryBudget {
    /// A question was sent.
    pub fn asked(&mut self) {
        self.saved = self
            .saved
            .saturating_add(1)
            .min(RETRIES_SAVED_MAX * ASKS_PER_RETRY);
    }

    /// Takes one retry, if there is one.
    pub fn take(&mut self) -> bool {
        match self.saved.checked_sub(ASKS_PER_RETRY) {
            Some(left) => {
                self.saved = left;
                true
            }
            None => false,
        }
    }
}

/// What became of the tries to ask a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// How often the question was sent.
    pub made: u32,
    /// Whether a further one was not made for want of budget.
    pub denied: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_saved_runs_out_and_comes_back() {
        let mut budget = RetryBudget::default();
        let taken = (0..50).filter(|_| budget.take()).count();
        assert_eq!(taken, 10);
        (0..9).for_each(|_| budget.asked());
        assert!(!budget.take());
        budget.asked();
        assert!(budget.take() && !budget.take());
    }

    proptest! {
        #[test]
        fn retries_stay_a_tenth_of_the_questions(
            events in prop::collection::vec(any::<bool>(), 0..2_000),
        ) {
            let mut budget = RetryBudget::default();
            let (mut asked, mut retried) = (0, 0);
            for is_loss in events {
                if is_loss {
                    retried += u32::from(budget.take());
                } else {
                    budget.asked();
                    asked += 1;
                }
                prop_assert!(retried <= RETRIES_SAVED_MAX + asked / ASKS_PER_RETRY);
            }
        }
    }
}
