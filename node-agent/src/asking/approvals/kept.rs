//! What officers were given to sign, until one of them has: a few statements an approval.

use super::Approver;

/// Statements of one approval at once; of more, the oldest goes.
const STATEMENTS_MAX: usize = 4;

/// The statements of one approval, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<(Approver, Vec<u8>)>);

impl Kept {
    /// What the same officer was given before, at the same place: a second look must not make the
    /// first one's signature worthless.
    pub(super) fn find(&self, approver: &Approver) -> Option<Vec<u8>> {
        let given = self.0.iter().find(|(to, _)| to == approver);
        given.map(|(_, body)| body.clone())
    }

    pub(super) fn keep(&mut self, approver: Approver, body: Vec<u8>) {
        self.0.retain(|(to, _)| to.operator != approver.operator);
        if self.0.len() >= STATEMENTS_MAX {
            self.0.remove(0);
        }
        self.0.push((approver, body));
    }

    /// What this officer was given last.
    pub(super) fn of(&self, operator: &str) -> Option<(Approver, Vec<u8>)> {
        self.0
            .iter()
            .find(|(to, _)| to.operator == operator)
            .cloned()
    }
}
