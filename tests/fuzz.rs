//! Whatever somebody may send or put in a file: the parsers of the log's formats on valid inputs
//! that were mutated, with a fixed budget on every run. They never panic, write what they accept
//! exactly as it came, and accept nothing beyond their limits.
//!
//! proptest, which the workspace has, over mutations of valid inputs: random bytes alone do not get
//! past a first line. bolero and cargo-fuzz, which look at coverage, want subcommands, a nightly
//! compiler and system libraries; every target here is a function of bytes that either can call.

#[cfg(test)]
mod fuzz {
    mod mutation;
    mod targets;
    mod valid;
}
