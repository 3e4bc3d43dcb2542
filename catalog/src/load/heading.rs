//! Reading `catalog.toml`: the version, and the version before it. Refuses a predecessor that is
//! the catalogue itself, since its real one would be lost.

use super::Drafted;
use super::table::Table;
use crate::catalog::{Catalog, Predecessor};
use crate::digest::Digest;
use crate::fault::Fault;

const VERSION_WANTED: &str = "a version of at most 16 letters, digits, `.` and `-`";

/// What stands in `catalog.toml`.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) version: String,
    pub(super) previous: Option<Drafted<Predecessor>>,
}

impl Heading {
    /// A fault where the digest named as the version before is the catalogue's own.
    pub(super) fn own_predecessor_fault(&self, own: &Digest) -> Option<Fault> {
        let previous = self.previous.as_ref()?;
        let reason = "the `digest` is this catalogue's own: name the last one of another meaning";
        (previous.of.digest == *own).then(|| previous.fault(reason))
    }
}

pub(super) fn read(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<Heading> {
    let version = version(table, faults);
    let previous = table.table("previous", faults).map(|mut previous| {
        let read = read_previous(&mut previous, version.as_deref(), faults);
        previous.close(faults);
        read.map(|of| Drafted {
            file: "catalog.toml".to_owned(),
            line: previous.line(),
            of,
        })
    });
    Some(Heading {
        version: version?,
        previous: previous.flatten(),
    })
}

fn read_previous(
    table: &mut Table<'_>,
    own: Option<&str>,
    faults: &mut Vec<Fault>,
) -> Option<Predecessor> {
    let version = version(table, faults);
    if version.is_some() && version.as_deref() == own {
        faults.push(table.fault_at("version", "the version before has another label"));
    }
    let digest = table.required_word(
        "digest",
        "a digest of 64 lower-case hexadecimal digits",
        |text| text.parse().ok(),
        faults,
    );
    Some(Predecessor {
        version: version?,
        digest: digest?,
    })
}

fn version(table: &mut Table<'_>, faults: &mut Vec<Fault>) -> Option<String> {
    let read = |text: &str| Catalog::is_version(text).then(|| text.to_owned());
    table.required_word("version", VERSION_WANTED, read, faults)
}
