//! Whoever is there and reachable within the limit is not cut off as one that hangs, however far it
//! is, however slow its sources, and whatever becomes of one of its streams.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::simulation::evidence::{Evidence, Violation, violation};
use crate::simulation::history::Event;

/// So long a word may take, there and back, of whomever it comes.
const LIMIT: Duration = Duration::from_millis(800);
/// So long the hub waits for one at most.
const LONGEST: Duration = Duration::from_millis(2_200);
/// By then the hub has done what it does because of a word.
const AT_ONCE: Duration = Duration::from_millis(5);

/// What was heard of one node, and what it was asked for.
#[derive(Debug, Default)]
struct Heard {
    /// Replies and words, in order.
    at: Vec<Duration>,
    out: Vec<Duration>,
    /// When each word was asked for, and when it came.
    words: BTreeMap<(u64, u64), (Duration, Option<Duration>)>,
}

pub(super) fn whoever_speaks_in_time_is_not_cut(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut heard: BTreeMap<&str, Heard> = BTreeMap::new();
    for (at, event) in evidence.events() {
        match event {
            Event::Replied { node, .. } => heard.entry(node).or_default().at.push(at),
            Event::Probed { node, stream, id } => {
                let words = &mut heard.entry(node).or_default().words;
                words.insert((*stream, *id), (at, None));
            }
            Event::Word {
                node,
                stream,
                id,
                is_out,
            } => {
                let heard = heard.entry(node).or_default();
                heard.at.push(at);
                heard.out.extend(is_out.then_some(at));
                if let Some((_, came)) = heard.words.get_mut(&(*stream, *id)) {
                    *came = Some(at);
                }
            }
            _ => {}
        }
    }
    let mut wrong = Vec::new();
    for (at, event) in evidence.events() {
        if let Event::CutOff { node } = event
            && let Some(said) = heard.get(node.as_str()).and_then(|heard| heard.against(at))
        {
            let said = format!("{at:?}: {node} was cut off as silent, but {said}");
            wrong.push(violation("whoever-speaks-in-time-is-not-cut", said));
        }
    }
    wrong
}

impl Heard {
    /// What speaks against its having been cut off then.
    fn against(&self, cut: Duration) -> Option<String> {
        let lies_before = |at: &Duration| *at <= cut && cut - *at <= AT_ONCE;
        if self.out.iter().any(lies_before) {
            return None;
        }
        let before = self.at.iter().rfind(|at| **at <= cut);
        if let Some(last) = before.filter(|last| cut - **last < LIMIT) {
            return Some(format!("had spoken at {last:?}"));
        }
        // One that it was asked for all that time has not come: it was beyond the limit.
        let is_in_vain = |(asked, came): &(Duration, Option<Duration>)| {
            *asked + LIMIT <= cut && cut <= *asked + LONGEST && came.is_none_or(|came| came > cut)
        };
        if self.words.values().any(is_in_vain) {
            return None;
        }
        let came = self.words.values().find_map(|(asked, came)| {
            let came = (*came)?;
            let is_in_time = *asked <= cut && came > cut && came - *asked < LIMIT;
            is_in_time.then_some((asked, came))
        });
        came.map(|(asked, came)| format!("its word of {asked:?} came at {came:?}"))
    }
}
