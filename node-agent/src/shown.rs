//! What an officer is shown of a subject, and the officer's approval as it travels. Both sides
//! compute the text: the asking one shows it, the answering one holds the officer's signature
//! against the subject that it is asked about.

use std::fmt::Write as _;

use catalog::{Mask, Subject};
use policies::SignedApproval;
use wire::convert::{Measure, Payload};
use wire::limits::{APPROVAL_BYTES_MAX, APPROVAL_PATH_MAX, NAME_BYTES_MAX};
use wire::v1;

/// Id type and masked number, and what verdicts are measured against.
pub(crate) fn text(payload: &Payload) -> String {
    let mut text = match &payload.subject {
        Subject::Person(person) => {
            let masked = Mask::Ends.applied(person.number());
            format!("{} {masked}", person.id_type())
        }
        Subject::Employer(code) => code.to_string(),
        Subject::House(house) => house.number().to_owned(),
    };
    for (verdict, measure) in &payload.measures {
        // Writing to a text cannot fail.
        let _ = match measure {
            Measure::Limit(limit) => write!(text, "; {verdict} {limit}"),
            Measure::Months(from, until) => write!(text, "; {verdict} {from}-{until}"),
        };
    }
    text
}

/// Takes an approval apart; none where a part is too large or no hash.
pub(crate) fn from_wire(approval: &v1::SignedApproval) -> Option<SignedApproval> {
    let is_large = approval.body.len() > APPROVAL_BYTES_MAX
        || approval.signer.len() > NAME_BYTES_MAX
        || approval.path.len() > APPROVAL_PATH_MAX;
    if is_large {
        return None;
    }
    let hash = |bytes: &Vec<u8>| <[u8; 32]>::try_from(bytes.as_slice()).ok();
    Some(SignedApproval {
        body: approval.body.clone(),
        signature: approval.signature.clone(),
        signer: approval.signer.clone(),
        index: approval.index,
        path: approval.path.iter().map(hash).collect::<Option<_>>()?,
        shown: hash(&approval.shown)?,
    })
}

/// The approval as it travels.
pub(crate) fn to_wire(approval: SignedApproval) -> v1::SignedApproval {
    v1::SignedApproval {
        body: approval.body,
        signature: approval.signature,
        signer: approval.signer,
        index: approval.index,
        path: approval.path.iter().map(|hash| hash.to_vec()).collect(),
        shown: approval.shown.to_vec(),
    }
}
