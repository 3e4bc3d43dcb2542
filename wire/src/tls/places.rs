//! Places for handshakes under way, for each address and in all; a part of them is kept for
//! addresses where somebody has proven an identity.

use std::collections::HashMap;
use std::net::IpAddr;

/// This part of the door is kept for known addresses: of the places, and of the pace.
pub(super) const KEPT_PART: u32 = 4;
/// One known address may take this part of the kept places.
const KEPT_SHARES: usize = 8;

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    open: Part,
    kept: Part,
}

#[derive(Debug)]
struct Part {
    all: usize,
    per_address: usize,
    taken: usize,
    /// Bounded by `all`.
    of: HashMap<IpAddr, usize>,
}

/// Which part a place is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Open,
    Kept,
}

impl Places {
    pub(super) fn new(all: usize, per_address: usize) -> Self {
        let kept = all / KEPT_PART as usize;
        Self {
            open: Part::new(all.saturating_sub(kept), per_address),
            kept: Part::new(kept, kept.div_ceil(KEPT_SHARES)),
        }
    }

    /// Takes a place, if there is one.
    pub(super) fn enter(&mut self, address: IpAddr, is_known: bool) -> Option<Taken> {
        if self.open.enter(address) {
            Some(Taken::Open)
        } else if is_known && self.kept.enter(address) {
            Some(Taken::Kept)
        } else {
            None
        }
    }

    /// Gives it back.
    pub(super) fn leave(&mut self, address: IpAddr, taken: Taken) {
        match taken {
            Taken::Open => self.open.leave(address),
            Taken::Kept => self.kept.leave(address),
        }
    }
}

impl Part {
    fn new(all: usize, per_address: usize) -> Self {
        Self {
            all,
            per_address,
            taken: 0,
            of: HashMap::new(),
        }
    }

    fn enter(&mut self, address: IpAddr) -> bool {
        let of_address = self.of.get(&address).copied().unwrap_or(0);
        if of_address >= self.per_address || self.taken >= self.all {
            return false;
        }
        self.taken = self.taken.saturating_add(1);
        self.of.insert(address, of_address.saturating_add(1));
        true
    }

    fn leave(&mut self, address: IpAddr) {
        self.taken = self.taken.saturating_sub(1);
        match self.of.get(&address).copied() {
            Some(count) if count > 1 => {
                self.of.insert(address, count.saturating_sub(1));
            }
            _ => {
                self.of.remove(&address);
            }
        }
    }
}
