//! The officers' orders that stand: those taken last, until later ones are sealed. What changes is
//! on record before it holds, a hold that is set as well as one that is lifted, and which orders
//! are in force.
//!
//! INVARIANT: the copy of the orders counts while the log names it. Without it everything stays; an
//! older file that two officers once sealed takes the place of nothing.

use audit::VolumeError;
use audit::volume::{OrderBook, SealedOrders};
use policies::{Hold, KeepingOrders};
use time::Date;
use tokio::runtime::Handle;
use wire::keeping::{HoldChanged, NamedOrders, OrdersTaken};

use super::{Keeping, looked_at};
use crate::book::Entry;

/// By what an entry is kept that nobody can read.
const UNREADABLE: &str = "unreadable";
/// By what every entry is kept while nobody knows the orders in force.
const ORDERS_LOST: &str = "the orders in force are gone";

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Standing {
    orders: Option<InForce>,
    /// There are orders, and their text is not here: nobody knows what must stay.
    is_lost: bool,
}

/// Orders that the log names.
#[derive(Debug)]
struct InForce {
    orders: KeepingOrders,
    digest: String,
    /// With the seals, if officers of today have sealed them. Orders of officers who have left hold
    /// what they hold, and let nothing go.
    sealed: Option<SealedOrders>,
}

