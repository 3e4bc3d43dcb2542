//! Trims what the nodes sent to what the permit grants, whatever they sent.
//!
//! Every value is checked against the catalog again; what is outside the terms of the question is
//! dropped and counted; a reply that breaks the contract becomes an absence with its reason.

use std::collections::BTreeSet;
use std::time::Duration;

use catalog::{ClassNo, Defect, ItemNo, RuleWord};
use policies::{Mode, Pace};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::convert::{self, NoteBook, WireError};
use wire::{Refusal, RefusalCode, v1};

use crate::ledger::Draft;
use crate::ledger::entry::{ClassOutcome, NodeOutcome};
use crate::nodes::announced::{Announced, Told};
use crate::nodes::breaker::Event;
use crate::nodes::passes::Passes;
use crate::nodes::retry::Tries;
use crate::nodes::{Found, judging};

/// Longest time after which a center may ask to be asked again.
const BUSY_SECONDS_MAX: u64 = 60;

mod held_back;
mod terms;
mod verdicts;

pub use terms::{Terms, windows};

/// A draft, and the nodes whose replies broke the contract.
#[derive(Debug)]
pub struct Disclosed {
    /// What may become an answer.
    pub draft: Draft,
    /// Whom to blame.
    pub liars: Vec<String>,
    /// What each reply says about the health of its node's classes.
    pub heard: Vec<Said>,
    /// How often each node was asked.
    pub tried: Vec<(String, Tries)>,
}

/// What a reply says about the health of its node's classes.
#[derive(Debug)]
pub struct Said {
    /// The node.
    pub node: String,
    /// Of each class that was asked.
    pub events: Vec<(ClassNo, Event)>,
    /// What the node was tried with.
    pub passes: Passes,
}

/// One class of one node, trimmed.
#[derive(Debug)]
struct Trimmed {
    reply: v1::ClassReply,
    withheld: u32,
    /// It broke the contract: it cannot be read, findings came that nobody asked for, or a rule
    /// that was not announced.
    is_broken: bool,
    /// How long the node says that it took; none where it does not say.
    elapsed: Option<Duration>,
}

/// What a node's reply came to.
#[derive(Debug)]
struct Read {
    /// One for each class that was to be asked, in class order.
    classes: Vec<Trimmed>,
    /// The reply as a whole broke the contract.
    is_broken: bool,
    /// The refusal of the whole question.
    refused: Option<RefusalCode>,
}

/// Trims everything found to the terms of the question.
#[must_use]
pub fn disclose(terms: &Terms<'_>, found: Vec<Found>) -> Disclosed {
    let mut draft = Draft {
        nodes: Vec::new(),
        outcomes: Vec::new(),
        cancelled: false,
    };
    let mut liars = Vec::new();
    let mut heard = Vec::new();
    let mut tried = Vec::new();
    for found in found {
        tried.push((found.node.clone(), found.tries));
        let elapsed_ms = u32::try_from(found.elapsed.as_millis()).unwrap_or(u32::MAX);
        let read = read(terms, &found);
        if found.reply.is_ok() {
            heard.push(Said {
                node: found.node.clone(),
                events: said_of_health(terms, &found, &read),
                passes: found.passes,
            });
        }
        if read.is_broken || read.classes.iter().any(|class| class.is_broken) {
            liars.push(found.node.clone());
        }
        let classes = read.classes;
        draft.outcomes.push(NodeOutcome {
            node: found.node.clone(),
            elapsed_ms: u64::from(elapsed_ms),
            tries: Some(found.tries.made).filter(|made| *made > 1).unwrap_or(0),
            classes: classes.iter().map(counted).collect(),
        });
        draft.nodes.push(v1::NodeAnswer {
            node: found.node,
            center: found.center,
            classes: classes.into_iter().map(|class| class.reply).collect(),
            elapsed_ms,
        });
    }
    Disclosed {
        draft,
        liars,
        heard,
        tried,
    }
}

