//! The rules in force at this center: its own copy of the star's rules and its own vetoes,
//! exchanged as one when the files change. A set that does not validate whole is never used.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use catalog::{Catalog, Source};
use policies::guard::{Guard, Vetoes};
use policies::{FlowBook, RuleFile, RuleFiles, RuleSet, TrustList};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::{FolderWatch, RuleWords, SealedFolder};

use crate::book::{Book, Entry, RulesChanged, RulesKept};

/// How often the files are looked at; a change is taken at the look after the one that saw it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How much of a broken set's faults goes on record.
const FAULT_CHARS_MAX: usize = 400;

/// What the rules are made of.
#[derive(Debug, Clone)]
pub struct RuleSources {
    /// This node.
    pub node: String,
    /// Folder of the star's rules; the ones delivered with the program if it is not named.
    pub rules: Option<PathBuf>,
    /// File of this center's vetoes.
    pub vetoes: Option<PathBuf>,
    /// Folder of this center's own Cedar policies.
    pub veto_policies: Option<PathBuf>,
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// Who signs for whom.
    pub trust: Arc<TrustList>,
}

/// One set: what this center asks by and what it guards itself with.
#[derive(Debug)]
pub struct CenterRules {
    set: RuleSet,
    guard: Guard,
}

impl CenterRules {
    /// A set and the guard made of it.
    #[must_use]
    pub const fn new(set: RuleSet, guard: Guard) -> Self {
        Self { set, guard }
    }

    /// The flows.
    #[must_use]
    pub const fn flows(&self) -> &FlowBook {
        self.set.flows()
    }

    /// Digest of the star's rules in this center's copy.
    #[must_use]
    pub fn digest(&self) -> String {
        self.set.digest().to_string()
    }

    /// Digest of this center's own vetoes and Cedar rules; empty where it has none.
    #[must_use]
    pub fn vetoes_digest(&self) -> String {
        let digest = self.guard.vetoes_digest();
        digest.map(|digest| digest.to_string()).unwrap_or_default()
    }

    /// What this center's own rules say of themselves.
    #[must_use]
    pub fn words(&self) -> RuleWords {
        RuleWords::of(self.guard.rule_words())
    }

    /// The second key.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }
}

/// The rules in force.
#[derive(Debug)]
pub struct LiveRules(watch::Sender<Arc<CenterRules>>);

impl LiveRules {
    /// Rules to begin with.
    #[must_use]
    pub fn new(rules: CenterRules) -> Self {
        Self(watch::Sender::new(Arc::new(rules)))
    }

    /// The set in force now; whoever decides holds on to it until done.
    #[must_use]
    pub fn current(&self) -> Arc<CenterRules> {
        Arc::clone(&self.0.borrow())
    }

    /// The set in force from now on.
    pub(crate) fn exchange(&self, rules: CenterRules) {
        self.0.send_replace(Arc::new(rules));
    }

    /// Told of every exchange from here on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<CenterRules>> {
        self.0.subscribe()
    }
}

