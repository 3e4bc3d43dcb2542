//! Keeps a flood of like refusals from filling the log: the first ones are recorded, the others of
//! the next minute are counted and recorded as one.

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
/// The same, borrowed.
type Who<'w> = (&'w str, RefusalCode);

/// The refusals being folded.
#[derive(Debug, Default)]
pub struct Fold {
    open: BTreeMap<Kind, Window>,
}

#[derive(Debug)]
struct Window {
    since: Duration,
    kept: u64,
    folded: u64,
}

impl Fold {
    /// Whether this refusal is to be recorded on its own, as the first `in_full` of a minute are;
    /// if not, it is counted.
    pub fn is_kept(&mut self, (who, code): Who<'_>, in_full: u64, now: Duration) -> bool {
        let mut kind = (who.to_owned(), code);
        if self.open.len() >= KINDS_MAX && !self.open.contains_key(&kind) {
            kind.0 = OVERFLOW.to_owned();
        }
        match self.open.get_mut(&kind) {
            Some(window) if window.kept < in_full => {
                window.kept += 1;
                true
            }
            Some(window) => {
                window.folded += 1;
                false
            }
            None => {
                self.open.insert(
                    kind,
                    Window {
                        since: now,
                        kept: 1,
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
        assert!(fold.is_kept(("city", RefusalCode::LimitCaller), 1, t(0)));
        for _ in 0..500 {
            assert!(!fold.is_kept(("city", RefusalCode::LimitCaller), 1, t(1)));
        }
        assert!(
            fold.is_kept(("guoguan", RefusalCode::LimitCaller), 1, t(1)),
            "another caller"
        );
        assert_eq!(fold.close(t(59)), vec![]);
        assert_eq!(
            fold.close(t(60)),
            vec![("city".into(), RefusalCode::LimitCaller, 500)]
        );
        assert!(fold.is_kept(("city", RefusalCode::LimitCaller), 1, t(61)));
        assert_eq!(fold.close_all(), vec![], "nothing was folded since");
    }

    #[test]
    fn the_first_ones_are_kept_in_full_and_the_rest_of_the_minute_is_counted() {
        let mut fold = Fold::default();
        let who = ("city", RefusalCode::CaseMissing);
        let kept = (0..5_000).filter(|_| fold.is_kept(who, 60, Duration::ZERO));
        assert_eq!(kept.count(), 60);
        let minute = Duration::from_secs(60);
        let counts = fold.close(minute);
        assert_eq!(counts, vec![("city".into(), who.1, 4_940)]);
        assert!(fold.is_kept(who, 60, minute));
    }

    #[test]
    fn memory_is_bounded() {
        let mut fold = Fold::default();
        for n in 0..5_000 {
            fold.is_kept(
                (&n.to_string(), RefusalCode::TlsUnknownCa),
                1,
                Duration::ZERO,
            );
        }
        assert!(fold.open.len() <= KINDS_MAX + 1);
    }
}
