//! What databases behind ODBC disagree about: how a session is made read-only, how many rows are
//! asked for, how long texts are cut. A database that is not known here is asked in the words that
//! all understand, and its replies are bounded on this side alone.

use crate::translate::sql_text::{CELL_CHARS_MAX, quoted};

/// The databases that are told apart, by the name the driver gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Postgres,
    MySql,
    Sqlite,
    Oracle,
    Dameng,
    Db2,
    Other,
}

impl Family {
    pub(super) fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let begins = |with: &str| name.starts_with(with);
        match () {
            () if begins("postgresql") => Self::Postgres,
            () if begins("mysql") || begins("mariadb") => Self::MySql,
            () if begins("sqlite") => Self::Sqlite,
            () if begins("oracle") => Self::Oracle,
            () if begins("dm") => Self::Dameng,
            () if begins("db2") => Self::Db2,
            () => Self::Other,
        }
    }

    /// What a session is told when it begins: it only reads, and speaks of numbers and moments as
    /// mappings do.
    pub(super) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &[
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                "SET TIME ZONE 'Asia/Shanghai'",
            ],
            Self::MySql => &[
                "SET SESSION TRANSACTION READ ONLY",
                "SET SESSION time_zone = '+08:00'",
            ],
            Self::Sqlite => &["PRAGMA query_only = 1"],
            Self::Oracle => &[
                "ALTER SESSION SET TIME_ZONE = '+08:00'",
                "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
            ],
            Self::Dameng | Self::Db2 | Self::Other => &[],
        }
    }

    /// What each transaction is told first, where a session cannot be made read-only for good.
    pub(super) fn opening(self) -> Option<&'static str> {
        let is_per_transaction = matches!(self, Self::Oracle | Self::Dameng);
        is_per_transaction.then_some("SET TRANSACTION READ ONLY")
    }

    /// The expression that gives a delivered column, cut at the longest value where it may be long.
    /// PostgreSQL's driver makes days of what is infinite, so that moments are texts there.
    pub(super) fn expression(self, name: &str, quote: Option<char>, held: Held) -> Option<String> {
        let plain = || name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let name = match quote {
            Some(quote) => quoted(name, quote)?,
            None => plain().then(|| name.to_owned())?,
        };
        let longest = CELL_CHARS_MAX + 1;
        Some(match (self, held) {
            (Self::Postgres, Held::Moment) => {
                let here = format!("CAST(t.{name} AS timestamp)");
                format!("CAST(date_trunc('second', {here}) AS text)")
            }
            (Self::Postgres | Self::MySql, Held::LongText | Held::LongBytes)
            | (Self::Oracle, Held::LongText) => format!("SUBSTR(t.{name}, 1, {longest})"),
            _ => format!("t.{name}"),
        })
    }

    /// The statement inside of another one, where it cannot change data, with at most `rows` rows.
    /// No rows are asked for in words that all understand: not every DB2 fetches the first none.
    pub(super) fn wrapped(self, list: &str, inner: &str, rows: usize) -> String {
        let bare = format!("SELECT {list} FROM (\n{inner}\n) t");
        match self {
            Self::Postgres | Self::MySql | Self::Sqlite => format!("{bare} LIMIT {rows}"),
            Self::Oracle | Self::Dameng => format!("{bare} WHERE ROWNUM <= {rows}"),
            Self::Db2 | Self::Other if rows == 0 => format!("{bare} WHERE 1 = 0"),
            Self::Db2 => format!("{bare} FETCH FIRST {rows} ROWS ONLY"),
            Self::Other => bare,
        }
    }
}

/// What a column holds, as far as families give it in different words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    LongText,
    LongBytes,
    Moment,
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_bounds_rows_in_its_own_words() {
        for (name, ending) in [
            ("PostgreSQL", " LIMIT 5"),
            ("SQLite", " LIMIT 5"),
            ("MariaDB", " LIMIT 5"),
            ("Oracle", " WHERE ROWNUM <= 5"),
            ("DM DBMS", " WHERE ROWNUM <= 5"),
            ("DB2/LINUXX8664", " FETCH FIRST 5 ROWS ONLY"),
            ("Something", "SELECT t.A FROM (\nSELECT A FROM T\n) t"),
        ] {
            let text = Family::named(name).wrapped("t.A", "SELECT A FROM T", 5);
            assert!(text.ends_with(ending), "{name}: {text}");
        }
    }

    #[test]
    fn each_family_can_be_asked_for_no_row() {
        for (name, ending) in [
            ("PostgreSQL", " LIMIT 0"),
            ("SQLite", " LIMIT 0"),
            ("Oracle", " WHERE ROWNUM <= 0"),
            ("DB2/LINUXX8664", ") t WHERE 1 = 0"),
            ("Something", ") t WHERE 1 = 0"),
        ] {
            let text = Family::named(name).wrapped("t.A", "SELECT A FROM T", 0);
            assert!(text.ends_with(ending), "{name}: {text}");
        }
    }

    #[test]
    fn names_are_quoted_or_plain() {
        let expression = |name, quote| Family::Db2.expression(name, quote, Held::LongText);
        assert_eq!(
            expression("A\"B", Some('"')).as_deref(),
            Some("t.\"A\"\"B\"")
        );
        assert_eq!(expression("A_1", None).as_deref(), Some("t.A_1"));
        assert_eq!(expression("A B", None), None);
    }
}
