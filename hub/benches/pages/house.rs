//! The log, its index and its publisher, and the pages over them with members of the staff signed
//! in. A log that was made before is taken again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use audit::note::{NoteSigner, SignatureKind};
use audit::{Index, Journal, JournalConfig, Publisher};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use catalog::{Catalog, Source};
use hub::api::staff::{StaffDoor, StaffPeer};
use hub::app::{Ground, broker_over};
use hub::config::Candidates;
use hub::config::Config;
use hub::desk::{Desk, Record, pages};
use hub::ledger::{Ledger, keys_of, restore};
use hub::metrics::Metrics;
use hub::witnesses::Witnesses;
use policies::{CaseSigner, RuleSet, TrustList};
use time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use wire::identity::{PeerIdentity, PeerKind};
use wire::{Limits, ManualClock, SystemRandom};

use crate::made::Question;
use crate::rows::Rows;

/// Another form of what is made must not take an older log.
const FORM: &str = "1";
/// Entries that wait for the disk together, as under load.
const APPENDED_TOGETHER: usize = 64;
/// Members of the staff, by turns: nobody may ask so often.
const STAFF: u64 = 24;
const PAGE_BYTES_MAX: usize = 4 << 20;
/// See the module.
pub(crate) struct House {
    journal: Journal,
    routes: Router,
    /// Certificate and cookie of each.
    staff: Vec<(Arc<PeerIdentity>, String)>,
    turn: usize,
}

impl House {
    pub(crate) async fn open(entries: u64) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-pages-{FORM}"));
        let dir = root.join(entries.to_string());
        let made = dir.join("made");
        if !made.exists() {
            let _ = std::fs::remove_dir_all(&dir);
        }
        let mut config = JournalConfig::new(dir.join("log"), "hub-1");
        config.entry_bytes_max = 48 * 1024;
        let (journal, _) = Journal::open(&config).unwrap();
        let begun = Instant::now();
        if !made.exists() {
            write(&journal, entries).await;
            println!("log of {entries} entries made in {:.1?}", begun.elapsed());
        }
        let begun = Instant::now();
        let index = Index::open(&dir.join("index")).unwrap();
        index.catch_up(&journal, &keys_of, |_| {}).unwrap();
        println!("index current in {:.1?}", begun.elapsed());
        let begun = Instant::now();
        let mut publisher = Publisher::open(&journal, signer(&dir)).unwrap();
        while publisher.advance().unwrap().is_some() {}
        println!("published in {:.1?}", begun.elapsed());
        std::fs::write(made, "").unwrap();
        let record = Record::of(&publisher);
        let (routes, people) = opened(&journal, Arc::new(index), record, entries).await;
        let mut house = Self {
            journal,
            routes,
            staff: Vec::new(),
            turn: 0,
        };
        for person in people {
            house.sign_in(person).await;
        }
        house
    }

    pub(crate) fn entries(&self) -> u64 {
        self.journal.size()
    }

    pub(crate) fn close(self) {
        self.journal.close().unwrap();
    }

    /// A request of whoever's turn it is.
    pub(crate) fn request(&mut self, address: &str) -> Request<Body> {
        self.turn += 1;
        let (peer, cookie) = &self.staff[self.turn % self.staff.len()];
        let request = Request::get(address).header(header::COOKIE, cookie);
        let peer = ConnectInfo(StaffPeer(Arc::clone(peer)));
        request.extension(peer).body(Body::empty()).unwrap()
    }

    pub(crate) async fn answer(&self, request: Request<Body>) -> (u16, String) {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), PAGE_BYTES_MAX).await;
        (status, String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    async fn sign_in(&mut self, peer: Arc<PeerIdentity>) {
        let request = Request::post("/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(StaffPeer(Arc::clone(&peer))))
            .body(Body::from("to=/"));
        let response = self.routes.clone().oneshot(request.unwrap()).await.unwrap();
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        self.staff.push((peer, cookie));
    }
}

async fn write(journal: &Journal, entries: u64) {
    let mut rows = Rows::new();
    let mut left = usize::try_from(entries).unwrap();
    while left > 0 {
        let together = left.min(APPENDED_TOGETHER);
        let begun = rows
            .by_ref()
            .take(together)
            .map(|row| journal.begin(row).unwrap());
        let begun: Vec<_> = begun.collect();
        for appending in begun {
            appending.durable().await.unwrap();
        }
        left -= together;
    }
}

/// The same key whenever the log is opened again.
fn signer(dir: &Path) -> NoteSigner {
    let file = dir.join("checkpoint.p8");
    let der = std::fs::read(&file).unwrap_or_else(|_| {
        let random = ring::rand::SystemRandom::new();
        let der = ring::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        std::fs::write(&file, der.as_ref()).unwrap();
        der.as_ref().to_vec()
    });
    NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, &der).unwrap()
}

