//! A center that joins a running star later. Its folder is of its own making: nothing here knows
//! its schema, and nothing writes to its files.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::{Ports, STOP_WAIT, Star, StarError};
use crate::client::fetch_text;
use crate::star::process::Process;

/// A center that is none of the sandbox's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Its node id, as in its certificate.
    pub id: String,
    /// Its folder, in which its agent finds `agent.toml`.
    pub home: PathBuf,
    /// Where its local API listens, as that file says.
    pub api: SocketAddr,
}

impl Guest {
    /// Where its local API is.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// What its agent says goes here.
    fn log(&self, star: &Star) -> PathBuf {
        star.home.log(&self.id)
    }
}

impl Star {
    /// An address that nobody listens on, for the local API of a guest.
    ///
    /// # Errors
    /// There is none.
    pub fn free_address() -> Result<SocketAddr, StarError> {
        Ports::one_more()
    }

    /// Starts the agent of a guest and waits until it is ready and attached.
    ///
    /// # Errors
    /// As [`Star::start`].
    pub async fn start_guest(&mut self, guest: &Guest) -> Result<(), StarError> {
        let config = guest.home.join("agent.toml");
        let log = guest.log(self);
        let mut agent = Process::launch(&guest.id, &self.agent_program, &config, &log)?;
        agent
            .wait_ready(&format!("{}/health/ready", guest.api_url()))
            .await?;
        self.guests.push((guest.clone(), agent));
        self.wait_linked(&[&guest.id]).await
    }

    /// Stops the agent of a guest in good order.
    ///
    /// # Errors
    /// It is not running, or had to be killed.
    pub async fn stop_guest(&mut self, id: &str) -> Result<(), StarError> {
        let at = self.guests.iter().position(|(guest, _)| guest.id == id);
        let at = at.ok_or_else(|| StarError::not_running(id))?;
        let (_, mut agent) = self.guests.swap_remove(at);
        agent.stop(STOP_WAIT).await
    }

    /// The guests whose agents run.
    pub fn guests(&self) -> impl Iterator<Item = &Guest> {
        self.guests.iter().map(|(guest, _)| guest)
    }

    /// The metrics of a guest's agent as text.
    ///
    /// # Errors
    /// The agent does not answer.
    pub async fn guest_metrics(&self, guest: &Guest) -> Result<String, StarError> {
        Ok(fetch_text(&format!("{}/metrics", guest.api_url())).await?)
    }
}
