//! What a search looks for. Everything given must fit an entry; nothing given fits all.

use clap::Args;
use wire::heading::operator_term;
use wire::{Heading, KeyName};

use super::moment::Moment;
use super::subject::Subject;
use super::terms;

#[derive(Debug, Args)]
pub(super) struct Filter {
    /// From this moment on: a day, `2026-11-23T10:00`, or RFC 3339; Beijing time.
    #[arg(long, value_parser = Moment::from)]
    pub(super) from: Option<Moment>,
    /// Before this moment; a day belongs to it whole.
    #[arg(long, value_parser = Moment::to)]
    pub(super) to: Option<Moment>,
    /// The asking center.
    #[arg(long, value_parser = terms::node)]
    center: Option<String>,
    /// A node that the entry names, whatever its part: asks, is asked, skipped, answers, attaches.
    #[arg(long, value_parser = terms::node)]
    node: Option<String>,
    /// `center/operator` who asked or approved.
    #[arg(long, value_parser = terms::of_center)]
    operator: Option<String>,
    /// `center/counter` where it was asked.
    #[arg(long, value_parser = terms::of_center)]
    counter: Option<String>,
    /// Flow, as F05.
    #[arg(long, value_parser = terms::flow)]
    flow: Option<String>,
    /// Case number.
    #[arg(long)]
    case: Option<String>,
    /// Code of a refusal, of a node that was not asked, or of a class without answer.
    #[arg(long, value_parser = terms::code)]
    code: Option<String>,
    /// Kind of entry (docs/audit-entries.md).
    #[arg(long, value_parser = terms::kind)]
    kind: Option<String>,
    /// Member of the staff: signed in, looked, acted.
    #[arg(long, value_parser = terms::node)]
    staff: Option<String>,
    /// Question.
    #[arg(long)]
    query: Option<String>,
    #[command(flatten)]
    subject: Subject,
}

/// A filter ready for use.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Keys that an entry must have, the rarest first.
    pub(super) keys: Vec<String>,
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
}

impl Filter {
    /// Reads the subject's number where one is asked for; nothing of it is kept but its pseudonym.
    pub(super) fn wanted(self) -> anyhow::Result<Wanted> {
        let subject = self.subject.pseudonym()?;
        let operator = self.operator.as_deref().map(operator_term);
        let given = [
            (KeyName::Query, self.query),
            (KeyName::Subject, subject),
            (KeyName::Case, self.case),
            (KeyName::Operator, operator),
            (KeyName::Counter, self.counter),
            (KeyName::Code, self.code),
            (KeyName::Staff, self.staff),
            (KeyName::Flow, self.flow),
            (KeyName::Center, self.center),
            (KeyName::Node, self.node),
            (KeyName::Kind, self.kind),
        ];
        let keys = given.into_iter().filter_map(|(name, value)| {
            let value = value?;
            Some(format!("{}:{value}", name.as_str()))
        });
        Ok(Wanted {
            keys: keys.collect(),
            from: self.from,
            to: self.to,
        })
    }
}

impl Wanted {
    /// Whether an entry of the log `own` has every key.
    pub(super) fn fits(&self, heading: &Heading<'_>, own: &str) -> bool {
        if self.keys.is_empty() {
            return true;
        }
        let mut missing = vec![true; self.keys.len()];
        heading.each_key(own, |parts| {
            for (key, missing) in self.keys.iter().zip(&mut missing) {
                if is_made_of(key, parts) {
                    *missing = false;
                }
            }
        });
        !missing.contains(&true)
    }

    /// Whether a moment lies in the time searched.
    pub(super) fn holds(&self, moment: &str) -> bool {
        !self.is_before(moment) && !self.is_behind(moment)
    }

    pub(super) fn is_before(&self, moment: &str) -> bool {
        self.from
            .as_ref()
            .is_some_and(|from| moment < from.as_str())
    }

    pub(super) fn is_behind(&self, moment: &str) -> bool {
        self.to.as_ref().is_some_and(|to| moment >= to.as_str())
    }

    /// Whether only a part of the log is searched.
    pub(super) const fn is_timed(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }
}

fn is_made_of(key: &str, parts: &[&str]) -> bool {
    let mut rest = key;
    for part in parts {
        match rest.strip_prefix(part) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_of_its_parts_exactly() {
        assert!(is_made_of(
            "operator:city/0317",
            &["operator", ":", "city", "/", "0317"]
        ));
        assert!(!is_made_of(
            "operator:city/0317",
            &["operator", ":", "city", "/", "031"]
        ));
        assert!(!is_made_of(
            "operator:city/031",
            &["operator", ":", "city", "/", "0317"]
        ));
    }
}
