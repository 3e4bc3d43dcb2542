//! A center that holds something and gives no details, since nothing it holds concerns the flow. It
//! is an answer only where the flow asks for a hit first, and only if it says nothing else.

use catalog::Defect;
use wire::convert::{Note, WireError};
use wire::v1;

use super::Terms;

/// Whether a reply holds its records back, as the flow lets that node do.
pub(super) fn is_held_back(
    terms: &Terms<'_>,
    node: &str,
    reply: &v1::ClassReply,
    (records, notes): (usize, &[Note]),
) -> Result<bool, WireError> {
    if !reply.held_back {
        return Ok(false);
    }
    let asks_itself = terms.permit.asking_node() == node;
    let may_hold_back = terms.flow.holds_back(terms.permit.mode(), asks_itself);
    let is_answer = matches!(reply.outcome(), v1::Outcome::Answered | v1::Outcome::Stale);
    // That its catalog lacks an item tells nothing about a value.
    let is_of_versions = |note: &Note| note.defect == Defect::UnknownItem;
    let says_nothing_else =
        records == 0 && reply.verdicts.is_empty() && notes.iter().all(is_of_versions);
    if may_hold_back && is_answer && reply.found && says_nothing_else {
        Ok(true)
    } else {
        Err(WireError::Missing("records held back"))
    }
}
