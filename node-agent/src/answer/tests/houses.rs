//! Only agents see whether a tag is a house's: a node that calls a person a house, or a house a
//! person, gets nothing out of another center, whatever its signatures say.

use catalog::{HouseId, Subject};
use policies::{
    CaseAssertion, CaseParty, Mode, PartyRole, Question, QuestionDraft, payload_digest,
};
use wire::{RefusalCode, convert, v1};

use super::{good, heard};
use crate::tests::center::{Center, PERSON, items, person};

/// A question of F11 that is signed about a subject in this role.
fn asked(center: &Center, subject: &Subject, role: PartyRole) -> v1::NodeAsk {
    let payload = convert::subject_to_wire(subject);
    let tag = center.tag_key.tag(&subject.key());
    let flow = center.flows.flow(&"F11".parse().unwrap()).unwrap();
    let draft = QuestionDraft {
        asking_node: "guoguan".into(),
        flow: "F11".into(),
        matter: "09".into(),
        mode: Mode::Match,
        wants: items(&["06-13"]),
        subject_tag: tag,
        payload_digest: payload_digest(&payload),
        gives: Vec::new(),
        verdicts: Vec::new(),
        flow_digest: flow.digest,
        named: Vec::new(),
    };
    let question = Question::parse(draft, &center.catalog).unwrap();
    let assertion = CaseAssertion {
        flow: "F11".parse().unwrap(),
        matter: "09".parse().unwrap(),
        parties: vec![CaseParty { role, tag }],
        ..good().assertion(center, *question.digest())
    };
    let signed = center.signer("guoguan").sign(&assertion).unwrap();
    v1::NodeAsk {
        envelope: Some(v1::Envelope {
            flow: "F11".into(),
            matter: "09".into(),
            mode: v1::Mode::Match.into(),
            wants: convert::wants_to_wire(question.wants()),
            subject_tag: tag.as_bytes().to_vec(),
            flow_digest: flow.digest.to_vec(),
            ..v1::Envelope::default()
        }),
        case: Some(v1::SignedCase {
            body: signed.body,
            signature: signed.signature,
        }),
        payload,
        ..good().signed(center)
    }
}

#[tokio::test]
async fn a_person_is_no_house_and_a_house_is_no_person() {
    let center = Center::new("city").await;
    let answerer = center.answerer();
    let house = Subject::House(HouseId::contract("XY0000000601").unwrap());
    for (subject, role, wanted) in [
        (&house, PartyRole::House, None),
        (&person(PERSON), PartyRole::Applicant, None),
        (
            &person(PERSON),
            PartyRole::House,
            Some(RefusalCode::GuardSubject),
        ),
        (&house, PartyRole::Spouse, Some(RefusalCode::GuardSubject)),
    ] {
        let reply = answerer.answer(asked(&center, subject, role)).await;
        match (heard(reply), wanted) {
            // This center keeps no withdrawals: that is another thing than having none.
            (Ok(classes), None) => assert_eq!(classes[0].outcome(), v1::Outcome::NotCovered),
            (Err(code), Some(wanted)) => assert_eq!(code, wanted, "{role}"),
            (heard, wanted) => panic!("{role}: {heard:?} instead of {wanted:?}"),
        }
    }
}
