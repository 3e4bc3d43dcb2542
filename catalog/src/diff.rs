//! What changed between two versions of a catalogue, each change with its verdict: compatible,
//! widening (older receivers withhold the new values) or breaking.
//!
//! Compares meaning only, as the digest does: provenance and formatting are no change. It refuses
//! to guess that an item moved to another number: numbers are permanent (ADR 0004).

mod change;
mod code_sets;

use crate::catalog::Catalog;
use crate::item::{Class, Item, ItemType, TextFormat};

pub use change::{ChangeKind, Weight};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it concerns: `catalog`, `04`, `04-08` or a code set's name, with the code behind `/`.
    pub place: String,
    /// What changed.
    pub kind: ChangeKind,
    /// What stood there before; empty for something new.
    pub from: String,
    /// What stands there now; empty for something that is gone.
    pub to: String,
}

/// Every change from one version to another: classes and items in the order of their numbers, then
/// code sets by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    changes: Vec<Change>,
}

impl Diff {
    /// The changes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The weight of the gravest change; nothing where nothing changed.
    #[must_use]
    pub fn weight(&self) -> Option<Weight> {
        self.changes.iter().map(|change| change.kind.weight()).max()
    }

    /// Whether peers of the two versions must not work together.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.weight() == Some(Weight::Breaking)
    }

    fn add(&mut self, place: &str, kind: ChangeKind, from: impl ToString, to: impl ToString) {
        self.changes.push(Change {
            place: place.to_owned(),
            kind,
            from: from.to_string(),
            to: to.to_string(),
        });
    }
}

/// What changed from the catalogue `a` to the catalogue `b`.
#[must_use]
pub fn diff(a: &Catalog, b: &Catalog) -> Diff {
    let mut diff = Diff::default();
    if a.version == b.version && a.digest != b.digest {
        let kind = ChangeKind::VersionReused;
        diff.add("catalog", kind, &a.version, &b.version);
    }
    for old in &a.classes {
        match b.class(old.no) {
            Some(new) => classes(&mut diff, old, new),
            None => diff.add(&old.no.to_string(), ChangeKind::ClassRemoved, &old.code, ""),
        }
    }
    for new in b.classes.iter().filter(|new| a.class(new.no).is_none()) {
        diff.add(&new.no.to_string(), ChangeKind::ClassAdded, "", &new.code);
    }
    code_sets::compare(&mut diff, a, b);
    diff
}

fn classes(diff: &mut Diff, old: &Class, new: &Class) {
    let place = old.no.to_string();
    if old.code != new.code {
        // Whatever the items say, they speak of another thing.
        return diff.add(&place, ChangeKind::ClassReused, &old.code, &new.code);
    }
    if (&old.zh, &old.en) != (&new.zh, &new.en) {
        diff.add(
            &place,
            ChangeKind::ClassRenamed,
            format!("{} {}", old.zh, old.en),
            format!("{} {}", new.zh, new.en),
        );
    }
    for item in &old.items {
        match new.item(item.no) {
            Some(now) => items(diff, item, now),
            None => diff.add(
                &item.no.to_string(),
                ChangeKind::ItemRemoved,
                &item.code,
                "",
            ),
        }
    }
    for item in new.items.iter().filter(|item| old.item(item.no).is_none()) {
        let kind = if item.required {
            ChangeKind::RequiredItemAdded
        } else {
            ChangeKind::ItemAdded
        };
        diff.add(&item.no.to_string(), kind, "", &item.code);
    }
}

