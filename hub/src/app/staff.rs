//! The staff's door: HTTPS with a client certificate, behind our own accept loop.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::serve::Listener;
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::tls::{AcceptLimits, Incoming, ServerTls, TlsConn};

use super::HANDSHAKE_SHARES;
use super::door::Door;
use super::open::Opened;
use crate::api::staff::{StaffDoor, StaffPeer, router};
use crate::broker::Broker;
use crate::config::Config;
use crate::desk::{Desk, Record, pages};

/// Connections of the staff, in all and of one person.
const CONNECTIONS_MAX: usize = 64;
const CONNECTIONS_PER_PERSON_MAX: usize = 8;
/// Handshakes under way.
const HANDSHAKES_MAX: usize = 64;

/// Binds the door, if there is to be one.
pub(super) async fn prepare(config: &Config, broker: &Broker) -> anyhow::Result<Option<Door>> {
    let Some(address) = config.staff else {
        return Ok(None);
    };
    anyhow::ensure!(
        broker.trust.all_staff().next().is_some(),
        "staff.listen: the trust list names no `[[staff]]`, so nobody could come in"
    );
    let tls = ServerTls::load_for_staff(&config.link.tls, &config.trust_domain)?;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("staff.listen: cannot listen on `{address}`"))?;
    tracing::info!(staff = %address, "the staff's door is open");
    Ok(Some(Door {
        name: "staff",
        tls,
        limits: AcceptLimits {
            handshakes: HANDSHAKES_MAX,
            // One machine must not keep duty from an act.
            handshakes_per_address: HANDSHAKES_MAX.div_ceil(HANDSHAKE_SHARES),
            connections: CONNECTIONS_MAX,
            connections_per_peer: CONNECTIONS_PER_PERSON_MAX,
            ..AcceptLimits::default()
        },
        listener,
        // HTTP/1.1 holds back by itself: one answer a connection, and few of these.
        unread: None,
    }))
}

/// Serves the staff until `end`.
pub(super) fn open(
    door: Door,
    broker: &Arc<Broker>,
    (opened, config): (&Opened, &Config),
    tasks: &TaskTracker,
    end: &CancellationToken,
) {
    let (local, tls) = (door.listener.local_addr(), door.tls.clone());
    let listener = StaffListener {
        incoming: door.open(broker, tasks, end),
        local: local.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0))),
    };
    let found_by = || Arc::clone(&opened.index);
    let door = StaffDoor::new(Arc::clone(broker), found_by());
    let (behind, record) = (Arc::clone(broker), Record::of(&opened.publisher));
    let candidates = config.candidates.clone();
    let desk = Desk::new(Arc::clone(&door), behind, found_by(), record, candidates);
    desk.shows(tls);
    tasks.spawn(Arc::clone(&desk).keep_sessions(end.clone()));
    let routes = router(door).merge(pages(desk));
    let routes = routes.into_make_service_with_connect_info::<StaffPeer>();
    let served =
        axum::serve(listener, routes).with_graceful_shutdown(end.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the staff's door failed");
        }
    });
}

/// Gives axum the connections of proven peers.
#[derive(Debug)]
pub(crate) struct StaffListener {
    incoming: Incoming,
    local: SocketAddr,
}

impl Listener for StaffListener {
    type Io = TlsConn;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.incoming.next().await {
                Some(Ok(connection)) => return (connection, self.local),
                Some(Err(_)) => {}
                // The hub is stopping: nobody comes any more.
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.local)
    }
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, StaffListener>>
    for StaffPeer
{
    fn connect_info(stream: axum::serve::IncomingStream<'_, StaffListener>) -> Self {
        StaffPeer(Arc::clone(stream.io().identity()))
    }
}
