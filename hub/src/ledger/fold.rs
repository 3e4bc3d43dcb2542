//! Keeps a flood of like refusals from filling the log: the first is recorded, the others of the
//! next minute are counted and recorded as one.

use std::collections::BTreeMap;
use std::time::Duration;

use wire::RefusalCode;

/// How long refusals of one kind are folded.
pub const FOLD_WINDOW: Duration = Duration::from_secs(60);
/// Kinds remembered at once. Beyond them everything new goes to one row, so memory stays bounded.
const KINDS_MAX: usize = 1_024;
const OVERFLOW: &str = "others";

/// Who was refused why.
type Kind = (String, RefusalCode);

/// The refusals being folded.
#[derive(Debug, Default)]
pub struct Fold {
    open: BTreeMap<Kind, Window>,
}

#[derive(Debug)]
struct Window {
    since: Duration,
    folded: u64,
}

impl Fold {
    /// Whether this refusal is to be recorded on its own; if not, it is counted.
    pub fn is_first(&mut self, who: &str, code: RefusalCode, now: Duration) -> bool {
        let mut kind = (who.to_owned(), code);
        if self.open.len() >= KINDS_MAX && !self.open.contains_key(&kind) {
            kind.0 = OVERFLOW.to_owned();
        }
        match self.open.get_mut(&kind) {
            Some(window) => {
                window.folded += 1;
                false
            }
            None => {
                self.open.insert(
                    kind,
                    Window {
                        since: now,
                        folded: 0,
                    },
                );
                true
            }
        }
    }

    /// Ends the windows that are over, and gives the counts to record.
    pub fn close(&mut self, now: Duration) -> Vec<(String, RefusalCode, u64)> {
        let mut counts = Vec::new();
        self.open.retain(|(who, code), window| {
            let is_open = now < window.since + FOLD_WINDOW;
            if !is_open && window.folded > 0 {
                counts.push((who.clone(), *code, window.folded));
            }
            is_open
        });
        counts
    }

    /// Ends all windows: the hub stops.
    pub fn close_all(&mut self) -> Vec<(String, RefusalCode, u64)> {
        self.close(Duration::MAX.saturating_sub(FOLD_WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_becomes_one_entry_and_one_count() {
        let mut fold = Fold::default();
        let t = Duration::from_secs;
        assert!(fold.is_first("city", RefusalCode::LimitCaller, t(0)));
        for _ in 0..500 {
            assert!(!fold.is_first("city", RefusalCode::LimitCaller, t(1)));
        }
        assert!(
            fold.is_first("guoguan", RefusalCode::LimitCaller, t(1)),
            "another caller"
        );
        assert_eq!(fold.close(t(59)), vec![]);
        assert_eq!(
            fold.close(t(60)),
            vec![("city".into(), RefusalCode::LimitCaller, 500)]
        );
        assert!(fold.is_first("city", RefusalCode::LimitCaller, t(61)));
        assert_eq!(fold.close_all(), vec![], "nothing was folded since");
    }

    #[test]
    fn memory_is_bounded() {
        let mut fold = Fold::default();
        for n in 0..5_000 {
            fold.is_first(&n.to_string(), RefusalCode::TlsUnknownCa, Duration::ZERO);
        }
        assert!(fold.open.len() <= KINDS_MAX + 1);
    }
}