impl Standing {
    pub(super) fn read(keeping: &Keeping, handle: &Handle) -> Result<Self, VolumeError> {
        let Some(book) = &keeping.orders else {
            return Ok(Self::default());
        };
        let journal = keeping.book.journal();
        let named = keeping.named.get(journal, NamedOrders::read)?;
        let current = Self::current(book, named.as_ref());
        let offered = book
            .offered()
            .and_then(|offer| offer.map(parsed).transpose());
        let next = match offered {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "changed orders are not taken; the old ones stand");
                None
            }
        };
        // Orders of which the log does not speak yet are taken like any others.
        let unnamed = current.orders.as_ref().filter(|_| named.is_none());
        let unnamed = unnamed.and_then(|own| Some((own.sealed.clone()?, own.orders.clone())));
        let Some((sealed, next)) = unnamed.or(next) else {
            return Ok(current);
        };
        match current.may_follow(&sealed, &next, (named.as_ref(), journal.origin())) {
            Ok(true) => current.take(keeping, (sealed, next), named.as_ref(), handle),
            Ok(false) => Ok(current),
            Err(error) => {
                tracing::error!(error, "changed orders are not taken; the old ones stand");
                Ok(current)
            }
        }
    }

    /// What holds by the copy, if it is the one that the log names.
    fn current(book: &OrderBook, named: Option<&NamedOrders>) -> Self {
        let lost = |because: &str| {
            tracing::error!(because, "{ORDERS_LOST}: nothing leaves the log");
            Self {
                orders: None,
                is_lost: true,
            }
        };
        let copy = match book.copy() {
            Ok(Some(copy)) => copy,
            Ok(None) if named.is_none() => return Self::default(),
            Ok(None) => return lost("the log names orders, and their copy is missing"),
            Err(error) => return lost(&error.to_string()),
        };
        let digest = copy.digest.to_string();
        let is_ours = match named {
            Some(named) => named.digest == digest,
            None => copy.sealed.is_some(),
        };
        let orders = match KeepingOrders::parse(&copy.text) {
            Ok(orders) if is_ours => orders,
            Ok(_) => return lost("the copy is not of the orders that the log names"),
            Err(fault) => return lost(&fault.to_string()),
        };
        let sealed = copy.sealed;
        let orders = Some(InForce {
            orders,
            digest,
            sealed,
        });
        Self {
            orders,
            is_lost: false,
        }
    }

    /// Whether these take the place of what stands.
    fn may_follow(
        &self,
        sealed: &SealedOrders,
        next: &KeepingOrders,
        (named, log): (Option<&NamedOrders>, &str),
    ) -> Result<bool, String> {
        let standing = self.orders.as_ref();
        let follows = next.follow(standing.map(|own| &own.orders), log);
        let follows = follows.map_err(|fault| fault.to_string())?;
        let Some(named) = named else {
            return Ok(true);
        };
        let is_named = named.digest == sealed.digest.to_string();
        match standing {
            // The same ones again, with the seals of officers of today.
            Some(own) => Ok(follows || (is_named && own.sealed.is_none())),
            None if is_named || next.serial > named.serial => Ok(true),
            None => Err(format!(
                "serial {} is not later than {}, which the log names",
                next.serial, named.serial
            )),
        }
    }

    fn take(
        self,
        keeping: &Keeping,
        (sealed, next): (SealedOrders, KeepingOrders),
        named: Option<&NamedOrders>,
        handle: &Handle,
    ) -> Result<Self, VolumeError> {
        let digest = sealed.digest.to_string();
        if named.is_none_or(|named| named.digest != digest) {
            let lost = named.filter(|_| self.is_lost);
            let taken = OrdersTaken {
                serial: next.serial,
                orders: digest.clone(),
                approved_by: sealed.sealed.by.clone(),
                lost: lost.map(|named| named.digest.clone()).unwrap_or_default(),
            };
            let changes = self.changes(&sealed, &next).into_iter();
            for entry in changes.chain([Entry::OrdersTaken(taken)]) {
                keeping.note(entry, handle).map_err(VolumeError::Record)?;
            }
            // A crash here leaves another copy than the log names: everything stays until the
            // orders are offered again.
            keeping.named.set(NamedOrders {
                serial: next.serial,
                digest: digest.clone(),
            });
        }
        if let Some(book) = &keeping.orders {
            book.take(&sealed)?;
        }
        tracing::info!(serial = next.serial, "officers' orders are in force");
        let orders = Some(InForce {
            orders: next,
            digest,
            sealed: Some(sealed),
        });
        Ok(Self {
            orders,
            is_lost: false,
        })
    }

    /// The holds that these lift and set.
    fn changes(&self, sealed: &SealedOrders, next: &KeepingOrders) -> Vec<Entry> {
        // The same orders are only named, their holds are on record.
        let standing = self.orders.as_ref().map(|own| &own.orders);
        let told = |hold: &Hold| HoldChanged {
            hold: hold.name.clone(),
            reason: hold.reason.clone(),
            asked_by: hold.by.clone(),
            agreed_by: hold.second.clone(),
            orders: sealed.digest.to_string(),
            approved_by: sealed.sealed.by.clone(),
        };
        let set = next.holds_beyond(standing).into_iter();
        let set = set.map(|hold| Entry::HoldSet(told(hold)));
        let lifted = standing.map(|orders| orders.holds_beyond(Some(next)));
        let lifted = lifted.unwrap_or_default().into_iter();
        let lifted = lifted.map(|hold| Entry::HoldLifted(told(hold)));
        lifted.chain(set).collect()
    }

    /// Up to which day entries may leave the folder of the log.
    pub(super) fn hot_until(&self) -> Option<Date> {
        let own = self.orders.as_ref()?;
        own.sealed.as_ref()?;
        own.orders.hot_until
    }

    /// The hold by which an entry must stay. What cannot be read stays.
    pub(super) fn held(&self, index: u64, entry: &[u8]) -> Option<String> {
        if self.is_lost {
            return Some(ORDERS_LOST.to_owned());
        }
        let orders = &self.orders.as_ref()?.orders;
        let held = looked_at(index, entry, |kept| orders.held(kept).map(str::to_owned));
        held.unwrap_or_else(|| Some(UNREADABLE.to_owned()))
    }

    pub(super) fn serial(&self) -> u64 {
        self.orders.as_ref().map_or(0, |own| own.orders.serial)
    }

    pub(super) fn digest(&self) -> String {
        let orders = self.orders.as_ref();
        orders.map(|own| own.digest.clone()).unwrap_or_default()
    }

    pub(super) fn by(&self) -> Vec<String> {
        let orders = self.orders.as_ref();
        let sealed = orders.and_then(|own| own.sealed.as_ref());
        sealed
            .map(|sealed| sealed.sealed.by.clone())
            .unwrap_or_default()
    }
}

fn parsed(sealed: SealedOrders) -> Result<(SealedOrders, KeepingOrders), VolumeError> {
    let orders = KeepingOrders::parse(&sealed.sealed.text);
    let orders = orders.map_err(|fault| VolumeError::Record(fault.to_string()))?;
    Ok((sealed, orders))
}
