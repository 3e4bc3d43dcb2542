//! This center's witness over a real log: what it cosigns, what it keeps as evidence, whom it then
//! refuses, and that its own failure stops nothing.

use audit::note::SignedCheckpoint;
use audit::{Journal, JournalConfig, Offer, Publisher};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use wire::RefusalCode;

use super::*;
use crate::asking::tests::star;
use crate::tests::center::Center;
use crate::tests::eventually;

const ORIGIN: &str = "hub-1";

fn der() -> Vec<u8> {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    der.as_ref().to_vec()
}

/// A hub's log; two of one key are two histories.
struct Log {
    _home: tempfile::TempDir,
    key: NoteKey,
    journal: Journal,
    publisher: Publisher,
}

impl Log {
    fn new(der: &[u8]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut config = JournalConfig::new(home.path(), ORIGIN);
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).unwrap();
        let signer = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der).unwrap();
        let key = signer.key().clone();
        let publisher = Publisher::open(&journal, signer).unwrap();
        Self {
            _home: home,
            key,
            journal,
            publisher,
        }
    }

    async fn grown(&mut self, entries: u64, what: &str) -> Offer {
        for number in 0..entries {
            let entry = format!("{what} {number}").into_bytes();
            self.journal.append(entry).await.unwrap();
        }
        let offer = self.publisher.prepare().unwrap().unwrap();
        self.publisher.publish(&[]).unwrap();
        offer
    }
}

fn request(offer: &Offer, old: u64) -> Vec<u8> {
    offer.request(old).unwrap().unwrap().into_bytes()
}

/// A witness of a center, beneath its log.
fn witness(center: &Center, key: &[u8], log: &NoteKey) -> Arc<LogWitness> {
    let around = Surroundings {
        book: Arc::clone(&center.book),
        metrics: Arc::clone(&center.metrics),
        clock: center.clock.clone(),
        distrust: center.distrust.clone(),
    };
    let signer = signer(center.node, "tianshu.test", key).unwrap();
    let dir = center.home.path().join("book");
    LogWitness::open(&dir, signer, std::slice::from_ref(log), around)
}

fn caught(center: &Center) -> Vec<serde_json::Value> {
    let entries = center.entries().into_iter();
    entries.filter(|e| e["kind"] == "hub-caught").collect()
}

#[tokio::test]
async fn a_growing_log_is_cosigned_and_remembered_over_a_restart() {
    let center = Center::new("city").await;
    let (key, mut log) = (der(), Log::new(&der()));
    let first = log.grown(5, "entry").await;
    let keeper = witness(&center, &key, &log.key);
    let answer = keeper.add_checkpoint(request(&first, 0), Door::Link).await;
    assert_eq!((answer.status, answer.kind.as_str()), (200, TEXT_TYPE));
    let line = String::from_utf8(answer.body).unwrap();
    assert!(line.starts_with("— tianshu.test/witness/city "), "{line}");
    let second = log.grown(5, "entry").await;
    let keeper = witness(&center, &key, &log.key);
    let answer = keeper.add_checkpoint(request(&second, 0), Door::Link).await;
    assert_eq!((answer.status, answer.body.as_slice()), (409, &b"5\n"[..]));
    let seen = SignedCheckpoint::parse(&answer.seen).unwrap();
    assert_eq!(seen.checkpoint, first.checkpoint().checkpoint);
    let answer = keeper.add_checkpoint(request(&second, 5), Door::Link).await;
    assert_eq!(answer.status, 200);
    assert_eq!(center.metric("agent_witness_cosigned_total "), 2);
    assert!(caught(&center).is_empty() && !center.distrust.holds());
    let long = vec![b'x'; WITNESS_BODY_BYTES_MAX + 1];
    assert_eq!(keeper.add_checkpoint(long, Door::Link).await.status, 400);
}

