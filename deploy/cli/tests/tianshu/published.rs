//! `tianshu audit verify` of what was published: folder, mirror, proof, each whole and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use audit::note::{NoteSigner, PROOF_FILE_HEADING, ProofLine, SignatureKind};
use audit::tree::{Row, Tile, tiles_of};
use audit::{Journal, JournalConfig, PublishedLog, Publisher, Receipt};
use tempfile::TempDir;

use super::{done, run};

/// Over one bundle, so that every kind of file is there.
const ENTRIES: u64 = 300;

struct Ground {
    home: TempDir,
    key: String,
    receipts: Vec<Receipt>,
}

impl Ground {
    async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let file = home.path().join("checkpoint.p8");
        let said = done(&["pki", "log-key", "--origin", "hub-1", "--out", &text(&file)]);
        let key = said.trim().to_owned();
        let der = fs::read(&file).unwrap();
        let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, &der).unwrap();
        let mut config = JournalConfig::new(home.path().join("log"), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).unwrap();
        let mut publisher = Publisher::open(&journal, signer).unwrap();
        let mut receipts = Vec::new();
        for number in 0..ENTRIES {
            let entry = format!("entry {number}").into_bytes();
            receipts.push(journal.append(entry).await.unwrap());
            if number == 9 {
                publisher.advance().unwrap();
            }
        }
        publisher.advance().unwrap();
        let ground = Self {
            home,
            key,
            receipts,
        };
        ground.keep(&publisher.published());
        journal.append(b"not covered".to_vec()).await.unwrap();
        journal.close().unwrap();
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Keeps a mirror and a proof of entry 7, as they are served, and the receipts.
    fn keep(&self, published: &PublishedLog) {
        let checkpoint = published.checkpoint().unwrap().note.to_string();
        store(&self.path("mirror/checkpoint"), checkpoint.as_bytes());
        for tile in tiles_of(published.size()) {
            let bundle = (tile.row == Row::Hashes(0)).then_some(Row::Entries);
            for row in [tile.row].into_iter().chain(bundle) {
                let tile = Tile { row, ..tile };
                let bytes = published.tile(tile).unwrap().unwrap();
                store(&self.path("mirror").join(tile.to_string()), &bytes);
            }
        }
        let proof = published.proof(7).unwrap().unwrap().to_string();
        store(&self.path("7.tlog-proof"), proof.as_bytes());
        let line = |index: u64| {
            let proof = published.proof(index).unwrap();
            ProofLine::new("hub-1", index, &format!("entry {index}"), proof.as_ref())
        };
        let lines = [7, 260].map(|index| serde_json::to_string(&line(index)).unwrap());
        let file = format!("{PROOF_FILE_HEADING}\n{}\n", lines.join("\n"));
        store(&self.path("two.proofs"), file.as_bytes());
        let lines: Vec<_> = self
            .receipts
            .iter()
            .map(|receipt| serde_json::to_string(receipt).unwrap())
            .collect();
        store(&self.path("receipts.jsonl"), lines.join("\n").as_bytes());
    }
}

