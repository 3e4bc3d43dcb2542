//! The shared catalogue of the fund centres: 14 classes, their items and code sets, the values
//! and records that travel between centres, and the checks those values must pass.
//!
//! Everything here is pure: sources come in as text and days come in as arguments. The crate
//! refuses to read files, clocks or the environment, and its `Debug` forms never show what a
//! value holds.

mod builtin;
mod catalog;
mod check;
mod code_set;
mod defect;
pub mod diff;
mod digest;
mod fault;
mod house;
pub mod identity;
mod item;
pub mod listing;
mod load;
mod mask;
mod number;
mod parse;
mod record;
mod rule_word;
pub mod schema;
mod subject;
mod value;
mod window;

pub use catalog::{Catalog, Predecessor, VERSION_CHARS_MAX};
pub use code_set::{CodeEntry, CodePattern, CodePrefix, CodeSet};
pub use defect::{Defect, UnknownDefect};
pub use digest::{Digest, DigestError};
pub use fault::{CatalogError, Fault, Source};
pub use house::{Address, ContractNumber, House, HouseId, HouseMatch, UnitNumber};
pub use identity::{CreditCode, OrganizationCode, PersonId};
pub use item::{Class, Domain, Item, ItemType, KeyRole, Sensitivity, TextFormat};
pub use mask::Mask;
pub use number::{ClassNo, ItemNo, NumberError};
pub use record::Record;
pub use rule_word::{
    RULE_ID_BYTES_MAX, RULE_SENTENCE_CHARS_MAX, RULE_WORDS_MAX, RuleWord, RuleWordFault,
};
pub use subject::Subject;
pub use value::{Absence, Month, MonthError, Value};
pub use window::Window;
