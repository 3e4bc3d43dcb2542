//! `tianshu-sandbox`: builds a star of four centers on this machine, shows what it can do, and
//! keeps it running to play with. It refuses to be more than a sandbox: keys lie unprotected in the
//! home folder.

mod bench;
mod bench_bulkhead;
mod bench_overload;
mod demo;
mod quotas;
mod soak;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use sandbox::star::{BASE_PORT, Stores};
use sandbox::world::DEFAULT_PEOPLE;

/// A whole Tianshu star on one machine, for demonstration and tests.
#[derive(Debug, Parser)]
#[command(name = "tianshu-sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a world, start one hub and four agents, show what they do, and keep serving until
    /// Ctrl-C.
    Demo(Demo),
    /// Measure how long somebody at a counter waits, alone and beside a running list
    /// (docs/performance.md). Means something with programs built for release only.
    BenchLists(bench::BenchLists),
    /// Measure what the hub still answers under ten times what it can (docs/performance.md). Means
    /// something with programs built for release only.
    BenchOverload(bench_overload::BenchOverload),
    /// Measure what the callers of three centers notice of the trouble of a fourth
    /// (docs/performance.md). Means something with programs built for release only.
    BenchBulkhead(bench_bulkhead::BenchBulkhead),
    /// Mixed load with random troubles, and whether everything is on record and nothing grows
    /// (docs/performance.md).
    Soak(soak::Soak),
}

/// How the demo runs.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for everything that the star writes.
    #[arg(long, default_value = "demo")]
    home: PathBuf,
    /// Stop after the showcase; succeed only if every line came out as expected.
    #[arg(long)]
    once: bool,
    /// People in the sample world.
    #[arg(long, default_value_t = DEFAULT_PEOPLE)]
    people: u32,
    /// From which the sample world follows.
    #[arg(long, default_value_t = 20_260_101)]
    seed: u64,
    /// Where the centers keep what they know.
    #[arg(long, value_enum, default_value_t)]
    stores: Stores,
    /// First port; any free ports are used when one is taken.
    #[arg(long, default_value_t = BASE_PORT)]
    base_port: u16,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Demo(demo) => demo::run(&demo),
        Command::BenchLists(bench) => bench::run(&bench),
        Command::BenchOverload(bench) => bench_overload::run(&bench),
        Command::BenchBulkhead(bench) => bench_bulkhead::run(&bench),
        Command::Soak(soak) => soak::run(&soak),
    }
}
