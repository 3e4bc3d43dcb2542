//! The connections that are open, so that a peer revoked or expired meanwhile is cut off.
//!
//! Refuses a connection over the limit, in all and for each peer: one peer may not take every
//! place.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::refusal::{HandshakeRefusal, RefusalReason};
use super::server::ServerTls;
use crate::identity::{PeerIdentity, PeerUri};

/// The table of open connections. Clones share one table.
#[derive(Clone, Default)]
pub struct LiveConnections(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Live>,
    per_peer: HashMap<PeerUri, usize>,
}

struct Live {
    identity: Arc<PeerIdentity>,
    address: SocketAddr,
    chain: Vec<CertificateDer<'static>>,
    cut: CancellationToken,
}

/// A connection that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Whose it was.
    pub identity: Arc<PeerIdentity>,
    /// Why it was cut.
    pub reason: RefusalReason,
}

impl fmt::Debug for LiveConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveConnections")
            .field("open", &self.len())
            .finish()
    }
}

impl LiveConnections {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many connections are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().open.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cuts every connection whose peer would be refused now under the configuration in use:
    /// revoked, expired, or its authority no longer trusted. A revocation list that is merely out
    /// of date cuts nobody: it lets nobody new in, and that is for an operator to mend.
    pub fn close_refused(&self, tls: &ServerTls, now: OffsetDateTime) -> Vec<Closed> {
        self.close(|live| match tls.refuses(&live.chain, now) {
            Some(RefusalReason::RevocationUnknown) | None => None,
            reason => reason,
        })
    }

    /// Cuts every connection whose certificate serial `revoked` names, or whose certificate is past
    /// its last day at `now`.
    pub fn close_revoked(
        &self,
        revoked: impl Fn(&str) -> bool,
        now: OffsetDateTime,
    ) -> Vec<Closed> {
        self.close(|live| {
            if revoked(&live.identity.serial) {
                Some(RefusalReason::Revoked)
            } else if live.identity.not_after < now {
                Some(RefusalReason::Expired)
            } else {
                None
            }
        })
    }

    /// Cuts the one connection that this very identity came over, as its requests carry it; what is
    /// to be told of it. Nothing where it is gone or cut already.
    pub fn cut(
        &self,
        identity: &Arc<PeerIdentity>,
        reason: RefusalReason,
    ) -> Option<HandshakeRefusal> {
        let table = self.table();
        let mut open = table.open.values();
        let live = open.find(|live| Arc::ptr_eq(&live.identity, identity))?;
        if live.cut.is_cancelled() {
            return None;
        }
        live.cut.cancel();
        Some(HandshakeRefusal {
            peer: live.address,
            reason,
            serial: Some(identity.serial.clone()),
            claimed: Some(identity.uri().to_string()),
        })
    }

    fn close(&self, verdict: impl Fn(&Live) -> Option<RefusalReason>) -> Vec<Closed> {
        let table = self.table();
        let mut closed = Vec::new();
        for live in table.open.values().filter(|live| !live.cut.is_cancelled()) {
            if let Some(reason) = verdict(live) {
                live.cut.cancel();
                closed.push(Closed {
                    identity: live.identity.clone(),
                    reason,
                });
            }
        }
        closed
    }

    /// Takes a place for a peer, unless `all` places or its own `per_peer` places are taken.
    pub(crate) fn admit(
        &self,
        identity: Arc<PeerIdentity>,
        address: SocketAddr,
        chain: Vec<CertificateDer<'static>>,
        all: usize,
        per_peer: usize,
    ) -> Option<Place> {
        let uri = identity.uri();
        let mut table = self.table();
        let of_peer = table.per_peer.get(&uri).copied().unwrap_or(0);
        if table.open.len() >= all || of_peer >= per_peer {
            return None;
        }
        let cut = CancellationToken::new();
        let number = table.next;
        table.next = table.next.wrapping_add(1);
        table.per_peer.insert(uri, of_peer.saturating_add(1));
        table.open.insert(
            number,
            Live {
                identity,
                address,
                chain,
                cut: cut.clone(),
            },
        );
        drop(table);
        Some(Place {
            table: self.clone(),
            number,
            cut,
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // The table is whole between any two statements; a panic elsewhere must not close the door.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the table, given back when the connection is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    table: LiveConnections,
    number: u64,
    pub(crate) cut: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.table.table();
        let Some(live) = table.open.remove(&self.number) else {
            return;
        };
        let uri = live.identity.uri();
        match table.per_peer.get(&uri).copied() {
            Some(count) if count > 1 => {
                table.per_peer.insert(uri, count.saturating_sub(1));
            }
            _ => {
                table.per_peer.remove(&uri);
            }
        }
    }
}
