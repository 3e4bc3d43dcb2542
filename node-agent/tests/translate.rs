//! The answering-side translation, tested through its public face: real SQLite files, real database
//! servers, real dropped files, real mapping folders. It mocks nothing.
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
#[path = "translate/csv_drop.rs"]
mod csv_drop;
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
#[path = "translate/expressions.rs"]
mod expressions;
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
#[path = "translate/oddities.rs"]
mod oddities;
#[cfg(test)]
#[path = "translate/office.rs"]
mod office;
#[cfg(test)]
#[path = "translate/papers.rs"]
mod papers;
#[cfg(test)]
#[path = "translate/quarantine.rs"]
mod quarantine;
#[cfg(test)]
#[path = "translate/railway.rs"]
mod railway;
#[cfg(test)]
#[path = "translate/server_faults.rs"]
mod server_faults;
#[cfg(test)]
#[path = "translate/server_limits.rs"]
mod server_limits;
#[cfg(test)]
#[path = "translate/server_outages.rs"]
mod server_outages;
#[cfg(test)]
#[path = "translate/server_space.rs"]
mod server_space;
#[cfg(test)]
#[path = "translate/server_tables.rs"]
mod server_tables;
#[cfg(test)]
#[path = "translate/servers.rs"]
mod servers;
#[cfg(test)]
#[path = "translate/systems.rs"]
mod systems;
#[cfg(test)]
#[path = "translate/tools.rs"]
mod tools;
