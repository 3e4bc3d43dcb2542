//! A star that runs: one hub and four agents as processes of their own on this machine, started,
//! frozen, killed and stopped like those of real centers. It refuses to look inside them: what it
//! knows of them it knows through their doors, as everybody else does.

mod fault;
mod guest;
mod hand;
mod home;
mod ports;
mod process;
mod settings;
mod stores;
mod wait;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;

pub use fault::StarError;
pub use guest::Guest;
pub use home::{Home, Progress, StarOptions, lasting_day};
pub use ports::{BASE_PORT, PortChoice, Ports};
pub use stores::Stores;
pub use wait::{WAIT_PAUSE, until};

use crate::bus::Bus;
use crate::client::{Desk, fetch_text};
use crate::metrics::{highest, sum};
use crate::offices::Offices;
use crate::world::Node;
use crate::world::Registers;
use crate::world::servers::{Programs, Servers};
use process::Process;
use stores::Standing;

/// Name of the hub in its certificate, and origin of its log.
pub const HUB: &str = "hub-1";
/// Trust domain of every certificate of the star.
pub const TRUST_DOMAIN: &str = "tianshu.test";
/// Designated officers of every center, each with a key of their own.
pub const OFFICERS: [&str; 3] = ["legal-1", "legal-2", "legal-3"];
/// The hub's staff, one for each role: name, role, post in Chinese and English.
pub const STAFF: [(&str, &str, &str, &str); 4] = [
    ("system-1", "system", "系统管理员", "System administrator"),
    (
        "security-1",
        "security",
        "安全管理员",
        "Security administrator",
    ),
    ("audit-1", "audit", "审计管理员", "Auditor"),
    ("duty-1", "duty", "值班员", "Duty officer"),
];
/// A member of the staff with a certificate, whom the trust list does not name.
pub const STRANGER: &str = "stranger-1";
/// Name of the local system that may call an agent.
pub const SYSTEM: &str = "business";
/// How long a process may take until it says that it is ready; a busy machine needs some seconds.
pub const READY_WAIT: Duration = Duration::from_secs(45);
/// How long a process may take to stop in good order before it is killed.
pub const STOP_WAIT: Duration = Duration::from_secs(15);

/// The programs that a star is made of.
const HUB_PROGRAM: &str = "tianshu-hub";
const AGENT_PROGRAM: &str = "tianshu-agent";

/// A hub and four agents in one home folder.
#[derive(Debug)]
pub struct Star {
    home: Home,
    hub_program: PathBuf,
    agent_program: PathBuf,
    hub: Option<Process>,
    agents: BTreeMap<Node, Process>,
    guests: Vec<(Guest, Process)>,
    /// What the outside offices keep; taken by them when they open.
    registers: Option<Registers>,
    /// The outside offices behind the city center, on this process's own threads.
    offices: Option<Offices>,
    /// The servers behind three of the centers; none where all stores are files.
    standing: Option<Standing>,
}

impl Star {
    /// Makes everything that a star needs in `home`: authority, certificates, keys, configuration,
    /// world. What is there from an earlier run with the same options is used again, except the
    /// logs, which begin anew: a case of the world may only be asked from so often, and the logs
    /// remember. Nothing is started yet.
    ///
    /// # Errors
    /// The programs are not built, the folder belongs to somebody else, or something cannot be
    /// written.
    pub fn prepare(
        home: &std::path::Path,
        options: &StarOptions,
        on_progress: &mut Progress<'_>,
    ) -> Result<Self, StarError> {
        let hub_program = process::program(HUB_PROGRAM)?;
        let agent_program = process::program(AGENT_PROGRAM)?;
        // What is not installed is said before anything is made.
        let programs = match options.stores {
            Stores::Sqlite => None,
            Stores::Servers => Some(Programs::find()?),
        };
        let home = Home::prepare(home, options, on_progress)?;
        let registers = Registers::of_world(options.seed, options.people, options.today())?;
        let standing = match programs {
            None => None,
            Some(programs) => Some(Standing::prepare(&programs, &home, on_progress)?),
        };
        Ok(Self {
            registers: Some(registers),
            offices: None,
            standing,
            home,
            hub_program,
            agent_program,
            hub: None,
            agents: BTreeMap::new(),
            guests: Vec::new(),
        })
    }

