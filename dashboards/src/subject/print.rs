//! The ledger on paper: each entry with its number, leaf hash, receipt and the whole path to the
//! root of one signed checkpoint, which stands there as it was signed. The entries' own bytes are
//! an annex.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::ledger::{about, table};
use super::{Ending, LedgerRow, SubjectLedger, What, words};
use crate::escape::{Escaped, lines};
use crate::name::moment;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::{Act, Viewer};

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
    /// What the file of these entries and their proofs is called.
    pub annex: String,
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
    /// The signed note, letter by letter.
    pub note: String,
}

/// One entry's place in the log.
#[derive(Clone, Debug, Default)]
pub struct Proven {
    /// Leaf hash.
    pub leaf: String,
    /// Hashes of its path in base64, the lowest first, and whether they lead to the root; none
    /// while no checkpoint covers it.
    pub path: Option<(Vec<String>, bool)>,
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
            @if let Some(head) = &shown.head {
                h2 { (viewer.say(words::NOTE)) }
                pre.note { (lines(&head.note)) }
            }
            h2 { (viewer.say(words::PROVES)) }
            p { (viewer.say(words::PROVES_THAT)) }
            p { (viewer.say(words::PROVES_NOT)) }
            p { (viewer.say(words::ANNEX)) " " (annex(viewer, shown)) }
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

/// The file with exactly these entries, whatever the log has by then.
fn annex(viewer: &Viewer, shown: &PrintedLedger) -> Markup {
    let ledger = &shown.ledger;
    let after = ledger.rows.first().map(|row| row.number.saturating_add(1));
    let to = after.map(|after| format!("/subject/{}/proofs?before={after}", ledger.subject));
    html! {
        @match to.filter(|_| viewer.may(Act::Export)) {
            Some(to) => a href=(to) download { code { (Escaped(&shown.annex)) } },
            None => code { (Escaped(&shown.annex)) },
        }
    }
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
        @match &proven.path {
            Some((hashes, true)) => {
                span.state.attached { "✓ " } (viewer.say(words::PROVEN)) br;
                code { "/log/proof/" (number) } " · " (hashes.len()) " "
                (viewer.say(words::HASHES))
                ol.path { @for hash in hashes { li { code { (Escaped(hash)) } } } }
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
