//! Reading what strace wrote: one call a line, put together again where another thread's line
//! stands between its beginning and its end.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// One system call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) thread: u32,
    /// The thread's name, where strace was asked for it.
    pub(super) comm: String,
    pub(super) name: String,
    pub(super) arguments: String,
    /// What it returned; none if it never came back.
    pub(super) result: Option<String>,
    /// Lines of the trace in which it began and ended: their order is the order of events.
    pub(super) begun: usize,
    pub(super) ended: Option<usize>,
    pub(super) injected: bool,
}

impl Call {
    /// Whether it names this file, by descriptor or by path.
    pub(super) fn is_on(&self, file: &str) -> bool {
        let ends =
            |open: char, close: char| self.arguments.contains(&format!("{open}{file}{close}"));
        ends('<', '>') || ends('"', '"')
    }

    /// The file or connection behind its first descriptor.
    pub(super) fn file(&self) -> Option<String> {
        let (descriptor, rest) = self.arguments.split_once('<')?;
        let is_number = !descriptor.is_empty() && descriptor.bytes().all(|b| b.is_ascii_digit());
        // The arrow between two ports is part of a connection's name.
        let end = if rest.starts_with("TCP:[") {
            rest.find("]>")? + 1
        } else {
            rest.find('>')?
        };
        is_number.then(|| String::from_utf8_lossy(&unescaped(&rest[..end])).into_owned())
    }

    /// The bytes that it passed, from a trace that shows them in full and in hex.
    pub(super) fn data(&self) -> Result<Vec<u8>, String> {
        if self.arguments.contains("\"...") {
            return Err(format!("the trace of `{}` is cut short", self.name));
        }
        let quoted = self.arguments.split('"').skip(1).step_by(2);
        Ok(quoted.flat_map(unescaped).collect())
    }

    /// Whether it came back without an error.
    pub(super) fn succeeded(&self) -> bool {
        let result = self.result.as_deref().unwrap_or("?");
        !result.starts_with('-') && !result.starts_with('?')
    }
}

/// The calls of a trace in the order in which they began. Signals and ends of threads are left
/// out.
pub(super) fn read(text: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: BTreeMap<(u32, String), usize> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((thread, comm, rest)) = who(line) else {
            continue;
        };
        if let Some((name, end)) = resumed(rest) {
            if let Some(place) = open.remove(&(thread, name.to_owned())) {
                let call = &mut calls[place];
                let (arguments, result) = split_result(end);
                call.arguments.push_str(arguments);
                finish(call, result, at);
            }
            continue;
        }
        let Some((name, arguments)) = rest.split_once('(') else {
            continue;
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let mut call = Call {
            thread,
            comm: comm.to_owned(),
            name: name.to_owned(),
            arguments: String::new(),
            result: None,
            begun: at,
            ended: None,
            injected: false,
        };
        if let Some(arguments) = arguments.strip_suffix(" <unfinished ...>") {
            call.arguments = arguments.to_owned();
            open.insert((thread, name.to_owned()), calls.len());
        } else {
            let (arguments, result) = split_result(arguments);
            call.arguments = arguments.to_owned();
            finish(&mut call, result, at);
        }
        calls.push(call);
    }
    calls
}

fn finish(call: &mut Call, result: &str, at: usize) {
    call.injected = result.ends_with("(INJECTED)");
    if !result.starts_with('?') {
        call.ended = Some(at);
        call.result = Some(result.to_owned());
    }
}

/// Thread, its name, and what follows: `123<audit-commit> fsync(…`.
fn who(line: &str) -> Option<(u32, &str, &str)> {
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let thread = line[..digits].parse().ok()?;
    let rest = &line[digits..];
    match rest.strip_prefix('<') {
        Some(named) => {
            let (comm, rest) = named.split_once('>')?;
            Some((thread, comm, rest.trim_start()))
        }
        None => Some((thread, "", rest.trim_start())),
    }
}

/// Bytes of text in which some or all are written as `\x2f`.
fn unescaped(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// `<... fsync resumed>) = 0` is the end of a call.
fn resumed(rest: &str) -> Option<(&str, &str)> {
    let (name, end) = rest.strip_prefix("<... ")?.split_once(" resumed>")?;
    Some((name, end))
}

/// Arguments and result of `…) = 0`; the last `) = ` counts, whatever the arguments quote.
fn split_result(text: &str) -> (&str, &str) {
    let Some(at) = text.rfind(" = ") else {
        return (text, "?");
    };
    let arguments = text[..at].trim_end();
    (
        arguments.strip_suffix(')').unwrap_or(arguments),
        text[at + " = ".len()..].trim(),
    )
}

/// The strace command with what all our traces need; fails with a sentence where there is none.
pub(super) fn strace(output: &Path) -> Command {
    let program = Path::new("/usr/bin/strace");
    assert!(
        program.is_file(),
        "these tests watch system calls: sudo apt-get install -y strace"
    );
    let mut strace = Command::new(program);
    strace.args(["-f", "-yy", "-Y", "-o"]).arg(output);
    strace
}

/// A strace that watches a process which was running before.
#[derive(Debug)]
pub(super) struct Watch(Child);

impl Watch {
    /// Returns once every thread of the process is watched.
    pub(super) fn attach(process: u32, output: &Path, rules: &[String]) -> Self {
        let mut strace = strace(output);
        strace.args(rules).arg("-p").arg(process.to_string());
        let mut child = strace.stderr(Stdio::piped()).spawn().expect("strace runs");
        let said = child.stderr.take().unwrap();
        let mut lines = BufReader::new(said).lines();
        let mut heard = String::new();
        let attached = lines.by_ref().map_while(Result::ok).any(|line| {
            heard.push_str(&line);
            line.contains("attached")
        });
        assert!(attached, "strace may not watch process {process}: {heard}");
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    /// Lets the process go on unwatched; the trace is complete afterwards.
    pub(super) fn end(&mut self) {
        let told = kill_process(Pid::from_child(&self.0), Signal::INT);
        told.expect("strace is there");
        self.wait();
    }

    /// Waits until the process is gone, and the trace complete.
    pub(super) fn wait(&mut self) {
        self.0.wait().expect("strace ends");
    }
}

#[test]
fn calls_are_put_together_across_threads() {
    let text = "\
10<writer> openat(AT_FDCWD</tmp>, \"/l/lock\", O_RDWR) = 3</l/lock>
11<audit-commit> fdatasync(5</l/a.seg> <unfinished ...>
10<writer> write(1, \") = 7\", 5) = 5
11<audit-commit> <... fdatasync resumed>)  = 0
11<audit-commit> pwrite64(5</l/a.seg>, \"x\", 1, 0) = -1 EIO (Input/output error) (INJECTED)
11<audit-commit> rename(\"/l/spare.tmp\", \"/l/b.seg\" <unfinished ...>) = ?
10<writer> --- SIGCHLD {si_signo=SIGCHLD} ---
11<audit-commit> +++ killed by SIGKILL +++
";
    let calls = read(text);
    let names: Vec<_> = calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(
        names,
        ["openat", "fdatasync", "write", "pwrite64", "rename"]
    );
    assert!(calls[0].is_on("/l/lock") && calls[1].is_on("/l/a.seg"));
    assert_eq!((calls[1].begun, calls[1].ended), (1, Some(3)));
    assert!(calls[1].succeeded() && !calls[1].injected);
    assert_eq!(calls[2].result.as_deref(), Some("5"));
    assert!(calls[3].injected && !calls[3].succeeded());
    assert_eq!(calls[4].ended, None);
    assert!(!calls[4].succeeded());
}
