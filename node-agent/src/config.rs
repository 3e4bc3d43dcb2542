//! The agent's one configuration file. Every fault is reported at once with its key; what comes out
//! holds only valid values. `deploy/config/agent.full.toml` lists every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wire::export::{Receiver, receivers};
use wire::limits::STREAMS_PER_NODE_MAX;
use wire::tls::TlsFiles;
use wire::traces::TraceSettings;
use wire::{KeepingSettings, Settings, SettingsError};

use crate::intake::IntakeRules;
use crate::translate::LocalLimits;

/// Shortest token of a local system, in bytes.
pub const TOKEN_BYTES_MIN: usize = 32;

/// Three years: as long as records of handling personal data must be kept, and no longer.
const KEEP_DAYS: u64 = 1_096;
/// Thirty years.
const KEEP_DAYS_MAX: u64 = 10_957;

/// Everything that an agent is told from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name of this node, as in its certificate.
    pub node: String,
    /// Trust domain of every identity in the star.
    pub trust_domain: String,
    /// This center's own copy of the registered nodes and their case keys.
    pub trust_list: PathBuf,
    /// Folder of the rules; the ones delivered with the program if it is not named.
    pub rules: Option<PathBuf>,
    /// This center's vetoes, if it has any.
    pub vetoes: Option<PathBuf>,
    /// Folder of this center's own Cedar policies, which may only forbid, if it has any.
    pub veto_policies: Option<PathBuf>,
    /// The hub.
    pub hub: HubConfig,
    /// Certificate, key, authority and revocations.
    pub tls: TlsFiles,
    /// File of the Ed25519 key (PKCS#8) that signs cases.
    pub case_key: PathBuf,
    /// File of the 32-byte key of the subject tags, shared by the agents alone.
    pub tag_key: PathBuf,
    /// Mapping folder.
    pub mappings: PathBuf,
    /// Folder that paths in the mappings start from.
    pub data_home: PathBuf,
    /// The local API.
    pub api: ApiConfig,
    /// The agent's own log.
    pub book: BookConfig,
    /// This center's witness of the hub's log, if it has one.
    pub witness: Option<WitnessConfig>,
    /// What protects the local systems.
    pub local: LocalLimits,
    /// What is taken in of the hub's questions.
    pub intake: IntakeRules,
    /// Where spans of traces go.
    pub traces: TraceSettings,
    /// How long a stop waits for questions under way.
    pub drain: Duration,
}

/// See [`Config::hub`].
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// Its name, as in its certificate.
    pub name: String,
    /// Its address.
    pub address: SocketAddr,
    /// Streams that the agent holds open.
    pub streams: usize,
    /// Whom the center's people may call about the hub.
    pub phone: Option<String>,
}

/// See [`Config::api`].
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Address to listen on; a center binds it to its inner network only.
    pub listen: SocketAddr,
    /// Name and token file of each local system that may call.
    pub systems: Vec<(String, PathBuf)>,
    /// Token file of the center's own people, for what must not leave the center.
    pub owner_token: Option<PathBuf>,
}

/// See [`Config::book`].
#[derive(Debug, Clone)]
pub struct BookConfig {
    /// Folder of journal and index.
    pub dir: PathBuf,
    /// Size of a journal segment.
    pub segment_bytes: u64,
    /// Entries waiting for the disk; more are refused.
    pub queue_max: usize,
    /// Where the log is forwarded to.
    pub export: Vec<Receiver>,
    /// How long entries are kept, and where.
    pub keeping: KeepingSettings,
    /// File of the Ed25519 key (PKCS#8) that signs the volumes of the archive.
    pub archive_key: Option<PathBuf>,
    /// How many days values are kept beside the log; 0 keeps none.
    pub keep_days: u64,
    /// File of the 32-byte key under which they are kept.
    pub side_key: Option<PathBuf>,
}

