//! A counter that hangs up while a center's database works for it: the statement ends there within
//! a second, as the server's own list says, and the hub's log has the outcome.

use std::time::{Duration, Instant};

use sandbox::client::Ask;
use sandbox::evidence::LogBook;
use sandbox::star::{Star, Stores, until};
use sandbox::world::Node;
use sqlx::Connection as _;

use super::ground::Ground;

/// From the hang-up to the end of the work at the source.
const ENDS_WITHIN: Duration = Duration::from_secs(1);
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_at_the_sources_ends_when_the_counter_hangs_up() {
    let star = Ground::prepare_on("hanging-up", Stores::Servers);
    slow(&star, Node::City, "(SELECT pg_sleep(20)) AS nap", "INDIACC");
    slow(
        &star,
        Node::Guoguan,
        "(SELECT SLEEP(20) AS s) AS nap",
        "GRZHXX",
    );
    let mut star = star;
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let star = &ground.star;
    let mut watch = Watch::on(star).await;
    let desk = star.desk(Node::City, "0231").expect("has a desk");
    let open = desk.open("CT-S11", "F19").await.expect("is open");
    let wants = [("04".to_owned(), vec!["grzhzt".to_owned()])].into();
    let ask = Ask {
        case: open.case,
        wants: Some(wants),
        ..Ask::default()
    };
    {
        let asked = desk.ask(&ask);
        tokio::pin!(asked);
        let both_work = until(BEGINS_WITHIN, async || {
            (watch.working().await == [1, 1]).then_some(())
        });
        tokio::select! {
            answer = &mut asked => panic!("nothing is answered yet: {answer:?}"),
            works = both_work => works.expect("both databases work"),
        }
    }
    let begun = Instant::now();
    while watch.working().await != [0, 0] {
        assert!(begun.elapsed() < ENDS_WITHIN, "a database still works");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took = begun.elapsed();
    println!("work at both databases ended {took:?} after the hang-up");
    let folder = star.home().hub_log();
    let outcome = until(Duration::from_secs(5), async || {
        let log = LogBook::read(&folder).expect("verifies");
        log.of_kind("outcome")
            .next()
            .map(|(_, entry)| entry.clone())
    });
    let outcome = outcome.await.expect("the outcome is on record");
    let text = serde_json::to_string(&outcome).expect("is JSON");
    assert!(text.contains("TS-ASK-CANCELLED"), "{text}");
    ground.check().await;
}

/// Lets every look at personal accounts take long.
fn slow(star: &Star, node: Node, nap: &str, table: &str) {
    let file = star
        .home()
        .node(node)
        .join("mappings/04-personal-account.toml");
    let text = std::fs::read_to_string(&file).expect("can be read");
    let changed = text.replacen(
        &format!("FROM {table}\n"),
        &format!("FROM {table}, {nap}\n"),
        1,
    );
    assert_ne!(text, changed);
    std::fs::write(&file, changed).expect("can be written");
}

/// Looks at both servers over connections of its own, which are open beforehand.
struct Watch {
    city: sqlx::PgConnection,
    guoguan: sqlx::MySqlConnection,
}

impl Watch {
    async fn on(star: &Star) -> Self {
        let servers = star.servers().expect("has servers");
        let url = |node: Node, scheme: &str, database: &str| {
            let file = star.home().node(node).join("keys/database.password");
            let password = std::fs::read_to_string(file).expect("has a password");
            let port = servers.port(node).expect("has a server");
            let password = password.trim();
            format!("{scheme}://tianshu:{password}@127.0.0.1:{port}/{database}")
        };
        let city = sqlx::PgConnection::connect(&url(Node::City, "postgres", "postgres"));
        let guoguan = sqlx::MySqlConnection::connect(&url(Node::Guoguan, "mysql", "gg"));
        Self {
            city: city.await.expect("can look"),
            guoguan: guoguan.await.expect("can look"),
        }
    }

    /// Sleeping statements of the agents at the city's and at 国管's database.
    async fn working(&mut self) -> [i64; 2] {
        let text = "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = 'tianshu' \
                    AND state = 'active' AND query LIKE '%pg_sleep(20)%' \
                    AND pid <> pg_backend_pid()";
        let city = sqlx::query_scalar(text).fetch_one(&mut self.city).await;
        let text = "SELECT COUNT(*) FROM information_schema.processlist WHERE USER = 'tianshu' \
                    AND INFO LIKE '%SLEEP(20)%' AND ID <> CONNECTION_ID()";
        let guoguan = sqlx::query_scalar(text).fetch_one(&mut self.guoguan).await;
        [city.expect("counts"), guoguan.expect("counts")]
    }
}
