//! The two doors: gRPC for nodes, HTTP for operators. They translate and decide nothing.

pub mod admin;
pub mod ask;
pub mod attach;
mod many;
