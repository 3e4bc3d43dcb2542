//! The form that acts on the breaker of a class, on the page of its node and again where it was
//! refused.

use maud::{Markup, html};

use super::words as w;
use crate::acts::{self, Filled, Fixed};
use crate::overview::Named;
use crate::viewer::{Act, Viewer};

/// What it can do to a breaker.
const OFFERED: [(Act, &str); 5] = [
    (Act::Trip, "trip"),
    (Act::Reset, "reset"),
    (Act::HoldOpen, "hold-open"),
    (Act::HoldClosed, "hold-closed"),
    (Act::Release, "release"),
];

/// Whether the viewer may do any of it.
pub(super) fn may_act(viewer: &Viewer) -> bool {
    OFFERED.iter().any(|(act, _)| viewer.may(*act))
}

/// Whether an act is done by this form.
pub(crate) fn is_about_a_breaker(act: &str) -> bool {
    OFFERED.iter().any(|(_, name)| *name == act)
}

/// The section with the form, filled in as far as something is known.
pub(super) fn form(
    viewer: &Viewer,
    (node, classes): (&str, &[Named]),
    key: &str,
    filled: &Filled,
) -> Markup {
    let offered = OFFERED.iter().filter(|(act, _)| viewer.may(*act));
    let offered: Vec<&str> = offered.map(|(_, name)| *name).collect();
    let back = format!("/nodes/{node}");
    let fixed = Fixed {
        acts: &offered,
        node: Some((node, classes)),
        nodes: &[],
        key,
        back: &back,
    };
    html! {
        section {
            h2 { (viewer.say(w::BREAKER)) }
            @if offered.is_empty() || classes.is_empty() { p { (viewer.say(w::MAY_NOT)) } }
            @else { (acts::form(viewer, fixed, filled)) }
        }
    }
}

/// The form as it was sent: of this class of this node. None if it does not say which.
pub(crate) fn again(viewer: &Viewer, key: &str, filled: &Filled) -> Option<Markup> {
    if filled.node.is_empty() || filled.name.is_empty() || !may_act(viewer) {
        return None;
    }
    let class = Named {
        id: filled.name.clone(),
        zh: filled.node.clone(),
        en: filled.node.clone(),
    };
    Some(form(viewer, (&filled.node, &[class]), key, filled))
}
