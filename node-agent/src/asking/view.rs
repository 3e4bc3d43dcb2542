//! What a local system gets to see: lamps, records by item code, receipts; and refusals.
//!
//! The hub's answer is checked on the way: known centers, asked classes and items, values by the
//! catalog, receipts there.

use audit::Receipt;
use catalog::{ItemNo, Subject};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use wire::convert;
use wire::{RefusalCode, v1};

use super::lamp::gravest;
use super::question::Asked;
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
    /// How old the facts are.
    pub as_of: Option<String>,
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
#[derive(Debug, Clone, Serialize)]
pub struct Say {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A refusal.
#[derive(Debug, Clone, Serialize)]
pub struct RefusalView {
    /// Stable code.
    pub code: String,
    /// Whose turn it is.
    pub turn: &'static str,
    /// Sentence for the clerk.
    pub say: Say,
    /// The question's id where the hub gave one.
    pub query: Option<String>,
    /// The hub's receipt for the refusal's own entry.
    pub receipt: Option<Receipt>,
    /// This center's receipt.
    pub own_receipt: Option<Receipt>,
    /// When to come back, 0 if that cannot be told.
    pub retry_after_ms: u32,
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
}

impl RefusalView {
    /// A refusal by this agent.
    #[must_use]
    pub fn here(code: RefusalCode, own: Option<Receipt>) -> Self {
        Self {
            code: code.to_string(),
            turn: code.turn().as_str(),
            say: say((code.zh(), code.en())),
            query: None,
            receipt: None,
            own_receipt: own,
            retry_after_ms: 0,
            status: code.http_status(),
        }
    }

    /// A refusal by the hub.
    #[must_use]
    pub fn by_hub(refusal: &v1::Refusal, own: Option<Receipt>) -> Self {
        // Only known codes get here; anything else was taken for an unreachable hub.
        let code = refusal.code.parse().unwrap_or(RefusalCode::HubReply);
        Self {
            query: Some(refusal.query_id.clone()),
            receipt: refusal.receipt.as_ref().and_then(receipt),
            retry_after_ms: refusal.retry_after_ms,
            ..Self::here(code, own)
        }
    }
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
        let (id_type, number) = match &party.id {
            Subject::Person(person) => (person.id_type().to_owned(), person.number().to_owned()),
            Subject::Employer(code) => (String::new(), code.to_string()),
        };
        PartyView {
            no,
            role: party.role.as_str(),
            id_type,
            id_masked: masked(&number),
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
    let lamps = answer
        .nodes
        .iter()
        .map(|node| lamp_view(asker, asked, node));
    Ok(AnswerView {
        query: answer.query_id,
        flow: asked.question.flow().to_string(),
        matter: asked.question.matter().to_string(),
        case_no: open.case_no.clone(),
        asked_at: asker.clock.now().format(&Rfc3339).unwrap_or_default(),
        elapsed_ms: 0,
        lamps: lamps.collect::<Result<_, _>>()?,
        receipts,
    })
}

fn lamp_view(asker: &Asker, asked: &Asked, node: &v1::NodeAnswer) -> Result<LampView, RefusalCode> {
    let trust = asker.trust.node(&node.node).ok_or(RefusalCode::HubReply)?;
    let classes: Vec<ClassView> = node
        .classes
        .iter()
        .map(|reply| class_view(asker, asked, reply))
        .collect::<Result<_, _>>()?;
    let outcome =
        |reply: &v1::ClassReply| Lamp::of(v1::Outcome::try_from(reply.outcome).unwrap_or_default());
    let lamp = gravest(node.classes.iter().map(outcome));
    let code = node
        .classes
        .iter()
        .find(|reply| outcome(reply) == lamp)
        .and_then(|reply| reply.code.parse().ok());
    Ok(LampView {
        node: node.node.clone(),
        center: trust.center_code.clone(),
        name: Say {
            zh: trust.zh.clone(),
            en: trust.en.clone(),
        },
        lamp,
        say: say(lamp.say(code)),
        elapsed_ms: node.elapsed_ms,
        as_of: classes.iter().filter_map(|class| class.as_of.clone()).min(),
        classes,
    })
}

fn class_view(
    asker: &Asker,
    asked: &Asked,
    reply: &v1::ClassReply,
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
    if records
        .iter()
        .any(|record| record.iter().any(|(item, _)| !was_asked(item)))
    {
        return Err(RefusalCode::HubReply);
    }
    let mut notes =
        convert::notes_from_wire(&asker.catalog, class, &reply.notes).map_err(broken)?;
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
        as_of: Some(reply.as_of.clone()).filter(|as_of| !as_of.is_empty()),
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

fn receipt(receipt: &v1::Receipt) -> Option<Receipt> {
    let hash = data_encoding::HEXLOWER.encode(&receipt.leaf_hash);
    Some(Receipt {
        log: receipt.log.clone(),
        index: receipt.index,
        leaf_hash: audit::Digest::from_hex(&hash)?,
    })
}

fn say((zh, en): (&str, &str)) -> Say {
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
    use super::masked;

    #[test]
    fn numbers_are_masked_and_short_ones_hidden() {
        assert_eq!(masked("110101190001010014"), "110101********0014");
        assert_eq!(masked("H12345678"), "*********");
    }
}
