//! The city's store on PostgreSQL. PostgreSQL refuses bytes that are not text in its own charset,
//! so the one column in which old rows hold GBK is a binary one.

use std::path::Path;
use std::sync::mpsc::Sender;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use super::copy::{Form, Store, Table};
use super::kept::Kept;
use super::{ACCOUNT, Programs, ServerError, Word, programs, run};

/// Who fills the store, over the socket in the server's own folder only.
const OWNER: &str = "owner";
const SCHEMA: &str = "vendor";
/// Lost or torn data of this server would only be copied again.
const SETTINGS: [&str; 7] = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=60",
];

/// Makes the folder of a server, and its command line.
pub(super) fn prepare(
    programs: &Programs,
    folder: &Path,
    port: u16,
) -> Result<Vec<String>, ServerError> {
    let data = folder.join("data");
    let place = data.display().to_string();
    let options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"];
    let user = format!("--username={OWNER}");
    programs::run(
        &programs.initdb,
        &[options.as_slice(), &[&user, "-D", &place]].concat(),
    )?;
    let access = data.join("pg_hba.conf");
    let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(&access, rules).map_err(ServerError::file(&access))?;
    let mut line = programs::command(&programs.postgres);
    line.extend(["-D".to_owned(), place]);
    let own = [
        format!("unix_socket_directories={}", folder.display()),
        format!("port={port}"),
    ];
    let all = SETTINGS.map(str::to_owned).into_iter().chain(own);
    line.extend(all.flat_map(|setting| ["-c".to_owned(), setting]));
    Ok(line)
}

/// A connection of the owner.
pub(super) async fn owner(kept: &Kept, port: u16) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(kept.folder())
        .port(port)
        .username(OWNER)
        .database("postgres")
        .options([("search_path", SCHEMA), ("client_min_messages", "error")]);
    options.disable_statement_logging().connect().await
}

/// Copies the store, and lets the agent's account read it.
pub(super) async fn fill(
    owner: &mut PgConnection,
    folder: &Path,
    store: &mut Store,
    password: &str,
    heard: &Sender<Word>,
) -> Result<(), sqlx::Error> {
    let tables = store.tables(holds_bytes).await?;
    // A listener that is gone is no reason to stop writing.
    let _ = heard.send(Word::Tables(tables.len()));
    run(&mut *owner, format!("CREATE SCHEMA {SCHEMA}")).await?;
    for table in &tables {
        let file = folder.join(&table.name);
        store.write(table, r"\\x", &file).await?;
        let (name, lines) = (&table.name, file.display());
        let mut filling = owner.begin().await?;
        run(&mut *filling, created(table)).await?;
        run(&mut *filling, format!("COPY {name} FROM '{lines}'")).await?;
        for index in &table.indexes {
            run(&mut *filling, index.clone()).await?;
        }
        filling.commit().await?;
        std::fs::remove_file(&file)?;
        let _ = heard.send(Word::Filled);
    }
    for sql in [
        "ANALYZE".to_owned(),
        format!("CREATE ROLE {ACCOUNT} LOGIN PASSWORD '{password}'"),
        format!("GRANT USAGE ON SCHEMA {SCHEMA} TO {ACCOUNT}"),
        format!("GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {ACCOUNT}"),
    ] {
        run(&mut *owner, sql).await?;
    }
    Ok(())
}

/// Old rows were respelled in this column alone.
fn holds_bytes(table: &str, column: &str) -> bool {
    (table, column) == ("INDIACC", "ACCNAME")
}

fn created(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let kind = match &column.form {
            Form::Integer => "BIGINT",
            Form::Bytes => "BYTEA",
            Form::Text(kind) => kind,
        };
        format!("{} {kind}", column.name)
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    format!("CREATE TABLE {} ({columns})", table.name)
}
