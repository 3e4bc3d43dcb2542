//! The bus as 中直's agent sees it: only its transactions, only for its own center, and a bounded,
//! named outcome whatever it does instead of replying.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use super::*;

const MAPPING: &str = "class = \"04\"\n\n[source]\nconnector = \"vendor\"\n\
    sql = \"SELECT A, NAME, GONE FROM T WHERE A IN (?1, ?2) ORDER BY A\"\n\n\
    [subject]\nforms = [\"id18\", \"id15\"]\n\n[[item]]\n";

async fn bus(folder: &TempDir) -> Bus {
    let mappings: PathBuf = folder.path().join("mappings");
    std::fs::create_dir_all(&mappings).unwrap();
    std::fs::write(mappings.join("04.toml"), MAPPING).unwrap();
    std::fs::write(mappings.join("connectors.toml"), "").unwrap();
    let database = folder.path().join("x.db");
    let options = SqliteConnectOptions::new()
        .filename(&database)
        .create_if_missing(true);
    let mut db = options.connect().await.unwrap();
    for sql in [
        "CREATE TABLE T (A TEXT, NAME TEXT, GONE TEXT)",
        "INSERT INTO T VALUES ('1', CAST(x'd5c5' AS TEXT), NULL), ('2', '李 <&> 四', NULL)",
    ] {
        sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
    }
    let transactions = take_over(&mappings).unwrap();
    Bus::open(&database, transactions).await.unwrap()
}

/// What the bus says to a request with this center, transaction and body.
async fn said(bus: &Bus, center: &str, transaction: &str, body: &str) -> String {
    let request = format!(
        "<m:Header><m:TransCode>{transaction}</m:TransCode><m:Center>{center}</m:Center>\
         <m:Serial>77</m:Serial></m:Header><m:Body>{body}</m:Body>"
    );
    let url = format!("http://{}/bus/services", bus.address());
    let request = hyper::Request::post(url)
        .body(Full::new(Bytes::from(request)))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let reply = client.request(request).await.unwrap();
    assert_eq!(reply.status(), 200);
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

fn code(reply: &str) -> &str {
    let (_, after) = reply.split_once("<q:ReturnCode>").unwrap();
    after.split_once('<').unwrap().0
}

#[tokio::test]
async fn rows_are_given_as_they_are_held_and_codes_say_why_there_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let bus = bus(&folder).await;
    let two = "<m:CERTINUM>1</m:CERTINUM><m:CERTINUM15>2</m:CERTINUM15>";
    let reply = said(&bus, "C11001", "QRY04", two).await;
    assert_eq!(code(&reply), DONE);
    let rows = "<q:Body><q:Row><q:A>1</q:A><q:NAME>张</q:NAME></q:Row>\
                <q:Row><q:A>2</q:A><q:NAME>李 &lt;&amp;&gt; 四</q:NAME></q:Row></q:Body>";
    assert!(reply.contains(rows), "{reply}");
    assert!(reply.contains("<q:TransCode>QRY04</q:TransCode><q:Serial>77</q:Serial>"));
    // A value is a value, whatever it looks like.
    let odd = "<m:CERTINUM>' OR 1=1 --</m:CERTINUM><m:CERTINUM15>&lt;</m:CERTINUM15>";
    let one = "<m:CERTINUM>1</m:CERTINUM>";
    for (center, transaction, body, wanted) in [
        ("C11001", "QRY04", odd, EMPTY),
        ("C11000", "QRY04", two, NOT_ALLOWED),
        ("C11001", "QRY05", two, NOT_ALLOWED),
        ("C11001", "", two, NOT_ALLOWED),
        ("C11001", "QRY04", one, BAD_INPUT),
        ("C11001", "QRY04", "", BAD_INPUT),
    ] {
        let reply = said(&bus, center, transaction, body).await;
        assert_eq!(code(&reply), wanted, "{center} {transaction} {body}");
        assert!(!reply.contains("<q:Row>"), "{reply}");
    }
    assert_eq!(bus.asked(), 7);
    // The store is gone: the bus has failed, and still says so with 200.
    let nowhere = folder.path().join("nowhere.db");
    let transactions = vec![transaction()];
    let lost = Bus::open(&nowhere, transactions).await.unwrap();
    let reply = said(&lost, "C11001", "QRY04", two).await;
    assert_eq!(code(&reply), FAILED);
}

fn transaction() -> Transaction {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("04.toml"), MAPPING).unwrap();
    take_over(folder.path()).unwrap().remove(0)
}

#[tokio::test]
async fn it_behaves_oddly_on_demand_and_closes_when_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let bus = bus(&folder).await;
    let two = "<m:CERTINUM>1</m:CERTINUM><m:CERTINUM15>2</m:CERTINUM15>";
    bus.behave(Behaviour::MixedUp);
    let reply = said(&bus, "C11001", "QRY04", two).await;
    assert!(reply.contains("<q:Serial>779</q:Serial>"), "{reply}");
    bus.behave(Behaviour::Fault);
    let reply = said(&bus, "C11001", "QRY04", two).await;
    assert!(reply.contains("faultcode"), "{reply}");
    bus.behave(Behaviour::Slow(Duration::from_millis(200)));
    let begun = std::time::Instant::now();
    assert_eq!(code(&said(&bus, "C11001", "QRY04", two).await), DONE);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    let address = bus.address();
    drop(bus);
    let closed = crate::star::until(Duration::from_secs(5), async || {
        tokio::net::TcpStream::connect(address).await.err()
    });
    assert!(closed.await.is_some(), "it is closed");
}
