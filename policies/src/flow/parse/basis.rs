//! What the case of a flow must rest on. Refuses a basis that carries less than its type asks for,
//! and a legal flow that one person alone could use.

use std::collections::{BTreeMap, BTreeSet};

use catalog::ItemNo;

use super::{Control, term, terms};
use crate::fault::Faults;
use crate::flow::{BasisKind, BasisPart, PartyRole, Span};
use crate::section::Section;

pub(super) struct Ground {
    pub(super) kind: BasisKind,
    pub(super) carries: BTreeSet<BasisPart>,
}

/// What a basis of each type carries at least.
const fn least(kind: BasisKind) -> &'static [BasisPart] {
    use BasisPart::{Approver, Consent, Date, Issuer, Number, Officers, Scope};
    match kind {
        BasisKind::A => &[Number, Consent],
        BasisKind::B => &[Number],
        BasisKind::C => &[Number, Issuer, Date, Officers],
        BasisKind::D => &[Number, Approver, Scope],
    }
}

/// Roles of persons whom a legal document names one by one.
const NAMED: [PartyRole; 3] = [PartyRole::Named, PartyRole::Deceased, PartyRole::ExSpouse];

pub(super) fn read(mut inner: Section<'_, '_>, faults: &mut Faults) -> Option<Ground> {
    let kind = inner
        .text("kind", faults)
        .and_then(|text| term(&text, faults));
    let carries: BTreeSet<BasisPart> = terms(inner.texts("carries", faults), faults);
    if let Some(kind) = kind {
        for part in least(kind).iter().filter(|part| !carries.contains(part)) {
            faults.add(
                inner.place(),
                format!("basis `{kind}` carries its `{part}`"),
            );
        }
    }
    inner.finish(faults);
    Some(Ground {
        kind: kind?,
        carries,
    })
}

/// What basis, control, roles and spans must be to each other.
pub(super) fn check(
    root: &Section<'_, '_>,
    basis: &Ground,
    control: &Control,
    roles: &BTreeSet<PartyRole>,
    spans: &BTreeMap<ItemNo, Span>,
    faults: &mut Faults,
) {
    if control.second_approver && !control.officer {
        let reason = "a second approver is a designated officer: `second_approver` needs `officer`";
        faults.add(root.place(), reason);
    }
    let has_period = basis.carries.contains(&BasisPart::Period);
    if basis.kind == BasisKind::C {
        if !control.second_approver {
            faults.add(root.place(), "a flow on basis `C` needs a second approver");
        }
        if !control.officer {
            faults.add(
                root.place(),
                "a flow on basis `C` needs a designated officer",
            );
        }
        if !has_period && !roles.iter().all(|role| NAMED.contains(role)) {
            faults.add(
                root.place(),
                "basis `C` carries its `period`, or names every subject",
            );
        }
    }
    if !has_period && spans.values().any(|span| *span == Span::Basis) {
        faults.add(
            root.place(),
            "a span over the basis needs a basis that carries its `period`",
        );
    }
}
