//! Valid inputs of every format, made with the product's own writers.

use audit::note::{
    Checkpoint, NoteKey, NoteSigner, SignatureKind, SignedCheckpoint, Succession, TlogProof,
};
use audit::tree::{Row, Tile, encode_bundle, tiles_of};
use audit::witness::encode_request;
use audit::{Digest, leaf_hash};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

pub(super) const ORIGIN: &str = "fuzz.tianshu.test";

pub(super) fn signer(name: &str, kind: SignatureKind) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    NoteSigner::from_pkcs8(name, kind, der.as_ref()).unwrap()
}

fn digests(count: u8) -> Vec<Digest> {
    (0..count).map(|number| leaf_hash(&[number])).collect()
}

/// Checkpoints of one log, with one and with several signatures.
pub(super) fn checkpoints(log: &NoteSigner) -> Vec<SignedCheckpoint> {
    let witness = signer("witness", SignatureKind::Cosignature);
    let sizes = [0, 1, 256, 70_000, u64::MAX];
    let of = |(number, size): (usize, u64)| {
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: leaf_hash(&size.to_be_bytes()),
            extensions: vec!["extension".to_owned(); number % 2],
        };
        let text = checkpoint.to_string();
        let mut signatures = vec![log.sign(&text, 0)];
        signatures.extend((0..number).map(|time| witness.sign(&text, time as u64)));
        SignedCheckpoint::new(checkpoint, signatures).unwrap()
    };
    sizes.into_iter().enumerate().map(of).collect()
}

pub(super) fn notes(log: &NoteSigner) -> Vec<Vec<u8>> {
    let notes = checkpoints(log).into_iter();
    notes
        .map(|read| read.note.to_string().into_bytes())
        .collect()
}

pub(super) fn tile_paths() -> Vec<Vec<u8>> {
    let number = 1_234_067;
    let row = Row::Entries;
    let far = Tile {
        row,
        number,
        width: 17,
    };
    let tiles = tiles_of(70_000)
        .step_by(50)
        .chain([far, Tile::full(row, number)]);
    tiles.map(|tile| tile.to_string().into_bytes()).collect()
}

pub(super) fn bundles() -> Vec<Vec<u8>> {
    let of = |entries: &[&[u8]]| {
        let mut bundle = Vec::new();
        entries
            .iter()
            .for_each(|entry| assert!(encode_bundle(&mut bundle, entry)));
        bundle
    };
    vec![
        of(&[b""]),
        of(&[b"one", b"two", b"three"]),
        of(&[&[7; 300], b"", &[0xff; 700]]),
        of(&[&[0; 65_535]]),
    ]
}

pub(super) fn proofs(log: &NoteSigner) -> Vec<Vec<u8>> {
    let proofs = checkpoints(log)
        .into_iter()
        .zip(0..)
        .map(|(checkpoint, number)| {
            let path = digests(number * 5);
            let index = u64::from(number);
            TlogProof {
                index,
                path,
                checkpoint,
            }
            .to_string()
            .into_bytes()
        });
    proofs.collect()
}

pub(super) fn requests(log: &NoteSigner) -> Vec<Vec<u8>> {
    let all = checkpoints(log).into_iter().zip(0_u8..);
    let of = |(checkpoint, number): (SignedCheckpoint, u8)| {
        encode_request(u64::from(number), &digests(number * 7), &checkpoint).into_bytes()
    };
    all.map(of).collect()
}

pub(super) fn successions() -> Vec<Vec<u8>> {
    let key = || signer(ORIGIN, SignatureKind::Plain);
    let of = |_| {
        let succession = Succession::sign(&key(), &key()).unwrap();
        succession.note().to_string().into_bytes()
    };
    (0..2).map(of).collect()
}

pub(super) fn policies(log: &NoteKey) -> Vec<Vec<u8>> {
    let keys: Vec<_> = (0..3)
        .map(|number| signer(&format!("w{number}"), SignatureKind::Cosignature))
        .collect();
    let [a, b, c] = [0, 1, 2].map(|number| keys[number].key().to_string());
    let witnesses = format!("witness a {a}\nwitness b {b} https://b.example/\nwitness c {c}\n");
    let of = |rest: &str| format!("# comment\nlog {log}\n{witnesses}{rest}").into_bytes();
    vec![
        format!("log {log}\nquorum none\n").into_bytes(),
        of("group g 2 a b c\nquorum g\n"),
        of("group g any a b\ngroup h all g c\nquorum h\n"),
        of("quorum a\n"),
    ]
}

pub(super) fn headings() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"v":1,"at":"2026-11-23T10:00:00.5+08:00","salt":"00","kind":"decision","query":"q-1",
        "who":{"node":"guoguan","operator":"0231","counter":"3"},"case":{"number":"GG-1","flow":
        "F05","approver":"0232"},"subject":"p","asked":["zhongzhi"],"skipped":{"tielu":"TS-X"}}"#,
        r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"outcome","query":"q-1","decision":7,
        "nodes":[{"node":"tielu","classes":[{"class":"04","code":"TS-NODE-TIMEOUT"}]}]}"#,
        r#"{"v":1,"at":"2026-11-23T10:00:01+08:00","kind":"refusal","query":"q-2","code":"TS-C",
        "who":{"node":"city","operator":"0317"},"flow":"F05","case":"CT-1","subject":""}"#,
        r#"{"v":1,"at":"","salt":"","kind":"served","node":"city","case_no":"\u4e2d","flow":"F01",
        "operator":"1","classes":{"04":{"outcome":"found","records":2}},"measures":{"a":"b"}}"#,
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}
