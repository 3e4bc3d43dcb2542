//! The contract, the TLS set-up and the conversions, from outside.

mod wire {
    mod contract;
    mod tls;
}
