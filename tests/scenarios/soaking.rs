//! Half a minute of the soak that `make soak` runs for ten: killed, hung and unreachable processes
//! under mixed load, and afterwards everything is on record once, in books that agree. So short a
//! life says nothing of memory.

use std::process::Command;

use super::ground::{folder, program, words};

/// Troubles of both halves fit into it.
const SECONDS: &str = "25";

#[test]
fn nothing_is_lost_or_twice_under_random_troubles() {
    let soak = Command::new(program("tianshu-sandbox"))
        .args(["soak", "--seconds", SECONDS, "--counters", "4", "--home"])
        .arg(folder("soak"))
        .output()
        .expect("the program runs");
    let said = words(&soak);
    assert!(soak.status.success(), "{said}");
    assert!(
        said.contains("nothing lost, nothing twice, nothing unexplained"),
        "{said}"
    );
    println!("{said}");
}
