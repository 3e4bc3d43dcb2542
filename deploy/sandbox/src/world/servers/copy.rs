//! Reads a center's SQLite store table by table and writes each as lines of text, as both servers
//! take them: columns parted by tabs, `\N` where there is no value. SQLite itself puts the lines
//! together. It refuses to guess a charset: columns with bytes of several leave as hexadecimal
//! digits.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

/// Rows put together at once.
const ROWS_PER_CHUNK: i64 = 4_000;

/// A store that is read.
#[derive(Debug)]
pub(super) struct Store {
    db: SqliteConnection,
}

/// One of its tables.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Statements that make its indexes.
    pub(super) indexes: Vec<String>,
}

/// One column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) form: Form,
}

/// What a column holds, and how it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Integer,
    /// Text in the store's charset, under the type that the store names.
    Text(String),
    /// Text in several charsets.
    Bytes,
}

impl Store {
    /// Opens a store for reading.
    pub(super) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .disable_statement_logging();
        Ok(Self {
            db: options.connect().await?,
        })
    }

    /// Its tables; `bytes` says of a table and a column whether it holds text in several charsets.
    pub(super) async fn tables(
        &mut self,
        bytes: fn(&str, &str) -> bool,
    ) -> Result<Vec<Table>, sqlx::Error> {
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let names = sqlx::query_scalar::<_, String>(names)
            .fetch_all(&mut self.db)
            .await?;
        let mut tables = Vec::new();
        for name in names {
            let columns = "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid";
            let columns = sqlx::query_as::<_, (String, String)>(columns)
                .bind(name.clone())
                .fetch_all(&mut self.db)
                .await?;
            let columns = columns.into_iter().map(|(column, kind)| Column {
                form: match kind.as_str() {
                    _ if bytes(&name, &column) => Form::Bytes,
                    "INTEGER" => Form::Integer,
                    _ => Form::Text(kind),
                },
                name: column,
            });
            let columns = columns.collect();
            let indexes = "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1";
            let indexes = sqlx::query_scalar::<_, String>(indexes)
                .bind(name.clone())
                .fetch_all(&mut self.db)
                .await?;
            tables.push(Table {
                name,
                columns,
                indexes,
            });
        }
        Ok(tables)
    }

    /// Writes all rows of a table; hexadecimal digits have `prefix` in front.
    pub(super) async fn write(
        &mut self,
        table: &Table,
        prefix: &str,
        file: &Path,
    ) -> Result<(), sqlx::Error> {
        let mut lines = BufWriter::new(File::create(file)?);
        let columns = table.columns.iter().map(|column| cell(column, prefix));
        let line = columns.collect::<Vec<_>>().join(" || char(9) || ");
        let name = &table.name;
        let sql = format!(
            "SELECT group_concat(line, char(10)) FROM \
             (SELECT {line} AS line FROM {name} WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid)"
        );
        let last = format!("SELECT coalesce(max(rowid), 0) FROM {name}");
        let last: i64 = sqlx::query_scalar(AssertSqlSafe(last))
            .fetch_one(&mut self.db)
            .await?;
        let mut from = 0;
        while from < last {
            let until = from.saturating_add(ROWS_PER_CHUNK);
            let query = sqlx::query(AssertSqlSafe(sql.clone()));
            let row = query.bind(from).bind(until).fetch_one(&mut self.db).await?;
            if let Some(chunk) = row.try_get_unchecked::<Option<Vec<u8>>, _>(0)? {
                lines.write_all(&chunk)?;
                lines.write_all(b"\n")?;
            }
            from = until;
        }
        lines.flush()?;
        Ok(())
    }
}

/// The expression that gives a column as the servers read it.
fn cell(column: &Column, prefix: &str) -> String {
    let name = &column.name;
    let text = match &column.form {
        Form::Integer => format!("CAST({name} AS TEXT)"),
        Form::Bytes => format!("'{prefix}' || hex({name})"),
        Form::Text(_) => {
            format!(r"replace(replace(replace({name}, '\', '\\'), char(9), '\t'), char(10), '\n')")
        }
    };
    // Some functions make a text of what is no value.
    format!(r"CASE WHEN {name} IS NULL THEN '\N' ELSE {text} END")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_a_cell_holds_leaves_as_one_line_of_its_row() {
        let folder = tempfile::tempdir().unwrap();
        let (place, lines) = (folder.path().join("x.db"), folder.path().join("lines"));
        let options = SqliteConnectOptions::new()
            .filename(&place)
            .create_if_missing(true);
        let mut db = options.connect().await.unwrap();
        for sql in [
            "CREATE TABLE T (A INTEGER, B CHAR(6), C VARCHAR(9))",
            "CREATE INDEX I ON T (A)",
            "INSERT INTO T VALUES (7, 'x  ', CAST(x'd5c5' AS TEXT)), (NULL, NULL, NULL)",
            r"INSERT INTO T VALUES (-1, 'a' || char(9) || '\N' || char(10) || 'b', '')",
        ] {
            sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
        }
        let mut store = Store::open(&place).await.unwrap();
        let tables = store.tables(|table, column| (table, column) == ("T", "C"));
        let tables = tables.await.unwrap();
        assert_eq!(tables.len(), 1);
        let forms: Vec<_> = tables[0]
            .columns
            .iter()
            .map(|one| one.form.clone())
            .collect();
        let text = Form::Text("CHAR(6)".to_owned());
        assert_eq!(forms, [Form::Integer, text, Form::Bytes]);
        assert_eq!(tables[0].indexes, ["CREATE INDEX I ON T (A)"]);
        store.write(&tables[0], "0x", &lines).await.unwrap();
        let written = std::fs::read_to_string(&lines).unwrap();
        assert_eq!(
            written,
            "7\tx  \t0xD5C5\n\\N\t\\N\t\\N\n-1\ta\\t\\\\N\\nb\t0x\n"
        );
    }
}
