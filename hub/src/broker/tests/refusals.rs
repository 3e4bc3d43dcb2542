//! Every way in which a question can be wrong by itself: its code, its entry and its receipt, and
//! no node asked.

use policies::{BasisKind, Mode, PartyRole, SubjectTag};
use time::Duration;
use wire::identity::PeerKind;
use wire::limits::ASK_PAYLOAD_BYTES_MAX;
use wire::{RefusalCode, RefusalCode as R, v1};

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::Entry;

pub(super) type Spoil = fn(&mut Ask);

fn envelope(request: &mut v1::AskRequest) -> &mut v1::Envelope {
    request.envelope.as_mut().expect("has an envelope")
}

fn case(request: &mut v1::AskRequest) -> &mut v1::SignedCase {
    request.case.as_mut().expect("has a case")
}

/// A flow that asks named centers, and a matter of it.
const LENDING: (&str, &str) = ("F24", "32");

fn approval(request: &mut v1::AskRequest) -> &mut v1::SignedApproval {
    request.approval.as_mut().expect("has an approval")
}

/// What is refused before a word of the case is believed.
const MESSAGE: &[(&str, R, Spoil)] = &[
    ("staff", R::CallerNotNode, |a| {
        a.peer = fixture::peer(PeerKind::Staff, "guoguan")
    }),
    ("another hub", R::CallerNotNode, |a| {
        a.peer = fixture::peer(PeerKind::Hub, "hub-2")
    }),
    ("an unlisted node", R::CallerUnknown, |a| {
        a.peer = fixture::peer(PeerKind::Node, "depot")
    }),
    ("no envelope", R::AskMalformed, |a| {
        a.sent = |r| r.envelope = None
    }),
    ("a short tag", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).subject_tag.truncate(31);
    }),
    ("no mode", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).mode = 0
    }),
    ("an unknown mode", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).mode = 9
    }),
    ("no items at all", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).wants.clear()
    }),
    ("a class without items", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).wants[0].items.clear();
    }),
    ("an item twice", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).wants[0].items = vec![6, 6];
    }),
    ("a class twice", R::AskMalformed, |a| {
        a.sent = |r| {
            let again = envelope(r).wants[0].clone();
            envelope(r).wants.push(again);
        }
    }),
    ("no matter number", R::AskMalformed, |a| {
        a.sent = |r| envelope(r).matter = "x".into()
    }),
    ("a large subject", R::AskTooLarge, |a| {
        a.payload = vec![0; ASK_PAYLOAD_BYTES_MAX + 1]
    }),
    ("a large case", R::AskTooLarge, |a| {
        a.sent = |r| case(r).body = vec![b' '; 8_193]
    }),
    ("a large approval", R::AskTooLarge, |a| {
        a.sent = |r| {
            r.approval = Some(v1::SignedApproval {
                body: vec![b' '; 8_193],
                ..v1::SignedApproval::default()
            });
        }
    }),
    ("an approval with a long path", R::AskTooLarge, |a| {
        a.approval = Some(|_| {});
        a.sent = |r| approval(r).path = vec![vec![0; 32]; 14];
    }),
    ("an approval with a long signer", R::AskTooLarge, |a| {
        a.approval = Some(|_| {});
        a.sent = |r| approval(r).signer = "0".repeat(65);
    }),
    (
        "an approval with a hash of 31 bytes",
        R::AskMalformed,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| approval(r).path = vec![vec![0; 31]];
        },
    ),
    ("a long flow", R::AskTooLarge, |a| {
        a.sent = |r| envelope(r).flow = "F".repeat(65)
    }),
    ("a long matter", R::AskTooLarge, |a| {
        a.sent = |r| envelope(r).matter = "0".repeat(65)
    }),
    ("many classes", R::AskTooLarge, |a| {
        a.sent = |r| envelope(r).wants = vec![v1::ClassItems::default(); 15];
    }),
    ("many items", R::AskTooLarge, |a| {
        a.sent = |r| envelope(r).wants[0].items = vec![6; 65];
    }),
    ("an unknown class", R::ItemUnknown, |a| {
        a.sent = |r| envelope(r).wants[0].class = 15
    }),
    ("an unknown item", R::ItemUnknown, |a| {
        a.sent = |r| envelope(r).wants[1].items.push(99)
    }),
    ("an item of 300", R::ItemUnknown, |a| {
        a.sent = |r| envelope(r).wants[1].items.push(300)
    }),
    ("an item that is never answered", R::ItemUnknown, |a| {
        a.draft.wants = fixture::items(&["12-03"]);
    }),
    ("no flow number", R::FlowUnknown, |a| {
        a.sent = |r| envelope(r).flow = "payroll".into()
    }),
];

