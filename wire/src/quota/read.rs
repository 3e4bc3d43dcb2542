//! Reading `limits.toml`: every fault at once, each with its line; unknown keys are refused.

use catalog::{Fault, Source};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use super::rows::{PARTED_FROM, TARGET_PART};
use super::{EXCEPTIONS_MAX, LimitName, Limits, Whom};

/// Largest file.
const FILE_BYTES_MAX: usize = 256 * 1024;
/// Longest name of an exception.
const NAME_BYTES_MAX: usize = 128;

/// Limits that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} fault(s): {}", .0.len(), listed(.0))]
pub struct LimitsError(Vec<Fault>);

impl LimitsError {
    /// Every fault, by line.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

fn listed(faults: &[Fault]) -> String {
    let lines: Vec<_> = faults.iter().map(Fault::to_string).collect();
    lines.join("; ")
}

impl Limits {
    /// Reads a file; what it does not name keeps its default.
    ///
    /// # Errors
    /// Every fault with its line.
    pub fn parse(source: &Source<'_>) -> Result<Self, LimitsError> {
        let mut reading = Reading {
            source: *source,
            limits: Self::default(),
            faults: Vec::new(),
        };
        reading.file();
        reading.held_together();
        if reading.faults.is_empty() {
            return Ok(reading.limits);
        }
        reading.faults.sort();
        Err(LimitsError(reading.faults))
    }
}

/// A file under reading.
struct Reading<'s> {
    source: Source<'s>,
    limits: Limits,
    faults: Vec<Fault>,
}

type Table<'s> = Spanned<de::DeTable<'s>>;

impl<'s> Reading<'s> {
    fn file(&mut self) {
        if self.source.text.len() > FILE_BYTES_MAX {
            self.fault(0, format!("larger than {FILE_BYTES_MAX} bytes"));
            return;
        }
        let (file, errors): (Table<'s>, _) = DeTable::parse_recoverable(self.source.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(at, error.message().replace('\n', ", "));
        }
        for (name, value) in file.get_ref().iter() {
            let at = name.span().start;
            let table = name.get_ref().as_ref();
            let is_known = LimitName::ALL.iter().any(|limit| limit.table() == table);
            match value.get_ref() {
                DeValue::Table(keys) if is_known => self.table(table, keys),
                _ if is_known => self.fault(at, format!("`{table}` must be a table")),
                _ => self.fault(at, format!("unknown table `{table}`")),
            }
        }
    }

    fn table(&mut self, table: &str, keys: &DeTable<'s>) {
        for (key, value) in keys.iter() {
            let at = key.span().start;
            let name = key.get_ref().as_ref();
            match (LimitName::find(table, name), value.get_ref()) {
                (Some(limit), _) => {
                    if let Some(number) = self.number(limit, value) {
                        self.limits.each.insert(limit, number);
                    }
                }
                (None, DeValue::Table(whom)) if name == "only" => self.exceptions(table, whom),
                (None, _) => self.fault(at, format!("unknown key `{table}.{name}`")),
            }
        }
    }

    fn exceptions(&mut self, table: &str, exceptions: &DeTable<'s>) {
        for (whom, keys) in exceptions.iter() {
            let at = whom.span().start;
            let whom = whom.get_ref().as_ref();
            let DeValue::Table(keys) = keys.get_ref() else {
                self.fault(at, format!("`{table}.only.{whom}` must be a table"));
                continue;
            };
            for (key, value) in keys.iter() {
                let at = key.span().start;
                let key = key.get_ref().as_ref();
                match LimitName::find(table, key) {
                    Some(limit) if is_name(limit, whom) => self.exception(limit, whom, value),
                    Some(limit) => self.fault(at, wrong_name(limit, whom)),
                    None => self.fault(at, format!("unknown key `{table}.only.{whom}.{key}`")),
                }
            }
        }
    }

