//! How values are shown to people who only need their form: first six and last four of id numbers,
//! the surname, amounts as stars. What is not known to be harmless is hidden.

use catalog::{Item, ItemType, Sensitivity, TextFormat};

/// Characters of an id number that are shown at its ends.
const ID_FIRST: usize = 6;
const ID_LAST: usize = 4;

/// Digits in a row that may be an id number.
const ID_RUN: usize = 15;

/// How much of a value is hidden, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mask {
    /// For the owner, whose look is in the log.
    Nothing,
    /// Everything but what has the length of an id number: a wrong mapping may put one anywhere.
    Open,
    /// Letters and digits become stars; the form stays.
    Digits,
    /// The first character stays, as a surname.
    FirstOnly,
    /// The ends stay, as of an id number.
    Ends,
    Everything,
}

impl Mask {
    /// The mask for the values of an item.
    pub(crate) fn of(item: &Item) -> Self {
        let is_guarded = matches!(item.sensitivity, Sensitivity::L3 | Sensitivity::L4);
        match (&item.kind, item.format) {
            (ItemType::Text { .. }, Some(TextFormat::IdNumber { .. })) => Self::Ends,
            (ItemType::Decimal { .. }, _) => Self::Digits,
            _ if !is_guarded => Self::Open,
            (ItemType::Text { .. }, _) if item.sensitivity == Sensitivity::L3 => Self::FirstOnly,
            (ItemType::Date | ItemType::Month | ItemType::Time | ItemType::Integer { .. }, _) => {
                Self::Digits
            }
            _ => Self::Everything,
        }
    }

    pub(crate) fn applied(self, text: &str) -> String {
        let stars = |count: usize| "*".repeat(count);
        let count = text.chars().count();
        match self {
            Self::Nothing => text.to_owned(),
            Self::Open if longest_run(text) >= ID_RUN => Self::Ends.applied(text),
            Self::Open => text.to_owned(),
            Self::Digits => {
                let hidden = |c: char| if c.is_alphanumeric() { '*' } else { c };
                text.chars().map(hidden).collect()
            }
            Self::FirstOnly => {
                let first: String = text.chars().take(1).collect();
                first + &stars(count.saturating_sub(1))
            }
            // A number that is hardly longer than its ends would be shown whole.
            Self::Ends if count >= ID_FIRST + ID_LAST + 4 => {
                let first: String = text.chars().take(ID_FIRST).collect();
                let last: String = text.chars().skip(count - ID_LAST).collect();
                format!("{first}{}{last}", stars(count - ID_FIRST - ID_LAST))
            }
            Self::Ends | Self::Everything => stars(count),
        }
    }
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_numeric());
    runs.map(|run| run.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Catalog;

    #[test]
    fn items_are_masked_by_what_they_are() {
        let catalog = Catalog::builtin().unwrap();
        let shown = |name: &str, text: &str| {
            let item = catalog.item_named(name).unwrap();
            Mask::of(item).applied(text)
        };
        assert_eq!(shown("04.zjhm", "110101190001010014"), "110101********0014");
        assert_eq!(shown("04.zjhm", "G12345678"), "*********");
        assert_eq!(shown("04.xingming", "欧阳明"), "欧**");
        assert_eq!(shown("04.grzhye", "-12345.60"), "-*****.**");
        assert_eq!(shown("04.grzhye", "欧阳明 12"), "*** **");
        assert_eq!(shown("04.grzhzt", "01"), "01");
        // A layout that is off by some bytes puts an id number into a status.
        assert_eq!(
            shown("04.grzhzt", "110101190001010014"),
            "110101********0014"
        );
        assert_eq!(shown("04.khrq", "2019-07-05"), "2019-07-05");
        assert_eq!(shown("04.grzh", "110000012345"), "1***********");
    }

    #[test]
    fn nothing_guarded_is_open() {
        let catalog = Catalog::builtin().unwrap();
        for item in catalog.items() {
            let is_guarded = matches!(item.sensitivity, Sensitivity::L3 | Sensitivity::L4);
            assert!(!is_guarded || Mask::of(item) != Mask::Open, "{}", item.no);
        }
    }
}