/// What is wrong with the case, and with the question for its flow.
const CASE: &[(&str, R, Spoil)] = &[
    ("no case", R::CaseMissing, |a| a.sent = |r| r.case = None),
    ("an empty case", R::CaseMissing, |a| {
        a.sent = |r| case(r).body.clear()
    }),
    ("signed junk", R::CaseMalformed, |a| {
        a.sent = |r| {
            r.case = Some(fixture::signed_by_hand(
                "guoguan",
                b"{\"node\":\"guoguan\"}",
            ))
        };
    }),
    ("an identity number for an operator", R::CasePersonal, |a| {
        a.sent = |r| {
            let said = String::from_utf8_lossy(&case(r).body).into_owned();
            let said = said.replace("\"0231\"", "\"11010519491231002X\"");
            r.case = Some(fixture::signed_by_hand("guoguan", said.as_bytes()));
        };
    }),
    ("a changed signature", R::CaseSignature, |a| {
        a.sent = |r| case(r).signature[0] ^= 1
    }),
    ("no signature", R::CaseSignature, |a| {
        a.sent = |r| case(r).signature.clear()
    }),
    ("a changed case", R::CaseSignature, |a| {
        a.sent = |r| case(r).body.push(b' ')
    }),
    ("a case that another node signed", R::CaseSignature, |a| {
        a.signer = "city";
        a.case.node = "city".into();
    }),
    ("another node's case", R::CaseWrongNode, |a| {
        a.case.node = "city".into()
    }),
    ("an expired case", R::CaseExpired, |a| {
        a.case.issued_at -= Duration::minutes(10);
        a.case.expires_at = fixture::NOW;
    }),
    ("a case of tomorrow", R::CaseNotYet, |a| {
        a.case.issued_at += Duration::seconds(31);
    }),
    ("a case opened tomorrow", R::CaseNotYet, |a| {
        a.case.opened_on += Duration::DAY
    }),
    ("a long-lived case", R::CaseTooLong, |a| {
        a.case.expires_at = a.case.issued_at + Duration::seconds(30 * 60 + 1);
    }),
    ("a case of another flow", R::CaseFlow, |a| {
        a.case.flow = "F10".parse().expect("a flow")
    }),
    ("a case of another matter", R::CaseMatter, |a| {
        a.case.matter = "03".parse().expect("a matter");
    }),
    ("a matter outside the flow", R::CaseMatter, |a| {
        a.case.matter = "03".parse().expect("a matter");
        a.draft.matter = "03".into();
    }),
    ("another basis", R::CaseBasis, |a| {
        a.case.basis.kind = BasisKind::B
    }),
    ("a basis without number", R::CaseBasis, |a| {
        a.case.basis.number.clear()
    }),
    ("no consent", R::CaseConsent, |a| {
        a.case.basis.consent = false
    }),
    ("a stranger", R::CaseSubject, |a| {
        a.draft.subject_tag = SubjectTag::from_bytes([1; 32])
    }),
    ("a party in another role", R::CaseSubject, |a| {
        a.case.parties[0].role = PartyRole::Spouse;
    }),
    ("an item less than signed", R::CaseQuestion, |a| {
        a.sent = |r| envelope(r).wants[1].items.truncate(2);
    }),
    ("another subject than signed", R::CaseQuestion, |a| {
        a.sent = |r| r.payload.push(0)
    }),
    ("another mode than signed", R::CaseQuestion, |a| {
        a.sent = |r| envelope(r).mode = v1::Mode::Match.into();
    }),
    ("the 21st use of 20", R::CaseOverused, |a| {
        a.case.use_no = 21
    }),
    ("a flow that is not there", R::FlowUnknown, |a| {
        a.case.flow = "F99".parse().expect("a flow");
        a.draft.flow = "F99".into();
    }),
    (
        "details of a flow that only matches",
        R::ModeOutsideFlow,
        |a| {
            (a.case.flow, a.draft.flow) = ("F22".parse().expect("a flow"), "F22".into());
            (a.case.matter, a.draft.matter) = ("28".parse().expect("a matter"), "28".into());
            a.case.basis.kind = BasisKind::B;
            a.draft.wants = fixture::items(&["08-07"]);
        },
    ),
    ("another version of the flow", R::FlowVersion, |a| {
        // Signed for, as an agent with older rules would.
        a.draft.flow_digest = [7; 32];
    }),
    (
        "a value that the flow does not pass on",
        R::ItemOutsideFlow,
        |a| {
            a.draft.gives = fixture::items(&["12-02"]);
        },
    ),
    ("an unregistered verdict", R::VerdictOutsideFlow, |a| {
        (a.draft.mode, a.draft.verdicts) = (Mode::Match, vec!["whatever".into()]);
    }),
    ("a verdict beside details", R::VerdictOutsideFlow, |a| {
        a.draft.verdicts = vec!["live-account".into()];
    }),
    (
        "a verdict on a class not asked for",
        R::VerdictOutsideFlow,
        |a| {
            a.draft.wants = fixture::items(&["03-06"]);
            (a.draft.mode, a.draft.verdicts) = (Mode::Match, vec!["live-account".into()]);
        },
    ),
    (
        "a value smuggled in after signing",
        R::ItemOutsideFlow,
        |a| {
            a.sent = |r| {
                let items = v1::ClassItems {
                    class: 12,
                    items: vec![2],
                };
                envelope(r).gives.push(items);
            };
        },
    ),
    (
        "a verdict smuggled in after signing",
        R::VerdictOutsideFlow,
        |a| {
            a.sent = |r| envelope(r).verdicts.push("live-account".into());
        },
    ),
    (
        "a center named where all are asked",
        R::CenterNotAsked,
        |a| {
            a.draft.named = vec!["tielu".into()];
        },
    ),
    (
        "no center named where the flow asks named ones",
        R::CenterNotNamed,
        |a| a.asks_named(LENDING, &["10-06"], &[]),
    ),
    ("a center named that there is not", R::CenterUnknown, |a| {
        a.asks_named(LENDING, &["10-06"], &["tielu", "depot"]);
    }),
    (
        "a center named that no node is called",
        R::CenterUnknown,
        |a| {
            a.asks_named(LENDING, &["10-06"], &["TIELU"]);
        },
    ),
    ("more centers named than may be", R::AskTooLarge, |a| {
        let five = ["tielu", "city", "guoguan", "zhongzhi", "depot"];
        a.asks_named(LENDING, &["10-06"], &five);
    }),
    ("a center named after signing", R::CaseQuestion, |a| {
        a.asks_named(LENDING, &["10-06"], &["tielu"]);
        a.sent = |r| envelope(r).named.push("city".into());
    }),
    (
        "the named center swapped after signing",
        R::CaseQuestion,
        |a| {
            a.asks_named(LENDING, &["10-06"], &["tielu"]);
            a.sent = |r| envelope(r).named = vec!["city".into()];
        },
    ),
    ("an operator who approves himself", R::CaseApprover, |a| {
        a.case.operator = "0232".into();
        a.approval = Some(|_| {});
    }),
    ("an approval of another case", R::CaseApprover, |a| {
        a.approval = Some(|second| second.case_no = "GG-0000".into());
    }),
    ("an approval of another flow", R::CaseApprover, |a| {
        a.approval = Some(|second| second.flow = "F10".parse().expect("a flow"));
    }),
    ("an approval on another basis", R::CaseApprover, |a| {
        a.approval = Some(|second| second.basis.number = "B-2".into());
    }),
    ("an approval of another question", R::CaseApprover, |a| {
        a.approval = Some(|second| second.root = [0; 32]);
    }),
    ("an expired approval", R::CaseExpired, |a| {
        a.approval = Some(|second| {
            second.issued_at -= Duration::minutes(10);
            second.expires_at -= Duration::minutes(10);
        });
    }),
    ("an item outside the flow", R::ItemOutsideFlow, |a| {
        a.draft.wants.extend(fixture::items(&["04-14"]));
    }),
    ("another version of the flow", R::FlowVersion, |a| {
        a.draft.flow_digest = [1; 32];
    }),
    ("an unregistered verdict", R::VerdictOutsideFlow, |a| {
        a.draft.mode = Mode::Match;
        a.draft.verdicts = vec!["rich".into()];
    }),
    ("one nonce for two statements", R::CaseApprover, |a| {
        a.approval = Some(|second| second.nonce[15] ^= 1);
    }),
    (
        "an officer who approves in another spelling of his name",
        R::CaseApprover,
        |a| {
            a.case.operator = "HEAD".into();
            a.approval = Some(|second| second.operator = "Head".into());
        },
    ),
    (
        "an approval of another asker's question",
        R::CaseApprover,
        |a| {
            a.approval = Some(|second| second.asker = "0233".into());
        },
    ),
    (
        "an approval of fewer items than asked",
        R::CaseApprover,
        |a| {
            a.approval = Some(|second| {
                second.items.pop_first();
            });
        },
    ),
    (
        "an approval of a match, where details are asked",
        R::CaseApprover,
        |a| {
            a.approval = Some(|second| second.mode = Mode::Match);
        },
    ),
    (
        "an approval of another version of the flow",
        R::CaseApprover,
        |a| {
            a.approval = Some(|second| second.flow_digest = [1; 32]);
        },
    ),
    (
        "an approval of a list that has more lines",
        R::CaseApprover,
        |a| {
            a.approval = Some(|second| second.lines = 2);
        },
    ),
    ("an approval moved to another line", R::CaseApprover, |a| {
        a.approval = Some(|second| second.lines = 2);
        a.sent = |r| {
            approval(r).index = 1;
            approval(r).path = vec![vec![0; 32]];
        };
    }),
    ("an approval with hashes to spare", R::CaseApprover, |a| {
        a.approval = Some(|_| {});
        a.sent = |r| approval(r).path = vec![vec![0; 32]];
    }),
    (
        "an approval of another subject than shown",
        R::CaseApprover,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| approval(r).shown[0] ^= 1;
        },
    ),
    ("an approval for another node", R::CaseWrongNode, |a| {
        a.approval = Some(|second| second.node = "tielu".into());
    }),
    ("an approval that lives too long", R::CaseTooLong, |a| {
        a.approval = Some(|second| second.expires_at += Duration::minutes(30));
    }),
    ("an approval of tomorrow", R::CaseNotYet, |a| {
        a.approval = Some(|second| second.issued_at += Duration::seconds(31));
    }),
    (
        "an approver whom the trust list does not name",
        R::CaseOfficer,
        |a| {
            a.approval = Some(|second| second.operator = "0299".into());
        },
    ),
    (
        "an officer who is said to be another",
        R::CaseApproverSignature,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| approval(r).signer = "Head".into();
        },
    ),
    (
        "an approval signed with the node's key",
        R::CaseApproverSignature,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| fixture::approved_by_hand("guoguan", approval(r));
        },
    ),
    (
        "the node's own statement as an approval",
        R::CaseApproverSignature,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| {
                let case = r.case.clone().expect("has a case");
                (approval(r).body, approval(r).signature) = (case.body, case.signature);
            };
        },
    ),
    (
        "an approval by the same name at another node",
        R::CaseApproverSignature,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| {
                let key = fixture::officer("city", "0232");
                approval(r).signature = key.sign(&approval(r).body).expect("is signed");
            };
        },
    ),
    (
        "an approval that nobody signed",
        R::CaseApproverSignature,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| approval(r).signature[0] ^= 1;
        },
    ),
    (
        "a word added to an approval",
        R::CaseApproverSignature,
        |a| {
            a.approval = Some(|_| {});
            a.sent = |r| approval(r).body.push(b' ');
        },
    ),
    ("an approval without a statement", R::CaseApprover, |a| {
        a.approval = Some(|_| {});
        a.sent = |r| approval(r).body.clear();
    }),
    ("a class outside the flow", R::ClassOutsideFlow, |a| {
        a.draft.wants.extend(fixture::items(&["10-01"]));
    }),
];

