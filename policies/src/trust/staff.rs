//! The hub's staff on the trust list: who they are and in which roles. Refuses a person with roles
//! that watch each other, and one name in two spellings.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::Faults;
use crate::flow::is_node_id;
use crate::section::Section;

/// Most members of the staff on one list.
pub const STAFF_MAX: usize = 256;

/// What a member of the staff is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the programs.
    System,
    /// Decides who and what may take part.
    Security,
    /// Looks at everything and changes nothing.
    Audit,
    /// Is there at night: may stop things, and not start them again.
    Duty,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::System, Self::Security, Self::Audit, Self::Duty];

    /// As written in the trust list and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Security => "security",
            Self::Audit => "audit",
            Self::Duty => "duty",
        }
    }

    /// Whether one person may hold both: system, security and audit keep an eye on each other, and
    /// whoever looks at the record does nothing that stands in it, at night neither.
    #[must_use]
    pub const fn goes_with(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::System | Self::Security, Self::Duty)
                | (Self::Duty, Self::System | Self::Security)
                | (Self::System, Self::System)
                | (Self::Security, Self::Security)
                | (Self::Audit, Self::Audit)
                | (Self::Duty, Self::Duty)
        )
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A member of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaffTrust {
    /// The name, as in the certificate.
    pub name: String,
    /// At least one.
    pub roles: BTreeSet<Role>,
    /// Chinese name of the post.
    pub zh: String,
    /// English name of the post.
    pub en: String,
}

/// The tables `[[staff]]`; a list may have none.
pub(super) fn read(
    root: &mut Section<'_, '_>,
    faults: &mut Faults,
) -> BTreeMap<String, StaffTrust> {
    let entries = root.each("staff", faults);
    if let Some(beyond) = entries.get(STAFF_MAX) {
        faults.add(beyond.place(), format!("more than {STAFF_MAX} members"));
    }
    let mut staff = BTreeMap::new();
    for entry in entries.into_iter().take(STAFF_MAX) {
        let place = entry.place();
        let Some(member) = member(entry, faults) else {
            continue;
        };
        if let Some(twin) = staff.insert(member.name.clone(), member) {
            faults.add(place, format!("staff `{}` is listed twice", twin.name));
        }
    }
    staff
}

fn member(mut entry: Section<'_, '_>, faults: &mut Faults) -> Option<StaffTrust> {
    let place = entry.place();
    let name = entry.text("name", faults);
    let words = entry.texts("roles", faults);
    let zh = entry.text("zh", faults);
    let en = entry.text("en", faults);
    entry.finish(faults);
    if let Some(name) = name.as_ref().filter(|name| !is_node_id(&name.value)) {
        let reason = "a member of the staff is named as in its certificate: `a-z`, `0-9` and `-`";
        faults.add(name.place, reason);
    }
    let mut roles = BTreeSet::new();
    for word in words {
        match Role::ALL
            .into_iter()
            .find(|role| role.as_str() == word.value)
        {
            Some(role) => {
                roles.insert(role);
            }
            None => faults.add(
                word.place,
                format!("`{}` is none of system, security, audit, duty", word.value),
            ),
        }
    }
    let go_together = |role: &Role| roles.iter().all(|other| role.goes_with(*other));
    if !roles.iter().all(go_together) {
        let reason = "one person never holds two of system, security and audit, nor audit and duty";
        faults.add(place, reason);
    }
    if roles.is_empty() {
        faults.add(place, "a member of the staff has at least one role");
    }
    Some(StaffTrust {
        name: name?.value,
        roles,
        zh: zh?.value,
        en: en?.value,
    })
}
