//! One table of a local SQLite system, collected row by row and written in large chunks. It refuses
//! to build a statement from a value: rows travel as one bound text.

use sqlx::sqlite::SqliteConnection;

use super::super::calendar::{Month, dashed};
use super::Tally;

/// Rows bound in one statement.
const ROWS_PER_CHUNK: usize = 4_000;

/// How a table is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Name and type of every column, in the order in which rows are filled.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// Columns with an index of their own.
    pub(crate) indexed: &'static [&'static str],
}

/// The rows of one table while they are collected.
#[derive(Debug)]
pub(crate) struct Sheet {
    table: &'static Table,
    chunks: Vec<String>,
    open: String,
    rows_open: usize,
    cells: usize,
    rows: u64,
}

impl Sheet {
    /// An empty sheet for `table`.
    pub(crate) fn new(table: &'static Table) -> Self {
        let (chunks, open) = (Vec::new(), String::new());
        Self {
            table,
            chunks,
            open,
            rows_open: 0,
            cells: 0,
            rows: 0,
        }
    }

    fn separate(&mut self) {
        if self.cells == 0 {
            self.open
                .push_str(if self.rows_open == 0 { "[[" } else { ",[" });
        } else {
            self.open.push(',');
        }
        self.cells += 1;
    }

    /// A text cell.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.padded(text, 0)
    }

    /// A text cell filled with blanks up to `width` characters, as fixed CHAR columns are.
    pub(crate) fn padded(&mut self, text: &str, width: usize) -> &mut Self {
        self.separate();
        self.open.push('"');
        for symbol in text.chars() {
            if matches!(symbol, '"' | '\\') {
                self.open.push('\\');
            }
            self.open.push(symbol);
        }
        for _ in text.chars().count()..width {
            self.open.push(' ');
        }
        self.open.push('"');
        self
    }

    /// A text cell, NULL when there is none.
    pub(crate) fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    /// An integer cell.
    pub(crate) fn int(&mut self, number: i64) -> &mut Self {
        self.raw(&number.to_string())
    }

    /// Fen as yuan with two decimals.
    pub(crate) fn yuan(&mut self, fen: i64) -> &mut Self {
        let sign = if fen < 0 { "-" } else { "" };
        let fen = fen.unsigned_abs();
        self.raw(&format!("\"{sign}{}.{:02}\"", fen / 100, fen % 100))
    }

    /// A date `2019-07-05`, the sentinel when there is none.
    pub(crate) fn date(&mut self, date: Option<time::Date>, sentinel: &str) -> &mut Self {
        match date {
            Some(date) => self.text(&dashed(date)),
            None => self.text(sentinel),
        }
    }

    /// A month `201907`.
    pub(crate) fn month(&mut self, month: Month) -> &mut Self {
        self.text(&month.compact())
    }

    /// The time a row was last changed: the date with a clock time that depends on the row.
    pub(crate) fn stamp(&mut self, date: time::Date) -> &mut Self {
        let at = self.rows;
        let text = format!(
            "{} {:02}:{:02}:{:02}",
            dashed(date),
            9 + at % 9,
            at % 60,
            at % 59
        );
        self.text(&text)
    }

    fn raw(&mut self, json: &str) -> &mut Self {
        self.separate();
        self.open.push_str(json);
        self
    }

    /// Ends the row.
    pub(crate) fn end(&mut self) {
        debug_assert_eq!(
            self.cells,
            self.table.columns.len(),
            "cells of {}",
            self.table.name
        );
        self.open.push(']');
        self.cells = 0;
        self.rows += 1;
        self.rows_open += 1;
        if self.rows_open >= ROWS_PER_CHUNK {
            self.close_chunk();
        }
    }

    fn close_chunk(&mut self) {
        if self.rows_open > 0 {
            self.open.push(']');
            self.chunks.push(std::mem::take(&mut self.open));
            self.rows_open = 0;
        }
    }

    /// Creates the table, fills it and builds its indexes.
    pub(crate) async fn write(
        mut self,
        db: &mut SqliteConnection,
        tally: &mut Tally<'_>,
    ) -> Result<(), sqlx::Error> {
        self.close_chunk();
        let table = self.table;
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        run(
            db,
            format!("CREATE TABLE {} ({})", table.name, columns.join(", ")),
        )
        .await?;
        let cells: Vec<String> = (0..table.columns.len())
            .map(|at| format!("json_extract(value, '$[{at}]')"))
            .collect();
        let insert = format!(
            "INSERT INTO {} SELECT {} FROM json_each(?1)",
            table.name,
            cells.join(", ")
        );
        for chunk in self.chunks {
            let insert = sqlx::AssertSqlSafe(insert.clone());
            let done = sqlx::query(insert).bind(chunk).execute(&mut *db).await?;
            tally.add(done.rows_affected());
        }
        for column in table.indexed {
            let name = format!("IX_{}_{column}", table.name);
            run(
                db,
                format!("CREATE INDEX {name} ON {} ({column})", table.name),
            )
            .await?;
        }
        Ok(())
    }
}

/// Runs a statement put together from constants of this crate.
pub(crate) async fn run(db: &mut SqliteConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(db)
        .await
        .map(|_| ())
}