/// Both tables as they are told to people.
pub(super) fn told() -> impl Iterator<Item = (&'static str, RefusalCode)> {
    MESSAGE.iter().chain(CASE).map(|row| (row.0, row.1))
}

/// The codes that the two tables above show.
pub(super) fn codes() -> impl Iterator<Item = RefusalCode> {
    MESSAGE.iter().chain(CASE).map(|row| row.1)
}

/// One refusal entry with the code, the receipt of just that entry, and no frame to any node.
pub(super) async fn check_refused(star: &Star, name: &str, ask: &Ask, code: RefusalCode) {
    let (before, frames) = (star.journal().size(), star.frames());
    let refusal = *star.ask(ask).await.map(|_| ()).expect_err(name);
    check_refusal(star, name, (ask, code), refusal, (before, frames));
}

/// The same of a refusal that came of a question asked in another way; entries and frames before.
pub(super) fn check_refusal(
    star: &Star,
    name: &str,
    (ask, code): (&Ask, RefusalCode),
    refusal: v1::Refusal,
    (before, frames): (u64, usize),
) {
    assert_eq!(refusal.code, code.as_str(), "{name}");
    assert_eq!(
        (refusal.zh.as_str(), refusal.en.as_str()),
        (code.zh(), code.en()),
        "{name}"
    );
    assert_eq!(refusal.turn, i32::from(code.turn().wire()), "{name}");
    assert_eq!(star.frames(), frames, "{name}: a node was asked");
    let entries = star.entries(before);
    let [Entry::Refusal(refused)] = entries.as_slice() else {
        panic!("{name}: {entries:?}");
    };
    assert_eq!(refused.code, code.as_str(), "{name}");
    assert_eq!(refused.turn, code.turn().as_str(), "{name}");
    assert_eq!(refused.query, refusal.query_id, "{name}");
    assert_eq!(refused.who.node, ask.peer.name, "{name}");
    assert_eq!(
        refusal.receipt.as_ref().map(|r| r.index),
        Some(before),
        "{name}"
    );
    assert_eq!(
        star.entry_of(refusal.receipt.as_ref()),
        entries[0],
        "{name}"
    );
}

