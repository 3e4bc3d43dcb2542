//! When to come back, in the words of gRPC: the pushback that a client's own retry policy obeys,
//! and `google.rpc.RetryInfo` for those who read it.

use prost::Message;
use tonic::metadata::MetadataValue;

/// Obeyed by the retry policies of gRPC clients (gRFC A6).
const PUSHBACK: &str = "grpc-retry-pushback-ms";
/// Holds a `google.rpc.RetryInfo`.
const RETRY_INFO: &str = "google.rpc.retryinfo-bin";

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Adds both to a status, unless nothing can be told.
pub(super) fn tell(status: &mut tonic::Status, retry_after_ms: u32) {
    if retry_after_ms == 0 {
        return;
    }
    let info = RetryInfo {
        retry_delay: Some(Delay {
            seconds: i64::from(retry_after_ms / 1_000),
            nanos: i32::try_from(retry_after_ms % 1_000 * 1_000_000).unwrap_or(0),
        }),
    };
    let metadata = status.metadata_mut();
    metadata.insert(PUSHBACK, MetadataValue::from(retry_after_ms));
    let bytes = MetadataValue::from_bytes(&info.encode_to_vec());
    metadata.insert_bin(RETRY_INFO, bytes);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::refusal::{Refusal, RefusalCode, status};

    #[test]
    fn any_client_reads_when_to_come_back() {
        let later = Refusal::until(RefusalCode::LimitCaller, Duration::from_millis(2_050));
        let status_of_it = status(&later.to_wire("q-1"));
        let told = status_of_it.metadata();
        assert_eq!(told.get(PUSHBACK).map(|v| v.as_bytes()), Some(&b"2050"[..]));
        let info = told.get_bin(RETRY_INFO).expect("is there").to_bytes();
        let info = RetryInfo::decode(info.expect("is sound")).expect("is sound");
        let delay = info.retry_delay.expect("says when");
        assert_eq!((delay.seconds, delay.nanos), (2, 50_000_000));
        let never = status(&RefusalCode::CaseMissing.to_wire("q-1"));
        assert!(never.metadata().is_empty(), "nothing is made up");
    }
}
