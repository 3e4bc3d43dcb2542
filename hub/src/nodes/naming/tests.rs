//! Which agent is asked for a tag, and what becomes of what it says.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use super::*;
use crate::broker::tests::fixture::{Setup, Star};
use crate::nodes::Attachment;
use crate::nodes::link::Link;

const NUMBER: &str = "11010519491231002X";

fn nameless() -> Nameless {
    Nameless {
        cert_type: "01".to_owned(),
        number: Zeroizing::new(NUMBER.to_owned()),
        staff: "audit-1".to_owned(),
        reason: "2026-114".to_owned(),
    }
}

type Seen = Arc<Mutex<Vec<(String, v1::NameSubject)>>>;

/// An agent that says this; nothing where it is `None`.
fn attach(
    star: &Star,
    node: &'static str,
    says: Option<v1::subject_named::Outcome>,
    seen: &Seen,
) -> Attachment {
    let (down, mut frames) = mpsc::channel(8);
    let link = Arc::new(Link::new("0a".to_owned(), down).naming(true));
    let nodes = &star.broker.nodes;
    let attached = nodes.attach(node, Arc::clone(&link), [].into(), "fake".to_owned());
    let seen = Arc::clone(seen);
    star.fakes.spawn(async move {
        while let Some(Ok(frame)) = frames.recv().await {
            let Some(v1::hub_frame::Frame::NameSubject(asked)) = frame.frame else {
                continue;
            };
            let id = asked.id;
            seen.lock()
                .expect("is whole")
                .push((node.to_owned(), asked));
            if let Some(says) = says.clone() {
                let outcome = Some(says);
                assert!(link.named(v1::SubjectNamed { id, outcome }));
            }
        }
    });
    attached.expect("is registered")
}

fn tag(byte: u8) -> Option<v1::subject_named::Outcome> {
    Some(v1::subject_named::Outcome::Tag(vec![byte; 32]))
}

fn refusal(code: &str) -> Option<v1::subject_named::Outcome> {
    Some(v1::subject_named::Outcome::Refusal(v1::Refusal {
        code: code.to_owned(),
        ..v1::Refusal::default()
    }))
}

#[tokio::test]
async fn the_city_is_asked_first_and_sees_all_of_it() {
    let star = Star::new(Setup::default());
    let seen = Seen::default();
    let _other = attach(&star, "guoguan", tag(2), &seen);
    let _city = attach(&star, "city", tag(1), &seen);
    let named = star.broker.nodes.name_subject(&nameless()).await;
    let named = named.expect("is named");
    assert_eq!(
        (named.node.as_str(), named.tag.as_bytes()),
        ("city", &[1; 32])
    );
    let seen = seen.lock().expect("is whole");
    let [(node, asked)] = &seen[..] else {
        panic!("one was asked");
    };
    assert_eq!(node, "city");
    let said = (
        &*asked.cert_type,
        &*asked.number,
        &*asked.staff,
        &*asked.reason,
    );
    assert_eq!(said, ("01", NUMBER, "audit-1", "2026-114"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_agent_is_passed_over_and_a_refusal_is_not() {
    let star = Star::new(Setup::default());
    let seen = Seen::default();
    let nodes = Arc::clone(&star.broker.nodes);
    let nobody = nodes.name_subject(&nameless()).await;
    assert_eq!(nobody, Err(RefusalCode::NamingNobody));
    let city = attach(&star, "city", None, &seen);
    let _tielu = attach(&star, "tielu", tag(3), &seen);
    let named = nodes.name_subject(&nameless()).await.expect("is named");
    assert_eq!(named.node, "tielu");
    drop(city);
    let _city = attach(&star, "city", refusal("TS-NAMING-LIMIT"), &seen);
    let before = seen.lock().expect("is whole").len();
    let limited = nodes.name_subject(&nameless()).await;
    assert_eq!(limited, Err(RefusalCode::NamingLimit));
    let after = seen.lock().expect("is whole").len();
    assert_eq!(after, before + 1, "nobody else is asked");
}

#[tokio::test]
async fn what_is_no_answer_of_the_contract_is_none() {
    for says in [
        Some(v1::subject_named::Outcome::Tag(vec![1; 31])),
        Some(v1::subject_named::Outcome::Tag(Vec::new())),
        refusal("TS-NOTHING"),
    ] {
        let star = Star::new(Setup::default());
        let _city = attach(&star, "city", says, &Seen::default());
        let named = star.broker.nodes.name_subject(&nameless()).await;
        assert_eq!(named, Err(RefusalCode::NodeReply));
    }
    assert_eq!(format!("{:?}", nameless()), "Nameless(..)");
}

#[tokio::test]
async fn an_agent_that_does_not_name_is_not_asked() {
    let star = Star::new(Setup::default());
    let _old = star.attach("city", |_| None);
    let named = star.broker.nodes.name_subject(&nameless()).await;
    assert_eq!(named, Err(RefusalCode::NamingNobody));
    assert_eq!(star.frames(), 0);
}
