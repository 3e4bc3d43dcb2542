//! Turns flow files into flows. Refuses unknown keys, classes, items, matters, roles and nodes, an
//! input-only item, any item of grade L3 or L4 that is not named by itself, and a match flow that
//! lists more than its verdicts need.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use catalog::{Catalog, ItemNo, Source};

use super::{
    FLOWS_MAX, Flow, FlowId, Hours, LIST_LINES_MAX, MatterNo, Mode, Pace, Span, Targets, is_node_id,
};
use crate::fault::{Faults, Page};
use crate::section::{self, At, Section};
use crate::verdict::{VerdictId, VerdictRule};

mod basis;
mod centers;
mod house;
mod items;
mod verdicts;

pub(super) use centers::enable;
pub(crate) use items::is_sensitive;

/// Longest deadline a file may set: a night job's four hours.
const DEADLINE_MS_MAX: u32 = 4 * 60 * 60 * 1000;
/// Most questions a file may let one case ask: a roster of 5,000 lines asked twice.
const ASKS_PER_CASE_MAX: u32 = 10_000;
/// Longest life of a case assertion a file may set: one day.
const CASE_VALID_MINUTES_MAX: u32 = 24 * 60;

pub(super) fn flows(
    sources: &[Source<'_>],
    catalog: &Catalog,
    faults: &mut Faults,
) -> BTreeMap<FlowId, Flow> {
    let mut flows = BTreeMap::new();
    for source in sources {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        if flows.len() >= FLOWS_MAX {
            faults.add(page.whole(), format!("more than {FLOWS_MAX} flows"));
            break;
        }
        let Some(table) = section::parse(page, faults) else {
            continue;
        };
        let root = Section::new(page, table.span(), table.get_ref());
        let Some(flow) = flow(root, catalog, faults) else {
            continue;
        };
        if let Some(twin) = flows.insert(flow.id, flow) {
            faults.add(
                page.whole(),
                format!("flow `{}` is registered twice", twin.id),
            );
        }
    }
    flows
}

/// Reads every key before it gives up on one, so that all faults of a file come out together.
fn flow(mut root: Section<'_, '_>, catalog: &Catalog, faults: &mut Faults) -> Option<Flow> {
    let id = root.text("id", faults).and_then(|text| term(&text, faults));
    let (zh, en) = (root.text("zh", faults), root.text("en", faults));
    let matters = matters(root.text_or_texts("matters", faults), faults);
    let roles = terms(root.texts("roles", faults), faults);
    let mode: Option<Mode> = word(&mut root, "mode", faults);
    let pace: Option<Pace> = word(&mut root, "pace", faults);
    let targets = targets(root.text_or_texts("targets", faults), faults);
    let (limits, control) = (limits(&mut root, faults), control(&mut root, faults));
    let mut listed = items::listed(&mut root, catalog, faults);
    items::judged(&mut root, &mut listed, catalog, faults);
    let gives = items::gives(&mut root, &listed, catalog, faults);
    let display = items::display(&mut root, &listed, catalog, faults);
    let basis = root.inner("basis", faults);
    let basis = basis.and_then(|inner| basis::read(inner, faults));
    let spans = items::spans(&mut root, &listed, catalog, faults);
    let verdicts = verdicts::read(&mut root, &listed, catalog, faults);
    let details_on = verdicts::details_on(&mut root, mode, &verdicts, faults);
    let house = house::read(&mut root, (&listed, catalog), (&roles, &verdicts), faults);
    refuse_unjudged(&root, mode, &listed, &verdicts, faults);
    if mode == Some(Mode::Match) {
        let shown = (&listed, &display);
        check_match(&root, shown, (&verdicts, &spans), catalog, faults);
    }
    check_targets(&root, &targets, pace, (&limits, &control), faults);
    if let (Some(basis), Some(control)) = (&basis, &control) {
        basis::check(&root, basis, control, &roles, &spans, faults);
    }
    root.finish(faults);
    let (basis, limits, control) = (basis?, limits?, control?);
    let flow = Flow {
        id: id?,
        zh: zh?.value,
        en: en?.value,
        matters,
        basis: basis.kind,
        basis_carries: basis.carries,
        roles,
        mode: mode?,
        targets,
        pace: pace?,
        deadline: limits.deadline,
        asks_per_case: limits.asks_per_case,
        case_valid: limits.case_valid,
        second_approver: control.second_approver,
        enabled: BTreeMap::new(),
        items: listed.items,
        judged: listed.judged,
        sensitive: listed.sensitive,
        gives,
        verdicts,
        details_on,
        display,
        house,
        spans,
        hours: control.hours,
        officer: control.officer,
        list_max: limits.list_max,
        digest: [0; 32],
    };
    Some(flow.digested())
}

/// A match lists what its verdicts and spans look at, and shows nothing.
fn check_match(
    root: &Section<'_, '_>,
    (listed, display): (&items::Listed<'_>, &BTreeSet<ItemNo>),
    (verdicts, spans): (&BTreeMap<VerdictId, VerdictRule>, &BTreeMap<ItemNo, Span>),
    catalog: &Catalog,
    faults: &mut Faults,
) {
    if !display.is_empty() {
        faults.add(root.place(), "a match flow has no items to `display`");
    }
    let needed = verdicts.values().flat_map(VerdictRule::items);
    let needed: BTreeSet<ItemNo> = needed.chain(spans.keys().copied()).collect();
    items::refuse_idle(listed, &needed, catalog, faults);
}

/// What is only judged is used by a verdict, and a match answers nothing anyway.
fn refuse_unjudged(
    root: &Section<'_, '_>,
    mode: Option<Mode>,
    listed: &items::Listed<'_>,
    verdicts: &BTreeMap<VerdictId, VerdictRule>,
    faults: &mut Faults,
) {
    if mode == Some(Mode::Match) && !listed.judged.is_empty() {
        let reason = "a match flow answers nothing: what it judges is listed in `items`";
        faults.add(root.place(), reason);
    }
    let used: BTreeSet<ItemNo> = verdicts.values().flat_map(VerdictRule::items).collect();
    for idle in listed.judged.difference(&used) {
        let reason = format!("`{idle}` is in `judged`, and no verdict looks at it");
        faults.add(root.place(), reason);
    }
}

/// Every line of a list would have to name the same centers, and no table asks for that. An
/// officer's statement says no center in the clear, so the officer could not see what they approve.
fn check_targets(
    root: &Section<'_, '_>,
    targets: &Targets,
    pace: Option<Pace>,
    (limits, control): (&Option<Limits>, &Option<Control>),
    faults: &mut Faults,
) {
    if *targets != Targets::Named {
        return;
    }
    if control
        .as_ref()
        .is_some_and(|control| control.second_approver)
    {
        faults.add(
            root.place(),
            "a flow with a second approver names no centers: the approval does not show them",
        );
    }
    let is_list = limits.as_ref().is_some_and(|limits| limits.list_max > 0);
    if is_list || pace == Some(Pace::Batch) {
        faults.add(
            root.place(),
            "a flow that is asked by list names no centers",
        );
    }
}

/// How long and how often.
struct Limits {
    deadline: Duration,
    asks_per_case: u32,
    case_valid: Duration,
    list_max: u32,
}

fn limits(root: &mut Section<'_, '_>, faults: &mut Faults) -> Option<Limits> {
    let deadline_ms = root.number("deadline_ms", 1..=DEADLINE_MS_MAX, faults);
    let asks_per_case = root.number("asks_per_case", 1..=ASKS_PER_CASE_MAX, faults);
    let minutes = root.number("case_valid_minutes", 1..=CASE_VALID_MINUTES_MAX, faults);
    let list_max = root.number_if_any("list_max", 0..=LIST_LINES_MAX, faults);
    Some(Limits {
        deadline: Duration::from_millis(u64::from(deadline_ms?)),
        asks_per_case: asks_per_case?,
        case_valid: Duration::from_secs(u64::from(minutes?) * 60),
        list_max: list_max.unwrap_or(0),
    })
}

/// Who may ask, and when.
struct Control {
    second_approver: bool,
    officer: bool,
    hours: Hours,
}

fn control(root: &mut Section<'_, '_>, faults: &mut Faults) -> Option<Control> {
    let second_approver = root.yes_no("second_approver", faults);
    let officer = root.yes_no_if_any("officer", faults);
    let hours = root.text_if_any("hours", faults);
    let hours = hours.map_or(Some(Hours::Always), |text| term(&text, faults));
    Some(Control {
        second_approver: second_approver?,
        officer: officer.unwrap_or(false),
        hours: hours?,
    })
}

fn word<T>(root: &mut Section<'_, '_>, key: &'static str, faults: &mut Faults) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    root.text(key, faults).and_then(|text| term(&text, faults))
}

pub(super) fn term<T>(text: &At<'_, String>, faults: &mut Faults) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    match text.value.parse() {
        Ok(term) => Some(term),
        Err(error) => {
            faults.add(text.place, format!("`{}`: {error}", text.value));
            None
        }
    }
}

fn terms<T>(texts: Vec<At<'_, String>>, faults: &mut Faults) -> BTreeSet<T>
where
    T: FromStr + Ord,
    T::Err: std::fmt::Display,
{
    texts.iter().filter_map(|text| term(text, faults)).collect()
}

fn matters(texts: Vec<At<'_, String>>, faults: &mut Faults) -> BTreeSet<MatterNo> {
    if let [only] = texts.as_slice() {
        match only.value.as_str() {
            "any" => return MatterNo::all().collect(),
            "none" => return [MatterNo::NONE].into(),
            _ => {}
        }
    }
    for text in texts.iter().filter(|text| text.value == "00") {
        let reason = "`00`: a flow without a matter says `matters = \"none\"`, and has no other";
        faults.add(text.place, reason);
    }
    terms(texts, faults)
}

fn targets(texts: Vec<At<'_, String>>, faults: &mut Faults) -> Targets {
    if let [only] = texts.as_slice() {
        match only.value.as_str() {
            "all" => return Targets::All,
            "own" => return Targets::Own,
            "named" => return Targets::Named,
            _ => {}
        }
    }
    let mut nodes = BTreeSet::new();
    for text in texts {
        if !is_node_id(&text.value) || ["all", "own", "named"].contains(&text.value.as_str()) {
            let reason = format!(
                "`{}`: targets are `all`, `own`, `named` or a list of node ids",
                text.value
            );
            faults.add(text.place, reason);
        }
        nodes.insert(text.value);
    }
    Targets::Nodes(nodes)
}
