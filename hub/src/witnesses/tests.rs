//! Rounds with real witnesses behind streams of a real star: honest, behind, hanging, lying, and
//! such as hold another history.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use audit::note::{NoteSigner, SignatureKind};
use audit::witness::Witness;
use audit::{Journal, JournalConfig, Offer, Publisher};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tokio::sync::mpsc;
use wire::v1;

use super::*;
use crate::broker::tests::fixture::{Setup, Star};
use crate::nodes::Attachment;
use crate::nodes::link::Link;

const ORIGIN: &str = "hub-1";
const NODES: [&str; 3] = ["city", "guoguan", "tielu"];

fn der() -> Vec<u8> {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    der.as_ref().to_vec()
}

fn signer(name: &str, kind: SignatureKind, der: &[u8]) -> NoteSigner {
    NoteSigner::from_pkcs8(name, kind, der).expect("is a key")
}

/// Some reason not to believe a log.
pub(crate) fn disowned() -> Arc<Disowned> {
    let checkpoint = audit::note::Checkpoint {
        origin: ORIGIN.to_owned(),
        size: 1,
        root: audit::leaf_hash(b"entry"),
        extensions: Vec::new(),
    };
    let own = signer(ORIGIN, SignatureKind::Plain, &der());
    let signature = own.sign(&checkpoint.to_string(), 0);
    let signed = SignedCheckpoint::new(checkpoint, vec![signature]).expect("is a note");
    Arc::new(Disowned {
        node: "city".to_owned(),
        because: "forked",
        theirs: signed.clone(),
        ours: signed,
    })
}

/// A log that grows, and a folder for the memory of its witnesses.
struct Log {
    home: tempfile::TempDir,
    der: Vec<u8>,
    journal: Journal,
    publisher: Publisher,
}

impl Log {
    fn new(der: &[u8]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut config = JournalConfig::new(home.path(), ORIGIN);
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let own = signer(ORIGIN, SignatureKind::Plain, der);
        let publisher = Publisher::open(&journal, own).expect("opens");
        Self {
            home,
            der: der.to_vec(),
            journal,
            publisher,
        }
    }

    fn key(&self) -> NoteKey {
        let own = signer(ORIGIN, SignatureKind::Plain, &self.der);
        own.key().clone()
    }

    async fn grown(&mut self, entries: u64, what: &str) -> Offer {
        for number in 0..entries {
            let entry = format!("{what} {number}").into_bytes();
            self.journal.append(entry).await.expect("is written");
        }
        let offer = self.publisher.prepare().expect("signs");
        self.publisher.publish(&[]).expect("publishes");
        offer.expect("is new")
    }
}

/// What a node does with what it is asked.
type Behave = Box<dyn FnMut(v1::WitnessAsk) -> Option<v1::Witnessed> + Send>;

struct Ground {
    star: Star,
    log: Log,
    keys: [Vec<u8>; 3],
    witnesses: Witnesses,
    attached: Vec<Attachment>,
    asked: Arc<AtomicU64>,
}

impl Ground {
    fn new() -> Self {
        let log = Log::new(&der());
        let keys = NODES.map(|_| der());
        let mut text = format!("log {}\n", log.key());
        for (node, key) in NODES.iter().zip(&keys) {
            let key = signer(node, SignatureKind::Cosignature, key)
                .key()
                .to_string();
            text.push_str(&format!("witness {node} {key}\n"));
        }
        text.push_str("group all 2 city guoguan tielu\nquorum all\n");
        let policy = Policy::parse(&text).expect("is a policy");
        let witnesses = Witnesses::of(policy, log.key());
        Self {
            star: Star::new(Setup::default()),
            log,
            keys,
            witnesses,
            attached: Vec::new(),
            asked: Arc::default(),
        }
    }

    fn attach(&mut self, node: &str, mut behave: Behave) {
        let (down, mut frames) = mpsc::channel(8);
        let link = Arc::new(Link::new("0a".to_owned(), down));
        let nodes = &self.star.broker.nodes;
        let classes = BTreeSet::new();
        let attached = nodes.attach(node, Arc::clone(&link), classes, "fake".to_owned());
        self.attached.push(attached.expect("is a member"));
        let asked = Arc::clone(&self.asked);
        self.star.broker.tasks.spawn(async move {
            while let Some(Ok(frame)) = frames.recv().await {
                let Some(v1::hub_frame::Frame::Witness(ask)) = frame.frame else {
                    continue;
                };
                asked.fetch_add(1, Ordering::SeqCst);
                if let Some(answer) = behave(ask) {
                    link.witnessed(answer);
                }
            }
        });
    }

    /// A real witness of a node; its memory is in a folder that outlives the attachment.
    fn honest(&self, node: usize) -> Behave {
        let home = self.log.home.path().join("witnesses").join(NODES[node]);
        std::fs::create_dir_all(&home).expect("is made");
        let own = signer(NODES[node], SignatureKind::Cosignature, &self.keys[node]);
        let mut witness = Witness::open(&home, own, &[self.log.key()]).expect("opens");
        Box::new(move |ask| {
            let answer = witness.add_checkpoint(&ask.body, 1_790_000_000);
            Some(v1::Witnessed {
                status: answer.status.into(),
                kind: answer.kind.to_owned(),
                body: answer.body.into_bytes(),
                seen: answer
                    .seen
                    .map(|seen| seen.note.to_string().into_bytes())
                    .unwrap_or_default(),
            })
        })
    }

