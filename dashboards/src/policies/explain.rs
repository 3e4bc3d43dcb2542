//! Why a supposed question would be allowed or refused, rule by rule.

use maud::{Markup, html};

use super::flow::table;
use super::{Supposed, words};
use crate::escape::Escaped;
use crate::name::Name;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::Viewer;

/// What can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Centers.
    pub nodes: Vec<(String, Name)>,
    /// Flows.
    pub flows: Vec<(String, Name)>,
}

/// A decision and how it came about.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    /// Why it cannot be asked at all; empty where it can.
    pub fault: Name,
    /// Whether it would be allowed.
    pub allowed: bool,
    /// The reason of the refusal.
    pub code: String,
    /// The rule that decided, or the policies that did.
    pub by: Vec<String>,
    /// Whether those are policies.
    pub by_policies: bool,
    /// Every rule.
    pub steps: Vec<StepShown>,
    /// Every policy.
    pub policies: Vec<PolicyShown>,
}

/// One rule.
#[derive(Clone, Debug, Default)]
pub struct StepShown {
    /// What it is called.
    pub rule: String,
    /// Whether it holds.
    pub holds: bool,
    /// What it says.
    pub said: Name,
    /// What was asked and what would do.
    pub detail: String,
}

/// One policy.
#[derive(Clone, Debug, Default)]
pub struct PolicyShown {
    /// What it is called.
    pub id: String,
    /// What it says by itself.
    pub effect: Name,
    /// Whether that denies.
    pub denies: bool,
}

pub(super) fn page(
    viewer: &Viewer,
    choices: &Choices,
    supposed: &Supposed,
    told: Option<&Explained>,
) -> Markup {
    let body = html! {
        p { a href="/policies" { (viewer.say(words::BACK)) } }
        p { (viewer.say(words::EXPLAIN_INTRO)) }
        (form(viewer, choices, supposed))
        @if let Some(told) = told { (result(viewer, told)) }
    };
    framed(
        viewer,
        Some(Room::Policies),
        viewer.say(words::EXPLAIN),
        &body,
    )
}

fn form(viewer: &Viewer, choices: &Choices, supposed: &Supposed) -> Markup {
    let modes = [("match", words::MATCH), ("details", words::DETAILS)];
    html! {
        form.fields method="get" action="/policies/explain" {
            label for="node" { (viewer.say(words::NODE))
                select id="node" name="node" { (options(viewer, &choices.nodes, &supposed.node)) } }
            label for="flow" { (viewer.say(words::FLOW))
                select id="flow" name="flow" { (options(viewer, &choices.flows, &supposed.flow)) } }
            label for="mode" { (viewer.say(words::MODE))
                select id="mode" name="mode" {
                    option value="" { (viewer.say(words::AS_FLOW)) }
                    @for (value, said) in modes {
                        option value=(value) selected[supposed.mode == value] { (viewer.say(said)) }
                    }
                } }
            label for="items" { (viewer.say(words::ITEMS_FIELD))
                input id="items" name="items" type="text" maxlength="2000"
                    value=(Escaped(&supposed.items)); }
            label for="at" { (viewer.say(words::AT))
                input id="at" name="at" type="datetime-local" value=(Escaped(&supposed.at)); }
            button { (viewer.say(words::DECIDE)) }
        }
    }
}

fn options(viewer: &Viewer, choices: &[(String, Name)], chosen: &str) -> Markup {
    html! { @for (value, name) in choices {
        option value=(Escaped(value)) selected[chosen == value] {
            (Escaped(value)) " " (Escaped(name.of(viewer.language)))
        }
    } }
}

fn result(viewer: &Viewer, told: &Explained) -> Markup {
    if told.fault != Name::default() {
        return html! {
            p.alarm role="alert" { (viewer.say(words::NOT_ASKED)) " "
                (Escaped(told.fault.of(viewer.language))) }
        };
    }
    let (class, said) = if told.allowed {
        ("attached", words::ALLOWED)
    } else {
        ("tripped", words::DENIED)
    };
    html! {
        section {
            h2 { span.state class=(class) { (viewer.say(said)) }
                @if !told.allowed { " " code { (Escaped(&told.code)) } } }
            @if !told.by.is_empty() {
                @let by = if told.by_policies { words::BY_POLICY } else { words::BY_RULE };
                p { (viewer.say(by)) " "
                    code { (Escaped(&told.by.join(", "))) } }
            }
        }
        section { h2 { (viewer.say(words::STEPS)) } (steps(viewer, &told.steps)) }
        section { h2 { (viewer.say(words::CEDAR)) } (cedar(viewer, &told.policies)) }
    }
}

fn steps(viewer: &Viewer, steps: &[StepShown]) -> Markup {
    let heads = [words::RULE, words::EFFECT, words::DETAIL];
    let rows = html! { @for step in steps {
        @let class = if step.holds { "attached" } else { "tripped" };
        @let said = if step.holds { words::HOLDS } else { words::FAILS };
        tr {
            th scope="row" { code { (Escaped(&step.rule)) } }
            td { span.state class=(class) { (viewer.say(said)) } }
            td { (Escaped(step.said.of(viewer.language)))
                @if !step.detail.is_empty() { br; span.faint { (Escaped(&step.detail)) } } }
        }
    } };
    table(viewer, viewer.say(words::STEPS), &heads, &rows)
}

fn cedar(viewer: &Viewer, policies: &[PolicyShown]) -> Markup {
    let heads = [words::RULE, words::EFFECT];
    let rows = html! { @for policy in policies {
        @let class = if policy.denies { "tripped" } else { "detached" };
        tr {
            th scope="row" { code { (Escaped(&policy.id)) } }
            td { span.state class=(class) {
                @if policy.denies { "✕ " } (Escaped(policy.effect.of(viewer.language))) } }
        }
    } };
    table(viewer, viewer.say(words::CEDAR), &heads, &rows)
}
