//! What the staff does about an alert: by role, on record before it shows.

use std::sync::Arc;

use catalog::identity::may_hold_id_number;
use wire::RefusalCode;

use super::book::Step;
use crate::broker::Broker;
use crate::ledger::entry::{ActRefused, AlertStep, Entry};
use crate::staff::Staff;

/// Longest text, in characters.
pub const TEXT_CHARS_MAX: usize = 500;

/// What somebody wants to do, not yet believed.
#[derive(Debug, Clone, Default)]
pub struct StepWanted {
    /// Number of the alert.
    pub alert: u64,
    /// Name of the step.
    pub step: String,
    /// In their own words: never a person's number or name.
    pub text: String,
    /// The last entry about the alert that they saw.
    pub seen: u64,
}

impl Broker {
    /// Takes a step, or says why not; both on record. The work goes on when whoever asked hangs up.
    ///
    /// # Errors
    /// The refusal.
    pub async fn step_alert(
        self: &Arc<Self>,
        staff: Staff,
        wanted: StepWanted,
    ) -> Result<u64, RefusalCode> {
        let broker = Arc::clone(self);
        let work = self.tasks.spawn(async move {
            match broker.stepped(&staff, &wanted).await {
                Ok(entry) => Ok(entry),
                Err(code) => Err(broker.refuse_step(&staff, &wanted, code).await),
            }
        });
        work.await.unwrap_or(Err(RefusalCode::HubInternal))
    }

    async fn stepped(&self, staff: &Staff, wanted: &StepWanted) -> Result<u64, RefusalCode> {
        let step = Step::read(&wanted.step).ok_or(RefusalCode::ActMalformed)?;
        let role = staff.may(step.deed())?;
        let text = text(step, &wanted.text)?;
        if !self.alerts.is_whole() {
            return Err(RefusalCode::AlertCounting);
        }
        let mut book = self.alerts.book().await;
        let alert = book.alert(wanted.alert).ok_or(RefusalCode::PageUnknown)?;
        if alert.last() != wanted.seen {
            return Err(RefusalCode::AlertStep);
        }
        alert.check(step, &staff.name)?;
        let taken = AlertStep {
            alert: alert.number,
            step: step.as_str().to_owned(),
            text,
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            role: role.to_string(),
            node: alert.raised.who.node.clone(),
        };
        // On record before it shows.
        let noted = self.ledger.note(Entry::AlertStep(taken.clone())).await;
        let entry = noted.map_err(|_| RefusalCode::AuditUnavailable)?.index;
        book.step(entry, self.clock.now(), taken);
        Ok(entry)
    }

    async fn refuse_step(
        &self,
        staff: &Staff,
        wanted: &StepWanted,
        code: RefusalCode,
    ) -> RefusalCode {
        // Only what this program could read stands in the log.
        let step = Step::read(&wanted.step).map_or("", Step::as_str);
        let refused = ActRefused {
            code: code.to_string(),
            act: step.to_owned(),
            target: format!("alert/{}", wanted.alert),
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            roles: staff.roles(),
        };
        match self.ledger.refuse_act(code, refused).await {
            Ok(()) => code,
            Err(_) => RefusalCode::AuditUnavailable,
        }
    }
}

fn text(step: Step, given: &str) -> Result<String, RefusalCode> {
    let text = given.trim();
    if may_hold_id_number(text) {
        return Err(RefusalCode::ActPersonal);
    }
    let chars = text.chars().count();
    let is_control = |letter: char| letter.is_control() && letter != '\n' && letter != '\r';
    if chars > TEXT_CHARS_MAX || text.chars().any(is_control) || (chars == 0 && step.needs_text()) {
        return Err(RefusalCode::ActMalformed);
    }
    Ok(text.replace('\r', ""))
}
