//! A JSON reply read by the step: values stay the text they were written in until one is wanted. It
//! refuses objects that could be read in two ways.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::translate::SourceError;
use crate::translate::source::Cell;

/// What stands at `path`; `None` where a key on the way is missing or null. A way through
/// something that is no object is no reply as agreed.
pub(super) fn within<'a, S: AsRef<str>>(
    root: &'a RawValue,
    path: &[S],
) -> Result<Option<&'a RawValue>, SourceError> {
    let mut here = root;
    for step in path {
        if here.get() == "null" {
            return Ok(None);
        }
        let object: Object<'a> =
            serde_json::from_str(here.get()).map_err(|_| SourceError::Broken)?;
        match object.0.get(step.as_ref()) {
            Some(next) => here = next,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// One value as text; numbers are the digits as written. What is no single value is undecodable.
pub(super) fn cell(value: &RawValue) -> Cell {
    let written = value.get();
    match written.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(written) {
            Ok(text) if !text.contains('\u{fffd}') => Cell::Text(text),
            Ok(_) | Err(_) => Cell::Undecodable,
        },
        Some(b'n') => Cell::Null,
        Some(b'{' | b'[') | None => Cell::Undecodable,
        Some(_) => Cell::Text(written.to_owned()),
    }
}

/// One object, its values unread. A key given twice could be read either way: it is refused.
struct Object<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    match all.entry(key.0) {
                        Slot::Vacant(slot) => slot.insert(value),
                        Slot::Occupied(_) => return Err(A::Error::custom("a key is given twice")),
                    };
                }
                Ok(Object(all))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A key, borrowed from the reply where it holds no escape.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
