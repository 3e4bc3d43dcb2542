//! Spans as OTLP: the part of `opentelemetry/proto/trace/v1` and `collector/trace/v1` that is sent,
//! with the field numbers of its version 1, which are stable.

use prost::Message;

use super::Service;
use super::span::{Attribute, Ended, Kind};

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExportTraceServiceRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<InstrumentationScope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<OtlpSpan>,
}

#[derive(Clone, PartialEq, Message)]
struct InstrumentationScope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct OtlpSpan {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "Value", tags = "1")]
    value: Option<Value>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Value {
    #[prost(string, tag = "1")]
    Text(String),
}

/// `STATUS_CODE_ERROR`.
const ERROR: i32 = 2;

fn said(key: &str, text: impl Into<String>) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(Value::Text(text.into())),
        }),
    }
}

fn attribute(attribute: Attribute) -> KeyValue {
    match attribute {
        Attribute::Query(id) => said("tianshu.query", id),
        Attribute::Flow(flow) => said("tianshu.flow", flow),
        Attribute::Node(node) => said("tianshu.node", node),
        Attribute::Class(class) => said("tianshu.class", format!("{class:02}")),
        Attribute::Connector(connector) => said("tianshu.connector", connector),
    }
}

fn span(ended: Ended) -> OtlpSpan {
    let mut attributes: Vec<_> = ended.attributes.into_iter().map(attribute).collect();
    let status = ended.failed.map(|code| {
        attributes.push(said("error.type", code.as_str()));
        Status {
            message: code.as_str().to_owned(),
            code: ERROR,
        }
    });
    OtlpSpan {
        trace_id: ended.context.trace().to_vec(),
        span_id: ended.context.span().to_vec(),
        parent_span_id: ended.parent.map(|id| id.to_vec()).unwrap_or_default(),
        name: ended.name.to_owned(),
        kind: match ended.kind {
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
        },
        start_time_unix_nano: ended.began_nanos,
        end_time_unix_nano: ended.ended_nanos,
        attributes,
        status,
    }
}

/// The body of one export.
pub(super) fn body(service: &Service, spans: Vec<Ended>) -> Vec<u8> {
    let resource = Resource {
        attributes: vec![
            said("service.name", service.name),
            said("service.instance.id", &*service.instance),
            said("service.version", service.version),
        ],
    };
    let scope = InstrumentationScope {
        name: "tianshu".to_owned(),
        version: service.version.to_owned(),
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope),
                spans: spans.into_iter().map(span).collect(),
            }],
        }],
    };
    request.encode_to_vec()
}
