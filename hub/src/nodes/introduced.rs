//! What a node said of itself when it attached, and what its certificate says: for people. Nothing
//! is decided by it.

use std::collections::BTreeMap;

use catalog::{Catalog, ClassNo};
use time::OffsetDateTime;
use wire::limits::CLASSES_PER_ASK_MAX;
use wire::{RefusalCode, v1};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Introduced {
    /// Version of its catalog.
    pub catalog: String,
    /// Items that its mapping fills, by class; empty where an agent of an earlier version does not
    /// say.
    pub mapped: BTreeMap<ClassNo, usize>,
    /// Serial of its certificate.
    pub serial: String,
    /// Until when its certificate is good.
    pub until: Option<OffsetDateTime>,
}

impl Introduced {
    /// Reads what a node says of its mapping. Classes that this hub's catalog does not have, and
    /// items beyond those it has, belong to a newer catalog and are left out.
    ///
    /// # Errors
    /// A class twice, or more classes than there can be.
    pub fn heard(
        catalog: &Catalog,
        hello: &v1::Hello,
    ) -> Result<BTreeMap<ClassNo, usize>, RefusalCode> {
        if hello.coverage.len() > CLASSES_PER_ASK_MAX {
            return Err(RefusalCode::AttachMalformed);
        }
        let mut mapped = BTreeMap::new();
        for said in &hello.coverage {
            let number = u8::try_from(said.class).ok().and_then(ClassNo::new);
            let Some(class) = number.and_then(|number| catalog.class(number)) else {
                continue;
            };
            let count = usize::try_from(said.mapped).unwrap_or(usize::MAX);
            let known = mapped.insert(class.no, count.min(class.items.len()));
            if known.is_some() {
                return Err(RefusalCode::AttachMalformed);
            }
        }
        Ok(mapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(coverage: &[(u32, u32)]) -> v1::Hello {
        let coverage = coverage.iter().map(|(class, mapped)| v1::ClassCoverage {
            class: *class,
            mapped: *mapped,
        });
        v1::Hello {
            coverage: coverage.collect(),
            ..v1::Hello::default()
        }
    }

    #[test]
    fn a_mapping_is_heard_within_the_hubs_own_catalog() {
        let catalog = Catalog::builtin().expect("the catalog");
        let heard = |coverage: &[(u32, u32)]| Introduced::heard(&catalog, &hello(coverage));
        let class = |n| ClassNo::new(n).expect("is one");
        let size = catalog.class(class(4)).expect("is one").items.len();
        let mapped = heard(&[(1, 3), (4, 9_999), (15, 2), (0, 1)]).expect("is sound");
        assert_eq!(mapped, [(class(1), 3), (class(4), size)].into());
        assert_eq!(heard(&[]), Ok(BTreeMap::new()), "an earlier version");
        let twice = heard(&[(1, 3), (1, 3)]);
        assert_eq!(twice, Err(RefusalCode::AttachMalformed));
        let many = heard(&[(1, 1); CLASSES_PER_ASK_MAX + 1]);
        assert_eq!(many, Err(RefusalCode::AttachMalformed));
    }
}