    /// Starts hub and agents and waits until all are ready and every node is attached.
    ///
    /// # Errors
    /// A process ended, or was not ready in time; the error quotes the end of its log.
    pub async fn start(&mut self) -> Result<(), StarError> {
        self.open_offices().await?;
        if let Some(standing) = &mut self.standing {
            standing.open_bus(&self.home).await?;
        }
        self.launch_hub()?;
        self.wait_hub("live").await?;
        for node in Node::ALL {
            self.launch_agent(node)?;
        }
        // The hub is ready once its witnesses have seen its log.
        self.wait_hub("ready").await?;
        for node in Node::ALL {
            self.wait_agent(node).await?;
        }
        self.wait_attached(&Node::ALL).await
    }

    /// The hub's process, while it runs.
    #[must_use]
    pub fn hub_pid(&self) -> Option<u32> {
        self.hub.as_ref().map(Process::id)
    }

    /// The outside offices behind the city center, once the star was started.
    #[must_use]
    pub fn offices(&self) -> Option<&Offices> {
        self.offices.as_ref()
    }

    /// The database servers behind city and 国管, where the stores are on servers.
    #[must_use]
    pub fn servers(&self) -> Option<&Servers> {
        self.standing.as_ref().map(Standing::servers)
    }

    /// The service bus behind 中直, once a star whose stores are on servers was started.
    #[must_use]
    pub fn bus(&self) -> Option<&Bus> {
        self.standing.as_ref().and_then(Standing::bus)
    }

    async fn open_offices(&mut self) -> Result<(), StarError> {
        let Some(registers) = self.registers.take() else {
            return Ok(());
        };
        let connectors = self.home.connectors(Node::City);
        let offices = Offices::start(registers)
            .await
            .map_err(StarError::file(&connectors))?;
        offices
            .write_into(&connectors)
            .map_err(StarError::file(&connectors))?;
        self.offices = Some(offices);
        Ok(())
    }

    /// The folder with everything in it.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// A counter of a center with a clerk at it, who speaks to the center's agent.
    ///
    /// # Errors
    /// The token of the local system cannot be read.
    pub fn desk(&self, node: Node, operator: &str) -> Result<Desk, StarError> {
        let token = self.home.token(node)?;
        Ok(Desk::new(self.home.api_url(node), token, operator, "3"))
    }

    /// Starts the hub and waits until it is ready.
    ///
    /// # Errors
    /// As [`Star::start`].
    pub async fn start_hub(&mut self) -> Result<(), StarError> {
        self.launch_hub()?;
        self.wait_hub("ready").await
    }