fn store(file: &Path, bytes: &[u8]) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_log_a_mirror_and_a_proof_verify_and_say_what_was_checked() {
    let ground = Ground::new().await;
    let (log, mirror) = (text(&ground.path("log")), text(&ground.path("mirror")));
    let receipts = text(&ground.path("receipts.jsonl"));
    let key = ground.key.as_str();
    let out = done(&[
        "audit",
        "verify",
        &log,
        "--key",
        key,
        "--receipts",
        &receipts,
    ]);
    for said in [
        "entries         301\n",
        "receipts        300, all honoured\n",
        "checkpoint      300 entries, root ",
        &format!("signed by       {key}\n"),
        "checkpoints     2 ever published, each with the root of its entries\n",
        "tiles           1 full ones and 1 bundles, byte for byte\n",
        "not covered     1 entries came after the checkpoint\n",
        "verdict         whole\n",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let key_file = ground.path("hub-log.vkey");
    store(&key_file, format!("{key}\n").as_bytes());
    let out = done(&["audit", "verify", &mirror, "--key", &text(&key_file)]);
    for said in [
        "mirror of       hub-1\n",
        "tiles           3, each as the row below gives it\n",
        "entries         300 in 2 bundles, each with its leaf hash\n",
        "verdict         whole\n",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    fs::remove_dir_all(ground.path("mirror/tile/entries")).unwrap();
    let out = done(&["audit", "verify", &mirror, "--key", key]);
    assert!(out.contains("entries         NOT CHECKED"), "{out}");

    let proof = text(&ground.path("7.tlog-proof"));
    let entry = ground.path("entry");
    store(&entry, b"entry 7");
    let leaf = ground.receipts[7].leaf_hash.to_string();
    for by in [
        ["--receipts", receipts.as_str()],
        ["--entry", &text(&entry)],
        ["--leaf", &leaf],
    ] {
        let out = done(&["audit", "verify", &proof, "--key", key, by[0], by[1]]);
        assert!(
            out.contains(&format!("entry           7, leaf hash {leaf}\n")),
            "{out}"
        );
        assert!(out.ends_with("verdict         proven\n"), "{out}");
    }
}

#[tokio::test]
async fn a_file_of_proofs_stands_by_itself_and_one_bad_line_is_too_many() {
    let ground = Ground::new().await;
    let key = ground.key.as_str();
    let file = ground.path("two.proofs");
    let path = text(&file);
    let out = done(&["audit", "verify", &path, "--key", key]);
    for said in [
        "entry           7 of hub-1 ",
        "entry           260 of hub-1 ",
        &ground.receipts[260].leaf_hash.to_string(),
        "checkpoint      300 entries, root ",
        "verdict         2 entries, each proven\n",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let ran = run(&["audit", "verify", &path]);
    assert!(
        ran.code == 1 && ran.err.contains("proves nothing without --key"),
        "{ran:?}"
    );
    let whole = fs::read_to_string(&file).unwrap();
    let uncovered = serde_json::to_string(&ProofLine::new("hub-1", 300, "not covered", None));
    let uncovered = format!("{whole}{}\n", uncovered.unwrap());
    for (spoilt, fault) in [
        (whole.replace("\"entry 260\"", "\"entry 261\""), "leaf hash"),
        (
            whole.replace("\"index\":260", "\"index\":259"),
            "another entry",
        ),
        (
            whole.replace("\"log\":\"hub-1\"", "\"log\":\"hub-2\""),
            "another entry",
        ),
        (
            whole.replace("\\nindex 260", "\\nindex 259"),
            "another entry",
        ),
        (uncovered, "no checkpoint covered"),
        (format!("{whole}x\n"), "line 4 is no entry"),
        (format!("{PROOF_FILE_HEADING}\n"), "from 1 to"),
    ] {
        assert_ne!(spoilt, whole);
        store(&file, spoilt.as_bytes());
        let ran = run(&["audit", "verify", &path, "--key", key]);
        assert_eq!(ran.code, 1, "{fault}");
        assert!(ran.out.contains("verdict         NOT PROVEN"), "{ran:?}");
        assert!(ran.out.contains(fault), "{fault}: {ran:?}");
    }
}

#[tokio::test]
async fn without_a_key_the_verdict_says_that_signatures_are_not_checked() {
    let ground = Ground::new().await;
    for folder in ["log", "mirror"] {
        let out = done(&["audit", "verify", &text(&ground.path(folder))]);
        assert!(out.contains("NOT CHECKED: no --key was given"), "{out}");
        let unsigned = "\nverdict         whole, signatures not checked\n";
        assert!(out.ends_with(unsigned), "{out}");
    }
}

#[tokio::test]
async fn what_does_not_verify_is_named() {
    let ground = Ground::new().await;
    let key = ground.key.as_str();
    let proof = text(&ground.path("7.tlog-proof"));
    let other = ground.receipts[8].leaf_hash.to_string();
    let ran = run(&["audit", "verify", &proof, "--key", key, "--leaf", &other]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("verdict         NOT PROVEN\n"),
        "{ran:?}"
    );
    assert!(ran.out.contains("does not lead from this entry"), "{ran:?}");
    let ran = run(&["audit", "verify", &proof, "--leaf", &other]);
    assert!(
        ran.code == 1 && ran.err.contains("proves nothing without --key"),
        "{ran:?}"
    );
    let ran = run(&["audit", "verify", &proof, "--key", key]);
    assert!(
        ran.code == 1 && ran.err.contains("say what is to be proven"),
        "{ran:?}"
    );
    let ran = run(&["audit", "verify", &proof, "--key", "hub-1+00000000+AAAA"]);
    assert!(
        ran.code == 2 && ran.err.contains("neither a key nor a file"),
        "{ran:?}"
    );

    for (folder, name) in [
        ("log", "tile/0/000"),
        ("log", "tile/entries/000"),
        ("log", "head"),
        ("log", "checkpoint"),
        ("log", "proofs/checkpoints.log"),
        ("mirror", "checkpoint"),
        ("mirror", "tile/0/001.p/44"),
        ("mirror", "tile/1/000.p/1"),
        ("mirror", "tile/entries/001.p/44"),
    ] {
        let file = ground.path(folder).join(name);
        let whole = fs::read(&file).unwrap();
        let mut altered = whole.clone();
        altered[whole.len() / 2] ^= 1;
        fs::remove_file(&file).unwrap();
        store(&file, &altered);
        let ran = run(&["audit", "verify", &text(&ground.path(folder)), "--key", key]);
        assert_eq!(ran.code, 1, "{name}");
        assert!(
            ran.out.contains("verdict         DAMAGED\nfault "),
            "{ran:?}"
        );
        assert!(ran.out.contains(name), "{name}: {ran:?}");
        store(&file, &whole);
    }
}

#[test]
fn a_log_key_is_never_overwritten_and_has_a_name_that_a_log_may_have() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TempDir::new().unwrap();
    let file = home.path().join("checkpoint.p8");
    let make = |origin: &str| run(&["pki", "log-key", "--origin", origin, "--out", &text(&file)]);
    let ran = make("hub 1");
    assert!(
        ran.code == 1 && ran.err.contains("cannot be the name of a key"),
        "{ran:?}"
    );
    assert!(!file.exists());
    let ran = make("hub-1");
    assert!(ran.code == 0 && ran.out.starts_with("hub-1+"), "{ran:?}");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    assert_eq!(make("hub-1").code, 1);
    assert_eq!(fs::read(&file).unwrap(), before);
}
