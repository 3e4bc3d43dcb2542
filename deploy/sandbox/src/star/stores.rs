//! Where the centers keep what they know: in files beside their agents, or on servers as real
//! centers do. It refuses to run half of each: with servers, the city's store is on PostgreSQL,
//! 国管's on MariaDB and 中直's behind its service bus; the railway drops files in any case.

use std::path::Path;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::fault::StarError;
use super::home::{Home, Progress};
use super::ports::Ports;
use crate::bus::{Bus, Transaction, take_over};
use crate::world::servers::{Programs, Servers};
use crate::world::{Node, WorldPaths, store_of};

/// Where the centers keep what they know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stores {
    /// In SQLite files; needs no other program.
    #[default]
    Sqlite,
    /// On PostgreSQL, on MariaDB and behind a SOAP bus; needs the programs of both databases.
    Servers,
}

/// The servers of a star. They stop when this is dropped.
#[derive(Debug)]
pub(super) struct Standing {
    servers: Servers,
    bus: Option<Bus>,
    /// What the bus will answer; taken by it when it opens.
    transactions: Vec<Transaction>,
}

impl Standing {
    /// Starts and fills the database servers of a prepared home, and turns the mappings to them.
    pub(super) fn prepare(
        programs: &Programs,
        home: &Home,
        on_progress: &mut Progress<'_>,
    ) -> Result<Self, StarError> {
        let ports = [Ports::one_more()?.port(), Ports::one_more()?.port()];
        let paths = WorldPaths::under(home.dir());
        let servers = Servers::start(programs, &paths, ports, on_progress)?;
        for node in [Node::City, Node::Guoguan] {
            let connectors = home.connectors(node);
            let written = servers.write_into(&connectors);
            written.map_err(StarError::file(&connectors))?;
        }
        let connectors = home.connectors(Node::Zhongzhi);
        let mappings = connectors.parent().unwrap_or(Path::new("."));
        Ok(Self {
            servers,
            bus: None,
            transactions: take_over(mappings)?,
        })
    }

    /// Opens the bus if it is not open yet.
    pub(super) async fn open_bus(&mut self, home: &Home) -> Result<(), StarError> {
        if self.bus.is_some() {
            return Ok(());
        }
        let connectors = home.connectors(Node::Zhongzhi);
        let store = store_of(Node::Zhongzhi).unwrap_or_default();
        let database = home.node(Node::Zhongzhi).join(store);
        let bus = Bus::open(&database, std::mem::take(&mut self.transactions)).await;
        let bus = bus.map_err(StarError::file(&connectors))?;
        let written = bus.write_into(&connectors);
        written.map_err(StarError::file(&connectors))?;
        self.bus = Some(bus);
        Ok(())
    }

    /// The database servers.
    pub(super) fn servers(&self) -> &Servers {
        &self.servers
    }

    /// The bus, once it is open.
    pub(super) fn bus(&self) -> Option<&Bus> {
        self.bus.as_ref()
    }
}

#[cfg(test)]
mod tests;
