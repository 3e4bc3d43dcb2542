//! What an agent gives an officer to sign: the bytes, and the subjects that they cover. Everything
//! beside these two is ignored, since nobody signs it.

use data_encoding::{BASE64, HEXLOWER};
use policies::{
    ApprovalStatement, ApprovalTree, ApprovedLine, CaseFault, OfficerKey, shown_digest,
};
use serde::Deserialize;
use time::OffsetDateTime;

/// Largest answer that is read: five thousand subjects fit several times over.
pub const PAPER_BYTES_MAX: usize = 4 << 20;

/// Bytes to sign whose meaning was read, and the subjects that they cover.
#[derive(Debug)]
pub struct Paper {
    body: Vec<u8>,
    statement: ApprovalStatement,
    lines: Vec<PaperLine>,
}

/// A subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperLine {
    /// Number of the party, as the agent says: no part of what is signed.
    pub line: usize,
    /// Id type and masked number.
    pub shown: String,
}

/// Why nothing is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaperFault {
    /// It is larger than any honest one.
    #[error("the answer is larger than {PAPER_BYTES_MAX} bytes")]
    TooLarge,
    /// It is no answer to a request for a statement.
    #[error("this is no answer of an agent with something to sign")]
    NoAnswer,
    /// The bytes mean nothing that this program knows.
    #[error("the meaning of the bytes cannot be read: {0}")]
    Unreadable(#[from] CaseFault),
    /// The subjects shown are not those that the bytes cover.
    #[error("the subjects beside the bytes are not those that would be signed for")]
    OtherSubjects,
    /// Nobody would take the signature any more.
    #[error("the statement has expired; fetch it again")]
    Expired,
}

#[derive(Deserialize)]
struct Answer {
    statement: String,
    lines: Vec<AnswerLine>,
}

#[derive(Deserialize)]
struct AnswerLine {
    line: usize,
    question: String,
    salt: String,
    shown: String,
}

impl Paper {
    /// Reads an agent's answer. The subjects are held against the tree in the bytes.
    ///
    /// # Errors
    /// See [`PaperFault`].
    pub fn read(answer: &[u8]) -> Result<Self, PaperFault> {
        if answer.len() > PAPER_BYTES_MAX {
            return Err(PaperFault::TooLarge);
        }
        let answer: Answer = serde_json::from_slice(answer).map_err(|_| PaperFault::NoAnswer)?;
        let body = BASE64.decode(answer.statement.as_bytes());
        let body = body.map_err(|_| PaperFault::NoAnswer)?;
        let statement = ApprovalStatement::decode(&body)?;
        let leaves = answer.lines.iter().zip(0..).map(|(line, index)| {
            let shown = shown_digest(&hash(&line.salt)?, &line.shown);
            let question = hash(&line.question)?;
            Some(ApprovedLine { question, shown }.leaf(&statement.nonce, index))
        });
        let leaves: Option<Vec<_>> = leaves.collect();
        let tree = leaves.and_then(ApprovalTree::over);
        let covers =
            |tree: &ApprovalTree| tree.lines() == statement.lines && tree.root() == statement.root;
        if !tree.as_ref().is_some_and(covers) {
            return Err(PaperFault::OtherSubjects);
        }
        let lines = answer.lines.into_iter().map(|line| PaperLine {
            line: line.line,
            shown: line.shown,
        });
        Ok(Self {
            lines: lines.collect(),
            body,
            statement,
        })
    }

    /// What the bytes say.
    #[must_use]
    pub const fn statement(&self) -> &ApprovalStatement {
        &self.statement
    }

    /// The subjects that they cover.
    #[must_use]
    pub fn lines(&self) -> &[PaperLine] {
        &self.lines
    }

    /// The officer's signature, in base64.
    ///
    /// # Errors
    /// The statement has expired.
    pub fn sign(&self, key: &OfficerKey, now: OffsetDateTime) -> Result<String, PaperFault> {
        if now >= self.statement.expires_at {
            return Err(PaperFault::Expired);
        }
        Ok(BASE64.encode(&key.sign(&self.body)?))
    }
}

fn hash(hex: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}
