//! 国管's store on MariaDB, in GBK and with fixed CHAR columns. Names are binary columns: some hold
//! characters that GBK lacks, and old rows hold GBK bytes where others hold UTF-8.

use std::path::Path;
use std::sync::mpsc::Sender;

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};

use super::copy::{Form, Store, Table};
use super::kept::Kept;
use super::{ACCOUNT, Programs, ServerError, Word, programs, run};

const SOCKET: &str = "s.sock";
const DATABASE: &str = "gg";
/// Names of persons, and of subjects that may be persons, whatever the table.
const NAMES: [&str; 5] = ["XINGMING", "POXM", "FRXM", "JBRXM", "ZTMC"];
/// Room for a name in any charset.
const NAME_BYTES: usize = 240;
/// Lost or torn data of this server would only be copied again.
const SETTINGS: [&str; 6] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-fast-shutdown=2",
];

/// Makes the folder of a server, and its command line.
pub(super) fn prepare(
    programs: &Programs,
    folder: &Path,
    port: u16,
) -> Result<Vec<String>, ServerError> {
    let place = folder.display();
    let data = format!("--datadir={place}/data");
    let options = [
        "--no-defaults",
        &data,
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
    ];
    programs::run(&programs.mariadb_install, &options)?;
    let mut line = programs::command(&programs.mariadbd);
    // Must stand first.
    line.push("--no-defaults".to_owned());
    line.extend(SETTINGS.map(str::to_owned));
    line.extend([
        data,
        format!("--socket={place}/{SOCKET}"),
        format!("--pid-file={place}/pid"),
        format!("--secure-file-priv={place}"),
        format!("--port={port}"),
    ]);
    Ok(line)
}

/// A connection of the owner, over the socket in the server's own folder.
pub(super) async fn owner(kept: &Kept) -> Result<MySqlConnection, sqlx::Error> {
    let options = MySqlConnectOptions::new()
        .socket(kept.folder().join(SOCKET))
        .username("root");
    options.disable_statement_logging().connect().await
}

/// Copies the store, lets the agent's account read it, and leaves no other account.
pub(super) async fn fill(
    owner: &mut MySqlConnection,
    folder: &Path,
    store: &mut Store,
    password: &str,
    heard: &Sender<Word>,
) -> Result<(), sqlx::Error> {
    let tables = store.tables(|_, column| NAMES.contains(&column)).await?;
    // A listener that is gone is no reason to stop writing.
    let _ = heard.send(Word::Tables(tables.len()));
    let charset = "CHARACTER SET gbk COLLATE gbk_bin";
    run(&mut *owner, format!("CREATE DATABASE {DATABASE} {charset}")).await?;
    run(&mut *owner, format!("USE {DATABASE}")).await?;
    for table in &tables {
        let file = folder.join(&table.name);
        store.write(table, "", &file).await?;
        run(&mut *owner, created(table)).await?;
        run(&mut *owner, loaded(table, &file)).await?;
        for index in &table.indexes {
            run(&mut *owner, index.clone()).await?;
        }
        std::fs::remove_file(&file)?;
        let _ = heard.send(Word::Filled);
    }
    for sql in [
        format!("CREATE USER {ACCOUNT}@'127.0.0.1' IDENTIFIED BY '{password}'"),
        format!("GRANT SELECT ON {DATABASE}.* TO {ACCOUNT}@'127.0.0.1'"),
        // The owner had no password, and is not needed again.
        "DELETE FROM mysql.global_priv WHERE User = 'root'".to_owned(),
        "FLUSH PRIVILEGES".to_owned(),
    ] {
        run(&mut *owner, sql).await?;
    }
    Ok(())
}

fn created(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let kind = match &column.form {
            Form::Integer => "BIGINT".to_owned(),
            Form::Bytes => format!("VARBINARY({NAME_BYTES})"),
            Form::Text(kind) => kind.clone(),
        };
        format!("{} {kind}", column.name)
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    format!("CREATE TABLE {} ({columns})", table.name)
}

/// The statement that takes in the lines of `file`.
fn loaded(table: &Table, file: &Path) -> String {
    let is_bytes = |form: &Form| *form == Form::Bytes;
    let columns = table.columns.iter().map(|column| {
        let mark = if is_bytes(&column.form) { "@" } else { "" };
        format!("{mark}{}", column.name)
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let bytes = table.columns.iter().filter(|one| is_bytes(&one.form));
    let bytes = bytes.map(|one| format!("{0} = UNHEX(@{0})", one.name));
    let bytes = bytes.collect::<Vec<_>>().join(", ");
    let set = if bytes.is_empty() { "" } else { " SET " };
    let (name, file) = (&table.name, file.display());
    format!(
        "LOAD DATA INFILE '{file}' INTO TABLE {name} CHARACTER SET utf8mb4 ({columns}){set}{bytes}"
    )
}