    async fn round(&self, offer: &Offer) -> Round {
        let broker = &self.star.broker;
        let round = self.witnesses.round(&broker.nodes, offer, &broker.metrics);
        round.await.expect("the disk works")
    }

    fn refusals(&self, node: &str) -> bool {
        let text = self.star.broker.metrics.scrape(0, (0, true), &[]);
        let sample = format!("hub_witness_refusals_total{{node=\"{node}\"}} 1");
        text.expect("is written").contains(&sample)
    }
}

fn says(status: u32, body: &str, seen: String) -> Behave {
    let body = body.to_owned();
    Box::new(move |_| {
        Some(v1::Witnessed {
            status,
            kind: String::new(),
            body: body.clone().into_bytes(),
            seen: seen.clone().into_bytes(),
        })
    })
}

#[tokio::test]
async fn witnesses_cosign_new_or_behind_and_a_quorum_is_seen() {
    let mut ground = Ground::new();
    let city = ground.honest(0);
    ground.attach("city", city);
    let first = ground.log.grown(5, "entry").await;
    let round = ground.round(&first).await;
    assert_eq!(round.cosignatures.len(), 1);
    assert!(round.disowned.is_none());
    let shown = ground.log.publisher.publish(&round.cosignatures);
    let shown = shown.expect("publishes").expect("is new");
    let now = Instant::now();
    assert!(!ground.witnesses.shown(&shown, now), "one of two");
    let later = now + Duration::from_secs(61);
    assert_eq!(ground.witnesses.lacking(later), Duration::from_secs(61));
    assert!(ground.witnesses.is_due(later), "it is offered again");
    assert!(!ground.witnesses.is_due(Instant::now()), "and not at once");
    ground.witnesses.came();
    assert!(ground.witnesses.is_due(Instant::now()), "but to who came");

    let guoguan = ground.honest(1);
    ground.attach("guoguan", guoguan);
    // Who has signed this one is not asked again.
    assert_eq!(ground.round(&first).await.cosignatures.len(), 1);
    let second = ground.log.grown(300, "more").await;
    let round = ground.round(&second).await;
    assert_eq!(round.cosignatures.len(), 2, "both from where they were");
    let shown = ground.log.publisher.publish(&round.cosignatures);
    let shown = shown.expect("publishes").expect("is new");
    assert!(ground.witnesses.shown(&shown, later));
    assert_eq!(ground.witnesses.lacking(later), Duration::ZERO);
    let state = ground.witnesses.state_of();
    assert_eq!((state.size, state.known, state.quorum), (305, 3, true));
    // A hub that has forgotten everything is told where they are.
    let forgetful = Witnesses::of(ground.witnesses.policy.clone().unwrap(), ground.log.key());
    ground.witnesses = forgetful;
    let third = ground.log.grown(1, "last").await;
    assert_eq!(ground.round(&third).await.cosignatures.len(), 2);
}

#[tokio::test]
async fn a_witness_that_hangs_holds_up_one_round_and_no_other_witness() {
    let mut ground = Ground::new();
    let city = ground.honest(0);
    ground.attach("city", city);
    ground.attach("tielu", Box::new(|_| None));
    let offer = ground.log.grown(3, "entry").await;
    let begun = Instant::now();
    assert_eq!(ground.round(&offer).await.cosignatures.len(), 1);
    assert!(begun.elapsed() >= wire::limits::WITNESS_WAIT);
    assert!(begun.elapsed() < 3 * wire::limits::WITNESS_WAIT);
    let asked = ground.asked.load(Ordering::SeqCst);
    let offer = ground.log.grown(3, "entry").await;
    let begun = Instant::now();
    assert_eq!(ground.round(&offer).await.cosignatures.len(), 1);
    assert!(begun.elapsed() < wire::limits::WITNESS_WAIT);
    assert_eq!(ground.asked.load(Ordering::SeqCst), asked + 1, "only city");
}

#[tokio::test]
async fn a_witness_s_bare_word_stops_nothing() {
    let mut ground = Ground::new();
    let offer = ground.log.grown(9, "entry").await;
    // Far ahead, and nothing that the log has signed; a checkpoint that another key has signed.
    ground.attach("city", says(409, "999999\n", String::new()));
    let mut stranger = Log::new(&der());
    let foreign = stranger.grown(20, "other").await;
    let foreign = foreign.checkpoint().note.to_string();
    ground.attach("guoguan", says(422, "no\n", foreign));
    // What it has seen is of this very history.
    let own = offer.checkpoint().note.to_string();
    ground.attach("tielu", says(422, "no\n", own));
    let round = ground.round(&offer).await;
    assert!(round.cosignatures.is_empty() && round.disowned.is_none());
    for node in NODES {
        assert!(ground.refusals(node), "{node} is counted");
    }
}

