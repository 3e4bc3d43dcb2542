//! A center on the bench: home folder, database, mappings, keys, trust list, log and clock.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::rules::{CenterRules, LiveRules};
use catalog::{Catalog, ItemNo, PersonId, Source, Subject};
use policies::guard::{Guard, Vetoes};
use policies::{CaseSigner, FlowBook, OfficerKey, RuleFile, RuleFiles, RuleSet, TagKey, TrustList};
use ring::rand::SystemRandom;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;

use crate::uplink::Uplink;
use crate::witness::Distrust;
use wire::ManualClock;

use crate::answer::{Answerer, ListShare};
use crate::asking::{Approvals, Asker, Lists, OpenCases};
use crate::book::Book;
use crate::measures::Measures;
use crate::metrics::Metrics;
use crate::naming::Naming;
use crate::translate::{LocalLimits, Translator};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 10:00:00 +8);
/// The applicant: two accounts, one of which holds a code that nobody knows.
pub(crate) const PERSON: &str = "110101190001010014";
pub(crate) const PERSON_15: &str = "110101000101001";
/// A party without any record.
pub(crate) const SPOUSE: &str = "11010119000101009X";
/// No party of any case, with an account.
pub(crate) const STRANGER: &str = "110101190001010022";
pub(crate) const NAMES: [&str; 3] = ["沈砚秋", "陆知远", "苏未晞"];
pub(crate) const NODES: [(&str, &str); 4] = [
    ("city", "C11000"),
    ("zhongzhi", "C11001"),
    ("guoguan", "C11002"),
    ("tielu", "C11003"),
];
/// Designated officers of every node; 0231 is who asks.
pub(crate) const OFFICERS: [&str; 3] = ["0231", "0299", "0300"];
/// What makes F05 a flow that an officer approves, also a list of it.
pub(crate) const APPROVED: (&str, &str) = (
    "second_approver = false",
    "second_approver = true\nofficer = true\nlist_max = 600",
);
/// Everything that F05 lists.
pub(crate) const F05: [&str; 7] = [
    "03-06", "04-02", "04-07", "04-08", "04-09", "04-10", "04-17",
];

/// What makes F05 a flow that is asked by list, also about those on a list.
const AS_LIST: [(&str, &str); 3] = [
    (
        "roles = [\"applicant\"]",
        "roles = [\"applicant\", \"listed\"]",
    ),
    ("pace = \"interactive\"", "pace = \"batch\""),
    ("asks_per_case = 20", "asks_per_case = 10000"),
];

const ACCOUNTS: &str = r#"
class = "04"
[source]
connector = "vendor"
sql = "SELECT * FROM ACCOUNTS WHERE ID IN (?1, ?2) ORDER BY ACC"
[subject]
kind = "person"
forms = ["id18", "id15"]
[not_held]
items = ["04-15", "04-16", "04-19"]
"#;

const PERSONS: &str = r#"
class = "03"
[source]
connector = "vendor"
sql = "SELECT * FROM PERSONS WHERE ID IN (?1, ?2) AND (SELECT SUM(N) FROM SLOW) >= 0"
[subject]
kind = "person"
forms = ["id18", "id15"]
[not_held]
items = ["03-07", "03-08", "03-09", "03-10", "03-11", "03-12", "03-13", "03-14", "03-15"]
"#;

const CASES: &str = r#"
[source]
connector = "vendor"
sql = "SELECT * FROM CASES WHERE NO = ?1 ORDER BY SEQ"
[fields]
case_no = { from = "NO" }
matter = { from = "MATTER" }
application_no = { from = "APP" }
consent = { from = "CONSENT", boolean = { true = "1", false = "0" } }
state = { from = "STATE", codes = { "1" = "open", "9" = "closed" } }
opened_on = { from = "OPENED", date = "YYYY-MM-DD" }
id_type = { from = "IDTYPE", codes = { "1" = "01" } }
id_number = { from = "ID", id_number = true }
name = { from = "NAME" }
[fields.role]
from = "ROLE"
codes = { "0" = "applicant", "1" = "spouse", "3" = "employer", "8" = "listed" }
"#;

