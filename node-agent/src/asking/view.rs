//! What a local system gets to see: lamps, records by item code, receipts; and refusals.
//!
//! The hub's answer is checked on the way: known centers, asked classes and items, values by the
//! catalog, receipts there.

use std::collections::BTreeMap;

use audit::Receipt;
use catalog::{Catalog, ItemNo, Record, Subject};
use policies::Flow;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::convert;
use wire::{Refusal, RefusalCode, v1};

use super::contacts::CallView;
use super::lamp::gravest;
use super::question::Asked;
use super::rule::{RuleView, tell};
use super::scrutiny::scrutinize;
use super::verdicts;
use super::{Asker, Lamp, OpenCase};
use crate::translate::LocalCase;

/// An opened case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseView {
    /// Handle to ask with.
    pub case: String,
    /// Number in the business system.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Matter.
    pub matter: String,
    /// When it must be opened again, RFC 3339.
    pub expires_at: String,
    /// Questions left.
    pub asks_left: u32,
    /// Who may be asked about.
    pub parties: Vec<PartyView>,
}

/// A party of a case, masked.
#[derive(Debug, Clone, Serialize)]
pub struct PartyView {
    /// Number to ask with.
    pub no: usize,
    /// Role.
    pub role: &'static str,
    /// Code of the id type; empty for an employer.
    pub id_type: String,
    /// First six and last four of the number.
    pub id_masked: String,
}

/// An answer.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerView {
    /// The question's id, by which its evidence is found.
    pub query: String,
    /// Id of its trace; empty where questions are not traced.
    pub trace: String,
    /// Flow.
    pub flow: String,
    /// Matter.
    pub matter: String,
    /// Case number.
    pub case_no: String,
    /// When it was asked, RFC 3339.
    pub asked_at: String,
    /// How long it took.
    pub elapsed_ms: u64,
    /// One a center.
    pub lamps: Vec<LampView>,
    /// The evidence.
    pub receipts: Receipts,
}

/// One center.
#[derive(Debug, Clone, Serialize)]
pub struct LampView {
    /// Node.
    pub node: String,
    /// Code of its center.
    pub center: String,
    /// Its names.
    pub name: Say,
    /// State.
    pub lamp: Lamp,
    /// Sentence for the clerk.
    pub say: Say,
    /// Which rule of the center declined, where one did.
    pub rule: Option<RuleView>,
    /// Whom to call where the center declined or nobody can say.
    pub call: Option<CallView>,
    /// When to come back for what limits left out, of all classes; 0 where nothing was or nobody
    /// can say.
    pub retry_after_ms: u32,
    /// Classes asked for that the center does not hold: about these it says nothing.
    pub not_covered: Vec<String>,
    /// How long it took.
    pub elapsed_ms: u32,
    /// The oldest fact in it.
    pub as_of: Option<String>,
    /// By class.
    pub classes: Vec<ClassView>,
}

/// One class of one center.
#[derive(Debug, Clone, Serialize)]
pub struct ClassView {
    /// Class number.
    pub class: String,
    /// Outcome.
    pub outcome: &'static str,
    /// Reason's code where there is no answer.
    pub code: Option<String>,
    /// When to come back, where a limit left it out; 0 where nobody can say.
    pub retry_after_ms: u32,
    /// Which rule declined, where one did.
    pub rule: Option<RuleView>,
    /// How old the facts are.
    pub as_of: Option<String>,
    /// Whether there is a record; in match mode this and the verdicts are all that is said.
    pub found: bool,
    /// Whether there are records and none was given, since the center found no hit.
    pub held_back: bool,
    /// What a match found by verdict: yes or no, counts by code, or nothing where that cannot be
    /// said.
    pub verdicts: BTreeMap<String, serde_json::Value>,
    /// Records by item code.
    pub records: Vec<serde_json::Value>,
    /// What was withheld and why.
    pub notes: Vec<NoteView>,
}

/// Values withheld.
#[derive(Debug, Clone, Serialize)]
pub struct NoteView {
    /// Item; none for whole records or files.
    pub item: Option<String>,
    /// Defect.
    pub defect: &'static str,
    /// How often.
    pub count: u32,
}

/// The receipts of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Receipts {
    /// Of the hub's decision.
    pub decision: Receipt,
    /// Of the hub's outcome.
    pub outcome: Receipt,
    /// Of this center's own evidence.
    pub own: Option<Receipt>,
}

