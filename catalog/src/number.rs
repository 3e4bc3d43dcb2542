//! Numbers of classes and items: `04` and `04-08`. Any other spelling is refused, so that two
//! texts are equal exactly when they name the same item.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not the number of a class or an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not two digits between 01 and 14.
    #[error("`{0}` is not a class number from 01 to 14")]
    Class(String),
    /// Not class and item, such as 04-08.
    #[error("`{0}` is not an item number such as 04-08")]
    Item(String),
}

/// The number of a class, 01 to 14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassNo(u8);

impl ClassNo {
    /// The highest class number.
    pub const MAX: u8 = 14;

    /// The class of this number, if there can be one.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= Self::MAX {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number, 1 to 14.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether records of the class lie with an office outside the centers (net-signed contracts,
    /// marriages, enterprises), so that any center may hold the wrapper of its source.
    #[must_use]
    pub const fn is_of_an_outside_office(self) -> bool {
        self.0 >= Self::OUTSIDE_FROM
    }

    /// Whether records of the class are about persons alone: it has no item for the credit code of
    /// an employer. Found for an employer they are its people's, who are no party of its case.
    #[must_use]
    pub const fn is_about_persons(self) -> bool {
        matches!(self.0, 3..=10 | 12 | 13)
    }

    /// The classes from this one on lie with outside offices.
    const OUTSIDE_FROM: u8 = 12;

    /// Every class number in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=Self::MAX).map(Self)
    }
}

impl fmt::Display for ClassNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl FromStr for ClassNo {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        two_digits(text)
            .and_then(Self::new)
            .ok_or_else(|| NumberError::Class(text.to_owned()))
    }
}

/// The number of an item within its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemNo {
    class: ClassNo,
    item: u8,
}

impl ItemNo {
    /// The highest item number a class can have.
    pub const MAX: u8 = 99;

    /// The item of this number, if there can be one.
    #[must_use]
    pub const fn new(class: ClassNo, item: u8) -> Option<Self> {
        if item >= 1 && item <= Self::MAX {
            Some(Self { class, item })
        } else {
            None
        }
    }

    /// The class the item belongs to.
    #[must_use]
    pub const fn class(self) -> ClassNo {
        self.class
    }

    /// The number within the class, 1 to 99.
    #[must_use]
    pub const fn item(self) -> u8 {
        self.item
    }
}

impl fmt::Display for ItemNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.class, self.item)
    }
}

impl FromStr for ItemNo {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('-')
            .and_then(|(class, item)| Self::new(class.parse().ok()?, two_digits(item)?))
            .ok_or_else(|| NumberError::Item(text.to_owned()))
    }
}

fn two_digits(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

impl Serialize for ClassNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClassNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for ItemNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_class_without_an_employers_number_is_about_persons() {
        let catalog = crate::Catalog::builtin().unwrap();
        for class in catalog.classes() {
            let has_credit_code = class.items.iter().any(|item| item.code == "tyshxydm");
            assert_eq!(
                class.no.is_about_persons(),
                !has_credit_code,
                "{}",
                class.no
            );
        }
    }

    #[test]
    fn only_the_two_digit_spelling_is_a_number() {
        for good in ["01", "09", "14"] {
            assert_eq!(good.parse::<ClassNo>().unwrap().to_string(), good);
        }
        for bad in ["", "0", "00", "1", "15", "001", "+1", "０１", "4 ", "a1"] {
            assert!(bad.parse::<ClassNo>().is_err(), "{bad}");
        }
        assert_eq!("04-08".parse::<ItemNo>().unwrap().item(), 8);
        for bad in [
            "04", "0408", "04-8", "04-00", "15-01", "04-08-", "04--08", "04-100",
        ] {
            assert!(bad.parse::<ItemNo>().is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_strings_in_json() {
        let no: ItemNo = "04-08".parse().unwrap();
        assert_eq!(serde_json::to_string(&no).unwrap(), "\"04-08\"");
        assert_eq!(serde_json::from_str::<ItemNo>("\"04-08\"").unwrap(), no);
        assert!(serde_json::from_str::<ClassNo>("\"15\"").is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parsers(text in any::<String>()) {
            if let Ok(no) = text.parse::<ItemNo>() {
                prop_assert_eq!(no.to_string(), text.clone());
            }
            if let Ok(no) = text.parse::<ClassNo>() {
                prop_assert_eq!(no.to_string(), text);
            }
        }

        #[test]
        fn what_is_written_is_read_back(class in 1u8..=14, item in 1u8..=99) {
            let no = ItemNo::new(ClassNo::new(class).unwrap(), item).unwrap();
            prop_assert_eq!(no.to_string().parse::<ItemNo>().unwrap(), no);
        }
    }
}
