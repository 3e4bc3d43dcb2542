//! The result table of an approved list: hashed as it is given out, counted, and signed with this
//! center's case key when the list has ended.

use data_encoding::BASE64;
use policies::ResultTable;
use ring::digest::{Context, SHA256};

use super::words::{ListedLine, TableView};
use crate::asking::{Asker, OpenCase};

/// What has been given out so far.
pub(super) struct Table(Context);

/// How many lines came to what.
pub(super) struct Counts {
    pub(super) lines: usize,
    pub(super) answered: usize,
    pub(super) refused: usize,
    pub(super) not_asked: usize,
}

impl Table {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn add(&mut self, line: &ListedLine) {
        self.0.update(&line.bytes());
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(self.0.clone().finish().as_ref()) {
            *to = *from;
        }
        bytes
    }

    /// None where it cannot be signed; then the table is nobody's word.
    pub(super) fn signed(
        &self,
        asker: &Asker,
        open: &OpenCase,
        counts: &Counts,
    ) -> Option<TableView> {
        let table = ResultTable {
            node: asker.node.clone(),
            case_no: open.case_no.clone(),
            flow: open.flow,
            lines: counts.lines,
            answered: counts.answered,
            refused: counts.refused,
            not_asked: counts.not_asked,
            at: asker.clock.now(),
            sha256: self.digest(),
        };
        let signed = asker.signer.sign_table(&table).ok()?;
        Some(TableView {
            node: table.node,
            body: BASE64.encode(&signed.body),
            signature: BASE64.encode(&signed.signature),
        })
    }
}
