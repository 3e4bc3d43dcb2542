//! The rules between the items of one record. Rules between records or classes are not judged
//! here: a query seldom brings both sides.

use rust_decimal::Decimal;
use time::Date;

use crate::defect::Defect;
use crate::number::{ClassNo, ItemNo};
use crate::record::Record;
use crate::value::{Absence, Month, Value};

type Broken = (ItemNo, Defect);

/// Whether two dates may fall on the same day.
#[derive(Debug, Clone, Copy)]
enum Order {
    SameDayAllowed,
    Strict,
}

/// Pairs of dates that must follow each other: class, earlier item, later item.
const DATE_ORDER: &[(u8, u8, u8, Order)] = &[
    (4, 9, 17, Order::SameDayAllowed),  // opened, sealed
    (4, 9, 19, Order::SameDayAllowed),  // opened, closed
    (4, 17, 19, Order::SameDayAllowed), // sealed, closed
    (6, 11, 12, Order::SameDayAllowed), // applied, posted
    (6, 18, 19, Order::Strict),         // lease start, lease end
    (7, 18, 19, Order::SameDayAllowed), // letter created, completed
    (8, 6, 11, Order::SameDayAllowed),  // applied, signed
    (10, 8, 13, Order::SameDayAllowed), // disbursed, settled
    (11, 10, 11, Order::Strict),        // effective from, effective to
];

/// Statuses with which something is over: class, status item, the statuses, the item with the
/// day it ended and the item with a balance that must then be zero.
const ENDINGS: &[(u8, u8, &[&str], u8, u8)] =
    &[(4, 8, &["03", "04", "05"], 19, 14), (10, 6, &["06"], 13, 9)];

/// The items that say through which month is paid.
const PAID_THROUGH: &[(u8, u8)] = &[(2, 7), (4, 10), (7, 13)];

/// The contribution rates of employer and employee.
const RATES: [u8; 2] = [5, 6];
/// The flag of a deferral or reduction.
const RATE_FLAG: u8 = 8;
/// The month in which a deferral or reduction ends.
const RATE_END: u8 = 9;
/// The flags under which a rate may be reduced.
const REDUCED: [&str; 2] = ["2", "3"];
/// Lowest and highest rate, in hundredths of a percent.
const RATE_RANGE: (i64, i64) = (500, 1200);
/// Lowest and highest rate under a reduction, in hundredths of a percent.
const REDUCED_RANGE: (i64, i64) = (100, 400);

/// Reads items of one class out of a record.
struct View<'r> {
    record: &'r Record,
    class: ClassNo,
}

impl<'r> View<'r> {
    /// Nothing if the record is of another class.
    fn of(record: &'r Record, class: u8) -> Option<Self> {
        let class = ClassNo::new(class).filter(|class| *class == record.class())?;
        Some(Self { record, class })
    }

    fn no(&self, item: u8) -> Option<ItemNo> {
        ItemNo::new(self.class, item)
    }

    fn value(&self, item: u8) -> Option<&'r Value> {
        self.record.get(self.no(item)?)
    }

    fn date(&self, item: u8) -> Option<Date> {
        match self.value(item)? {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }

    fn code(&self, item: u8) -> Option<&'r str> {
        match self.value(item)? {
            Value::Code(code) => Some(code),
            _ => None,
        }
    }

    fn decimal(&self, item: u8) -> Option<Decimal> {
        match self.value(item)? {
            Value::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether the source has the item and no value: only then is a value known to be missing.
    fn is_not_recorded(&self, item: u8) -> bool {
        self.value(item) == Some(&Value::Absent(Absence::NotRecorded))
    }

    fn broken(&self, item: u8, defect: Defect) -> Option<Broken> {
        Some((self.no(item)?, defect))
    }
}

/// The rules of the record that are broken.
pub(super) fn broken(record: &Record) -> Vec<Broken> {
    let mut defects = Vec::new();
    defects.extend(
        DATE_ORDER
            .iter()
            .filter_map(|rule| date_order(record, *rule)),
    );
    for rule in ENDINGS {
        ending(record, *rule, &mut defects);
    }
    if let Some(account) = View::of(record, 2) {
        defects.extend(RATES.iter().filter_map(|item| rate(&account, *item)));
    }
    defects
}

/// The rules of the record that are broken on this day.
pub(super) fn broken_on(record: &Record, today: Date) -> Vec<Broken> {
    let Some(next_month) = Month::of(today).and_then(Month::next) else {
        return Vec::new();
    };
    let ahead = |(class, item): &(u8, u8)| {
        let view = View::of(record, *class)?;
        match view.value(*item)? {
            Value::Month(month) if *month > next_month => view.broken(*item, Defect::OutOfRange),
            _ => None,
        }
    };
    PAID_THROUGH.iter().filter_map(ahead).collect()
}

fn date_order(record: &Record, rule: (u8, u8, u8, Order)) -> Option<Broken> {
    let (class, earlier, later, order) = rule;
    let view = View::of(record, class)?;
    let (from, to) = (view.date(earlier)?, view.date(later)?);
    let kept = match order {
        Order::SameDayAllowed => from <= to,
        Order::Strict => from < to,
    };
    if kept {
        None
    } else {
        view.broken(later, Defect::DateOrder)
    }
}

fn ending(record: &Record, rule: (u8, u8, &[&str], u8, u8), defects: &mut Vec<Broken>) {
    let (class, status, over, ended_on, balance) = rule;
    let Some(view) = View::of(record, class) else {
        return;
    };
    if !view.code(status).is_some_and(|code| over.contains(&code)) {
        return;
    }
    if view.is_not_recorded(ended_on) {
        defects.extend(view.broken(ended_on, Defect::MissingRequired));
    }
    if view.decimal(balance).is_some_and(|left| !left.is_zero()) {
        defects.extend(view.broken(balance, Defect::OutOfRange));
    }
}

/// A deferral sets the payment to zero and not the rate, so it does not widen the range.
fn rate(account: &View<'_>, item: u8) -> Option<Broken> {
    let rate = account.decimal(item)?;
    let within =
        |(min, max): (i64, i64)| (Decimal::new(min, 2)..=Decimal::new(max, 2)).contains(&rate);
    if within(RATE_RANGE) {
        return None;
    }
    if !within(REDUCED_RANGE) {
        return account.broken(item, Defect::OutOfRange);
    }
    let flag = account.code(RATE_FLAG)?;
    if !REDUCED.contains(&flag) {
        return account.broken(item, Defect::OutOfRange);
    }
    if account.is_not_recorded(RATE_END) {
        return account.broken(RATE_END, Defect::MissingRequired);
    }
    None
}
