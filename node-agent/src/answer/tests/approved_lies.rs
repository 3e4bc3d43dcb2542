//! A hub that lies about a question that an officer approved: whatever it does to the approval, it
//! gets nothing, and the refusal is in this center's own log.

use policies::ApprovalStatement;
use serde_json::json;
use wire::RefusalCode::{GuardApprover, GuardApproverSignature, GuardOfficer};
use wire::{RefusalCode, v1};

use super::heard;
use crate::asking::tests::approving::{approve, careful, passed_on};
use crate::tests::center::Center;

/// What the lying hub holds: an approved question, and another approved one.
type Lie = (
    &'static str,
    fn(&Center, &mut v1::NodeAsk, &v1::NodeAsk),
    RefusalCode,
);

fn approval(ask: &mut v1::NodeAsk) -> &mut v1::SignedApproval {
    ask.approval.as_mut().unwrap()
}

/// Each with the reason that the answering center gives.
const APPROVAL_LIES: &[Lie] = &[
    (
        "the approval stripped",
        |_, ask, _| ask.approval = None,
        GuardApprover,
    ),
    (
        "an empty approval",
        |_, ask, _| {
            ask.approval = Some(v1::SignedApproval::default());
        },
        GuardApprover,
    ),
    (
        "another question's approval",
        |_, ask, other| {
            ask.approval.clone_from(&other.approval);
        },
        GuardApprover,
    ),
    (
        "an approval with another signer",
        |_, ask, _| {
            approval(ask).signer = "0300".into();
        },
        GuardApproverSignature,
    ),
    (
        "an approval by nobody on the list",
        |_, ask, _| {
            approval(ask).signer = "hub-1".into();
        },
        GuardOfficer,
    ),
    (
        "an approval signed by who asked",
        |center, ask, _| {
            let mut said = ApprovalStatement::decode(&approval(ask).body).unwrap();
            said.operator = "0231".into();
            approval(ask).body = said.encode().unwrap();
            approval(ask).signer = "0231".into();
            let signed = center.officer("0231").sign(&approval(ask).body);
            approval(ask).signature = signed.unwrap();
        },
        GuardApprover,
    ),
    (
        "the node's statement for an approval",
        |_, ask, _| {
            let case = ask.case.clone().unwrap();
            approval(ask).body = case.body;
            approval(ask).signature = case.signature;
        },
        GuardApproverSignature,
    ),
    (
        "a changed approval",
        |_, ask, _| approval(ask).body[40] ^= 1,
        GuardApproverSignature,
    ),
    (
        "an approval moved to another line",
        |_, ask, _| {
            approval(ask).index = 1;
        },
        GuardApprover,
    ),
    (
        "an approval with hashes to spare",
        |_, ask, _| {
            approval(ask).path.push(vec![0; 32]);
        },
        GuardApprover,
    ),
    (
        "an approval with half a hash",
        |_, ask, _| {
            approval(ask).path.push(vec![0; 16]);
        },
        GuardApprover,
    ),
    (
        "an approval of another subject than shown",
        |_, ask, _| {
            approval(ask).shown[0] ^= 1;
        },
        GuardApprover,
    ),
];

/// The table as it is told to people.
pub(super) fn told() -> impl Iterator<Item = (&'static str, RefusalCode)> {
    APPROVAL_LIES.iter().map(|(name, _, code)| (*name, *code))
}

#[tokio::test]
async fn a_lying_hub_makes_no_approval_fit() {
    let (hub, center, counter) = careful().await;
    let handle = counter.handle().await;
    for more in [json!({}), json!({"wants": {"04": ["grzhzt"]}})] {
        let waits = counter.ask(&handle, more).await.json();
        let id = waits["approval"].as_str().unwrap();
        assert_eq!(approve(&center, &counter, id, "0299").await.status, 200);
    }
    let asked = hub.asked();
    let [honest, other] = [0, 1].map(|n: usize| passed_on(&asked[n]));
    for (name, lie, code) in APPROVAL_LIES {
        let mut ask = honest.clone();
        lie(&center, &mut ask, &other);
        let refused = heard(center.answerer().answer(ask).await).expect_err(name);
        assert_eq!(refused, *code, "{name}");
        let entries = center.entries();
        let entry = entries.last().unwrap();
        assert_eq!(
            (&entry["kind"], &entry["by"]),
            (&"refused".into(), &"guard".into())
        );
    }
    let reply = center.answerer().answer(honest).await;
    assert!(heard(reply).is_ok(), "the control");
}
