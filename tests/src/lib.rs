//! Scenarios over a whole star on real sockets and processes, and the tidy rules. Nothing of the
//! product depends on this crate.
