//! What a false agent says, by its manner.

use std::time::Duration;

use prost::Message as _;
use tokio::sync::mpsc;
use wire::limits::MESSAGE_BYTES_MAX;
use wire::v1;

use super::stream::Message;
use super::{
    ENVELOPE_BYTES, FRAMES_PER_FLOOD, Manner, SLOWNESS, Shared, TOO_LARGE_BYTES, WAY_BACK, WORK,
};

/// A class that no question asks for.
const NO_CLASS: u32 = 99;
/// How fields begin on the way: of a frame its reply, of that its classes, of these one, and of
/// that its payload. The lists are written by hand: as values, parts would take a hundred times as
/// much as on the way.
const REPLY: u8 = 0x12;
const CLASSES: u8 = 0x12;
const CLASS: u8 = 0x0a;
const PAYLOAD: u8 = 0x3a;

/// Answers a question as the manner of the moment is. A stream that is gone takes no answer.
pub(super) async fn answer(shared: &Shared, up: &mpsc::Sender<Message>, ask: &v1::NodeAsk) {
    let manner = shared.manner();
    let (count, reply): (usize, fn(&v1::NodeAsk) -> Message) = match manner {
        Manner::Healthy => (1, well),
        Manner::Working => {
            tokio::time::sleep(WORK).await;
            (1, well)
        }
        Manner::Slow => {
            tokio::time::sleep(SLOWNESS).await;
            (1, well)
        }
        Manner::Garbage => (1, garbage),
        Manner::Undecodable => (1, |_| Message {
            lead: vec![0xff; 64],
            parts: 0,
        }),
        Manner::Flood => (FRAMES_PER_FLOOD, large),
        Manner::Bomb => (FRAMES_PER_FLOOD, packed),
        Manner::TooLarge => (1, too_large),
        Manner::Hung | Manner::Gone | Manner::Flapping | Manner::Faltering => return,
    };
    for _ in 0..count {
        if count > 1 && shared.manner() != manner {
            return;
        }
        if up.send(reply(ask)).await.is_err() {
            return;
        }
    }
}

/// Says whether its source is well: one that sends garbage believes so, and one before a slow
/// system has not heard from it when its time is up.
pub(super) async fn probed(shared: &Shared, up: &mpsc::Sender<Message>, probe: v1::Probe) {
    let standing = match shared.manner() {
        Manner::Hung | Manner::Gone => return,
        Manner::Slow => {
            let wait = Duration::from_millis(u64::from(probe.deadline_ms));
            tokio::time::sleep(wait.min(SLOWNESS).saturating_sub(WAY_BACK)).await;
            v1::Standing::Out
        }
        _ => v1::Standing::Well,
    };
    let word = v1::Probed {
        id: probe.id,
        class: probe.class,
        standing: standing.into(),
    };
    let word = frame(v1::agent_frame::Frame::Probed(word));
    // A stream that is gone takes no word.
    let _ = up.send(word).await;
}

/// A frame as it travels.
pub(super) fn frame(frame: v1::agent_frame::Frame) -> Message {
    Message {
        lead: v1::AgentFrame { frame: Some(frame) }.encode_to_vec(),
        parts: 0,
    }
}

/// No record of any class that is asked.
fn well(ask: &v1::NodeAsk) -> Message {
    let envelope = ask.envelope.as_ref();
    let wants = envelope.map(|envelope| envelope.wants.as_slice());
    let asked = wants.unwrap_or_default().iter().map(|want| want.class);
    let asked = asked.filter(|class| !ask.left_out.contains(class));
    let classes = asked.map(|class| v1::ClassReply {
        class,
        outcome: v1::Outcome::NoRecord.into(),
        ..v1::ClassReply::default()
    });
    reply(ask, classes.collect())
}

fn garbage(ask: &v1::NodeAsk) -> Message {
    let class = v1::ClassReply {
        class: NO_CLASS,
        code: "TS-NO-SUCH-CODE".to_owned(),
        payload: vec![0xff; 256],
        ..v1::ClassReply::default()
    };
    reply(ask, vec![class])
}

fn large(ask: &v1::NodeAsk) -> Message {
    filled(ask, MESSAGE_BYTES_MAX - ENVELOPE_BYTES)
}

fn too_large(ask: &v1::NodeAsk) -> Message {
    filled(ask, TOO_LARGE_BYTES)
}

/// One class whose payload is empty records, two bytes each.
fn filled(ask: &v1::NodeAsk, bytes: usize) -> Message {
    let class = v1::ClassReply {
        class: 4,
        outcome: v1::Outcome::Answered.into(),
        as_of: "2026-11-23T09:00:00+08:00".to_owned(),
        ..v1::ClassReply::default()
    };
    let payload = opened(PAYLOAD, class.encode_to_vec(), bytes);
    let class = opened(CLASS, Vec::new(), payload.len() + bytes);
    packed_after(ask, [class, payload].concat(), bytes)
}

/// As many classes as a message holds, all of them empty.
fn packed(ask: &v1::NodeAsk) -> Message {
    packed_after(ask, Vec::new(), MESSAGE_BYTES_MAX - ENVELOPE_BYTES)
}

/// A reply whose classes begin so and go on with so many bytes of empty parts.
fn packed_after(ask: &v1::NodeAsk, lead: Vec<u8>, bytes: usize) -> Message {
    let question = v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome: None,
    };
    let classes = opened(CLASSES, question.encode_to_vec(), lead.len() + bytes);
    let reply = opened(REPLY, Vec::new(), classes.len() + lead.len() + bytes);
    Message {
        lead: [reply, classes, lead].concat(),
        parts: bytes / 2,
    }
}

/// What stands before, then a field with so many bytes to come.
fn opened(key: u8, mut before: Vec<u8>, bytes: usize) -> Vec<u8> {
    before.push(key);
    // A list of bytes grows as it needs to.
    let _ = prost::encode_length_delimiter(bytes, &mut before);
    before
}

fn reply(ask: &v1::NodeAsk, classes: Vec<v1::ClassReply>) -> Message {
    let classes = v1::ClassReplies { classes };
    frame(v1::agent_frame::Frame::Reply(v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome: Some(v1::node_reply::Outcome::Classes(classes)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(message: Message) -> Vec<v1::ClassReply> {
        let filling = [0x0a, 0].repeat(message.parts);
        let bytes = [message.lead, filling].concat();
        let read = v1::AgentFrame::decode(&*bytes).expect("is a frame");
        let Some(v1::agent_frame::Frame::Reply(reply)) = read.frame else {
            panic!("no reply");
        };
        assert_eq!(reply.query_id, "q");
        let Some(v1::node_reply::Outcome::Classes(replies)) = reply.outcome else {
            panic!("no classes");
        };
        replies.classes
    }

    #[test]
    fn a_large_reply_is_one_that_a_hub_reads() {
        let ask = v1::NodeAsk {
            query_id: "q".to_owned(),
            ..v1::NodeAsk::default()
        };
        assert!(packed(&ask).len() <= MESSAGE_BYTES_MAX);
        assert!(classes(packed(&ask)).len() > 2_000_000);
        for (message, least) in [(large(&ask), 4_000_000), (too_large(&ask), 100 << 20)] {
            let read = classes(message);
            let [class] = &*read else {
                panic!("{} classes", read.len());
            };
            assert_eq!(class.class, 4);
            assert!(class.payload.len() >= least);
        }
        assert!(large(&ask).len() <= MESSAGE_BYTES_MAX);
    }
}
