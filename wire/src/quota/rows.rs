//! The rows: every limit of a hub, with the place in the file, the default, the range, the unit.

use std::ops::RangeInclusive;

use crate::limits::{
    ASKS_PER_STREAM_MAX, LINES_PER_LIST_AT_ONCE, LINES_PER_LIST_MAX, LIST_LINES_IN_FLIGHT_MAX,
    STREAMS_PER_NODE_MAX,
};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Questions or lines a second in the long run.
    PerSecond,
    /// Questions or lines a minute in the long run.
    PerMinute,
    /// Questions or lines at once, from a quota that is full.
    Burst,
    /// Questions or lines under way at once.
    AtOnce,
    /// Questions that wait at once.
    Waiting,
    /// Milliseconds.
    Millis,
}

impl Unit {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerSecond => "a second",
            Self::PerMinute => "a minute",
            Self::Burst => "at once, from a full quota",
            Self::AtOnce => "under way",
            Self::Waiting => "waiting",
            Self::Millis => "ms",
        }
    }
}

/// For whom an exception may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// There is one value only.
    Nobody,
    /// A center that asks: `city`.
    Node,
    /// An operator of a center: `city/0231`.
    Operator,
    /// A flow: `F05`.
    Flow,
    /// A center that is asked, or one class of it: `city`, `city/04`.
    Target,
}

macro_rules! limit_names {
    ($($name:ident $table:literal $key:literal $default:expr, $low:expr, $high:expr,
       $unit:ident $whom:ident $is:literal;)+) => {
        /// Every limit of a hub that is data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LimitName {
            $(#[doc = $is] $name,)+
        }

        impl LimitName {
            /// All of them, as they stand in the file.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The table of the file.
            #[must_use]
            pub fn table(self) -> &'static str {
                match self { $(Self::$name => $table,)+ }
            }

            /// The key within the table.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// The value where no file says another.
            #[must_use]
            pub fn default(self) -> u32 {
                match self { $(Self::$name => $default,)+ }
            }

            /// The values that a file may say.
            #[must_use]
            pub fn range(self) -> RangeInclusive<u32> {
                match self { $(Self::$name => $low..=$high,)+ }
            }

            /// What it counts.
            #[must_use]
            pub fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)+ }
            }

            /// For whom an exception may be made.
            #[must_use]
            pub fn whom(self) -> Whom {
                match self { $(Self::$name => Whom::$whom,)+ }
            }

            /// What it is, for people.
            #[must_use]
            pub fn is(self) -> &'static str {
                match self { $(Self::$name => $is,)+ }
            }
        }
    };
}

/// Highest rate and burst.
const OFTEN: u32 = 1_000_000;
/// All that the streams of one node carry.
const CARRIED: u32 = small(ASKS_PER_STREAM_MAX * STREAMS_PER_NODE_MAX);
const LINES: u32 = small(LIST_LINES_IN_FLIGHT_MAX);
const PLACES: u32 = 1_024;
const AT_TARGET: u32 = 128;
const BEFORE_TARGET: u32 = 128;

/// One target holds one in so many of the hub's places at most, with what is under way there and
/// what waits for it: a target that hangs leaves the others the rest.
pub(super) const TARGET_PART: u32 = 4;
/// A hub with fewer places has none to set aside: a part of them would be too few to ask with.
pub(super) const PARTED_FROM: u32 = 64;

const _: () = assert!(PLACES >= PARTED_FROM);
const _: () = assert!((AT_TARGET + BEFORE_TARGET) * TARGET_PART <= PLACES);
// All lines of lists find room before one target, however few of them it bears.
const _: () = assert!(LINES <= BEFORE_TARGET);

limit_names! {
    InFlightMax "hub" "in_flight_max" PLACES, 1, 4_096, AtOnce Nobody
        "single questions under way in the whole hub";
    QueueMax "hub" "queue_max" 256, 0, 4_096, Waiting Nobody
        "single questions that wait for a place";
    QueueWaitMax "hub" "queue_wait_max_ms" 500, 1, 10_000, Millis Nobody
        "longest wait for a place";
    ListLinesInFlightMax "hub" "list_lines_in_flight_max" LINES,
        small(LINES_PER_LIST_AT_ONCE), LINES, AtOnce Nobody
        "lines of lists under way in the whole hub";
    NodePerSecond "node" "per_second" 200, 1, OFTEN, PerSecond Node
        "questions of one center";
    NodeBurst "node" "burst" 400, 1, OFTEN, Burst Node
        "questions of one center";
    NodeLinesPerSecond "node" "list_lines_per_second" 200, 1, OFTEN, PerSecond Node
        "lines of one center's lists; faster ones wait";
    NodeLinesBurst "node" "list_lines_burst" 400, 1, OFTEN, Burst Node
        "lines of one center's lists";
    OperatorPerMinute "operator" "per_minute" 60, 1, OFTEN, PerMinute Operator
        "questions of one operator";
    OperatorBurst "operator" "burst" 30, 1, OFTEN, Burst Operator
        "questions of one operator";
    OperatorLinesPerMinute "operator" "list_lines_per_minute" 600, 1, OFTEN, PerMinute Operator
        "lines of one operator's lists";
    OperatorLinesBurst "operator" "list_lines_burst" LINES_PER_LIST_MAX, 1, OFTEN, Burst Operator
        "lines of one operator's lists";
    FlowPerSecond "flow" "per_second" 200, 1, OFTEN, PerSecond Flow
        "questions of one center within one flow";
    FlowBurst "flow" "burst" 400, 1, OFTEN, Burst Flow
        "questions of one center within one flow";
    CasePerMinute "case" "per_minute" 60, 1, OFTEN, PerMinute Nobody
        "questions of one case";
    CaseBurst "case" "burst" 40, 1, OFTEN, Burst Nobody
        "questions of one case";
    TargetInFlightMax "target" "in_flight_max" AT_TARGET, 1, CARRIED, AtOnce Target
        "questions at one center, never exceeded; the hub finds by itself what the center bears";
    TargetInFlightMin "target" "in_flight_min" 4, 1, CARRIED, AtOnce Target
        "questions at one center that are always let through";
    TargetQueueMax "target" "queue_max" BEFORE_TARGET, 0, 4_096, Waiting Target
        "questions that wait for one center";
    TargetWaitMax "target" "wait_max_ms" 1_000, 1, 10_000, Millis Target
        "longest wait of a single question for one center";
    ClassInFlightMax "target" "class_in_flight_max" 128, 1, CARRIED, AtOnce Target
        "questions for one class of one center";
    ClassPerSecond "target" "class_per_second" 2_000, 1, OFTEN, PerSecond Target
        "questions for one class of one center";
    ClassBurst "target" "class_burst" 4_000, 1, OFTEN, Burst Target
        "questions for one class of one center";
}

impl LimitName {
    /// Whether it speaks of one class of a target.
    #[must_use]
    pub fn is_of_class(self) -> bool {
        self.key().starts_with("class_")
    }

    /// Table and key, as people write it.
    #[must_use]
    pub fn path(self) -> String {
        format!("{}.{}", self.table(), self.key())
    }

    /// The row of that table and key.
    #[must_use]
    pub fn find(table: &str, key: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|name| name.table() == table && name.key() == key)
    }

    pub(super) fn drawn_in(self, value: u32) -> u32 {
        let range = self.range();
        value.clamp(*range.start(), *range.end())
    }
}

/// A constant of the wire as a number of this table.
const fn small(number: usize) -> u32 {
    assert!(number <= 1 << 20, "no limit is that large");
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the line above stops the build where it would not fit"
    )]
    {
        number as u32
    }
}
