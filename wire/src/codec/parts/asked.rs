//! The parts of questions. A limit of bytes does not bound them: a wanted class takes two bytes on
//! the way and sixteen times as much afterwards, before any quota is asked.
//!
//! A little more is let through than a question may have: whoever asks for one class too many is
//! refused with a code, and on record.

use super::{Bounded, FIELDS_MAX, Unfit, any, each, varint};
use crate::limits::{
    APPROVAL_PATH_MAX, CLASSES_PER_ASK_MAX, ITEMS_PER_CLASS_MAX, NODES_PER_ANSWER_MAX,
    YARDSTICKS_MAX,
};
use crate::v1;

/// Classes that are wanted and given, verdicts, and centers that are named.
const ENVELOPE_FIELDS_MAX: usize =
    FIELDS_MAX + 2 * CLASSES_PER_ASK_MAX + YARDSTICKS_MAX + NODES_PER_ANSWER_MAX;
const ITEMS_MAX: usize = FIELDS_MAX + ITEMS_PER_CLASS_MAX;

impl Bounded for v1::AskRequest {
    fn check(bytes: &[u8]) -> Result<(), Unfit> {
        each(bytes, FIELDS_MAX, |field, part| match field {
            1 => envelope(part),
            5 => approval(part),
            _ => Ok(()),
        })
    }
}

impl Bounded for v1::AskLine {
    fn check(bytes: &[u8]) -> Result<(), Unfit> {
        each(bytes, FIELDS_MAX, |field, part| match field {
            2 => v1::AskRequest::check(part),
            _ => Ok(()),
        })
    }
}

impl Bounded for v1::HubFrame {
    fn check(bytes: &[u8]) -> Result<(), Unfit> {
        let ask = |field, part: &[u8]| match field {
            3 => envelope(part),
            7 => approval(part),
            10 => numbers(part, FIELDS_MAX + CLASSES_PER_ASK_MAX),
            _ => Ok(()),
        };
        each(bytes, FIELDS_MAX, |field, part| match field {
            2 => each(part, FIELDS_MAX + CLASSES_PER_ASK_MAX, ask),
            _ => Ok(()),
        })
    }
}