/// The router over a broker that nobody is attached to, and who may come.
async fn opened(
    journal: &Journal,
    index: Arc<Index>,
    record: Record,
    entries: u64,
) -> (Router, Vec<Arc<PeerIdentity>>) {
    let latest = Question::near(entries + 2).at() + Duration::DAY;
    let clock = Arc::new(ManualClock::at(latest));
    let tasks = TaskTracker::new();
    let time = || Arc::clone(&clock) as Arc<dyn wire::Clock>;
    let ledger = Ledger::new(journal.clone(), time(), &[9; 32], latest, tasks.clone());
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let text = trust();
    let source = Source {
        name: "trust.toml",
        text: &text,
    };
    let ground = Ground {
        rules: Arc::new(RuleSet::builtin(&catalog).unwrap()),
        catalog,
        limits: Limits::default(),
        trust: TrustList::parse(&source).unwrap(),
        ledger,
        metrics: Arc::new(Metrics::new().unwrap()),
        witnesses: Arc::new(Witnesses::none()),
        clock: time(),
        random: Arc::new(SystemRandom),
    };
    let stopping = CancellationToken::new();
    let restored = restore(journal, journal.size()).unwrap();
    let broker = broker_over(&config(), ground, &restored, (tasks, stopping));
    let broker = Arc::new(broker.unwrap());
    let begun = Instant::now();
    hub::alerts::pass(&broker, &mut None).await;
    println!("counted for staff use in {:.1?}", begun.elapsed());
    let door = StaffDoor::new(Arc::clone(&broker), Arc::clone(&index));
    let desk = Desk::new(door, broker, index, record, Candidates::default());
    let peers = (1..=STAFF).map(|nth| {
        Arc::new(PeerIdentity {
            trust_domain: "tianshu.bench".to_owned(),
            kind: PeerKind::Staff,
            name: format!("audit-{nth}"),
            serial: format!("{nth:04x}"),
            not_after: latest + Duration::days(365),
        })
    });
    (pages(desk), peers.collect())
}

fn trust() -> String {
    let nodes = [
        ("city", "C11000"),
        ("guoguan", "C11002"),
        ("tielu", "C11003"),
        ("zhongzhi", "C11001"),
    ];
    let random = ring::rand::SystemRandom::new();
    let node = |(id, center): (&str, &str)| {
        // Nobody signs anything here, but no two may have the same key.
        let key = CaseSigner::generate_pkcs8(&random).unwrap();
        let key = CaseSigner::from_pkcs8(&key).unwrap().public_key_hex();
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"{center}\"\nzh = \"中心\"\nen = \"{id}\"\n\
             phone = \"010-1\"\ncase_key = \"{key}\"\n"
        )
    };
    let member = |nth: u64| {
        format!(
            "[[staff]]\nname = \"audit-{nth}\"\nzh = \"审计\"\nen = \"Auditor\"\nroles = \
             [\"audit\"]\n"
        )
    };
    let nodes: String = nodes.into_iter().map(node).collect();
    nodes + &(1..=STAFF).map(member).collect::<String>()
}

/// Only the rules of breakers are read from it; files must be there all the same.
fn config() -> Config {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-pages-config");
    std::fs::create_dir_all(&home).unwrap();
    for file in [
        "trust.toml",
        "cert.pem",
        "key.pem",
        "ca.pem",
        "crl.pem",
        "pseudonym.key",
        "checkpoint.p8",
    ] {
        let path = home.join(file);
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let text = "id = \"hub-1\"\ntrust_domain = \"tianshu.bench\"\ntrust_list = \"trust.toml\"\n\
                [link]\nlisten = \"127.0.0.1:7400\"\ncertificate = \"cert.pem\"\n\
                key = \"key.pem\"\n\
                ca = \"ca.pem\"\ncrl = \"crl.pem\"\n[admin]\nlisten = \"127.0.0.1:7401\"\n\
                [audit]\ndir = \"audit\"\npseudonym_key = \"pseudonym.key\"\n\
                checkpoint_key = \"checkpoint.p8\"\n";
    let file = home.join("hub.toml");
    std::fs::write(&file, text).unwrap();
    Config::read(&file).unwrap()
}
