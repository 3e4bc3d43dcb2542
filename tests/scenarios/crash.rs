//! The hub dies without warning: nobody holds a receipt for something that is not there.

use std::process::Command;

use audit::Receipt;
use sandbox::evidence::as_lines;
use sandbox::star::Home;

use super::ground::{Ground, assert_holds, program, words};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_receipt_survives_the_kill() {
    let mut ground = Ground::start("hub-killed").await;
    assert_holds(&ground.show().hub_killed().await);
    let home = ground.star.home();
    // The same with the auditor's own program.
    let verdict = verify(home);
    assert!(verdict.0, "{}", verdict.1);
    // A receipt that the log never gave is found out.
    let forged = Receipt {
        log: "hub-1".into(),
        index: 1,
        leaf_hash: audit::leaf_hash(b"forged"),
    };
    std::fs::write(home.receipts(), as_lines(&[forged])).expect("is written");
    let verdict = verify(home);
    assert!(!verdict.0, "{}", verdict.1);
    ground.check().await;
}

/// Whether `tianshu audit verify` is content with the hub's log and the receipts, and what it said.
fn verify(home: &Home) -> (bool, String) {
    let said = Command::new(program("tianshu"))
        .args(["audit", "verify"])
        .arg(home.hub_log())
        .arg("--receipts")
        .arg(home.receipts())
        .output()
        .expect("tianshu runs");
    (said.status.success(), words(&said))
}
