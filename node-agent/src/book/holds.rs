//! What officers want kept reaches the values beside the log as well: the holds that stand, and
//! those of orders that wait to be taken.

use audit::VolumeError;
use audit::volume::{OrderBook, SealedOrders};
use policies::KeepingOrders;

use super::removed::Trace;

/// By what values are kept whose entry nobody can read.
const UNREADABLE: &str = "unreadable";

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    orders: Vec<KeepingOrders>,
}

impl Holds {
    /// Reads them from the officers' orders. Blocks.
    ///
    /// # Errors
    /// Nobody knows what must be kept.
    pub(crate) fn read(book: Option<&OrderBook>) -> Result<Self, VolumeError> {
        let Some(book) = book else {
            return Ok(Self::default());
        };
        let mut orders: Vec<_> = book
            .in_force()?
            .iter()
            .map(parsed)
            .collect::<Result<_, _>>()?;
        // What is offered and no orders at all changes nothing, and is told where it is taken.
        let offered = book.offered().ok().flatten();
        orders.extend(offered.and_then(|offered| parsed(&offered).ok()));
        orders.retain(|orders| !orders.holds.is_empty());
        Ok(Self { orders })
    }

    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The hold by which the values of an entry must stay; none is known of what cannot be read.
    pub(super) fn held(&self, entry: Option<&Trace>) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let Some(entry) = entry.and_then(Trace::kept) else {
            return Some(UNREADABLE.to_owned());
        };
        let mut orders = self.orders.iter();
        orders.find_map(|orders| orders.held(entry).map(str::to_owned))
    }
}

fn parsed(sealed: &SealedOrders) -> Result<KeepingOrders, VolumeError> {
    let orders = KeepingOrders::parse(&sealed.sealed.text);
    orders.map_err(|fault| VolumeError::Record(fault.to_string()))
}
