//! Acts of the hub's operators: by role, on record before they hold, and in force again after a
//! restart.
//!
//! [`Broker::act`] is the only way to one. What stands is a [`Register`]; suspensions and breakers
//! only follow it.

pub mod act;
mod lending;
pub mod register;
mod renewal;
mod wanted;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use audit::Receipt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::RefusalCode;

use crate::broker::Broker;
use crate::ledger::entry::{ActRefused, ActsStanding, Entry, OperatorAct};
use crate::nodes::breaker::Event;
use crate::staff::Staff;

use act::Target;
use lending::Seen;
use register::{Recorded, Register};

pub use renewal::RENEWED_AFTER;
pub use wanted::{REASON_CHARS_MAX, Wanted};

/// How often acts whose time is over are ended.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often the acts that stand are written down as a whole, so that a start reads back no
/// further.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(12 * 60 * 60);

/// The acts.
#[derive(Debug)]
pub struct ActBook {
    /// Held while an act goes on record, so that acts are in the log in the order in which they
    /// hold.
    register: Mutex<Register>,
    started: Instant,
}

/// An act that was done, or waits.
#[derive(Debug, Clone)]
pub struct Done {
    /// The act.
    pub recorded: Recorded,
    /// Of its entry; none where the same request was done before.
    pub receipt: Option<Receipt>,
}

impl ActBook {
    /// What a start has read back.
    #[must_use]
    pub fn new(register: Register) -> Self {
        Self {
            register: Mutex::new(register),
            started: Instant::now(),
        }
    }

    /// What stands and waits.
    pub async fn now(&self) -> Register {
        self.register.lock().await.clone()
    }
}

impl Broker {
    /// Does what a member of the staff wants, or says why not; both on record. The work goes on
    /// when whoever asked hangs up.
    ///
    /// # Errors
    /// The refusal.
    pub async fn act(self: &Arc<Self>, staff: Staff, wanted: Wanted) -> Result<Done, RefusalCode> {
        let broker = Arc::clone(self);
        let work = self.tasks.spawn(async move {
            match broker.done(&staff, &wanted).await {
                Ok(done) => Ok(done),
                Err(code) => Err(broker.refuse_act(&staff, &wanted, code).await),
            }
        });
        work.await.unwrap_or(Err(RefusalCode::HubInternal))
    }

    async fn done(&self, staff: &Staff, wanted: &Wanted) -> Result<Done, RefusalCode> {
        let now = self.clock.now();
        let mut register = self.acts.register.lock().await;
        self.turn(&mut register, now);
        // One reading of the limits: a review meanwhile changes nothing of this act.
        let (reviewed, in_force) = self.throttle.both();
        let seen = Seen {
            register: &register,
            reviewed: &reviewed,
            in_force: &in_force,
            now,
        };
        let entry = Self::entry(seen, staff, wanted)?;
        if let Some(before) = register.repeated(&entry, now)? {
            return Ok(Done {
                recorded: before.clone(),
                receipt: None,
            });
        }
        self.check(seen, &entry)?;
        // On record before it holds.
        let noted = self
            .ledger
            .note(Entry::OperatorAct(Box::new(entry.clone())));
        let receipt = noted.await.map_err(|_| RefusalCode::AuditUnavailable)?;
        let recorded = Recorded::read(receipt.index, now, entry);
        let recorded = recorded.ok_or(RefusalCode::HubInternal)?;
        tracing::info!(
            number = receipt.index,
            act = recorded.entry.act,
            target = recorded.entry.target,
            stage = recorded.entry.stage,
            staff = staff.name,
            "an operator acted"
        );
        let told = register.enter(recorded.clone());
        self.follow(&register, now);
        if let Some((node, class, event)) = told {
            self.nodes.heard(&node, &[(class, event)]);
        }
        Ok(Done {
            recorded,
            receipt: Some(receipt),
        })
    }

    /// The entry of what is wanted, if this person may want it.
    fn entry(seen: Seen<'_>, staff: &Staff, wanted: &Wanted) -> Result<OperatorAct, RefusalCode> {
        wanted.check_words()?;
        let signed = OperatorAct {
            reason: wanted.reason.trim().to_owned(),
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            key: wanted.key.clone(),
            ..OperatorAct::default()
        };
        if let Some(number) = wanted.confirms()? {
            return Self::confirmation(seen, staff, signed, number);
        }
        let target = wanted.target()?;
        let value = wanted.sets_limit()?;
        let act = match value {
            Some(value) => seen.act_over_limit((&staff.name, &wanted.key), &target, value)?,
            None => wanted.act()?,
        };
        let role = staff.may(act.deed())?;
        let until = wanted.until(act, seen.now)?;
        let stage = match act.confirmed_by() {
            Some(_) => "asked",
            None => "done",
        };
        let until = until.and_then(|until| until.format(&Rfc3339).ok());
        Ok(OperatorAct {
            act: act.as_str().to_owned(),
            stage: stage.to_owned(),
            until: until.unwrap_or_default(),
            role: role.to_string(),
            node: target.node().to_owned(),
            flow: target.flow(),
            value,
            reviewed: value.and_then(|_| seen.reviewed_of(&target)),
            case_no: match &target {
                Target::Case(_, case) => case.clone(),
                _ => String::new(),
            },
            target: target.to_string(),
            ..signed
        })
    }

