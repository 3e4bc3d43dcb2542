//! Which records are left when reversals have taken theirs back. As many are taken back as can be,
//! in whatever order a source hands them out; where it is open which ones, only what holds for all
//! of them is said.

use catalog::Record;
use rust_decimal::Decimal;

use super::VerdictRule;
use super::judge::and;
use super::reversal::Reversal;

/// The records that are left when reversals have taken theirs back.
#[derive(Debug, Default)]
pub(super) struct Netted<'r> {
    /// These count.
    pub(super) counted: Vec<&'r Record>,
    /// Of each of these, some count.
    pub(super) partly: Vec<Partly<'r>>,
    /// These may count, or may have been taken back.
    pub(super) open: Vec<&'r Record>,
    /// These would count and are negative, and yet take nothing back: reversals that are pending.
    pub(super) pending: Vec<&'r Record>,
    /// By how much a sum may be lower: reversals that took back no record of their amount, but a
    /// part of one or nothing, and those that are pending.
    pub(super) unmatched: Vec<Decimal>,
}

/// Records of one amount, of which some were taken back and nobody can say which.
#[derive(Debug)]
pub(super) struct Partly<'r> {
    pub(super) of: Vec<&'r Record>,
    /// So many of them count: at least one, and not all.
    pub(super) kept: usize,
}

/// What a record is to a verdict.
struct Read<'r> {
    record: &'r Record,
    counts: Option<bool>,
    is_negative: Option<bool>,
    is_reversal: Option<bool>,
}

impl VerdictRule {
    /// The records that count, without what was taken back.
    pub(super) fn netted<'r>(&self, records: &'r [Record]) -> Netted<'r> {
        let Some(reversal) = &self.reversed_by else {
            return self.plain(records);
        };
        let read: Vec<Read<'r>> = records
            .iter()
            .map(|record| self.read(reversal, record))
            .collect();
        let mut netted = Netted::default();
        for one in &read {
            netted.sort_in(reversal, one);
        }
        let certain = read.iter().filter(|one| one.is_reversal == Some(true));
        netted.take_back(reversal, certain.map(|one| one.record).collect());
        // What may be a reversal may have taken back whatever it could.
        for one in read.iter().filter(|one| one.is_reversal.is_none()) {
            netted.doubt(|record| reversal.takes_back(one.record, record) != Some(false));
            if one.is_negative == Some(true) {
                netted.unmatched.extend(reversal.amount(one.record));
            }
        }
        netted
    }

    fn plain<'r>(&self, records: &'r [Record]) -> Netted<'r> {
        let mut netted = Netted::default();
        for record in records {
            match self.counts(record) {
                Some(true) => netted.counted.push(record),
                Some(false) => {}
                None => netted.open.push(record),
            }
        }
        netted
    }

    fn read<'r>(&self, reversal: &Reversal, record: &'r Record) -> Read<'r> {
        let amount = reversal.amount(record);
        let is_negative = amount.map(|amount| amount < Decimal::ZERO);
        Read {
            record,
            counts: self.counts(record),
            is_negative,
            is_reversal: and(is_negative, reversal.marks(record)),
        }
    }
}

impl<'r> Netted<'r> {
    fn sort_in(&mut self, reversal: &Reversal, one: &Read<'r>) {
        match (one.is_reversal, one.counts, one.is_negative) {
            (Some(true), _, _) | (_, Some(false), _) => {}
            // Nothing was drawn by it, whatever it says; and nothing taken back yet.
            (Some(false), _, Some(true)) => {
                self.pending.push(one.record);
                self.unmatched.extend(reversal.amount(one.record));
            }
            (Some(false), Some(true), Some(false)) => self.counted.push(one.record),
            _ => self.open.push(one.record),
        }
    }

    /// Every reversal takes back one record, if there is one for it.
    fn take_back(&mut self, reversal: &Reversal, reversals: Vec<&'r Record>) {
        let alone = |record| Tied {
            records: vec![record],
            reversals: Vec::new(),
        };
        let mut all: Vec<Tied<'r>> = self.counted.drain(..).map(alone).collect();
        for by in reversals {
            let may_be = |record: &&Record| reversal.takes_back(by, record) != Some(false);
            let (touched, mut others): (Vec<_>, Vec<_>) = all
                .into_iter()
                .partition(|tied| tied.records.iter().any(may_be));
            let tied = touched.into_iter().reduce(Tied::and);
            match tied {
                Some(mut tied) => {
                    tied.reversals.push(by);
                    others.push(tied);
                }
                None => self.unmatched.extend(reversal.amount(by)),
            }
            all = others;
        }
        for tied in all {
            self.settle(reversal, tied);
        }
    }

