//! The limits in force as JSON: every value for everybody, then every exception, each with what the
//! reviewed file says and the act that stands over it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;
use wire::{LimitName, Limits};

use crate::acts::act::Target;
use crate::acts::register::Register;

/// Limits for people and programs.
pub(super) fn view(
    (reviewed, in_force): (&Limits, &Limits),
    register: &Register,
    now: OffsetDateTime,
) -> Value {
    let row = |(name, whom): (LimitName, Option<&str>)| {
        let target = Target::Limit(name, whom.map(str::to_owned));
        let mut standing = register.standing(now);
        let act = standing.find(|act| act.target == target);
        json!({
            "limit": name.path(),
            "whom": whom,
            "is": name.is(),
            "unit": name.unit().as_str(),
            "reviewed": reviewed.value(name, whom),
            "in_force": in_force.value(name, whom),
            "act": act.map(|act| act.number),
            "until": act.map(|act| &act.entry.until),
        })
    };
    let each = LimitName::ALL.iter().map(|name| (*name, None));
    let both = reviewed.exceptions().chain(in_force.exceptions());
    let only: BTreeSet<_> = both.map(|(name, whom, _)| (name, Some(whom))).collect();
    json!({
        "digest": reviewed.digest().to_string(),
        "limits": each.chain(only).map(row).collect::<Vec<_>>(),
    })
}