const SCHEMA: &str = "
CREATE TABLE ACCOUNTS (ACC TEXT, ID TEXT, NAME TEXT, STATE TEXT, OPENED TEXT, PAID TEXT,
  SEALED TEXT, UPDATED TEXT);
CREATE TABLE PERSONS (NO TEXT, ID TEXT, NAME TEXT, OLDID TEXT, UPDATED TEXT);
CREATE TABLE CASES (SEQ INTEGER, NO TEXT, MATTER TEXT, APP TEXT, CONSENT TEXT, STATE TEXT,
  OPENED TEXT, ROLE TEXT, IDTYPE TEXT, ID TEXT, NAME TEXT);
";

/// The hub's staff.
const STAFF: &str = r#"
[[staff]]
name = "audit-1"
roles = ["audit"]
zh = "审计管理员"
en = "Audit administrator"
[[staff]]
name = "duty-1"
roles = ["duty"]
zh = "值班员"
en = "Duty officer"
"#;

/// A view that takes its time for every question about persons, or none.
const QUICK: &str = "CREATE VIEW SLOW AS SELECT 0 AS N;";
const SLOW: &str = "CREATE VIEW SLOW AS WITH RECURSIVE C(N) AS \
    (SELECT 1 UNION ALL SELECT N + 1 FROM C WHERE N < 1000000000) SELECT N FROM C;";

/// How a center differs from the usual one.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) vetoes: &'static str,
    pub(crate) is_slow: bool,
    pub(crate) limits: LocalLimits,
    pub(crate) without: &'static str,
    /// What stands in F05 and what stands there instead.
    pub(crate) flow: Option<(&'static str, &'static str)>,
    /// Whether F05 is asked by list.
    pub(crate) is_list: bool,
}

/// One center.
#[derive(Debug)]
pub(crate) struct Center {
    pub(crate) node: &'static str,
    pub(crate) home: TempDir,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) flows: Arc<FlowBook>,
    pub(crate) trust: Arc<TrustList>,
    pub(crate) rules: Arc<LiveRules>,
    pub(crate) translator: Translator,
    pub(crate) tag_key: TagKey,
    pub(crate) book: Arc<Book>,
    pub(crate) measures: Arc<Measures>,
    pub(crate) distrust: Distrust,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stopping: CancellationToken,
    /// Case keys of all nodes, as PKCS#8.
    keys: BTreeMap<&'static str, Vec<u8>>,
    /// Keys of their officers.
    officers: BTreeMap<Post, Vec<u8>>,
}

/// An officer's node and name.
type Post = (&'static str, &'static str);

impl Center {
    pub(crate) async fn new(node: &'static str) -> Self {
        Self::with(node, Options::default()).await
    }

    pub(crate) async fn with(node: &'static str, options: Options) -> Self {
        let home = TempDir::new().unwrap();
        let catalog = Arc::new(Catalog::builtin().unwrap());
        business_system(home.path(), &options).await;
        let mappings = home.path().join("mappings");
        let open = Translator::open(home.path(), &mappings, Arc::clone(&catalog), options.limits);
        let translator = open.await.unwrap_or_else(|faults| panic!("{faults}"));
        let set = rule_set(&catalog, &options);
        let flows = set.flows().clone();
        let keys = NODES.map(|(node, _)| {
            let key = CaseSigner::generate_pkcs8(&SystemRandom::new()).unwrap();
            (node, key)
        });
        let keys = BTreeMap::from(keys);
        let posts = NODES
            .iter()
            .flat_map(|(node, _)| OFFICERS.map(|name| (*node, name)));
        let officers = posts.map(|post| {
            let key = OfficerKey::generate_pkcs8(&SystemRandom::new()).unwrap();
            (post, key)
        });
        let officers = officers.collect();
        let trust = trust_list(&keys, &officers);
        let vetoes = Source {
            name: "vetoes.toml",
            text: options.vetoes,
        };
        let vetoes = Vetoes::parse(&vetoes, &catalog).unwrap();
        let guard = Guard::new(node.to_owned(), flows.clone(), trust.clone(), vetoes);
        let clock = Arc::new(ManualClock::at(NOW));
        let folder = home.path().join("book");
        let book = open_book(&folder, node, &clock);
        Self {
            node,
            distrust: Distrust::of(&folder),
            home,
            catalog,
            flows: Arc::new(flows),
            trust: Arc::new(trust),
            rules: Arc::new(LiveRules::new(CenterRules::new(set, guard))),
            translator,
            tag_key: TagKey::new(&[7; 32]),
            book: Arc::new(book),
            measures: Arc::default(),
            metrics: Arc::new(Metrics::new().unwrap()),
            clock,
            stopping: CancellationToken::new(),
            keys,
            officers,
        }
    }

