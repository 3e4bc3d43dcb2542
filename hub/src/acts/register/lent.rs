//! The limits that stand for a while.

use time::OffsetDateTime;
use wire::{RefusalCode, Temporary};

use super::{Recorded, Register};
use crate::acts::act::{Act, Target};

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
            // What one person set never raises, whatever its entry says of the review.
            raises: self.act == Act::RaiseLimit && value > self.entry.reviewed?,
        })
    }
}

impl Register {
    /// The limits that stand, oldest first.
    #[must_use]
    pub fn limits(&self, now: OffsetDateTime) -> Vec<Temporary> {
        self.standing(now).filter_map(Recorded::temporary).collect()
    }

    /// Whether a limit may stand beside or in place of those that do. In place of one for the same
    /// only where that takes nothing back: it is no higher, and lasts no shorter where the one that
    /// stands lowers the reviewed limit.
    ///
    /// # Errors
    /// Why not.
    pub fn check_limit(
        &self,
        one: &Temporary,
        most: usize,
        now: OffsetDateTime,
    ) -> Result<(), RefusalCode> {
        let limits = self.limits(now);
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
        request: (&str, &str),
        target: &Target,
        value: u32,
        now: OffsetDateTime,
    ) -> Option<&Recorded> {
        let before = self.used(request, now)?;
        let is_same = before.act.sets_a_limit()
            && before.entry.of.is_none()
            && before.target == *target
            && before.entry.value == Some(value);
        is_same.then_some(before)
    }
}
