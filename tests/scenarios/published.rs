//! What the hub publishes of its log: a receipt becomes a proof within a second, and proofs and
//! mirrors hold without the hub, for our own verifier and for one in another language.

pub(super) mod foreign;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use audit::note::{NoteKey, SignedCheckpoint, TlogProof};
use audit::tree::{Row, Tile, tiles_of};
use audit::{Receipt, leaf_hash};
use sandbox::client::{Ask, fetch_bytes};
use sandbox::star::{Star, until};
use sandbox::world::Node;

use super::ground::{Ground, folder, program, words};
use foreign::{Foreign, trusting};

/// How long a proof may take from the answer on; it is one second at most on a machine at rest.
const PROOF_WAIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_becomes_a_proof_that_holds_without_the_hub() {
    let foreign = Foreign::prepare();
    let mut ground = Ground::start("published").await;
    let public = free_address();
    ground.restart(|star| show_to_the_star(star, public)).await;
    let kept = folder("published-kept");
    std::fs::remove_dir_all(&kept).ok();
    std::fs::create_dir_all(&kept).expect("is made");

    let desk = ground.star.desk(Node::Guoguan, "0317").expect("has a desk");
    let open = desk.open("GG-S01", "F05").await.expect("is open");
    let ask = Ask {
        case: open.case.clone(),
        ..Ask::default()
    };
    let answer = desk.ask(&ask).await.expect("is answered");
    let answered = Instant::now();
    let admin = format!("{}/log", ground.star.home().admin_url());
    let star = format!("http://{public}/log");
    let key_file = ground.star.home().log_key();
    let key = std::fs::read_to_string(&key_file).expect("the key is published");
    let key = NoteKey::parse(key.trim()).expect("is a key");
    let strict = kept.join("all.policy");
    let policy = std::fs::read_to_string(ground.star.home().witness_policy()).expect("is there");
    let all = policy.replace("group centers 3 ", "group centers all ");
    assert_ne!(all, policy, "the star asks for three of four");
    std::fs::write(&strict, all).expect("is written");
    let mut proofs = Vec::new();
    for receipt in [&answer.receipts.decision, &answer.receipts.outcome] {
        let proof = proof_of(&star, receipt).await;
        let read = TlogProof::parse(&proof).expect("is a proof");
        read.verify(receipt.leaf_hash, std::slice::from_ref(&key))
            .expect("holds for the receipt");
        let file = kept.join(format!("{}.tlog-proof", receipt.index));
        std::fs::write(&file, proof).expect("is kept");
        proofs.push((file, receipt.clone()));
    }
    println!("both proofs {:?} after the answer", answered.elapsed());

    let mirror = kept.join("mirror");
    fetch_mirror(&admin, &mirror).await;
    entries_stay_with_operators(&admin, &star).await;
    let home = ground.star.home();
    accepts(&["audit", "verify"], &home.hub_log(), &key_file, &[]);
    accepts(&["audit", "verify"], &mirror, &key_file, &[]);
    foreign.accepts("mirror", &mirror, &key_file, &[]);
    for (file, receipt) in &proofs {
        let leaf = receipt.leaf_hash.to_string();
        accepts(&["audit", "verify"], file, &key_file, &["--leaf", &leaf]);
        foreign.accepts("proof", file, &key_file, &["--leaf", &leaf]);
        let other = leaf_hash(b"something else").to_string();
        foreign.refuses("proof", file, &key_file, &["--leaf", &other]);
    }
    // Whoever knows the witnesses sees a changed byte of their signatures too.
    foreign.finds_every_flipped_byte(&proofs[0].0, &proofs[0].1, &strict, &kept);
    foreign.finds_damage(&mirror, &key_file);

    let home = home.dir().to_owned();
    let log = ground.star.home().hub_log();
    ground.check().await;
    // The last checkpoint of a run covers its last entry.
    let said = accepts(&["audit", "verify"], &log, &key_file, &[]);
    assert!(said.contains("not covered     0 entries"), "{said}");
    assert!(home.join("hub/audit/proofs/checkpoints.log").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_whose_checkpoint_does_not_fit_its_journal_does_not_start() {
    let mut ground = Ground::start("published-altered").await;
    let (log, config) = {
        let home = ground.star.home();
        (home.hub_log(), home.hub_config())
    };
    ground
        .restart(|_| {
            let altered = log.join("checkpoint");
            let whole = std::fs::read(&altered).expect("is published");
            for name in ["checkpoint", "head"] {
                let file = log.join(name);
                let mut bytes = std::fs::read(&file).expect("is there");
                let last = bytes.len() - 5;
                bytes[last] ^= 1;
                std::fs::write(&file, bytes).expect("is written");
                let said = Command::new(program("tianshu-hub"))
                    .arg("--config")
                    .arg(&config)
                    .output()
                    .expect("the hub runs");
                assert_eq!(said.status.code(), Some(1), "{}", words(&said));
                let named = format!("`{name}` is not believed");
                assert!(words(&said).contains(&named), "{}", words(&said));
                std::fs::write(&file, &whole).expect("is written");
            }
        })
        .await;
    ground.check().await;
}

/// An address that nobody uses at this moment.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("is bound")
}

fn show_to_the_star(star: &Star, public: SocketAddr) {
    let file = star.home().hub_config();
    let text = std::fs::read_to_string(&file).expect("is there");
    let with = format!("[audit]\npublic_listen = \"{public}\"");
    std::fs::write(&file, text.replace("[audit]", &with)).expect("is written");
}

async fn proof_of(log: &str, receipt: &Receipt) -> Vec<u8> {
    let url = format!("{log}/proof/{}", receipt.index);
    let proof = until(PROOF_WAIT, async || fetch_bytes(&url).await.ok()).await;
    proof.expect("a checkpoint covers the entry")
}

/// Fetches everything that the checkpoint of this moment needs.
async fn fetch_mirror(log: &str, mirror: &Path) {
    let checkpoint = fetch_bytes(&format!("{log}/checkpoint")).await;
    let checkpoint = checkpoint.expect("there is a checkpoint");
    let size = SignedCheckpoint::parse(&checkpoint)
        .expect("is a checkpoint")
        .checkpoint
        .size;
    std::fs::create_dir_all(mirror).expect("is made");
    std::fs::write(mirror.join("checkpoint"), checkpoint).expect("is kept");
    for tile in tiles_of(size) {
        let bundle = (tile.row == Row::Hashes(0)).then_some(Row::Entries);
        for row in [tile.row].into_iter().chain(bundle) {
            let tile = Tile { row, ..tile };
            let bytes = fetch_bytes(&format!("{log}/{tile}"))
                .await
                .expect("is served");
            let file = mirror.join(tile.to_string());
            std::fs::create_dir_all(file.parent().expect("has one")).expect("is made");
            std::fs::write(file, bytes).expect("is kept");
        }
    }
}

async fn entries_stay_with_operators(admin: &str, star: &str) {
    let checkpoint = fetch_bytes(&format!("{star}/checkpoint")).await;
    assert!(checkpoint.is_ok(), "the star sees checkpoints");
    for (log, seen) in [(admin, true), (star, false)] {
        let bundle = fetch_bytes(&format!("{log}/tile/entries/000.p/1")).await;
        assert_eq!(bundle.is_ok(), seen, "{log}");
        let hashes = fetch_bytes(&format!("{log}/tile/0/000.p/1")).await;
        assert_eq!(hashes.expect("hashes are for all").len(), 32);
    }
    let metrics = fetch_bytes(&star.replace("/log", "/metrics")).await;
    assert!(metrics.is_err(), "nothing else is on the public address");
}

/// Runs `tianshu` on a path with the log's key and expects that it is content.
fn accepts(command: &[&str], path: &Path, key: &PathBuf, more: &[&str]) -> String {
    let said = Command::new(program("tianshu"))
        .args(command)
        .arg(path)
        .arg(trusting(key))
        .arg(key)
        .args(more)
        .output()
        .expect("tianshu runs");
    assert!(said.status.success(), "{}", words(&said));
    words(&said)
}
