//! The answering-side translation, tested through its public face: real SQLite files, real dropped
//! files, real mapping folders. It mocks nothing.
//!
//! The modules say `cfg(test)` so that clippy knows their helpers to be test code.

#[cfg(test)]
#[path = "translate/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "translate/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "translate/city.rs"]
mod city;
#[cfg(test)]
#[path = "translate/database.rs"]
mod database;
#[cfg(test)]
#[path = "translate/deployed.rs"]
mod deployed;
#[cfg(test)]
#[path = "translate/drops.rs"]
mod drops;
#[cfg(test)]
#[path = "translate/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "translate/guoguan.rs"]
mod guoguan;
#[cfg(test)]
#[path = "translate/identity.rs"]
mod identity;
#[cfg(test)]
#[path = "translate/railway.rs"]
mod railway;
