//! The doors: gRPC for nodes, HTTP for operators and for whoever verifies the log. They translate
//! and decide nothing.

pub mod admin;
pub mod ask;
pub mod attach;
pub mod log;
mod many;
pub mod staff;