impl RuleSources {
    /// Reads and validates all of it.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn read(&self) -> anyhow::Result<CenterRules> {
        let set = self.set().context("rules")?;
        let vetoes = match &self.vetoes {
            Some(file) => {
                let file = wire::read_sealed_file(file).context("vetoes")?;
                Vetoes::parse(&file.source(), &self.catalog)?
            }
            None => Vetoes::default(),
        };
        let vetoes = match &self.veto_policies {
            Some(folder) => self.cedar(vetoes, folder, set.flows())?,
            None => vetoes,
        };
        let trust = self.trust.as_ref().clone();
        let guard = Guard::new(self.node.clone(), set.flows().clone(), trust, vetoes);
        Ok(CenterRules { set, guard })
    }

    /// The center's own policies speak of the star's flows, so they are read anew with these.
    fn cedar(&self, vetoes: Vetoes, folder: &Path, flows: &FlowBook) -> anyhow::Result<Vetoes> {
        let sealed = SealedFolder::read(folder);
        let sealed = sealed.context("veto_policies (`tianshu policy seal-vetoes` seals them)")?;
        let files = sealed.matching("*.cedar").context("veto_policies")?;
        let sources: Vec<Source<'_>> = files.iter().map(wire::FolderFile::source).collect();
        Ok(vetoes.cedar(&sources, &self.catalog, flows)?)
    }

    fn set(&self) -> anyhow::Result<RuleSet> {
        let Some(folder) = &self.rules else {
            return Ok(RuleSet::builtin(&self.catalog)?);
        };
        let sealed = SealedFolder::read(folder)?;
        let files = RuleFiles::gather(|pattern| -> Result<_, wire::FolderError> {
            let files = sealed.matching(pattern)?.into_iter();
            Ok(files
                .map(|file| RuleFile::from(file.into_parts()))
                .collect())
        })?;
        Ok(RuleSet::parse(&files, &self.catalog)?)
    }

    /// What to look at: the folders, the file of the vetoes and the digest beside it.
    #[must_use]
    pub fn watches(&self) -> Vec<FolderWatch> {
        let beside = self.vetoes.as_deref().map(wire::digest_beside);
        let places = [&self.rules, &self.vetoes, &beside, &self.veto_policies];
        let places = places.into_iter().flatten();
        places.map(|place| FolderWatch::new(place)).collect()
    }
}

/// Takes changed rules into force, one whole set at a time.
/// The watches began before the rules in force were read, so that no change falls between.
pub(crate) async fn watch_rules(
    sources: RuleSources,
    mut watches: Vec<FolderWatch>,
    rules: Arc<LiveRules>,
    book: Arc<Book>,
    stop: CancellationToken,
) {
    let mut pause = tokio::time::interval(LOOK_INTERVAL);
    while !watches.is_empty() {
        tokio::select! {
            _ = pause.tick() => {}
            () = stop.cancelled() => return,
        }
        look(&sources, &mut watches, &rules, &book).await;
    }
}

/// One look at all places. What could not be put on record is looked at again.
async fn look(sources: &RuleSources, watches: &mut [FolderWatch], rules: &LiveRules, book: &Book) {
    let mut has_changed = false;
    for watch in &mut *watches {
        has_changed |= watch.has_changed_and_rests();
    }
    if has_changed && take(sources, rules, book).await.is_err() {
        watches.iter_mut().for_each(FolderWatch::tell_again);
    }
}

/// The own log could not take the entry: what was read is to be read again.
#[derive(Debug)]
struct Unrecorded;

/// On record first: a set that could not be recorded is not used.
async fn take(sources: &RuleSources, rules: &LiveRules, book: &Book) -> Result<(), Unrecorded> {
    let old = rules.current();
    let entry = match sources.read() {
        Ok(new) => {
            let changed = Entry::RulesChanged(RulesChanged {
                from: old.set.digest().to_string(),
                to: new.set.digest().to_string(),
                vetoes_from: old.vetoes_digest(),
                vetoes_to: new.vetoes_digest(),
            });
            if book.write(changed).await.is_err() {
                tracing::error!("changed rules are not used: the own log cannot write");
                return Err(Unrecorded);
            }
            let vetoes = new.vetoes_digest();
            tracing::info!(digest = %new.set.digest(), vetoes, "changed rules are in force");
            rules.exchange(new);
            return Ok(());
        }
        Err(fault) => {
            let fault = format!("{fault:#}");
            tracing::error!(%fault, "changed rules are broken; the old ones stay");
            Entry::RulesKept(RulesKept {
                kept: old.set.digest().to_string(),
                because: fault.chars().take(FAULT_CHARS_MAX).collect(),
            })
        }
    };
    book.write(entry).await.map(drop).map_err(|_| {
        tracing::error!("broken rules are not on record: the own log cannot write");
        Unrecorded
    })
}

#[cfg(test)]
mod tests;
