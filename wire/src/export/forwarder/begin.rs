//! Where an export begins. A log whose oldest entries lie in an archive begins later than a
//! receiver may have got: then the export begins with the log, and says on record what it cannot
//! send.

use super::super::Cursor;
use super::super::act::Gap;
use super::CursorFound;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) from: u64,
    pub(super) cursor: CursorFound,
    pub(super) gap: Option<Gap>,
}

impl Begin {
    /// Of a log that begins with the entry `first`.
    pub(super) fn at(wanted: u64, cursor: CursorFound, first: u64) -> Self {
        Self {
            from: wanted.max(first),
            cursor,
            gap: Gap::before(wanted, first),
        }
    }

    /// By the cursor of a receiver. `leaf_hash` reads the log; of a removed entry it has nothing to
    /// compare, and the name of the log must do.
    pub(super) fn by(
        cursor: Option<Cursor>,
        (from_index, first): (u64, u64),
        origin: &str,
        leaf_hash: impl FnOnce(u64) -> Option<String>,
    ) -> Self {
        let Some(cursor) = cursor else {
            return Self::at(from_index, CursorFound::New, first);
        };
        let is_same = match cursor.next.checked_sub(1) {
            Some(last) if last >= first => {
                leaf_hash(last).is_some_and(|leaf| leaf == cursor.leaf_hash)
            }
            _ => true,
        };
        if cursor.log == origin && is_same {
            Self::at(cursor.next, CursorFound::Kept, first)
        } else {
            Self::at(from_index, CursorFound::Lost, first)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "hub-1";

    fn leaf(index: u64) -> Option<String> {
        (900..1_000).contains(&index).then(|| index.to_string())
    }

    fn begin(next: Option<(u64, &str)>, from_index: u64) -> (u64, CursorFound, Option<(u64, u64)>) {
        let cursor = next.map(|(next, leaf)| Cursor::new(LOG, next, leaf));
        let begin = Begin::by(cursor, (from_index, 900), LOG, leaf);
        let gap = begin.gap.map(|gap| (gap.first, gap.last));
        (begin.from, begin.cursor, gap)
    }

    #[test]
    fn an_export_of_a_shortened_log_begins_with_the_log_and_says_the_gap() {
        use CursorFound::{Kept, Lost, New};
        assert_eq!(begin(None, 0), (900, New, Some((0, 899))));
        assert_eq!(begin(None, 950), (950, New, None));
        assert_eq!(begin(Some((950, "949")), 0), (950, Kept, None));
        assert_eq!(
            begin(Some((900, "of 899")), 0),
            (900, Kept, None),
            "at the base"
        );
        assert_eq!(
            begin(Some((300, "of 299")), 0),
            (900, Kept, Some((300, 899)))
        );
        assert_eq!(
            begin(Some((950, "another")), 0),
            (900, Lost, Some((0, 899)))
        );
        let other = Cursor::new("hub-2", 300, "");
        let begin = Begin::by(Some(other), (0, 900), LOG, leaf);
        assert_eq!((begin.from, begin.cursor), (900, Lost));
    }
}
