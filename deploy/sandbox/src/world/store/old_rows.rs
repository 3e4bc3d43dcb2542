//! Rows from before a center's migration: names in GBK bytes inside a database that calls itself
//! UTF-8. It refuses names whose GBK bytes are UTF-8 by chance: no reader could tell them from
//! another name.

use encoding_rs::GBK;
use sqlx::sqlite::SqliteConnection;

use super::super::facts::Facts;
use super::super::node::Node;

/// Accounts opened so many years before the world's day are old.
const OLD_AFTER_YEARS: i32 = 15;
/// One of so many old rows was never converted.
const UNCONVERTED_ONE_IN: u64 = 4;

/// Respells the names of some old accounts; `sql` takes the bytes and the account number.
pub(super) async fn respell(
    db: &mut SqliteConnection,
    facts: &Facts,
    node: Node,
    sql: &'static str,
) -> Result<(), sqlx::Error> {
    let old = facts.accounts_at(node).filter(|account| {
        account.opened.year() <= facts.as_of.year() - OLD_AFTER_YEARS
            && account.serial % UNCONVERTED_ONE_IN == 0
    });
    for account in old {
        if let Some(bytes) = gbk(&account.person.name) {
            sqlx::query(sql)
                .bind(bytes)
                .bind(&account.number)
                .execute(&mut *db)
                .await?;
        }
    }
    Ok(())
}

/// The name in GBK; nothing when GBK lacks a character or the bytes would pass for UTF-8.
pub(crate) fn gbk(name: &str) -> Option<Vec<u8>> {
    let (bytes, _, unmappable) = GBK.encode(name);
    (!unmappable && std::str::from_utf8(&bytes).is_err()).then(|| bytes.into_owned())
}
