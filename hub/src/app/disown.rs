//! A log that a witness has disowned is put out of use: questions first, then the file that keeps
//! it from starting again, then an entry for whoever reads it later.

use std::path::Path;
use std::sync::Arc;

use crate::broker::Broker;
use crate::ledger::entry::{self, Entry};
use crate::witnesses::Disowned;

/// See the module.
pub(super) async fn disown(broker: &Broker, dir: &Path, disowned: Arc<Disowned>) {
    broker.witnesses.disown(Arc::clone(&disowned));
    let (node, because) = (disowned.node.as_str(), disowned.because);
    tracing::error!(
        node,
        because,
        theirs = disowned.theirs.checkpoint.size,
        ours = disowned.ours.checkpoint.size,
        "a witness holds another history of this log: nothing is answered or signed any more"
    );
    let (kept, dir) = (Arc::clone(&disowned), dir.to_owned());
    let kept = tokio::task::spawn_blocking(move || kept.keep(&dir)).await;
    if !matches!(kept, Ok(Ok(()))) {
        tracing::error!("the log's folder cannot be marked: the hub must not be started with it");
    }
    let entry = entry::Disowned {
        node: node.to_owned(),
        because: because.to_owned(),
        theirs: disowned.theirs.note.to_string(),
        ours: disowned.ours.note.to_string(),
    };
    if broker.ledger.note(Entry::Disowned(entry)).await.is_err() {
        tracing::error!("that the log is disowned is not on record: the journal cannot write");
    }
}
