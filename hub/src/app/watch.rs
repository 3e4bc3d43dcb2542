//! What runs beside the questions: refused handshakes and reloads go on record, folded refusals are
//! written out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use audit::AuditError;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::timekeeping::{CLOCK_LOOKED_AT_EVERY, ClockTeller};
use wire::tls::{
    HandshakeRefusal, LiveConnections, RELOAD_INTERVAL, RefusalReason, Reload, ServerTls,
    watch_reload,
};
use wire::{ClockState, RefusalCode};

use crate::broker::Broker;
use crate::ledger::entry::{ConnectionRefused, Entry, TrustReloaded};

/// How often folded refusals are written out.
const FOLD_PAUSE: Duration = Duration::from_secs(10);

pub(super) async fn record_handshakes(
    broker: Arc<Broker>,
    mut refused: mpsc::Receiver<HandshakeRefusal>,
    end: CancellationToken,
) {
    loop {
        let refusal = tokio::select! {
            refusal = refused.recv() => refusal,
            () = end.cancelled() => return,
        };
        let Some(refusal) = refusal else { return };
        let code = tls_code(refusal.reason);
        let entry = ConnectionRefused {
            code: code.to_string(),
            peer: refusal.peer.to_string(),
            serial: refusal.serial.unwrap_or_default(),
            claimed: refusal.claimed.unwrap_or_default(),
        };
        match broker.ledger.refuse_connection(code, entry).await {
            // A full disk passes; the counters tell of these.
            Ok(()) | Err(AuditError::NoRoom | AuditError::Full) => {}
            Err(_) => return,
        }
    }
}

/// Reads changed certificates and revocations, and cuts peers that they no longer let in.
pub(super) async fn watch_trust(
    broker: Arc<Broker>,
    tls: ServerTls,
    live: LiveConnections,
    name: &'static str,
    end: CancellationToken,
) {
    let door = tls.clone();
    let is_first = AtomicBool::new(true);
    let report = move |reload: Reload| {
        broker.metrics.door_is(name, &door.status());
        let cut = live.close_refused(&door, broker.clock.now());
        let taken = match &reload {
            Reload::Unchanged if cut.is_empty() => return,
            Reload::Unchanged | Reload::Taken(_) => true,
            Reload::Kept(error) => {
                tracing::error!(%error, "changed certificates are broken; the old ones stay");
                false
            }
        };
        // The first look repeats what the start has read.
        if is_first.swap(false, Ordering::Relaxed) && taken && cut.is_empty() {
            return;
        }
        let ledger = Arc::clone(&broker.ledger);
        let entry = TrustReloaded {
            taken,
            cut: cut.len() as u64,
            door: name.to_owned(),
        };
        broker.tasks.spawn(async move {
            if ledger.note(Entry::TrustReloaded(entry)).await.is_err() {
                tracing::error!("reload is not on record: the journal cannot write");
            }
        });
    };
    watch_reload(tls, RELOAD_INTERVAL, end, report).await;
}

/// Writes folded refusals out, until `end`.
pub async fn write_folds(broker: Arc<Broker>, end: CancellationToken) {
    let mut pause = tokio::time::interval(FOLD_PAUSE);
    loop {
        tokio::select! {
            biased;
            () = end.cancelled() => return,
            _ = pause.tick() => {}
        }
        match broker.ledger.close_folds(false).await {
            Ok(()) | Err(AuditError::NoRoom | AuditError::Full) => {}
            Err(_) => return,
        }
    }
}

/// Says how the clock is kept, and counts what is owed.
pub(super) async fn watch_record(broker: Arc<Broker>, end: CancellationToken) {
    let started = Instant::now();
    let mut teller = ClockTeller::after(&ClockState::look());
    let mut looked = Duration::ZERO;
    let mut pause = tokio::time::interval(FOLD_PAUSE);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return,
        }
        let (overdue, abandoned) = broker.ledger.owed();
        broker.metrics.owed(overdue, abandoned);
        if overdue > 0 {
            tracing::error!(
                overdue,
                "decisions are open longer than a question may take"
            );
        }
        let since = started.elapsed();
        if since < looked + CLOCK_LOOKED_AT_EVERY {
            continue;
        }
        looked = since;
        let clock = ClockState::look();
        broker.metrics.clock_is(&clock);
        if teller.is_due(&clock, since) && broker.ledger.note(Entry::Clock(clock)).await.is_err() {
            tracing::error!("the state of the clock is not on record: the journal cannot write");
        }
    }
}

/// The code under which a refused handshake is known.
#[must_use]
pub fn tls_code(reason: RefusalReason) -> RefusalCode {
    match reason {
        RefusalReason::UnknownCa => RefusalCode::TlsUnknownCa,
        RefusalReason::Revoked => RefusalCode::TlsRevoked,
        RefusalReason::Expired => RefusalCode::TlsExpired,
        RefusalReason::NoCertificate => RefusalCode::TlsNoCertificate,
        RefusalReason::BadIdentity => RefusalCode::TlsIdentity,
        RefusalReason::WrongVersion => RefusalCode::TlsVersion,
        RefusalReason::TimedOut => RefusalCode::TlsTimeout,
        RefusalReason::TooMany => RefusalCode::TlsTooMany,
        RefusalReason::RevocationUnknown => RefusalCode::TlsRevocationUnknown,
        RefusalReason::Flood => RefusalCode::TlsFlood,
        RefusalReason::FrameSize => RefusalCode::TlsFrameSize,
        RefusalReason::Headers => RefusalCode::TlsHeaders,
        RefusalReason::Protocol => RefusalCode::TlsProtocol,
        RefusalReason::Unread => RefusalCode::TlsUnread,
        RefusalReason::Other => RefusalCode::TlsOther,
    }
}
