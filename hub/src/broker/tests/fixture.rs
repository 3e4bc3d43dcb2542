//! A star in one process: a real broker over a real journal, fake nodes behind real streams, and
//! good questions to spoil. Nothing of the broker is replaced.

mod question;
mod replies;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, RwLock};
use std::time::Duration;

use audit::{Journal, JournalConfig, leaf_hash};
use catalog::{Catalog, Source};
use policies::{
    CaseSigner, FlowBook, OfficerKey, PolicySet, ReplayGuard, RuleFile, RuleFiles, Suspensions,
    TrustList,
};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{LimitName, Limits, ManualClock, v1};

use crate::acts::ActBook;
use crate::alerts::Alerts;
use crate::alerts::rules::AlertRules;
use crate::broker::Broker;
use crate::ledger::entry::{Entry, Sheet};
use crate::ledger::{BreakerBook, Ledger, restore};
use crate::metrics::Metrics;
use crate::nodes::breaker::BreakerRules;
use crate::nodes::link::Link;
use crate::nodes::{Attachment, BreakerWatch, Nodes};
use crate::rules::LiveRules;
use crate::throttle::Throttle;
use crate::witnesses::Witnesses;

pub(crate) use question::{
    Ask, approved_by_hand, flow, items, officer, peer, permit, signed_by_hand,
};
pub(crate) use replies::{account, answered, one_account, released, reply};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);
/// The example of GB 11643.
pub(crate) const ID_NUMBER: &str = "11010519491231002X";
pub(crate) const NODES: [&str; 4] = ["city", "guoguan", "tielu", "zhongzhi"];
/// One of each role, named after it: `duty-1`.
const STAFF: [&str; 4] = ["system", "security", "audit", "duty"];
const CENTERS: [&str; 4] = ["C11000", "C11002", "C11003", "C11001"];
/// What makes F05 a flow that a second officer approves.
pub(crate) const APPROVED: (&str, &str) = (
    "second_approver = false",
    "second_approver = true\nofficer = true",
);
/// What makes F05 a flow that is asked by list.
const AS_LIST: [(&str, &str); 2] = [
    ("pace = \"interactive\"", "pace = \"batch\""),
    ("asks_per_case = 20", "asks_per_case = 10000"),
];
const SCHEMA: &str = include_str!("../../../../policies/schema.cedarschema");
const SEGMENT_BYTES: u64 = 64 << 10;
/// Entries that a fake node looks through for the decision on the question it sees.
const LOOK_BACK: u64 = 32;

pub(crate) static CATALOG: LazyLock<Arc<Catalog>> =
    LazyLock::new(|| Arc::new(Catalog::builtin().expect("the catalog")));
static FLOWS: LazyLock<FlowBook> =
    LazyLock::new(|| FlowBook::builtin(&CATALOG).expect("the flows"));
static POLICIES: LazyLock<PolicySet> =
    LazyLock::new(|| PolicySet::builtin(&CATALOG, &FLOWS).expect("the policies"));
static KEYS: LazyLock<BTreeMap<&'static str, Vec<u8>>> = LazyLock::new(|| {
    let random = ring::rand::SystemRandom::new();
    let key = || CaseSigner::generate_pkcs8(&random).expect("a key");
    NODES.iter().map(|node| (*node, key())).collect()
});
/// Designated officers of every node, each with a key of their own there.
pub(crate) const OFFICERS: [&str; 3] = ["0230", "0232", "Head"];
static OFFICER_KEYS: LazyLock<BTreeMap<(&'static str, &'static str), Vec<u8>>> =
    LazyLock::new(|| {
        let random = ring::rand::SystemRandom::new();
        let key = || OfficerKey::generate_pkcs8(&random).expect("a key");
        let posts = NODES
            .iter()
            .flat_map(|node| OFFICERS.map(|name| (*node, name)));
        posts.map(|post| (post, key())).collect()
    });
