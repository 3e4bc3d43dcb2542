//! Who may begin a handshake now: it takes a place and a part of the pace, of its address and of
//! all. An address is that of one peer: of IPv6 a whole /64.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::accept::AcceptLimits;
use super::known::Known;
use super::pace::{Pace, peer_of};
use super::places::{Places, Taken};
use crate::identity::PeerUri;

/// The entrance. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Entrance(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    known: Known,
    pace: Pace,
    places: Places,
}

impl Entrance {
    pub(super) fn new(limits: &AcceptLimits, now: Instant) -> Self {
        let pace = Pace::new(
            limits.handshakes_per_second,
            limits.handshakes_per_second_per_address,
            now,
        );
        Self(Arc::new(Mutex::new(Inner {
            known: Known::new(pace.kept()),
            pace,
            places: Places::new(limits.handshakes, limits.handshakes_per_address),
        })))
    }

    /// A place for a handshake, if one may begin now.
    pub(super) fn enter(&self, address: IpAddr, now: Instant) -> Option<Slot> {
        let address = peer_of(address);
        let mut inner = self.inner();
        let Inner {
            known,
            pace,
            places,
        } = &mut *inner;
        let of_kept = known.allowance(address);
        let is_known = of_kept.is_some();
        if !pace.admits(address, of_kept, now) {
            return None;
        }
        let taken = places.enter(address, is_known)?;
        drop(inner);
        Some(Slot {
            entrance: self.clone(),
            address,
            taken,
        })
    }

    /// Remembers that somebody has proven who it is from there.
    pub(super) fn proven(&self, who: PeerUri, address: IpAddr, now: Instant) {
        self.inner().known.note(who, peer_of(address), now);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    entrance: Entrance,
    address: IpAddr,
    taken: Taken,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut inner = self.entrance.inner();
        inner.places.leave(self.address, self.taken);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;
    use crate::identity::PeerKind;

    const HONEST: &str = "192.0.2.1";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// One of the addresses of house `house`.
    fn of_house(house: u16, n: u16) -> IpAddr {
        Ipv6Addr::new(0x2001, 0xdb8, 0, house, 0, 0, 0, n).into()
    }

    fn city() -> PeerUri {
        PeerUri::new("tianshu.test", PeerKind::Node, "city").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn one_house_of_many_addresses_takes_one_share() {
        let now = Instant::now();
        let limits = AcceptLimits::default();
        let entrance = Entrance::new(&limits, now);
        let held: Vec<_> = (0..256)
            .filter_map(|n| entrance.enter(of_house(1, n), now))
            .collect();
        assert_eq!(held.len(), limits.handshakes_per_address);
        assert!(entrance.enter(ip(HONEST), now).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn many_houses_leave_a_part_to_the_known_and_none_of_these_takes_it_all() {
        let now = Instant::now();
        let limits = AcceptLimits::default();
        let entrance = Entrance::new(&limits, now);
        entrance.proven(city(), ip(HONEST), now);
        let bad = ip("192.0.2.66");
        let node = PeerUri::new("tianshu.test", PeerKind::Node, "bad").unwrap();
        entrance.proven(node, bad, now);
        let mut held: Vec<_> = (0..1_000)
            .filter_map(|house| entrance.enter(of_house(house, 1), now))
            .collect();
        let kept = limits.handshakes / 4;
        assert_eq!(held.len(), limits.handshakes - kept);
        assert!(entrance.enter(ip("192.0.2.2"), now).is_none(), "a stranger");
        let by_bad = (0..300).filter_map(|_| entrance.enter(bad, now));
        held.extend(by_bad);
        assert_eq!(held.len(), limits.handshakes - kept + kept / 8);
        let honest = (0..8).filter_map(|_| entrance.enter(ip(HONEST), now));
        let honest: Vec<_> = honest.collect();
        assert_eq!(honest.len(), 8);
        drop((held, honest));
        assert!(entrance.enter(ip("192.0.2.2"), now).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_that_is_used_up_has_a_part_for_the_known() {
        let now = Instant::now();
        let entrance = Entrance::new(&AcceptLimits::default(), now);
        entrance.proven(city(), ip(HONEST), now);
        let houses = 0..10_000;
        let begun = houses.filter(|house| entrance.enter(of_house(*house, 1), now).is_some());
        assert_eq!(begun.count(), 300 * 5, "three quarters of five seconds");
        assert!(entrance.enter(ip("192.0.2.2"), now).is_none(), "a stranger");
        let honest = (0..1_000).filter(|_| entrance.enter(ip(HONEST), now).is_some());
        assert_eq!(honest.count(), 13 * 5, "an eighth of what is kept");
    }
}
