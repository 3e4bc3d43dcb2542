//! One process of the star: started with its log in a file, watched, and never left behind.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::READY_WAIT;
use super::fault::StarError;
use super::wait::until;
use crate::client::is_ok;

/// Lines of a log that an error quotes.
const LINES_QUOTED: usize = 12;

/// A running process.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// The program `name` beside the one that runs now; a test binary lies one folder deeper.
pub(super) fn program(name: &str) -> Result<PathBuf, StarError> {
    let own = std::env::current_exe().map_err(StarError::file(Path::new("the running program")))?;
    let mut folder = own.parent().unwrap_or(Path::new("."));
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let program = folder.join(name);
    if program.is_file() {
        Ok(program)
    } else {
        Err(StarError::ProgramMissing(program))
    }
}

impl Process {
    /// Starts `program --config <config>`; what it says goes to the end of `log`.
    pub(super) fn launch(
        name: &str,
        program: &Path,
        config: &Path,
        log: &Path,
    ) -> Result<Self, StarError> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(StarError::file(log))?;
        let errors = output.try_clone().map_err(StarError::file(log))?;
        let child = Command::new(program)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // A group of its own: Ctrl-C at the terminal reaches the sandbox alone, which stops the
            // star in order.
            .process_group(0)
            .spawn()
            .map_err(StarError::file(program))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// Its id, for what the system says of it.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `url` answers 200.
    pub(super) async fn wait_ready(&mut self, url: &str) -> Result<(), StarError> {
        let waited = until(READY_WAIT, async || match self.child.try_wait() {
            Ok(None) => is_ok(url).await.then_some(Ok(())),
            Ok(Some(status)) => Some(Err(status.to_string())),
            Err(error) => Some(Err(error.to_string())),
        });
        match waited.await {
            Some(Ok(())) => Ok(()),
            Some(Err(status)) => Err(StarError::Ended {
                name: self.name.clone(),
                status,
                said: last_lines(&self.log),
                log: self.log.clone(),
            }),
            None => Err(StarError::NotReady {
                name: self.name.clone(),
                seconds: READY_WAIT.as_secs(),
                said: last_lines(&self.log),
                log: self.log.clone(),
            }),
        }
    }

    /// Sends a signal.
    pub(super) fn send(&self, signal: Signal) -> Result<(), StarError> {
        kill_process(Pid::from_child(&self.child), signal)
            .map_err(|_| StarError::not_running(&self.name))
    }

    /// Asks the process to end in good order, frozen or not.
    pub(super) fn tell_to_stop(&self) {
        // A process that is gone already needs telling no more.
        let _ = self.send(Signal::CONT);
        let _ = self.send(Signal::TERM);
    }

    /// Asks the process to end and waits for it; kills it when the time is over.
    pub(super) async fn stop(&mut self, limit: Duration) -> Result<(), StarError> {
        self.tell_to_stop();
        let ended = until(limit, async || {
            matches!(self.child.try_wait(), Ok(Some(_))).then_some(())
        });
        if ended.await.is_some() {
            return Ok(());
        }
        self.kill();
        Err(StarError::DidNotStop {
            name: self.name.clone(),
            seconds: limit.as_secs(),
        })
    }

    /// Ends the process at once and takes its leavings.
    pub(super) fn kill(&mut self) {
        // Both fail only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES_QUOTED);
    lines.get(from..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_built_is_named_with_what_to_do() {
        let missing = program("tianshu-nonesuch")
            .expect_err("is missing")
            .to_string();
        assert!(
            missing.contains("tianshu-nonesuch` is missing"),
            "{missing}"
        );
        assert!(
            missing.contains("cargo build --workspace --bins"),
            "{missing}"
        );
    }

    #[tokio::test]
    async fn a_process_that_ends_at_once_is_quoted() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("x.log");
        // `ls --config …` complains and ends, as a program with a wrong configuration does.
        let mut process =
            Process::launch("x", Path::new("ls"), Path::new("y"), &log).expect("ls can be started");
        let ended = process
            .wait_ready("http://127.0.0.1:1/")
            .await
            .expect_err("has ended");
        assert!(
            matches!(&ended, StarError::Ended { said, .. } if said.contains("config")),
            "{ended}"
        );
    }
}
