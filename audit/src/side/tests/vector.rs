//! Commitments as `docs/audit-log.md` gives them, so that another program can be held against it.

use super::*;

#[test]
fn the_documented_commitments() {
    let salt = [0x11; SALT_BYTES];
    let one = commitment("city/04.grzhye/1", &salt, "\"8800.00\"");
    let mut bytes = b"\x00tianshu/side/v1\0\0\0\0\x10city/04.grzhye/1".to_vec();
    bytes.extend_from_slice(&salt);
    bytes.extend_from_slice(b"\"8800.00\"");
    let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
    assert_eq!(one.bytes().as_slice(), hash.as_ref());
    let two = commitment("subject", &[0x22; SALT_BYTES], "310101199001010012");
    let root = crate::node_hash(&one, &two);
    let page = include_str!("../../../../docs/audit-log.md");
    for hash in [one, two, root] {
        assert!(page.contains(&hash.to_string()), "not in the page: {hash}");
    }
}

#[test]
fn salts_of_one_seed_are_all_different_and_say_nothing_of_each_other() {
    let opened = Opened::new(&[3; 32], Vec::new());
    let salts: std::collections::BTreeSet<_> = (0..100).map(|at| opened.salt(at)).collect();
    assert_eq!(salts.len(), 100);
    let other = Opened::new(&[4; 32], Vec::new());
    assert_ne!(opened.salt(0), other.salt(0));
}
