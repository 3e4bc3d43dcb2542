//! What an officer is asked to sign: the questions of one approval, what is shown of each, and the
//! tree over them. Made once, when the question is prepared; what is asked later must be what
//! stands here.

use std::collections::BTreeSet;

use catalog::ItemNo;
use policies::{
    ApprovalStatement, ApprovalTree, ApprovedLine, Basis, Flow, FlowId, MatterNo, Mode,
    NONCE_BYTES, Question, SignedApproval, VerdictId, shown_digest,
};
use ring::rand::SecureRandom as _;
use time::OffsetDateTime;
use wire::{RefusalCode, v1};

use super::approvals::Approver;
use super::question::Asked;
use super::{Asker, OpenCase, statement};
use crate::shown;
use crate::translate::LocalCase;

/// The questions of one approval.
#[derive(Debug)]
pub(crate) struct Sheet {
    terms: Terms,
    nonce: [u8; NONCE_BYTES],
    lines: Vec<SheetLine>,
    tree: ApprovalTree,
}

/// What all its questions have in common, which the officer signs in the clear.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Terms {
    pub(crate) case_no: String,
    pub(crate) flow: FlowId,
    flow_digest: [u8; 32],
    pub(crate) matter: MatterNo,
    pub(crate) basis: Basis,
    pub(crate) asker: String,
    pub(crate) mode: Mode,
    pub(crate) items: BTreeSet<ItemNo>,
    gives: BTreeSet<ItemNo>,
    pub(crate) verdicts: BTreeSet<VerdictId>,
}

/// One question.
pub(crate) struct SheetLine {
    /// Number of the party.
    pub(crate) line: usize,
    pub(crate) question: [u8; 32],
    pub(crate) salt: [u8; 32],
    /// What the officer is shown of the subject: masked.
    pub(crate) shown: String,
}

/// Shows nothing of a subject.
impl std::fmt::Debug for SheetLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SheetLine({})", self.line)
    }
}

/// A sheet that is being filled.
#[derive(Debug)]
pub(crate) struct Drafting {
    terms: Option<Terms>,
    nonce: [u8; NONCE_BYTES],
    lines: Vec<SheetLine>,
}

impl Drafting {
    /// An empty sheet.
    ///
    /// # Errors
    /// The random generator failed.
    pub(crate) fn new(asker: &Asker) -> Result<Self, RefusalCode> {
        let mut nonce = [0; NONCE_BYTES];
        let drawn = asker.random.fill(&mut nonce);
        drawn.map_err(|_| RefusalCode::LocalSource)?;
        Ok(Self {
            terms: None,
            nonce,
            lines: Vec::new(),
        })
    }

    /// Adds the question about one party.
    pub(crate) fn add(
        &mut self,
        asker: &Asker,
        open: &OpenCase,
        flow: &Flow,
        case: &LocalCase,
        (line, asked): (usize, &Asked),
    ) -> Result<(), RefusalCode> {
        let question = *asked.question.digest();
        self.lines.push(SheetLine {
            line,
            question,
            salt: asker.tag_key.approval_salt(&self.nonce, &question),
            shown: asked.shown.clone(),
        });
        let terms = Terms {
            case_no: case.case_no.clone(),
            flow: open.flow,
            flow_digest: *asked.question.flow_digest(),
            matter: open.matter,
            basis: statement::basis(flow, case)?,
            asker: open.operator.clone(),
            mode: asked.question.mode(),
            items: items_of(&asked.question),
            gives: asked.question.gives().clone(),
            verdicts: asked.question.verdicts().clone(),
        };
        // One signature over all of them says what each asks.
        if *self.terms.get_or_insert_with(|| terms.clone()) == terms {
            Ok(())
        } else {
            Err(RefusalCode::CaseQuestion)
        }
    }

    pub(crate) fn finish(self) -> Result<Sheet, RefusalCode> {
        let leaves = self.lines.iter().zip(0..).map(|(line, index)| {
            let line = line.approved();
            line.leaf(&self.nonce, index)
        });
        let tree = ApprovalTree::over(leaves.collect()).ok_or(RefusalCode::ListTooLong)?;
        Ok(Sheet {
            terms: self.terms.ok_or(RefusalCode::CaseSubject)?,
            nonce: self.nonce,
            lines: self.lines,
            tree,
        })
    }
}

impl SheetLine {
    fn approved(&self) -> ApprovedLine {
        ApprovedLine {
            question: self.question,
            shown: shown_digest(&self.salt, &self.shown),
        }
    }
}

impl Sheet {
    pub(crate) fn terms(&self) -> &Terms {
        &self.terms
    }

    pub(crate) fn lines(&self) -> &[SheetLine] {
        &self.lines
    }

    /// What this officer signs.
    pub(crate) fn statement(
        &self,
        node: &str,
        approver: &Approver,
        (from, until): (OffsetDateTime, OffsetDateTime),
    ) -> ApprovalStatement {
        let terms = self.terms.clone();
        ApprovalStatement {
            node: node.to_owned(),
            case_no: terms.case_no,
            flow: terms.flow,
            flow_digest: terms.flow_digest,
            matter: terms.matter,
            basis: terms.basis,
            asker: terms.asker,
            operator: approver.operator.clone(),
            counter: approver.counter.clone(),
            system: approver.system.clone(),
            mode: terms.mode,
            items: terms.items,
            gives: terms.gives,
            verdicts: terms.verdicts,
            lines: self.tree.lines(),
            root: self.tree.root(),
            issued_at: from,
            expires_at: until,
            nonce: self.nonce,
        }
    }

    /// The approval of one question, at its place.
    ///
    /// # Errors
    /// What is to be asked is not what stands here: the case has changed since.
    pub(crate) fn place(
        &self,
        line: usize,
        asked: &Asked,
        basis: &Basis,
        signed: &Signed,
    ) -> Result<v1::SignedApproval, RefusalCode> {
        let mut lines = self.lines.iter().zip(0_u32..);
        let place = lines.find(|(at, _)| at.line == line);
        let (at, index) = place.ok_or(RefusalCode::CaseQuestion)?;
        let is_same = at.question == *asked.question.digest() && *basis == self.terms.basis;
        let path = self.tree.path(index).filter(|_| is_same);
        Ok(shown::to_wire(SignedApproval {
            body: signed.body.clone(),
            signature: signed.signature.clone(),
            signer: signed.by.operator.clone(),
            index,
            path: path.ok_or(RefusalCode::CaseQuestion)?,
            shown: at.approved().shown,
        }))
    }
}

/// A statement that an officer has signed.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) by: Approver,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

fn items_of(question: &Question) -> BTreeSet<ItemNo> {
    question.wants().values().flatten().copied().collect()
}
