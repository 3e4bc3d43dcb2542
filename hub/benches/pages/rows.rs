//! The entries that a made-up star leaves behind, of the hub's own types, in the order of time:
//! decision and outcome of each question, a heartbeat an hour by day and night, the staff once a
//! day.

use std::collections::BTreeMap;

use hub::ledger::entry::{
    CaseFacts, ClassOutcome, Decision, Entry, Looked, NodeOutcome, OperatorAct, Outcome, Refused,
    Rules, Sheet, StaffSession, VERSION, Who,
};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use wire::ClockState;

use crate::made::Question;

/// Gives every entry in order, without end.
pub(crate) struct Rows {
    next: u64,
    beat: OffsetDateTime,
    ready: std::collections::VecDeque<Vec<u8>>,
    salt: u64,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self {
            next: 0,
            beat: Question::new(0).at() - Duration::hours(1),
            ready: std::collections::VecDeque::new(),
            salt: 0,
        }
    }

    fn push(&mut self, at: OffsetDateTime, entry: Entry) {
        self.salt += 1;
        let sheet = Sheet {
            v: VERSION,
            at: at.format(&Rfc3339).unwrap(),
            salt: format!("{:032x}", self.salt),
            entry,
        };
        self.ready.push_back(sheet.encode().unwrap());
    }

    fn fill(&mut self) {
        let question = Question::new(self.next);
        let at = question.at();
        while self.beat <= at {
            let beat = self.beat;
            self.push(beat, Entry::Clock(ClockState::default()));
            if beat.hour() == 9 {
                self.push(beat, Entry::StaffSession(session()));
                self.push(beat, Entry::Looked(looked(question)));
                self.push(beat, Entry::OperatorAct(Box::new(act())));
            }
            self.beat = beat + Duration::hours(1);
        }
        let decided = self.salt;
        if question.is_refused() {
            self.push(at, Entry::Refusal(Box::new(refusal(question))));
        } else {
            self.push(at, Entry::Decision(Box::new(decision(question))));
            self.push(at, Entry::Outcome(outcome(question, decided)));
        }
        self.next += 1;
    }
}

impl Iterator for Rows {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        while self.ready.is_empty() {
            self.fill();
        }
        self.ready.pop_front()
    }
}

fn who(question: Question) -> Who {
    Who {
        node: question.center().to_owned(),
        serial: "0a1b".to_owned(),
        operator: question.operator(),
        counter: question.counter(),
        system: "counter".to_owned(),
    }
}

fn decision(question: Question) -> Decision {
    let at = question.at().format(&Rfc3339).unwrap();
    let items = |class: &str| (1..=5).map(|item| format!("{class}-{item:02}")).collect();
    Decision {
        query: question.query(),
        question: question.subject(),
        trace: String::new(),
        who: who(question),
        case: CaseFacts {
            number: question.case_number(),
            flow: question.flow(),
            matter: "02".to_owned(),
            basis: "A".to_owned(),
            basis_number: format!("A-{}", question.case_number()),
            approver: String::new(),
            approval_nonce: String::new(),
            approval_expires_at: String::new(),
            approval_statement: String::new(),
            approval_signature: String::new(),
            use_no: 1,
            nonce: question.query(),
            expires_at: at,
        },
        subject: question.subject(),
        mode: "details".to_owned(),
        items: [
            ("03".to_owned(), items("03")),
            ("04".to_owned(), items("04")),
        ]
        .into(),
        gives: Vec::new(),
        verdicts: Vec::new(),
        named: Vec::new(),
        asked: question.asked(),
        skipped: BTreeMap::new(),
        left_out: BTreeMap::new(),
        rules: Rules {
            catalog: "ab".repeat(32),
            flows: "cd".repeat(32),
            policies: "ef".repeat(32),
        },
        facts: serde_json::Map::new(),
    }
}

fn outcome(question: Question, decision: u64) -> Outcome {
    let node = |(nth, node): (u64, String)| {
        let class = |class: &str| {
            let silence = question.silence(nth);
            let has_record = question.has_record(nth);
            let outcome = match silence {
                Some(_) => "unavailable",
                None if has_record => "answered",
                None => "no-record",
            };
            ClassOutcome {
                class: class.to_owned(),
                outcome: outcome.to_owned(),
                code: silence.unwrap_or_default().to_owned(),
                rule: String::new(),
                records: u32::from(silence.is_none() && has_record),
                withheld: 0,
                as_of: String::new(),
                held_back: false,
                digest: question.query(),
            }
        };
        NodeOutcome {
            node,
            elapsed_ms: 12,
            tries: 0,
            classes: vec![class("03"), class("04")],
        }
    };
    Outcome {
        query: question.query(),
        decision,
        trace: String::new(),
        nodes: (0..).zip(question.asked()).map(node).collect(),
        cancelled: false,
        elapsed_ms: 25,
    }
}

fn refusal(question: Question) -> Refused {
    Refused {
        query: question.query(),
        code: "TS-CASE-CLOSED".to_owned(),
        turn: "caller".to_owned(),
        who: who(question),
        flow: question.flow(),
        case: question.case_number(),
        subject: question.subject(),
        ..Refused::default()
    }
}

fn session() -> StaffSession {
    StaffSession {
        staff: "audit-1".to_owned(),
        serial: "0d".to_owned(),
        stage: "began".to_owned(),
        roles: vec!["audit".to_owned()],
    }
}

fn looked(question: Question) -> Looked {
    Looked {
        staff: "audit-1".to_owned(),
        serial: "0d".to_owned(),
        role: "audit".to_owned(),
        room: "audit".to_owned(),
        subject: question.subject(),
        ..Looked::default()
    }
}

fn act() -> OperatorAct {
    OperatorAct {
        act: "trip".to_owned(),
        target: "class/guoguan/04".to_owned(),
        stage: "done".to_owned(),
        reason: "drill".to_owned(),
        staff: "duty-1".to_owned(),
        serial: "0e".to_owned(),
        role: "duty".to_owned(),
        node: "guoguan".to_owned(),
        ..OperatorAct::default()
    }
}
