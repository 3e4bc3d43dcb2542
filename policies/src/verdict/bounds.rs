//! How far a verdict that takes a yardstick may be measured: how long a span, and how many
//! different yardsticks one case may put to it. Without the second a limit asked for often enough
//! tells the sum itself.

use catalog::Month;
use serde::Serialize;

use super::{VerdictFault, VerdictRule, VerdictTest, Yardstick};

/// Different yardsticks that a case may put to a verdict about one subject, unless the flow says.
pub(crate) const MEASURES_USUAL: u32 = 3;
/// Most that a flow may allow.
pub(crate) const MEASURES_MAX: u32 = 20;
/// Longest span of months that may be asked for, unless the flow says.
pub(crate) const MONTHS_USUAL: u32 = 60;
/// Longest that a flow may allow: a lifetime.
pub(crate) const MONTHS_MAX: u32 = 1_200;

/// The bounds of one verdict. They mean something only where its test takes a yardstick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Different yardsticks that one case may put to it about one subject.
    pub measures_max: u32,
    /// Most months of a span.
    pub months_max: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            measures_max: MEASURES_USUAL,
            months_max: MONTHS_USUAL,
        }
    }
}

impl VerdictTest {
    /// Whether the question must bring something to measure by.
    #[must_use]
    pub const fn takes_yardstick(&self) -> bool {
        matches!(self, Self::SumWithin(_) | Self::MonthsOverlap(..))
    }
}

impl VerdictRule {
    /// Whether the question brought what this verdict is measured by, and no longer a span than it
    /// may.
    pub fn check_yardstick(&self, yardstick: Option<&Yardstick>) -> Result<(), VerdictFault> {
        match (self.test, yardstick) {
            (VerdictTest::Exists | VerdictTest::CountBy(_), None)
            | (VerdictTest::SumWithin(_), Some(Yardstick::Limit(_))) => Ok(()),
            (VerdictTest::MonthsOverlap(..), Some(Yardstick::Months(first, last))) => {
                match months(*first, *last) {
                    Some(months) if months <= self.bounds.months_max => Ok(()),
                    Some(_) => Err(VerdictFault::SpanTooLong),
                    None => Err(VerdictFault::YardstickUnfit),
                }
            }
            (VerdictTest::SumWithin(_) | VerdictTest::MonthsOverlap(..), None) => {
                Err(VerdictFault::YardstickMissing)
            }
            (_, Some(_)) => Err(VerdictFault::YardstickUnfit),
        }
    }
}

/// How many months a span has; none if it ends before it begins.
fn months(first: Month, last: Month) -> Option<u32> {
    let of = |month: Month| month.year() * 12 + i32::from(month.month());
    u32::try_from(of(last) - of(first))
        .ok()
        .map(|between| between + 1)
}
