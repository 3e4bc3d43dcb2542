//! Under which keys an entry is found in the search index.

use audit::IndexKey;

use super::entry::{Entry, Sheet};

/// The keys of an entry; none for bytes of another version, which stay in the log all the same.
#[must_use]
pub fn keys_of(bytes: &[u8]) -> Vec<IndexKey> {
    let Ok(sheet) = Sheet::decode(bytes) else {
        return Vec::new();
    };
    let mut keys: Vec<Option<IndexKey>> = vec![key("time", &sheet.at)];
    match &sheet.entry {
        Entry::Decision(decision) => {
            keys.push(key("query", &decision.query));
            keys.push(key("subject", &decision.subject));
            keys.push(key("case", &decision.case.number));
            keys.push(key("flow", &decision.case.flow));
            keys.push(key("node", &decision.who.node));
            keys.push(key(
                "operator",
                &format!("{}/{}", decision.who.node, decision.who.operator),
            ));
        }
        Entry::Outcome(outcome) => keys.push(key("query", &outcome.query)),
        Entry::Abandoned(abandoned) => keys.push(key("query", &abandoned.query)),
        Entry::Refusal(refused) => {
            keys.push(key("query", &refused.query));
            keys.push(key("code", &refused.code));
            keys.push(key("node", &refused.who.node));
        }
        Entry::RefusalsFolded(folded) => keys.push(key("code", &folded.code)),
        Entry::ConnectionRefused(refused) => keys.push(key("code", &refused.code)),
        Entry::Attached(attached) => keys.push(key("node", &attached.node)),
        Entry::Detached(detached) => keys.push(key("node", &detached.node)),
        Entry::Breaker(breaker) => keys.push(key("node", &breaker.node)),
        Entry::TrustReloaded(_)
        | Entry::RulesChanged(_)
        | Entry::RulesKept(_)
        | Entry::Started(_)
        | Entry::Stopped(_) => {}
    }
    keys.into_iter().flatten().collect()
}

/// `name:value`; nothing for a value too long to be a key, which is then found by the others.
#[must_use]
fn key(name: &str, value: &str) -> Option<IndexKey> {
    IndexKey::new(format!("{name}:{value}"))
}
