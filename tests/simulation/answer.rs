//! What an agent says: the truth after the guard has let the question through, or what its mood
//! makes of it. Lies carry a canary that no caller may ever see.

use std::collections::BTreeSet;
use std::time::Duration;

use catalog::ClassNo;
use policies::guard::GuardPass;
use policies::{Mode, Question, QuestionDraft, SignedCase, SubjectTag, payload_digest};
use wire::convert::{self, Finding, Payload};
use wire::{Clock as _, RefusalCode, v1};

use super::agent::Agent;
use super::chance::Chance;
use super::ground::{CATALOG, tag_key};
use super::history::Said;
use super::question::{Holding, holding, item_no, person_of, record};

/// What liars try to smuggle out: a balance that nobody asked for.
pub(super) const CANARY: &str = "98765432.10";

/// How an agent answers at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    Slow,
    Silent,
    /// Its own systems are down.
    SourceDown,
    Liar,
    /// It answers, and once more, and late.
    Stutter,
}

/// What becomes of a question.
pub(super) struct Planned {
    /// Each after its pause.
    pub(super) replies: Vec<(Duration, Spoken)>,
    /// The guard's reason, where it denied.
    pub(super) denied: Option<String>,
}

/// A reply, and whether it says what the center holds in the form that was agreed.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    pub(super) reply: v1::NodeReply,
    left_out: BTreeSet<u32>,
    is_honest: bool,
}

impl Spoken {
    fn honest(ask: &v1::NodeAsk, reply: v1::NodeReply) -> Self {
        Self {
            reply,
            left_out: ask.left_out.iter().copied().collect(),
            is_honest: true,
        }
    }

    /// What it says, for the history.
    pub(super) fn said(&self) -> Said {
        let said = classes(&self.reply)
            .iter()
            .map(|class| (class.class, class.outcome()));
        let refused = match &self.reply.outcome {
            Some(v1::node_reply::Outcome::Refusal(refusal)) => refusal.code.clone(),
            _ => String::new(),
        };
        Said {
            is_honest: self.is_honest,
            classes: said.collect(),
            left_out: self.left_out.clone(),
            refused,
        }
    }
}

/// What a node reads of a question before it believes anything.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) nonce: String,
}

impl Reading {
    pub(super) fn of(ask: &v1::NodeAsk) -> Self {
        let body = ask
            .case
            .as_ref()
            .map(|case| case.body.as_slice())
            .unwrap_or_default();
        let read: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let nonce = read.as_ref().and_then(|case| case.get("nonce")?.as_str());
        Self {
            nonce: nonce.unwrap_or_default().to_owned(),
        }
    }
}

pub(super) fn replies(
    agent: &Agent,
    ask: &v1::NodeAsk,
    mood: Mood,
    chance: &mut Chance,
) -> Planned {
    let told = guarded(agent, ask);
    let denied = told.as_ref().err().cloned();
    let Ok((pass, question, person)) = told else {
        let reply = Spoken::honest(ask, refusal(ask, RefusalCode::GuardCase));
        return Planned {
            replies: vec![(chance.ms(1, 5), reply)],
            denied,
        };
    };
    let honest = Spoken::honest(ask, honest(agent.node, ask, &pass, &question, person));
    let quick = if chance.percent(90) {
        chance.ms(1, 30)
    } else {
        chance.ms(30, 400)
    };
    let replies = match mood {
        Mood::Well => vec![(quick, honest)],
        Mood::Slow => vec![(chance.ms(500, 9_000), honest)],
        Mood::Silent => Vec::new(),
        Mood::SourceDown => vec![(quick, Spoken::honest(ask, down(ask, &honest.reply)))],
        Mood::Stutter => vec![(quick, honest.clone()), (chance.ms(0, 8_000), honest)],
        Mood::Liar => {
            let lie = Spoken {
                reply: lie(ask, honest.reply.clone(), chance),
                is_honest: false,
                ..honest
            };
            vec![(quick, lie)]
        }
    };
    Planned { replies, denied }
}

/// The real guard, over what the question says and nothing else.
fn guarded(agent: &Agent, ask: &v1::NodeAsk) -> Result<(GuardPass, Question, u64), String> {
    let envelope = ask.envelope.as_ref().ok_or("no envelope")?;
    let case = ask.case.as_ref().ok_or("no case")?;
    let wants = convert::wants_of_any_version(&envelope.wants).map_err(|e| e.to_string())?;
    let tag = <[u8; 32]>::try_from(envelope.subject_tag.as_slice()).map_err(|_| "no tag")?;
    let is_match = envelope.mode() == v1::Mode::Match;
    let draft = QuestionDraft {
        asking_node: ask.asking_node.clone(),
        flow: envelope.flow.clone(),
        matter: envelope.matter.clone(),
        mode: if is_match { Mode::Match } else { Mode::Details },
        wants: wants.into_values().flatten().collect(),
        subject_tag: SubjectTag::from_bytes(tag),
        payload_digest: payload_digest(&ask.payload),
        gives: Vec::new(),
        verdicts: envelope.verdicts.clone(),
        named: envelope.named.clone(),
        flow_digest: <[u8; 32]>::try_from(envelope.flow_digest.as_slice())
            .map_err(|_| "no flow")?,
    };
    let question = Question::parse_newer(draft, &CATALOG).map_err(|e| e.to_string())?;
    let signed = SignedCase {
        body: case.body.clone(),
        signature: case.signature.clone(),
    };
    let pass = agent.guard.check(
        &ask.asking_node,
        &signed,
        None,
        &question,
        agent.clock.now(),
    );
    let pass = pass.map_err(|denial| denial.to_string())?;
    let payload =
        Payload::decode(&CATALOG, &ask.payload, &BTreeSet::new()).map_err(|e| e.to_string())?;
    if tag_key().tag(&payload.subject.key()) != *question.subject_tag() {
        return Err("another subject".to_owned());
    }
    let person = person_of(&payload.subject).ok_or("nobody's number")?;
    Ok((pass, question, person))
}