    /// The entry of somebody's confirmation of what another asked for.
    fn confirmation(
        seen: Seen<'_>,
        staff: &Staff,
        signed: OperatorAct,
        number: u64,
    ) -> Result<OperatorAct, RefusalCode> {
        // A request that was confirmed with this very key waits no more.
        let before = seen
            .register
            .confirmed((&staff.name, &signed.key), number, seen.now);
        let asked = match before {
            Some(before) => before,
            None => seen.register.asked(number, seen.now)?,
        };
        let deed = asked.act.confirmed_by().ok_or(RefusalCode::ActNothing)?;
        let role = staff.may(deed)?;
        if before.is_none() && asked.entry.staff == staff.name {
            return Err(RefusalCode::ActSecond);
        }
        if before.is_none() {
            seen.check_still_raises(asked)?;
        }
        Ok(OperatorAct {
            stage: "confirmed".to_owned(),
            of: Some(number),
            role: role.to_string(),
            act: asked.entry.act.clone(),
            target: asked.entry.target.clone(),
            until: asked.entry.until.clone(),
            node: asked.entry.node.clone(),
            flow: asked.entry.flow.clone(),
            case_no: asked.entry.case_no.clone(),
            value: asked.entry.value,
            reviewed: seen.reviewed_of(&asked.target),
            ..signed
        })
    }

    /// Whether there is such a target, and the act fits what stands.
    fn check(&self, seen: Seen<'_>, entry: &OperatorAct) -> Result<(), RefusalCode> {
        let (act, target) = (entry.act.parse()?, entry.target.parse::<Target>()?);
        let is_there = match &target {
            Target::Flow(flow) => self.rules.current().flows().flow(flow).is_some(),
            Target::Limit(name, whom) => self.is_there(*name, whom.as_deref()),
            target => self.nodes.member(target.node()).is_some(),
        };
        if !is_there {
            return Err(RefusalCode::ActTarget);
        }
        if entry.stage == "asked" {
            seen.register.check_asking(act, &target, seen.now)?;
        } else {
            seen.register.check(act, &target, seen.now)?;
        }
        if act.sets_a_limit() {
            return seen.check_lending(entry);
        }
        Ok(())
    }

    async fn refuse_act(&self, staff: &Staff, wanted: &Wanted, code: RefusalCode) -> RefusalCode {
        let (act, target) = wanted.loggable();
        let refused = ActRefused {
            code: code.to_string(),
            act,
            target,
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            roles: staff.roles(),
        };
        tracing::warn!(%code, staff = staff.name, act = refused.act, "an act was refused");
        match self.ledger.refuse_act(code, refused).await {
            Ok(()) => code,
            Err(_) => RefusalCode::AuditUnavailable,
        }
    }

    /// Ends the acts whose time is over; those that a wrong clock had ended hold again.
    fn turn(&self, register: &mut Register, now: OffsetDateTime) {
        let turned = register.turn(now, self.acts.started.elapsed());
        if turned.is_empty() {
            return;
        }
        self.follow(register, now);
        for act in turned.over {
            tracing::info!(number = act.number, "the time of an act is over");
            if let (Target::Class(node, class), Some(_)) = (&act.target, act.act.hand()) {
                self.nodes.heard(node, &[(*class, Event::Released)]);
            }
        }
        for act in turned.again {
            tracing::warn!(
                number = act.number,
                "an act holds again: the clock went back before its end"
            );
            if let Some((node, class, event)) = register::event(&act) {
                self.nodes.heard(&node, &[(class, event)]);
            }
        }
    }

    /// Rules, plan and limits see what stands.
    fn follow(&self, register: &Register, now: OffsetDateTime) {
        let mut suspensions = self
            .suspensions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *suspensions = register.suspensions(now);
        drop(suspensions);
        self.lend_limits(register.limits(now), now);
    }

    /// Puts in force what a start has read back.
    pub async fn restore_acts(&self) {
        let mut register = self.acts.register.lock().await;
        let now = self.clock.now();
        let _ = register.turn(now, self.acts.started.elapsed());
        self.follow(&register, now);
        for act in register.standing(now) {
            if let Some((node, class, event)) = register::event(act) {
                self.nodes.heard(&node, &[(class, event)]);
            }
        }
    }

    /// Ends acts when their time is over, and writes down as a whole what stands, until told to
    /// stop.
    pub async fn keep_acts(self: Arc<Self>, stop: CancellationToken) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut snapshot = tokio::time::interval(SNAPSHOT_EVERY);
        // The start has written the first.
        snapshot.reset();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = sweep.tick() => {
                    let mut register = self.acts.register.lock().await;
                    self.turn(&mut register, self.clock.now());
                }
                _ = snapshot.tick() => {
                    self.renew_acts().await;
                    let register = self.acts.register.lock().await;
                    let standing = register.numbers();
                    let entry = Entry::ActsStanding(ActsStanding { standing });
                    if self.ledger.note(entry).await.is_err() {
                        tracing::error!("standing acts are not on record: no journal");
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