    /// The key of an officer of `guoguan`, on the officer's own workstation.
    pub(crate) fn officer(&self, name: &str) -> OfficerKey {
        OfficerKey::from_pkcs8(&self.officers[&("guoguan", name)]).unwrap()
    }

    pub(crate) fn signer(&self, node: &str) -> CaseSigner {
        CaseSigner::from_pkcs8(&self.keys[node]).unwrap()
    }

    pub(crate) fn answerer(&self) -> Answerer {
        Answerer {
            node: self.node.to_owned(),
            catalog: Arc::clone(&self.catalog),
            rules: Arc::clone(&self.rules),
            tag_key: self.tag_key.clone(),
            translator: self.translator.clone(),
            share: ListShare::of(LocalLimits::default()),
            book: Arc::clone(&self.book),
            measures: Arc::clone(&self.measures),
            distrust: self.distrust.clone(),
            metrics: Arc::clone(&self.metrics),
            clock: self.clock.clone(),
            tracer: wire::traces::Tracer::off(),
        }
    }

    pub(crate) fn naming(&self) -> Naming {
        Naming::new(
            (self.tag_key.clone(), Arc::clone(&self.trust)),
            Arc::clone(&self.book),
            self.distrust.clone(),
            Arc::clone(&self.metrics),
        )
    }

    /// From now on these are this center's own vetoes.
    pub(crate) fn veto(&self, text: &str) {
        let source = Source {
            name: "vetoes.toml",
            text,
        };
        let vetoes = Vetoes::parse(&source, &self.catalog).unwrap();
        let flows = self.flows.as_ref().clone();
        let trust = self.trust.as_ref().clone();
        let guard = Guard::new(self.node.to_owned(), flows, trust, vetoes);
        let set = rule_set(&self.catalog, &Options::default());
        self.rules.exchange(CenterRules::new(set, guard));
    }

    pub(crate) fn asker(&self, channel: Channel) -> Arc<Asker> {
        let for_lists = channel.clone();
        let lists = Uplink::new(move || for_lists.clone());
        Arc::new(Asker {
            node: self.node.to_owned(),
            catalog: Arc::clone(&self.catalog),
            rules: Arc::clone(&self.rules),
            trust: Arc::clone(&self.trust),
            signer: self.signer(self.node),
            tag_key: self.tag_key.clone(),
            translator: self.translator.clone(),
            open: OpenCases::default(),
            approvals: Approvals::default(),
            lists: Lists::new(lists, self.stopping.clone()),
            hub_phone: Some("010-9".to_owned()),
            book: Arc::clone(&self.book),
            measures: Arc::clone(&self.measures),
            distrust: self.distrust.clone(),
            metrics: Arc::clone(&self.metrics),
            clock: self.clock.clone(),
            uplink: Uplink::new(move || channel.clone()),
            random: SystemRandom::new(),
            tasks: TaskTracker::new(),
            tracer: wire::traces::Tracer::off(),
        })
    }

