//! What all simulated stars share: catalog, rules, trust list, keys of fixed seeds, configuration.
//! All of it is the delivered one; only the keys are made up.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, LazyLock};

use catalog::{Catalog, Source};
use hub::config::Config;
use policies::{CaseSigner, FlowBook, RuleSet, TagKey, TrustList};
use time::OffsetDateTime;
use time::macros::datetime;
use wire::identity::{PeerIdentity, PeerKind};
use wire::{LimitName, Limits};

/// A workday, an hour after the counters open.
pub(super) const MORNING: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
pub(super) const NODES: [&str; 4] = ["city", "guoguan", "tielu", "zhongzhi"];
pub(super) const CENTERS: [&str; 4] = ["C11000", "C11002", "C11003", "C11001"];

pub(super) static CATALOG: LazyLock<Arc<Catalog>> =
    LazyLock::new(|| Arc::new(Catalog::builtin().expect("the catalog")));
pub(super) static RULES: LazyLock<Arc<RuleSet>> =
    LazyLock::new(|| Arc::new(RuleSet::builtin(&CATALOG).expect("the rules")));
/// The agents' own copy of the flows.
pub(super) static FLOWS: LazyLock<FlowBook> =
    LazyLock::new(|| FlowBook::builtin(&CATALOG).expect("the flows"));
pub(super) static TRUST: LazyLock<TrustList> = LazyLock::new(|| {
    let node = |(id, center): (&&str, &&str)| {
        let key = signer(id).public_key_hex();
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"{center}\"\nzh = \"中心\"\nen = \"{id}\"\n\
             phone = \"010-1\"\ncase_key = \"{key}\"\n"
        )
    };
    let text: String = NODES.iter().zip(&CENTERS).map(node).collect();
    let name = "trust.toml";
    TrustList::parse(&Source { name, text: &text }).expect("the trust list")
});

/// The key that agents share.
pub(super) fn tag_key() -> TagKey {
    TagKey::new(&[7; 32])
}

/// The case key of a node, the same in every run.
pub(super) fn signer(node: &str) -> CaseSigner {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    let mut seed = [11; 32];
    seed[0] = u8::try_from(position(node)).expect("few nodes");
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed");
    // PKCS#8 version 2, as ring writes it: two templates with the seed and the public key in them.
    let before = [
        0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let between = [0x81, 0x21, 0x00];
    let public = pair.public_key();
    let pkcs8 = [&before[..], &seed, &between, public.as_ref()].concat();
    CaseSigner::from_pkcs8(&pkcs8).expect("a key")
}

pub(super) fn position(node: &str) -> usize {
    NODES
        .iter()
        .position(|id| *id == node)
        .unwrap_or(NODES.len())
}

/// What a handshake would have proven.
pub(super) fn identity(node: &str) -> Arc<PeerIdentity> {
    Arc::new(PeerIdentity {
        trust_domain: "tianshu.test".into(),
        kind: PeerKind::Node,
        name: node.into(),
        serial: "0a1b".into(),
        not_after: MORNING + time::Duration::days(365),
    })
}

/// As many wait at most where so few may be under way that a flood fills the queue.
const NARROW: u32 = 2;
const NARROW_QUEUE: u32 = 16;

/// The delivered limits, but for the questions that may be under way at once, and wait.
pub(super) fn limits(in_flight_max: usize) -> Limits {
    let most = u32::try_from(in_flight_max).expect("is small");
    let limits = Limits::default().with(LimitName::InFlightMax, most);
    if most == NARROW {
        limits.with(LimitName::QueueMax, NARROW_QUEUE)
    } else {
        limits
    }
}

/// As delivered, but for the entries that may wait for the disk.
pub(super) fn config(queue_max: usize) -> Config {
    let home = tempfile::tempdir().expect("a folder");
    let files = [
        "trust.toml",
        "cert.pem",
        "key.pem",
        "ca.pem",
        "crl.pem",
        "pseudonym.key",
        "checkpoint.p8",
    ];
    for file in files {
        let path = home.path().join(file);
        std::fs::write(&path, "x").expect("is written");
        let hidden = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, hidden).expect("is set");
    }
    let text = format!(
        "id = \"hub-1\"\ntrust_domain = \"tianshu.test\"\ntrust_list = \"trust.toml\"\n\
         [link]\nlisten = \"127.0.0.1:7400\"\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\
         ca = \"ca.pem\"\ncrl = \"crl.pem\"\n[admin]\nlisten = \"127.0.0.1:7401\"\n\
         [audit]\ndir = \"audit\"\npseudonym_key = \"pseudonym.key\"\n\
         checkpoint_key = \"checkpoint.p8\"\nqueue_max = {queue_max}\n"
    );
    let file = home.path().join("hub.toml");
    std::fs::write(&file, text).expect("is written");
    Config::read(&file).expect("is sound")
}
