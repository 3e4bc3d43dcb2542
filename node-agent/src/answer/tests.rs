//! The second key: what a lying hub gets (nothing), and what an honest one gets (what was asked).

mod approved_lies;
mod arbitrary_flows;
mod employers;
mod hits;
mod houses;
mod lies;
mod measures;
mod page;
mod rules_told;
mod served;
mod terms;
mod version;

use catalog::Catalog;
use policies::{
    Basis, BasisKind, CaseAssertion, CaseParty, Mode, PartyRole, Question, QuestionDraft,
    payload_digest,
};
use time::Duration;
use time::macros::date;
use wire::convert::{self, Payload};
use wire::{Clock, RefusalCode, v1};

use crate::tests::center::{Center, F05, PERSON, SPOUSE, items, person};

/// What the asking node says and signs.
#[derive(Debug, Clone)]
pub(crate) struct Asks {
    pub(crate) query: &'static str,
    pub(crate) flow: &'static str,
    pub(crate) mode: Mode,
    pub(crate) wants: Vec<&'static str>,
    /// In the payload, and under the tag.
    pub(crate) subject: &'static str,
    pub(crate) tagged: &'static str,
    pub(crate) consent: bool,
    pub(crate) life: Duration,
    pub(crate) use_no: u32,
    /// In the payload, whatever the envelope says.
    pub(crate) given: &'static [(&'static str, &'static str)],
    pub(crate) measured: &'static [&'static str],
    /// Verdicts asked for, each with the span of months that it is measured by.
    pub(crate) spans: &'static [(&'static str, [&'static str; 2])],
}

/// A good question of node `guoguan` about the applicant of its case.
pub(crate) fn good() -> Asks {
    Asks {
        query: "q-1",
        flow: "F05",
        mode: Mode::Details,
        wants: F05.to_vec(),
        subject: PERSON,
        tagged: PERSON,
        consent: true,
        life: Duration::MINUTE,
        use_no: 1,
        given: &[],
        measured: &[],
        spans: &[],
    }
}

impl Asks {
    pub(crate) fn about(self, number: &'static str) -> Self {
        Self {
            subject: number,
            tagged: number,
            ..self
        }
    }

    pub(crate) fn wanting(self, wants: &[&'static str]) -> Self {
        let wants = wants.to_vec();
        Self { wants, ..self }
    }

    /// What the asking node says of its case.
    fn assertion(&self, center: &Center, query_digest: [u8; 32]) -> CaseAssertion {
        let now = center.clock.now();
        let party = |role, number| CaseParty {
            role,
            tag: center.tag_key.tag(&person(number).key()),
        };
        CaseAssertion {
            node: "guoguan".into(),
            case_no: "GG-1".into(),
            flow: self.flow.parse().unwrap(),
            matter: "02".parse().unwrap(),
            basis: Basis::plain(BasisKind::A, "APP-1".into(), self.consent),
            parties: vec![
                party(PartyRole::Applicant, PERSON),
                party(PartyRole::Applicant, SPOUSE),
            ],
            operator: "0231".into(),
            counter: "3".into(),
            system: "counter".into(),
            opened_on: date!(2026 - 11 - 20),
            issued_at: now,
            expires_at: now + self.life,
            nonce: [9; 16],
            use_no: self.use_no,
            query_digest,
        }
    }

    fn verdicts(&self) -> Vec<String> {
        self.spans.iter().map(|(id, _)| (*id).to_owned()).collect()
    }

    fn payload(&self, center: &Center) -> Vec<u8> {
        let mut payload = Payload::about(person(self.subject));
        for (item, text) in self.given {
            let item = item.parse().unwrap();
            let value = center.catalog.parse_value(item, text).unwrap();
            payload.given.insert(item, value);
        }
        for verdict in self.measured {
            let limit = convert::measure("1.00", "", "").unwrap();
            payload.measures.insert((*verdict).to_owned(), limit);
        }
        for (verdict, [from, until]) in self.spans {
            let span = convert::measure("", from, until).unwrap();
            payload.measures.insert((*verdict).to_owned(), span);
        }
        payload.encode().to_vec()
    }

    /// The question as an honest hub passes it on to `center`.
    pub(crate) fn signed(&self, center: &Center) -> v1::NodeAsk {
        self.signed_by(center, &center.catalog)
    }

    /// As [`Self::signed`], by a node that has another version of the catalog.
    pub(crate) fn signed_by(&self, center: &Center, catalog: &Catalog) -> v1::NodeAsk {
        let payload = self.payload(center);
        let tag = center.tag_key.tag(&person(self.tagged).key());
        let draft = QuestionDraft {
            named: Vec::new(),
            asking_node: "guoguan".into(),
            flow: self.flow.into(),
            matter: "02".into(),
            mode: self.mode,
            wants: items(&self.wants),
            subject_tag: tag,
            payload_digest: payload_digest(&payload),
            gives: Vec::new(),
            verdicts: self.verdicts(),
            flow_digest: self
                .flow
                .parse()
                .ok()
                .and_then(|id| center.flows.flow(&id))
                .map_or([0; 32], |flow| flow.digest),
        };
        let question = Question::parse(draft, catalog).unwrap();
        let assertion = self.assertion(center, *question.digest());
        let signed = center.signer("guoguan").sign(&assertion).unwrap();
        let mode = match self.mode {
            Mode::Match => v1::Mode::Match,
            Mode::Details => v1::Mode::Details,
        };
        v1::NodeAsk {
            query_id: self.query.into(),
            asking_node: "guoguan".into(),
            envelope: Some(v1::Envelope {
                flow: self.flow.into(),
                matter: "02".into(),
                mode: mode.into(),
                wants: convert::wants_to_wire(question.wants()),
                subject_tag: tag.as_bytes().to_vec(),
                flow_digest: question.flow_digest().to_vec(),
                verdicts: self.verdicts(),
                ..v1::Envelope::default()
            }),
            case: Some(v1::SignedCase {
                body: signed.body,
                signature: signed.signature,
            }),
            payload,
            deadline_ms: 5_000,
            approval: None,
            left_out: Vec::new(),
            traceparent: String::new(),
        }
    }
}

/// The classes of a reply, or the code of its refusal.
pub(crate) fn heard(reply: v1::NodeReply) -> Result<Vec<v1::ClassReply>, RefusalCode> {
    match reply.outcome.expect("a reply says something") {
        v1::node_reply::Outcome::Classes(classes) => Ok(classes.classes),
        v1::node_reply::Outcome::Refusal(refusal) => Err(refusal.code.parse().unwrap()),
    }
}
