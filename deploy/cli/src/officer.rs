//! The workstation of an officer who approves: reads what an agent gives to sign, says what it
//! means from the signed bytes alone, and signs.
//!
//! Refuses bytes whose meaning it cannot read, subjects that the bytes do not cover, and a key file
//! that others may read.

mod account;
mod key;
mod paper;
mod proof;

pub use account::account;
pub use key::{KeyFault, read_key};
pub use paper::{PAPER_BYTES_MAX, Paper, PaperFault, PaperLine};
pub use proof::Proof;