async fn check_table(table: &[(&str, RefusalCode, Spoil)]) {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    for (name, code, spoil) in table {
        let mut ask = Ask::honest(&star);
        spoil(&mut ask);
        check_refused(&star, name, &ask, *code).await;
    }
    // The same star answers a question that nobody spoilt, so each row above is refused for its own
    // reason.
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    assert_eq!(star.frames(), fixture::NODES.len());
}

#[tokio::test]
async fn a_wrong_message_is_refused_with_its_code() {
    check_table(MESSAGE).await;
}

#[tokio::test]
async fn a_wrong_case_is_refused_with_its_code() {
    check_table(CASE).await;
}

/// Who asked is only quoted from a statement whose signature fits.
#[tokio::test]
async fn an_operator_is_named_only_where_the_signature_fits() {
    let star = Star::new(Setup::default());
    for (sent, operator, number) in [
        (None, "0231", true),
        (
            Some((|r| case(r).signature[0] ^= 1) as fn(&mut v1::AskRequest)),
            "",
            false,
        ),
    ] {
        let mut ask = Ask::honest(&star);
        ask.case.basis.consent = false;
        ask.sent = sent.unwrap_or(ask.sent);
        let refusal = star.ask(&ask).await.expect_err("has no consent");
        let Entry::Refusal(refused) = star.entry_of(refusal.receipt.as_ref()) else {
            panic!("the receipt is not for a refusal");
        };
        assert_eq!(refused.who.operator, operator);
        assert_eq!(refused.case == ask.case.case_no, number, "{refused:?}");
        assert_eq!(refused.flow, "F05");
    }
}

/// What the boundary itself allows.
#[tokio::test]
async fn the_limits_are_where_they_are_said_to_be() {
    let star = Star::new(Setup::default());
    let edges: &[(&str, Spoil)] = &[
        ("a clock 30 seconds ahead", |a| {
            a.case.issued_at += Duration::seconds(30)
        }),
        ("a case in its last second", |a| {
            a.case.issued_at -= Duration::minutes(5);
            a.case.expires_at = fixture::NOW + Duration::SECOND;
        }),
        ("a case as long as allowed", |a| {
            a.case.expires_at = a.case.issued_at + Duration::minutes(30);
        }),
        ("the 20th use of 20", |a| a.case.use_no = 20),
        ("less than the flow allows", |a| {
            a.draft.wants = fixture::items(&["04-08"]);
            a.draft.mode = Mode::Match;
        }),
    ];
    for (name, change) in edges {
        let mut ask = Ask::honest(&star);
        change(&mut ask);
        star.ask(&ask)
            .await
            .unwrap_or_else(|refusal| panic!("{name}: {}", refusal.code));
    }
}
