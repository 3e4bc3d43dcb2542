//! What a false agent says, by its manner.

use bytes::Bytes;
use prost::Message as _;
use tokio::sync::mpsc;
use wire::limits::MESSAGE_BYTES_MAX;
use wire::v1;

use super::{ENVELOPE_BYTES, FRAMES_PER_FLOOD, Manner, SLOWNESS, Shared, TOO_LARGE_BYTES};

/// A class that no question asks for.
const NO_CLASS: u32 = 99;

/// Answers a question as the manner of the moment is. A stream that is gone takes no answer.
pub(super) async fn answer(shared: &Shared, up: &mpsc::Sender<Bytes>, ask: &v1::NodeAsk) {
    let manner = shared.manner();
    let (count, reply): (usize, fn(&v1::NodeAsk) -> Bytes) = match manner {
        Manner::Healthy => (1, well),
        Manner::Slow => {
            tokio::time::sleep(SLOWNESS).await;
            (1, well)
        }
        Manner::Garbage => (1, garbage),
        Manner::Undecodable => (1, |_| Bytes::from_static(&[0xff; 64])),
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

/// Says whether its source is well: one that sends garbage believes so.
pub(super) async fn probed(shared: &Shared, up: &mpsc::Sender<Bytes>, id: u64, class: u32) {
    match shared.manner() {
        Manner::Hung | Manner::Gone => return,
        Manner::Slow => tokio::time::sleep(SLOWNESS).await,
        _ => {}
    }
    let word = v1::Probed {
        id,
        class,
        standing: v1::Standing::Well.into(),
    };
    let word = frame(v1::agent_frame::Frame::Probed(word));
    // A stream that is gone takes no word.
    let _ = up.send(word).await;
}

/// A frame as it travels.
pub(super) fn frame(frame: v1::agent_frame::Frame) -> Bytes {
    v1::AgentFrame { frame: Some(frame) }.encode_to_vec().into()
}

/// No record of any class that is asked.
fn well(ask: &v1::NodeAsk) -> Bytes {
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

fn garbage(ask: &v1::NodeAsk) -> Bytes {
    let class = v1::ClassReply {
        class: NO_CLASS,
        code: "TS-NO-SUCH-CODE".to_owned(),
        payload: vec![0xff; 256],
        ..v1::ClassReply::default()
    };
    reply(ask, vec![class])
}

fn large(ask: &v1::NodeAsk) -> Bytes {
    filled(ask, MESSAGE_BYTES_MAX - ENVELOPE_BYTES)
}

fn too_large(ask: &v1::NodeAsk) -> Bytes {
    filled(ask, TOO_LARGE_BYTES)
}

/// A payload of empty records, two bytes each.
fn filled(ask: &v1::NodeAsk, bytes: usize) -> Bytes {
    let class = v1::ClassReply {
        class: 4,
        outcome: v1::Outcome::Answered.into(),
        as_of: "2026-11-23T09:00:00+08:00".to_owned(),
        payload: [0x0a, 0].repeat(bytes / 2),
        ..v1::ClassReply::default()
    };
    reply(ask, vec![class])
}

/// As many parts as a message holds: an empty one takes two bytes. Written by hand, since here too
/// each part would take a hundred times as much before it is encoded.
fn packed(ask: &v1::NodeAsk) -> Bytes {
    let question = v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome: None,
    };
    let parts = [0x0a, 0].repeat((MESSAGE_BYTES_MAX - ENVELOPE_BYTES) / 2);
    let reply = [question.encode_to_vec(), second_field(&parts)].concat();
    second_field(&reply).into()
}

/// Field 2 of a message: the reply in its frame, and the classes in their reply.
fn second_field(bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![0x12];
    // A list of bytes grows as it needs to.
    let _ = prost::encode_length_delimiter(bytes.len(), &mut field);
    field.extend_from_slice(bytes);
    field
}

fn reply(ask: &v1::NodeAsk, classes: Vec<v1::ClassReply>) -> Bytes {
    let classes = v1::ClassReplies { classes };
    frame(v1::agent_frame::Frame::Reply(v1::NodeReply {
        query_id: ask.query_id.clone(),
        outcome: Some(v1::node_reply::Outcome::Classes(classes)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_reply_is_one_that_a_hub_reads() {
        let ask = v1::NodeAsk {
            query_id: "q".to_owned(),
            ..v1::NodeAsk::default()
        };
        let bytes = packed(&ask);
        assert!(bytes.len() <= MESSAGE_BYTES_MAX);
        let read = v1::AgentFrame::decode(bytes).expect("is a frame");
        let Some(v1::agent_frame::Frame::Reply(reply)) = read.frame else {
            panic!("no reply");
        };
        let Some(v1::node_reply::Outcome::Classes(replies)) = reply.outcome else {
            panic!("no classes");
        };
        assert_eq!(reply.query_id, "q");
        assert!(replies.classes.len() > 2_000_000);
        assert!(large(&ask).len() <= MESSAGE_BYTES_MAX);
        assert!(too_large(&ask).len() > 100 << 20);
    }
}
