//! Randomness as an argument: the one place that draws ids and salts from the system.

use std::fmt;

use ring::rand::SecureRandom as _;

/// The system has no random bytes to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the random generator failed")]
pub struct NoRandom;

/// Where random bytes come from.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills the bytes.
    ///
    /// # Errors
    /// There are none to be had; what the bytes hold then is nobody's promise.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom>;
}

/// The kernel's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        ring::rand::SystemRandom::new()
            .fill(bytes)
            .map_err(|_| NoRandom)
    }
}