/// See [`Config::witness`].
#[derive(Debug, Clone)]
pub struct WitnessConfig {
    /// File of the Ed25519 key (PKCS#8) that cosigns.
    pub key: PathBuf,
    /// File of the public keys of the logs that are witnessed, one a line.
    pub logs: PathBuf,
    /// Where the witness is served over HTTP; nowhere if not named.
    pub listen: Option<SocketAddr>,
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
            node: s.text("node"),
            trust_domain: s.text("trust_domain"),
            trust_list: s.file("trust_list"),
            rules: s.optional_folder("rules"),
            vetoes: s.optional_file("vetoes"),
            veto_policies: s.optional_folder("veto_policies"),
            hub: HubConfig {
                name: s.text("hub.name"),
                address: s.address("hub.address"),
                streams: s.size("hub.streams", 2, 1..=STREAMS_PER_NODE_MAX),
                phone: Some(s.text_or("hub.phone", "")).filter(|phone| !phone.is_empty()),
            },
            tls: TlsFiles {
                certificate: s.file("tls.certificate"),
                key: s.secret_file("tls.key"),
                ca: s.file("tls.ca"),
                crl: s.file("tls.crl"),
            },
            case_key: s.secret_file("keys.case"),
            tag_key: s.secret_file("keys.subject_tag"),
            mappings: s.folder("mappings"),
            data_home: s.folder("data_home"),
            api: ApiConfig {
                listen: s.address("api.listen"),
                systems: systems(s),
                owner_token: s.optional_file("api.owner_token"),
            },
            book: book(s),
            witness: witness(s),
            local: local_limits(s),
            intake: intake(s),
            traces: TraceSettings::gather_of_beginner(s),
            drain: s.millis("drain_ms", 5_000, 0..=60_000),
        };
        (config, settings)
    }
}

fn book(s: &mut Settings) -> BookConfig {
    let archive_key = s.optional_file("book.archive.key");
    if let Some(key) = &archive_key {
        s.check_secret("book.archive.key", key);
    }
    let keep_days = s.number("book.keep_days", KEEP_DAYS, 0..=KEEP_DAYS_MAX);
    let side_key = s.optional_file("keys.side");
    match &side_key {
        Some(file) => s.check_secret("keys.side", &file.clone()),
        None if keep_days > 0 => s.fault(
            "keys.side",
            "is missing: values beside the log need a key; book.keep_days = 0 keeps none",
        ),
        None => {}
    }
    let book = BookConfig {
        dir: s.path("book.dir"),
        segment_bytes: s.number("book.segment_bytes", 16 << 20, 64 << 10..=1 << 30),
        queue_max: s.size("book.queue_max", 1_024, 16..=65_536),
        export: receivers(s, "book.export"),
        keeping: KeepingSettings::gather(s, "book"),
        archive_key,
        keep_days,
        side_key,
    };
    if book.keeping.archive.is_some() && book.archive_key.is_none() {
        s.fault(
            "book.archive.key",
            "is missing: it signs the volumes of the archive",
        );
    }
    book
}

fn systems(s: &mut Settings) -> Vec<(String, PathBuf)> {
    let systems = s.texts("api.systems");
    if systems.is_empty() {
        s.fault(
            "api.systems",
            "needs at least one local system and its token file",
        );
    }
    systems
        .into_iter()
        .map(|(name, file)| {
            let token = s.resolve(&file);
            if !token.is_file() {
                let missing = format!("no such file: `{}`", token.display());
                s.fault(&format!("api.systems.{name}"), &missing);
            }
            (name, token)
        })
        .collect()
}

/// The keys of a witness come together or not at all.
fn witness(s: &mut Settings) -> Option<WitnessConfig> {
    let (key, logs) = (
        s.optional_file("witness.key"),
        s.optional_file("witness.logs"),
    );
    let listen = s.optional_address("witness.listen");
    if let Some(key) = &key {
        s.check_secret("witness.key", key);
    }
    match (key, logs) {
        (Some(key), Some(logs)) => Some(WitnessConfig { key, logs, listen }),
        (None, None) if listen.is_none() => None,
        (Some(_), None) => {
            s.fault(
                "witness.logs",
                "is missing: a witness needs to know whose log it witnesses",
            );
            None
        }
        (None, _) => {
            s.fault(
                "witness.key",
                "is missing: a witness needs a key to cosign with",
            );
            None
        }
    }
}

fn local_limits(s: &mut Settings) -> LocalLimits {
    let defaults = LocalLimits::default();
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let pool_max = s.number("local.pool_max", u64::from(defaults.pool_max), 1..=256);
    let asks_max = s.number(
        "local.asks_in_flight_max",
        u64::from(defaults.asks_in_flight_max),
        1..=4_096,
    );
    LocalLimits {
        pool_max: count(pool_max),
        statement_timeout: s.millis("local.statement_timeout_ms", 3_000, 10..=60_000),
        queue_wait: s.millis("local.queue_wait_ms", 1_000, 1..=60_000),
        asks_in_flight_max: count(asks_max),
    }
}

fn intake(s: &mut Settings) -> IntakeRules {
    let defaults = IntakeRules::default();
    let mut number = |key, default, most| {
        let number = s.number(key, u64::from(default), 1..=most);
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    IntakeRules {
        at_once: number("local.questions_in_flight_max", defaults.at_once, 1_024),
        per_second: number("local.questions_per_second", defaults.per_second, 100_000),
        burst: number("local.questions_burst", defaults.burst, 100_000),
    }
}

#[cfg(test)]
mod tests;
