//! How values are shown to people who only need their form: first six and last four of id numbers,
//! the surname, amounts as stars. What is not known to be harmless is hidden.

use crate::catalog::Catalog;
use crate::item::{Item, ItemType, Sensitivity, TextFormat};
use crate::number::ItemNo;
use crate::value::Value;

/// Characters of an id number that are shown at its ends.
const ID_FIRST: usize = 6;
const ID_LAST: usize = 4;
/// Digits in a row that may be an id number.
const ID_RUN: usize = 15;
/// What stands for a hidden character.
const STAR: char = '*';

/// How much of a value is hidden, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mask {
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
    /// Nothing stays but the length.
    Everything,
}

impl Mask {
    /// The mask for the values of an item.
    #[must_use]
    pub fn of(item: &Item) -> Self {
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

    /// The text behind the mask. What is masked already stays as it is.
    #[must_use]
    pub fn applied(self, text: &str) -> String {
        let stars = |count: usize| STAR.to_string().repeat(count);
        let count = text.chars().count();
        match self {
            Self::Nothing => text.to_owned(),
            Self::Open if longest_run(text) >= ID_RUN => Self::Ends.applied(text),
            Self::Open => text.to_owned(),
            Self::Digits => {
                let hidden = |c: char| if c.is_alphanumeric() { STAR } else { c };
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

    /// Whether masking can have given this text, and has hidden something.
    pub(crate) fn gives(self, text: &str) -> bool {
        let as_mask = if self == Self::Open { Self::Ends } else { self };
        text.contains(STAR) && as_mask.applied(text) == text
    }
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_numeric());
    runs.map(|run| run.chars().count()).max().unwrap_or(0)
}

impl Catalog {
    /// A value of this item for display: masked, or as it is where the item has nothing to hide.
    /// An absence stays what it is; a value of an unknown item is hidden whole.
    #[must_use]
    pub fn masked(&self, no: ItemNo, value: &Value) -> Value {
        if matches!(value, Value::Absent(_) | Value::Masked(_)) {
            return value.clone();
        }
        let plain = value.canonical();
        let shown = self
            .item(no)
            .map_or(Mask::Everything, Mask::of)
            .applied(&plain);
        if shown == plain {
            value.clone()
        } else {
            Value::Masked(shown)
        }
    }

    /// Whether a value of this item may be displayed as it is: it is masked, or hides nothing.
    #[must_use]
    pub fn is_masked(&self, no: ItemNo, value: &Value) -> bool {
        self.masked(no, value) == *value
    }
}

#[cfg(test)]
mod tests;