/// Chinese and English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Say {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl AnswerView {
    /// Records in all.
    #[must_use]
    pub fn records(&self) -> u32 {
        let count: usize = self
            .lamps
            .iter()
            .flat_map(|l| &l.classes)
            .map(|c| c.records.len())
            .sum();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// The view of an opened case.
pub(crate) fn case_view(open: &OpenCase, case: &LocalCase) -> CaseView {
    let party = |(no, party): (usize, &crate::translate::Party)| {
        let (id_type, id_masked) = match &party.id {
            Subject::Person(person) => (person.id_type().to_owned(), masked(person.number())),
            Subject::Employer(code) => (String::new(), masked(code.as_str())),
            // Nobody's number, and masked it would not say which house.
            Subject::House(id) => (String::new(), id.number().to_owned()),
        };
        PartyView {
            no,
            role: party.role.as_str(),
            id_type,
            id_masked,
        }
    };
    CaseView {
        case: open.handle.clone(),
        case_no: open.case_no.clone(),
        flow: open.flow.to_string(),
        matter: open.matter.to_string(),
        expires_at: open.expires_at.format(&Rfc3339).unwrap_or_default(),
        asks_left: open.asks_left(),
        parties: case.parties.iter().enumerate().map(party).collect(),
    }
}

/// Reads and checks the hub's answer.
pub(crate) fn read(
    asker: &Asker,
    asked: &Asked,
    open: &OpenCase,
    answer: v1::Answer,
) -> Result<AnswerView, RefusalCode> {
    scrutinize(asker, asked, &answer)?;
    let receipts = Receipts {
        decision: answer
            .decision
            .as_ref()
            .and_then(receipt)
            .ok_or(RefusalCode::HubReply)?,
        outcome: answer
            .outcome
            .as_ref()
            .and_then(receipt)
            .ok_or(RefusalCode::HubReply)?,
        own: None,
    };
    let rules = asker.rules.current();
    let flow = rules.flows().flow(&asked.question.flow());
    let flow = flow.ok_or(RefusalCode::FlowUnknown)?;
    let lamps = answer
        .nodes
        .iter()
        .map(|node| lamp_view(asker, asked, flow, node));
    Ok(AnswerView {
        query: answer.query_id,
        trace: String::new(),
        flow: asked.question.flow().to_string(),
        matter: asked.question.matter().to_string(),
        case_no: open.case_no.clone(),
        asked_at: asker.clock.now().format(&Rfc3339).unwrap_or_default(),
        elapsed_ms: 0,
        lamps: lamps.collect::<Result<_, _>>()?,
        receipts,
    })
}

fn lamp_view(
    asker: &Asker,
    asked: &Asked,
    flow: &Flow,
    node: &v1::NodeAnswer,
) -> Result<LampView, RefusalCode> {
    let trust = asker.trust.node(&node.node).ok_or(RefusalCode::HubReply)?;
    let classes: Vec<ClassView> = node
        .classes
        .iter()
        .map(|reply| class_view(asker, asked, flow, (&node.node, reply)))
        .collect::<Result<_, _>>()?;
    let lamp = gravest(node.classes.iter().map(Lamp::of_reply));
    let mut gravest_ones = node
        .classes
        .iter()
        .filter(|reply| Lamp::of_reply(reply) == lamp);
    let because = gravest_ones.next().and_then(because);
    let code = because.as_ref().map(|because| because.code);
    let rule = because.and_then(|because| because.rule.as_ref().map(RuleView::from));
    let not_covered: Vec<String> = classes
        .iter()
        .filter(|class| class.outcome == Lamp::NotCovered.as_str())
        .map(|class| class.class.clone())
        .collect();
    let is_flawed = classes.iter().any(|class| !class.notes.is_empty());
    let mut said = say_all(lamp, code, &not_covered, is_flawed);
    tell(&mut said, rule.as_ref());
    Ok(LampView {
        node: node.node.clone(),
        center: trust.center_code.clone(),
        name: Say {
            zh: trust.zh.clone(),
            en: trust.en.clone(),
        },
        lamp,
        say: said,
        rule,
        call: if matches!(lamp, Lamp::Refused | Lamp::NotKnown) {
            asker.call_about_silence(&node.node, code)
        } else {
            None
        },
        retry_after_ms: classes.iter().map(|c| c.retry_after_ms).max().unwrap_or(0),
        not_covered,
        elapsed_ms: node.elapsed_ms,
        as_of: classes.iter().filter_map(|class| class.as_of.clone()).min(),
        classes,
    })
}

fn class_view(
    asker: &Asker,
    asked: &Asked,
    flow: &Flow,
    (node, reply): (&str, &v1::ClassReply),
) -> Result<ClassView, RefusalCode> {
    let broken = |_| RefusalCode::HubReply;
    let class = convert::class_from_wire(&asker.catalog, reply.class).map_err(broken)?;
    let items = asked
        .question
        .wants()
        .get(&class)
        .ok_or(RefusalCode::HubReply)?;
    let (records, found) =
        convert::records_from_wire(&asker.catalog, class, &reply.payload).map_err(broken)?;
    let was_asked = |item: ItemNo| items.contains(&item);
    let mut notes =
        convert::notes_from_wire(&asker.catalog, class, &reply.notes).map_err(broken)?;
    let mut items_told = records
        .iter()
        .flat_map(|record| record.iter().map(|(item, _)| item))
        .chain(notes.iter().filter_map(|note| note.item));
    if !items_told.all(was_asked) || !is_fit_for_display(&asker.catalog, flow, &records) {
        return Err(RefusalCode::HubReply);
    }
    let question = &asked.question;
    let verdicts = verdicts::shown(&asker.catalog, (flow, question), (node, class), reply)?;
    notes.extend(
        found
            .into_iter()
            .filter(|note| !notes.contains(note))
            .collect::<Vec<_>>(),
    );
    let outcome = v1::Outcome::try_from(reply.outcome).unwrap_or_default();
    let json = |record| catalog::schema::record_json(&asker.catalog, record);
    Ok(ClassView {
        class: class.to_string(),
        outcome: convert::outcome_name(outcome),
        code: Some(reply.code.clone()).filter(|code| !code.is_empty()),
        retry_after_ms: because(reply).map_or(0, |_| reply.retry_after_ms),
        rule: because(reply).and_then(|because| because.rule.as_ref().map(RuleView::from)),
        as_of: Some(reply.as_of.clone())
            .filter(|as_of| OffsetDateTime::parse(as_of, &Rfc3339).is_ok()),
        found: reply.found,
        held_back: reply.held_back,
        verdicts,
        records: records
            .iter()
            .map(json)
            .collect::<Result<_, _>>()
            .map_err(|_| RefusalCode::HubReply)?,
        notes: notes
            .into_iter()
            .map(|note| NoteView {
                item: note.item.map(|item| item.to_string()),
                defect: note.defect.as_str(),
                count: note.count,
            })
            .collect(),
    })
}

/// Why a class was not answered, where it was not.
fn because(reply: &v1::ClassReply) -> Option<Refusal> {
    let code = reply.code.parse().ok()?;
    Some(Refusal::heard(code, reply.rule.as_ref()))
}

/// What the flow gives for display came masked, and nothing else did.
fn is_fit_for_display(catalog: &Catalog, flow: &Flow, records: &[Record]) -> bool {
    let mut values = records.iter().flat_map(Record::iter);
    values.all(|(item, value)| {
        if flow.display.contains(&item) {
            catalog.is_masked(item, value)
        } else {
            !matches!(value, catalog::Value::Masked(_))
        }
    })
}

pub(super) fn receipt(receipt: &v1::Receipt) -> Option<Receipt> {
    let hash = data_encoding::HEXLOWER.encode(&receipt.leaf_hash);
    Some(Receipt {
        log: receipt.log.clone(),
        index: receipt.index,
        leaf_hash: audit::Digest::from_hex(&hash)?,
    })
}

/// The lamp's sentence, with what it does not cover and whether something was withheld: a center
/// that was asked for more than it holds must not look clean.
fn say_all(lamp: Lamp, code: Option<RefusalCode>, not_covered: &[String], is_flawed: bool) -> Say {
    let mut said = say(lamp.say(code));
    if lamp != Lamp::NotCovered && !not_covered.is_empty() {
        let classes = not_covered.join(", ");
        said.zh.push_str(&format!("但不掌握信息类 {classes}。"));
        said.en
            .push_str(&format!(" It does not hold class {classes}."));
    }
    if is_flawed {
        said.zh.push_str("部分数据有误，未予提供，见质量提示。");
        said.en
            .push_str(" Some values were withheld; see the notes.");
    }
    said
}

pub(super) fn say((zh, en): (&str, &str)) -> Say {
    Say {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

/// First six and last four; a short number is hidden whole.
fn masked(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let length = chars.len();
    let is_shown = |at: usize| length >= 15 && (at < 6 || at + 4 >= length);
    chars
        .iter()
        .enumerate()
        .map(|(at, c)| if is_shown(at) { *c } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Lamp, masked, say_all};

    #[test]
    fn what_a_center_does_not_cover_is_said_beside_what_it_found() {
        let some = ["12".to_owned(), "13".to_owned()];
        let said = say_all(Lamp::Nothing, None, &some, false);
        assert_eq!(said.zh, "该中心无相关记录。但不掌握信息类 12, 13。");
        assert_eq!(
            said.en,
            "The center has no record. It does not hold class 12, 13."
        );
        let said = say_all(Lamp::Answered, None, &[], true);
        assert!(said.zh.ends_with("见质量提示。") && said.en.ends_with("see the notes."));
        assert_eq!(
            say_all(Lamp::NotCovered, None, &some, false).en,
            Lamp::NotCovered.say(None).1
        );
    }

    #[test]
    fn numbers_are_masked_and_short_ones_hidden() {
        assert_eq!(masked("110101190001010014"), "110101********0014");
        assert_eq!(masked("H12345678"), "*********");
    }
}
