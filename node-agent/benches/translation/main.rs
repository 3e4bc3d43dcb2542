//! How fast local rows become catalog records, and how many allocations that takes: first for the
//! translation alone, with the rows already fetched, then from the question to the records through
//! each connector. `make bench-translation` runs it; the figures are in `docs/performance.md`.
//!
//! It only measures. Every connector gets the same account ledger and the same rules, and a value
//! that is withheld ends the run: a translation that refuses half of its work would look fast.

use std::alloc::System;

use anyhow::Context as _;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

mod homes;
mod ledger;
mod meter;
mod offices;
#[path = "../../tests/translate/server_space.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "it is the tests' own workbench, of which this needs a part"
)]
mod server_space;
#[path = "../../tests/translate/servers.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "it is the tests' own workbench, of which this needs a part"
)]
mod servers;

use homes::Home;
use meter::Line;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // The REST and SOAP systems are this program again, so that their work is not counted here.
    if std::env::args().any(|argument| argument == offices::SERVE) {
        return runtime.block_on(offices::serve());
    }
    let only = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let mut lines = Vec::new();
    for &name in homes::CONNECTORS {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let home = runtime
            .block_on(Home::of(name))
            .with_context(|| format!("the {name} connector cannot be prepared"))?;
        lines.push(Line::of(&home, &runtime)?);
    }
    show(&lines);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn show(lines: &[Line]) {
    println!("{}", meter::machine());
    println!("\n{}", meter::table(lines));
}
