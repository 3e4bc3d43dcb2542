//! The answering-side translation, tested through its public face: real SQLite files, real database
//! servers, real dropped files, real mapping folders. It mocks nothing.
//!
//! The modules say `cfg(test)` so that clippy knows their helpers to be test code.

#[cfg(test)]
#[path = "translate/aftermath.rs"]
mod aftermath;
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
#[path = "translate/code_sets.rs"]
mod code_sets;
#[cfg(test)]
#[path = "translate/code_sets_maps.rs"]
mod code_sets_maps;
#[cfg(test)]
#[path = "translate/conversion.rs"]
mod conversion;
#[cfg(test)]
#[path = "translate/conversion_guoguan.rs"]
mod conversion_guoguan;
#[cfg(test)]
#[path = "translate/conversion_railway.rs"]
mod conversion_railway;
#[cfg(test)]
#[path = "translate/conversion_sources.rs"]
mod conversion_sources;
#[cfg(test)]
#[path = "translate/conversion_vendor.rs"]
mod conversion_vendor;
#[cfg(test)]
#[path = "translate/crowds.rs"]
mod crowds;
#[cfg(test)]
#[path = "translate/csv_drop.rs"]
mod csv_drop;
#[cfg(test)]
#[path = "translate/database.rs"]
mod database;
#[cfg(test)]
#[path = "translate/database_probes.rs"]
mod database_probes;
#[cfg(test)]
#[path = "translate/deployed.rs"]
mod deployed;
#[cfg(test)]
#[path = "translate/documented.rs"]
mod documented;
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
#[path = "translate/lookups.rs"]
mod lookups;
#[cfg(test)]
#[cfg(feature = "odbc")]
#[path = "translate/odbc.rs"]
mod odbc;
#[cfg(test)]
#[cfg(feature = "odbc")]
#[path = "translate/odbc_limits.rs"]
mod odbc_limits;
#[cfg(test)]
#[cfg(not(feature = "odbc"))]
#[path = "translate/odbc_missing.rs"]
mod odbc_missing;
#[cfg(test)]
#[cfg(feature = "odbc")]
#[path = "translate/odbc_probes.rs"]
mod odbc_probes;
#[cfg(test)]
#[path = "translate/oddities.rs"]
mod oddities;
#[cfg(test)]
#[path = "translate/office.rs"]
mod office;
#[path = "translate/office_stops.rs"]
mod office_stops;
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
#[path = "translate/sample_cases.rs"]
mod sample_cases;
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
#[path = "translate/server_probes.rs"]
mod server_probes;
#[cfg(test)]
#[path = "translate/server_space.rs"]
mod server_space;
#[cfg(test)]
#[path = "translate/server_stops.rs"]
mod server_stops;
#[cfg(test)]
#[path = "translate/server_tables.rs"]
mod server_tables;
#[cfg(test)]
#[path = "translate/servers.rs"]
mod servers;
#[cfg(test)]
#[path = "translate/service_checks.rs"]
mod service_checks;
#[cfg(test)]
#[path = "translate/systems.rs"]
mod systems;
#[cfg(test)]
#[path = "translate/tools.rs"]
mod tools;
#[cfg(test)]
#[path = "translate/traps.rs"]
mod traps;
