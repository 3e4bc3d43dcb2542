//! The manifest of a volume: which entries, by which file, where they stand in the log's tree, and
//! which checkpoint of the log covers them. A note, signed by the log; the checkpoint stands in it
//! word for word, with all its signatures.

use std::fmt;

use crate::digest::Digest;
use crate::note::{Note, NoteFault, NoteKey, NoteSigner, SignatureKind, SignedCheckpoint, decimal};
use crate::tree::{Frontier, verify_consistency};
use crate::volume::fault::VolumeError;

const VERSION_LINE: &str = "tianshu/audit/volume/v1";
/// Digits of a file name: as many as the largest index has, so that names sort like indexes.
const NAME_DIGITS: usize = 20;
/// How the names of a volume's files end.
pub(crate) const MANIFEST_SUFFIX: &str = ".manifest";
pub(crate) const ENTRIES_SUFFIX: &str = ".volume";
pub(crate) const EXPIRED_SUFFIX: &str = ".expired";
pub(crate) const RECEIPT_SUFFIX: &str = ".expired.receipt";

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the log.
    pub origin: String,
    /// Number of entries.
    pub count: u64,
    /// When the first of them was written, in seconds since 1970.
    pub from: i64,
    /// When the last of them was written.
    pub until: i64,
    /// Length of the file of the entries.
    pub bytes: u64,
    /// SHA-256 of that file.
    pub sha256: Digest,
    /// The tree before the first entry.
    pub before: Frontier,
    /// The tree after the last entry.
    pub after: Frontier,
    /// That the tree of the checkpoint begins with the tree after the last entry.
    pub path: Vec<Digest>,
    /// A checkpoint of the log over all entries.
    pub checkpoint: SignedCheckpoint,
}

impl Manifest {
    /// Index of the first entry.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.before.size()
    }

    /// Index behind the last entry.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.after.size()
    }

    /// Name of a file of the volume that begins with `first`.
    pub(crate) fn name(first: u64, suffix: &str) -> String {
        format!("{first:0NAME_DIGITS$}{suffix}")
    }

    /// Where the volume begins that a file name claims to be of.
    pub(crate) fn first_of(name: &str, suffix: &str) -> Option<u64> {
        let first = name.strip_suffix(suffix)?.parse().ok()?;
        (Self::name(first, suffix) == name).then_some(first)
    }

    /// Name of the manifest.
    #[must_use]
    pub fn file(&self) -> String {
        Self::name(self.first(), MANIFEST_SUFFIX)
    }

    /// Name of the file of the entries.
    #[must_use]
    pub fn entries_file(&self) -> String {
        Self::name(self.first(), ENTRIES_SUFFIX)
    }

    /// The signed file.
    pub(crate) fn sign(&self, signer: &NoteSigner) -> Result<Note, VolumeError> {
        let text = self.to_string();
        let signature = signer.sign(&text, 0);
        let note = Note::new(text, vec![signature]);
        note.ok_or_else(|| VolumeError::Unsignable { file: self.file() })
    }

    /// Reads a manifest. With `keys`, the log must have signed it and its checkpoint with one of
    /// them.
    ///
    /// # Errors
    /// It is damaged, not believed, of another name, or not in the tree of its own checkpoint.
    pub(crate) fn read(file: &str, bytes: &[u8], keys: &[NoteKey]) -> Result<Self, VolumeError> {
        let damaged = || VolumeError::Damaged {
            file: file.to_owned(),
        };
        let note = Note::parse(bytes).ok_or_else(damaged)?;
        let manifest = Self::parse(note.text()).ok_or_else(damaged)?;
        if !keys.is_empty() {
            let signed = manifest.is_signed(&note, keys);
            signed.map_err(|fault| VolumeError::Note {
                file: file.to_owned(),
                fault,
            })?;
        }
        if manifest.file() != file {
            return Err(VolumeError::Misnamed {
                file: file.to_owned(),
                first: manifest.first(),
            });
        }
        let head = &manifest.checkpoint.checkpoint;
        let (old, new) = (manifest.after.root(), (head.size, &head.root));
        let covered = verify_consistency((manifest.end(), &old), new, &manifest.path);
        if head.origin != manifest.origin || !covered {
            return Err(VolumeError::Tree {
                file: file.to_owned(),
            });
        }
        Ok(manifest)
    }

    fn is_signed(&self, note: &Note, keys: &[NoteKey]) -> Result<(), NoteFault> {
        let own = |key: &&NoteKey| key.kind() == SignatureKind::Plain && key.name() == self.origin;
        if !note.signed_by(keys)?.iter().any(own) {
            return Err(NoteFault::Origin);
        }
        self.checkpoint.verify(keys)
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n').peekable();
        if lines.next()? != VERSION_LINE {
            return None;
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let origin = field("origin")?.to_owned();
        let first = decimal(field("first")?)?;
        let count = decimal(field("count")?)?;
        let from: i64 = field("from")?.parse().ok()?;
        let until: i64 = field("until")?.parse().ok()?;
        let bytes = decimal(field("bytes")?)?;
        let sha256 = Digest::from_hex(field("sha256")?)?;
        let root = Digest::from_base64(field("root")?)?;
        let mut hashes = |name: &str| {
            let mut read = Vec::new();
            while let Some(hash) = lines.next_if(|line| line.starts_with(name)) {
                let hash = hash.strip_prefix(name)?.strip_prefix(' ')?;
                read.push(Digest::from_base64(hash)?);
            }
            Some(read)
        };
        let before = Frontier::of(first, hashes("before")?)?;
        let after = Frontier::of(first.checked_add(count)?, hashes("after")?)?;
        let path = hashes("path")?;
        let manifest = Self {
            origin,
            count,
            from,
            until,
            bytes,
            sha256,
            before,
            after,
            path,
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes()).ok()?,
        };
        let sound = count > 0 && from <= until && manifest.after.root() == root;
        (sound && manifest.to_string() == text).then_some(manifest)
    }
}

/// The signed text.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            count,
            from,
            until,
            bytes,
            sha256,
            before,
            after,
            path,
            checkpoint,
        } = self;
        writeln!(f, "{VERSION_LINE}\norigin {origin}")?;
        writeln!(f, "first {}\ncount {count}", before.size())?;
        writeln!(f, "from {from}\nuntil {until}")?;
        writeln!(f, "bytes {bytes}\nsha256 {sha256}")?;
        writeln!(f, "root {}", after.root().to_base64())?;
        for (name, hashes) in [
            ("before", before.nodes()),
            ("after", after.nodes()),
            ("path", path),
        ] {
            for hash in hashes {
                writeln!(f, "{name} {}", hash.to_base64())?;
            }
        }
        write!(f, "\n{}", checkpoint.note)
    }
}
