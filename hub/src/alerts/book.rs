//! The alerts and where each of them stands: a pure value that is built by the same entries while
//! the hub runs and at a start. It knows no clock, no lock and no log.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use time::OffsetDateTime;
use wire::RefusalCode;

use super::ruled::Ruled;
use crate::ledger::entry::{AlertRaised, AlertStep, Whose};
use crate::staff::Deed;

/// Alerts remembered; the oldest closed one goes first, then the oldest.
const ALERTS_MAX: usize = 10_000;
/// Alerts of which it is remembered that they were raised, be they gone themselves: one that had
/// to make room is not raised again.
const KNOWN_MAX: usize = 100_000;
/// Steps of one alert.
pub const STEPS_MAX: usize = 64;

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nobody looks into it.
    Open,
    /// Somebody does.
    Assigned,
    /// Somebody wrote down what it was.
    Explained,
    /// Another person agrees.
    Confirmed,
    /// Done with.
    Closed,
}

impl Standing {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Assigned,
        Self::Explained,
        Self::Confirmed,
        Self::Closed,
    ];

    /// In addresses and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Explained => "explained",
            Self::Confirmed => "confirmed",
            Self::Closed => "closed",
        }
    }
}

/// What can be done about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Take it.
    Assign,
    /// Write down what it was.
    Explain,
    /// Agree, as another person.
    Confirm,
    /// Be done with it.
    Close,
    /// Begin again.
    Reopen,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Assign,
        Self::Explain,
        Self::Confirm,
        Self::Close,
        Self::Reopen,
    ];

    /// As it stands in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assign => "assigned",
            Self::Explain => "explained",
            Self::Confirm => "confirmed",
            Self::Close => "closed",
            Self::Reopen => "reopened",
        }
    }

    /// Reads what [`Step::as_str`] writes.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }

    /// What a role must be allowed for it.
    #[must_use]
    pub const fn deed(self) -> Deed {
        match self {
            Self::Assign | Self::Explain | Self::Reopen => Deed::ExplainAlert,
            Self::Confirm | Self::Close => Deed::CloseAlert,
        }
    }

    /// Whether it takes words.
    #[must_use]
    pub const fn needs_text(self) -> bool {
        matches!(self, Self::Explain | Self::Close | Self::Reopen)
    }

    const fn leads_to(self) -> Standing {
        match self {
            Self::Assign => Standing::Assigned,
            Self::Explain => Standing::Explained,
            Self::Confirm => Standing::Confirmed,
            Self::Close => Standing::Closed,
            Self::Reopen => Standing::Open,
        }
    }

    const fn fits(self, standing: Standing) -> bool {
        match self {
            Self::Assign => matches!(standing, Standing::Open | Standing::Assigned),
            Self::Explain => matches!(standing, Standing::Assigned),
            Self::Confirm => matches!(standing, Standing::Explained),
            Self::Close => matches!(standing, Standing::Confirmed),
            Self::Reopen => matches!(
                standing,
                Standing::Explained | Standing::Confirmed | Standing::Closed
            ),
        }
    }
}

/// A step on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub step: AlertStep,
}

/// An alert on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its entry: its number.
    pub number: u64,
    /// When.
    pub at: OffsetDateTime,
    /// What stood out.
    pub raised: AlertRaised,
    /// Where it stands.
    pub standing: Standing,
    /// What was done, oldest first.
    pub steps: Vec<Taken>,
}

impl Alert {
    /// The entry of the last thing that happened to it; whoever acts says which they saw.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.steps.last().map_or(self.number, |step| step.entry)
    }

    /// Who did the last step of a kind since it was opened (again).
    #[must_use]
    pub fn by(&self, step: Step) -> Option<&str> {
        let since = self
            .steps
            .iter()
            .rposition(|taken| taken.step.step == Step::Reopen.as_str());
        let steps = self.steps.iter().skip(since.map_or(0, |at| at + 1)).rev();
        let mut steps = steps.filter(|taken| taken.step.step == step.as_str());
        steps.next().map(|taken| taken.step.staff.as_str())
    }

    /// Whether somebody may take a step now.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, step: Step, staff: &str) -> Result<(), RefusalCode> {
        if !step.fits(self.standing) {
            return Err(RefusalCode::AlertStep);
        }
        if self.steps.len() >= STEPS_MAX {
            return Err(RefusalCode::ActMany);
        }
        let is_other = |step: Step| self.by(step).is_some_and(|by| by != staff);
        match step {
            Step::Explain if is_other(Step::Assign) => Err(RefusalCode::AlertStep),
            Step::Confirm if !is_other(Step::Explain) => Err(RefusalCode::ActSecond),
            _ => Ok(()),
        }
    }
}

