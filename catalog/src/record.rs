//! A record of one class: values by item number. It holds what it is given; whether that fits
//! the class is asked of the catalogue.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::number::{ClassNo, ItemNo};
use crate::value::Value;

/// The values of one record, often trimmed to the items a caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    class: ClassNo,
    values: BTreeMap<ItemNo, Value>,
}

impl Record {
    /// A record of the class without any item.
    #[must_use]
    pub const fn new(class: ClassNo) -> Self {
        Self {
            class,
            values: BTreeMap::new(),
        }
    }

    /// The class the record belongs to.
    #[must_use]
    pub const fn class(&self) -> ClassNo {
        self.class
    }

    /// The value of an item, if the record has the item.
    #[must_use]
    pub fn get(&self, no: ItemNo) -> Option<&Value> {
        self.values.get(&no)
    }

    /// Sets the value of an item and hands back the one it replaces.
    pub fn insert(&mut self, no: ItemNo, value: Value) -> Option<Value> {
        self.values.insert(no, value)
    }

    /// Takes an item out of the record.
    pub fn remove(&mut self, no: ItemNo) -> Option<Value> {
        self.values.remove(&no)
    }

    /// The items and values in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (ItemNo, &Value)> {
        self.values.iter().map(|(no, value)| (*no, value))
    }

    /// Keeps the items for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(ItemNo, &Value) -> bool) {
        self.values.retain(|no, value| keep(*no, value));
    }

    /// How many items the record has, with a value or without.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the record has no item at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl IntoIterator for Record {
    type Item = (ItemNo, Value);
    type IntoIter = std::collections::btree_map::IntoIter<ItemNo, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}
