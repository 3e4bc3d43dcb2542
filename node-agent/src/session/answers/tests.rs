//! What is known of questions stays within its bounds, in time, number and bytes.

use super::*;

fn ask(id: &str) -> v1::NodeAsk {
    v1::NodeAsk {
        query_id: id.to_owned(),
        deadline_ms: 900,
        ..v1::NodeAsk::default()
    }
}

fn reply(id: &str, bytes: usize) -> Shared {
    let class = v1::ClassReply {
        payload: vec![7; bytes],
        ..v1::ClassReply::default()
    };
    let classes = v1::ClassReplies {
        classes: vec![class],
    };
    Arc::new(v1::NodeReply {
        query_id: id.to_owned(),
        outcome: Some(v1::node_reply::Outcome::Classes(classes)),
    })
}

fn answered(known: &mut Known, id: &str, bytes: usize, now: Instant) {
    assert!(matches!(known.came(&ask(id), now), Came::New(..)));
    known.answered(id.to_owned(), reply(id, bytes), now);
}

#[tokio::test(start_paused = true)]
async fn a_question_is_known_by_its_id_and_every_word_but_the_time() {
    let (mut known, now) = (Known::default(), Instant::now());
    assert!(matches!(known.came(&ask("a"), now), Came::New(..)));
    let hurried = v1::NodeAsk {
        deadline_ms: 200,
        ..ask("a")
    };
    assert!(matches!(known.came(&hurried, now), Came::UnderWay(_)));
    known.answered("a".to_owned(), reply("a", 1), now);
    assert!(matches!(known.came(&hurried, now), Came::Answered(_)));
    let other = v1::NodeAsk {
        payload: vec![1],
        ..ask("a")
    };
    assert!(matches!(known.came(&other, now), Came::Lie));
    let later = now + KNOWN_FOR;
    assert!(matches!(known.came(&ask("a"), later), Came::New(..)));
}

#[tokio::test(start_paused = true)]
async fn replies_are_held_in_bounded_bytes_and_time() {
    let (mut known, now) = (Known::default(), Instant::now());
    for n in 0..40 {
        answered(&mut known, &n.to_string(), 1 << 20, now);
        assert!(known.held_bytes <= REPLY_BYTES_HELD_MAX);
    }
    assert!(matches!(known.came(&ask("0"), now), Came::Gone));
    assert!(matches!(known.came(&ask("39"), now), Came::Answered(_)));
    known.let_go(now + KNOWN_FOR);
    assert_eq!(
        (known.by_id.len(), known.held_bytes, known.held.len()),
        (0, 0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn no_more_are_known_than_agreed() {
    let (mut known, now) = (Known::default(), Instant::now());
    for n in 0..KNOWN_MAX {
        answered(&mut known, &n.to_string(), 1, now);
    }
    assert!(matches!(known.came(&ask("one more"), now), Came::New(..)));
    assert_eq!(known.by_id.len(), KNOWN_MAX);
    let first = known.came(&ask("0"), now);
    assert!(matches!(first, Came::New(..)), "the oldest is forgotten");
    let mut crowded = Known::default();
    for n in 0..KNOWN_MAX {
        assert!(matches!(
            crowded.came(&ask(&n.to_string()), now),
            Came::New(..)
        ));
    }
    assert!(matches!(crowded.came(&ask("one more"), now), Came::Gone));
}
