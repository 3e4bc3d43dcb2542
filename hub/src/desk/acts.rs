//! What the acts' page is told, and how a form becomes an act. Everything is decided and put on
//! record by [`crate::broker::Broker::act`]; here a form is only read.

mod history;

use catalog::identity::{holds_id_number, may_hold_id_number};
use dashboards::acts::{ActShown, ActsDesk, ActsShown, Filled, Wanted as Part};
use dashboards::{Room, Turned, Viewer};
use data_encoding::HEXLOWER;
use wire::{Random as _, RefusalCode, SystemRandom};

use super::overview::readable;
use super::{Desk, looked, staff_of, turned};
use crate::acts::Wanted;
use crate::acts::register::Recorded;
use crate::api::staff::may_name_somebody;
use crate::ledger::entry::{Looked, OperatorAct};

/// Random bytes in the key of a page's forms.
const KEY_BYTES: usize = 16;
/// What a browser leaves out of a moment: it is meant in Beijing's time.
const SECONDS: &str = ":00";
const ZONE: &str = "+08:00";
/// Lengths of a moment as browsers write it: to the minute, and to the second.
const TO_THE_MINUTE: usize = "2026-11-26T10:00".len();
const TO_THE_SECOND: usize = "2026-11-26T10:00:00".len();

impl ActsDesk for Desk {
    async fn acts(&self, viewer: &Viewer, wanted: Part) -> Result<ActsShown, Turned> {
        let mut look = Looked {
            ..looked(viewer, Room::Acts)
        };
        if let Some(before) = wanted.before {
            look.terms.insert("before".to_owned(), before.to_string());
        }
        self.look(viewer, look).await?;
        let register = self.broker.acts.now().await;
        let now = self.broker.clock.now();
        let mut standing = register.standing(now);
        let of = wanted.of;
        let of = of.and_then(|of| standing.find(|act| act.number == of));
        let history = self.history(viewer, wanted.before).await?;
        let nodes = self.broker.nodes.members().map(|node| self.named(&node.id));
        Ok(ActsShown {
            standing: register.standing(now).map(recorded).collect(),
            waiting: register.waiting(now).map(recorded).collect(),
            history: history.acts,
            before: history.before,
            unread: history.unread,
            done: self.done(viewer, wanted.done).await,
            of: of.map(recorded),
            nodes: nodes.collect(),
            key: key().map_err(|code| turned(code).to(viewer))?,
        })
    }

    async fn act(&self, viewer: &Viewer, filled: &mut Filled) -> Result<u64, Turned> {
        let wanted = Wanted {
            act: filled.act.clone(),
            target: target(filled),
            until: until(&filled.until),
            reason: filled.reason.clone(),
            key: filled.key.clone(),
            value: value(filled),
        };
        clear_personal(filled);
        let done = self.broker.act(staff_of(viewer), wanted).await;
        let done = done.map_err(|code| turned(code).to(viewer))?;
        Ok(done.recorded.number)
    }
}

impl Desk {
    async fn history(&self, viewer: &Viewer, before: Option<u64>) -> Result<history::Page, Turned> {
        let journal = self.broker.ledger.journal().clone();
        let index = std::sync::Arc::clone(&self.index);
        let work = move || history::page(&journal, &index, before);
        self.reading(viewer, work).await
    }

    /// The act that this viewer has just done.
    pub(super) async fn done(&self, viewer: &Viewer, number: Option<u64>) -> Option<ActShown> {
        let (journal, number) = (self.broker.ledger.journal().clone(), number?);
        let read = move || Ok(history::read(&journal, number));
        let act = self.reading(viewer, read).await.ok().flatten()?;
        (act.staff == viewer.name && act.refused.is_empty()).then_some(act)
    }
}

/// What the keys of a page's forms begin with.
pub(super) fn key() -> Result<String, RefusalCode> {
    let mut bytes = [0; KEY_BYTES];
    let filled = SystemRandom.fill(&mut bytes);
    filled.map_err(|_| RefusalCode::HubInternal)?;
    Ok(HEXLOWER.encode(&bytes))
}

/// No page repeats what may be somebody's number, whatever an act was refused for.
fn clear_personal(filled: &mut Filled) {
    if may_name_somebody(&filled.back) {
        filled.back.clear();
    }
    let is_somebodys: fn(&str) -> bool = match filled.kind.as_str() {
        "case" => holds_id_number,
        _ => may_hold_id_number,
    };
    if is_somebodys(&filled.name) {
        filled.name.clear();
    }
    for text in [
        &mut filled.act,
        &mut filled.kind,
        &mut filled.node,
        &mut filled.value,
        &mut filled.until,
        &mut filled.reason,
    ] {
        if may_hold_id_number(text) {
            text.clear();
        }
    }
}

/// As the acts name their targets. What fits no kind stays as it is, and is refused.
fn target(filled: &Filled) -> String {
    let (kind, node, name) = (&filled.kind, filled.node.trim(), filled.name.trim());
    match kind.as_str() {
        "node" => format!("node/{node}"),
        "flow" | "act" => format!("{kind}/{name}"),
        "limit" if node.is_empty() => format!("{kind}/{name}"),
        "limit" => format!("{kind}/{name}/{node}"),
        _ => format!("{kind}/{node}/{name}"),
    }
}

/// To what a limit is set; what is no number is refused like none.
fn value(filled: &Filled) -> Option<u32> {
    let value = filled.value.trim();
    value.parse().ok().filter(|_| filled.act == "limit")
}

fn until(text: &str) -> Option<String> {
    let text = text.trim();
    match text.len() {
        0 => None,
        TO_THE_MINUTE => Some(format!("{text}{SECONDS}{ZONE}")),
        TO_THE_SECOND => Some(format!("{text}{ZONE}")),
        _ => Some(text.to_owned()),
    }
}

fn recorded(act: &Recorded) -> ActShown {
    let at = act
        .at
        .format(&time::format_description::well_known::Rfc3339);
    shown(act.number, &at.unwrap_or_default(), &act.entry)
}

fn shown(number: u64, at: &str, entry: &OperatorAct) -> ActShown {
    ActShown {
        number,
        at: readable(at),
        act: entry.act.clone(),
        target: entry.target.clone(),
        stage: entry.stage.clone(),
        refused: String::new(),
        of: entry.of,
        until: readable(&entry.until),
        reason: entry.reason.clone(),
        staff: entry.staff.clone(),
        role: entry.role.clone(),
    }
}

#[cfg(test)]
mod tests;