pub(crate) static TRUST: LazyLock<TrustList> = LazyLock::new(|| {
    let officers = |node: &str| {
        let table = |name: &&str| {
            let key = question::officer(node, name).public_key_hex();
            format!("[[node.officers]]\nname = \"{name}\"\nkey = \"{key}\"\n")
        };
        OFFICERS.iter().map(table).collect::<String>()
    };
    let node = |(id, center): (&&str, &&str)| {
        let key = question::signer(id).public_key_hex();
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"{center}\"\nzh = \"中心\"\nen = \"{id}\"\n\
             phone = \"010-1\"\ncase_key = \"{key}\"\n{}",
            officers(id)
        )
    };
    let staff = |role: &&str| {
        format!(
            "[[staff]]\nname = \"{role}-1\"\nroles = [\"{role}\"]\nzh = \"人员\"\nen = \"{role}\"\n"
        )
    };
    let text: String = NODES.iter().zip(&CENTERS).map(node).collect();
    let text = text + &STAFF.iter().map(staff).collect::<String>();
    let name = "trust.toml";
    TrustList::parse(&Source { name, text: &text }).expect("the trust list")
});
/// What may differ from one test to the next.
pub(crate) struct Setup {
    pub(crate) now: OffsetDateTime,
    pub(crate) limits: Limits,
    pub(crate) breaker: BreakerRules,
    pub(crate) uses_max: usize,
    /// What stands in F05 and what stands there instead.
    pub(crate) flow: Option<(&'static str, &'static str)>,
    /// What stands in the file of 国管 and what stands there instead.
    pub(crate) center: Option<(&'static str, &'static str)>,
    /// Whether F05 is asked by list, with room for a large one.
    pub(crate) is_list: bool,
    /// Cedar policies instead of those delivered.
    pub(crate) policies: Option<&'static str>,
    pub(crate) watch: Option<Arc<dyn BreakerWatch>>,
    /// Another version of the catalog than the one built in.
    pub(crate) catalog: Option<Arc<Catalog>>,
    /// A center of the rules that is no node of this hub.
    pub(crate) without: Option<&'static str>,
}

/// So many that no test meets them.
fn many(names: &[LimitName]) -> Limits {
    let limits = Limits::default();
    names
        .iter()
        .fold(limits, |limits, name| limits.with(*name, 100_000))
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            now: NOW,
            limits: many(&[
                LimitName::NodePerSecond,
                LimitName::NodeBurst,
                LimitName::OperatorPerMinute,
                LimitName::OperatorBurst,
                LimitName::FlowPerSecond,
                LimitName::FlowBurst,
                LimitName::CasePerMinute,
                LimitName::CaseBurst,
                LimitName::NodeLinesPerSecond,
                LimitName::NodeLinesBurst,
                LimitName::OperatorLinesPerMinute,
                LimitName::OperatorLinesBurst,
            ]),
            breaker: BreakerRules {
                window: Duration::from_secs(60),
                failures_in_row: 3,
                calls_min: 3,
                failure_percent: 50,
                open_first: Duration::from_secs(5),
                open_max: Duration::from_secs(20),
                ..BreakerRules::default()
            },
            uses_max: 100_000,
            flow: None,
            center: None,
            is_list: false,
            policies: None,
            watch: None,
            catalog: None,
            without: None,
        }
    }
}

impl Setup {
    fn flows(&self) -> FlowBook {
        let mut changes = Vec::from_iter(self.flow);
        if self.is_list {
            changes.extend(AS_LIST);
        }
        if changes.is_empty() && self.center.is_none() {
            return FLOWS.clone();
        }
        let mut files = RuleFiles::builtin();
        if let Some((old, new)) = self.center {
            let is_it = |file: &&mut RuleFile| file.name == "centers/guoguan.toml";
            let center = files.centers.iter_mut().find(is_it).expect("is delivered");
            assert!(center.text.contains(old), "国管's file does not say {old}");
            center.text = center.text.replace(old, new);
        }
        let name = "flows/F05.toml";
        let is_it = |file: &&mut RuleFile| file.name == name;
        let flow = files.flows.iter_mut().find(is_it).expect("is delivered");
        for (old, new) in changes {
            assert!(flow.text.contains(old), "{name} does not say {old}");
            flow.text = flow.text.replace(old, new);
        }
        files.flow_book(&CATALOG).expect("a book")
    }

    fn policy_set(&self, flows: &FlowBook) -> PolicySet {
        let Some(text) = self.policies else {
            return PolicySet::builtin(&CATALOG, flows).expect("the policies");
        };
        let schema = Source {
            name: "schema.cedarschema",
            text: SCHEMA,
        };
        let rules = [Source {
            name: "rules.cedar",
            text,
        }];
        PolicySet::parse(&schema, &rules, &CATALOG, flows).expect("the policies")
    }
}

/// A broker, its log, and what the fake nodes saw.
pub(crate) struct Star {
    pub(crate) broker: Arc<Broker>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) latest: OffsetDateTime,
    home: tempfile::TempDir,
    frames: Arc<AtomicUsize>,
    /// Queries that a node saw before their decision was durable.
    unrecorded: Arc<Mutex<BTreeSet<String>>>,
    pub(crate) fakes: TaskTracker,
}

impl Star {
    pub(crate) fn new(setup: Setup) -> Self {
        Self::within(tempfile::tempdir().expect("a folder"), setup)
    }

