//! Attacks that take more than one wrong word: what goes before them is part of the row. Each is
//! refused with its code, on record, and reaches no node.

use std::future::Future;
use std::pin::Pin;

use time::Duration;
use tokio_util::sync::CancellationToken;
use wire::{RefusalCode, RefusalCode as R, v1};

use super::fixture::{self, Ask, Setup, Star};
use super::refusals::check_refusal;
use crate::broker::Line;

/// How the last question arrives.
#[derive(Debug, Clone, Copy)]
enum Way {
    Alone,
    /// As a line of a list.
    Line(u32),
}

/// What goes before, and the question that must be refused.
type Story = for<'s> fn(&'s Star) -> Pin<Box<dyn Future<Output = (Ask, Way)> + 's>>;

type Row = (&'static str, RefusalCode, fn(&mut Setup), Story);

const ATTACKS: &[Row] = &[
    (
        "a stolen node key with no case",
        R::CaseMissing,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                ask.sent = |request| request.case = None;
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a stolen node key and a case that the thief signed",
        R::CaseSignature,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                ask.signer = "tielu";
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a statement replayed on another stream",
        R::CaseReplayed,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                star.ask(&ask).await.expect("is permitted once");
                // A connection of its own, with a renewed certificate.
                ask.peer.serial = "0c2d".to_owned();
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a statement replayed as a line of a list",
        R::CaseReplayed,
        |setup| setup.is_list = true,
        |star| {
            Box::pin(async {
                let ask = Ask::honest(star);
                star.ask(&ask).await.expect("is permitted once");
                (ask, Way::Line(1))
            })
        },
    ),
    (
        "a colleague's case under one's own question",
        R::CaseQuestion,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                ask.sent = |request| {
                    let mut colleague = Ask::at_now();
                    colleague.case.operator = "0317".to_owned();
                    colleague.draft.wants = fixture::items(&["04-08"]);
                    request.case = colleague.request().case;
                };
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a colleague's name in one's own case",
        R::CaseSignature,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                ask.sent = |request| {
                    let case = request.case.as_mut().expect("has a case");
                    let text = String::from_utf8(case.body.clone()).expect("is text");
                    assert!(text.contains("\"0231\""), "{text}");
                    case.body = text.replace("\"0231\"", "\"0317\"").into_bytes();
                };
                (ask, Way::Alone)
            })
        },
    ),
    (
        "item creep: one item more than was signed",
        R::CaseQuestion,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                ask.sent = |request| {
                    let envelope = request.envelope.as_mut().expect("has an envelope");
                    // 04-17 is in the flow, so that only the signature stands against it.
                    envelope.wants[1].items.push(17);
                };
                (ask, Way::Alone)
            })
        },
    ),
    (
        "item creep: an item more with every question",
        R::ItemOutsideFlow,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                for (use_no, items) in [(1, ["04-08"].as_slice()), (2, &["04-08", "04-17"])] {
                    ask = ask.again(use_no);
                    ask.draft.wants = fixture::items(items);
                    star.ask(&ask).await.expect("is within the flow");
                }
                ask = ask.again(3);
                ask.draft.wants = fixture::items(&["04-08", "04-17", "04-14"]);
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a list with a foreign line",
        R::CaseSubject,
        |setup| setup.is_list = true,
        |star| {
            Box::pin(async {
                let ask = Ask::honest(star);
                let first = ask.line(1);
                let answered = arrives(star, &first, Way::Line(1)).await;
                answered.expect("a line of the list is permitted");
                let mut foreign = ask.line(2);
                // Signed, and about nobody of the case.
                foreign.case.parties[0].tag = first.draft.subject_tag;
                (foreign, Way::Line(2))
            })
        },
    ),
    (
        "a clock that runs ahead by a second too many",
        R::CaseNotYet,
        |_| {},
        |star| {
            Box::pin(async {
                let mut ask = Ask::honest(star);
                let skew = Duration::try_from(policies::CLOCK_SKEW_MAX).expect("is short");
                ask.case.issued_at += skew + Duration::SECOND;
                ask.case.expires_at = ask.case.issued_at + Duration::MINUTE;
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a statement kept back and sent an hour after its time",
        R::CaseExpired,
        |_| {},
        |star| {
            Box::pin(async {
                let ask = Ask::honest(star);
                star.clock.advance(Duration::hours(1));
                (ask, Way::Alone)
            })
        },
    ),
    (
        "a flow that the center disabled yesterday",
        R::FlowDisabled,
        |setup| {
            let from = "id = \"F05\"\nfrom = 2020-01-01";
            setup.center = Some((from, "id = \"F05\"\nfrom = 2020-01-01\nuntil = 2026-11-22"));
        },
        |star| Box::pin(async { (Ask::honest(star), Way::Alone) }),
    ),
    (
        "a policy set that half loads",
        R::ItemOutsideFlow,
        |_| {},
        |star| {
            Box::pin(async {
                crate::rules::tests::half_loads(star, "F05.toml", "\"04.fcrq\"", "\"04.grzhye\"")
                    .await;
                let mut ask = Ask::honest(star);
                ask.draft.wants = fixture::items(&["04-14"]);
                (ask, Way::Alone)
            })
        },
    ),
];

/// The table as it is told to people.
pub(super) fn told() -> impl Iterator<Item = (&'static str, RefusalCode)> {
    ATTACKS.iter().map(|row| (row.0, row.1))
}

async fn arrives(star: &Star, ask: &Ask, way: Way) -> Result<v1::Answer, Box<v1::Refusal>> {
    let Way::Line(nth) = way else {
        return star.ask(ask).await;
    };
    let line = Line {
        nth,
        cancelled: CancellationToken::new(),
        place: star.broker.throttle.line("guoguan").await,
    };
    let peer = std::sync::Arc::new(ask.peer.clone());
    star.broker.handle_line(peer, ask.request(), line).await
}

#[tokio::test]
async fn a_named_attack_is_refused_with_its_code_and_reaches_no_node() {
    for (name, code, rules, story) in ATTACKS {
        let mut setup = Setup::default();
        rules(&mut setup);
        let star = Star::new(setup);
        let _nodes = star.attach_all(fixture::one_account);
        let (ask, way) = story(&star).await;
        let (before, frames) = (star.journal().size(), star.frames());
        let refusal = arrives(&star, &ask, way).await.map(|_| ()).expect_err(name);
        check_refusal(&star, name, (&ask, *code), *refusal, (before, frames));
    }
}

/// Each row is refused for its own reason: the same question, unspoilt, is answered.
#[tokio::test]
async fn the_same_without_the_attack_is_answered() {
    let star = Star::new(Setup {
        is_list: true,
        ..Setup::default()
    });
    let _nodes = star.attach_all(fixture::one_account);
    let ask = Ask::honest(&star);
    arrives(&star, &ask, Way::Alone)
        .await
        .expect("is permitted");
    let line = ask.line(2);
    arrives(&star, &line, Way::Line(2))
        .await
        .expect("is permitted");
}
