//! `tianshu`, the program of those who run a star: certificates for development, the catalogue, the
//! rules, the audit log.
//!
//! It reads files and prints; it never talks to a running hub or agent, and refuses with an exit
//! code other than 0 and a sentence on standard error.

mod command;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::command::{Tianshu, Unreadable};

fn main() -> ExitCode {
    let asked = Tianshu::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = asked.run(&mut out).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    match done {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be gone as well; the exit code still says it.
            let _ = writeln!(io::stderr(), "tianshu: {error:#}");
            if error.is::<Unreadable>() {
                ExitCode::from(Unreadable::EXIT_CODE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Whoever reads our output has seen enough, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