    /// Stops the hub in order and starts it again on its log, as `app` does.
    pub(crate) fn restarted(self, setup: Setup) -> Self {
        self.journal().close().expect("closes");
        let Self { broker, home, .. } = self;
        drop(broker);
        Self::within(home, setup)
    }

    fn within(home: tempfile::TempDir, setup: Setup) -> Self {
        let mut config = JournalConfig::new(home.path(), "hub-1");
        config.segment_bytes = SEGMENT_BYTES;
        let (journal, _) = Journal::open(&config).expect("the journal opens");
        let restored = restore(&journal, 0).expect("the journal reads");
        let clock = Arc::new(ManualClock::at(setup.now));
        let tasks = TaskTracker::new();
        let time = || Arc::clone(&clock) as Arc<dyn wire::Clock>;
        let ledger = Ledger::new(journal, time(), &[9; 32], restored.latest, tasks.clone());
        let metrics = Arc::new(Metrics::new().expect("the metrics"));
        let mut uses = ReplayGuard::new(setup.uses_max);
        uses.restore(restored.uses, setup.now).expect("has room");
        let stopping = CancellationToken::new();
        let watch = setup.watch.clone().unwrap_or_else(|| {
            let (ledger, metrics) = (Arc::clone(&ledger), Arc::clone(&metrics));
            Arc::new(BreakerBook::new(ledger, metrics, stopping.clone()))
        });
        let is_here = |id: &str| setup.without != Some(id);
        let members = TRUST.nodes().filter(|node| is_here(&node.id));
        let members = members.map(|n| (n.id.clone(), n.center_code.clone()));
        let started = tokio::time::Instant::now();
        let flows = setup.flows();
        let broker = Broker {
            catalog: Arc::clone(setup.catalog.as_ref().unwrap_or(&CATALOG)),
            rules: LiveRules::new(setup.policy_set(&flows).into()),
            trust: TRUST.clone(),
            acts: ActBook::new(restored.acts),
            suspensions: RwLock::new(Suspensions::default()),
            throttle: Throttle::new(setup.limits.clone()),
            uses: Mutex::new(uses),
            nodes: Arc::new(Nodes::new(members, &setup.breaker.into(), started, watch)),
            ledger,
            witnesses: Arc::new(Witnesses::none()),
            alerts: Arc::new(Alerts::new(AlertRules::default(), &flows)),
            metrics,
            clock: time(),
            tasks,
            stopping,
        };
        Self {
            broker: Arc::new(broker),
            clock,
            latest: restored.latest,
            home,
            frames: Arc::default(),
            unrecorded: Arc::default(),
            fakes: TaskTracker::new(),
        }
    }

    /// Attaches a fake node. It says nothing where `behave` gives nothing; it is gone when the
    /// attachment is dropped.
    pub(crate) fn attach<F>(&self, node: &str, behave: F) -> Attachment
    where
        F: Fn(&v1::NodeAsk) -> Option<v1::NodeReply> + Send + 'static,
    {
        self.attach_as(node, false, behave, |_| None)
    }

    /// The same, of an agent that answers probes with `word`.
    pub(crate) fn attach_probed<F, W>(&self, node: &str, behave: F, word: W) -> Attachment
    where
        F: Fn(&v1::NodeAsk) -> Option<v1::NodeReply> + Send + 'static,
        W: Fn(u32) -> Option<v1::Standing> + Send + 'static,
    {
        self.attach_as(node, true, behave, word)
    }

    fn attach_as<F, W>(&self, node: &str, probed: bool, behave: F, word: W) -> Attachment
    where
        F: Fn(&v1::NodeAsk) -> Option<v1::NodeReply> + Send + 'static,
        W: Fn(u32) -> Option<v1::Standing> + Send + 'static,
    {
        let (down, mut frames) = mpsc::channel(64);
        let link = Arc::new(Link::new("0a".to_owned(), down).probed(probed));
        let attached =
            self.broker
                .nodes
                .attach(node, Arc::clone(&link), BTreeSet::new(), "fake".to_owned());
        let (journal, seen) = (self.journal().clone(), Arc::clone(&self.frames));
        let unrecorded = Arc::clone(&self.unrecorded);
        self.fakes.spawn(async move {
            while let Some(Ok(frame)) = frames.recv().await {
                seen.fetch_add(1, Ordering::SeqCst);
                let ask = match frame.frame {
                    Some(v1::hub_frame::Frame::Ask(ask)) => ask,
                    Some(v1::hub_frame::Frame::Probe(probe)) => {
                        if let Some(standing) = word(probe.class) {
                            link.told(v1::Probed {
                                id: probe.id,
                                class: probe.class,
                                standing: standing.into(),
                            });
                        }
                        continue;
                    }
                    _ => continue,
                };
                if !is_decided(&journal, &ask.query_id) {
                    unrecorded
                        .lock()
                        .expect("is whole")
                        .insert(ask.query_id.clone());
                }
                if let Some(reply) = behave(&ask) {
                    link.deliver(reply);
                }
            }
        });
        attached.expect("is registered")
    }

