//! What a hand can do to the processes of a running star: end them as a power cut would, and stop
//! them where they stand.

use rustix::process::Signal;

use super::{HUB, Star, StarError};
use crate::world::Node;

impl Star {
    /// An agent's process, while it runs.
    #[must_use]
    pub fn agent_pid(&self, node: Node) -> Option<u32> {
        self.agents.get(&node).map(super::process::Process::id)
    }

    /// Ends an agent at once, as a power cut would.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill_agent(&mut self, node: Node) -> Result<(), StarError> {
        let agent = self.agents.remove(&node);
        agent
            .ok_or_else(|| StarError::not_running(node.id()))?
            .kill();
        Ok(())
    }

    /// Stops the hub's process where it stands (SIGSTOP).
    ///
    /// # Errors
    /// It is not running.
    pub fn freeze_hub(&self) -> Result<(), StarError> {
        self.signal_hub(Signal::STOP)
    }

    /// Lets a frozen hub go on.
    ///
    /// # Errors
    /// It is not running.
    pub fn thaw_hub(&self) -> Result<(), StarError> {
        self.signal_hub(Signal::CONT)
    }

    fn signal_hub(&self, signal: Signal) -> Result<(), StarError> {
        let hub = self.hub.as_ref();
        hub.ok_or_else(|| StarError::not_running(HUB))?.send(signal)
    }
}
