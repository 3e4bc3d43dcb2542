//! The commands of the program, one module each. A command prints to the writer it is given and
//! ends with an exit code; it holds no rules of its own.

mod act;
mod audit;
mod catalog;
mod limits;
mod list;
mod officer;
mod pki;
mod policy;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wire::{Clock as _, SystemClock};

/// Ends with this when something is breaking, faulty or different.
const FOUND: u8 = 1;

/// Input that cannot be read at all: another exit code than a finding.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(String);

impl Unreadable {
    /// What the program ends with.
    pub(crate) const EXIT_CODE: u8 = 2;
}

/// The same, with all its causes in one sentence.
impl From<anyhow::Error> for Unreadable {
    fn from(error: anyhow::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

/// Tools for those who run a Tianshu star.
#[derive(Debug, Parser)]
#[command(name = "tianshu", version, disable_help_subcommand = true)]
pub(crate) struct Tianshu {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Certificates, revocation lists and keys FOR DEVELOPMENT: the key of this authority lies in a
    /// file without protection. Never use it for a production star.
    #[command(subcommand)]
    Pki(pki::Pki),
    /// The shared catalogue: classes, items, code sets.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// The rules: flows, centers, calendar, base policies.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// The limits of a hub: how often, and how much at once.
    #[command(subcommand)]
    Limits(limits::LimitsCommand),
    /// The workstation of an officer who approves questions of other people.
    #[command(subcommand)]
    Officer(officer::Officer),
    /// The result table of a list.
    #[command(subcommand)]
    List(list::List),
    /// The audit log of a hub or an agent.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Acts of a hub's staff: breakers, suspensions.
    #[command(subcommand)]
    Act(act::Act),
}

impl Tianshu {
    /// Does what was asked.
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Pki(command) => command.run(out, SystemClock.now()),
            Command::Catalog(command) => command.run(out),
            Command::Policy(command) => command.run(out, SystemClock.now()),
            Command::Limits(command) => command.run(out),
            Command::Officer(command) => command.run(out, SystemClock.now()),
            Command::List(command) => command.run(out),
            Command::Audit(command) => command.run(out),
            Command::Act(command) => command.run(out),
        }
    }
}