    pub(crate) fn attach_all<F>(&self, behave: F) -> Vec<Attachment>
    where
        F: Fn(&v1::NodeAsk) -> Option<v1::NodeReply> + Send + Clone + 'static,
    {
        NODES
            .iter()
            .map(|node| self.attach(node, behave.clone()))
            .collect()
    }

    pub(crate) async fn ask(&self, ask: &Ask) -> Result<v1::Answer, Box<v1::Refusal>> {
        self.send(ask, ask.request()).await
    }

    /// Every question asked here also proves that no node saw it before it was on record.
    pub(crate) async fn send(
        &self,
        ask: &Ask,
        request: v1::AskRequest,
    ) -> Result<v1::Answer, Box<v1::Refusal>> {
        let result = self
            .broker
            .handle(Arc::new(ask.peer.clone()), request)
            .await;
        let early = self.unrecorded.lock().expect("is whole");
        assert!(
            early.is_empty(),
            "asked before the decision was on record: {early:?}"
        );
        result
    }

    pub(crate) fn journal(&self) -> &Journal {
        self.broker.ledger.journal()
    }

    /// Frames of any kind that any fake node ever got.
    pub(crate) fn frames(&self) -> usize {
        self.frames.load(Ordering::SeqCst)
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |read: Result<(u64, Vec<u8>), _>| read.expect("is sound").1;
        let bytes = self.journal().scan(0).map(text);
        bytes
            .map(|bytes| String::from_utf8(bytes).expect("is text"))
            .collect()
    }

    /// What the log says from an index on.
    pub(crate) fn entries(&self, from: u64) -> Vec<Entry> {
        let entry = |read: Result<(u64, Vec<u8>), _>| {
            Sheet::decode(&read.expect("is sound").1)
                .expect("is an entry")
                .entry
        };
        self.journal().scan(from).map(entry).collect()
    }

    /// Waits until everything that was started in the background is on record.
    pub(crate) async fn settle(&self) {
        self.broker.tasks.close();
        self.broker.tasks.wait().await;
        self.broker.tasks.reopen();
    }

    /// The entry that a receipt is for.
    pub(crate) fn entry_of(&self, receipt: Option<&v1::Receipt>) -> Entry {
        let receipt = receipt.expect("has a receipt");
        assert_eq!(receipt.log, "hub-1");
        let bytes = self.journal().read(receipt.index).expect("is on record");
        assert_eq!(leaf_hash(&bytes).bytes().as_slice(), receipt.leaf_hash);
        Sheet::decode(&bytes).expect("is an entry").entry
    }

    /// Both receipts are for this question's entries, the decision first.
    pub(crate) fn check_receipts(&self, answer: &v1::Answer) {
        let Entry::Decision(decision) = self.entry_of(answer.decision.as_ref()) else {
            panic!("the first receipt is not for a decision");
        };
        let Entry::Outcome(outcome) = self.entry_of(answer.outcome.as_ref()) else {
            panic!("the second receipt is not for an outcome");
        };
        let index = |receipt: &Option<v1::Receipt>| receipt.as_ref().map(|r| r.index);
        assert_eq!(decision.query, answer.query_id);
        assert_eq!(outcome.query, answer.query_id);
        assert_eq!(Some(outcome.decision), index(&answer.decision));
        assert!(index(&answer.decision) < index(&answer.outcome));
        let counts: Vec<Vec<_>> = outcome
            .nodes
            .iter()
            .map(|n| {
                n.classes
                    .iter()
                    .map(|c| (c.records, c.code.clone()))
                    .collect()
            })
            .collect();
        let answered = answer.nodes.iter().map(|n| {
            n.classes
                .iter()
                .map(|c| (c.record_count, c.code.clone()))
                .collect::<Vec<_>>()
        });
        assert_eq!(
            counts,
            answered.collect::<Vec<_>>(),
            "the log says what was answered"
        );
    }
}

fn is_decided(journal: &Journal, query: &str) -> bool {
    journal
        .scan(journal.size().saturating_sub(LOOK_BACK))
        .any(|read| {
            let sheet = read.ok().and_then(|(_, bytes)| Sheet::decode(&bytes).ok());
            sheet.is_some_and(|s| matches!(s.entry, Entry::Decision(d) if d.query == query))
        })
}