    fn exception(&mut self, limit: LimitName, whom: &str, value: &Spanned<DeValue<'s>>) {
        if self.limits.only.len() >= EXCEPTIONS_MAX {
            let more = format!("more than {EXCEPTIONS_MAX} exceptions");
            self.fault(value.span().start, more);
        } else if let Some(number) = self.number(limit, value) {
            self.limits.only.insert((limit, whom.to_owned()), number);
        }
    }

    fn number(&mut self, limit: LimitName, value: &Spanned<DeValue<'s>>) -> Option<u32> {
        let range = limit.range();
        let (low, high) = (range.start(), range.end());
        let wrong = format!(
            "`{}` must be a whole number from {low} to {high} ({})",
            limit.path(),
            limit.unit().as_str()
        );
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => {
                number.as_str().replace('_', "").parse::<u32>().ok()
            }
            _ => None,
        };
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            self.fault(value.span().start, wrong);
        }
        fits
    }

    /// What one row alone does not show.
    fn held_together(&mut self) {
        let mut targets: Vec<Option<String>> = vec![None];
        let only = self.limits.only.keys();
        targets.extend(
            only.filter(|(name, _)| name.whom() == Whom::Target)
                .map(|(_, whom)| Some(whom.clone())),
        );
        targets.dedup();
        for whom in targets {
            let of = |name| match &whom {
                None => self.limits.each(name),
                Some(whom) => self.limits.of(name, whom),
            };
            let (low, high) = (
                of(LimitName::TargetInFlightMin),
                of(LimitName::TargetInFlightMax),
            );
            let places = self.limits.each(LimitName::InFlightMax);
            let (held, part) = (high + of(LimitName::TargetQueueMax), places / TARGET_PART);
            let whom = whom.map_or(String::new(), |whom| format!(" of `{whom}`"));
            if low > high {
                let said = format!("target.in_flight_min{whom} is {low}, above in_flight_max");
                self.fault(0, format!("{said} {high}"));
            }
            if places >= PARTED_FROM && held > part {
                let said = format!("target.in_flight_max and queue_max{whom} are {held} together");
                let of = format!("one in {TARGET_PART} of hub.in_flight_max {places}");
                self.fault(0, format!("{said}, above {part}, {of}"));
            }
        }
    }

    fn fault(&mut self, at: usize, reason: String) {
        let before = self.source.text.get(..at).unwrap_or_default();
        self.faults.push(Fault {
            file: self.source.name.to_owned(),
            line: before.matches('\n').count() + 1,
            reason,
        });
    }
}

/// Whether an exception of this limit may bear this name.
pub(super) fn is_name(limit: LimitName, whom: &str) -> bool {
    if whom.len() > NAME_BYTES_MAX {
        return false;
    }
    match (limit.whom(), whom.split_once('/')) {
        (Whom::Node, None) => is_plain(whom),
        (Whom::Flow, None) => {
            let digits = whom.strip_prefix('F').unwrap_or_default();
            digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        (Whom::Operator, Some((node, operator))) => {
            // A quota is kept under the name in small letters.
            is_plain(node) && !operator.is_empty() && operator == operator.to_ascii_lowercase()
        }
        (Whom::Target, None) => is_plain(whom),
        (Whom::Target, Some((node, class))) => {
            let class: Option<catalog::ClassNo> = class.parse().ok();
            is_plain(node) && class.is_some() && limit.is_of_class()
        }
        (Whom::Nobody | Whom::Node | Whom::Flow | Whom::Operator, _) => false,
    }
}

fn wrong_name(limit: LimitName, whom: &str) -> String {
    let form = match limit.whom() {
        Whom::Nobody => return format!("`{}` has no exceptions", limit.path()),
        Whom::Node => "a node such as `city`",
        Whom::Flow => "a flow such as `F05`",
        Whom::Operator => "an operator such as `city/0231`, in small letters",
        Whom::Target if limit.is_of_class() => "a node such as `city` or a class such as `city/04`",
        Whom::Target => "a node such as `city`",
    };
    format!("`{whom}` is not {form}")
}

fn is_plain(node: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !node.is_empty() && node.bytes().all(is_plain)
}
