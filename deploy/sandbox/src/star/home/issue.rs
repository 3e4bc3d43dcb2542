//! Certificates and keys of a star, each where its owner looks for it; and the two certificates
//! that must be refused.

use cli::pki::{DevCa, Validity};
use time::OffsetDateTime;
use wire::identity::{PeerKind, witness_key_name};

use super::{Home, keys, make, write};
use crate::star::fault::StarError;
use crate::star::settings::{self, Trusted};
use crate::star::{HUB, OFFICERS, STAFF, STRANGER, TRUST_DOMAIN};
use crate::world::Node;

impl Home {
    pub(super) fn write_certificates(&self, now: OffsetDateTime) -> Result<(), StarError> {
        let valid = Validity::usual(now);
        let ca = DevCa::init(&self.ca_dir(), TRUST_DOMAIN, now)?;
        let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let tls = self.dir.join("hub/tls");
        ca.issue_at(PeerKind::Hub, HUB, valid, &tls, &hosts)?;
        for node in Node::ALL {
            ca.issue(
                PeerKind::Node,
                node.id(),
                valid,
                &self.node(node).join("tls"),
            )?;
        }
        for (name, ..) in STAFF {
            ca.issue(PeerKind::Staff, name, valid, &self.staff_folder(name))?;
        }
        ca.issue(
            PeerKind::Staff,
            STRANGER,
            valid,
            &self.staff_folder(STRANGER),
        )?;
        let guoguan = Node::Guoguan.id();
        let lost = ca.issue(
            PeerKind::Node,
            guoguan,
            valid,
            &self.dir.join("pki/revoked"),
        )?;
        ca.revoke(&lost.serial, now)?;
        let foreign = DevCa::init(&self.dir.join("pki/foreign-ca"), TRUST_DOMAIN, now)?;
        foreign.issue(
            PeerKind::Node,
            guoguan,
            valid,
            &self.dir.join("pki/foreign"),
        )?;
        Ok(())
    }

    pub(super) fn write_keys(&self) -> Result<(), StarError> {
        let tag_key = self.dir.join("pki/subject-tag.key");
        cli::pki::write_tag_key(&tag_key)?;
        let (mut trusted, mut witnesses) = (Vec::new(), Vec::new());
        for node in Node::ALL {
            let folder = self.node(node).join("keys");
            let public = cli::pki::write_case_key(&folder.join("case.p8"))?;
            trusted.push(Trusted {
                node,
                case_key: public,
                officers: self.write_officer_keys(node)?,
            });
            let name = witness_key_name(node.id(), TRUST_DOMAIN);
            let key = cli::pki::write_witness_key(&folder.join("witness.p8"), &name)?;
            witnesses.push((node, key));
            keys::copy_secret(&tag_key, &folder.join("subject-tag.key"))?;
            keys::write_key(&folder.join("side.key"))?;
            keys::write_token(&self.token_file(node))?;
        }
        keys::write_key(&self.dir.join("hub/keys/pseudonym.key"))?;
        let log_key = cli::pki::write_log_key(&self.dir.join("hub/keys/checkpoint.p8"), HUB)?;
        write(&self.log_key(), &format!("{log_key}\n"))?;
        write(
            &self.witness_policy(),
            &settings::policy(&log_key, &witnesses),
        )?;
        let trust = settings::trust(&trusted);
        for folder in Node::ALL.map(Node::id).into_iter().chain(["hub"]) {
            write(&self.dir.join(folder).join("trust.toml"), &trust)?;
        }
        Ok(())
    }

    /// Officers have their keys on their own workstations, and not beside the agent.
    fn write_officer_keys(&self, node: Node) -> Result<Vec<(&'static str, String)>, StarError> {
        let key = |name: &'static str| {
            let file = self.officer_key(node, name);
            make(file.parent().unwrap_or(&self.dir))?;
            Ok((name, cli::pki::write_officer_key(&file)?))
        };
        OFFICERS.into_iter().map(key).collect()
    }
}
