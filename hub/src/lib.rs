//! The hub: an authorized query broker in the middle of the star.
//!
//! Start reading at [`broker`]. The hub holds no center's data; it decides, routes, trims and
//! records.

pub mod acts;
pub mod alerts;
pub mod api;
pub mod app;
pub mod broker;
pub mod call;
pub mod config;
pub mod desk;
pub mod disclose;
pub mod keeping;
pub mod ledger;
pub mod limits;
pub mod metrics;
pub mod nodes;
pub mod record;
pub mod refusal;
pub mod rules;
pub mod staff;
pub mod tally;
pub mod throttle;
pub mod unread;
pub mod witnesses;
