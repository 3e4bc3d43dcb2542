//! Who asked about the person of an alert about whom many ask.

use std::collections::BTreeMap;

use dashboards::alerts::Beside;

use crate::ledger::entry::AlertRaised;
use crate::tally::{Day, Pseudonym, Tally};

/// Every operator with the cases on which they asked, as the counts are now; none where they do
/// not go back so far.
pub(super) fn by(tally: &Tally, raised: &AlertRaised, day: Day) -> Vec<Beside> {
    let asks = Pseudonym::read(&raised.about).map(|whom| tally.sought_by(whom, day));
    let mut cases: BTreeMap<u32, u64> = BTreeMap::new();
    for (operator, _) in asks.unwrap_or_default() {
        *cases.entry(operator).or_default() += 1;
    }
    let named = cases.into_iter().filter_map(|(operator, count)| {
        let person = tally.lines().person_at(operator)?;
        Some(Beside {
            name: format!("{}/{}", person.center, person.operator),
            count,
            is_own: false,
        })
    });
    named.collect()
}
