//! A desk on the bench: over a star in one process, an index and a published tree.

use std::sync::Arc;

use audit::note::{NoteKey, NoteSigner, SignatureKind};
use audit::{Index, Publisher};
use dashboards::{Language, RoleName, Viewer};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

use super::{Desk, Record};
use crate::api::staff::StaffDoor;
use crate::broker::tests::fixture::Star;
use crate::config::Candidates;

/// A desk and what it reads from.
pub(crate) struct Bench {
    pub(crate) desk: Arc<Desk>,
    pub(crate) index: Arc<Index>,
    pub(crate) publisher: Publisher,
    pub(crate) key: NoteKey,
    _home: tempfile::TempDir,
}

pub(crate) fn desk(star: &Star) -> Bench {
    desk_with(star, Candidates::default())
}

pub(crate) fn desk_with(star: &Star, candidates: Candidates) -> Bench {
    let home = tempfile::tempdir().expect("a folder");
    let index = Arc::new(Index::open(&home.path().join("index")).expect("opens"));
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
    let signer = signer.expect("is a key");
    let key = signer.key().clone();
    let publisher = Publisher::open(star.journal(), signer).expect("opens");
    let door = StaffDoor::new(Arc::clone(&star.broker), Arc::clone(&index));
    let (broker, found_by) = (Arc::clone(&star.broker), Arc::clone(&index));
    let record = Record::of(&publisher);
    Bench {
        desk: Desk::new(door, broker, found_by, record, candidates),
        index,
        publisher,
        key,
        _home: home,
    }
}

/// The auditor.
pub(crate) fn viewer() -> Viewer {
    Viewer {
        name: "audit-1".into(),
        serial: "0a".into(),
        zh: "审计管理员".into(),
        en: "Audit administrator".into(),
        roles: vec![RoleName::Audit],
        may: [].into(),
        language: Language::Chinese,
        here: "/".into(),
        token: "t".into(),
    }
}
