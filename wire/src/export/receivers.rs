//! The receivers of a configuration: `[[audit.export]]` of the hub, `[[book.export]]` of an agent.

use std::collections::BTreeSet;
use std::time::Duration;

use super::syslog::{OCTETS_MAX, OCTETS_MIN};
use crate::Settings;
use crate::tls::ReceiverTlsFiles;

/// Receivers of one log.
pub const RECEIVERS_MAX: usize = 8;
/// Longest name of a receiver: it names a file and stands in metrics and entries.
const NAME_MAX: usize = 32;

/// Where a log is forwarded to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// What we call it.
    pub name: String,
    /// `host:port`.
    pub address: String,
    /// The name that its certificate must carry.
    pub server_name: String,
    /// Certificate, key, authority.
    pub tls: ReceiverTlsFiles,
    /// Longest message that it takes.
    pub octets: usize,
    /// First entry that it gets, when nothing is known of what it has.
    pub from_index: u64,
    /// So many of the latest entries are sent again on every new connection.
    pub resend_entries: u64,
    /// What was sent so lately is sent again on every new connection.
    pub resend: Duration,
    /// How long it may take nothing before the connection is given up.
    pub patience: Duration,
}

/// Takes the receivers out of a list of tables; faults stay in the settings.
pub fn receivers(s: &mut Settings, key: &str) -> Vec<Receiver> {
    let receivers = s.tables(key, RECEIVERS_MAX, receiver);
    let mut names = BTreeSet::new();
    for receiver in &receivers {
        if !receiver.name.is_empty() && !names.insert(&receiver.name) {
            s.fault(
                key,
                &format!("two receivers are called `{}`", receiver.name),
            );
        }
    }
    receivers
}

fn receiver(s: &mut Settings) -> Receiver {
    let name = s.text("name");
    let allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    if !name.is_empty() && (name.len() > NAME_MAX || !name.chars().all(allowed)) {
        s.fault(
            "name",
            &format!("must be at most {NAME_MAX} of the letters a to z, digits and `-`"),
        );
    }
    let address = s.text("address");
    let host = host_of(&address).map(str::to_owned);
    if !address.is_empty() && host.is_none() {
        s.fault(
            "address",
            "must be a host and a port, such as soc.example.cn:6514",
        );
    }
    let server_name = s.text_or("server_name", &host.unwrap_or_default());
    Receiver {
        name,
        address,
        server_name,
        tls: ReceiverTlsFiles {
            certificate: s.file("certificate"),
            key: s.secret_file("key"),
            ca: s.file("ca"),
            crl: s.optional_file("crl"),
        },
        octets: s.size("max_octets", OCTETS_MIN, OCTETS_MIN..=OCTETS_MAX),
        from_index: s.number("from_index", 0, 0..=u64::MAX >> 1),
        resend_entries: s.number("resend_entries", 256, 0..=100_000),
        resend: s.millis("resend_ms", 10_000, 0..=600_000),
        patience: s.millis("patience_ms", 30_000, 1_000..=600_000),
    }
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn host_of(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok().filter(|port| *port > 0)?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> (Vec<Receiver>, Result<(), String>) {
        let dir = tempfile::tempdir().expect("a folder");
        for file in ["cert.pem", "key.pem", "ca.pem"] {
            std::fs::write(dir.path().join(file), "x").expect("is written");
        }
        use std::os::unix::fs::PermissionsExt as _;
        let hidden = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(dir.path().join("key.pem"), hidden).expect("is set");
        let file = dir.path().join("hub.toml");
        let mut settings = Settings::parse(Path::new(&file), text).expect("is TOML");
        let receivers = receivers(&mut settings, "audit.export");
        (receivers, settings.finish().map_err(|e| e.to_string()))
    }

    const FILES: &str = "certificate = \"cert.pem\"\nkey = \"key.pem\"\nca = \"ca.pem\"\n";

    #[test]
    fn a_receiver_needs_a_name_an_address_and_its_files() {
        let text = format!("[[audit.export]]\nname = \"soc\"\naddress = \"[::1]:6514\"\n{FILES}");
        let (receivers, ended) = read(&text);
        assert_eq!(ended, Ok(()));
        let [soc] = receivers.as_slice() else {
            panic!("{receivers:?}")
        };
        assert_eq!((soc.server_name.as_str(), soc.octets), ("::1", 2_048));
        assert_eq!((soc.resend_entries, soc.from_index), (256, 0));
    }

    #[test]
    fn every_fault_is_named() {
        let text = format!(
            "[[audit.export]]\nname = \"S OC\"\naddress = \"soc\"\nmax_octets = 480\n{FILES}\
             [[audit.export]]\nname = \"a\"\naddress = \"h:1\"\n{FILES}\
             [[audit.export]]\nname = \"a\"\naddress = \"h:0\"\nkey = \"none.pem\"\n"
        );
        let faults = read(&text).1.expect_err("is faulty");
        for said in [
            "audit.export[0].name: ",
            "audit.export[0].address: ",
            "audit.export[0].max_octets: ",
            "audit.export[2].address: ",
            "audit.export[2].key: ",
            "audit.export[2].ca: ",
            "audit.export: two receivers",
        ] {
            assert!(faults.contains(said), "{said} in {faults}");
        }
    }
}