/// What a reply says about each class that was asked.
fn said_of_health(terms: &Terms<'_>, found: &Found, read: &Read) -> Vec<(ClassNo, Event)> {
    let asked = found.classes.iter().zip(&read.classes);
    let asked = asked.filter(|(class, _)| !found.left_out.contains_key(class));
    let untold = untold(terms, found, read);
    let event = |trimmed: &Trimmed| {
        if read.is_broken || trimmed.is_broken {
            return judging::BROKEN;
        }
        if let Some(code) = read.refused {
            return judging::of_refusal(code);
        }
        let elapsed = trimmed.elapsed.unwrap_or_default() + untold;
        let outcome = v1::Outcome::try_from(trimmed.reply.outcome).unwrap_or_default();
        let code = trimmed.reply.code.parse().ok();
        judging::of_class(outcome, code, elapsed.min(found.elapsed), found.elapsed)
    };
    asked
        .map(|(class, trimmed)| (*class, event(trimmed)))
        .collect()
}

/// How long the hub waited beyond the longest time that the node says any class took. It may be
/// any of them, so it counts for each: else a slow node would only have to say that it is quick.
fn untold(terms: &Terms<'_>, found: &Found, read: &Read) -> Duration {
    let told = read.classes.iter().filter_map(|class| class.elapsed).max();
    // A line waits at its node for the part of the node's systems that lists may use, which is no
    // part of what a class took.
    if terms.flow.pace == Pace::Batch && (told.is_some() || found.classes.len() > 1) {
        return Duration::ZERO;
    }
    found.elapsed.saturating_sub(told.unwrap_or_default())
}

/// One reply for each class that was to be asked, in class order.
fn read(terms: &Terms<'_>, found: &Found) -> Read {
    let silence = |because: &Refusal| -> Vec<Trimmed> {
        let class = |class: &ClassNo| match found.left_out.get(class) {
            Some(because) => absent(*class, because),
            None => absent(*class, because),
        };
        found.classes.iter().map(class).collect()
    };
    let whole = |because: Refusal, is_broken, refused| Read {
        classes: silence(&because),
        is_broken,
        refused,
    };
    let reply = match &found.reply {
        Ok(reply) => reply,
        Err(because) => return whole(because.clone(), false, None),
    };
    match &reply.outcome {
        Some(v1::node_reply::Outcome::Refusal(refusal)) => match refusal.code.parse() {
            Ok(code) => {
                let (rule, lied) = told(&found.announced, code, refusal.rule.as_ref());
                let because = Refusal {
                    rule,
                    retry_after: busy_until(code, refusal.retry_after_ms),
                    ..code.into()
                };
                whole(because, lied, Some(code))
            }
            Err(_) => whole(RefusalCode::NodeReply.into(), true, None),
        },
        None => whole(RefusalCode::NodeReply.into(), true, None),
        Some(v1::node_reply::Outcome::Classes(replies)) => of_classes(terms, found, replies),
    }
}

fn of_classes(terms: &Terms<'_>, found: &Found, replies: &v1::ClassReplies) -> Read {
    let is_left_out = |class: u32| {
        let mut left_out = found.left_out.keys();
        left_out.any(|left| u32::from(left.get()) == class)
    };
    // An agent that answers what it was told to leave out says too much, and nothing untrue.
    let sent = replies.classes.iter();
    let sent: Vec<_> = sent.filter(|reply| !is_left_out(reply.class)).collect();
    let is_broken = sent.len() + found.left_out.len() != found.classes.len();
    let trimmed = found.classes.iter().map(|class| {
        if let Some(because) = found.left_out.get(class) {
            return absent(*class, because);
        }
        let of_class = |reply: &&&v1::ClassReply| reply.class == u32::from(class.get());
        let mut of_class = sent.iter().filter(of_class);
        let items = terms.permit.granted().get(class);
        let read = match (of_class.next(), of_class.next(), items) {
            (Some(reply), None, Some(items)) => {
                let from = (found.node.as_str(), &found.announced);
                trim(terms, from, (*class, items), reply)
            }
            _ => Err(WireError::Missing("class")),
        };
        read.unwrap_or_else(|_| Trimmed {
            is_broken: true,
            ..absent(*class, &RefusalCode::NodeReply.into())
        })
    });
    Read {
        classes: trimmed.collect(),
        is_broken,
        refused: None,
    }
}

