//! One flipped byte anywhere in an archive is found and its file named; so is a volume that is
//! missing, exchanged or renamed.

use std::fs;

use super::*;

fn archived(entries: u64) -> Ground {
    let ground = Ground::new(entries);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground.pass(both, (i64::MAX, None), &nothing_held).unwrap();
    journal.close().unwrap();
    ground
}

fn write(file: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(file);
    fs::write(file, bytes).unwrap();
}

#[test]
fn every_flipped_bit_of_a_small_volume_is_found_and_its_file_named() {
    let ground = archived(256);
    let dir = ground.archive_dir();
    let verify = || verify_archive(&dir, &keys(), None, None, |_| {});
    assert_eq!(verify().unwrap().end, 256);
    let mut flips = 0;
    for name in names(&dir) {
        let whole = fs::read(dir.join(&name)).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            write(&dir.join(&name), &bytes);
            let found = verify().expect_err(&format!("{name} at {at}"));
            assert!(found.to_string().contains(&name), "{name} at {at}: {found}");
            flips += 1;
        }
        for bytes in [
            &whole[..whole.len() - 1],
            &[whole.as_slice(), b"\0"].concat(),
            b"",
        ] {
            write(&dir.join(&name), bytes);
            let found = verify().unwrap_err();
            assert!(found.to_string().contains(&name), "{name}: {found}");
        }
        write(&dir.join(&name), &whole);
    }
    assert!(flips > 2_000, "{flips}");
    verify().unwrap();
}

#[test]
fn a_missing_exchanged_or_renamed_volume_is_named() {
    let ground = archived(1400);
    let dir = ground.archive_dir();
    let verify = || ground.verify();
    let all = names(&dir);
    assert_eq!(all.len(), 6);
    let (manifests, entries): (Vec<_>, Vec<_>) =
        all.iter().partition(|name| name.ends_with(".manifest"));
    for name in &all {
        let aside = dir.join("aside.tmp");
        fs::rename(dir.join(name), &aside).unwrap();
        let found = verify();
        let is_last_manifest = *name == *manifests[2];
        match found {
            // Of the last volume only somebody who knows more can miss the manifest.
            Ok(verified) if is_last_manifest => {
                assert_eq!(verified.unfinished.as_ref(), Some(entries[2]));
            }
            Err(fault) if !is_last_manifest => {
                let said = fault.to_string();
                assert!(said.contains("missing"), "{name}: {said}");
            }
            other => panic!("{name}: {other:?}"),
        }
        fs::rename(&aside, dir.join(name)).unwrap();
    }
    for kind in [&manifests, &entries] {
        let [one, other] = [dir.join(kind[0]), dir.join(kind[1])];
        let aside = dir.join("aside.tmp");
        let exchange = || {
            fs::rename(&one, &aside).unwrap();
            fs::rename(&other, &one).unwrap();
            fs::rename(&aside, &other).unwrap();
        };
        exchange();
        let found = verify().unwrap_err().to_string();
        assert!(found.contains(kind[0].as_str()), "{found}");
        exchange();
    }
    let renamed = dir.join("00000000000000009999.manifest");
    fs::rename(dir.join(manifests[2]), &renamed).unwrap();
    let found = verify().unwrap_err();
    assert!(
        matches!(found, VolumeError::Misnamed { first: 1024, .. }),
        "{found}"
    );
    fs::rename(&renamed, dir.join(manifests[2])).unwrap();
    write(&dir.join("notes.txt"), b"foreign");
    assert!(matches!(verify().unwrap_err(), VolumeError::Foreign { .. }));
    fs::remove_file(dir.join("notes.txt")).unwrap();
    verify().unwrap();
}

#[test]
fn an_archive_of_another_log_key_or_history_is_not_believed() {
    let ground = archived(600);
    let dir = ground.archive_dir();
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let other = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der.as_ref()).unwrap();
    let found = verify_archive(&dir, &[other.key().clone()], None, None, |_| {});
    assert!(matches!(found, Err(VolumeError::Note { .. })));
    // The checkpoint that somebody kept.
    let (journal, mut publisher) = ground.open();
    let kept = publisher.published().checkpoint().unwrap();
    let verified = verify_archive(&dir, &keys(), Some(&kept), None, |_| {}).unwrap();
    assert_eq!(verified.beyond, Some(600 - 512));
    let mut forged = kept.as_ref().clone();
    for (size, root) in [(600, crate::empty_root()), (300, crate::empty_root())] {
        (forged.checkpoint.size, forged.checkpoint.root) = (size, root);
        let found = verify_archive(&dir, &keys(), Some(&forged), None, |_| {});
        assert!(matches!(found, Err(VolumeError::Forked { .. })), "{size}");
    }
    append(&journal, 10);
    publisher.advance().unwrap();
    journal.close().unwrap();
    // Another history of the same log, by the same key.
    let twin = archived(900);
    let found = verify_archive(&dir, &keys(), None, Some(&twin.log()), |_| {});
    assert_eq!(
        found.unwrap().log.unwrap().entries,
        512,
        "it has the same entries"
    );
    let (journal, _) = twin.open();
    drop(journal);
    let third = Ground::new(10);
    let found = verify_archive(&dir, &keys(), None, Some(&third.log()), |_| {});
    assert!(
        matches!(found, Err(VolumeError::Forked { .. })),
        "{found:?}"
    );
}
