//! A configuration with many faults names every key; the delivered one has none.

use std::collections::BTreeSet;

use tempfile::TempDir;

use super::*;

/// Faults by key, in the order of the report.
fn faults(text: &str) -> Vec<(String, String)> {
    let home = TempDir::new().unwrap();
    let file = home.path().join("agent.toml");
    std::fs::write(&file, text).unwrap();
    let error = Config::read(&file).expect_err("is faulty").to_string();
    error
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .map(|(key, reason)| (key.to_owned(), reason.to_owned()))
        .collect()
}

const FAULTY: &str = r#"
node = 7
trust_domain = " "
trust_list = "no-such-trust.toml"
vetoes = "no-such-vetoes.toml"
flows = "no-such-flows"
mappings = "agent.toml"
data_home = "nowhere"
drain_ms = 60001
colour = "red"

[hub]
name = ""
address = "hub.example:7400"
streams = 9

[tls]
certificate = "none.pem"
key = "none.pem"
ca = "none.pem"
crl = "none.pem"

[keys]
case = "none.key"
subject_tag = "none.key"
side = "none.key"

[api]
listen = 7413
systems = []

[book]
dir = []
segment_bytes = 1
queue_max = "many"
keep_days = 20000

[local]
pool_max = 0
statement_timeout_ms = -1
queue_wait_ms = 0
asks_in_flight_max = 99999
questions_in_flight_max = 1025
questions_per_second = 0
questions_burst = -1
pool_min = 1
"#;

#[test]
fn every_fault_of_a_configuration_is_named_by_its_key_at_once() {
    let named: BTreeSet<_> = faults(FAULTY).into_iter().map(|(key, _)| key).collect();
    let file = FAULTY.parse::<toml::Table>().unwrap();
    let mut keys = BTreeSet::new();
    for (name, value) in &file {
        match value {
            toml::Value::Table(table) => {
                keys.extend(table.keys().map(|key| format!("{name}.{key}")));
            }
            _ => drop(keys.insert(name.clone())),
        }
    }
    assert_eq!(named, keys, "every key of the file is faulty and named");
}

#[test]
fn an_empty_configuration_names_every_required_key() {
    let named: Vec<_> = faults("").into_iter().map(|(key, _)| key).collect();
    for key in [
        "node",
        "trust_domain",
        "trust_list",
        "hub.name",
        "hub.address",
        "tls.certificate",
        "tls.key",
        "tls.ca",
        "tls.crl",
        "keys.case",
        "keys.subject_tag",
        "keys.side",
        "mappings",
        "data_home",
        "api.listen",
        "api.systems",
        "book.dir",
    ] {
        assert!(named.iter().any(|name| name == key), "{key} in {named:?}");
    }
    assert!(
        named.iter().all(|key| !key.starts_with("local")),
        "{named:?}"
    );
}

#[test]
fn a_local_system_without_a_token_file_is_a_fault() {
    let text = "[api]\nlisten = \"127.0.0.1:1\"\n[api.systems]\ncounter = \"none.token\"\n";
    let faults = faults(text);
    let fault = faults.iter().find(|(key, _)| key == "api.systems.counter");
    assert!(fault.is_some(), "{faults:?}");
}

/// `deploy/config/agent.full.toml` is what operators read: it lists every key, and no other.
#[test]
fn the_delivered_configuration_lists_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/agent.full.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (config, settings) = Config::gather(Settings::parse(&path, &text).unwrap());
    for key in settings.keys() {
        let found =
            key.split('.')
                .try_fold(toml::Value::Table(text.parse().unwrap()), |value, part| {
                    let first = value.as_array().and_then(|list| list.first());
                    first.unwrap_or(&value).get(part).cloned()
                });
        assert!(found.is_some(), "{key} is not in agent.full.toml");
    }
    let unknown = settings.finish().map_err(|error| error.to_string());
    assert!(
        unknown
            .as_ref()
            .err()
            .is_none_or(|faults| !faults.contains("unknown key")),
        "{unknown:?}"
    );
    assert_eq!(config.drain, Duration::from_millis(5_000));
    assert_eq!(config.local, LocalLimits::default());
    assert_eq!(config.intake, IntakeRules::default());
}

/// The commented file that operators read names every key, and no other.
#[test]
fn the_full_file_names_every_key() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/agent.full.toml");
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
