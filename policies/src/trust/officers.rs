//! The designated officers of a node: name and public key. Refuses one name in two spellings, since
//! many a system takes `Li` and `li` for one log-in.

use std::collections::{BTreeMap, BTreeSet};

use catalog::identity::may_hold_id_number;

use super::key;
use crate::case::is_staff_name;
use crate::fault::Faults;
use crate::section::Section;

/// Most designated officers of one node.
const OFFICERS_MAX: usize = 256;

/// The tables `[[node.officers]]`; a node may have none.
pub(super) fn read(node: &mut Section<'_, '_>, faults: &mut Faults) -> BTreeMap<String, [u8; 32]> {
    let entries = node.each("officers", faults);
    if let Some(beyond) = entries.get(OFFICERS_MAX) {
        faults.add(beyond.place(), format!("more than {OFFICERS_MAX} officers"));
    }
    let (mut officers, mut logins) = (BTreeMap::new(), BTreeSet::new());
    for mut entry in entries.into_iter().take(OFFICERS_MAX) {
        let place = entry.place();
        let name = entry.text("name", faults);
        let key = entry.text("key", faults);
        let key = key.and_then(|text| key::read("key", &text, faults));
        entry.finish(faults);
        let (Some(name), Some(key)) = (name, key) else {
            continue;
        };
        if !is_staff_name(&name.value) || may_hold_id_number(&name.value) {
            let reason = "an officer is named as operators are: letters, digits and `-_./@`";
            faults.add(name.place, reason);
        }
        if !logins.insert(name.value.to_ascii_lowercase()) {
            faults.add(place, format!("officer `{}` is listed twice", name.value));
        }
        officers.insert(name.value, key);
    }
    officers
}
