//! An employer's people are no party of its case: no details of theirs leave, whatever role the
//! asking node's signature gives the employer.

use catalog::Subject;
use catalog::identity::CreditCode;
use policies::{
    CaseAssertion, CaseParty, Mode, PartyRole, Question, QuestionDraft, payload_digest,
};
use wire::{RefusalCode, convert, v1};

use super::{good, heard};
use crate::tests::center::{Center, items};

/// A question of F05 about an employer that is signed for as the applicant.
fn asked(center: &Center, mode: Mode) -> v1::NodeAsk {
    let code = CreditCode::parse("91110000MA00000152");
    let subject = Subject::Employer(code.unwrap());
    let payload = convert::subject_to_wire(&subject);
    let tag = center.tag_key.tag(&subject.key());
    let flow = center.flows.flow(&"F05".parse().unwrap()).unwrap();
    let draft = QuestionDraft {
        asking_node: "guoguan".into(),
        flow: "F05".into(),
        matter: "02".into(),
        mode,
        wants: items(&["04-08"]),
        subject_tag: tag,
        payload_digest: payload_digest(&payload),
        gives: Vec::new(),
        verdicts: Vec::new(),
        flow_digest: flow.digest,
        named: Vec::new(),
    };
    let question = Question::parse(draft, &center.catalog).unwrap();
    let role = PartyRole::Applicant;
    let assertion = CaseAssertion {
        parties: vec![CaseParty { role, tag }],
        ..good().assertion(center, *question.digest())
    };
    let signed = center.signer("guoguan").sign(&assertion).unwrap();
    let wire_mode = match mode {
        Mode::Match => v1::Mode::Match,
        Mode::Details => v1::Mode::Details,
    };
    v1::NodeAsk {
        envelope: Some(v1::Envelope {
            flow: "F05".into(),
            matter: "02".into(),
            mode: wire_mode.into(),
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
async fn no_details_of_an_employers_people_leave_under_another_role() {
    let center = Center::new("city").await;
    let answerer = center.answerer();
    let refused = heard(answerer.answer(asked(&center, Mode::Details)).await);
    assert_eq!(refused.err(), Some(RefusalCode::GuardPeople));
    let matched = heard(answerer.answer(asked(&center, Mode::Match)).await);
    assert!(matched.is_ok(), "{matched:?}");
}
