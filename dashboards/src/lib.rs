//! What people look at: the staff's pages behind its door, and one page about the star for the
//! admin address. All of them are made on the server and work without script; script adds live
//! figures only.
//!
//! This crate knows nobody of the star: each room says in a trait what it needs to be told, and
//! the hub tells it. It decides nothing about who may see what: a [`Viewer`] comes with that
//! decided and on record, and a page offers what its viewer may do.

pub mod acts;
pub mod alerts;
mod assets;
pub mod audit;
#[cfg(test)]
mod bench;
pub mod catalog;
pub mod chart;
mod circle;
mod escape;
mod headers;
mod lamp;
mod language;
pub mod limits;
mod name;
pub mod nodes;
pub mod overview;
pub mod policies;
mod posted;
mod reception;
mod room;
mod shell;
mod star;
pub mod subject;
mod table;
mod turned;
pub mod usage;
mod viewer;

pub use assets::routes as assets;
pub use escape::Escaped;
pub use headers::guarded;
pub use lamp::Lamp;
pub use language::{Language, Said};
pub use name::Name;
pub use posted::{Forged, Posted};
pub use reception::{Credentials, is_ours, routes as reception, sign_in_page};
pub use room::Room;
pub use shell::{encoded, page, token};
pub use star::{NodeLamp, Star, StarSource, Witnesses, router};
pub use turned::Turned;
pub use viewer::{Act, RoleName, Viewer};
