//! Lists beside the counters: an employer's roster, again and again.

use std::time::Duration;

use sandbox::client::{CallError, Desk, Heard as ListHeard};
use sandbox::world::ROSTER_CASE;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::heard::Heard;

const FLOW: &str = "F06";
/// A case asks ten thousand lines in its life.
const LISTS_MAX: usize = 18;
/// Pause between two lists, whatever became of the first.
const PAUSE: Duration = Duration::from_secs(20);

/// Asks until told to stop.
pub(super) async fn ask(desk: Desk, heard: Heard, stopping: CancellationToken) {
    for _ in 0..LISTS_MAX {
        if let Some(Err(error)) = stopping.run_until_cancelled(list(&desk, &heard)).await {
            heard.error(&error);
        }
        let pause = tokio::time::sleep(PAUSE);
        if stopping.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

async fn list(desk: &Desk, heard: &Heard) -> Result<(), CallError> {
    let open = desk.open(ROSTER_CASE, FLOW).await?;
    let mut listing = desk.list(&json!({ "case": open.case })).await?;
    loop {
        match listing.next().await? {
            ListHeard::Line(line) => heard.line(line.answer.as_ref(), line.refusal.as_ref()),
            ListHeard::Summary(_) => {
                heard.list();
                return Ok(());
            }
        }
    }
}
