//! TLS on real sockets: who gets in, who is refused and told why, and who is cut off.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "fixtures fail like the tests that use them"
)]

mod bare;
mod door;
mod floods;
mod handshake;
mod mad_hub;
mod reload;
mod through_tonic;
mod world;
