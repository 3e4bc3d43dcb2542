//! The form that sets a limit for a while, or ends one that was set. Whether that lowers or raises
//! it, and who has to confirm it, the hub finds.

use maud::{Markup, html};

use super::{FormShown, words};
use crate::acts::{self, REASON_CHARS_MAX};
use crate::escape::Escaped;
use crate::shell::token;
use crate::viewer::{Act, Viewer};

/// Longest name of whoever a limit is for: a node, a stroke, an operator.
const WHOM_MAX: usize = 129;

/// The section; it says so where the viewer may do nothing.
pub(super) fn form(viewer: &Viewer, shown: &FormShown, back: &str) -> Markup {
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
                    (fields(viewer, shown, (may_set, may_end)))
                    button { (viewer.say(acts::SEND)) }
                }
                p.faint { (viewer.say(acts::REASON_HINT)) }
            } @else { p { (viewer.say(words::MAY_NOT)) } }
        }
    }
}

fn fields(viewer: &Viewer, shown: &FormShown, (may_set, may_end): (bool, bool)) -> Markup {
    let (ended, whom) = shown.ending.clone().unwrap_or_default();
    html! {
        label for="deed" { (viewer.say(words::DEED))
            select id="deed" name="act" {
                @if may_set { option value="limit" { (viewer.say(words::SET_IT)) } }
                @if may_end {
                    option value="lift-limit" selected[!ended.is_empty()] {
                        (viewer.say(words::END_IT))
                    }
                }
            }
        }
        label for="limit" { (viewer.say(words::LIMIT))
            select id="limit" name="name" {
                @for (path, what) in &shown.limits {
                    option value=(Escaped(path)) selected[*path == ended] {
                        (Escaped(path)) " " (Escaped(what.of(viewer.language)))
                    }
                }
            }
        }
        label for="whom" { (viewer.say(words::WHOM_HINT))
            input id="whom" name="node" maxlength=(WHOM_MAX) autocomplete="off"
                value=(Escaped(&whom));
        }
        @if may_set {
            label for="value" { (viewer.say(words::NEW_VALUE))
                input id="value" type="number" name="value" min="0" max=(u32::MAX) step="1";
            }
            label for="until" { (viewer.say(words::NEW_UNTIL))
                input id="until" type="datetime-local" name="until";
            }
        }
        label for="reason" { (viewer.say(acts::REASON))
            input id="reason" name="reason" required maxlength=(REASON_CHARS_MAX) size="40"
                autocomplete="off";
        }
    }
}
