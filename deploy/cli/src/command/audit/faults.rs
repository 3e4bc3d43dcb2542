//! What is wrong with a log or an index, in sentences; the first ones, and how many there are.

use audit::Stretch;

/// Most faults that are told one by one.
const TOLD_MAX: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Faults {
    told: Vec<String>,
    untold: u64,
}

impl Faults {
    pub(super) fn add(&mut self, fault: String) {
        if self.told.contains(&fault) {
            return;
        }
        if self.told.len() < TOLD_MAX {
            self.told.push(fault);
        } else {
            self.untold = self.untold.saturating_add(1);
        }
    }

    /// The time searched may reach back to entries that lie in the archive only: `is_bounded` if an
    /// entry before it was seen.
    pub(super) fn add_begin(&mut self, first: u64, is_bounded: bool) {
        if first > 0 && !is_bounded {
            self.add(format!(
                "entries 0 to {} were removed to the archive and not looked at: restore them with \
                 `tianshu audit restore`",
                first.saturating_sub(1)
            ));
        }
    }

    /// An end that no writer at work explains.
    pub(super) fn add_end(&mut self, read: &Stretch) {
        if let (Some(damage), false) = (&read.unfinished, read.in_use) {
            self.add(format!(
                "{damage}: the last write was never finished (a copy of a running log, or a \
                 crash), or was altered"
            ));
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// The sentences, the last of them about those left out.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut told = self.told.clone();
        if self.untold > 0 {
            told.push(format!("and {} more", self.untold));
        }
        told
    }
}
