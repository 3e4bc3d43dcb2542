//! The configuration files of a star, written as an operator would write them: paths relative to
//! the file, and every limit left at its default. Only the journals' segments are smaller than
//! usual, because a demo is short.

use std::fmt::Write as _;

use super::ports::Ports;
use super::{HUB, STAFF, SYSTEM, TRUST_DOMAIN};
use crate::world::Node;

/// Witnesses that are enough.
const QUORUM: usize = 3;
/// Size of a journal segment in the sandbox.
const SEGMENT_BYTES: u64 = 1 << 20;

/// Of `hub.toml`: the line that makes the hub ask witnesses.
const WITNESSES: &str = r#"witnesses = "../pki/witnesses.policy""#;
/// Of `agent.toml`: the table that makes the agent a witness. It is the last one.
const WITNESS: &str = "[witness]";

/// A configuration of a star in which nobody witnesses.
pub(super) fn without_witnesses(config: &str) -> String {
    let lines = config.lines().take_while(|line| *line != WITNESS);
    let lines = lines.filter(|line| *line != WITNESSES);
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// `witnesses.policy`: three of the four centers are enough.
pub(super) fn policy(log_key: &str, witnesses: &[(Node, String)]) -> String {
    let mut text =
        format!("# Whose cosignatures make a checkpoint of the hub's log valid.\nlog {log_key}\n");
    let mut names = String::new();
    for (node, key) in witnesses {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "witness {} {key}", node.id());
        let _ = write!(names, " {}", node.id());
    }
    let _ = write!(text, "group centers {QUORUM}{names}\nquorum centers\n");
    text
}

/// `hub/hub.toml`.
pub(super) fn hub(ports: &Ports) -> String {
    format!(
        r#"# The hub of the sandbox star. Every key: deploy/config/hub.full.toml
id = "{HUB}"
trust_domain = "{TRUST_DOMAIN}"
trust_list = "trust.toml"
rules = "rules"

[link]
listen = "{link}"
certificate = "tls/cert.pem"
key = "tls/key.pem"
ca = "tls/ca.pem"
# The authority's own list, so that a revocation is heard within a second.
crl = "../pki/ca/crl.pem"

[admin]
listen = "{admin}"

[staff]
listen = "{staff}"

[audit]
dir = "audit"
segment_bytes = {SEGMENT_BYTES}
pseudonym_key = "keys/pseudonym.key"
checkpoint_key = "keys/checkpoint.p8"
{WITNESSES}
"#,
        link = ports.link,
        admin = ports.admin,
        staff = ports.staff,
    )
}

/// `<node>/agent.toml`.
pub(super) fn agent(node: Node, ports: &Ports) -> String {
    format!(
        r#"# The agent of {name} in the sandbox star. Every key: deploy/config/agent.full.toml
node = "{node}"
trust_domain = "{TRUST_DOMAIN}"
trust_list = "trust.toml"
rules = "rules"
mappings = "mappings"
data_home = "."

[hub]
name = "{HUB}"
address = "{link}"

[tls]
certificate = "tls/cert.pem"
key = "tls/key.pem"
ca = "tls/ca.pem"
crl = "../pki/ca/crl.pem"

[keys]
case = "keys/case.p8"
subject_tag = "keys/subject-tag.key"
side = "keys/side.key"

[api]
listen = "{api}"

[api.systems]
{SYSTEM} = "keys/{SYSTEM}.token"

[book]
dir = "book"
segment_bytes = {SEGMENT_BYTES}

{WITNESS}
key = "keys/witness.p8"
logs = "../pki/hub-log.vkey"
"#,
        name = node.name_zh(),
        node = node.id(),
        link = ports.link,
        api = ports.agent(node),
    )
}

/// `calendar.toml` of the star's rules: the counters of a sandbox never close, since people try it
/// at any hour. Only the windows differ from the delivered calendar.
pub(super) const CALENDAR: &str = r#"# The sandbox star's calendar: every window is always open.
[[window]]
hours = "counter"
days = "daily"
from = "00:00"
until = "24:00"

[[window]]
hours = "workday"
days = "daily"
from = "00:00"
until = "24:00"

[[window]]
hours = "night"
days = "daily"
from = "00:00"
until = "24:00"
"#;

/// What the trust list says of a node: the public keys of its cases and of its officers.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) node: Node,
    pub(super) case_key: String,
    /// Name and public key.
    pub(super) officers: Vec<(&'static str, String)>,
}

/// `trust.toml`: the nodes, the public keys of their cases, and their designated officers.
pub(super) fn trust(nodes: &[Trusted]) -> String {
    let mut text =
        String::from("# The nodes of the sandbox star; hub and agents hold a copy each.\n");
    for trusted in nodes {
        let (node, key) = (&trusted.node, &trusted.case_key);
        let (id, center, zh, en) = (
            node.id(),
            node.center_code(),
            node.name_zh(),
            english(*node),
        );
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "\n[[node]]\nid = \"{id}\"\ncenter_code = \"{center}\"\nzh = \"{zh}\"\nen = \"{en}\"\n\
             case_key = \"{key}\"\nphone = \"010-00000000\"\n"
        );
        for (name, key) in &trusted.officers {
            let _ = write!(
                text,
                "\n[[node.officers]]\nname = \"{name}\"\nkey = \"{key}\"\n"
            );
        }
    }
    for (name, role, zh, en) in STAFF {
        let _ = write!(
            text,
            "\n[[staff]]\nname = \"{name}\"\nroles = [\"{role}\"]\nzh = \"{zh}\"\nen = \"{en}\"\n"
        );
    }
    text
}

/// A center's name in English.
fn english(node: Node) -> &'static str {
    match node {
        Node::City => "Beijing Housing Provident Fund Management Center",
        Node::Zhongzhi => "Central Party Organs Sub-center",
        Node::Guoguan => "Central Government Organs Sub-center",
        Node::Tielu => "Railway Sub-center",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::star::ports::PortChoice;
    use policies::TrustList;

    #[test]
    fn the_trust_list_is_one_that_hub_and_agents_read() {
        let keys: Vec<_> = Node::ALL
            .into_iter()
            .zip(1..)
            .map(|(node, k)| Trusted {
                node,
                case_key: format!("{:064x}", k + 10),
                officers: vec![("legal-1", format!("{:064x}", k + 20))],
            })
            .collect();
        let text = trust(&keys);
        let list = TrustList::parse(&catalog::Source {
            name: "trust.toml",
            text: &text,
        });
        let list = list.expect("is sound");
        assert_eq!(list.nodes().count(), 4);
        assert_eq!(list.all_staff().count(), STAFF.len());
        assert!(
            list.nodes()
                .all(|node| node.officers.contains_key("legal-1"))
        );
    }

    #[test]
    fn the_configuration_is_toml() {
        let ports = Ports::choose(PortChoice::Free).expect("there are free ports");
        assert!(hub(&ports).parse::<toml::Table>().is_ok());
        for node in Node::ALL {
            assert!(agent(node, &ports).parse::<toml::Table>().is_ok());
        }
    }
}