/// The last evidence of a center, which needs nobody's word.
fn check_evidence(center: &Center, log: &NoteKey) {
    let entry = caught(center).pop().expect("is on record");
    assert_eq!(entry["offence"], "two-histories");
    assert_eq!(entry["distrusted"], true);
    let note = |field: &str| SignedCheckpoint::parse(entry[field].as_str().unwrap().as_bytes());
    let path = entry["path"].as_array().unwrap().iter();
    let evidence = Caught {
        offence: Offence::TwoHistories,
        seen: Some(note("seen").unwrap()),
        shown: note("shown").unwrap(),
        path: path
            .map(|hash| audit::Digest::from_hex(hash.as_str().unwrap()).unwrap())
            .collect(),
    };
    assert_eq!(evidence.verify(std::slice::from_ref(log)), Ok(true));
}

#[tokio::test]
async fn two_histories_end_all_dealings_with_the_hub_until_somebody_acts() {
    let (_hub, center, counter) = star().await;
    let handle = counter.handle().await;
    let answered = counter.ask(&handle, serde_json::json!({})).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    let (log_key, key) = (der(), der());
    let (mut log, mut fork) = (Log::new(&log_key), Log::new(&log_key));
    let keeper = witness(&center, &key, &log.key);
    let seen = log.grown(5, "entry").await;
    let answer = keeper.add_checkpoint(request(&seen, 0), Door::Link).await;
    assert_eq!(answer.status, 200);
    let shown = fork.grown(9, "another").await;
    let answer = keeper.add_checkpoint(request(&shown, 5), Door::Link).await;
    assert_eq!(answer.status, 422);

    // The evidence speaks for itself.
    check_evidence(&center, &log.key);
    // Told once, however often it is shown.
    keeper.add_checkpoint(request(&shown, 5), Door::Link).await;
    assert_eq!(caught(&center).len(), 1);

    // Nothing goes through this hub, in neither direction, nor after a restart.
    let heard = counter.open("BJ-1").await.refusal();
    assert_eq!(heard.1, RefusalCode::HubDistrusted.as_str());
    let heard = counter.ask(&handle, serde_json::json!({})).await.refusal();
    assert_eq!(heard.1, RefusalCode::HubDistrusted.as_str());
    let reply = center.answerer().answer(v1::NodeAsk::default()).await;
    let Some(v1::node_reply::Outcome::Refusal(refusal)) = reply.outcome else {
        panic!("is refused")
    };
    assert_eq!(refusal.code, RefusalCode::GuardHub.as_str());
    let ready = counter.get("/health/ready").await;
    assert!(ready.status == 503 && ready.body.contains("two histories"));
    let book = center.home.path().join("book");
    assert!(Distrust::of(&book).holds());

    let stop = tokio_util::sync::CancellationToken::new();
    let watching = watch_distrust(
        center.distrust.clone(),
        Arc::clone(&center.book),
        Arc::clone(&center.metrics),
        stop.clone(),
    );
    let tasks = TaskTracker::new();
    tasks.spawn(watching);
    eventually("the alarm is up", || {
        center.metric("agent_hub_distrusted ") == 1
    })
    .await;
    std::fs::remove_file(book.join(DISTRUSTED_NAME)).unwrap();
    eventually("somebody acted", || !center.distrust.holds()).await;
    eventually("that is on record", || {
        let entries = center.entries();
        entries.iter().any(|entry| entry["kind"] == "hub-trusted")
    })
    .await;
    assert_eq!(counter.open("BJ-1").await.status, 200);
    stop.cancel();
}

