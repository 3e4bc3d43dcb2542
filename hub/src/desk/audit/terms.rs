//! The terms of a search, read from the form. A slip of the pen must not look like a log without
//! entries, so what is not of the shape that entries have is a fault; and what may be a person's
//! number is looked for nowhere, shown to nobody and written nowhere. Numbers of cases may be as
//! long: they are judged as the broker judges them.

use std::collections::BTreeMap;

use audit::{IndexKey, Order};
use catalog::identity::{holds_id_number, may_hold_id_number};
use dashboards::Said;
use dashboards::audit::{Fault, KINDS, Sought};
use policies::FlowId;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, PrimitiveDateTime};
use wire::heading::operator_term;
use wire::{Heading, KeyName, RefusalCode};

/// Longest term.
const TERM_BYTES_MAX: usize = 100;
/// Digits of the ids of questions and of pseudonyms.
const QUERY_DIGITS: usize = 32;
const SUBJECT_DIGITS: usize = 64;

const PERSONAL: Said = Said(
    "看起来含有身份证件号码。此处不得填写；按号码查询请到“个人台账”。",
    "This looks like an identity number. Never put one here; the room Subject ledger takes it.",
);
const LONG: Said = Said(
    "过长或含控制字符。",
    "This is too long, or has control characters.",
);
const TIME: Said = Said(
    "时间应写作 2026-11-23 或 2026-11-23T10:00（北京时间）。",
    "A time is written 2026-11-23 or 2026-11-23T10:00, Beijing time.",
);
const TIMES: Said = Said("“到”应晚于“从”。", "The end must lie behind the beginning.");
const FLOW: Said = Said("流程应写作 F05。", "A flow is written F05.");
const CODE: Said = Said(
    "不是拒绝代码表中的代码。",
    "This is none of the codes of refusals.",
);
const KIND: Said = Said("不是记录类型。", "This is no kind of entry.");
const NAME: Said = Said("名称中不能有“/”。", "A name has no `/`.");
const OF_CENTER: Said = Said(
    "请先选查询中心，或写作 中心/编号。",
    "Choose the asking center as well, or write center/number.",
);
const QUERY: Said = Said(
    "查询号是 32 位十六进制。",
    "A question's id is 32 hexadecimal digits.",
);
const SUBJECT: Said = Said(
    "假名是 64 位十六进制。",
    "A pseudonym is 64 hexadecimal digits.",
);
const NUMBER: Said = Said("记录号应为数字。", "The number of an entry is digits.");

/// What is looked for; everything must fit.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    /// Keys that an entry must have, the rarest first.
    pub(super) keys: Vec<String>,
    /// From this moment on, as `2026-11-23T10:00:00`.
    pub(super) from: Option<String>,
    /// Before this one.
    pub(super) to: Option<String>,
    pub(super) is_oldest_first: bool,
    /// Only entries before this number.
    pub(super) before: Option<u64>,
    /// Only entries behind this one.
    pub(super) after: Option<u64>,
    /// The same as it goes on record, without person and case.
    pub(super) named: BTreeMap<String, String>,
    pub(super) subject: String,
    pub(super) case_no: String,
}

