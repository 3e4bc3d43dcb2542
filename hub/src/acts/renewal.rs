//! Acts that stand for long go on record again, so that the log may lose its oldest entries and a
//! start still finds what stands.

use time::Duration;

use super::register::Recorded;
use crate::broker::Broker;
use crate::ledger::entry::{Entry, OperatorAct};

/// Age at which an act goes on record again: well before the 190 days are over for which entries
/// stay in any case.
pub const RENEWED_AFTER: Duration = Duration::days(90);

impl Broker {
    /// Puts every act on record again that stands for long. What cannot be written stays as it is
    /// and is tried the next time.
    pub async fn renew_acts(&self) {
        let now = self.clock.now();
        let mut register = self.acts.register.lock().await;
        register.forget_asked(now - RENEWED_AFTER);
        let old = register.kept();
        let old = old.filter(|act| act.at + RENEWED_AFTER <= now);
        let old: Vec<_> = old.cloned().collect();
        for act in old {
            let entry = renewed(&act);
            let noted = self
                .ledger
                .note(Entry::OperatorAct(Box::new(entry.clone())));
            let Ok(receipt) = noted.await else {
                tracing::error!(number = act.number, "an old act is not on record again");
                return;
            };
            if let Some(recorded) = Recorded::read(receipt.index, now, entry) {
                // It holds as before, so no breaker has to be told.
                let _ = register.enter(recorded);
            }
        }
    }
}

/// The same act again; `of` is the entry by which it came about.
fn renewed(act: &Recorded) -> OperatorAct {
    let first = if act.is_renewed() { act.entry.of } else { None };
    OperatorAct {
        stage: "renewed".to_owned(),
        of: first.or(Some(act.number)),
        ..act.entry.clone()
    }
}
