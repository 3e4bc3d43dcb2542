//! What a run has met, in counts: a simulation that never meets a trouble proves nothing about it.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::history::{Ending, Event};
use super::world::Run;

/// How often each thing was seen.
#[derive(Debug, Default)]
pub(super) struct Coverage(BTreeMap<String, u64>);

impl Coverage {
    pub(super) fn add(&mut self, run: &Run) {
        let evidence = Evidence::of(run);
        for entry in &evidence.entries {
            let more = match entry.kind.as_str() {
                "breaker" => format!(
                    " {} {} {}",
                    entry.text("/from"),
                    entry.text("/to"),
                    entry.text("/because")
                ),
                "abandoned" => format!(" {}", entry.text("/because")),
                "detached" => format!(" drained {}", entry.value["drained"]),
                "started" => format!(" in order {}", entry.value["in_order"]),
                _ => String::new(),
            };
            self.count(format!("log {}{more}", entry.kind));
        }
        for (_, event) in &run.events {
            match event {
                Event::Fault(fault) => {
                    let kind = fault
                        .rsplit_once(' ')
                        .map_or(fault.as_str(), |(kind, _)| kind);
                    self.count(format!("fault {kind}"));
                }
                Event::Acted { act, .. } => self.count(format!("acted {act}")),
                Event::NotActed { code } => self.count(format!("not acted {code}")),
                Event::HubDown { how, .. } => self.count(format!("hub {how}")),
                Event::Lost { because, .. } => self.count(format!("lost {because}")),
                Event::GuardDenied { because, .. } => self.count(format!("guard {because}")),
                Event::Left { ending, .. } => self.ending(ending),
                Event::Replied { said, .. } if !said.is_honest => self.count("lie".to_owned()),
                _ => {}
            }
        }
    }

    fn ending(&mut self, ending: &Ending) {
        match ending {
            Ending::Refusal { code, .. } => self.count(format!("refused {code}")),
            Ending::Answer(answer) => {
                for class in answer.nodes.iter().flat_map(|node| &node.classes) {
                    let (outcome, held) = (
                        class.outcome(),
                        if class.held_back { " held back" } else { "" },
                    );
                    self.count(format!("lamp {outcome:?} {}{held}", class.code));
                }
            }
        }
    }

    fn count(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// How often things of this beginning were seen.
    pub(super) fn of(&self, beginning: &str) -> u64 {
        let of = self
            .0
            .iter()
            .filter(|(what, _)| what.starts_with(beginning));
        of.map(|(_, count)| count).sum()
    }

    pub(super) fn print(&self) {
        for (what, count) in &self.0 {
            println!("{count:>8}  {what}");
        }
    }
}
