//! The railway center's file drop: unit, person, account, contribution and withdrawal files of
//! yesterday and today, loan files as of Friday, today's case file. Fen, byte positions, codes of
//! its own. It refuses a layout of variable length.

mod accounts;
mod codes;
mod loans;

use std::fs;
use std::io;
use std::path::Path;

use super::super::calendar::{days_before, friday_of};
use super::super::facts::Facts;
use super::super::node::Node;
use super::Tally;
use super::fixed::FixedFile;

/// This module's center.
const HERE: Node = Node::Tielu;
/// Bytes of a name.
const NAME: usize = 30;

/// The file types that come every day, and of which yesterday's is kept.
pub(in crate::world) const DAILY: [&str; 5] = ["DW", "RY", "GR", "MX", "TQ"];

/// Drops all files into `folder`.
pub(super) fn write(folder: &Path, facts: &Facts, tally: &mut Tally<'_>) -> io::Result<()> {
    let today = facts.as_of;
    let friday = friday_of(today);
    for day in [days_before(today, 1), today] {
        let files = [
            accounts::units(facts, day),
            accounts::people(facts, day),
            accounts::accounts(facts, day),
            accounts::contributions(facts, day),
            accounts::withdrawals(facts, day),
        ];
        for file in files {
            drop_file(folder, file, tally)?;
        }
    }
    drop_file(folder, loans::contracts(facts, friday), tally)?;
    drop_file(folder, loans::accounts(facts, friday), tally)?;
    drop_file(folder, loans::cases(facts, today), tally)
}

fn drop_file(folder: &Path, file: FixedFile, tally: &mut Tally<'_>) -> io::Result<()> {
    tally.add(file.lines());
    fs::write(folder.join(file.name()), file.finish())
}