#[tokio::test]
async fn what_only_the_hub_could_answer_for_is_held_against_it_and_nobody_else_s_word() {
    let center = Center::new("city").await;
    let (key, mut log) = (der(), Log::new(&der()));
    let first = log.grown(4, "entry").await;
    let second = log.grown(5, "entry").await;
    let keeper = witness(&center, &key, &log.key);
    let met = keeper.add_checkpoint(request(&second, 0), Door::Link).await;
    assert_eq!(met.status, 200);
    // An older checkpoint: anybody has it. From the hub it is on record, and no proof.
    let answer = keeper.add_checkpoint(request(&first, 0), Door::Http).await;
    assert_eq!(answer.status, 409);
    assert!(caught(&center).is_empty());
    keeper.add_checkpoint(request(&first, 0), Door::Link).await;
    assert_eq!(caught(&center)[0]["offence"], "older-shown");
    assert!(!center.distrust.holds());
    // A further late one, and an honest step between: nothing is held against anybody.
    keeper.add_checkpoint(request(&first, 0), Door::Link).await;
    let same = keeper.add_checkpoint(request(&second, 9), Door::Link).await;
    assert_eq!(same.status, 200);
    center.clock.advance(OLDER_AGAIN_AFTER);
    keeper.add_checkpoint(request(&first, 0), Door::Link).await;
    assert!(!center.distrust.holds() && caught(&center).len() == 1);
    // A path that leads nowhere: of anybody's making, or the hub's own.
    let third = log.grown(7, "entry").await;
    let broken = String::from_utf8(request(&third, 9)).unwrap();
    let broken = broken.replacen('\n', "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 1);
    let answer = keeper
        .add_checkpoint(broken.clone().into(), Door::Http)
        .await;
    assert_eq!(answer.status, 422);
    assert!(!center.distrust.holds() && caught(&center).len() == 1);
    keeper.add_checkpoint(broken.into(), Door::Link).await;
    assert!(center.distrust.holds());
    assert_eq!(caught(&center)[1]["offence"], "not-grown");
    let counted = "agent_witness_caught_total{offence=\"not-grown\"} ";
    assert_eq!(center.metric(counted), 1);
}

#[tokio::test]
async fn a_hub_that_stays_with_an_older_log_though_it_was_told_is_distrusted() {
    let center = Center::new("city").await;
    let (log_key, key) = (der(), der());
    let (mut log, mut older) = (Log::new(&log_key), Log::new(&log_key));
    let keeper = witness(&center, &key, &log.key);
    let seen = log.grown(9, "entry").await;
    keeper.add_checkpoint(request(&seen, 0), Door::Link).await;
    let last = "agent_witness_last_cosigned_timestamp_seconds ";
    let cosigned = center.metric(last);
    // Rolled back, and going on from there: it grows, and pays no heed to what it is told.
    for round in 0..4 {
        let offer = older.grown(1, "entry").await;
        center.clock.advance(OLDER_AGAIN_AFTER / 4);
        let answer = keeper.add_checkpoint(request(&offer, 0), Door::Link).await;
        assert_eq!(answer.status, 409, "{round}");
        assert!(!center.distrust.holds(), "{round}");
    }
    assert_eq!(caught(&center).len(), 1, "on record once");
    let offer = older.grown(1, "entry").await;
    center.clock.advance(OLDER_AGAIN_AFTER / 4);
    // Somebody else cannot bring it about.
    keeper.add_checkpoint(request(&offer, 0), Door::Http).await;
    assert!(!center.distrust.holds());
    keeper.add_checkpoint(request(&offer, 0), Door::Link).await;
    assert!(center.distrust.holds());
    let entry = caught(&center).pop().unwrap();
    assert_eq!(entry["offence"], "older-shown");
    assert_eq!(entry["distrusted"], true);
    assert_eq!(center.metric(last), cosigned, "and that is alarmed too");
    // A restart remembers when it was.
    drop(witness(&center, &key, &log.key));
    assert_eq!(center.metric(last), cosigned);
}

#[tokio::test]
async fn evidence_is_kept_whole_whatever_the_log_has_written_into_it() {
    use std::os::unix::fs::PermissionsExt as _;
    const LINE: &str = "11010519491231002X";
    let center = Center::new("city").await;
    let (log_key, key) = (der(), der());
    let mut log = Log::new(&log_key);
    let keeper = witness(&center, &key, &log.key);
    let seen = log.grown(5, "entry").await;
    // Nothing with a line that nobody knows is cosigned.
    let own = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, &log_key).unwrap();
    let lined = |root| {
        let checkpoint = audit::note::Checkpoint {
            origin: ORIGIN.to_owned(),
            size: 5,
            root,
            extensions: vec![LINE.to_owned()],
        };
        let signature = own.sign(&checkpoint.to_string(), 0);
        let signed = SignedCheckpoint::new(checkpoint, vec![signature]).unwrap();
        audit::witness::encode_request(0, &[], &signed).into_bytes()
    };
    let root = seen.checkpoint().checkpoint.root;
    let answer = keeper.add_checkpoint(lined(root), Door::Link).await;
    assert_eq!(answer.status, 422);
    assert!(!center.distrust.holds() && caught(&center).is_empty());
    let answer = keeper.add_checkpoint(request(&seen, 0), Door::Link).await;
    assert_eq!(answer.status, 200);
    // The other history bears such a line: the log holds its digest, and a file all of it.
    let other = audit::leaf_hash(b"another");
    keeper.add_checkpoint(lined(other), Door::Link).await;
    assert!(center.distrust.holds());
    let entry = caught(&center).pop().unwrap();
    assert!(!entry.to_string().contains(LINE));
    let book = center.home.path().join("book");
    let digest = entry["evidence"].as_str().unwrap();
    let file = book.join(EVIDENCE_FOLDER).join(digest);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(LINE));
    let sum = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    assert_eq!(data_encoding::HEXLOWER.encode(sum.as_ref()), digest);
    for file in [file, book.join(DISTRUSTED_NAME)] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        assert!(std::fs::read_to_string(&file).unwrap().contains(LINE));
    }
    // Whoever takes the distrust away does not take the evidence away.
    let (_, notes) = text.split_once("Shown later:\n\n").unwrap();
    let shown = SignedCheckpoint::parse(notes.as_bytes()).unwrap();
    assert!(shown.verify(std::slice::from_ref(&log.key)).is_ok());
}