fn envelope(bytes: &[u8]) -> Result<(), Unfit> {
    each(bytes, ENVELOPE_FIELDS_MAX, |field, part| match field {
        4 | 6 => each(part, ITEMS_MAX, |field, part| match field {
            2 => numbers(part, ITEMS_MAX),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })
}

fn approval(bytes: &[u8]) -> Result<(), Unfit> {
    each(bytes, FIELDS_MAX + APPROVAL_PATH_MAX, any)
}

/// Numbers that stand one behind the other in one field.
fn numbers(mut bytes: &[u8], most: usize) -> Result<(), Unfit> {
    for _ in 0..most {
        if bytes.is_empty() {
            return Ok(());
        }
        bytes = varint(bytes).ok_or(Unfit::Unreadable)?.1;
    }
    if bytes.is_empty() {
        Ok(())
    } else {
        Err(Unfit::TooMany)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    fn class(items: usize) -> v1::ClassItems {
        v1::ClassItems {
            class: 4,
            items: vec![u32::MAX; items],
        }
    }

    fn ask(envelope: v1::Envelope, path: usize) -> v1::AskRequest {
        v1::AskRequest {
            envelope: Some(envelope),
            case: Some(v1::SignedCase::default()),
            payload: vec![7; 64],
            deadline_ms: u32::MAX,
            approval: Some(v1::SignedApproval {
                path: vec![vec![7; 32]; path],
                ..v1::SignedApproval::default()
            }),
        }
    }

    /// The question alone, as a line, and as a frame to an agent.
    fn checked(ask: v1::AskRequest, left_out: usize) -> [Result<(), Unfit>; 3] {
        let frame = v1::HubFrame {
            frame: Some(v1::hub_frame::Frame::Ask(v1::NodeAsk {
                envelope: ask.envelope.clone(),
                case: ask.case.clone(),
                payload: ask.payload.clone(),
                approval: ask.approval.clone(),
                left_out: vec![14; left_out],
                ..v1::NodeAsk::default()
            })),
        };
        let alone = v1::AskRequest::check(&ask.encode_to_vec());
        let line = v1::AskLine {
            line: 1,
            ask: Some(ask),
        };
        [
            alone,
            v1::AskLine::check(&line.encode_to_vec()),
            v1::HubFrame::check(&frame.encode_to_vec()),
        ]
    }

    fn full() -> v1::Envelope {
        v1::Envelope {
            flow: "F05".to_owned(),
            wants: vec![class(ITEMS_PER_CLASS_MAX); CLASSES_PER_ASK_MAX],
            gives: vec![class(ITEMS_PER_CLASS_MAX); CLASSES_PER_ASK_MAX],
            verdicts: vec!["v".to_owned(); YARDSTICKS_MAX],
            named: vec!["city".to_owned(); NODES_PER_ANSWER_MAX],
            ..v1::Envelope::default()
        }
    }

    #[test]
    fn the_largest_question_passes_and_one_class_too_many_is_told_later() {
        let checked_full = checked(ask(full(), APPROVAL_PATH_MAX), CLASSES_PER_ASK_MAX);
        assert_eq!(checked_full, [Ok(()); 3]);
        let mut more = full();
        more.wants.push(class(ITEMS_PER_CLASS_MAX + 1));
        assert_eq!(checked(ask(more, 0), 0), [Ok(()); 3]);
    }

    #[test]
    fn parts_without_number_are_refused_before_they_are_decoded() {
        let many = |change: fn(&mut v1::Envelope)| {
            let mut envelope = v1::Envelope::default();
            change(&mut envelope);
            checked(ask(envelope, 0), 0)
        };
        let too_many = [Err(Unfit::TooMany); 3];
        // As it was shown: 64 KiB of these.
        assert_eq!(many(|e| e.wants = vec![empty_class(); 30_000]), too_many);
        assert_eq!(many(|e| e.gives = vec![empty_class(); 1_000]), too_many);
        assert_eq!(many(|e| e.verdicts = vec![String::new(); 1_000]), too_many);
        assert_eq!(many(|e| e.named = vec![String::new(); 1_000]), too_many);
        assert_eq!(many(|e| e.wants = vec![class(10_000)]), too_many);
        let path = checked(ask(v1::Envelope::default(), 1_000), 0);
        assert_eq!(path, too_many);
        let [_, _, left_out] = checked(ask(v1::Envelope::default(), 0), 1_000);
        assert_eq!(left_out, Err(Unfit::TooMany));
        // The same field over and over, and items one by one.
        assert_eq!(
            v1::AskRequest::check(&[0x0a, 0].repeat(1_000)),
            Err(Unfit::TooMany)
        );
        let items = [0x10, 1].repeat(100);
        let mut request = vec![0x0a, 0xcb, 1, 0x22, 0xc8, 1];
        request.extend(&items);
        let decoded = v1::AskRequest::decode(&request[..]).expect("is well formed");
        let wants = decoded.envelope.expect("is there").wants;
        assert_eq!(wants[0].items.len(), 100);
        assert_eq!(v1::AskRequest::check(&request), Err(Unfit::TooMany));
    }

    fn empty_class() -> v1::ClassItems {
        v1::ClassItems::default()
    }

    #[test]
    fn what_cannot_be_walked_through_is_refused() {
        for bytes in [&[0x0a][..], &[0x0a, 5, 0], &[0x0b, 0x0c]] {
            let checked = v1::AskRequest::check(bytes);
            assert_eq!(checked, Err(Unfit::Unreadable), "{bytes:?}");
        }
        // Of items that stand one behind the other, the last is cut off.
        let cut = [0x0a, 6, 0x22, 4, 0x12, 2, 1, 0x80];
        assert_eq!(v1::AskRequest::check(&cut), Err(Unfit::Unreadable));
        assert_eq!(v1::AskRequest::check(&[]), Ok(()));
    }
}
