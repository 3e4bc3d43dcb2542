//! Which orders of the officers a log says are in force. The copy of the orders beside a log can be
//! taken away or exchanged for an older one, so that it counts only while the log names it.

use serde::Deserialize;

use crate::heading::Heading;

/// Kinds of entries that name orders in force. Nothing leaves a log without `retention` being
/// written first, so that every shortened log still has one of them.
const NAMING: [&str; 2] = ["orders-taken", "retention"];

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NamedOrders {
    /// Their serial.
    pub serial: u64,
    /// SHA-256 of their text, in hex.
    #[serde(rename = "orders")]
    pub digest: String,
}

impl NamedOrders {
    /// The orders that an entry names, if it is of a kind that does.
    #[must_use]
    pub fn read(entry: &[u8]) -> Option<Self> {
        let kind = Heading::read(entry)?.kind;
        let names = NAMING.iter().any(|naming| **naming == *kind);
        names.then(|| serde_json::from_slice(entry).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_named_by_entries_of_their_kinds_only() {
        let entry = |kind: &str| {
            format!(
                r#"{{"v":1,"at":"2026-11-23T09:00:00+08:00","salt":"00","kind":"{kind}","serial":7,"orders":"cd"}}"#
            )
        };
        for kind in NAMING {
            let named = NamedOrders::read(entry(kind).as_bytes()).expect("names orders");
            assert_eq!((named.serial, named.digest.as_str()), (7, "cd"));
        }
        for kind in ["volume-expired", "hold-set", "refusal"] {
            assert_eq!(NamedOrders::read(entry(kind).as_bytes()), None, "{kind}");
        }
    }
}
