//! The form that sets a limit for a while, or ends one that was set, on its page and again where it
//! was refused. Whether that lowers or raises it, and who has to confirm it, the hub finds.

use maud::{Markup, html};

use super::{FormShown, room_of, words};
use crate::acts::{self, Filled, REASON_CHARS_MAX};
use crate::escape::Escaped;
use crate::name::Name;
use crate::shell::token;
use crate::viewer::{Act, Viewer};

/// Longest name of whoever a limit is for: a node, a stroke, an operator.
const WHOM_MAX: usize = 129;

/// By which a limit is set, and ended.
const SET: &str = "limit";
const END: &str = "lift-limit";

/// The section as its page opens.
pub(super) fn form(viewer: &Viewer, shown: &FormShown, back: &str) -> Markup {
    let ending = shown.ending.clone().map(|(name, node)| Filled {
        act: END.to_owned(),
        name,
        node,
        ..Filled::default()
    });
    filled_in(viewer, shown, back, &ending.unwrap_or_default())
}

/// The form as it was sent: for this limit. None if it does not say which.
pub(crate) fn again(viewer: &Viewer, key: &str, filled: &Filled) -> Option<Markup> {
    let may = [Act::LowerLimit, Act::RaiseLimit, Act::LiftLimit];
    if filled.name.is_empty() || !may.iter().any(|act| viewer.may(*act)) {
        return None;
    }
    let shown = FormShown {
        limits: vec![(filled.name.clone(), Name::default())],
        key: key.to_owned(),
        ..FormShown::default()
    };
    let back = room_of(&format!("limit/{}", filled.name));
    Some(filled_in(viewer, &shown, back, filled))
}

/// It says so where the viewer may do nothing.
fn filled_in(viewer: &Viewer, shown: &FormShown, back: &str, filled: &Filled) -> Markup {
    let may_set = viewer.may(Act::LowerLimit) || viewer.may(Act::RaiseLimit);
    let may_end = viewer.may(Act::LiftLimit);
    html! {
        section {
            h2 { (viewer.say(words::SET)) }
            @if may_set || may_end {
                p { (viewer.say(words::SET_HINT))
                    @if !viewer.may(Act::RaiseLimit) { " " (viewer.say(words::LOWER_ONLY)) } }
                form.fields method="post" action="/acts" id="act" {
                    (token(viewer))
                    input type="hidden" name="kind" value="limit";
                    input type="hidden" name="key" value=(shown.key);
                    input type="hidden" name="back" value=(back);
                    (fields(viewer, &shown.limits, filled, (may_set, may_end)))
                    button { (viewer.say(acts::SEND)) }
                }
                p.faint { (viewer.say(acts::REASON_HINT)) }
            } @else { p { (viewer.say(words::MAY_NOT)) } }
        }
    }
}

fn fields(
    viewer: &Viewer,
    limits: &[(String, Name)],
    filled: &Filled,
    (may_set, may_end): (bool, bool),
) -> Markup {
    html! {
        (deed(viewer, &filled.act, (may_set, may_end)))
        @let is_chosen = limits.iter().any(|(path, _)| *path == filled.name);
        label for="limit" { (viewer.say(words::LIMIT))
            select id="limit" name="name" required[!is_chosen] {
                @if !is_chosen { (acts::none(viewer)) }
                @for (path, what) in limits {
                    option value=(Escaped(path)) selected[*path == filled.name] {
                        (Escaped(path)) " " (Escaped(what.of(viewer.language)))
                    }
                }
            }
        }
        label for="whom" { (viewer.say(words::WHOM_HINT))
            input id="whom" name="node" maxlength=(WHOM_MAX) autocomplete="off"
                value=(Escaped(&filled.node));
        }
        @if may_set {
            label for="value" { (viewer.say(words::NEW_VALUE))
                input id="value" type="number" name="value" min="0" max=(u32::MAX) step="1"
                    value=(Escaped(&filled.value));
            }
            label for="until" { (viewer.say(words::NEW_UNTIL))
                input id="until" type="datetime-local" name="until"
                    value=(Escaped(&filled.until));
            }
        }
        label for="reason" { (viewer.say(acts::REASON))
            input id="reason" name="reason" required maxlength=(REASON_CHARS_MAX) size="40"
                autocomplete="off" value=(Escaped(&filled.reason));
        }
    }
}

/// Nothing is chosen for anybody.
fn deed(viewer: &Viewer, chosen: &str, (may_set, may_end): (bool, bool)) -> Markup {
    let is_chosen = (may_set && chosen == SET) || (may_end && chosen == END);
    html! {
        label for="deed" { (viewer.say(words::DEED))
            select id="deed" name="act" required[!is_chosen] {
                @if !is_chosen { (acts::none(viewer)) }
                @if may_set {
                    option value=(SET) selected[chosen == SET] { (viewer.say(words::SET_IT)) }
                }
                @if may_end {
                    option value=(END) selected[chosen == END] { (viewer.say(words::END_IT)) }
                }
            }
        }
    }
}
