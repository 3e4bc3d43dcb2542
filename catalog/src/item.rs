//! What the catalogue says of a class and of each item in it. Data only: how a value is judged
//! against it stands in `parse` and `check`.

use serde::Serialize;

use crate::number::{ClassNo, ItemNo};

/// One class of shared records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The number of the class.
    pub no: ClassNo,
    /// The name used in addresses and file names, such as `personal-account`.
    pub code: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// The items in the order of their numbers, without gaps.
    pub items: Vec<Item>,
}

impl Class {
    /// The item with this number, if it belongs to the class.
    #[must_use]
    pub fn item(&self, no: ItemNo) -> Option<&Item> {
        if no.class() != self.no {
            return None;
        }
        self.items.get(usize::from(no.item()).checked_sub(1)?)
    }

    /// The item that identifies a record within its centre.
    #[must_use]
    pub fn record_key(&self) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.key == Some(KeyRole::Record))
    }
}

/// One item of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The number, never used again for anything else.
    pub no: ItemNo,
    /// The code: mostly the pinyin initials of JGJ/T 320.
    pub code: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// What values it takes.
    pub kind: ItemType,
    /// The most characters a text or code may have; absent for every other type.
    pub length: Option<u16>,
    /// The unit of a number.
    pub unit: Option<String>,
    /// A closer form that a text must have.
    pub format: Option<TextFormat>,
    /// Whether a record without it is defective.
    pub required: bool,
    /// Its part in identifying records and subjects.
    pub key: Option<KeyRole>,
    /// How closely it is to be guarded.
    pub sensitivity: Sensitivity,
    /// Where the item was found.
    pub source: String,
    /// Whether name and meaning were read in a source, or are general knowledge or design.
    pub verified: bool,
    /// Passed on as the input of a check, never returned, stored or logged.
    pub input_only: bool,
    /// The lines of business that use it.
    pub domains: Vec<Domain>,
}

/// The values an item takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemType {
    /// Free text of at most so many characters.
    Text {
        /// The most characters.
        len_max: u16,
    },
    /// A code of a code set.
    Code {
        /// The name of the code set.
        set: String,
        /// Several codes joined with `;`.
        multiple: bool,
    },
    /// A day.
    Date,
    /// A month.
    Month,
    /// A moment, to the second.
    Time,
    /// A decimal number.
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// A count, never negative.
    Integer {
        /// The most digits.
        digits: u8,
    },
    /// True or false.
    Boolean,
}

impl ItemType {
    /// The name of the type as written in the class files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Code { .. } => "code",
            Self::Date => "date",
            Self::Month => "month",
            Self::Time => "time",
            Self::Decimal { .. } => "decimal",
            Self::Integer { .. } => "integer",
            Self::Boolean => "boolean",
        }
    }
}

/// Closer forms of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// The number of an identity document whose type stands in another item of the class.
    IdNumber {
        /// The item that holds the type.
        id_type: ItemNo,
    },
    /// A unified social credit code, GB 32100.
    CreditCode,
    /// An organization code, GB 11714.
    OrganizationCode,
    /// Four digits.
    Year,
    /// Five characters Y, N or - in the order name, contract number, password, id type, id number.
    MatchFlags,
}

impl TextFormat {
    /// The name of the format as written in the class files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdNumber { .. } => "id-number",
            Self::CreditCode => "credit-code",
            Self::OrganizationCode => "organization-code",
            Self::Year => "year",
            Self::MatchFlags => "match-flags",
        }
    }
}

/// A closed list of words, each with the one text that stands for it in the class files.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The text that stands for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The one this text stands for.
            #[must_use]
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }
    };
}

words! {
    /// How closely an item is guarded, from open to most sensitive.
    Sensitivity {
        /// Open: registered names, centre codes.
        L1 = "L1",
        /// Internal: statuses, dates, employer accounts.
        L2 = "L2",
        /// Personal or financial: names, balances, addresses.
        L3 = "L3",
        /// Highest: id numbers, marriage facts, bad records.
        L4 = "L4",
    }
}

words! {
    /// The part an item plays in identifying things.
    KeyRole {
        /// With the centre code it identifies a record across centres.
        Record = "record",
        /// It identifies the person or employer the record is about.
        Subject = "subject",
        /// It points to a record of another class.
        Reference = "reference",
    }
}

words! {
    /// The lines of business of a fund centre.
    Domain {
        /// Collection of contributions.
        Collection = "collection",
        /// Withdrawals.
        Withdrawal = "withdrawal",
        /// Transfers between centres.
        Transfer = "transfer",
        /// Loans.
        Loan = "loan",
    }
}
