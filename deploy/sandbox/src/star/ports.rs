//! Which ports the star listens on, all of them on the loopback address only.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use ring::rand::{SecureRandom as _, SystemRandom};

use super::fault::StarError;
use crate::world::Node;

/// The first port of the demo: 7400 link, 7401 admin, 7403 the staff's door, 7411 to 7414 the
/// agents' local APIs.
pub const BASE_PORT: u16 = 7400;

/// Where free ports are looked for: below those that the system gives to outgoing connections, one
/// of which could take a port between our look and the start of the process that shall listen.
const FREE_PORTS: Range<u16> = 16_000..32_000;
const FREE_PORTS_COUNT: u16 = FREE_PORTS.end - FREE_PORTS.start;
/// Ports that this program has given away already, perhaps to a process that does not listen yet.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// How ports are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortChoice {
    /// From this base on; any free ones if one of them is taken.
    Fixed(u16),
    /// Any that are free.
    Free,
}

/// The addresses of one star.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Where agents connect to the hub.
    pub link: SocketAddr,
    /// The hub's health, metrics and page.
    pub admin: SocketAddr,
    /// Where the hub's staff comes in.
    pub staff: SocketAddr,
    /// The local API of each agent, in the order of `Node::ALL`.
    agents: [SocketAddr; 4],
}

impl Ports {
    /// Chooses ports that nobody listens on at this moment.
    ///
    /// # Errors
    /// There are none.
    pub fn choose(choice: PortChoice) -> Result<Self, StarError> {
        if let PortChoice::Fixed(base) = choice
            && let Some(fixed) = Self::from_base(base)
            && fixed
                .all()
                .into_iter()
                .all(|address| TcpListener::bind(address).is_ok())
        {
            return Ok(fixed);
        }
        Self::free()
    }

    /// One more free address, for somebody who joins the star.
    ///
    /// # Errors
    /// There is none.
    pub fn one_more() -> Result<SocketAddr, StarError> {
        Search::new()?.next()
    }

    /// The local API of a node's agent.
    #[must_use]
    pub fn agent(&self, node: Node) -> SocketAddr {
        let [city, zhongzhi, guoguan, tielu] = self.agents;
        match node {
            Node::City => city,
            Node::Zhongzhi => zhongzhi,
            Node::Guoguan => guoguan,
            Node::Tielu => tielu,
        }
    }

    fn from_base(base: u16) -> Option<Self> {
        let at = |offset: u16| base.checked_add(offset).map(loopback);
        let agents = [at(11)?, at(12)?, at(13)?, at(14)?];
        Some(Self {
            link: at(0)?,
            admin: at(1)?,
            staff: at(3)?,
            agents,
        })
    }

    fn free() -> Result<Self, StarError> {
        let mut search = Search::new()?;
        let mut next = || search.next();
        Ok(Self {
            link: next()?,
            admin: next()?,
            staff: next()?,
            agents: [next()?, next()?, next()?, next()?],
        })
    }

    fn all(&self) -> Vec<SocketAddr> {
        let mut all = vec![self.link, self.admin, self.staff];
        all.extend(self.agents);
        all
    }
}

/// A walk through [`FREE_PORTS`] from a random place on, so that two programs rarely meet.
#[derive(Debug)]
struct Search {
    at: u16,
    looked_at: u16,
}

impl Search {
    fn new() -> Result<Self, StarError> {
        let mut random = [0; 2];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| StarError::NoRandom)?;
        let at = FREE_PORTS.start + u16::from_be_bytes(random) % FREE_PORTS_COUNT;
        Ok(Self { at, looked_at: 0 })
    }

    fn next(&mut self) -> Result<SocketAddr, StarError> {
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        while self.looked_at < FREE_PORTS_COUNT {
            self.looked_at += 1;
            self.at = if self.at + 1 < FREE_PORTS.end {
                self.at + 1
            } else {
                FREE_PORTS.start
            };
            let address = loopback(self.at);
            if !given.contains(&self.at) && TcpListener::bind(address).is_ok() {
                given.insert(self.at);
                return Ok(address);
            }
        }
        Err(StarError::NoPort)
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_ports_are_avoided_and_none_is_given_twice() {
        let taken = TcpListener::bind(loopback(0)).expect("a free port");
        let base = taken.local_addr().expect("has an address").port();
        let ports = Ports::choose(PortChoice::Fixed(base)).expect("there are free ports");
        assert_ne!(ports.link.port(), base);
        let mut all = ports.all();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7);
    }

    #[test]
    fn the_demo_ports_are_the_documented_ones() {
        let ports = Ports::from_base(BASE_PORT).expect("fits");
        assert_eq!(ports.link.port(), 7400);
        assert_eq!(ports.admin.port(), 7401);
        assert_eq!(ports.staff.port(), 7403);
        assert_eq!(
            Node::ALL.map(|node| ports.agent(node).port()),
            [7411, 7412, 7413, 7414]
        );
        assert_eq!(Ports::from_base(u16::MAX), None);
    }
}
