//! What the lines share: a star, the catalog to read answers with, and the words for lamps.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, Item, ItemNo, ItemType};

use super::ShowError;
use super::told::Line;
use crate::client::{Answer, Ask, Desk, Lamp, OpenCase, RecordView};
use crate::star::Star;
use crate::world::{Node, Sample, SampleCase, sample};

/// A star on show.
#[derive(Debug)]
pub struct Show<'a> {
    pub(super) star: &'a mut Star,
    pub(super) catalog: &'a Catalog,
}

/// Items by class, as the local API takes them.
pub(super) type Wants = BTreeMap<String, Vec<String>>;

impl<'a> Show<'a> {
    /// Shows this star.
    pub fn new(star: &'a mut Star, catalog: &'a Catalog) -> Self {
        Self { star, catalog }
    }

    /// A planted sample and its first case.
    pub(super) fn planted(id: &str) -> Result<(&'static Sample, &'static SampleCase), ShowError> {
        let no_sample = || ShowError::NoSample(id.to_owned());
        let sample = sample(id).ok_or_else(no_sample)?;
        Ok((sample, sample.cases.first().ok_or_else(no_sample)?))
    }

    /// Opens a planted case at its own center.
    pub(super) async fn open(&self, case: &SampleCase) -> Result<(Desk, OpenCase), ShowError> {
        let desk = self.star.desk(case.node, operator(case.node))?;
        let open = desk.open(case.case_no, case.flow).await?;
        Ok((desk, open))
    }

    /// The items of a class by code, out of their numbers.
    pub(super) fn wants(&self, items: &[ItemNo]) -> Wants {
        let mut wants = Wants::new();
        for no in items {
            if let Some(item) = self.catalog.item(*no) {
                wants
                    .entry(no.class().to_string())
                    .or_default()
                    .push(item.code.clone());
            }
        }
        wants
    }

    /// The item of that name, such as `04.grzhzt`.
    pub(super) fn item(&self, name: &str) -> Result<&Item, ShowError> {
        self.catalog
            .item_named(name)
            .ok_or_else(|| ShowError::NoSample(name.to_owned()))
    }

    /// One line for each node, and one for each record, in the words of the catalog.
    pub(super) fn tell_answer(&self, line: &mut Line, answer: &Answer) {
        for lamp in &answer.lamps {
            line.tell(lamp_text(lamp));
            for class in &lamp.classes {
                for record in &class.records {
                    line.tell(format!("      {}", self.record_text(&class.class, record)));
                }
                for note in &class.notes {
                    let item = note.item.as_deref().unwrap_or("file or record");
                    line.tell(format!(
                        "      quality note: {item} {} ×{}",
                        note.defect, note.count
                    ));
                }
            }
        }
        let receipts = &answer.receipts;
        line.tell(format!(
            "凭证 receipts: {} entries {} (decision) and {} (outcome, {}…), \
             own log {} entry {}; {} ms in all",
            receipts.decision.log,
            receipts.decision.index,
            receipts.outcome.index,
            receipts
                .outcome
                .leaf_hash
                .to_string()
                .get(..12)
                .unwrap_or_default(),
            receipts.own.log,
            receipts.own.index,
            answer.elapsed_ms
        ));
    }

    fn record_text(&self, class: &str, record: &RecordView) -> String {
        let Ok(class_no) = class.parse::<ClassNo>() else {
            return String::new();
        };
        let said: Vec<_> = record
            .codes()
            .filter_map(|code| {
                let item = self.catalog.item_by_code(class_no, code)?;
                Some(format!(
                    "{} {}",
                    item.zh,
                    self.value_text(item, &record.text(code)?)
                ))
            })
            .collect();
        let title = self
            .catalog
            .class(class_no)
            .map_or("", |class| class.zh.as_str());
        let said = if said.is_empty() {
            "所询各项均无值 no value".to_owned()
        } else {
            said.join("，")
        };
        format!("{class} {title}: {said}")
    }

    fn value_text(&self, item: &Item, value: &str) -> String {
        let label = match &item.kind {
            ItemType::Code { set, .. } => {
                self.catalog.code_set(set).and_then(|set| set.label(value))
            }
            _ => None,
        };
        label.map_or_else(|| value.to_owned(), |label| format!("{value} {label}"))
    }
}

/// The clerk at each center's counter; one a center, so that quotas are as in life.
pub(super) fn operator(node: Node) -> &'static str {
    match node {
        Node::City => "0101",
        Node::Zhongzhi => "0231",
        Node::Guoguan => "0317",
        Node::Tielu => "0402",
    }
}

/// A question that leaves everything to the flow.
pub(super) fn everything(open: &OpenCase) -> Ask {
    Ask {
        case: open.case.clone(),
        ..Ask::default()
    }
}

/// One node of an answer in one line.
fn lamp_text(lamp: &Lamp) -> String {
    let (sign, word) = lamp_words(&lamp.lamp);
    let codes: BTreeSet<_> = lamp
        .classes
        .iter()
        .filter_map(|class| class.code.as_deref())
        .collect();
    let codes: Vec<_> = codes.into_iter().collect();
    let reason = if codes.is_empty() {
        String::new()
    } else {
        format!("  {}: {}", codes.join(" "), lamp.say.en)
    };
    let (word, name) = (padded(word, 18), padded(&lamp.name.zh, 24));
    format!(
        "{sign} {word} {:<9} {name} {:>5} ms{reason}",
        lamp.node, lamp.elapsed_ms
    )
}

/// A text filled up to a width on a terminal, where a Chinese character takes two places.
fn padded(text: &str, width: usize) -> String {
    let taken: usize = text
        .chars()
        .map(|c| if c >= '\u{2e80}' { 2 } else { 1 })
        .sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(taken)))
}

/// Sign and words of a lamp.
fn lamp_words(lamp: &str) -> (&'static str, &'static str) {
    match lamp {
        "answered" => ("●", "有记录 answered"),
        "no-hit" => ("◌", "未命中 no hit"),
        "nothing" => ("○", "无记录 nothing"),
        "stale" => ("◐", "陈旧 stale"),
        "not-known" => ("✕", "不明 not known"),
        "refused" => ("⊘", "拒绝 refused"),
        "not-covered" => ("–", "不掌握 not covered"),
        _ => ("?", "? unknown lamp"),
    }
}

/// The lamps of an answer as one text: `city answered, guoguan answered, …`.
pub(super) fn lamps_text(answer: &Answer) -> String {
    let lamps: BTreeMap<_, _> = answer
        .lamps
        .iter()
        .map(|lamp| (lamp.node.as_str(), lamp.lamp.as_str()))
        .collect();
    let said: Vec<_> = lamps
        .into_iter()
        .map(|(node, lamp)| format!("{node} {lamp}"))
        .collect();
    said.join(", ")
}
