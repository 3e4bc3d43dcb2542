//! Reading an answer: which center told what, and who was not heard. It refuses to take silence,
//! yesterday's facts or a refusal for "nothing there".

use std::collections::BTreeSet;

use time::Date;
use time::format_description::well_known::Iso8601;

use super::{Reason, Rule, Verdict};
use crate::client::{Answer, Lamp, RecordView, Say};
use crate::world::Node;

/// A record with the center that told it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) lamp: &'a Lamp,
    pub(super) record: &'a RecordView,
}

impl Told<'_> {
    pub(super) fn text(&self, code: &str) -> Option<String> {
        self.record.text(code)
    }

    pub(super) fn node(&self) -> &str {
        &self.lamp.node
    }

    /// Whether a code is one of these; nothing where it is not there.
    pub(super) fn is_one_of(&self, code: &str, among: &[&str]) -> Option<bool> {
        self.text(code).map(|text| among.contains(&text.as_str()))
    }

    /// The reason for a verdict about this record, whose key is the item `key`.
    pub(super) fn reason(&self, rule: Rule, key: &str) -> Reason {
        let record = self.text(key);
        let (lamp, said) = (self.lamp, rule.say());
        let key = |open: &str, close: &str| {
            let said = record.as_deref();
            said.map_or_else(String::new, |record| format!("{open}{record}{close}"))
        };
        let as_of = |open: &str, close: &str| {
            let old = lamp.as_of.as_deref().filter(|_| lamp.lamp == "stale");
            old.map_or_else(String::new, |as_of| format!("{open}{as_of}{close}"))
        };
        let say = Say {
            zh: format!(
                "{}{}{}：{}。",
                lamp.name.zh,
                key("（业务号 ", "）"),
                as_of("（截至 ", "）"),
                said.zh
            ),
            en: format!(
                "{}{}{}: {}.",
                lamp.name.en,
                key(" (record ", ")"),
                as_of(" (as of ", ")"),
                said.en
            ),
        };
        Reason {
            rule,
            center: Some(lamp.node.clone()),
            record,
            say,
        }
    }

    pub(super) fn unreadable(&self) -> Verdict {
        Verdict::Manual(self.reason(Rule::Unreadable, ""))
    }
}

impl Reason {
    /// A reason that is about no center's record.
    pub(super) fn of(rule: Rule) -> Self {
        let said = rule.say();
        Self {
            rule,
            center: None,
            record: None,
            say: Say {
                zh: format!("{}。", said.zh),
                en: format!("{}.", said.en),
            },
        }
    }
}

/// Every record of a class, from all centers.
pub(super) fn told<'a>(answer: &'a Answer, class: &str) -> impl Iterator<Item = Told<'a>> {
    let class = class.to_owned();
    answer.lamps.iter().flat_map(move |lamp| {
        let records = lamp.class(&class).map(|found| found.records.as_slice());
        records
            .unwrap_or_default()
            .iter()
            .map(move |record| Told { lamp, record })
    })
}

/// The same without the asking center's own.
pub(super) fn elsewhere<'a>(
    answer: &'a Answer,
    class: &str,
    own: Node,
) -> impl Iterator<Item = Told<'a>> {
    told(answer, class).filter(move |told| told.node() != own.id())
}

/// Go, if everybody who holds these classes was heard as of now; otherwise the case waits.
pub(super) fn if_heard<'a>(
    answers: impl IntoIterator<Item = &'a Answer>,
    classes: &[&str],
) -> Verdict {
    let mut missing = BTreeSet::new();
    for answer in answers {
        let strangers = answer.lamps.iter().map(|lamp| lamp.node.as_str());
        let centers: BTreeSet<&str> = Node::ALL
            .map(Node::id)
            .into_iter()
            .chain(strangers)
            .collect();
        for class in classes {
            let outcome = |center: &str| {
                let found = answer.lamp(center).and_then(|lamp| lamp.class(class));
                found.map_or("unavailable", |found| found.outcome.as_str())
            };
            // What no center at all covers, nobody has said.
            let nobody = centers
                .iter()
                .all(|center| outcome(center) == "not-covered");
            let is_missing = |center: &&&str| match outcome(center) {
                "answered" | "no-record" => false,
                "not-covered" => nobody,
                _ => true,
            };
            let unheard = centers.iter().filter(is_missing);
            missing.extend(unheard.map(|center| (*center).to_owned()));
        }
    }
    if missing.is_empty() {
        Verdict::Go
    } else {
        Verdict::Park(missing)
    }
}

/// `2026-11-23`.
pub(super) fn date(text: &str) -> Option<Date> {
    Date::parse(text, &Iso8601::DATE).ok()
}

/// A month, counted from year 0: of `202611` or of a date.
pub(super) fn month(text: &str) -> Option<i32> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
    let year: i32 = digits.get(..4)?.parse().ok()?;
    let month: i32 = digits.get(4..6)?.parse().ok()?;
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}