    /// Starts the hub and waits for nothing.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn launch_hub(&mut self) -> Result<(), StarError> {
        let config = self.home.hub_config();
        let hub = Process::launch(HUB, &self.hub_program, &config, &self.home.log(HUB))?;
        self.hub = Some(hub);
        Ok(())
    }

    /// Takes the witnesses out of the star, before it is started.
    ///
    /// # Errors
    /// A configuration cannot be written.
    pub fn without_witnesses(&self) -> Result<(), StarError> {
        self.home.drop_witnesses()
    }

    /// Waits until the hub is `live` or `ready`.
    ///
    /// # Errors
    /// As [`Star::start`].
    pub async fn wait_hub(&mut self, how: &str) -> Result<(), StarError> {
        let url = format!("{}/health/{how}", self.home.admin_url());
        let hub = self
            .hub
            .as_mut()
            .ok_or_else(|| StarError::not_running(HUB))?;
        hub.wait_ready(&url).await
    }

    /// Ends the hub at once, as a power cut would.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill_hub(&mut self) -> Result<(), StarError> {
        let mut hub = self.hub.take().ok_or_else(|| StarError::not_running(HUB))?;
        hub.kill();
        Ok(())
    }

    /// Stops the hub in good order.
    ///
    /// # Errors
    /// It is not running, or had to be killed.
    pub async fn stop_hub(&mut self) -> Result<(), StarError> {
        let mut hub = self.hub.take().ok_or_else(|| StarError::not_running(HUB))?;
        hub.stop(STOP_WAIT).await
    }

    /// Starts one agent and waits until it is ready and attached.
    ///
    /// # Errors
    /// As [`Star::start`].
    pub async fn start_agent(&mut self, node: Node) -> Result<(), StarError> {
        self.launch_agent(node)?;
        self.wait_agent(node).await?;
        self.wait_attached(&[node]).await
    }

    /// Stops one agent in good order.
    ///
    /// # Errors
    /// It is not running, or had to be killed.
    pub async fn stop_agent(&mut self, node: Node) -> Result<(), StarError> {
        let mut agent = self
            .agents
            .remove(&node)
            .ok_or_else(|| StarError::not_running(node.id()))?;
        agent.stop(STOP_WAIT).await
    }

    /// Stops the agent's process where it stands (SIGSTOP): its connections stay open and nothing
    /// answers, as when a machine hangs.
    ///
    /// # Errors
    /// It is not running.
    pub fn freeze(&mut self, node: Node) -> Result<(), StarError> {
        self.agent(node)?.send(Signal::STOP)
    }

    /// Lets a frozen agent go on.
    ///
    /// # Errors
    /// It is not running.
    pub fn thaw(&mut self, node: Node) -> Result<(), StarError> {
        self.agent(node)?.send(Signal::CONT)
    }

    /// Stops everything in good order: the agents first, then the hub.
    ///
    /// # Errors
    /// The processes that had to be killed.
    pub async fn stop(&mut self) -> Result<(), StarError> {
        let mut first_fault = None;
        let agents = std::mem::take(&mut self.agents).into_values();
        let guests = std::mem::take(&mut self.guests).into_iter();
        let mut agents: Vec<_> = agents.chain(guests.map(|(_, agent)| agent)).collect();
        for agent in &agents {
            // All are told before the first is waited for.
            agent.tell_to_stop();
        }
        for agent in &mut agents {
            let stopped = agent.stop(STOP_WAIT).await;
            first_fault = first_fault.or(stopped.err());
        }
        if let Some(mut hub) = self.hub.take() {
            let stopped = hub.stop(STOP_WAIT).await;
            first_fault = first_fault.or(stopped.err());
        }
        first_fault.map_or(Ok(()), Err)
    }

    /// The hub's metrics as text.
    ///
    /// # Errors
    /// The hub does not answer.
    pub async fn hub_metrics(&self) -> Result<String, StarError> {
        Ok(fetch_text(&format!("{}/metrics", self.home.admin_url())).await?)
    }

    /// An agent's metrics as text.
    ///
    /// # Errors
    /// The agent does not answer.
    pub async fn agent_metrics(&self, node: Node) -> Result<String, StarError> {
        Ok(fetch_text(&format!("{}/metrics", self.home.api_url(node))).await?)
    }

    /// How many questions of the hub have reached each node, by the nodes' own counters.
    ///
    /// # Errors
    /// An agent does not answer.
    pub async fn asks_served(&self) -> Result<BTreeMap<Node, u64>, StarError> {
        let mut served = BTreeMap::new();
        for node in Node::ALL {
            let text = self.agent_metrics(node).await?;
            served.insert(node, sum(&text, "agent_asks_served_total", &[]));
        }
        Ok(served)
    }

    /// The worst breaker of a node, as the hub's metrics say it: 0 closed, 1 half open, 2 open.
    ///
    /// # Errors
    /// The hub does not answer.
    pub async fn breaker(&self, node: Node) -> Result<u64, StarError> {
        let text = self.hub_metrics().await?;
        Ok(highest(&text, "hub_breaker_state", &[("node", node.id())]))
    }

    /// Waits until the hub counts at least one stream of each of these nodes.
    ///
    /// # Errors
    /// Not within [`READY_WAIT`].
    pub async fn wait_attached(&self, nodes: &[Node]) -> Result<(), StarError> {
        let ids: Vec<_> = nodes.iter().map(|node| node.id()).collect();
        self.wait_linked(&ids).await
    }

    async fn wait_linked(&self, ids: &[&str]) -> Result<(), StarError> {
        let attached = until(READY_WAIT, async || {
            let text = self.hub_metrics().await.ok()?;
            let links = |id: &&str| sum(&text, "hub_node_links", &[("node", id)]);
            ids.iter().all(|id| links(id) > 0).then_some(())
        });
        let not_attached = || StarError::NotAttached {
            nodes: ids.join(", "),
        };
        attached.await.ok_or_else(not_attached)
    }

    fn launch_agent(&mut self, node: Node) -> Result<(), StarError> {
        let config = self.home.agent_config(node);
        let log = self.home.log(node.id());
        let agent = Process::launch(node.id(), &self.agent_program, &config, &log)?;
        self.agents.insert(node, agent);
        Ok(())
    }

    async fn wait_agent(&mut self, node: Node) -> Result<(), StarError> {
        let url = format!("{}/health/ready", self.home.api_url(node));
        self.agent(node)?.wait_ready(&url).await
    }

    fn agent(&mut self, node: Node) -> Result<&mut Process, StarError> {
        self.agents
            .get_mut(&node)
            .ok_or_else(|| StarError::not_running(node.id()))
    }
}
