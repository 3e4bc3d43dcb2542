//! The configuration: a sound one loads with its defaults, and a faulty one names every key at
//! once.

use super::*;
use wire::SettingsError;

const FILES: [&str; 7] = [
    "trust.toml",
    "cert.pem",
    "key.pem",
    "ca.pem",
    "crl.pem",
    "pseudonym.key",
    "checkpoint.p8",
];
const GOOD: &str = r#"
id = "hub-1"
trust_domain = "tianshu.test"
trust_list = "trust.toml"
[link]
listen = "127.0.0.1:7400"
certificate = "cert.pem"
key = "key.pem"
ca = "ca.pem"
crl = "crl.pem"
[admin]
listen = "127.0.0.1:7401"
[audit]
dir = "audit"
pseudonym_key = "pseudonym.key"
checkpoint_key = "checkpoint.p8"
"#;

/// What others must not read.
const SECRETS: [&str; 3] = ["key.pem", "pseudonym.key", "checkpoint.p8"];

fn hide(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let access = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(file, access).expect("is set");
}

/// Writes a configuration beside the files that it names, and reads it.
fn read(text: &str) -> (tempfile::TempDir, Result<Config, SettingsError>) {
    let home = tempfile::tempdir().expect("a folder");
    for file in FILES {
        std::fs::write(home.path().join(file), "x").expect("is written");
    }
    for secret in SECRETS {
        hide(&home.path().join(secret), 0o600);
    }
    let file = home.path().join("hub.toml");
    std::fs::write(&file, text).expect("is written");
    let config = Config::read(&file);
    (home, config)
}

/// The keys that a configuration is refused for.
fn faults(text: &str) -> Vec<String> {
    match read(text).1 {
        Err(SettingsError::Faults { faults, .. }) => {
            let key = |fault: &String| {
                fault
                    .trim()
                    .split(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            let mut keys: Vec<String> = faults.iter().map(key).collect();
            keys.dedup();
            keys
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_short_file_is_enough() {
    let (home, config) = read(GOOD);
    let config = config.expect("is sound");
    assert_eq!(
        (config.id.as_str(), config.trust_domain.as_str()),
        ("hub-1", "tianshu.test")
    );
    assert_eq!(config.audit.dir, home.path().join("audit"));
    assert_eq!(config.link.tls.key, home.path().join("key.pem"));
    assert_eq!(config.admin.port(), 7401);
    assert_eq!(config.audit.segment_bytes, 64 << 20);
    assert_eq!(config.audit.checkpoint_every, Duration::from_millis(500));
    assert_eq!(config.audit.public, None);
    assert_eq!(config.breaker, BreakerRulebook::default());
    assert_eq!(config.limits, None);
    assert_eq!(config.drain, Duration::from_secs(5));
}

const BAD: &str = r#"
id = "hub 1"
trust_domain = "Tianshu.Test"
trust_list = "nowhere.toml"
rules = "nowhere"
limits = "nowhere.toml"
drain_ms = 60001
colour = "red"
[link]
listen = "everywhere"
certificate = ""
key = 3
ca = "nowhere.pem"
connections_max = 3
handshakes_max = 0
[admin]
listen = "127.0.0.1"
[audit]
segment_bytes = 65535
queue_max = "many"
pseudonym_key = "nowhere.key"
checkpoint_key = ""
checkpoint_every_ms = 99
public_listen = "everybody"
[breaker]
window_ms = 99
failures_in_row = 0
calls_min = 0
failure_percent = 101
open_first_ms = 9
open_max_ms = 600001
[tracing]
level = "debug"
"#;

#[test]
fn every_fault_is_named_at_once() {
    let expected = [
        "admin.listen",
        "audit.checkpoint_every_ms",
        "audit.checkpoint_key",
        "audit.dir",
        "audit.pseudonym_key",
        "audit.public_listen",
        "audit.queue_max",
        "audit.segment_bytes",
        "breaker.calls_min",
        "breaker.failure_percent",
        "breaker.failures_in_row",
        "breaker.open_first_ms",
        "breaker.open_max_ms",
        "breaker.window_ms",
        "colour",
        "drain_ms",
        "id",
        "limits",
        "link.ca",
        "link.certificate",
        "link.connections_max",
        "link.crl",
        "link.handshakes_max",
        "link.key",
        "link.listen",
        "rules",
        "tracing.level",
        "trust_domain",
        "trust_list",
    ];
    assert_eq!(faults(BAD), expected);
}

#[test]
fn nothing_required_has_a_default() {
    let expected = [
        "admin.listen",
        "audit.checkpoint_key",
        "audit.dir",
        "audit.pseudonym_key",
        "id",
        "link.ca",
        "link.certificate",
        "link.crl",
        "link.key",
        "link.listen",
        "trust_domain",
        "trust_list",
    ];
    assert_eq!(faults(""), expected);
}

#[test]
fn keys_that_others_may_read_are_refused() {
    let (home, config) = read(GOOD);
    config.expect("is sound");
    for secret in SECRETS {
        hide(&home.path().join(secret), 0o644);
    }
    let refused = Config::read(&home.path().join("hub.toml")).expect_err("is open to others");
    let refused = refused.to_string();
    for key in [
        "link.key: ",
        "audit.pseudonym_key: ",
        "audit.checkpoint_key: ",
    ] {
        assert!(refused.contains(key), "{refused}");
    }
}

/// The limits of the file are limits that the parts accept.
#[test]
fn the_outermost_values_are_accepted() {
    for (key, low, high) in [
        ("audit.segment_bytes", 64_u64 << 10, 1 << 30),
        ("audit.queue_max", 16, 65_536),
        ("breaker.calls_min", 1, 128),
        ("breaker.failure_percent", 1, 100),
        ("drain_ms", 0, 60_000),
    ] {
        for (value, fits) in [(low, true), (high, true), (high + 1, false)] {
            let line = format!("{key} = {value}");
            // A dotted key at the top opens its table, which then must not be opened again.
            let text = match key.split_once('.') {
                Some(("audit", name)) => {
                    GOOD.replace("[audit]", &format!("[audit]\n{name} = {value}"))
                }
                Some((table, name)) => format!("{GOOD}\n[{table}]\n{name} = {value}"),
                None => format!("{line}\n{GOOD}"),
            };
            let (home, config) = read(&text);
            assert_eq!(config.is_ok(), fits, "{line}");
            if let Ok(config) = config {
                let mut journal = audit::JournalConfig::new(home.path(), &config.id);
                journal.segment_bytes = config.audit.segment_bytes;
                journal.queue_max = config.audit.queue_max;
                journal
                    .check()
                    .unwrap_or_else(|error| panic!("{line}: {error}"));
            }
        }
    }
}

/// The commented file that operators read names every key, and no other.
#[test]
fn the_full_file_names_every_key() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/hub.full.toml");
    let text = std::fs::read_to_string(&file).expect("the full file is there");
    let table: toml::Table = text.parse().expect("is TOML");
    let settings = wire::Settings::parse(&file, &text).expect("is TOML");
    let (_, settings) = Config::gather(settings);
    for key in settings.keys() {
        let found = key
            .split('.')
            .try_fold(toml::Value::Table(table.clone()), |value, part| {
                // Of a list of tables the first shows the keys.
                let first = value.as_array().and_then(|list| list.first());
                first.unwrap_or(&value).get(part).cloned()
            });
        assert!(found.is_some(), "{key} is not in the full file");
    }
    let faults = settings
        .finish()
        .map_or_else(|faults| faults.to_string(), |()| String::new());
    assert!(!faults.contains("unknown key"), "{faults}");
}
