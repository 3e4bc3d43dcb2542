//! The ledger on paper: each entry with its number, leaf hash, receipt and proof, under one signed
//! checkpoint.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::ledger::{about, table};
use super::{Ending, LedgerRow, SubjectLedger, What, words};
use crate::escape::Escaped;
use crate::name::moment;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::Viewer;

/// What is printed.
#[derive(Clone, Debug, Default)]
pub struct PrintedLedger {
    /// The page of the ledger.
    pub ledger: SubjectLedger,
    /// Origin of the log.
    pub log: String,
    /// When, RFC 3339.
    pub at: String,
    /// The checkpoint under which everything was proven.
    pub head: Option<SignedHead>,
    /// Each entry of the page, its outcome among them.
    pub proven: BTreeMap<u64, Proven>,
}

/// A signed checkpoint.
#[derive(Clone, Debug, Default)]
pub struct SignedHead {
    /// Entries under it.
    pub size: u64,
    /// Root hash, as the checkpoint has it.
    pub root: String,
    /// Who has signed.
    pub signers: Vec<String>,
}

/// One entry's place in the log.
#[derive(Clone, Debug, Default)]
pub struct Proven {
    /// Leaf hash.
    pub leaf: String,
    /// Hashes of its path, and whether they lead to the root; none while no checkpoint covers it.
    pub path: Option<(usize, bool)>,
}

pub(super) fn page(viewer: &Viewer, shown: &PrintedLedger) -> Markup {
    let ledger = &shown.ledger;
    let back = format!("/subject/{}", ledger.subject);
    let body = html! {
        p.screen { a href=(back) { (viewer.say(words::BACK)) } }
        (about(viewer, ledger))
        section {
            dl.facts {
                div { dt { (viewer.say(words::PRINTED_BY)) } dd {
                    (Escaped(&viewer.name)) " · " (Escaped(&viewer.serial)) } }
                div { dt { (viewer.say(words::PRINTED_AT)) } dd { (moment(&shown.at)) } }
                div { dt { (viewer.say(words::HEAD)) } dd { (head(viewer, shown)) } }
            }
            p.faint { (viewer.say(words::HOW)) }
        }
        @if ledger.rows.is_empty() {
            section { p { (viewer.say(words::NONE)) } }
        } @else {
            section { (table(viewer, &ledger.rows, true)) }
            section { (places(viewer, shown)) }
        }
    };
    framed(
        viewer,
        Some(Room::Subject),
        viewer.say(words::PRINT_TITLE),
        &body,
    )
}

fn head(viewer: &Viewer, shown: &PrintedLedger) -> Markup {
    html! {
        @match &shown.head {
            Some(head) => {
                (Escaped(&shown.log)) ", " span.number { (head.size) } " "
                (viewer.say(words::HEAD_SIZE)) br;
                (viewer.say(words::ROOT)) " " code { (Escaped(&head.root)) } br;
                (viewer.say(words::SIGNERS)) " " (Escaped(&head.signers.join(", ")))
            }
            None => (viewer.say(words::NO_HEAD)),
        }
    }
}

fn places(viewer: &Viewer, shown: &PrintedLedger) -> Markup {
    let columns = [words::ENTRY, words::RECEIPT, words::PROOF];
    html! {
        table.places {
            caption { (viewer.say(words::ENTRIES_CAPTION)) }
            thead { tr { @for column in columns { th scope="col" { (viewer.say(column)) } } } }
            tbody { @for number in shown.ledger.rows.iter().flat_map(entries) {
                @if let Some(proven) = shown.proven.get(&number) {
                    tr {
                        th scope="row" { span.number { "#" (number) } }
                        td { (Escaped(&shown.log)) " / " (number) br;
                            (viewer.say(words::LEAF)) " " code { (Escaped(&proven.leaf)) } }
                        td { (proof(viewer, number, proven)) }
                    }
                }
            } }
        }
    }
}

fn proof(viewer: &Viewer, number: u64, proven: &Proven) -> Markup {
    html! {
        @match proven.path {
            Some((hashes, true)) => {
                span.state.attached { "✓ " } (viewer.say(words::PROVEN)) br;
                code { "/log/proof/" (number) } " · " (hashes) " " (viewer.say(words::HASHES))
            }
            Some((_, false)) => span.state.tripped { "✕ " (viewer.say(words::NOT_PROVEN)) },
            None => span.state.probing { "… " (viewer.say(words::LATER)) },
        }
    }
}

/// The entries that a row stands for: a decision comes with its outcome.
fn entries(row: &LedgerRow) -> Vec<u64> {
    let ending = match &row.what {
        What::Asked(asked) => match &asked.ending {
            Ending::Sealed { number, .. } | Ending::Abandoned(number) => Some(*number),
            Ending::Open => None,
        },
        What::Refused(_) | What::Looked(_) | What::Exported(_) | What::Unreadable => None,
    };
    [row.number].into_iter().chain(ending).collect()
}
