//! Whom many operators ask about: one alert about each such person and day on which one more asked.

use std::collections::{BTreeMap, BTreeSet};

use super::{EVIDENCE_MAX, Found, Seen};
use crate::alerts::rules::{AlertRules, Bound, RuleName};
use crate::alerts::said;
use crate::ledger::entry::{AlertRaised, Whose};
use crate::tally::{Day, Pseudonym, Tally};

pub(super) fn stands_out(
    tally: &Tally,
    rules: &AlertRules,
    (day, bound): (Day, &Bound),
    found: &mut Found,
) {
    let window = Seen::day(RuleName::Sought, day);
    // It is about no operator: each of them may have had a good reason.
    let nobody = Whose::default();
    for (whom, operators) in tally.sought(day) {
        if operators <= bound.more_than {
            continue;
        }
        let about = whom.text();
        found.take(RuleName::Sought, (&nobody, &about, &window.text), || {
            let figures = BTreeMap::from([
                ("found".to_owned(), operators.into()),
                ("more_than".to_owned(), bound.more_than.into()),
                ("days".to_owned(), rules.sought_days().into()),
            ]);
            let (zh, en) = said::sentences(RuleName::Sought, &figures, &[]);
            AlertRaised {
                rule: RuleName::Sought.as_str().to_owned(),
                about: about.clone(),
                window: window.text.clone(),
                figures,
                evidence: evidence(tally, whom, day),
                rules: rules.digest().to_string(),
                zh,
                en,
                ..AlertRaised::default()
            }
        });
    }
}

/// The first question of each operator, the newest of them.
fn evidence(tally: &Tally, whom: Pseudonym, day: Day) -> Vec<u64> {
    let mut operators = BTreeSet::new();
    let mut asks = tally.sought_by(whom, day);
    asks.sort_unstable_by_key(|(_, entry)| *entry);
    asks.retain(|(operator, _)| operators.insert(*operator));
    let over = asks.len().saturating_sub(EVIDENCE_MAX);
    asks.drain(..over);
    asks.into_iter().map(|(_, entry)| entry).collect()
}
