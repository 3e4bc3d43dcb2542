//! `tianshu-agent`: reads its configuration, attaches to the hub, serves until told to stop.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use node_agent::agent;
use node_agent::config::Config;
use node_agent::tools::{self, Tool};

/// The agent of one center in the Tianshu star.
#[derive(Debug, Parser)]
#[command(name = "tianshu-agent", version)]
struct Arguments {
    /// Configuration file; `deploy/config/agent.full.toml` lists every key.
    #[arg(long)]
    config: PathBuf,
    /// Check the configuration, list every fault, and exit.
    #[arg(long)]
    check_config: bool,
    /// What to do instead of serving.
    #[command(subcommand)]
    tool: Option<Tool>,
}

#[expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program's last words go to its terminal"
)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::read(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("tianshu-agent: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.check_config {
        println!("{}: no fault found", arguments.config.display());
        return ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_max_level(tracing::Level::INFO)
        .init();
    if let Some(tool) = &arguments.tool {
        return match tools::run(&config, tool) {
            Ok(report) => {
                print!("{}", report.text);
                if report.is_sound {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                }
            }
            Err(error) => {
                eprintln!("tianshu-agent: {error:#}");
                ExitCode::from(2)
            }
        };
    }
    match agent::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tianshu-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}
