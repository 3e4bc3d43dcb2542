//! How fast handshakes may begin, from one address and in all: a handshake costs a signature, and
//! whoever has not proven anything yet must not buy more of them than the door can spare.
//!
//! Values with times going in; the table of addresses is bounded, and those that do not fit share
//! one allowance.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use tokio::time::Instant;

use super::places::KEPT_PART;

/// Addresses with an allowance of their own.
const ADDRESSES_MAX: usize = 4_096;
/// Where there is no room, allowances that are full again are looked for at most so often.
const SWEEP_PAUSE: Duration = Duration::from_millis(100);
/// What may begin at once, in seconds of the pace.
const BURST_SECONDS: u32 = 5;
/// The part of an IPv6 address that is one peer's: a house has a /64.
const IPV6_PREFIX: u128 = !0 << 64;

/// An allowance that fills up by `per_second` until it holds `burst`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// In thousandths, so that slow paces fill up evenly.
    left: u64,
    since: Instant,
    per_second: u64,
    burst: u64,
}

impl Allowance {
    pub(crate) fn full(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = u64::from(burst.max(1)) * 1_000;
        Self {
            left: burst,
            since: now,
            per_second: u64::from(per_second.max(1)),
            burst,
        }
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        match self.left.checked_sub(1_000) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        if millis == 0 {
            return;
        }
        let gained = millis.saturating_mul(self.per_second);
        self.left = self.left.saturating_add(gained).min(self.burst);
        // What is not a whole millisecond counts the next time.
        self.since += Duration::from_millis(millis);
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.left == self.burst
    }
}

/// The pace of all handshakes, and of each address.
#[derive(Debug)]
pub(super) struct Pace {
    per_address: u32,
    all: Allowance,
    /// What is kept for known addresses; of a pace that is too slow to be parted, nothing.
    kept: Option<(u32, Allowance)>,
    /// Of addresses that find no room in the table.
    others: Allowance,
    of: HashMap<IpAddr, Allowance>,
    swept: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: u32, per_address: u32, now: Instant) -> Self {
        let kept = per_second / KEPT_PART;
        Self {
            per_address,
            all: full(per_second.saturating_sub(kept), now),
            kept: (kept > 0).then(|| (kept, full(kept, now))),
            others: full(per_address, now),
            of: HashMap::new(),
            swept: None,
        }
    }

    /// How many a second are kept for known addresses.
    pub(super) fn kept(&self) -> u32 {
        self.kept.map_or(0, |(kept, _)| kept)
    }

    /// Whether a handshake from there may begin now; `of_kept` is what a known address may use of
    /// what is kept.
    pub(super) fn admits(
        &mut self,
        address: IpAddr,
        of_kept: Option<&mut Allowance>,
        now: Instant,
    ) -> bool {
        let own = if self.has_room(address, now) {
            let per_address = self.per_address;
            self.of
                .entry(address)
                .or_insert_with(|| full(per_address, now))
        } else {
            &mut self.others
        };
        // Its own first: whoever is over it takes nothing from the others.
        if own.take(now) && self.all.take(now) {
            return true;
        }
        match (of_kept, &mut self.kept) {
            (Some(own), Some((_, kept))) => own.take(now) && kept.take(now),
            _ => false,
        }
    }

    /// Whether the address has, or can have, an allowance of its own.
    fn has_room(&mut self, address: IpAddr, now: Instant) -> bool {
        if self.of.len() < ADDRESSES_MAX || self.of.contains_key(&address) {
            return true;
        }
        // A flood from new addresses must not make each of them a walk through the table.
        if self.swept.is_some_and(|swept| now < swept + SWEEP_PAUSE) {
            return false;
        }
        self.swept = Some(now);
        self.of.retain(|_, allowance| !allowance.is_full(now));
        self.of.len() < ADDRESSES_MAX
    }
}

pub(super) fn full(per_second: u32, now: Instant) -> Allowance {
    Allowance::full(per_second, per_second.saturating_mul(BURST_SECONDS), now)
}

/// Whose address this is: one peer has all of a /64.
pub(super) fn peer_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & IPV6_PREFIX)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_takes_nothing_from_the_others() {
        let now = Instant::now();
        let mut pace = Pace::new(400, 64, now);
        let admitted = (0..10_000)
            .filter(|_| pace.admits(address(1), None, now))
            .count();
        assert_eq!(admitted, 64 * 5);
        assert!(pace.admits(address(2), None, now));
        let later = now + Duration::from_secs(1);
        let again = (0..10_000)
            .filter(|_| pace.admits(address(1), None, later))
            .count();
        assert_eq!(again, 64);
    }

    #[tokio::test(start_paused = true)]
    async fn all_addresses_together_keep_the_pace_and_the_table_its_size() {
        let now = Instant::now();
        let mut pace = Pace::new(400, 64, now);
        let mut admitted = 0;
        for second in 0..20_u32 {
            let moment = now + Duration::from_secs(second.into());
            let many = (0..20_000).map(|n| address(second * 20_000 + n));
            admitted += many.filter(|n| pace.admits(*n, None, moment)).count();
            assert!(pace.of.len() <= ADDRESSES_MAX);
        }
        assert!(admitted <= 400 * (5 + 20), "{admitted}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_table_is_walked_through_now_and_then() {
        let now = Instant::now();
        let mut pace = Pace::new(1_000_000, 64, now);
        let mut next = 0..;
        let mut fill = |pace: &mut Pace, at| {
            while pace.of.len() < ADDRESSES_MAX {
                pace.admits(address(next.next().unwrap()), None, at);
            }
        };
        fill(&mut pace, now);
        let first = now + Duration::from_millis(50);
        // All have filled up again, and are forgotten for one newcomer.
        assert!(pace.admits(address(u32::MAX), None, first));
        assert_eq!(pace.of.len(), 1);
        fill(&mut pace, first);
        for after_ms in [0, 1, 50, 99] {
            let at = first + Duration::from_millis(after_ms);
            assert!(pace.admits(address(u32::MAX - 1), None, at));
            assert_eq!(pace.of.len(), ADDRESSES_MAX, "after {after_ms} ms");
        }
        assert!(pace.admits(address(u32::MAX - 1), None, first + SWEEP_PAUSE));
        assert_eq!(pace.of.len(), 1);
    }

    #[test]
    fn the_addresses_of_one_house_are_one_peer() {
        let of = |text: &str| peer_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
