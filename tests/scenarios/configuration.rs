//! Wrong configuration is refused at the start, with every fault named by its key; a broken rule or
//! mapping file is named with its place.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sandbox::world::Node;

use super::ground::{Ground, program, words};

/// The exit code for a configuration that cannot be used.
const FAULTY: i32 = 2;

#[test]
fn every_fault_of_a_configuration_is_named_by_its_key() {
    let star = Ground::prepare("configuration");
    let home = star.home();
    let hub = home.hub_config();
    let agent = home.agent_config(Node::City);
    for (program, config) in [("tianshu-hub", &hub), ("tianshu-agent", &agent)] {
        let said = run(program, config, &["--check-config"]);
        assert!(said.status.success(), "{program}: {}", words(&said));
    }
    let text = std::fs::read_to_string(&hub).expect("can be read");
    let faulty = text
        .replace("id = \"hub-1\"", "id = 7")
        .replace("key = \"tls/key.pem\"", "key = \"tls/none.pem\"")
        .replace("segment_bytes = 1048576", "segment_bytes = 1")
        .replace("dir = \"audit\"", "dri = \"audit\"");
    let keys = [
        "id",
        "link.key",
        "audit.segment_bytes",
        "audit.dir",
        "audit.dri",
    ];
    named("tianshu-hub", &beside(&hub, &faulty), &keys);
    let text = std::fs::read_to_string(&agent).expect("can be read");
    let faulty = text
        .replace("listen = \"127.0.0.1", "listen = \"nowhere")
        .replace("mappings = \"mappings\"", "mappings = \"nomappings\"")
        .replace("case = \"keys/case.p8\"", "case = \"keys/none\"")
        .replace("name = \"hub-1\"", "nmae = \"hub-1\"");
    let keys = [
        "api.listen",
        "mappings",
        "keys.case",
        "hub.name",
        "hub.nmae",
    ];
    named("tianshu-agent", &beside(&agent, &faulty), &keys);
    let broken = beside(&hub, "id = ");
    let said = run("tianshu-hub", &broken, &["--check-config"]);
    assert_eq!(said.status.code(), Some(FAULTY));
    assert!(words(&said).contains("line 1"), "{}", words(&said));
}

#[test]
fn broken_mappings_and_trust_lists_are_named_with_their_place() {
    let star = Ground::prepare("broken-files");
    let home = star.home();
    let mapping = home
        .node(Node::City)
        .join("mappings/04-personal-account.toml");
    let text = std::fs::read_to_string(&mapping).expect("can be read");
    std::fs::write(
        &mapping,
        format!("{text}\n[[item]]\nno = \"04-99\"\nfrom = \"X\"\n"),
    )
    .expect("is written");
    let said = run("tianshu-agent", &home.agent_config(Node::City), &[]);
    assert!(!said.status.success());
    // Behind the file come an empty line, the table's head, and the line with the fault.
    let place = format!("04-personal-account.toml:{}: ", text.lines().count() + 3);
    let said = words(&said);
    assert!(
        said.contains(&place) && said.contains("04-99"),
        "{place} in {said}"
    );
    let trust = home.dir().join("hub/trust.toml");
    let text = std::fs::read_to_string(&trust).expect("can be read");
    std::fs::write(
        &trust,
        text.replace("center_code = \"C11000\"", "center_code = \"11000\""),
    )
    .expect("is written");
    let said = run("tianshu-hub", &home.hub_config(), &[]);
    assert!(!said.status.success());
    let said = words(&said);
    assert!(
        said.contains("trust.toml") && said.contains("11000"),
        "{said}"
    );
}

/// The program refuses the configuration and names each of these keys.
fn named(name: &str, config: &Path, keys: &[&str]) {
    let said = run(name, config, &["--check-config"]);
    assert_eq!(said.status.code(), Some(FAULTY), "{}", words(&said));
    let words = words(&said);
    for key in keys {
        assert!(words.contains(&format!("  {key}: ")), "{key} in {words}");
    }
    assert!(
        words.contains(&format!("{} fault(s)", keys.len())),
        "{words}"
    );
}

fn run(name: &str, config: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(program(name));
    command.arg("--config").arg(config).args(more);
    command.output().expect("the program runs")
}

/// A faulty copy beside the original, so that relative paths stay the same.
fn beside(config: &Path, text: &str) -> PathBuf {
    let copy = config.with_extension("faulty.toml");
    std::fs::write(&copy, text).expect("is written");
    copy
}
