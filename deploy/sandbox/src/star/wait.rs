//! Waiting for something to become true, always with a bound.

use std::time::Duration;

use tokio::time::Instant;

/// Pause between two looks.
pub const WAIT_PAUSE: Duration = Duration::from_millis(50);

/// Looks again and again until `look` gives something; nothing when the time is over.
pub async fn until<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        tokio::time::sleep(WAIT_PAUSE).await;
    }
}
