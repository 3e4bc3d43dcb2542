//! Arbitrary verdicts over the items that a flow lists.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use catalog::{Catalog, Item, ItemNo, ItemType};
use proptest::prelude::*;
use proptest::sample::Index;

use super::picked;

/// What a verdict is made of.
#[derive(Debug, Clone)]
pub(super) struct VerdictDraft {
    class: Index,
    test: u8,
    items: (Index, Index),
    only: Option<(Index, Vec<Index>)>,
    elsewhere: bool,
}

/// A verdict as it stands in a file.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) items: BTreeSet<ItemNo>,
    pub(super) is_measured: bool,
}

impl VerdictDraft {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let codes = prop::collection::vec(any::<Index>(), 1..4);
        (
            any::<Index>(),
            0_u8..4,
            any::<(Index, Index)>(),
            prop::option::weighted(0.85, (any::<Index>(), codes)),
            any::<bool>(),
        )
            .prop_map(|(class, test, items, only, elsewhere)| Self {
                class,
                test,
                items,
                only,
                elsewhere,
            })
    }

    /// The verdict; a test whose kind of item the class does not have is one for existence.
    pub(super) fn written(
        &self,
        number: usize,
        listed: &[&Item],
        catalog: &Catalog,
    ) -> Option<Written> {
        let class = picked(listed, &self.class)?.no.class();
        let of_kind = |fits: fn(&ItemType) -> bool| -> Vec<&&Item> {
            let of_class = listed.iter().filter(|item| item.no.class() == class);
            of_class.filter(|item| fits(&item.kind)).collect()
        };
        let id = format!("v{number}");
        let mut items = BTreeSet::new();
        let mut text = format!("[[verdict]]\nid = \"{id}\"\nclass = \"{class}\"\n");
        let _ = writeln!(text, "elsewhere = {}", self.elsewhere);
        let fit = of_kind(self.kinds());
        let is_measured = self.test(&fit, &mut text, &mut items);
        let coded = of_kind(|kind| matches!(kind, ItemType::Code { .. }));
        if let Some((index, codes)) = &self.only
            && let Some(item) = picked(&coded, index)
        {
            let _ = writeln!(
                text,
                "only = {{ \"{}\" = [{}] }}",
                item.no,
                codes_of(item, codes, catalog)
            );
            items.insert(item.no);
        }
        Some(Written {
            id,
            text,
            items,
            is_measured,
        })
    }
}

impl VerdictDraft {
    /// What kind of item its test looks at.
    fn kinds(&self) -> fn(&ItemType) -> bool {
        match self.test {
            1 => |kind| {
                matches!(
                    kind,
                    ItemType::Code {
                        multiple: false,
                        ..
                    }
                )
            },
            2 => |kind| matches!(kind, ItemType::Decimal { .. }),
            _ => |kind| matches!(kind, ItemType::Date | ItemType::Month),
        }
    }

    /// Writes the test over what fits it; tells whether it takes a yardstick.
    fn test(&self, fit: &[&&Item], text: &mut String, items: &mut BTreeSet<ItemNo>) -> bool {
        let one = picked(fit, &self.items.0).map(|item| item.no);
        let other = picked(fit, &self.items.1).map(|item| item.no);
        match (self.test, one, other) {
            (1, Some(item), _) => {
                let _ = writeln!(text, "test = \"count-by\"\nitem = \"{item}\"");
                items.insert(item);
                false
            }
            (2, Some(item), _) => {
                let _ = writeln!(text, "test = \"sum-within\"\nitem = \"{item}\"");
                items.insert(item);
                true
            }
            (3, Some(from), Some(until)) => {
                text.push_str("test = \"months-overlap\"\n");
                let _ = writeln!(text, "from = \"{from}\"\nuntil = \"{until}\"");
                items.extend([from, until]);
                true
            }
            _ => {
                text.push_str("test = \"exists\"\n");
                false
            }
        }
    }
}

fn codes_of(item: &Item, picks: &[Index], catalog: &Catalog) -> String {
    let set = match &item.kind {
        ItemType::Code { set, .. } => catalog.code_set(set),
        _ => None,
    };
    let entries = set.map(|set| set.entries().map(|(code, _)| code).collect());
    let all: Vec<&str> = entries.unwrap_or_default();
    let chosen: BTreeSet<&str> = picks
        .iter()
        .filter_map(|index| picked(&all, index).copied())
        .collect();
    let quoted: Vec<String> = chosen.iter().map(|code| format!("\"{code}\"")).collect();
    quoted.join(", ")
}