    /// INVARIANT: the amount of what counts and of what takes back is known, so that records and
    /// reversals that are tied to each other are all of one amount.
    fn settle(&mut self, reversal: &Reversal, tied: Tied<'r>) {
        let is_certain = tied.is_certain(reversal);
        let records = tied.records.clone();
        let most = records.len().min(tied.reversals.len());
        let Matched {
            pairs,
            left,
            unmatched,
        } = tied.matched(reversal);
        if !is_certain && pairs.len() < most {
            self.open.extend(records);
            return;
        }
        let amounts = unmatched.iter().filter_map(|by| reversal.amount(by));
        self.unmatched.extend(amounts);
        let kept = left.len();
        let of = if is_certain {
            may_be_left(reversal, pairs, left)
        } else {
            records
        };
        match (kept, of.len()) {
            (0, _) => {}
            (kept, all) if kept == all => self.counted.extend(of),
            (kept, _) => self.partly.push(Partly { of, kept }),
        }
    }

    /// What was certain about these records is no longer.
    fn doubt(&mut self, is_doubted: impl Fn(&'r Record) -> bool) {
        let counted = std::mem::take(&mut self.counted);
        let (mut doubted, counted): (Vec<&Record>, _) =
            counted.into_iter().partition(|record| is_doubted(record));
        self.counted = counted;
        for partly in std::mem::take(&mut self.partly) {
            if partly.of.iter().any(|record| is_doubted(record)) {
                doubted.extend(partly.of);
            } else {
                self.partly.push(partly);
            }
        }
        self.open.append(&mut doubted);
    }
}

/// Records and the reversals that may have taken one of them back.
struct Tied<'r> {
    records: Vec<&'r Record>,
    reversals: Vec<&'r Record>,
}

/// A reversal beside the record that it took back.
type Pair<'r> = (&'r Record, &'r Record);

/// As many records as can be, each with its reversal; and what has none.
struct Matched<'r> {
    pairs: Vec<Pair<'r>>,
    left: Vec<&'r Record>,
    unmatched: Vec<&'r Record>,
}

impl<'r> Tied<'r> {
    fn and(mut self, other: Self) -> Self {
        self.records.extend(other.records);
        self.reversals.extend(other.reversals);
        self
    }

    /// Whether it is known of every reversal which records it could have taken back.
    fn is_certain(&self, reversal: &Reversal) -> bool {
        let all = |by: &&Record| {
            let mut records = self.records.iter();
            records.all(|record| reversal.takes_back(by, record).is_some())
        };
        self.reversals.iter().all(all)
    }

    /// The earliest reversal first. What it could take back a later one could too, if it is of the
    /// same kind, so that no other choice matches more.
    fn matched(mut self, reversal: &Reversal) -> Matched<'r> {
        self.reversals.sort_by_key(|by| reversal.day(by));
        let (mut pairs, mut left, mut unmatched) = (Vec::new(), self.records, Vec::new());
        for by in self.reversals {
            let takes = |record: &&Record| reversal.takes_back(by, record) == Some(true);
            match left.iter().position(takes) {
                Some(at) => pairs.push((by, left.remove(at))),
                None => unmatched.push(by),
            }
        }
        Matched {
            pairs,
            left,
            unmatched,
        }
    }
}

/// Beside what was left, what might as well have been: its reversal could have taken back another
/// record that may be left.
fn may_be_left<'r>(
    reversal: &Reversal,
    mut pairs: Vec<Pair<'r>>,
    left: Vec<&'r Record>,
) -> Vec<&'r Record> {
    let mut all = left.clone();
    let mut to_follow = left;
    while let Some(record) = to_follow.pop() {
        let (exchanged, others): (Vec<Pair<'r>>, _) = pairs
            .into_iter()
            .partition(|(by, _)| reversal.takes_back(by, record) == Some(true));
        pairs = others;
        for (_, taken) in exchanged {
            all.push(taken);
            to_follow.push(taken);
        }
    }
    all
}
