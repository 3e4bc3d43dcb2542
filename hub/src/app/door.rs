//! A door of the hub: our own accept loop, its refused handshakes on record, its certificates read
//! anew, and connections cut that they no longer let in.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::tls::{
    AcceptLimits, Acceptor, HandshakeRefusal, Incoming, LiveConnections, ServerTls, serve_incoming,
};

use super::watch::{record_handshakes, tls_code, watch_trust};
use crate::broker::Broker;
use crate::unread::Unread;

/// Refused handshakes waiting for the log; more are only counted.
const HANDSHAKES_QUEUED_MAX: usize = 1_024;

/// Whose door, and how it is guarded.
pub(super) struct Door {
    /// As it stands in the log; empty for that of the nodes.
    pub(super) name: &'static str,
    pub(super) tls: ServerTls,
    pub(super) limits: AcceptLimits,
    pub(super) listener: TcpListener,
    /// What waits for those who came in here, where that is counted; whoever does not read it is
    /// cut off.
    pub(super) unread: Option<Unread>,
}

impl Door {
    /// Opens it until `end`; gives the connections of proven peers.
    pub(super) fn open(
        self,
        broker: &Arc<Broker>,
        tasks: &TaskTracker,
        end: &CancellationToken,
    ) -> Incoming {
        let live = LiveConnections::new();
        let (refusals, refused) = mpsc::channel(HANDSHAKES_QUEUED_MAX);
        tasks.spawn(record_handshakes(Arc::clone(broker), refused, end.clone()));
        tasks.spawn(watch_trust(
            Arc::clone(broker),
            self.tls.clone(),
            live.clone(),
            self.name,
            end.clone(),
        ));
        let metrics = Arc::clone(&broker.metrics);
        let sink = move |refusal: HandshakeRefusal| {
            metrics.handshake_refused(tls_code(refusal.reason));
            // A full queue means a flood: the counter above still tells of it.
            let _ = refusals.try_send(refusal);
        };
        if let Some(unread) = self.unread {
            let metrics = Arc::clone(&broker.metrics);
            let measure = move |bytes| metrics.unread(bytes);
            tasks.spawn(unread.watch(live.clone(), sink.clone(), measure, end.clone()));
        }
        let acceptor = Acceptor::new(self.tls, self.limits, live, Arc::new(sink));
        serve_incoming(acceptor, self.listener, tasks, end.clone())
    }
}