/// One class's reply, trimmed to the terms of the question.
fn trim(
    terms: &Terms<'_>,
    (node, announced): (&str, &Announced),
    (class, items): (ClassNo, &BTreeSet<ItemNo>),
    reply: &v1::ClassReply,
) -> Result<Trimmed, WireError> {
    let (catalog, mode) = (terms.catalog, terms.permit.mode());
    let code = known_code(&reply.code)?;
    let sent_notes = convert::notes_from_wire(catalog, class, &reply.notes)?;
    let (mut records, value_notes) = convert::records_from_wire(catalog, class, &reply.payload)?;
    let held_back = held_back::is_held_back(terms, node, reply, (records.len(), &sent_notes))?;
    let mut notes = NoteBook::default();
    // The node has noted what it withheld itself; what was found bad here is new. A note about an
    // item outside the permit would tell something about it, so it goes no further.
    let found_here = value_notes
        .into_iter()
        .filter(|note| !was_noted(&reply.notes, note));
    for note in sent_notes.into_iter().chain(found_here) {
        if note.item.is_none_or(|item| items.contains(&item)) {
            notes.add(note);
        }
    }
    terms.trim(&mut records, items, &mut notes);
    let shows_none = held_back || mode == Mode::Match;
    let outcome = outcome_of(reply, shows_none, code, records.len())?;
    let as_of = as_of(reply, outcome)?;
    if mode == Mode::Match {
        for _ in records.drain(..) {
            notes.count(None, Defect::OutsidePermit);
        }
    }
    let (findings, dropped) = verdicts::released(terms, (node, class), outcome, &reply.verdicts)?;
    for _ in 0..dropped {
        notes.count(None, Defect::OutsidePermit);
    }
    let rule = code.map(|code| told(announced, code, reply.rule.as_ref()));
    let (rule, is_rule_broken) = rule.unwrap_or_default();
    let notes = notes.into_notes();
    let withheld = notes
        .iter()
        .fold(0_u32, |sum, note| sum.saturating_add(note.count));
    Ok(Trimmed {
        reply: v1::ClassReply {
            class: reply.class,
            outcome: outcome.into(),
            code: code.map(|code| code.to_string()).unwrap_or_default(),
            record_count: u32::try_from(records.len()).unwrap_or(u32::MAX),
            as_of,
            notes: convert::notes_to_wire(&notes),
            payload: convert::records_to_wire(&records),
            verdicts: convert::findings_to_wire(&findings),
            rule: rule.as_ref().map(v1::Rule::from),
            found: match outcome {
                v1::Outcome::Answered => true,
                // Only a match, and a center without a hit, say so without showing the record.
                v1::Outcome::Stale => reply.found && shows_none || !records.is_empty(),
                _ => false,
            },
            held_back,
            // A center tells a time with a refusal of the whole question only.
            retry_after_ms: 0,
            elapsed_ms: 0,
        },
        withheld,
        is_broken: dropped > 0 || is_rule_broken,
        elapsed: (reply.elapsed_ms > 0).then(|| Duration::from_millis(u64::from(reply.elapsed_ms))),
    })
}

fn was_noted(sent: &[v1::QualityNote], note: &convert::Note) -> bool {
    let item = note.item.map_or(0, |item| u32::from(item.item()));
    sent.iter()
        .any(|s| s.item == item && s.defect == note.defect.as_str())
}

