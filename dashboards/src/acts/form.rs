//! The form by which an act is asked for. It works for any act and any kind of target; what is
//! fixed on the page where it stands is not asked.

use maud::{Markup, html};

use super::words as w;
use super::{Filled, REASON_CHARS_MAX};
use crate::escape::Escaped;
use crate::language::Said;
use crate::overview::Named;
use crate::shell::token;
use crate::viewer::Viewer;

/// What the page has decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<'a> {
    /// The acts to choose from, those that the viewer may do.
    pub(crate) acts: &'a [&'a str],
    /// The node whose classes are to be chosen from; none where everything is to be chosen.
    pub(crate) node: Option<(&'a str, &'a [Named])>,
    /// All nodes, where everything is.
    pub(crate) nodes: &'a [Named],
    /// The key.
    pub(crate) key: &'a str,
    /// Where to go afterwards.
    pub(crate) back: &'a str,
}

/// The form, filled in as far as something is known.
pub(crate) fn form(viewer: &Viewer, fixed: Fixed<'_>, filled: &Filled) -> Markup {
    html! {
        form.fields method="post" action="/acts" id="act" {
            (token(viewer))
            input type="hidden" name="key" value=(fixed.key);
            input type="hidden" name="back" value=(fixed.back);
            (choice(viewer, "act", w::ACT, &acts(viewer, fixed.acts), &filled.act))
            @match fixed.node {
                Some((node, classes)) => {
                    input type="hidden" name="kind" value="class";
                    input type="hidden" name="node" value=(Escaped(node));
                    (choice(viewer, "name", w::CLASS, &named(viewer, classes), &filled.name))
                }
                None => { (target(viewer, fixed.nodes, filled)) }
            }
            label { (viewer.say(w::UNTIL_HINT))
                input type="datetime-local" name="until" value=(Escaped(&filled.until));
            }
            label { (viewer.say(w::REASON))
                input name="reason" required maxlength=(REASON_CHARS_MAX) size="40"
                    autocomplete="off" value=(Escaped(&filled.reason));
            }
            button { (viewer.say(w::SEND)) }
        }
        p.faint { (viewer.say(w::REASON_HINT)) }
    }
}

/// The line of a list that stands for nothing chosen.
pub(crate) fn none(viewer: &Viewer) -> Markup {
    html! { option value="" selected { (viewer.say(w::CHOOSE)) } }
}

fn target(viewer: &Viewer, nodes: &[Named], filled: &Filled) -> Markup {
    let kinds = w::KINDS.map(|(kind, said)| (kind.to_owned(), viewer.say(said).to_owned()));
    let mut choices = vec![(String::new(), viewer.say(w::NODE_NONE).to_owned())];
    choices.extend(named(viewer, nodes));
    html! {
        (choice(viewer, "kind", w::KIND, &kinds, &filled.kind))
        (choice(viewer, "node", w::NODE, &choices, &filled.node))
        label { (viewer.say(w::NAME))
            input name="name" maxlength="64" autocomplete="off" value=(Escaped(&filled.name));
        }
    }
}

fn acts(viewer: &Viewer, acts: &[&str]) -> Vec<(String, String)> {
    let word = |act: &&str| {
        let said = w::act(act).map_or(*act, |said| viewer.say(said));
        ((*act).to_owned(), said.to_owned())
    };
    acts.iter().map(word).collect()
}

fn named(viewer: &Viewer, all: &[Named]) -> Vec<(String, String)> {
    let pair = |named: &Named| {
        let called = named.called(viewer.language);
        (named.id.clone(), format!("{called} {}", named.id))
    };
    all.iter().map(pair).collect()
}

/// A browser sends the first of a list of which nothing is chosen, so nobody is given a list
/// without what they chose: its first line is then none, and with none the form is not sent.
fn choice(
    viewer: &Viewer,
    name: &str,
    said: Said,
    choices: &[(String, String)],
    chosen: &str,
) -> Markup {
    let is_chosen = choices.iter().any(|(value, _)| value == chosen);
    html! {
        label { (viewer.say(said))
            select name=(name) required[!is_chosen] {
                @if !is_chosen { (none(viewer)) }
                @for (value, word) in choices {
                    option value=(Escaped(value)) selected[value == chosen] { (Escaped(word)) }
                }
            }
        }
    }
}