fn items(diff: &mut Diff, old: &Item, new: &Item) {
    use ChangeKind as Kind;
    let place = old.no.to_string();
    if old.code != new.code {
        return diff.add(&place, Kind::ItemReused, &old.code, &new.code);
    }
    if (&old.zh, &old.en) != (&new.zh, &new.en) {
        let named = |item: &Item| format!("{} {}", item.zh, item.en);
        diff.add(&place, Kind::ItemRenamed, named(old), named(new));
    }
    kinds(diff, &place, old, new);
    if old.unit != new.unit {
        let unit = |item: &Item| item.unit.clone().unwrap_or_default();
        diff.add(&place, Kind::UnitChanged, unit(old), unit(new));
    }
    match (old.required, new.required) {
        (false, true) => diff.add(&place, Kind::RequiredTightened, "optional", "required"),
        (true, false) => diff.add(&place, Kind::RequiredLoosened, "required", "optional"),
        (true, true) | (false, false) => {}
    }
    if old.key != new.key {
        let key = |item: &Item| item.key.map_or("", crate::KeyRole::as_str);
        diff.add(&place, Kind::KeyChanged, key(old), key(new));
    }
    if old.sensitivity != new.sensitivity {
        let kind = if new.sensitivity > old.sensitivity {
            Kind::SensitivityRaised
        } else {
            Kind::SensitivityLowered
        };
        let (was, is) = (old.sensitivity.as_str(), new.sensitivity.as_str());
        diff.add(&place, kind, was, is);
    }
    match (old.input_only, new.input_only) {
        (false, true) => diff.add(&place, Kind::BecameInputOnly, "answered", "input only"),
        (true, false) => diff.add(&place, Kind::BecameAnswered, "input only", "answered"),
        (true, true) | (false, false) => {}
    }
    if old.domains != new.domains {
        let domains = |item: &Item| {
            let names: Vec<_> = item.domains.iter().map(|domain| domain.as_str()).collect();
            names.join(" ")
        };
        diff.add(&place, Kind::DomainsChanged, domains(old), domains(new));
    }
}

/// The values that an item takes.
fn kinds(diff: &mut Diff, place: &str, old: &Item, new: &Item) {
    use ChangeKind as Kind;
    let (was, is) = (old.kind.name(), new.kind.name());
    if was != is {
        return diff.add(place, Kind::TypeChanged, was, is);
    }
    if let (
        ItemType::Code { set: a, multiple },
        ItemType::Code {
            set: b,
            multiple: now,
        },
    ) = (&old.kind, &new.kind)
    {
        if a != b {
            diff.add(place, Kind::CodeSetReplaced, a, b);
        }
        match (multiple, now) {
            (false, true) => diff.add(place, Kind::SeveralAllowed, "one", "several"),
            (true, false) => diff.add(place, Kind::SeveralForbidden, "several", "one"),
            (true, true) | (false, false) => {}
        }
    }
    let (before, after) = (room(old), room(new));
    if before != after {
        let pairs = || before.iter().zip(&after);
        let kind = if pairs().all(|(before, after)| after >= before) {
            Kind::Widened
        } else {
            Kind::Narrowed
        };
        diff.add(place, kind, spelt(&before), spelt(&after));
    }
    if old.format != new.format {
        let kind = if new.format.is_none() {
            Kind::FormatLoosened
        } else {
            Kind::FormatTightened
        };
        diff.add(
            place,
            kind,
            format_text(old.format),
            format_text(new.format),
        );
    }
}

/// The places that values of a type have, each of which may only grow: characters, digits, or
/// digits before and after the point.
fn room(item: &Item) -> Vec<u16> {
    match item.kind {
        ItemType::Text { .. } | ItemType::Code { .. } => item.length.into_iter().collect(),
        ItemType::Decimal { precision, scale } => {
            vec![u16::from(precision.saturating_sub(scale)), u16::from(scale)]
        }
        ItemType::Integer { digits } => vec![u16::from(digits)],
        ItemType::Date | ItemType::Month | ItemType::Time | ItemType::Boolean => Vec::new(),
    }
}

fn spelt(room: &[u16]) -> String {
    let parts: Vec<_> = room.iter().map(ToString::to_string).collect();
    parts.join(".")
}

fn format_text(format: Option<TextFormat>) -> String {
    match format {
        Some(TextFormat::IdNumber { id_type }) => format!("id-number by {id_type}"),
        Some(format) => format.name().to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