    /// Statements that the center's own system runs on its own database.
    pub(crate) async fn sql(&self, statements: &str) {
        sql(self.home.path(), statements).await;
    }

    /// The center's own connection to its database.
    pub(crate) async fn owner(&self) -> SqliteConnection {
        owner(self.home.path()).await
    }

    /// All entries of the log, oldest first.
    pub(crate) fn entries(&self) -> Vec<serde_json::Value> {
        crate::book::tests::entries(&self.book)
    }

    /// The value of one sample in the metrics; 0 if it was never counted.
    pub(crate) fn metric(&self, sample: &str) -> u64 {
        let text = self.metrics.scrape(self.book.size()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(sample));
        line.map_or(0, |count| count.trim().parse().unwrap())
    }

    /// Whether the agent holds the business system's database open, as it does after a look-up.
    pub(crate) fn has_asked_source(&self) -> bool {
        let database = self.home.path().join("data/vendor.db");
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        open.flatten()
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .any(|target| target == database)
    }
}

/// The flows as delivered, or F05 alone with changes.
fn rule_set(catalog: &Catalog, options: &Options) -> RuleSet {
    let mut changes = Vec::from_iter(options.flow);
    if options.is_list {
        changes.extend(AS_LIST);
    }
    let mut files = RuleFiles::builtin();
    let is_f05 = |file: &&mut RuleFile| file.name == "flows/F05.toml";
    let f05 = files.flows.iter_mut().find(is_f05).unwrap();
    for (old, new) in changes {
        assert!(f05.text.contains(old), "F05 does not say {old}");
        f05.text = f05.text.replace(old, new);
    }
    RuleSet::parse(&files, catalog).unwrap_or_else(|faults| panic!("{faults}"))
}

pub(crate) fn open_book(dir: &Path, node: &str, clock: &Arc<ManualClock>) -> Book {
    let book = Book::open(dir, node, 1 << 20, 64, clock.clone()).unwrap();
    let key = audit::side::SideKey::new(&[9; audit::side::SIDE_KEY_BYTES]);
    book.keeping(dir, key).unwrap()
}

pub(crate) fn person(number: &str) -> Subject {
    Subject::Person(PersonId::parse("01", number).unwrap())
}

pub(crate) fn items(numbers: &[&str]) -> Vec<ItemNo> {
    numbers.iter().map(|no| no.parse().unwrap()).collect()
}

fn trust_list(
    keys: &BTreeMap<&'static str, Vec<u8>>,
    officers: &BTreeMap<Post, Vec<u8>>,
) -> TrustList {
    let tables = |id: &str| {
        let own = officers.iter().filter(|((node, _), _)| *node == id);
        let table = |((_, name), key): (&Post, &Vec<u8>)| {
            let key = OfficerKey::from_pkcs8(key).unwrap().public_key_hex();
            format!("[[node.officers]]\nname = \"{name}\"\nkey = \"{key}\"\n")
        };
        own.map(table).collect::<String>()
    };
    let node = |(id, code): (&str, &str)| {
        let key = CaseSigner::from_pkcs8(&keys[id]).unwrap().public_key_hex();
        format!(
            "[[node]]\nid = \"{id}\"\ncenter_code = \"{code}\"\nzh = \"{id}中心\"\n\
             en = \"{id} center\"\ncase_key = \"{key}\"\nphone = \"010-1\"\n{}",
            tables(id)
        )
    };
    let text: String = NODES.map(node).concat() + STAFF;
    let source = Source {
        name: "trust.toml",
        text: &text,
    };
    TrustList::parse(&source).unwrap()
}

