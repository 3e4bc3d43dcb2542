//! 国管's legal desk: the documents that its officers have received, in a database of their own, and
//! how its agent reads them.

use std::path::{Path, PathBuf};

use sandbox::star::Star;
use sandbox::world::{Node, SampleSubject, sample};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use time::{Date, Duration};

/// A divorce: the former spouse's accounts.
pub(super) const DIVORCE: &str = "GG-L17";
/// A court's assistance notice about one person.
pub(super) const NOTICE: &str = "GG-L27";
/// The same court about the same person, by another letter.
pub(super) const OTHER_NOTICE: &str = "GG-L27B";
/// A discipline commission's letter with a list.
pub(super) const LETTER: &str = "GG-L28";
/// Who is on that list.
pub(super) const LISTED: [&str; 4] = ["S1", "S3", "S8", "S10"];

const SCHEMA: &str = "CREATE TABLE DOCUMENTS (SEQ INTEGER, NO TEXT, MATTER TEXT, DOC TEXT,
    CONSENT TEXT, STATE TEXT, RECEIVED TEXT, ROLE TEXT, IDTYPE TEXT, ID TEXT, NAME TEXT,
    ISSUER TEXT, ISSUED TEXT, SINCE TEXT, UNTIL TEXT, OFFICERS TEXT)";
const ROW: &str = "INSERT INTO DOCUMENTS VALUES (?1, ?2, ?3, '(2026) 17', '0', '1', ?4, ?5, '01',
    ?6, ?7, 'court-01', ?4, '2020-01-01', ?4, 'B-17;B-18')";

const CONNECTOR: &str = "
[[connector]]
name = \"legal\"
kind = \"sqlite\"
path = \"data/legal.db\"
";
const MAPPING: &str = r#"
[source]
connector = "legal"
sql = "SELECT * FROM DOCUMENTS WHERE NO = ?1 ORDER BY SEQ"
[fields]
case_no = { from = "NO" }
matter = { from = "MATTER" }
application_no = { from = "DOC" }
consent = { from = "CONSENT", boolean = { true = "1", false = "0" } }
state = { from = "STATE", codes = { "1" = "open", "9" = "closed" } }
opened_on = { from = "RECEIVED", date = "YYYY-MM-DD" }
id_type = { from = "IDTYPE" }
id_number = { from = "ID", id_number = true }
name = { from = "NAME" }
issuer = { from = "ISSUER" }
issued_on = { from = "ISSUED", date = "YYYY-MM-DD" }
period_from = { from = "SINCE", date = "YYYY-MM-DD" }
period_until = { from = "UNTIL", date = "YYYY-MM-DD" }
officers = { from = "OFFICERS" }
[fields.role]
from = "ROLE"
codes = { "ex" = "ex-spouse", "named" = "named", "listed" = "listed" }
"#;

/// The first person of a sample.
pub(super) fn person(id: &str) -> &'static SampleSubject {
    let case = sample(id).and_then(|sample| sample.cases.first());
    let parties = case.map(|case| case.parties).unwrap_or_default();
    parties.first().expect("the sample is about somebody")
}

/// Tells 国管's agent where its documents are.
pub(super) fn map(star: &Star) {
    let mappings = star.home().node(Node::Guoguan).join("mappings");
    let connectors = mappings.join("connectors.toml");
    let known = std::fs::read_to_string(&connectors).expect("is there");
    std::fs::write(&connectors, known + CONNECTOR).expect("is written");
    std::fs::write(mappings.join("cases.toml"), MAPPING).expect("is written");
}

/// Receives the documents.
pub(super) async fn fill(star: &Star) {
    let file = file(star);
    let _ = std::fs::remove_file(&file);
    let mut db = opened(&file).await;
    sqlx::query(SCHEMA)
        .execute(&mut db)
        .await
        .expect("the schema is sound");
    let yesterday = star.home().today() - Duration::DAY;
    let mut row = async |(seq, no, matter, role): (i64, &str, &str, &str), id: &str| {
        received(&mut db, (seq, no, matter, role), person(id), yesterday).await;
    };
    row((0, DIVORCE, "18", "ex"), "S12").await;
    row((0, NOTICE, "00", "named"), "S1").await;
    row((0, OTHER_NOTICE, "00", "named"), "S1").await;
    for (seq, id) in (0..).zip(LISTED) {
        row((seq, LETTER, "00", "listed"), id).await;
    }
    db.close().await.expect("is closed");
}

async fn received(
    db: &mut SqliteConnection,
    (seq, no, matter, role): (i64, &str, &str, &str),
    person: &SampleSubject,
    day: Date,
) {
    let row = sqlx::query(ROW).bind(seq).bind(no).bind(matter);
    let row = row.bind(day.to_string()).bind(role);
    let row = row.bind(person.number).bind(person.name);
    row.execute(db).await.expect("is received");
}

/// A clerk changes whom a line of a document is about.
pub(super) async fn change(star: &Star, no: &str, seq: i64, id: &str) {
    let mut db = opened(&file(star)).await;
    let row = sqlx::query("UPDATE DOCUMENTS SET ID = ?1 WHERE NO = ?2 AND SEQ = ?3");
    let row = row.bind(person(id).number).bind(no).bind(seq);
    row.execute(&mut db).await.expect("is changed");
    db.close().await.expect("is closed");
}

fn file(star: &Star) -> PathBuf {
    star.home().node(Node::Guoguan).join("data/legal.db")
}

async fn opened(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    let options = options.create_if_missing(true).disable_statement_logging();
    options.connect().await.expect("is opened")
}
