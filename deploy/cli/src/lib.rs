//! What the operators' program `tianshu` is made of, for those who need it without the program: the
//! development certification authority, and the workstation of an officer who approves.
//!
//! Refuses to print: that is the business of the program's own modules.

pub mod officer;
pub mod pki;
