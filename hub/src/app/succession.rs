//! Replacing the key that signs the log: the successor is introduced by an entry, and then signs
//! beside the old key until the configuration names it alone.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use audit::note::{NoteSigner, SignatureKind, Succession};
use audit::publisher::successions;
use audit::{PublishError, Publisher};

use crate::config::{Config, SuccessionFiles};
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::ledger::succession::KeyIntroduced;

/// Longest statement that is read: two keys and two signatures.
const STATEMENT_BYTES_MAX: u64 = 4096;

/// A successor and the statement about it.
#[derive(Debug)]
pub(super) struct Successor {
    signer: NoteSigner,
    succession: Succession,
}

impl Successor {
    /// Reads what the configuration names, if it names any.
    pub(super) fn read(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(files) = &config.audit.succession else {
            return Ok(None);
        };
        let SuccessionFiles { key, statement } = files;
        let der = std::fs::read(key).context("audit.successor_key")?;
        let signer = NoteSigner::from_pkcs8(&config.id, SignatureKind::Plain, &der)
            .context("audit.successor_key: must be an Ed25519 key as PKCS#8 in DER, version 2")?;
        let long = std::fs::metadata(statement)
            .context("audit.successor_statement")?
            .len();
        anyhow::ensure!(
            long <= STATEMENT_BYTES_MAX,
            "audit.successor_statement: is longer than {STATEMENT_BYTES_MAX} bytes"
        );
        let bytes = std::fs::read(statement).context("audit.successor_statement")?;
        let succession = Succession::parse(&bytes).context("audit.successor_statement")?;
        anyhow::ensure!(
            succession.new_key() == signer.key(),
            "audit.successor_statement: is about another key than audit.successor_key"
        );
        Ok(Some(Self { signer, succession }))
    }

    /// A key that has a successor signs alone no more: what it signed would not be believed.
    pub(super) async fn is_needed_by(publisher: &Publisher, dir: &Path) -> anyhow::Result<()> {
        let dir = dir.to_owned();
        let known = tokio::task::spawn_blocking(move || successions(&dir)).await??;
        let after = known.iter().find(|known| known.old() == publisher.key());
        match after.map(Succession::new_key) {
            None => Ok(()),
            Some(new) => anyhow::bail!(
                "audit.checkpoint_key: has the successor {new} (proofs/keys.log); name it and its \
                 statement as audit.successor_key and audit.successor_statement, or it alone"
            ),
        }
    }

    /// On record first, and then it signs.
    pub(super) async fn introduce(
        self,
        ledger: &Arc<Ledger>,
        mut publisher: Publisher,
    ) -> anyhow::Result<Publisher> {
        let Self { signer, succession } = self;
        let dir = ledger.journal().dir().to_owned();
        let known = tokio::task::spawn_blocking(move || successions(&dir)).await??;
        if !known.contains(&succession) {
            let entry = KeyIntroduced {
                predecessor: succession.old().to_string(),
                successor: succession.new_key().to_string(),
                statement: succession.digest().to_string(),
                note: succession.note().to_string(),
            };
            ledger.note(Entry::KeyIntroduced(entry)).await?;
        }
        tracing::info!(successor = %succession.new_key(), "checkpoints carry two signatures");
        let succeeded = tokio::task::spawn_blocking(move || {
            publisher.succeed(&succession, signer)?;
            Ok::<_, PublishError>(publisher)
        });
        succeeded.await?.context("audit.successor_statement")
    }
}

#[cfg(test)]
mod tests {
    use audit::{Journal, JournalConfig};
    use ring::rand::SystemRandom;
    use ring::signature::Ed25519KeyPair;

    use super::*;

    #[tokio::test]
    async fn a_key_that_has_a_successor_does_not_go_on_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let der = || Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let (old, new) = (der(), der());
        let signer = |der: &[u8]| {
            NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der).expect("is a key")
        };
        let (old, new) = (|| signer(old.as_ref()), || signer(new.as_ref()));
        let config = JournalConfig::new(home.path(), "hub-1");
        let (journal, _) = Journal::open(&config).expect("opens");
        let mut publisher = Publisher::open(&journal, old()).expect("opens");
        let is_needed = Successor::is_needed_by(&publisher, home.path()).await;
        is_needed.expect("there is none yet");
        let statement = Succession::sign(&old(), &new()).expect("are two keys");
        publisher.succeed(&statement, new()).expect("is ours");
        for (key, may_start) in [(old(), false), (new(), true)] {
            let publisher = Publisher::open(&journal, key).expect("opens");
            let said = Successor::is_needed_by(&publisher, home.path()).await;
            assert_eq!(said.is_ok(), may_start, "{said:?}");
            let names_its_key = |fault: &anyhow::Error| {
                let fault = fault.to_string();
                fault.starts_with("audit.checkpoint_key:") && fault.contains("hub-1+")
            };
            assert!(said.err().as_ref().is_none_or(names_its_key));
        }
    }
}