/// One alert a rule, operator, flow or person asked about, and window.
pub type Key = (String, String, String, String, String);

/// What was raised.
pub type Known = BTreeSet<Arc<Key>>;

/// All alerts.
#[derive(Debug, Default)]
pub struct Book {
    alerts: BTreeMap<u64, Alert>,
    known: Arc<Known>,
    /// The same, in the order in which they came.
    raised: VecDeque<Arc<Key>>,
    ruled: Ruled,
}

/// What tells an alert from another.
#[must_use]
pub fn key(rule: &str, who: &Whose, what: &str, window: &str) -> Key {
    let (node, operator) = (who.node.clone(), who.operator.clone());
    (rule.into(), node, operator, what.into(), window.into())
}

fn key_of(raised: &AlertRaised) -> Key {
    let what = if raised.about.is_empty() {
        &raised.flow
    } else {
        &raised.about
    };
    key(&raised.rule, &raised.who, what, &raised.window)
}

impl Book {
    /// Whether the same was raised before.
    #[must_use]
    pub fn knows(&self, raised: &AlertRaised) -> bool {
        self.known.contains(&key_of(raised))
    }

    /// All that was raised before, as it is now.
    #[must_use]
    pub fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known)
    }

    fn know(&mut self, raised: &AlertRaised) {
        let key = Arc::new(key_of(raised));
        let known = Arc::make_mut(&mut self.known);
        if known.insert(Arc::clone(&key)) {
            self.raised.push_back(key);
        }
        while self.raised.len() > KNOWN_MAX {
            if let Some(oldest) = self.raised.pop_front() {
                known.remove(&oldest);
            }
        }
    }

    /// Takes an alert that is on record; once.
    pub fn raise(&mut self, number: u64, at: OffsetDateTime, raised: AlertRaised) {
        if self.alerts.contains_key(&number) {
            return;
        }
        self.know(&raised);
        let alert = Alert {
            number,
            at,
            raised,
            standing: Standing::Open,
            steps: Vec::new(),
        };
        self.alerts.insert(number, alert);
        while self.alerts.len() > ALERTS_MAX {
            let mut closed = self.alerts.values();
            let closed = closed.find(|alert| alert.standing == Standing::Closed);
            let oldest = closed.or(self.alerts.values().next()).map(|a| a.number);
            let Some(oldest) = oldest else { return };
            self.alerts.remove(&oldest);
        }
    }

    /// Takes a step that is on record; once.
    pub fn step(&mut self, entry: u64, at: OffsetDateTime, step: AlertStep) {
        let Some(alert) = self.alerts.get_mut(&step.alert) else {
            return;
        };
        let Some(kind) = Step::read(&step.step).filter(|_| alert.last() < entry) else {
            return;
        };
        alert.standing = kind.leads_to();
        alert.steps.push(Taken { entry, at, step });
    }

    /// What the log says about the rules.
    #[must_use]
    pub const fn ruled(&self) -> &Ruled {
        &self.ruled
    }

    pub(super) const fn ruled_mut(&mut self) -> &mut Ruled {
        &mut self.ruled
    }

    /// One alert.
    #[must_use]
    pub fn alert(&self, number: u64) -> Option<&Alert> {
        self.alerts.get(&number)
    }

    /// All, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values().rev()
    }

    /// How many stand where.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Standing, usize> {
        let mut counts = BTreeMap::from(Standing::ALL.map(|standing| (standing, 0)));
        for alert in self.alerts.values() {
            *counts.entry(alert.standing).or_default() += 1;
        }
        counts
    }

    /// Since when the oldest open alert waits for somebody.
    #[must_use]
    pub fn open_since(&self) -> Option<OffsetDateTime> {
        let open = self
            .alerts
            .values()
            .filter(|a| a.standing == Standing::Open);
        // One that was opened again waits since then.
        let since = open.map(|alert| alert.steps.last().map_or(alert.at, |step| step.at));
        since.min()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const AT: OffsetDateTime = datetime!(2026-11-23 10:00 +8);

    fn raised(operator: &str) -> AlertRaised {
        AlertRaised {
            rule: "asks".to_owned(),
            who: crate::ledger::entry::Whose {
                node: "city".to_owned(),
                operator: operator.to_owned(),
            },
            window: "2026-11-23T10".to_owned(),
            ..AlertRaised::default()
        }
    }

    fn step(book: &mut Book, entry: u64, step: Step, staff: &str) -> Result<(), RefusalCode> {
        book.alert(1).expect("is there").check(step, staff)?;
        let taken = AlertStep {
            alert: 1,
            step: step.as_str().to_owned(),
            staff: staff.to_owned(),
            ..AlertStep::default()
        };
        for _ in 0..2 {
            book.step(entry, AT, taken.clone());
        }
        Ok(())
    }

    #[test]
    fn an_alert_goes_its_way_and_nobody_confirms_their_own_word() {
        let mut book = Book::default();
        book.raise(1, AT, raised("0101"));
        book.raise(1, AT, raised("0101"));
        assert!(book.knows(&raised("0101")));
        assert!(!book.knows(&raised("0102")));
        assert_eq!(book.open_since(), Some(AT));
        let early = step(&mut book, 2, Step::Explain, "wang");
        assert_eq!(early, Err(RefusalCode::AlertStep));
        step(&mut book, 2, Step::Assign, "wang").expect("may");
        assert_eq!(book.open_since(), None);
        let other = step(&mut book, 3, Step::Explain, "zhao");
        assert_eq!(other, Err(RefusalCode::AlertStep), "not theirs");
        step(&mut book, 3, Step::Explain, "wang").expect("may");
        let own = step(&mut book, 4, Step::Confirm, "wang");
        assert_eq!(own, Err(RefusalCode::ActSecond));
        step(&mut book, 4, Step::Confirm, "sun").expect("may");
        step(&mut book, 5, Step::Close, "sun").expect("may");
        let twice = step(&mut book, 6, Step::Close, "sun");
        assert_eq!(twice, Err(RefusalCode::AlertStep));
        let alert = book.alert(1).expect("is there");
        assert_eq!((alert.standing, alert.steps.len()), (Standing::Closed, 4));
        assert_eq!(alert.last(), 5);
        step(&mut book, 6, Step::Reopen, "sun").expect("may");
        let alert = book.alert(1).expect("is there");
        assert_eq!(
            (alert.standing, alert.by(Step::Assign)),
            (Standing::Open, None)
        );
        assert_eq!(book.counts()[&Standing::Open], 1);
        step(&mut book, 7, Step::Assign, "sun").expect("may");
        step(&mut book, 8, Step::Explain, "sun").expect("may");
        let own = step(&mut book, 9, Step::Confirm, "sun");
        assert_eq!(own, Err(RefusalCode::ActSecond), "also the second time");
        step(&mut book, 9, Step::Confirm, "wang").expect("may");
    }

    #[test]
    fn the_oldest_closed_alert_makes_room() {
        let mut book = Book::default();
        for number in 1..=ALERTS_MAX as u64 {
            book.raise(number, AT, raised(&number.to_string()));
        }
        let close = |book: &mut Book, number, entry| {
            let step = AlertStep {
                alert: number,
                step: "closed".to_owned(),
                ..AlertStep::default()
            };
            book.step(entry, AT, step);
        };
        close(&mut book, 5, 20_000);
        book.raise(20_001, AT, raised("new"));
        assert!(book.alert(5).is_none() && book.alert(1).is_some());
        book.raise(20_002, AT, raised("newer"));
        assert!(book.alert(1).is_none() && book.alert(20_002).is_some());
        assert_eq!(book.newest().count(), ALERTS_MAX);
        assert!(book.knows(&raised("1")), "and is not raised again");
    }
}