#[tokio::test]
async fn a_witness_without_memory_cosigns_nothing_and_stops_nothing() {
    let center = Center::new("city").await;
    let (key, mut log) = (der(), Log::new(&der()));
    let offer = log.grown(5, "entry").await;
    let keeper = witness(&center, &key, &log.key);
    keeper.add_checkpoint(request(&offer, 0), Door::Link).await;
    // Another key cannot believe what this one remembers.
    let keeper = witness(&center, &der(), &log.key);
    let answer = keeper.add_checkpoint(request(&offer, 5), Door::Link).await;
    assert_eq!(answer.status, 500);
    assert_eq!(center.metric("agent_witness_failed "), 1);
    assert!(!center.distrust.holds(), "the hub has done nothing");
}

#[tokio::test]
async fn stock_tools_find_the_witness_over_http() {
    let center = Center::new("city").await;
    let (key, mut log) = (der(), Log::new(&der()));
    let offer = log.grown(5, "entry").await;
    let keeper = witness(&center, &key, &log.key);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = axum::serve(listener, router(keeper)).into_future();
    let tasks = tokio::task::JoinSet::from_iter([served]);
    let post = async |body: &[u8]| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.to_lowercase()
    };
    let cosigned = post(&request(&offer, 0)).await;
    assert!(cosigned.starts_with("http/1.1 200 "), "{cosigned}");
    assert!(cosigned.contains("\r\n\r\n— tianshu.test/witness/city "));
    let elsewhere = post(&request(&offer, 0)).await;
    assert!(elsewhere.starts_with("http/1.1 409 "), "{elsewhere}");
    assert!(elsewhere.contains("content-type: text/x.tlog.size\r\n"));
    assert!(elsewhere.ends_with("\r\n\r\n5\n"));
    assert!(post(b"nonsense").await.starts_with("http/1.1 400 "));
    let mut stranger = Log::new(&der());
    let foreign = request(&stranger.grown(3, "entry").await, 0);
    assert!(post(&foreign).await.starts_with("http/1.1 403 "));
    drop(tasks);
}

#[test]
fn the_file_of_logs_is_read_line_by_line() {
    let key = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, &der()).unwrap();
    let text = format!("# the hub's\n\n {} \n", key.key());
    assert_eq!(logs(&text).unwrap(), [key.key().clone()]);
    assert!(logs("# nobody\n").is_err());
    let cosigner = signer("city", "tianshu.test", &der()).unwrap();
    let error = logs(&format!("\n{}\n", cosigner.key())).unwrap_err();
    assert!(error.to_string().starts_with("line 2:"), "{error}");
}
