//! The classes and items that a question wants. A question whose shape is wrong is refused whole;
//! numbers that only a newer catalog has are told apart from it.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, ItemNo};

use super::{WireError, class_from_wire, item_from_wire};
use crate::limits::{CLASSES_PER_ASK_MAX, ITEMS_PER_CLASS_MAX};
use crate::v1;

/// Which items of which classes.
pub type Wants = BTreeMap<ClassNo, BTreeSet<ItemNo>>;

/// The classes and items of an envelope, each checked against the catalog.
///
/// # Errors
/// Unknown or repeated numbers, or more than the limits allow.
pub fn wants_from_wire(catalog: &Catalog, wants: &[v1::ClassItems]) -> Result<Wants, WireError> {
    let read = wants_of_any_version(wants)?;
    for (class, items) in &read {
        class_from_wire(catalog, u32::from(class.get()))?;
        for item in items {
            item_from_wire(catalog, *class, u32::from(item.item()))?;
        }
    }
    Ok(read)
}

/// The classes and items of an envelope that may come from a newer catalog: numbers that this one
/// lacks are read too, so that the question's signature can be checked and the rest answered.
///
/// # Errors
/// Numbers that no catalog can have for this program, repeated ones, or more than the limits allow.
pub fn wants_of_any_version(wants: &[v1::ClassItems]) -> Result<Wants, WireError> {
    if wants.is_empty() {
        return Err(WireError::Missing("wants"));
    }
    items_of_any_version(wants)
}

/// The items of a list that may be empty, such as those that a question passes on.
///
/// # Errors
/// As [`wants_of_any_version`].
pub fn items_of_any_version(wants: &[v1::ClassItems]) -> Result<Wants, WireError> {
    if wants.len() > CLASSES_PER_ASK_MAX {
        return Err(WireError::TooLarge("wants"));
    }
    let mut read = Wants::new();
    for want in wants {
        let class = u8::try_from(want.class).ok().and_then(ClassNo::new);
        let class = class.ok_or(WireError::UnknownClass)?;
        if want.items.is_empty() {
            return Err(WireError::Missing("items"));
        }
        if want.items.len() > ITEMS_PER_CLASS_MAX {
            return Err(WireError::TooLarge("items"));
        }
        let mut items = BTreeSet::new();
        for number in &want.items {
            let item = u8::try_from(*number)
                .ok()
                .and_then(|number| ItemNo::new(class, number));
            if !items.insert(item.ok_or(WireError::UnknownItem)?) {
                return Err(WireError::Twice("item"));
            }
        }
        if read.insert(class, items).is_some() {
            return Err(WireError::Twice("class"));
        }
    }
    Ok(read)
}

/// The envelope's form of [`Wants`].
#[must_use]
pub fn wants_to_wire(wants: &Wants) -> Vec<v1::ClassItems> {
    wants
        .iter()
        .map(|(class, items)| v1::ClassItems {
            class: u32::from(class.get()),
            items: items.iter().map(|item| u32::from(item.item())).collect(),
        })
        .collect()
}
