//! The hub's one configuration file. Every fault is reported at once with its key; what comes out
//! holds only valid values. `deploy/config/hub.full.toml` lists every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wire::export::{Receiver, receivers};
use wire::identity::{PeerKind, PeerUri, check_trust_domain};
use wire::tls::TlsFiles;
use wire::traces::TraceSettings;
use wire::{KeepingSettings, Settings, SettingsError};

use crate::nodes::breaker::BreakerRulebook;

mod breaker;

/// Everything that the hub is told from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name of this hub, as in its certificate.
    pub id: String,
    /// Trust domain of every identity in the star.
    pub trust_domain: String,
    /// File of registered nodes and their case keys.
    pub trust_list: PathBuf,
    /// Folder of the rules; the ones delivered with the program if it is not named.
    pub rules: Option<PathBuf>,
    /// File of the limits; those that stand in the program if it is not named.
    pub limits: Option<PathBuf>,
    /// File of the rules of alerts; those that stand in the program if it is not named.
    pub alerts: Option<PathBuf>,
    /// Where agents and asking nodes connect.
    pub link: LinkConfig,
    /// Where health, metrics and pages are served.
    pub admin: SocketAddr,
    /// Where the staff comes in; nowhere if not named.
    pub staff: Option<SocketAddr>,
    /// What the staff's pages compare with what is in force.
    pub candidates: Candidates,
    /// The log.
    pub audit: AuditConfig,
    /// Breakers.
    pub breaker: BreakerRulebook,
    /// Where spans of traces go.
    pub traces: TraceSettings,
    /// How long a stop waits for questions under way.
    pub drain: Duration,
}

/// Folders of what may be in force next; nobody decides by them.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Of rules.
    pub rules: Option<PathBuf>,
    /// Of a catalog.
    pub catalog: Option<PathBuf>,
}

/// See [`Config::link`].
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Certificate, key, authority and revocations.
    pub tls: TlsFiles,
    /// Connections at once.
    pub connections_max: usize,
    /// Handshakes at once.
    pub handshakes_max: usize,
    /// Handshakes that begin in a second; five seconds of it at once.
    pub handshakes_per_second: u32,
    /// The same from one address.
    pub handshakes_per_second_per_address: u32,
}

/// See [`Config::audit`].
#[derive(Debug, Clone)]
pub struct AuditConfig {
    /// Folder of journal and index.
    pub dir: PathBuf,
    /// Size of a journal segment.
    pub segment_bytes: u64,
    /// Entries waiting for the disk; more are refused.
    pub queue_max: usize,
    /// File of the 32-byte key of this log's pseudonyms.
    pub pseudonym_key: PathBuf,
    /// File of the Ed25519 key that signs this log's checkpoints.
    pub checkpoint_key: PathBuf,
    /// The key that will replace it, while both sign.
    pub succession: Option<SuccessionFiles>,
    /// How often a checkpoint is published while there is something new.
    pub checkpoint_every: Duration,
    /// File of the policy that says which witnesses' cosignatures are enough; none are asked if it
    /// is not named.
    pub witnesses: Option<PathBuf>,
    /// How long after a start questions wait for the first quorum.
    pub first_witnesses_wait: Duration,
    /// How long entries are kept, and where.
    pub keeping: KeepingSettings,
    /// Where checkpoint, tiles of hashes and proofs are served to the star; nowhere if not named.
    pub public: Option<SocketAddr>,
    /// Where the log is forwarded to.
    pub export: Vec<Receiver>,
}

/// See [`AuditConfig::succession`].
#[derive(Debug, Clone)]
pub struct SuccessionFiles {
    /// File of the successor's private key.
    pub key: PathBuf,
    /// File of the statement that both keys have signed.
    pub statement: PathBuf,
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// Every fault, each with its key.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let (config, settings) = Self::gather(Settings::read(file)?);
        settings.finish().map(|()| config)
    }

    /// Takes every key out of the settings; faults stay in them.
    #[must_use]
    pub fn gather(mut settings: Settings) -> (Self, Settings) {
        let s = &mut settings;
        let config = Self {
            id: s.text("id"),
            trust_domain: s.text("trust_domain"),
            trust_list: s.file("trust_list"),
            rules: s.optional_folder("rules"),
            limits: s.optional_file("limits"),
            alerts: s.optional_file("alerts"),
            link: LinkConfig {
                listen: s.address("link.listen"),
                tls: tls_files(s),
                connections_max: s.size("link.connections_max", 1_024, 4..=100_000),
                handshakes_max: s.size("link.handshakes_max", 256, 4..=10_000),
                handshakes_per_second: count(s, "link.handshakes_per_second", 400),
                handshakes_per_second_per_address: count(
                    s,
                    "link.handshakes_per_second_per_address",
                    64,
                ),
            },
            admin: s.address("admin.listen"),
            staff: s.optional_address("staff.listen"),
            candidates: Candidates {
                rules: s.optional_folder("staff.rule_candidates"),
                catalog: s.optional_folder("staff.catalog_candidate"),
            },
            audit: AuditConfig {
                dir: s.path("audit.dir"),
                segment_bytes: s.number("audit.segment_bytes", 64 << 20, 64 << 10..=1 << 30),
                queue_max: s.size("audit.queue_max", 4_096, 16..=65_536),
                pseudonym_key: s.secret_file("audit.pseudonym_key"),
                checkpoint_key: s.secret_file("audit.checkpoint_key"),
                succession: succession(s),
                checkpoint_every: s.millis("audit.checkpoint_every_ms", 500, 100..=60_000),
                witnesses: s.optional_file("audit.witnesses"),
                first_witnesses_wait: s.millis(
                    "audit.first_witnesses_wait_ms",
                    10_000,
                    0..=600_000,
                ),
                keeping: KeepingSettings::gather(s, "audit"),
                public: s.optional_address("audit.public_listen"),
                export: receivers(s, "audit.export"),
            },
            breaker: breaker::rulebook(s),
            traces: TraceSettings::gather(s),
            drain: s.millis("drain_ms", 5_000, 0..=60_000),
        };
        check_names(&config, s);
        (config, settings)
    }
}

/// The hub's name stands in its certificate and as the origin of its log. What is missing was found
/// before.
fn check_names(config: &Config, s: &mut Settings) {
    if !config.trust_domain.is_empty()
        && let Err(fault) = check_trust_domain(&config.trust_domain)
    {
        s.fault("trust_domain", &fault.to_string());
    }
    if !config.id.is_empty()
        && let Err(fault) = PeerUri::new("hub", PeerKind::Hub, &config.id)
    {
        s.fault("id", &fault.to_string());
    }
}

fn succession(s: &mut Settings) -> Option<SuccessionFiles> {
    let key = s.optional_file("audit.successor_key");
    let statement = s.optional_file("audit.successor_statement");
    if let Some(key) = &key {
        s.check_secret("audit.successor_key", key);
    }
    match (key, statement) {
        (Some(key), Some(statement)) => Some(SuccessionFiles { key, statement }),
        (None, None) => None,
        (Some(_), None) => {
            s.fault("audit.successor_statement", "goes with audit.successor_key");
            None
        }
        (None, Some(_)) => {
            s.fault("audit.successor_key", "goes with audit.successor_statement");
            None
        }
    }
}

fn tls_files(s: &mut Settings) -> TlsFiles {
    TlsFiles {
        certificate: s.file("link.certificate"),
        key: s.secret_file("link.key"),
        ca: s.file("link.ca"),
        crl: s.file("link.crl"),
    }
}

fn count(s: &mut Settings, key: &str, default: u64) -> u32 {
    let number = s.number(key, default, 1..=1_000_000);
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
