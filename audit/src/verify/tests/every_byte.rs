//! Every single byte of what a log published, flipped one after the other: the verification names
//! the file, and of the list the record.

use super::*;

/// Entries of the smallest log with a full bundle and a full tile.
const FEW: u64 = 258;
const THREADS: usize = 2;

/// A log of its own for each thread, the same in each.
fn laid_out(home: &Path) -> [NoteKey; 1] {
    // A key from fixed bytes, so that all of them are the same to the byte.
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let public = ring::signature::KeyPair::public_key(&pair)
        .as_ref()
        .to_vec();
    let der = [
        b"\x30\x53\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(),
        &[7; 32],
        b"\xa1\x23\x03\x21\x00",
        &public,
    ]
    .concat();
    let signer = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, &der).unwrap();
    let keys = [signer.key().clone()];
    let config = JournalConfig {
        segment_bytes: 64 << 10,
        entry_bytes_max: 200,
        ..JournalConfig::new(home, ORIGIN)
    };
    let (journal, _) = Journal::open(&config).unwrap();
    let mut publisher = Publisher::open(&journal, signer).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    for number in 0..FEW {
        let entry = format!("{number}").into_bytes();
        runtime.block_on(journal.append(entry)).unwrap();
        if number == 1 || number + 1 == FEW {
            publisher.advance().unwrap().unwrap();
        }
    }
    journal.close().unwrap();
    keys
}

/// Flips the bytes of one log that fall to this thread; returns how many.
fn flip_all(thread: usize) -> usize {
    let home = TempDir::new().unwrap();
    let keys = laid_out(home.path());
    let verify = || verify_log(home.path(), &[], &keys, |_| {});
    assert!(verify().is_ok());
    let names = [
        CHECKPOINT_NAME,
        HEAD_NAME,
        CHECKPOINTS_NAME,
        "tile/0/000",
        "tile/entries/000",
    ];
    let mut flips = 0;
    for name in names {
        let file = home.path().join(name);
        let whole = fs::read(&file).unwrap();
        let mut changed = whole.clone();
        for at in (thread..whole.len()).step_by(THREADS) {
            changed[at] ^= 1 << (at % 8);
            write(&file, &changed);
            let fault = match verify() {
                Err(fault) => fault.to_string(),
                Ok(_) => panic!("`{name}` byte {at}: not found"),
            };
            let named = fault.contains(&format!("`{name}`"));
            assert!(named, "`{name}` byte {at}: {fault}");
            changed[at] = whole[at];
            flips += 1;
        }
        write(&file, &whole);
    }
    assert!(verify().is_ok());
    flips
}

#[test]
fn every_flipped_byte_of_what_was_published_is_named() {
    let threads = (0..THREADS).map(|thread| std::thread::spawn(move || flip_all(thread)));
    let threads: Vec<_> = threads.collect();
    let flips: usize = threads.into_iter().map(|all| all.join().unwrap()).sum();
    println!("{flips} bytes, each flipped once");
    assert!(flips > 8192 + 2 * 128, "{flips}");
}