#[tokio::test]
async fn a_cosignature_of_another_key_or_text_counts_for_nothing() {
    let mut ground = Ground::new();
    let offer = ground.log.grown(9, "entry").await;
    let text = offer.checkpoint().note.text();
    let unknown = signer("city", SignatureKind::Cosignature, &der()).sign(text, 1);
    ground.attach("city", says(200, &format!("{unknown}\n"), String::new()));
    let own = signer("guoguan", SignatureKind::Cosignature, &ground.keys[1]);
    let other = own.sign("hub-1\n9\nother\n", 1);
    ground.attach("guoguan", says(200, &format!("{other}\n"), String::new()));
    ground.attach("tielu", says(404, "no such log\n", String::new()));
    let round = ground.round(&offer).await;
    assert!(round.cosignatures.is_empty());
    assert!(ground.refusals("city") && ground.refusals("guoguan"));
    assert!(
        !ground.refusals("tielu"),
        "who has no witness refuses nothing"
    );
}

#[tokio::test]
async fn what_the_log_has_signed_and_does_not_have_disowns_it() {
    for (entries, because) in [(20, "rolled-back"), (5, "forked")] {
        let mut ground = Ground::new();
        // The witness met another history of the same key first.
        let mut other = Log::new(&ground.log.der);
        let seen = other.grown(entries, "another").await;
        let request = seen.request(0).expect("reads").expect("is old");
        let mut city = ground.honest(0);
        let met = city(v1::WitnessAsk {
            body: request.into(),
        });
        assert_eq!(met.expect("answers").status, 200);
        ground.attach("city", city);
        let offer = ground.log.grown(9, "entry").await;
        let disowned = ground.round(&offer).await.disowned.expect("is proven");
        assert_eq!(
            (disowned.node.as_str(), disowned.because),
            ("city", because)
        );
        assert_eq!(disowned.theirs.checkpoint, seen.checkpoint().checkpoint);
        // One that was forked shows its path all the same, so that the witness has evidence too.
        let tries = u64::from(because == "forked") + 1;
        assert_eq!(ground.asked.load(Ordering::SeqCst), tries);

        let dir = ground.log.home.path();
        check_owned(dir).expect("may be started with");
        disowned.keep(dir).expect("is written");
        assert!(check_owned(dir).is_err());
        ground.witnesses.open();
        assert_eq!(ground.witnesses.admit(), Ok(()));
        ground.witnesses.disown(disowned);
        assert_eq!(ground.witnesses.admit(), Err(RefusalCode::AuditForked));
    }
}

#[tokio::test]
async fn what_a_predecessor_of_the_key_has_signed_disowns_the_log_too() {
    let mut ground = Ground::new();
    let (older, old) = (der(), der());
    // The witness saw nothing since the key was replaced, twice.
    let mut other = Log::new(&older);
    let seen = other.grown(20, "another").await;
    let seen = seen.checkpoint().note.to_string();
    ground.attach("city", says(409, "20\n", seen));
    let plain = |der: &[u8]| signer(ORIGIN, SignatureKind::Plain, der);
    let pairs = [(older, old.clone()), (old, ground.log.der.clone())];
    let signed = pairs.map(|(old, new)| Succession::sign(&plain(&old), &plain(&new)));
    let signed = signed.map(|succession| succession.expect("is one"));
    let offer = ground.log.grown(9, "entry").await;
    assert!(
        ground.round(&offer).await.disowned.is_none(),
        "a stranger's"
    );
    let policy = ground.witnesses.policy.clone().expect("is there");
    let witnesses = Witnesses::of(policy, ground.log.key());
    ground.witnesses = witnesses.with_predecessors(&signed);
    let disowned = ground.round(&offer).await.disowned.expect("is proven");
    assert_eq!(disowned.because, "rolled-back");
}

#[tokio::test]
async fn questions_wait_for_the_first_round_only_where_witnesses_are_asked() {
    let ground = Ground::new();
    assert_eq!(ground.witnesses.admit(), Err(RefusalCode::AuditUnchecked));
    assert_eq!(Witnesses::none().admit(), Ok(()));
    let home = ground.log.home.path();
    let file = home.join("witnesses.policy");
    let own = ground.log.key();
    for (text, said) in [
        ("quorum none\n".to_owned(), "policy of another log"),
        (format!("log {own}\nquorum nobody\n"), "line 2"),
        (format!("log {own}\n"), "no quorum line"),
    ] {
        std::fs::write(&file, text).expect("is written");
        let error = Witnesses::read(Some(&file), &own).expect_err("is faulty");
        assert!(error.to_string().contains(said), "{error}");
    }
    std::fs::write(&file, format!("log {own}\nquorum none\n")).expect("is written");
    assert!(
        Witnesses::read(Some(&file), &own)
            .expect("is sound")
            .are_asked()
    );
    assert!(!Witnesses::read(None, &own).expect("is sound").are_asked());
}
