//! The same world in files and on servers gives the same records: every class of every sample
//! person, and the accounts of everybody, old rows with their old bytes too.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use catalog::identity::PersonId;
use catalog::{Catalog, ClassNo, Subject};
use node_agent::translate::{FoundOutcome, LocalCase, LocalLimits, Translator};
use tempfile::TempDir;
use time::macros::datetime;

use super::*;
use crate::star::{PortChoice, StarOptions};
use crate::world::{Window, samples};

const NOW: time::OffsetDateTime = datetime!(2026-11-23 15:00:00 +8);
/// Personal accounts and contributions: the classes that are asked of everybody.
const OF_EVERYBODY: [u8; 2] = [4, 5];

struct Both {
    files: Translator,
    servers: Translator,
    catalog: Arc<Catalog>,
}

fn home(folder: &TempDir) -> (Home, Standing) {
    let options = StarOptions {
        people: 300,
        seed: 7,
        stores: Stores::Servers,
        ports: PortChoice::Free,
        now: NOW,
    };
    let home = Home::prepare(folder.path(), &options, &mut |_, _, _| {}).unwrap();
    let programs = Programs::find().unwrap_or_else(|missing| panic!("{missing}"));
    let standing = Standing::prepare(&programs, &home, &mut |_, _, _| {}).unwrap();
    (home, standing)
}

async fn both(home: &Home, node: Node) -> Both {
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let center = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("centers");
    let in_files = center.join(node.id()).join("mappings");
    let on_servers = home.connectors(node).parent().unwrap().to_owned();
    let open = async |mappings: PathBuf| {
        let limits = LocalLimits {
            statement_timeout: Duration::from_secs(20),
            ..LocalLimits::default()
        };
        let catalog = Arc::clone(&catalog);
        let reader = Translator::open(&home.node(node), &mappings, catalog, limits).await;
        reader.unwrap_or_else(|faults| panic!("{}: {faults}", node.id()))
    };
    Both {
        files: open(in_files).await,
        servers: open(on_servers).await,
        catalog: Arc::clone(&catalog),
    }
}

impl Both {
    /// Asks both; how many records they agree on.
    async fn agree(&self, class: u8, subject: &Subject, place: &str) -> usize {
        let class = ClassNo::new(class).unwrap();
        let items = self.catalog.class(class).unwrap().items.iter();
        let items: BTreeSet<_> = items.map(|item| item.no).collect();
        let soon = tokio::time::Instant::now() + Duration::from_secs(20);
        let wanted = self.files.find(class, &items, subject, NOW, soon).await;
        let found = self.servers.find(class, &items, subject, NOW, soon).await;
        assert_eq!(found.outcome, wanted.outcome, "{place}");
        assert_eq!(found.records, wanted.records, "{place}");
        assert_eq!(found.notes, wanted.notes, "{place}");
        assert_eq!(found.as_of, wanted.as_of, "{place}");
        let is_sound = !matches!(found.outcome, FoundOutcome::Unavailable(_));
        assert!(is_sound, "{place}: {found:?}");
        found.records.len()
    }
}

/// One column, read from the store itself.
async fn column(home: &Home, node: Node, sql: &str) -> Vec<String> {
    let place = home.node(node).join(store_of(node).unwrap());
    let rows = Window::onto(&place).rows(sql, &[]).await.unwrap();
    let cells = rows.iter().map(|row| row[0].1.clone().unwrap());
    cells.map(|text| text.trim().to_owned()).collect()
}

/// Everybody with an account.
async fn everybody(home: &Home, node: Node) -> Vec<Subject> {
    let sql = match node {
        Node::Guoguan => "SELECT DISTINCT ZJHM FROM GRZHXX WHERE ZJLX = '01'",
        _ => "SELECT DISTINCT CERTINUM FROM INDIACC WHERE TRIM(CERTITYPE) = '1'",
    };
    let numbers = column(home, node, sql).await;
    let persons = numbers
        .iter()
        .filter_map(|number| PersonId::parse("01", number).ok());
    persons.map(Subject::Person).collect()
}

#[tokio::test]
async fn files_and_servers_give_the_same_records() {
    let folder = tempfile::tempdir().unwrap();
    let (home, mut standing) = home(&folder);
    standing.open_bus(&home).await.unwrap();
    for node in [Node::City, Node::Zhongzhi, Node::Guoguan] {
        let both = both(&home, node).await;
        assert_eq!(both.files.classes(), both.servers.classes());
        let mut records = 0;
        for expected in samples().iter().flat_map(|sample| sample.expects) {
            let subject = expected.subject.subject().unwrap();
            for class in node.classes() {
                let place = format!("{} class {class} of a sample", node.id());
                records += both.agree(*class, &subject, &place).await;
            }
        }
        let everybody = everybody(&home, node).await;
        assert!(everybody.len() > 20, "{}", everybody.len());
        for subject in &everybody {
            for class in OF_EVERYBODY {
                let place = format!("{} class {class}", node.id());
                records += both.agree(class, subject, &place).await;
            }
        }
        assert!(records > 100, "{}: {records}", node.id());
        cases_agree(&both, &home, node).await;
    }
    assert!(standing.bus().unwrap().asked() > 100);
}

async fn cases_agree(both: &Both, home: &Home, node: Node) {
    let sql = match node {
        Node::Guoguan => "SELECT DISTINCT AJBH FROM YWAJ LIMIT 30",
        _ => "SELECT DISTINCT CASENO FROM BIZCASE LIMIT 30",
    };
    let soon = tokio::time::Instant::now() + Duration::from_secs(20);
    let numbers = column(home, node, sql).await;
    assert!(!numbers.is_empty(), "{}", node.id());
    for number in numbers {
        let wanted = both.files.case(&number, NOW, soon).await.unwrap();
        let found = both.servers.case(&number, NOW, soon).await.unwrap();
        let (wanted, found) = (wanted.unwrap(), found.unwrap());
        assert_eq!(format!("{found:?}"), format!("{wanted:?}"));
        let parties = |one: &LocalCase| -> Vec<_> {
            let parties = one.parties.iter();
            parties
                .map(|party| (party.role, party.id.clone(), party.name.clone()))
                .collect()
        };
        assert!(parties(&found) == parties(&wanted), "{number}");
    }
    let unknown = both.servers.case("XX-NONE", NOW, soon).await;
    assert!(matches!(unknown, Ok(None)), "{unknown:?}");
}
