//! The sample world of four centers, and the star that runs on it: for demonstration and tests.
//!
//! It refuses to be part of a production star: keys lie unprotected and every person is made up.

pub mod aside;
pub mod black_hole;
pub mod bus;
pub mod client;
pub mod counter;
mod envelope;
pub mod evidence;
pub mod metrics;
pub mod offices;
pub mod rogue;
pub mod showcase;
pub mod star;
pub mod world;