/// The outcome if it agrees with what was sent: a silence must give its reason, and nothing must
/// not look clean.
fn outcome_of(
    reply: &v1::ClassReply,
    shows_none: bool,
    code: Option<RefusalCode>,
    records: usize,
) -> Result<v1::Outcome, WireError> {
    let outcome = v1::Outcome::try_from(reply.outcome).map_err(|_| WireError::Undecodable)?;
    let agrees = match outcome {
        v1::Outcome::Unspecified => false,
        // A match says that there is a record and shows none, and so does a center without a hit.
        v1::Outcome::Answered => (records > 0 || shows_none) && code.is_none(),
        v1::Outcome::NoRecord => records == 0 && code.is_none(),
        v1::Outcome::Stale => code.is_none(),
        v1::Outcome::Refused | v1::Outcome::Unavailable | v1::Outcome::NotCovered => {
            records == 0 && code.is_some()
        }
    };
    if agrees {
        Ok(outcome)
    } else {
        Err(WireError::Missing("outcome"))
    }
}

/// The moment that the facts are of, in the hub's own spelling: what a node wrote may be of any
/// length.
fn as_of(reply: &v1::ClassReply, outcome: v1::Outcome) -> Result<String, WireError> {
    let has_facts = matches!(outcome, v1::Outcome::Answered | v1::Outcome::Stale);
    if reply.as_of.is_empty() && !has_facts {
        return Ok(String::new());
    }
    OffsetDateTime::parse(&reply.as_of, &Rfc3339)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .ok_or(WireError::Missing("as_of"))
}

fn known_code(code: &str) -> Result<Option<RefusalCode>, WireError> {
    if code.is_empty() {
        return Ok(None);
    }
    code.parse().map(Some).map_err(|_| WireError::Undecodable)
}

/// A class about which a node said nothing usable.
fn absent(class: ClassNo, because: &Refusal) -> Trimmed {
    let outcome = match because.code {
        RefusalCode::NotCovered | RefusalCode::NotCoveredVersion => v1::Outcome::NotCovered,
        RefusalCode::MeasureMemory => v1::Outcome::Refused,
        code if code.is_the_guards() => v1::Outcome::Refused,
        _ => v1::Outcome::Unavailable,
    };
    let reply = v1::ClassReply {
        class: u32::from(class.get()),
        outcome: outcome.into(),
        code: because.code.to_string(),
        rule: because.rule.as_ref().map(v1::Rule::from),
        retry_after_ms: because.retry_after_ms(),
        ..v1::ClassReply::default()
    };
    Trimmed {
        reply,
        withheld: 0,
        is_broken: false,
        elapsed: None,
    }
}

/// When a busy center wants to be asked again, in whole seconds: its own word, and a number in
/// which it could say something else, so little of it is passed on.
fn busy_until(code: RefusalCode, retry_after_ms: u32) -> Option<Duration> {
    let is_told = code == RefusalCode::NodeBusy && retry_after_ms > 0;
    let seconds = u64::from(retry_after_ms.div_ceil(1_000));
    let seconds = seconds.min(BUSY_SECONDS_MAX);
    is_told.then(|| Duration::from_secs(seconds))
}

/// The rule beside a code, in the words announced for it; and whether naming it broke the contract.
fn told(
    announced: &Announced,
    code: RefusalCode,
    rule: Option<&v1::Rule>,
) -> (Option<RuleWord>, bool) {
    match announced.told(code, rule) {
        Told::Fair(word) => (word, false),
        Told::Broken => (None, true),
    }
}

fn counted(trimmed: &Trimmed) -> ClassOutcome {
    let outcome = v1::Outcome::try_from(trimmed.reply.outcome).unwrap_or_default();
    ClassOutcome {
        class: format!("{:02}", trimmed.reply.class),
        outcome: convert::outcome_name(outcome).to_owned(),
        code: trimmed.reply.code.clone(),
        rule: trimmed
            .reply
            .rule
            .as_ref()
            .map_or_else(String::new, |rule| rule.id.clone()),
        records: trimmed.reply.record_count,
        withheld: trimmed.withheld,
        as_of: trimmed.reply.as_of.clone(),
        held_back: trimmed.reply.held_back,
        digest: String::new(),
    }
}

#[cfg(test)]
mod tests;
