//! Under which keys an entry is found in the search index: those of its heading.

use audit::Keys;
use wire::Heading;

/// Adds the keys of an entry; none for bytes of another version, which stay in the log all the
/// same. Entries of the hub name their centers themselves, so that the log's own name is no part
/// of any key.
pub fn keys_of(bytes: &[u8], keys: &mut Keys<'_>) {
    if let Some(heading) = Heading::read(bytes) {
        heading.each_key("", |key| keys.add(key));
    }
}
