//! The officers' orders that stand: those taken last, until later ones are sealed. What changes is
//! on record before it holds, a hold that is set as well as one that is lifted.

use audit::VolumeError;
use audit::volume::SealedOrders;
use policies::{Hold, KeepingOrders};
use time::Date;
use tokio::runtime::Handle;
use wire::keeping::HoldChanged;

use super::{Keeping, looked_at};
use crate::book::Entry;

/// By what an entry is kept that nobody can read.
const UNREADABLE: &str = "unreadable";

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Standing {
    orders: Option<(SealedOrders, KeepingOrders)>,
}

impl Standing {
    pub(super) fn read(keeping: &Keeping, handle: &Handle) -> Result<Self, VolumeError> {
        let Some(book) = &keeping.orders else {
            return Ok(Self::default());
        };
        let current = book.in_force()?.map(parsed).transpose()?;
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
        let log = keeping.book.origin();
        let Some((sealed, next)) = next else {
            return Ok(Self { orders: current });
        };
        let standing = current.as_ref().map(|(_, orders)| orders);
        match next.follow(standing, log) {
            Ok(true) => {}
            Ok(false) => return Ok(Self { orders: current }),
            Err(error) => {
                tracing::error!(%error, "changed orders are not taken; the old ones stand");
                return Ok(Self { orders: current });
            }
        }
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
        let lifted = standing.map(|orders| orders.holds_beyond(Some(&next)));
        let lifted = lifted.unwrap_or_default().into_iter();
        let lifted = lifted.map(|hold| Entry::HoldLifted(told(hold)));
        for entry in lifted.chain(set) {
            keeping.note(entry, handle).map_err(VolumeError::Record)?;
        }
        // A crash up to here says it once more and changes nothing.
        book.take(&sealed)?;
        tracing::info!(serial = next.serial, "officers' orders are in force");
        Ok(Self {
            orders: Some((sealed, next)),
        })
    }

    /// Up to which day entries may leave the folder of the log.
    pub(super) fn hot_until(&self) -> Option<Date> {
        self.orders.as_ref()?.1.hot_until
    }

    /// The hold by which an entry must stay. What cannot be read stays.
    pub(super) fn held(&self, index: u64, entry: &[u8]) -> Option<String> {
        let (_, orders) = self.orders.as_ref()?;
        let held = looked_at(index, entry, |kept| orders.held(kept).map(str::to_owned));
        held.unwrap_or_else(|| Some(UNREADABLE.to_owned()))
    }

    pub(super) fn digest(&self) -> String {
        let orders = self.orders.as_ref();
        orders
            .map(|(sealed, _)| sealed.digest.to_string())
            .unwrap_or_default()
    }

    pub(super) fn by(&self) -> Vec<String> {
        let orders = self.orders.as_ref();
        orders
            .map(|(sealed, _)| sealed.sealed.by.clone())
            .unwrap_or_default()
    }
}

fn parsed(sealed: SealedOrders) -> Result<(SealedOrders, KeepingOrders), VolumeError> {
    let orders = KeepingOrders::parse(&sealed.sealed.text);
    let orders = orders.map_err(|fault| VolumeError::Record(fault.to_string()))?;
    Ok((sealed, orders))
}