async fn business_system(home: &Path, options: &Options) {
    for folder in ["mappings", "data"] {
        std::fs::create_dir(home.join(folder)).unwrap();
    }
    let connectors =
        "[[connector]]\nname = \"vendor\"\nkind = \"sqlite\"\npath = \"data/vendor.db\"\n";
    let accounts = format!("{ACCOUNTS}{}", account_items());
    let persons = format!("{PERSONS}{}", person_items());
    let files = [
        ("connectors.toml", connectors),
        ("04.toml", &accounts),
        ("03.toml", &persons),
        ("cases.toml", CASES),
    ];
    for (name, text) in files {
        if name != options.without {
            std::fs::write(home.join("mappings").join(name), text).unwrap();
        }
    }
    let slow = if options.is_slow { SLOW } else { QUICK };
    sql(home, &format!("{SCHEMA}{slow}{}", rows())).await;
}

async fn owner(home: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(home.join("data/vendor.db"));
    options.create_if_missing(true).connect().await.unwrap()
}

async fn sql(home: &Path, statements: &str) {
    let mut owner = owner(home).await;
    let statements = AssertSqlSafe(statements.to_owned());
    sqlx::raw_sql(statements).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
}

fn mapped(columns: &[(&str, &str)]) -> String {
    let item = |(no, rule): &(&str, &str)| format!("[[item]]\nno = \"{no}\"\n{rule}\n");
    columns.iter().map(item).collect()
}

fn account_items() -> String {
    mapped(&[
        ("04-01", "from = \"ACC\""),
        ("04-02", "const = \"C11000\""),
        ("04-03", "const = \"01\""),
        ("04-04", "from = \"ID\"\nid_number = true"),
        ("04-05", "from = \"NAME\""),
        ("04-06", "const = \"U1\""),
        ("04-07", "const = \"01\""),
        (
            "04-08",
            "from = \"STATE\"\ncodes = { \"0\" = \"01\", \"1\" = \"02\" }",
        ),
        ("04-09", "from = \"OPENED\""),
        ("04-10", "from = \"PAID\""),
        ("04-11", "const = \"1.00\""),
        ("04-12", "const = \"1.00\""),
        ("04-13", "const = \"1.00\""),
        ("04-14", "const = \"8713.25\""),
        ("04-17", "from = \"SEALED\""),
        ("04-18", "const = \"0\""),
        ("04-20", "from = \"UPDATED\""),
    ])
}

fn person_items() -> String {
    mapped(&[
        ("03-01", "from = \"NO\""),
        ("03-02", "const = \"C11000\""),
        ("03-03", "from = \"NAME\""),
        ("03-04", "const = \"01\""),
        ("03-05", "from = \"ID\"\nid_number = true"),
        ("03-06", "from = \"OLDID\""),
        ("03-16", "from = \"UPDATED\""),
    ])
}

fn rows() -> String {
    let [one, two, three] = NAMES;
    let late = "2026-11-20 08:00:00";
    format!(
        "INSERT INTO ACCOUNTS VALUES
           ('A1', '{PERSON}', '{one}', '0', '2019-07-01', '202610', NULL, '{late}'),
           ('A2', '{PERSON_15}', '{one}', '8', '2001-02-03', '200512', '2006-01-01', '{late}'),
           ('A3', '{STRANGER}', '{three}', '1', '2010-02-03', '201512', NULL, '{late}');
         INSERT INTO PERSONS VALUES ('P1', '{PERSON}', '{one}', '{PERSON_15}', '{late}'),
           ('P3', '{STRANGER}', '{three}', NULL, '{late}');
         INSERT INTO CASES VALUES
           (0, 'BJ-1', '02', 'APP-1', '1', '1', '2026-11-20', '0', '1', '{PERSON}', '{one}'),
           (1, 'BJ-1', '02', 'APP-1', '1', '1', '2026-11-20', '1', '1', '{SPOUSE}', '{two}'),
           (0, 'BJ-2', '02', 'APP-2', '1', '9', '2026-11-20', '0', '1', '{PERSON}', '{one}'),
           (0, 'BJ-3', '28', 'APP-3', '1', '1', '2026-11-20', '0', '1', '{PERSON}', '{one}'),
           (0, 'BJ-4', '02', 'APP-4', '1', '7', '2026-11-20', '0', '1', '{PERSON}', '{one}');"
    )
}
