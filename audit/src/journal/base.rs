//! Where a journal begins whose first segments lie in an archive: index, chain hash and frontier
//! of the tree at that index. It is on disk before any segment before it is removed, so that a
//! crash between the two leaves a log that opens, and the segments that were not removed yet.
//!
//! It refuses to be guessed: without it a journal begins with its genesis or not at all.

use std::fmt;
use std::io;

use crate::digest::Digest;
use crate::error::{AuditError, Damage, Fault};
use crate::journal::disk::{Access, Disk};
use crate::journal::walk::Cursor;
use crate::note::{NOTE_BYTES_MAX, Note, NoteFault, NoteKey, NoteSigner, SignatureKind, decimal};
use crate::tree::Frontier;

/// File in the folder of the segments.
pub(crate) const BASE_NAME: &str = "base";
/// Before it has its name; removed by the next opening.
const UNFINISHED_NAME: &str = "base.tmp";
const VERSION_LINE: &str = "tianshu/audit/base/v1";

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Name of the log.
    pub origin: String,
    /// Chain hash before the first frame.
    pub chain: Digest,
    /// The tree over everything before; its size is the first index.
    pub edge: Frontier,
    note: Option<Note>,
}

impl Base {
    /// A base that nobody has signed, of a log that was put together from an archive.
    #[must_use]
    pub const fn unsigned(origin: String, chain: Digest, edge: Frontier) -> Self {
        Self {
            origin,
            chain,
            edge,
            note: None,
        }
    }

    /// The same, signed by the log; `None` if no note can hold it.
    #[must_use]
    pub fn signed(mut self, signer: &NoteSigner) -> Option<Self> {
        let text = self.text();
        let signature = signer.sign(&text, 0);
        self.note = Some(Note::new(text, vec![signature])?);
        Some(self)
    }

    /// Index of the first entry of the journal.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.edge.size()
    }

    /// Whether anybody has signed it.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.note.is_some()
    }

    /// Whether the log itself has signed it with one of `keys`.
    ///
    /// # Errors
    /// It has not.
    pub fn verify(&self, keys: &[NoteKey]) -> Result<(), NoteFault> {
        let note = self.note.as_ref().ok_or(NoteFault::Unsigned)?;
        let own = |key: &&NoteKey| key.kind() == SignatureKind::Plain && key.name() == self.origin;
        let signers = note.signed_by(keys)?;
        signers
            .iter()
            .any(own)
            .then_some(())
            .ok_or(NoteFault::Origin)
    }

    pub(crate) const fn cursor(&self) -> Cursor {
        Cursor {
            index: self.edge.size(),
            chain: self.chain,
        }
    }

    fn text(&self) -> String {
        let Self {
            origin,
            chain,
            edge,
            ..
        } = self;
        let nodes = edge.nodes().iter().map(|node| node.to_base64() + "\n");
        let nodes: String = nodes.collect();
        let (index, chain) = (edge.size(), chain.to_base64());
        format!("{VERSION_LINE}\n{origin}\n{index}\n{chain}\n{nodes}")
    }

    /// Reads a base as [`fmt::Display`] writes it; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let note = Note::parse(bytes);
        let text = match &note {
            Some(note) => note.text(),
            None => std::str::from_utf8(bytes).ok()?,
        };
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != VERSION_LINE {
            return None;
        }
        let origin = lines.next()?.to_owned();
        let index = decimal(lines.next()?)?;
        let chain = Digest::from_base64(lines.next()?)?;
        let nodes: Option<Vec<_>> = lines.map(Digest::from_base64).collect();
        let base = Self {
            origin,
            chain,
            edge: Frontier::of(index, nodes?)?,
            note,
        };
        (base.to_string().as_bytes() == bytes).then_some(base)
    }
}

/// The file: a note, or its bare text where nobody has signed.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.note {
            Some(note) => write!(f, "{note}"),
            None => f.write_str(&self.text()),
        }
    }
}

/// The base in the folder of the segments; `None` if the log begins with its first entry.
pub(crate) fn read(disk: &dyn Disk) -> Result<Option<Base>, AuditError> {
    let failed = |e| AuditError::disk("read", BASE_NAME, e);
    let file = match disk.open(BASE_NAME, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mut bytes = vec![0; NOTE_BYTES_MAX];
    let length = file.read_at(&mut bytes, 0).map_err(failed)?;
    bytes.truncate(length);
    let base = Base::parse(&bytes);
    base.map(Some).ok_or_else(|| damage(0, Fault::Base).into())
}

/// Writes the base; durable when this returns. A crash before the rename leaves the base before,
/// a crash after it this one: each stands before the first segment that is certainly there.
pub(crate) fn write(disk: &dyn Disk, base: &Base) -> Result<(), AuditError> {
    let failed = |e| AuditError::disk("write", BASE_NAME, e);
    let bytes = base.to_string().into_bytes();
    let file = disk.create_filled(UNFINISHED_NAME, bytes.len() as u64);
    let file = file.map_err(failed)?;
    file.write_at(&bytes, 0).map_err(failed)?;
    file.sync_data().map_err(failed)?;
    disk.rename(UNFINISHED_NAME, BASE_NAME).map_err(failed)?;
    disk.sync_folder().map_err(failed)
}

pub(crate) fn damage(index: u64, fault: Fault) -> Damage {
    Damage {
        file: BASE_NAME.to_owned(),
        offset: 0,
        index,
        fault,
    }
}
