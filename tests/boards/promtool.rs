//! `promtool`, which Debian's package `prometheus` brings.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a missing `promtool` is mended by.
const PACKAGES: &str = "sudo apt-get install -y --no-install-recommends prometheus";

/// Runs it; `input` goes to its standard input.
pub(super) fn promtool(args: &[&str], input: &str) -> Output {
    let mut tool = Command::new("promtool")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool does not start ({error}); run: {PACKAGES}"));
    let mut stdin = tool.stdin.take().expect("is piped");
    // A tool that has its fault before it has read everything closes its end.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    tool.wait_with_output().expect("promtool ends")
}

/// It must find nothing wrong.
pub(super) fn assert_finds_nothing(args: &[&str], input: &str) {
    let said = promtool(args, input);
    assert!(said.status.success(), "{args:?}: {}", words(&said));
}

/// Everything that it said.
pub(super) fn words(said: &Output) -> String {
    let (out, err) = (&said.stdout, &said.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// A file of the repository.
pub(super) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("lies in the repository")
        .join(path)
}

/// The files of a folder of the repository with this ending, in order.
pub(super) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository(folder)).expect("is there");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("is readable").path())
        .filter(|path| path.extension().is_some_and(|own| own == ending))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} has files");
    files
}
