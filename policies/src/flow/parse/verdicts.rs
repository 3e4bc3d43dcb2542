//! The verdicts of a flow. Refuses a verdict on an item that the flow does not list, on codes that
//! the catalog lacks, or of an item whose values it could not test.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, Item, ItemNo, ItemType};

use super::items::{Listed, one};
use super::{Mode, term};
use crate::fault::Faults;
use crate::question::VERDICTS_MAX;
use crate::section::{At, Section};
use crate::verdict::{
    Bounds, MEASURES_MAX, MONTHS_MAX, Reversal, VerdictId, VerdictRule, VerdictTest,
};

pub(super) fn read(
    root: &mut Section<'_, '_>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> BTreeMap<VerdictId, VerdictRule> {
    let mut verdicts = BTreeMap::new();
    for entry in root.each("verdict", faults) {
        let place = entry.place();
        let Some((id, rule)) = verdict(entry, listed, catalog, faults) else {
            continue;
        };
        if verdicts.insert(id.clone(), rule).is_some() {
            faults.add(place, format!("verdict `{id}` is registered twice"));
        }
    }
    if verdicts.len() > VERDICTS_MAX {
        faults.add(root.place(), format!("more than {VERDICTS_MAX} verdicts"));
    }
    verdicts
}

/// The verdicts of which one must hold before details leave a center. Only what needs no yardstick
/// can be judged whatever a question brings.
pub(super) fn details_on(
    root: &mut Section<'_, '_>,
    mode: Option<Mode>,
    verdicts: &BTreeMap<VerdictId, VerdictRule>,
    faults: &mut Faults,
) -> BTreeSet<VerdictId> {
    let names = root.texts_if_any("details_on", faults);
    if !names.is_empty() && mode == Some(Mode::Match) {
        faults.add(
            root.place(),
            "a match flow gives no details, on whatever verdict",
        );
    }
    let mut details_on = BTreeSet::new();
    for name in names {
        let Some(id) = term::<VerdictId>(&name, faults) else {
            continue;
        };
        let refused = match verdicts.get(&id) {
            None => Some("is no verdict of the flow"),
            Some(rule) if rule.test.takes_yardstick() => {
                Some("needs a limit or span, which a question for details does not bring")
            }
            Some(rule) if rule.house => {
                Some("is about a house, and would open the details of whoever is asked about")
            }
            Some(_) => None,
        };
        if let Some(reason) = refused {
            faults.add(name.place, format!("`{}` {reason}", name.value));
        }
        details_on.insert(id);
    }
    details_on
}

fn verdict(
    mut entry: Section<'_, '_>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<(VerdictId, VerdictRule)> {
    let place = entry.place();
    let id = entry
        .text("id", faults)
        .and_then(|text| term(&text, faults));
    let class = entry.text("class", faults);
    let class = class.and_then(|text| known_class(&text, listed, faults));
    let reader = Reader {
        class,
        listed,
        catalog,
    };
    let only = entry.lists("only", faults);
    let only = only
        .into_iter()
        .filter_map(|(name, values)| reader.condition(&name, &values, faults))
        .collect();
    let elsewhere = entry.yes_no_if_any("elsewhere", faults);
    let house = entry.yes_no_if_any("house", faults);
    let reversed_by = entry
        .inner_if_any("reversed_by", faults)
        .map(|inner| reversal(inner, &reader, faults));
    let test = test(&mut entry, &reader, faults);
    let bounds = bounds(&mut entry, test.as_ref(), faults);
    if let (Some(VerdictTest::SumWithin(summed)), Some(Some(by))) = (test, &reversed_by)
        && summed != by.amount
    {
        let reason = "a sum nets the `amount` of its reversals and of no other item";
        faults.add(place, reason);
    }
    entry.finish(faults);
    let rule = VerdictRule {
        class: class?,
        only,
        elsewhere: elsewhere.unwrap_or(false),
        house: house.unwrap_or(false),
        test: test?,
        bounds,
        // A reversal that cannot be read has been reported; the set is refused.
        reversed_by: reversed_by.flatten(),
    };
    Some((id?, rule))
}

fn known_class(text: &At<'_, String>, listed: &Listed<'_>, faults: &mut Faults) -> Option<ClassNo> {
    let class = text.value.parse().ok();
    if class.is_none_or(|class| !listed.has_class(class)) {
        faults.add(
            text.place,
            format!("`{}` is no class of which the flow lists items", text.value),
        );
    }
    class
}

fn test(
    entry: &mut Section<'_, '_>,
    reader: &Reader<'_>,
    faults: &mut Faults,
) -> Option<VerdictTest> {
    let word = entry.text("test", faults)?;
    match word.value.as_str() {
        "exists" => Some(VerdictTest::Exists),
        "count-by" => reader
            .item(entry, "item", "one code", is_code, faults)
            .map(VerdictTest::CountBy),
        "sum-within" => reader
            .item(entry, "item", "a decimal number", is_decimal, faults)
            .map(VerdictTest::SumWithin),
        "months-overlap" => {
            let from = reader.item(entry, "from", "a day or a month", is_dated, faults);
            let until = reader.item(entry, "until", "a day or a month", is_dated, faults);
            Some(VerdictTest::MonthsOverlap(from?, until?))
        }
        other => {
            let reason = "a test is `exists`, `count-by`, `sum-within` or `months-overlap`";
            faults.add(word.place, format!("`{other}`: {reason}"));
            None
        }
    }
}

/// By what a reversal is known and what it takes back.
fn reversal(
    mut inner: Section<'_, '_>,
    reader: &Reader<'_>,
    faults: &mut Faults,
) -> Option<Reversal> {
    let only = inner.lists("only", faults);
    let only: BTreeMap<_, _> = only
        .into_iter()
        .filter_map(|(name, values)| reader.condition(&name, &values, faults))
        .collect();
    if only.is_empty() {
        faults.add(
            inner.place(),
            "`only` must say by which codes a reversal is known",
        );
    }
    let amount = reader.item(&mut inner, "amount", "a decimal number", is_decimal, faults);
    let day = reader.item(&mut inner, "day", "a day", is_day, faults);
    let same = inner.texts_if_any("same", faults);
    let same = same
        .iter()
        .filter_map(|name| reader.used(name, faults))
        .map(|item| item.no)
        .collect();
    inner.finish(faults);
    Some(Reversal {
        only,
        amount: amount?,
        day: day?,
        same,
    })
}

/// How far the verdict may be measured. A bound on what is not measured would mean nothing.
fn bounds(entry: &mut Section<'_, '_>, test: Option<&VerdictTest>, faults: &mut Faults) -> Bounds {
    let usual = Bounds::default();
    let measures_max = entry.number_if_any("measures_max", 1..=MEASURES_MAX, faults);
    let months_max = entry.number_if_any("months_max", 1..=MONTHS_MAX, faults);
    if measures_max.is_some() && test.is_some_and(|test| !test.takes_yardstick()) {
        let reason = "`measures_max` bounds `sum-within` and `months-overlap` only";
        faults.add(entry.place(), reason);
    }
    let is_span = |test: &VerdictTest| matches!(test, VerdictTest::MonthsOverlap(..));
    if months_max.is_some() && test.is_some_and(|test| !is_span(test)) {
        faults.add(entry.place(), "`months_max` bounds `months-overlap` only");
    }
    Bounds {
        measures_max: measures_max.unwrap_or(usual.measures_max),
        months_max: months_max.unwrap_or(usual.months_max),
    }
}

const fn is_code(kind: &ItemType) -> bool {
    matches!(
        kind,
        ItemType::Code {
            multiple: false,
            ..
        }
    )
}

const fn is_decimal(kind: &ItemType) -> bool {
    matches!(kind, ItemType::Decimal { .. })
}

const fn is_dated(kind: &ItemType) -> bool {
    matches!(kind, ItemType::Date | ItemType::Month)
}

const fn is_day(kind: &ItemType) -> bool {
    matches!(kind, ItemType::Date)
}

/// What a verdict is read against.
struct Reader<'a> {
    class: Option<ClassNo>,
    listed: &'a Listed<'a>,
    catalog: &'a Catalog,
}

impl<'a> Reader<'a> {
    /// The item under `key`, which must hold what the test needs.
    fn item(
        &self,
        entry: &mut Section<'_, '_>,
        key: &'static str,
        wanted: &str,
        fits: fn(&ItemType) -> bool,
        faults: &mut Faults,
    ) -> Option<ItemNo> {
        let name = entry.text(key, faults)?;
        let item = self.used(&name, faults)?;
        if !fits(&item.kind) {
            faults.add(
                name.place,
                format!("`{}` does not hold {wanted}", name.value),
            );
        }
        Some(item.no)
    }

    /// An item that a verdict uses: of its class, and listed by the flow.
    fn used(&self, name: &At<'_, String>, faults: &mut Faults) -> Option<&'a Item> {
        let item = one(name, self.catalog, faults)?;
        if !self.listed.has(item.no) && !self.listed.judged.contains(&item.no) {
            faults.add(
                name.place,
                format!(
                    "`{}` is used by a verdict and is not listed in `items`",
                    name.value
                ),
            );
        }
        if self.class.is_some_and(|class| class != item.no.class()) {
            faults.add(
                name.place,
                format!("`{}` is of another class than the verdict", name.value),
            );
        }
        Some(item)
    }

    fn condition(
        &self,
        name: &At<'_, String>,
        values: &[At<'_, String>],
        faults: &mut Faults,
    ) -> Option<(ItemNo, BTreeSet<String>)> {
        let item = self.used(name, faults)?;
        match &item.kind {
            ItemType::Text { .. } => {}
            ItemType::Code { set, .. } => {
                let codes = self.catalog.code_set(set);
                for value in values {
                    if !codes.is_some_and(|codes| codes.contains(&value.value)) {
                        faults.add(
                            value.place,
                            format!("`{}` is no code of `{set}`", value.value),
                        );
                    }
                }
            }
            _ => faults.add(
                name.place,
                format!("`{}` holds neither codes nor text", name.value),
            ),
        }
        let values = values.iter().map(|value| value.value.clone()).collect();
        Some((item.no, values))
    }
}
