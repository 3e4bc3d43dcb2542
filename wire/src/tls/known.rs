//! Where proven peers came from lately. A part of the door is kept for those addresses, so that a
//! flood from many others does not shut out a node that has lost its connection.
//!
//! Only an identity that the authority has signed is remembered, each with a few addresses: nobody
//! can push another's out.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use tokio::time::Instant;

use super::pace::{Allowance, full};
use crate::identity::PeerUri;

/// Identities remembered; no star has so many.
const IDENTITIES_MAX: usize = 1_024;
/// Addresses of one identity, the latest ones.
const ADDRESSES_EACH_MAX: usize = 4;
/// One address may take this part of the pace that is kept for all.
pub(super) const SHARES: u32 = 8;

/// The table.
#[derive(Debug)]
pub(super) struct Known {
    per_second: u32,
    of: HashMap<PeerUri, VecDeque<IpAddr>>,
    addresses: HashMap<IpAddr, Seen>,
}

#[derive(Debug)]
struct Seen {
    identities: usize,
    allowance: Allowance,
}

impl Known {
    /// An empty table, where `kept` handshakes a second are kept for all in it.
    pub(super) fn new(kept: u32) -> Self {
        Self {
            per_second: kept.div_ceil(SHARES),
            of: HashMap::new(),
            addresses: HashMap::new(),
        }
    }

    /// Remembers that this identity was proven from there.
    pub(super) fn note(&mut self, who: PeerUri, address: IpAddr, now: Instant) {
        if self.of.len() >= IDENTITIES_MAX && !self.of.contains_key(&who) {
            return;
        }
        let of = self.of.entry(who).or_default();
        if let Some(nth) = of.iter().position(|known| *known == address) {
            of.remove(nth);
            of.push_back(address);
            return;
        }
        of.push_back(address);
        let oldest = (of.len() > ADDRESSES_EACH_MAX).then(|| of.pop_front());
        let per_second = self.per_second;
        let seen = self.addresses.entry(address).or_insert_with(|| Seen {
            identities: 0,
            allowance: full(per_second, now),
        });
        seen.identities = seen.identities.saturating_add(1);
        if let Some(oldest) = oldest.flatten() {
            self.forget(oldest);
        }
    }

    /// What of the kept pace is for this address; nothing where nobody has proven anything there.
    pub(super) fn allowance(&mut self, address: IpAddr) -> Option<&mut Allowance> {
        self.addresses
            .get_mut(&address)
            .map(|seen| &mut seen.allowance)
    }

    fn forget(&mut self, address: IpAddr) {
        let Some(seen) = self.addresses.get_mut(&address) else {
            return;
        };
        seen.identities = seen.identities.saturating_sub(1);
        if seen.identities == 0 {
            self.addresses.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::PeerKind;

    fn node(n: usize) -> PeerUri {
        PeerUri::new("tianshu.test", PeerKind::Node, &format!("node-{n}")).unwrap()
    }

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[tokio::test(start_paused = true)]
    async fn one_identity_pushes_out_only_its_own_addresses() {
        let now = Instant::now();
        let mut known = Known::new(8);
        known.note(node(1), address(1), now);
        known.note(node(2), address(2), now);
        for n in 1..=1_000 {
            known.note(node(2), address(n), now);
        }
        assert!(known.allowance(address(1)).is_some(), "the other's");
        assert!(known.allowance(address(2)).is_none());
        assert!(known.allowance(address(996)).is_none());
        let latest = (997..=1_000).all(|n| known.allowance(address(n)).is_some());
        assert!(latest);
        assert_eq!(known.addresses.len(), 1 + ADDRESSES_EACH_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_keeps_its_size() {
        let now = Instant::now();
        let mut known = Known::new(8);
        for n in 0..2 * IDENTITIES_MAX {
            known.note(node(n), address(u32::try_from(n).unwrap()), now);
        }
        assert_eq!(known.of.len(), IDENTITIES_MAX);
        assert_eq!(known.addresses.len(), IDENTITIES_MAX);
    }
}
