//! The node agent: one beside each center's own systems.
//!
//! Start reading at [`agent`]. It answers the hub's questions from the center's systems, and asks
//! on behalf of the center's systems; it dials out and never listens to anything but the center's
//! inner network.

pub mod agent;
pub mod answer;
pub mod api;
pub mod asking;
pub mod book;
pub mod config;
mod erasing;
pub mod export;
pub mod intake;
pub mod keeping;
pub mod measures;
pub mod metrics;
pub mod naming;
pub mod rules;
pub mod session;
mod shown;
pub mod tools;
pub mod translate;
pub mod uplink;
pub mod witness;

#[cfg(test)]
mod tests;
