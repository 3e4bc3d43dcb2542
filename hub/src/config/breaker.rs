//! `[breaker]` and `[breaker.class.NN]`: the usual rules of breakers, and those of single classes.

use std::collections::BTreeMap;

use catalog::ClassNo;
use wire::Settings;
use wire::limits::{DEADLINE_MAX, HOP_RESERVE};

use crate::nodes::breaker::{BreakerRulebook, BreakerRules};

const CLASSES: &str = "breaker.class";

pub(super) fn rulebook(s: &mut Settings) -> BreakerRulebook {
    let usual = rules(s, "breaker", BreakerRules::default());
    let mut of_class = BTreeMap::new();
    for name in s.named_tables(CLASSES) {
        let key = format!("{CLASSES}.{name}");
        match name.parse::<ClassNo>() {
            // One spelling, so that no class has two tables.
            Ok(class) if class.to_string() == name => {
                of_class.insert(class, rules(s, &key, usual));
            }
            Ok(_) | Err(_) => s.fault(&key, "is not a class: 01 to 14"),
        }
    }
    BreakerRulebook { usual, of_class }
}

fn rules(s: &mut Settings, at: &str, usual: BreakerRules) -> BreakerRules {
    let longest = u64::try_from((DEADLINE_MAX + HOP_RESERVE).as_millis()).unwrap_or(u64::MAX);
    let key = |name: &str| format!("{at}.{name}");
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let rules = BreakerRules {
        window: s.millis(&key("window_ms"), ms(usual.window), 100..=longest),
        window_calls: s.size(&key("window_calls"), usual.window_calls, 1..=128),
        failures_in_row: s.size(&key("failures_in_row"), usual.failures_in_row, 1..=128),
        calls_min: s.size(&key("calls_min"), usual.calls_min, 1..=128),
        failure_percent: s.size(&key("failure_percent"), usual.failure_percent, 1..=100),
        slow_call: s.millis(&key("slow_call_ms"), ms(usual.slow_call), 1..=longest),
        slow_percent: s.size(&key("slow_percent"), usual.slow_percent, 1..=100),
        probes: s.size(&key("probes"), usual.probes, 1..=16),
        open_first: s.millis(&key("open_first_ms"), ms(usual.open_first), 10..=60_000),
        open_max: s.millis(&key("open_max_ms"), ms(usual.open_max), 10..=600_000),
    };
    for name in ["failures_in_row", "calls_min"] {
        let needed = match name {
            "calls_min" => rules.calls_min,
            _ => rules.failures_in_row,
        };
        if needed > rules.window_calls {
            s.fault(&key(name), "is more than `window_calls` ever holds");
        }
    }
    if rules.open_first > rules.open_max {
        s.fault(&key("open_first_ms"), "is longer than `open_max_ms`");
    }
    rules
}