/// Reads the form; what must not be shown again is taken out of it.
pub(super) fn read(sought: &mut Sought) -> Result<Terms, Vec<Fault>> {
    let mut reading = Reading::default();
    reading.clear_personal(sought);
    reading.check_shapes(sought);
    reading.keys(sought);
    reading.times(sought);
    reading.places(sought);
    let mut terms = reading.terms;
    terms.is_oldest_first = sought.is_oldest_first();
    terms.subject.clone_from(&sought.subject);
    terms.case_no.clone_from(&sought.case);
    let apart = ["subject", "case"];
    let named = sought.fields().into_iter();
    terms.named = named
        .filter(|(name, value)| !value.is_empty() && !apart.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if reading.faults.is_empty() {
        Ok(terms)
    } else {
        Err(reading.faults)
    }
}

/// What is wrong with the value of a field, by its name.
type Shape = (&'static str, fn(&str) -> Option<Said>);

const SHAPES: [Shape; 8] = [
    ("flow", |text| text.parse::<FlowId>().err().map(|_| FLOW)),
    ("code", |text| {
        text.parse::<RefusalCode>().err().map(|_| CODE)
    }),
    ("kind", |text| {
        KINDS.iter().all(|(name, _)| *name != text).then_some(KIND)
    }),
    ("center", |text| text.contains('/').then_some(NAME)),
    ("node", |text| text.contains('/').then_some(NAME)),
    ("staff", |text| text.contains('/').then_some(NAME)),
    ("query", |text| {
        (!is_hex(text, QUERY_DIGITS)).then_some(QUERY)
    }),
    ("subject", |text| {
        (!is_hex(text, SUBJECT_DIGITS)).then_some(SUBJECT)
    }),
];

#[derive(Default)]
struct Reading {
    terms: Terms,
    faults: Vec<Fault>,
}

impl Reading {
    fn fault(&mut self, field: &'static str, said: Said) {
        if self.faults.iter().all(|fault| fault.field != field) {
            self.faults.push(Fault { field, said });
        }
    }

    fn check_shapes(&mut self, sought: &Sought) {
        let given = sought
            .fields()
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        for (field, value) in given {
            let shape = SHAPES.iter().find(|(name, _)| *name == field);
            if let Some(said) = shape.and_then(|(_, fault)| fault(value)) {
                self.fault(field, said);
            }
        }
    }

    /// Digits of ids and pseudonyms may look like a number by chance; they have a shape of their
    /// own.
    fn clear_personal(&mut self, sought: &mut Sought) {
        let fields = [
            ("from", &mut sought.from),
            ("to", &mut sought.to),
            ("center", &mut sought.center),
            ("operator", &mut sought.operator),
            ("counter", &mut sought.counter),
            ("flow", &mut sought.flow),
            ("code", &mut sought.code),
            ("kind", &mut sought.kind),
            ("node", &mut sought.node),
            ("staff", &mut sought.staff),
            ("order", &mut sought.order),
            ("before", &mut sought.before),
            ("after", &mut sought.after),
        ];
        for (name, value) in fields {
            *value = value.trim().to_owned();
            self.check(name, value, may_hold_id_number);
        }
        sought.case = sought.case.trim().to_owned();
        self.check("case", &mut sought.case, holds_id_number);
        for (name, value, digits) in [
            ("query", &mut sought.query, QUERY_DIGITS),
            ("subject", &mut sought.subject, SUBJECT_DIGITS),
        ] {
            *value = value.trim().to_owned();
            self.check(name, value, |text| {
                !is_hex(text, digits) && may_hold_id_number(text)
            });
        }
    }

    fn check(
        &mut self,
        name: &'static str,
        value: &mut String,
        is_personal: impl Fn(&str) -> bool,
    ) {
        if is_personal(value) {
            value.clear();
            self.fault(name, PERSONAL);
        } else if value.len() > TERM_BYTES_MAX || value.chars().any(char::is_control) {
            value.clear();
            self.fault(name, LONG);
        }
    }

    fn keys(&mut self, sought: &Sought) {
        let operator = self.of_center("operator", &sought.operator, &sought.center);
        let counter = self.of_center("counter", &sought.counter, &sought.center);
        let given = [
            (KeyName::Query, sought.query.clone()),
            (KeyName::Subject, sought.subject.clone()),
            (KeyName::Case, sought.case.clone()),
            (KeyName::Operator, operator_term(&operator)),
            (KeyName::Counter, counter),
            (KeyName::Staff, sought.staff.clone()),
            (KeyName::Code, sought.code.clone()),
            (KeyName::Flow, sought.flow.clone()),
            (KeyName::Center, sought.center.clone()),
            (KeyName::Node, sought.node.clone()),
            (KeyName::Kind, sought.kind.clone()),
        ];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        let keys = given.map(|(name, value)| format!("{}:{value}", name.as_str()));
        self.terms.keys = keys.collect();
    }

    fn of_center(&mut self, field: &'static str, value: &str, center: &str) -> String {
        match value.split_once('/') {
            _ if value.is_empty() => String::new(),
            Some((of, name)) if !of.is_empty() && !name.is_empty() => value.to_owned(),
            None if !center.is_empty() => format!("{center}/{value}"),
            _ => {
                self.fault(field, OF_CENTER);
                String::new()
            }
        }
    }

    fn times(&mut self, sought: &Sought) {
        for (field, text) in [("from", &sought.from), ("to", &sought.to)] {
            if text.is_empty() {
                continue;
            }
            match boundary(text, field == "to") {
                None => self.fault(field, TIME),
                moment if field == "from" => self.terms.from = moment,
                moment => self.terms.to = moment,
            }
        }
        if let (Some(from), Some(to)) = (&self.terms.from, &self.terms.to)
            && from >= to
        {
            self.fault("to", TIMES);
        }
    }

    fn places(&mut self, sought: &Sought) {
        for (field, text) in [("before", &sought.before), ("after", &sought.after)] {
            if text.is_empty() {
                continue;
            }
            match text.parse::<u64>().ok() {
                None => self.fault(field, NUMBER),
                number if field == "before" => self.terms.before = number,
                number => self.terms.after = number,
            }
        }
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]");
const SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// The beginning of a day or minute as entries write it, without the zone; where a time ends with
/// a day, the day belongs to it.
fn boundary(text: &str, is_end: bool) -> Option<String> {
    let text = text.replace(' ', "T");
    let day = |date: Date| {
        let date = if is_end { date.next_day()? } else { date };
        Some(date.midnight())
    };
    let moment = match Date::parse(&text, DAY) {
        Ok(date) => day(date)?,
        Err(_) => PrimitiveDateTime::parse(&text, MINUTE)
            .or_else(|_| PrimitiveDateTime::parse(&text, SECOND))
            .ok()?,
    };
    moment.format(SECOND).ok()
}

impl Terms {
    /// What a single entry was taken by.
    pub(super) fn of_entry(number: u64) -> Self {
        Self {
            named: [("entry".to_owned(), number.to_string())].into(),
            ..Self::default()
        }
    }

    /// Only what these keys say.
    pub(super) fn of_key(name: KeyName, value: &str) -> Self {
        Self {
            keys: vec![format!("{}:{value}", name.as_str())],
            is_oldest_first: true,
            ..Self::default()
        }
    }

    pub(super) const fn order(&self) -> Order {
        if self.is_oldest_first {
            Order::OldestFirst
        } else {
            Order::NewestFirst
        }
    }

    /// The keys as the index takes them; `None` if nothing can have one of them.
    pub(super) fn index_keys(&self) -> Option<Vec<IndexKey>> {
        self.keys
            .iter()
            .map(|key| IndexKey::new(key.as_bytes()))
            .collect()
    }

    /// Whether only a part of the log's time is searched.
    pub(super) const fn is_timed(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether an entry has every key.
    pub(super) fn fits(&self, heading: &Heading<'_>) -> bool {
        let mut missing: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        if missing.is_empty() {
            return true;
        }
        heading.each_key("", |parts| missing.retain(|key| !is_made_of(key, parts)));
        missing.is_empty()
    }
}

fn is_made_of(key: &str, parts: &[&str]) -> bool {
    let mut rest = Some(key);
    for part in parts {
        rest = rest.and_then(|rest| rest.strip_prefix(part));
    }
    rest == Some("")
}
