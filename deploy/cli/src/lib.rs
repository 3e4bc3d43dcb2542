//! What the operators' program `tianshu` is made of, for those who need it without the program: the
//! development certification authority, the workstation of an officer who approves, and the way to
//! the hub's door for its staff.
//!
//! Refuses to print: that is the business of the program's own modules.

pub mod officer;
pub mod pki;
pub mod staff_door;
