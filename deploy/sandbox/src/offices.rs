//! Three small servers that behave like the offices outside the star: the housing commission, civil
//! affairs and market regulation. They reply about the sample world, and oddly when told to, so
//! that demonstrations and tests can show what an agent makes of it. They listen on loopback only
//! and refuse to be asked about anybody real.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::world::Registers;

pub(crate) mod behaviour;
mod enterprise;
mod housing;
mod marriage;

#[cfg(test)]
mod tests;

pub use behaviour::Behaviour;
use behaviour::{Form, Switch};

/// One of the three offices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Office {
    /// The housing commission: net-signed contracts over REST (class 12).
    Housing,
    /// Civil affairs: marriages over SOAP (class 13).
    Marriage,
    /// Market regulation: enterprises over REST (class 14).
    Enterprise,
}

impl Office {
    /// All three, in the order of their classes.
    pub const ALL: [Office; 3] = [Office::Housing, Office::Marriage, Office::Enterprise];

    /// The class that the city center answers by asking this office.
    pub const fn class(self) -> u8 {
        match self {
            Office::Housing => 12,
            Office::Marriage => 13,
            Office::Enterprise => 14,
        }
    }

    const fn form(self) -> Form {
        match self {
            Office::Marriage => Form::Soap("text/xml; charset=GB18030"),
            Office::Housing | Office::Enterprise => Form::Json,
        }
    }

    /// The origin that the city center's `connectors.toml` names, before [`Offices::write_into`].
    const fn written_origin(self) -> &'static str {
        match self {
            Office::Housing => "http://127.0.0.1:18112",
            Office::Marriage => "http://127.0.0.1:18113",
            Office::Enterprise => "http://127.0.0.1:18114",
        }
    }
}

/// The running offices. They close when this is dropped.
#[derive(Debug)]
pub struct Offices {
    running: [Running; 3],
}

#[derive(Debug)]
struct Running {
    address: SocketAddr,
    switch: Arc<Switch>,
    /// Ends when this is dropped.
    _server: JoinSet<io::Result<()>>,
}

impl Offices {
    /// Opens the three offices on free ports of this machine.
    ///
    /// # Errors
    /// No port could be opened.
    pub async fn start(registers: Registers) -> io::Result<Self> {
        let registers = Arc::new(registers);
        let housing = open(Office::Housing, &registers).await?;
        let marriage = open(Office::Marriage, &registers).await?;
        let enterprise = open(Office::Enterprise, &registers).await?;
        Ok(Self {
            running: [housing, marriage, enterprise],
        })
    }

    /// Where an office listens.
    pub fn address(&self, office: Office) -> SocketAddr {
        self.running(office).address
    }

    /// Tells an office how to behave from its next reply on.
    pub fn behave(&self, office: Office, behaviour: Behaviour) {
        self.running(office).switch.set(behaviour);
    }

    /// How often an office was asked.
    pub fn asked(&self, office: Office) -> u64 {
        self.running(office).switch.asked()
    }

    /// Points the connectors of a copied mapping folder at these offices.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn write_into(&self, connectors: &Path) -> io::Result<()> {
        let mut text = std::fs::read_to_string(connectors)?;
        for office in Office::ALL {
            let origin = format!("http://{}", self.address(office));
            text = text.replace(office.written_origin(), &origin);
        }
        std::fs::write(connectors, text)
    }

    fn running(&self, office: Office) -> &Running {
        let [housing, marriage, enterprise] = &self.running;
        match office {
            Office::Housing => housing,
            Office::Marriage => marriage,
            Office::Enterprise => enterprise,
        }
    }
}

/// What the handlers of an office know.
#[derive(Debug, Clone)]
struct Desk {
    registers: Arc<Registers>,
    switch: Arc<Switch>,
}

async fn open(office: Office, registers: &Arc<Registers>) -> io::Result<Running> {
    let switch = Arc::new(Switch::new(office.form()));
    let desk = Desk {
        registers: Arc::clone(registers),
        switch: Arc::clone(&switch),
    };
    let routes: Router<Desk> = match office {
        Office::Housing => housing::routes(),
        Office::Marriage => marriage::routes(),
        Office::Enterprise => enterprise::routes(),
    };
    let odd = middleware::from_fn_with_state(Arc::clone(&switch), behaviour::reply);
    let routes = routes.with_state(desk).layer(odd);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, routes).await });
    Ok(Running {
        address,
        switch,
        _server: server,
    })
}
