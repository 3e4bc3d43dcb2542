//! 国管's own database: pinyin columns near the standard, fixed CHAR padded with blanks, lower-case
//! x, months with a dash, 1 and 2 for yes and no, a reversal as a negative row, one load day per
//! table. It refuses loan states that its four codes cannot spell.

mod accounts;
mod loans;
mod tables;

use sqlx::sqlite::SqliteConnection;

use super::super::facts::{Facts, Person};
use super::super::node::Node;
use super::sheet::Sheet;
use super::{Tally, old_rows};

/// This module's center.
const HERE: Node = Node::Guoguan;
/// Width of number columns.
const WIDE: usize = 20;
/// Width of name columns.
const NAME: usize = 30;
/// How an absent date is written.
const NO_DATE: &str = "";

/// Writes a name into an old row, byte by byte.
const OLD_NAME: &str =
    "UPDATE GRZHXX SET XINGMING = CAST(?1 AS TEXT) WHERE GRZH = SUBSTR(?2 || '          ', 1, 20)";

/// Fills 国管's database.
pub(super) async fn write(
    db: &mut SqliteConnection,
    facts: &Facts,
    tally: &mut Tally<'_>,
) -> Result<(), sqlx::Error> {
    let sheets = [
        accounts::units(facts),
        accounts::unit_accounts(facts),
        accounts::people(facts),
        accounts::accounts(facts),
        accounts::withdrawals(facts),
        loans::contracts(facts),
        loans::parties(facts),
        loans::accounts(facts),
        loans::transfers(facts),
        loans::restrictions(facts),
        loans::cases(facts),
        load_log(facts),
    ];
    for sheet in sheets {
        sheet.write(db, tally).await?;
    }
    accounts::details(facts).write(db, tally).await?;
    old_rows::respell(db, facts, HERE, OLD_NAME).await
}

/// One row per table: when its nightly load ended.
fn load_log(facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(&tables::ZYRZ);
    let loaded = format!("{} 00:00:00", super::super::calendar::dashed(facts.as_of));
    for table in tables::LOADED {
        sheet.padded(table, 10).text(&loaded).end();
    }
    sheet
}

/// A person's number as 国管 writes it: a final X in lower case.
fn number(text: &str) -> String {
    if text.len() == 18 {
        text.replace('X', "x")
    } else {
        text.to_owned()
    }
}

fn number_of(person: &Person) -> String {
    number(&person.number)
}

/// Yes is 1, no is 2.
fn flag(value: bool) -> &'static str {
    if value { "1" } else { "2" }
}
