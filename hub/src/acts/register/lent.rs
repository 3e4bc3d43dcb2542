//! The limits that stand for a while.

use wire::{RefusalCode, Temporary};

use super::{Recorded, Register};
use crate::acts::act::Target;

impl Recorded {
    /// The limit that it sets, if it sets one.
    #[must_use]
    pub fn temporary(&self) -> Option<Temporary> {
        let Target::Limit(name, whom) = &self.target else {
            return None;
        };
        if !self.act.sets_a_limit() {
            return None;
        }
        let value = self.entry.value?;
        Some(Temporary {
            name: *name,
            whom: whom.clone(),
            value,
            until: self.until?,
            raises: value > self.entry.reviewed?,
        })
    }
}

impl Register {
    /// The limits that stand, oldest first.
    #[must_use]
    pub fn limits(&self) -> Vec<Temporary> {
        self.standing().filter_map(Recorded::temporary).collect()
    }

    /// Whether a limit may stand beside or in place of those that do. In place of one for the same
    /// only where that takes nothing back: it is no higher, and lasts no shorter where the one that
    /// stands lowers the reviewed limit.
    ///
    /// # Errors
    /// Why not.
    pub fn check_limit(&self, one: &Temporary, most: usize) -> Result<(), RefusalCode> {
        let limits = self.limits();
        let same = |old: &&Temporary| (old.name, &old.whom) == (one.name, &one.whom);
        match limits.iter().find(same) {
            None if limits.len() >= most => Err(RefusalCode::ActMany),
            Some(old) if one.value > old.value => Err(RefusalCode::ActStands),
            Some(old) if !old.raises && one.until < old.until => Err(RefusalCode::ActStands),
            None | Some(_) => Ok(()),
        }
    }

    /// The act for which a key was used, where it set this limit to this value. Who asks again is
    /// answered as before, whatever is in force meanwhile.
    #[must_use]
    pub(in crate::acts) fn set_before(
        &self,
        (staff, key): (&str, &str),
        target: &Target,
        value: u32,
    ) -> Option<&Recorded> {
        let before = self.keys.get(&(staff.to_owned(), key.to_owned()))?;
        let is_same = before.act.sets_a_limit()
            && before.entry.of.is_none()
            && before.target == *target
            && before.entry.value == Some(value);
        is_same.then_some(before)
    }
}
