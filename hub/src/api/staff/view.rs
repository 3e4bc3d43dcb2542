//! Acts and breakers as JSON.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::acts::Done;
use crate::acts::register::Recorded;
use crate::nodes::breaker::Hand;
use crate::nodes::{ClassState, MemberState};

/// An act that stands or waits.
pub(super) fn recorded(act: &Recorded) -> Value {
    let entry = &act.entry;
    json!({
        "number": act.number,
        "at": act.at.format(&Rfc3339).unwrap_or_default(),
        "act": entry.act,
        "target": entry.target,
        "stage": entry.stage,
        "of": entry.of,
        "until": Some(&entry.until).filter(|until| !until.is_empty()),
        "value": entry.value,
        "reviewed": entry.reviewed,
        "reason": entry.reason,
        "staff": entry.staff,
        "role": entry.role,
    })
}

/// An act just done, with the receipt of its entry.
pub(super) fn done(done: &Done) -> Value {
    let mut body = recorded(&done.recorded);
    if let (Some(fields), Some(receipt)) = (body.as_object_mut(), &done.receipt) {
        let receipt = json!({
            "log": receipt.log,
            "index": receipt.index,
            "leaf_hash": data_encoding::HEXLOWER.encode(receipt.leaf_hash.bytes()),
        });
        fields.insert("receipt".to_owned(), receipt);
    }
    body
}

/// A node with its breakers.
pub(super) fn node(node: &MemberState) -> Value {
    json!({
        "node": node.id,
        "links": node.links,
        "state": node.breaker.as_str(),
        "classes": node.breakers.iter().map(class).collect::<Vec<_>>(),
    })
}

fn class(breaker: &ClassState) -> Value {
    let rates = breaker.rates;
    json!({
        "class": breaker.class.to_string(),
        "state": breaker.state.as_str(),
        "hand": breaker.hand.map(Hand::as_str),
        "calls": rates.calls,
        "failed": rates.failed,
        "slow": rates.slow,
        "busy": rates.busy,
        "retry_after_ms": breaker.retry_after.map(|wait| wait.as_millis()),
    })
}
