//! How a personal account comes about from a plan: amounts from base and rate, months from dates, a
//! number in the form of its center. It refuses to give a closed account a balance.

use std::sync::Arc;

use time::Date;

use super::calendar::Month;
use super::facts::{Account, AccountState, Person, Unit};
use super::node::Node;

/// Contribution rows kept per ordinary account: one year.
pub(crate) const ROWS_PER_ACCOUNT: i32 = 12;
const FEN_PER_YUAN: i64 = 100;

/// What is decided about an account; everything else follows.
#[derive(Debug, Clone)]
pub(crate) struct AccountPlan {
    pub(crate) serial: u64,
    pub(crate) fund: &'static str,
    pub(crate) state: AccountState,
    pub(crate) freeze: &'static str,
    pub(crate) opened: Date,
    pub(crate) paid_through: Month,
    pub(crate) base_yuan: i64,
    pub(crate) ended: Option<Date>,
    pub(crate) rows: i32,
    pub(crate) reversed: bool,
    pub(crate) short_id: bool,
    pub(crate) updated: Date,
}

impl AccountPlan {
    /// The account that follows from the plan.
    pub(crate) fn build(self, person: &Arc<Person>, unit: &Arc<Unit>) -> Account {
        let opened_in = Month::of(self.opened);
        let total = (self.paid_through.since(opened_in) + 1).max(0);
        let base = self.base_yuan * FEN_PER_YUAN;
        let monthly_yuan = (self.base_yuan * unit.rate_percent + 50) / 100;
        let monthly = monthly_yuan * FEN_PER_YUAN;
        let closed = matches!(
            self.state,
            AccountState::Merged | AccountState::MovedOut | AccountState::DrawnOut
        );
        let rows = self.rows.min(total);
        let months = (0..rows)
            .rev()
            .map(|back| self.paid_through.plus(-back))
            .collect();
        Account {
            number: account_number(unit, self.serial),
            person: Arc::clone(person),
            unit: Arc::clone(unit),
            fund: self.fund,
            state: self.state,
            freeze: self.freeze,
            opened: self.opened,
            paid_through: self.paid_through,
            base,
            monthly,
            balance: if closed {
                0
            } else {
                monthly * 2 * i64::from(total)
            },
            streak: if self.state == AccountState::Live {
                total
            } else {
                0
            },
            total,
            sealed: if self.state == AccountState::Sealed {
                self.ended
            } else {
                None
            },
            closed: if closed { self.ended } else { None },
            months,
            reversed: self.reversed,
            short_id: self.short_id,
            serial: self.serial,
            updated: self.updated,
        }
    }
}

/// A center's own number for an account. The railway has none: unit and employee number stand for
/// it.
fn account_number(unit: &Unit, serial: u64) -> String {
    match unit.node {
        Node::City | Node::Zhongzhi => format!("{:04}{serial:08}", unit.node.digit()),
        Node::Guoguan => format!("8011{serial:010}"),
        Node::Tielu => format!("{}{serial:010}", unit.number),
    }
}
