//! The second approver: an officer's own signature over what is asked. It covers the root of a tree
//! over questions, one leaf a line, so that one look may cover a list; a single question is a tree
//! of one leaf.
//!
//! Refuses to read a statement before the officer's signature has been verified, and holds what the
//! officer was shown against the question itself: nobody signs a digest blindly.

use std::fmt;

use ring::digest;
use time::OffsetDateTime;

use crate::case::{CaseAssertion, CaseFault, NONCE_BYTES};
use crate::flow::sha256;
use crate::question::Question;
use crate::subject::equal_in_constant_time;

mod officer;
mod statement;
mod tree;

pub use officer::OfficerKey;
pub use statement::{APPROVAL_BODY_BYTES_MAX, ApprovalStatement};
pub use tree::{ApprovalTree, PATH_HASHES_MAX};

/// Separates what an officer was shown of a subject from any other SHA-256.
const SHOWN_DOMAIN: &[u8] = b"tianshu/approval-shown/v1\0";
/// Separates the leaves from those of any other tree.
const LINE_DOMAIN: &[u8] = b"tianshu/approval-line/v1\0";
/// As RFC 6962 has it: a leaf is never taken for an inner hash.
const LEAF_PREFIX: &[u8] = &[0];

/// An officer's approval as it travels with one question.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SignedApproval {
    /// The statement as JSON.
    pub body: Vec<u8>,
    /// Ed25519 by the officer over domain and body.
    pub signature: Vec<u8>,
    /// Who is said to have signed: only tells which key to try.
    pub signer: String,
    /// Which line of what was approved this question is, from 0.
    pub index: u32,
    /// Hashes from the line to the root.
    pub path: Vec<[u8; 32]>,
    /// What the officer was shown of the subject ([`shown_digest`]).
    pub shown: [u8; 32],
}

impl SignedApproval {
    /// SHA-256 of the statement's bytes, by which logs name it.
    #[must_use]
    pub fn statement_digest(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&self.body);
        sha256(context)
    }
}

impl fmt::Debug for SignedApproval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedApproval({} bytes)", self.body.len())
    }
}

/// An approval whose signature is a designated officer's own and which covers the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub(crate) operator: String,
    pub(crate) issued_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) nonce: [u8; NONCE_BYTES],
    /// What is used up by asking this question once.
    pub(crate) mark: [u8; NONCE_BYTES],
    pub(crate) shown: [u8; 32],
    pub(crate) question: [u8; 32],
    pub(crate) lines: u32,
    /// SHA-256 of the statement's bytes.
    pub(crate) statement: [u8; 32],
    /// The officer's signature over them.
    pub(crate) signature: Vec<u8>,
    pub(crate) is_officer: bool,
}

impl Approval {
    /// The officer.
    #[must_use]
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// When the statement was made.
    #[must_use]
    pub const fn issued_at(&self) -> OffsetDateTime {
        self.issued_at
    }

    /// From when on it is worth nothing.
    #[must_use]
    pub const fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// The nonce of the statement.
    #[must_use]
    pub const fn nonce(&self) -> &[u8; NONCE_BYTES] {
        &self.nonce
    }

    /// What is used up by asking: another one for every line of what was approved.
    #[must_use]
    pub const fn mark(&self) -> &[u8; NONCE_BYTES] {
        &self.mark
    }

    /// Digest of what the officer was shown of the subject; only agents can compute it.
    #[must_use]
    pub const fn shown(&self) -> &[u8; 32] {
        &self.shown
    }

    /// How many lines the officer approved at once.
    #[must_use]
    pub const fn lines(&self) -> u32 {
        self.lines
    }

    /// SHA-256 of the bytes that the officer signed, so that they can be told again from a log.
    #[must_use]
    pub const fn statement(&self) -> &[u8; 32] {
        &self.statement
    }

    /// The officer's signature over those bytes; empty where an approval is only supposed.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether it covers this question.
    pub(crate) fn covers(&self, question: &Question) -> bool {
        equal_in_constant_time(&self.question, question.digest())
    }

    /// A verified signature, held against the case that it came with and the question.
    pub(crate) fn of(
        first: &CaseAssertion,
        signed: &SignedApproval,
        statement: ApprovalStatement,
        question: &Question,
    ) -> Result<Self, CaseFault> {
        let line = ApprovedLine {
            question: *question.digest(),
            shown: signed.shown,
        };
        let leaf = line.leaf(&statement.nonce, signed.index);
        let root = tree::root_of(leaf, signed.index, statement.lines, &signed.path);
        let is_in = root.is_some_and(|root| equal_in_constant_time(&root, &statement.root));
        // Many a system takes `Li` and `li` for one log-in.
        let is_another = !first.operator.eq_ignore_ascii_case(&statement.operator);
        let is_fit = statement.operator == signed.signer
            && is_another
            && statement.is_about(first)
            && statement.tells(question)
            && statement.nonce != first.nonce
            && is_in;
        if !is_fit {
            return Err(CaseFault::BadApproval);
        }
        Ok(Self {
            issued_at: statement.issued_at,
            expires_at: statement.expires_at,
            nonce: statement.nonce,
            mark: mark(&leaf),
            shown: signed.shown,
            question: line.question,
            lines: statement.lines,
            statement: signed.statement_digest(),
            signature: signed.signature.clone(),
            is_officer: true,
            operator: statement.operator,
        })
    }

    /// An approval that nobody has signed, for explanations.
    pub(crate) fn supposed(second: &CaseAssertion, is_officer: bool) -> Self {
        Self {
            operator: second.operator.clone(),
            issued_at: second.issued_at,
            expires_at: second.expires_at,
            nonce: second.nonce,
            mark: second.nonce,
            shown: [0; 32],
            question: second.query_digest,
            lines: 1,
            statement: [0; 32],
            signature: Vec::new(),
            is_officer,
        }
    }
}

/// One question of what is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovedLine {
    /// Digest of the question.
    pub question: [u8; 32],
    /// Digest of what the officer is shown of its subject.
    pub shown: [u8; 32],
}

impl ApprovedLine {
    /// Its leaf under a statement's nonce, at its place.
    #[must_use]
    pub fn leaf(&self, nonce: &[u8; NONCE_BYTES], index: u32) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(LEAF_PREFIX);
        context.update(LINE_DOMAIN);
        context.update(nonce);
        context.update(&index.to_be_bytes());
        context.update(&self.question);
        context.update(&self.shown);
        sha256(context)
    }
}

/// Digest of what an officer is shown of a subject. The salt ([`crate::TagKey::approval_salt`])
/// keeps who lacks it from trying all numbers.
#[must_use]
pub fn shown_digest(salt: &[u8; 32], text: &str) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(SHOWN_DOMAIN);
    context.update(salt);
    context.update(text.as_bytes());
    sha256(context)
}

fn mark(leaf: &[u8; 32]) -> [u8; NONCE_BYTES] {
    let mut mark = [0; NONCE_BYTES];
    for (to, from) in mark.iter_mut().zip(leaf) {
        *to = *from;
    }
    mark
}
