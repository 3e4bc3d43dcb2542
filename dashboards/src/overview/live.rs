//! Live figures: server-sent events whose data are the parts of the page that change, as the same
//! renderer makes them for the page itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;

use super::{OverviewDesk, page};
use crate::turned::Turned;
use crate::viewer::Viewer;

/// A proxy on the way hears at least this often.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A browser that lost the stream waits so long before it asks again.
const AGAIN_AFTER: Duration = Duration::from_secs(3);

pub(super) async fn live<D: OverviewDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
) -> Result<Response, Turned> {
    let stars = desk.live(&viewer)?;
    let events = stars.map(move |overview| {
        let parts = page::parts(&viewer, &overview).into_string();
        let event = Event::default().retry(AGAIN_AFTER).data(parts);
        Ok::<_, Infallible>(event)
    });
    let kept = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(kept).into_response())
}
