//! The vendor system that the city center and 中直 both run: English abbreviations, blank-padded
//! values, sentinel dates, account numbers kept as integers. It refuses nothing that the vendor's
//! own software would have accepted.

mod accounts;
mod codes;
mod loans;
mod tables;

use sqlx::sqlite::SqliteConnection;

use super::super::facts::Facts;
use super::super::node::Node;
use super::{Tally, old_rows};

/// Writes a name into an old row, byte by byte.
const OLD_NAME: &str =
    "UPDATE INDIACC SET ACCNAME = CAST(?1 AS TEXT) WHERE ACCNUM = CAST(?2 AS INTEGER)";

/// Fills the vendor database of `node`.
pub(super) async fn write(
    db: &mut SqliteConnection,
    facts: &Facts,
    node: Node,
    tally: &mut Tally<'_>,
) -> Result<(), sqlx::Error> {
    let sheets = [
        accounts::units(facts, node),
        accounts::unit_accounts(facts, node),
        accounts::people(facts, node),
        accounts::accounts(facts, node),
        accounts::withdrawals(facts, node),
        loans::contracts(facts, node),
        loans::parties(facts, node),
        loans::accounts(facts, node),
        loans::transfers(facts, node),
        loans::restrictions(facts, node),
        loans::cases(facts, node),
    ];
    for sheet in sheets {
        sheet.write(db, tally).await?;
    }
    accounts::details(facts, node).write(db, tally).await?;
    old_rows::respell(db, facts, node, OLD_NAME).await
}
