//! Who reads nothing asks nothing more: the refusal is on record, the statement stays unused.

use tonic::Request;
use wire::RefusalCode;
use wire::v1::broker_server::Broker as _;

use super::*;
use crate::api::ask::AskDoor;
use crate::broker::tests::fixture::{self as star, Ask, Setup, Star};
use crate::ledger::entry::Entry;

#[tokio::test]
async fn a_caller_that_reads_nothing_is_refused_before_anything_is_asked() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(star::one_account);
    let unread = Unread::default();
    let door = AskDoor {
        broker: Arc::clone(&star.broker),
        unread: unread.clone(),
        tracer: wire::traces::Tracer::off(),
    };
    let asked = Ask::honest(&star).request();
    let request = || {
        let mut request = Request::new(asked.clone());
        let peer = Arc::new(star::peer(PeerKind::Node, "guoguan"));
        request.extensions_mut().insert(peer);
        request
    };
    let mut held: Vec<_> = (0..4)
        .map(|_| answer(&unread, "guoguan", ANSWER_BYTES_MAX))
        .collect();
    for body in &mut held {
        next(body).expect("has more").expect("has room");
    }
    let refused = door.ask(request()).await.expect_err("is full");
    let (code, refusal) = wire::refusal::from_status(&refused).expect("is a refusal");
    assert_eq!(code, RefusalCode::LimitUnread);
    assert!(refusal.retry_after_ms > 0);
    assert_eq!(star.frames(), 0, "no node hears of it");
    assert!(matches!(star.entries(0).as_slice(), [Entry::Refusal(_)]));
    drop(held);
    door.ask(request())
        .await
        .expect("is answered once it reads");
}
