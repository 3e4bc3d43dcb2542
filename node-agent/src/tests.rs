//! The workbench of the agent's unit tests: a center with a small business system, its keys and its
//! log in a temporary folder, and a hub that says whatever a test wants. It mocks nothing of the
//! agent itself: real SQLite, real signatures, a real journal, a real socket.

pub(crate) mod center;
pub(crate) mod http;
pub(crate) mod hub;
mod owner;
mod privacy;

use std::time::Duration;

/// Longest wait for something that happens in another task.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Waits until something holds; a test that waits in vain fails with its name.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(LOOK).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "in vain: {what}");
}
