//! What was done about an alert, and what its viewer can do now.

use maud::{Markup, html};

use super::words::{DO, NO_STEPS, NOTHING, SECOND, STEPS, TEXT};
use super::{AlertShown, Deed, Stage};
use crate::escape::Escaped;
use crate::name::moment;
use crate::shell::token;
use crate::viewer::Viewer;

/// Longest text, as the hub takes it.
const TEXT_CHARS_MAX: &str = "500";

pub(super) fn render(viewer: &Viewer, shown: &AlertShown) -> Markup {
    html! {
        div.beside {
            (done(viewer, shown))
            section {
                h2 { (viewer.say(DO)) }
                @if shown.row.stage == Stage::Explained && !shown.can.contains(&Deed::Confirm) {
                    p { (viewer.say(SECOND)) }
                }
                @if shown.can.is_empty() { p { (viewer.say(NOTHING)) } }
                @for deed in &shown.can { (form(viewer, shown, *deed)) }
            }
        }
    }
}

fn done(viewer: &Viewer, shown: &AlertShown) -> Markup {
    html! {
        section {
            h2 { (viewer.say(STEPS)) }
            @if shown.steps.is_empty() { p { (viewer.say(NO_STEPS)) } }
            ol { @for step in &shown.steps { li {
                (moment(&step.at)) " "
                strong { (Escaped(&step.staff)) } " " (viewer.say(step.deed.done()))
                " " code { "#" (step.entry) }
                @if !step.text.is_empty() { p.told { (Escaped(&step.text)) } }
            } } }
        }
    }
}

fn form(viewer: &Viewer, shown: &AlertShown, deed: Deed) -> Markup {
    let has_text = !matches!(deed, Deed::Assign | Deed::Confirm);
    html! {
        form.step method="post" action={ "/alerts/" (shown.row.number) "/step" } {
            (token(viewer))
            input type="hidden" name="step" value=(deed.as_str());
            input type="hidden" name="seen" value=(shown.seen);
            @if has_text {
                label { (viewer.say(TEXT))
                    textarea name="text" required maxlength=(TEXT_CHARS_MAX) {}
                }
            }
            p { button.quiet[deed == Deed::Reopen] { (viewer.say(deed.said())) } }
        }
    }
}
