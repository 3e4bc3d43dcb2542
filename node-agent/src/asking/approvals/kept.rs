//! What officers were given to sign, until one of them has: a few statements an approval.

use super::Approver;

/// Statements of one approval that one system fetched; of more, its own oldest goes, and never
/// what another system's officer is reading.
const STATEMENTS_OF_SYSTEM_MAX: usize = 4;

/// The statements of one approval, the oldest first: one for each officer, counter and system.
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
        let is_own = |to: &Approver| to.system == approver.system;
        let own = self.0.iter().filter(|(to, _)| is_own(to)).count();
        if own >= STATEMENTS_OF_SYSTEM_MAX
            && let Some(oldest) = self.0.iter().position(|(to, _)| is_own(to))
        {
            self.0.remove(oldest);
        }
        self.0.push((approver, body));
    }

    /// What this officer was given, wherever: which of it was signed, the signature tells.
    pub(super) fn of(&self, operator: &str) -> Vec<(Approver, Vec<u8>)> {
        let given = self.0.iter().filter(|(to, _)| to.operator == operator);
        given.cloned().collect()
    }
}
