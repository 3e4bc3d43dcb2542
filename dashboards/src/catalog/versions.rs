//! The versions of the catalog that are there, and what differs between them.

use maud::{Markup, html};

use super::words;
use crate::escape::{Escaped, lines};
use crate::language::Said;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::Viewer;

/// A version by its label and the digest of what it means.
#[derive(Clone, Debug, Default)]
pub struct VersionLabel {
    /// Its label.
    pub version: String,
    /// Its digest.
    pub digest: String,
}

/// The versions.
#[derive(Clone, Debug, Default)]
pub struct VersionsShown {
    /// The one in force.
    pub current: VersionLabel,
    /// The one before, if peers of it are still worked with.
    pub previous: Option<VersionLabel>,
    /// A candidate, where one is configured, or its faults.
    pub candidate: Option<Result<CandidateShown, String>>,
}

/// A candidate.
#[derive(Clone, Debug, Default)]
pub struct CandidateShown {
    /// The candidate.
    pub label: VersionLabel,
    /// What differs from the version in force.
    pub changes: Vec<ChangeShown>,
}

/// One change.
#[derive(Clone, Debug, Default)]
pub struct ChangeShown {
    /// Where.
    pub place: String,
    /// What.
    pub kind: String,
    /// `compatible`, `widening` or `breaking`.
    pub weight: &'static str,
    /// Why it weighs so.
    pub reason: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

pub(super) fn page(viewer: &Viewer, shown: &VersionsShown) -> Markup {
    let body = html! {
        p { a href="/catalog" { (viewer.say(words::BACK)) } }
        section { dl.facts {
            div { dt { (viewer.say(words::IN_FORCE)) } dd { (label(&shown.current)) } }
            div { dt { (viewer.say(words::PREVIOUS)) } dd { @match &shown.previous {
                Some(previous) => (label(previous)),
                None => (viewer.say(words::NO_PREVIOUS)),
            } } }
            @if let Some(Ok(candidate)) = &shown.candidate {
                div { dt { (viewer.say(words::CANDIDATE)) } dd { (label(&candidate.label)) } }
            }
        } }
        section {
            h2 { (viewer.say(words::CHANGES)) }
            @match &shown.candidate {
                None => p { (viewer.say(words::NO_CANDIDATE)) },
                Some(Err(fault)) => {
                    p.alarm { (viewer.say(words::FAULT)) }
                    pre { (lines(fault)) }
                }
                Some(Ok(candidate)) => (changes(viewer, &candidate.changes)),
            }
        }
    };
    framed(
        viewer,
        Some(Room::Catalog),
        viewer.say(words::VERSIONS),
        &body,
    )
}

fn label(label: &VersionLabel) -> Markup {
    html! { (Escaped(&label.version)) " " code { (Escaped(&label.digest)) } }
}

fn changes(viewer: &Viewer, changes: &[ChangeShown]) -> Markup {
    if changes.is_empty() {
        return html! { p { (viewer.say(words::NO_CHANGE)) } };
    }
    let heads = [
        words::PLACE,
        words::CHANGE,
        words::WEIGHT,
        words::FROM,
        words::TO,
    ];
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::REGION)) {
            table {
                caption { (viewer.say(words::CHANGES)) " · " (changes.len()) }
                thead { tr { @for head in heads { th scope="col" { (viewer.say(head)) } } } }
                tbody { @for change in changes {
                    @let (class, said) = weight(change.weight);
                    tr {
                        th scope="row" { code { (Escaped(&change.place)) } }
                        td { (Escaped(&change.kind)) br; span.faint { (Escaped(&change.reason)) } }
                        td { span.state class=(class) { (viewer.say(said)) } }
                        td { (Escaped(&change.from)) }
                        td { (Escaped(&change.to)) }
                    }
                } }
            }
        }
    }
}

fn weight(weight: &str) -> (&'static str, Said) {
    match weight {
        "compatible" => ("attached", words::COMPATIBLE),
        "widening" => ("probing", words::WIDENING),
        _ => ("tripped", words::BREAKING),
    }
}
