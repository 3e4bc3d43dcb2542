//! Code made from `proto/`, committed so that no build needs a protobuf compiler;
//! `tests/wire/contract.rs` regenerates it and compares.

/// Messages and services of `tianshu.v1`.
#[rustfmt::skip]
#[path = "generated/tianshu.v1.rs"]
#[expect(
    missing_docs,
    clippy::too_many_lines,
    clippy::large_enum_variant,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated; the contract's own comments are in the proto file"
)]
pub mod v1;
