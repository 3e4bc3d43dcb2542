//! A server that cannot be left behind. A small shell beside it, its keeper, waits for the end of
//! a pipe that this program holds; when the pipe closes, because this program is done or was
//! killed, the keeper stops the server and removes its folder. It refuses to wait for a server
//! that hangs: after some seconds it is killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::programs::{NOBODY, is_root, last_line};
use super::{Node, ServerError};

/// Folders of servers stand here: their user may enter it wherever the star's home lies, and the
/// paths of sockets within stay short.
const FOLDERS: &str = "/tmp";
const LOG: &str = "log";

/// A frozen server and its children must go on before they can stop.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
echo "$server"
exec >/dev/null 2>&1
cat
for stat in /proc/[0-9]*/stat; do
  read -r pid name state parent rest <"$stat"
  if [ "$parent" = "$server" ]; then kill -CONT "$pid"; fi
done
kill -CONT "$server"
kill -QUIT "$server"
( sleep 4; kill -KILL "$server" ) &
watch=$!
wait "$server"
kill "$watch"
rm -rf "$folder"
"#;

/// A running server, its keeper and its folder.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    server: Pid,
    keeper: Child,
    /// Open for as long as the server may run.
    lifeline: Option<ChildStdin>,
}

/// A new folder that belongs to the servers' user.
pub(super) fn folder(node: Node) -> Result<TempDir, ServerError> {
    let folder = tempfile::Builder::new()
        .prefix(&format!("tianshu-{}-", node.id()))
        .tempdir_in(FOLDERS)
        .map_err(ServerError::file(Path::new(FOLDERS)))?;
    if is_root() {
        let own = chown(folder.path(), Some(NOBODY), Some(NOBODY));
        own.map_err(ServerError::file(folder.path()))?;
    }
    Ok(folder)
}

impl Kept {
    /// Starts a server by its command line; from here on the keeper removes the folder.
    pub(super) fn launch(folder: TempDir, line: &[String]) -> Result<Self, ServerError> {
        let failed = |said: String| ServerError::Failed {
            program: "sh".to_owned(),
            said,
        };
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(folder.path())
            .args(line)
            .current_dir("/")
            // What ends this program and its group must leave the keeper to do its work.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let folder = folder.keep();
        let lifeline = keeper.stdin.take();
        let mut told = String::new();
        if let Some(output) = keeper.stdout.take() {
            let read = BufReader::new(output).read_line(&mut told);
            read.map_err(|error| failed(error.to_string()))?;
        }
        let server = told.trim().parse().ok().and_then(Pid::from_raw);
        let server = server.ok_or_else(|| failed("it names no process".to_owned()))?;
        Ok(Self {
            folder,
            server,
            keeper,
            lifeline,
        })
    }

    /// The server's own folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Signals the server and its children; false when the server is gone.
    pub(super) fn signal(&self, signal: Signal) -> bool {
        // The server first: a stopped one has no further children.
        let is_sent = kill_process(self.server, signal).is_ok();
        for child in children(self.server) {
            // A child that has ended meanwhile needs no signal.
            let _ = kill_process(child, signal);
        }
        is_sent
    }

    /// Whether the server has not ended by itself.
    pub(super) fn is_running(&self) -> bool {
        let stat = format!("/proc/{}/stat", self.server.as_raw_nonzero());
        std::fs::read_to_string(stat).is_ok_and(|stat| !stat.contains(") Z "))
    }

    /// The last line of the server's log.
    pub(super) fn last_words(&self) -> String {
        let log = std::fs::read(self.folder.join(LOG)).unwrap_or_default();
        last_line(&String::from_utf8_lossy(&log))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.lifeline = None;
        // Bounded by the keeper's own patience with the server.
        let _ = self.keeper.wait();
    }
}

/// The processes that a process has started and not yet taken leave of.
fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let child = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in brackets may hold blanks; behind it stand the state and the parent.
        let (_, behind) = stat.rsplit_once(')')?;
        let is_child = behind.split_whitespace().nth(1) == Some(parent.as_str());
        is_child.then(|| Pid::from_raw(pid)).flatten()
    };
    processes.filter_map(child).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_server_ends_with_its_lifeline_even_when_it_stands_still() {
        let line = ["sleep".to_owned(), "600".to_owned()];
        let kept = Kept::launch(folder(Node::City).unwrap(), &line).unwrap();
        let (server, place) = (kept.server, kept.folder().to_owned());
        assert!(kept.is_running() && place.is_dir());
        assert!(kept.signal(Signal::STOP));
        let begun = Instant::now();
        drop(kept);
        assert!(kill_process(server, Signal::CONT).is_err(), "it is gone");
        assert!(!place.exists(), "its folder is gone");
        assert!(begun.elapsed() < Duration::from_secs(6));
    }

    #[test]
    fn a_server_that_ends_by_itself_is_noticed_and_quoted() {
        let line = ["sh", "-c", "echo; echo no room left; exit 1"].map(str::to_owned);
        let kept = Kept::launch(folder(Node::City).unwrap(), &line).unwrap();
        let begun = Instant::now();
        while kept.is_running() {
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(kept.last_words(), "no room left");
    }
}