/// What the center holds, as the flow lets it say.
fn honest(
    node: &str,
    ask: &v1::NodeAsk,
    pass: &GuardPass,
    question: &Question,
    person: u64,
) -> v1::NodeReply {
    let holds_back = question.asking_node() != node && question.flow().to_string() == "F05";
    let is_asked = |class: &ClassNo| !ask.left_out.contains(&u32::from(class.get()));
    let granted = pass.items().iter().filter(|(class, _)| is_asked(class));
    let classes = granted.map(|(class, items)| {
        let number = u32::from(class.get());
        let items: BTreeSet<u32> = items.iter().map(|item| u32::from(item.item())).collect();
        let held = holding(node, person, number);
        let mut reply = bare(number, v1::Outcome::Answered);
        if held == Holding::Nothing {
            reply.outcome = v1::Outcome::NoRecord.into();
        } else if pass.mode() == Mode::Match {
            reply.found = true;
        } else if held == Holding::Closed && holds_back {
            (reply.found, reply.held_back) = (true, true);
        } else {
            let records = [record(node, person, number, &items, held)];
            reply.payload = convert::records_to_wire(&records);
            (reply.record_count, reply.found) = (1, true);
        }
        if pass.mode() == Mode::Match && question.asking_node() != node {
            let finding = Finding::Holds(held == Holding::Live);
            let findings = question
                .verdicts()
                .iter()
                .map(|id| (id.to_string(), finding.clone()));
            reply.verdicts = convert::findings_to_wire(&findings.collect());
        }
        reply
    });
    classes_of(ask, classes.collect())
}

fn bare(class: u32, outcome: v1::Outcome) -> v1::ClassReply {
    v1::ClassReply {
        class,
        outcome: outcome.into(),
        as_of: "2026-11-23T09:00:00+08:00".to_owned(),
        ..v1::ClassReply::default()
    }
}

fn classes_of(ask: &v1::NodeAsk, classes: Vec<v1::ClassReply>) -> v1::NodeReply {
    let outcome = v1::node_reply::Outcome::Classes(v1::ClassReplies { classes });
    v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome: Some(outcome),
    }
}

fn refusal(ask: &v1::NodeAsk, code: RefusalCode) -> v1::NodeReply {
    v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome: Some(v1::node_reply::Outcome::Refusal(
            code.to_wire(&ask.query_id),
        )),
    }
}

fn down(ask: &v1::NodeAsk, honest: &v1::NodeReply) -> v1::NodeReply {
    let silent = |class: &v1::ClassReply| v1::ClassReply {
        class: class.class,
        outcome: v1::Outcome::Unavailable.into(),
        code: RefusalCode::NodeSource.to_string(),
        ..v1::ClassReply::default()
    };
    classes_of(ask, classes(honest).iter().map(silent).collect())
}

fn classes(reply: &v1::NodeReply) -> &[v1::ClassReply] {
    match &reply.outcome {
        Some(v1::node_reply::Outcome::Classes(replies)) => &replies.classes,
        _ => &[],
    }
}

/// One of the ways to break the contract.
fn lie(ask: &v1::NodeAsk, honest: v1::NodeReply, chance: &mut Chance) -> v1::NodeReply {
    let mut told = classes(&honest).to_vec();
    let last = told.len() - 1;
    match chance.below(9) {
        0 => told[last] = smuggled(told[last].class),
        1 => told.push(smuggled(7)),
        2 => told[last].payload = vec![0xff; 40],
        3 => told[last].code = "TS-NO-SUCH-CODE".to_owned(),
        4 => told[last].outcome = v1::Outcome::Unspecified.into(),
        5 => {
            told[last] = smuggled(told[last].class);
            told[last].outcome = v1::Outcome::NoRecord.into();
        }
        6 => drop(told.pop()),
        7 => {
            let mut refused = refusal(ask, RefusalCode::GuardVeto);
            if let Some(v1::node_reply::Outcome::Refusal(refusal)) = &mut refused.outcome {
                let rule = v1::Rule {
                    id: "r".into(),
                    zh: CANARY.into(),
                    en: CANARY.into(),
                };
                refusal.rule = Some(rule);
            }
            return refused;
        }
        // To a stranger: nobody asked this.
        _ => {
            return v1::NodeReply {
                query_id: format!("{}00", &ask.query_id),
                ..honest
            };
        }
    }
    classes_of(ask, told)
}

/// A record with the canary in it.
fn smuggled(class: u32) -> v1::ClassReply {
    let number = if class == 4 { "04-14" } else { "10-07" };
    let item = item_no(number);
    let mut record = catalog::Record::new(item.class());
    record.insert(item, CATALOG.parse_value(item, CANARY).expect("is sound"));
    v1::ClassReply {
        payload: convert::records_to_wire(&[record]),
        record_count: 1,
        found: true,
        ..bare(class, v1::Outcome::Answered)
    }
}
