//! What changed in the code sets: which codes are good, and what each of them means.

use super::{ChangeKind as Kind, Diff};
use crate::catalog::Catalog;
use crate::code_set::{CodeEntry, CodePattern, CodePrefix, CodeSet};

pub(super) fn compare(diff: &mut Diff, a: &Catalog, b: &Catalog) {
    for old in a.code_sets() {
        match b.code_set(old.name()) {
            Some(new) => sets(diff, old, new),
            None => diff.add(old.name(), Kind::CodeSetRemoved, old.zh(), ""),
        }
    }
    for new in b.code_sets().filter(|new| a.code_set(new.name()).is_none()) {
        diff.add(new.name(), Kind::CodeSetAdded, "", new.zh());
    }
}

fn sets(diff: &mut Diff, old: &CodeSet, new: &CodeSet) {
    if (old.zh(), old.en()) != (new.zh(), new.en()) {
        let named = |set: &CodeSet| format!("{} {}", set.zh(), set.en());
        diff.add(old.name(), Kind::CodeSetRenamed, named(old), named(new));
    }
    let place = |code: &str| format!("{}/{code}", old.name());
    for (code, entry) in old.entries() {
        match new.entries.get(code) {
            Some(now) => entries(diff, &place(code), entry, now),
            None if new.contains(code) => {
                diff.add(&place(code), Kind::CodeUnlisted, &entry.label, "");
            }
            None => diff.add(&place(code), Kind::CodeRemoved, &entry.label, ""),
        }
    }
    for (code, entry) in new.entries() {
        if old.entries.contains_key(code) {
            continue;
        }
        let kind = if old.contains(code) {
            Kind::CodeListed
        } else {
            Kind::CodeAdded
        };
        diff.add(&place(code), kind, "", &entry.label);
    }
    if old.pattern() != new.pattern() {
        let kind = if admits_all(new.pattern(), old.pattern()) {
            Kind::PatternWidened
        } else {
            Kind::PatternNarrowed
        };
        let (was, is) = (spelt(old.pattern()), spelt(new.pattern()));
        diff.add(old.name(), kind, was, is);
    }
}

fn entries(diff: &mut Diff, place: &str, old: &CodeEntry, new: &CodeEntry) {
    if old.label != new.label {
        diff.add(place, Kind::CodeRelabelled, &old.label, &new.label);
    }
    match (&old.successor, &new.successor) {
        (None, Some(successor)) => diff.add(place, Kind::CodeRetired, "", successor),
        (Some(successor), None) => diff.add(place, Kind::CodeRevived, successor, ""),
        (Some(was), Some(is)) if was != is => diff.add(place, Kind::CodeRedirected, was, is),
        (Some(_), Some(_)) | (None, None) => {}
    }
}

/// Whether the new pattern admits whatever the old one did. Prefixes that are the set's own entries
/// are compared as entries, so here they are equal only to themselves.
fn admits_all(new: Option<&CodePattern>, old: Option<&CodePattern>) -> bool {
    let Some(old) = old else { return true };
    let Some(new) = new else { return false };
    let prefixes = match (&new.prefix, &old.prefix) {
        (CodePrefix::Entry, CodePrefix::Entry) => true,
        (CodePrefix::OneOf(new), CodePrefix::OneOf(old)) => {
            old.iter().all(|prefix| new.contains(prefix))
        }
        (CodePrefix::Entry, CodePrefix::OneOf(_)) | (CodePrefix::OneOf(_), CodePrefix::Entry) => {
            false
        }
    };
    prefixes && new.digits_min <= old.digits_min && new.digits_max >= old.digits_max
}

fn spelt(pattern: Option<&CodePattern>) -> String {
    let Some(pattern) = pattern else {
        return "listed only".to_owned();
    };
    let prefix = match &pattern.prefix {
        CodePrefix::Entry => "an entry".to_owned(),
        CodePrefix::OneOf(texts) => texts.join("|"),
    };
    let (min, max) = (pattern.digits_min, pattern.digits_max);
    format!("{prefix} and {min} to {max} digits")
}
