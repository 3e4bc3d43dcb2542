//! `tianshu audit reconcile`, over two small books: guoguan asks, city answers.

mod cut_off;
mod digests;
mod forged;

use std::fs;
use std::path::Path;

use audit::{Receipt, leaf_hash};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::search::log_of;
use super::{Ran, run};

/// The books of one honest question, and what a test makes of them.
struct Books {
    hub: Vec<Value>,
    guoguan: Vec<Value>,
    city: Vec<Value>,
}

fn at(second: u32) -> String {
    format!("2026-11-23T10:{:02}:{:02}+08:00", second / 60, second % 60)
}

fn sheet(second: u32, kind: &str, mut says: Value) -> Value {
    says["v"] = 1.into();
    says["at"] = at(second).into();
    says["salt"] = "00".into();
    says["kind"] = kind.into();
    says
}

fn receipt(index: u64, entry: &Value) -> Value {
    let receipt = Receipt {
        log: "hub-1".into(),
        index,
        leaf_hash: leaf_hash(entry.to_string().as_bytes()),
    };
    serde_json::to_value(receipt).unwrap()
}

fn honest() -> Books {
    let decision = sheet(
        0,
        "decision",
        json!({
            "query": "q", "who": {"node": "guoguan", "operator": "0231"},
            "case": {"number": "GG-1", "flow": "F05", "approver": "0232"},
            "items": {"04": ["04.grzhzt"]}, "verdicts": ["live-account"], "asked": ["city"],
        }),
    );
    let class = json!({"class": "04", "outcome": "answered", "records": 2});
    let outcome = sheet(
        1,
        "outcome",
        json!({"query": "q", "decision": 0, "nodes": [{"node": "city", "classes": [class]}]}),
    );
    let served = json!({
        "query": "q", "node": "guoguan", "case_no": "GG-1", "flow": "F05", "operator": "0231",
        "approver": "0232", "verdicts": ["live-account"],
        "classes": {"04": {"outcome": "answered", "records": 2}},
    });
    let answered = json!({
        "query": "q", "case_no": "GG-1", "flow": "F05", "operator": "0231", "approver": "0232",
        "items": {"04": ["04.grzhzt"]}, "verdicts": ["live-account"], "records": 2,
        "lamps": {"city": "answered"},
        "decision": receipt(0, &decision), "outcome": receipt(1, &outcome),
    });
    Books {
        hub: vec![decision, outcome],
        guoguan: vec![sheet(2, "answered", answered)],
        city: vec![sheet(1, "served", served)],
    }
}

impl Books {
    fn reconciled(&self, more: &[&str]) -> (i32, Value) {
        let home = TempDir::new().unwrap();
        let written = |name: &str, entries: &[Value]| {
            let entries: Vec<_> = entries.iter().map(Value::to_string).collect();
            log_of(name, &home.path().join(name), &entries)
        };
        let hub = written("hub-1", &self.hub);
        let (guoguan, city) = (
            written("guoguan", &self.guoguan),
            written("city", &self.city),
        );
        let args = ["--hub", &hub, "--agent", &guoguan, "--agent", &city];
        said(&run(
            &[&["audit", "reconcile", "--json"], &args[..], more].concat()
        ))
    }

    /// After a change to the hub's book the honest asker's receipts are those of the changed one.
    fn with_new_receipts(mut self) -> Self {
        self.guoguan[0]["decision"] = receipt(0, &self.hub[0]);
        self.guoguan[0]["outcome"] = receipt(1, &self.hub[1]);
        self
    }
}

fn said(ran: &Ran) -> (i32, Value) {
    (
        ran.code,
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}")),
    )
}

fn says(remarks: &Value) -> Vec<&str> {
    let remarks = remarks.as_array().unwrap();
    remarks
        .iter()
        .map(|remark| remark["says"].as_str().unwrap())
        .collect()
}

#[test]
fn honest_books_agree() {
    let (code, said) = honest().reconciled(&[]);
    assert_eq!(
        (code, &said["compared"], &said["agree"]),
        (0, &1.into(), &1.into()),
        "{said}"
    );
    assert_eq!(said["verdict"], "agree");
    assert_eq!(
        (
            says(&said["findings"]).len(),
            says(&said["explained"]).len()
        ),
        (0, 0)
    );
}

type Change = fn(&mut Books);

/// One change in one book, and the finding that it makes.
const CHANGES: &[(&str, Change)] = &[
    ("the hub and guoguan wrote down different records", |b| {
        b.guoguan[0]["records"] = 1.into()
    }),
    ("the hub and guoguan wrote down different items", |b| {
        b.guoguan[0]["items"] = json!({"04": ["04.jzny"]});
    }),
    ("the hub and guoguan wrote down different case", |b| {
        b.guoguan[0]["case_no"] = "GG-2".into()
    }),
    ("the hub and guoguan wrote down different approver", |b| {
        b.guoguan[0]["approver"] = "".into()
    }),
    ("the hub and guoguan wrote down different verdicts", |b| {
        b.guoguan[0]["verdicts"] = json!([])
    }),
    ("the hub and city wrote down different verdicts", |b| {
        b.city[0]["verdicts"] = json!([])
    }),
    ("the hub and city wrote down different operator", |b| {
        b.city[0]["operator"] = "1".into()
    }),
    ("the hub and city wrote down different asker", |b| {
        b.city[0]["node"] = "tielu".into()
    }),
    (
        "city gave `no-record` for class 04, the hub recorded `answered`",
        |b| {
            b.city[0]["classes"]["04"] = json!({"outcome": "no-record", "records": 0});
        },
    ),
    ("city gave 3 records of class 04, the hub recorded 2", |b| {
        b.city[0]["classes"]["04"]["records"] = 3.into();
    }),
    ("the book of city lacks class 04", |b| {
        b.city[0]["classes"] = json!({})
    }),
    (
        "the hub recorded `answered` by city for class 04; the book of city lacks",
        |b| {
            b.city.clear();
        },
    ),
    (
        "the hub recorded `answered` by city for class 04; the book of city has a refusal",
        |b| {
            b.city[0] = sheet(
                1,
                "refused",
                json!({"query": "q", "code": "TS-GUARD-CASE", "by": "guard"}),
            );
        },
    ),
    ("guoguan was shown a better lamp of city", |b| {
        b.guoguan[0]["lamps"]["city"] = "nothing".into()
    }),
    ("guoguan was shown a better lamp of city", |b| {
        b.guoguan[0]["lamps"] = json!({})
    }),
    ("the hub answered; the book of guoguan lacks it", |b| {
        b.guoguan.clear()
    }),
    ("guoguan holds a receipt for entry 9", |b| {
        b.guoguan[0]["outcome"]["index"] = 9.into()
    }),
    ("guoguan holds a receipt for entry 0", |b| {
        b.guoguan[0]["decision"]["leaf_hash"] = "00".repeat(32).into();
    }),
    ("the decision at 0 has no end", |b| b.hub.truncate(1)),
    ("the hub's book has an end at 0 without a decision", |b| {
        b.hub.remove(0);
    }),
    ("the hub's book has a second `outcome` at 2", |b| {
        let outcome = b.hub[1].clone();
        b.hub.push(outcome);
    }),
    (
        "holds a receipt for entry 0; the hub's book lacks the question",
        |b| b.hub.clear(),
    ),
    (
        "city answered guoguan; the hub's book lacks the question",
        |b| b.hub.clear(),
    ),
    ("city was asked, which the decision does not name", |b| {
        b.hub[0]["asked"] = json!([])
    }),
    (
        "guoguan was answered, and the hub closed it as abandoned",
        |b| {
            b.hub[1] = sheet(
                1,
                "abandoned",
                json!({"query": "q", "decision": 0, "because": "crash"}),
            );
        },
    ),
    (
        "the hub refused with TS-FLOW-HOURS, guoguan wrote down TS-FLOW-MATTER",
        |b| {
            *b = refused("TS-FLOW-HOURS");
            b.guoguan[0]["code"] = "TS-FLOW-MATTER".into();
        },
    ),
    ("the book of guoguan lacks the refusal TS-FLOW-HOURS", |b| {
        *b = refused("TS-FLOW-HOURS");
        b.guoguan.clear();
    }),
    (
        "guoguan was refused with TS-FLOW-HOURS; the hub's book lacks",
        |b| {
            *b = refused("TS-FLOW-HOURS");
            b.hub.clear();
        },
    ),
];

#[test]
fn every_disagreement_is_named() {
    for (finding, change) in CHANGES {
        let mut books = honest();
        change(&mut books);
        // An empty log is a log all the same: it holds one entry that says nothing.
        for book in [&mut books.hub, &mut books.guoguan, &mut books.city] {
            if book.is_empty() {
                book.push(sheet(0, "started", json!({})));
            }
        }
        let (code, said) = books.reconciled(&[]);
        assert_eq!(code, 1, "{finding}: {said}");
        let found = says(&said["findings"]);
        assert!(
            found.iter().any(|says| says.contains(finding)),
            "{finding}: {found:?}"
        );
        assert_eq!(said["agree"], 0, "{finding}");
    }
}

fn refused(code: &str) -> Books {
    let who = json!({"node": "guoguan", "operator": "0231"});
    Books {
        hub: vec![sheet(
            0,
            "refusal",
            json!({"query": "r", "code": code, "who": who}),
        )],
        guoguan: vec![sheet(
            1,
            "refused",
            json!({"query": "r", "code": code, "by": "hub", "node": "guoguan"}),
        )],
        city: vec![sheet(0, "started", json!({}))],
    }
}

#[test]
fn what_a_side_explains_by_itself_is_no_finding() {
    assert_eq!(refused("TS-FLOW-HOURS").reconciled(&[]).0, 0);

    // The asker's patience ended before the answer came; it says so for this one question.
    let mut impatient = honest();
    let own = json!({"query": "", "code": "TS-HUB-UNREACHABLE", "by": "local", "node": "guoguan",
        "case_no": "GG-1", "flow": "F05", "operator": "0231"});
    impatient.guoguan = vec![sheet(3, "refused", own.clone())];
    let (code, said) = impatient.reconciled(&[]);
    assert_eq!((code, says(&said["explained"]).len()), (0, 1), "{said}");
    impatient.guoguan = vec![sheet(600, "refused", own)];
    assert_eq!(
        impatient.reconciled(&[]).0,
        1,
        "ten minutes later it speaks of something else"
    );

    // A node that was too late, to whom the hub no longer listened.
    let mut late = honest();
    late.hub[1]["nodes"][0]["classes"][0] =
        json!({"class": "04", "outcome": "unavailable", "code": "TS-NODE-TIMEOUT", "records": 0});
    late.guoguan[0]["records"] = 0.into();
    late.guoguan[0]["lamps"]["city"] = "not-known".into();
    let (code, said) = late.with_new_receipts().reconciled(&[]);
    assert_eq!((code, says(&said["explained"]).len()), (0, 1), "{said}");

    // Values withheld at the hub take records with them.
    let mut withheld = honest();
    let class = &mut withheld.hub[1]["nodes"][0]["classes"][0];
    (class["records"], class["withheld"]) = (1.into(), 4.into());
    withheld.guoguan[0]["records"] = 1.into();
    assert_eq!(withheld.with_new_receipts().reconciled(&[]).0, 0);

    // A list that nobody wanted to the end: one of its lines was still on its way.
    let mut list = honest();
    list.hub[0]["at"] = at(40).into();
    list.hub[1]["at"] = at(41).into();
    let ended = json!({"case_no": "GG-1", "operator": "0231", "not_asked": 1});
    list.guoguan = vec![sheet(38, "list-ended", ended)];
    assert_eq!(list.reconciled(&[]).0, 0);
    list.guoguan[0]["at"] = at(1).into();
    assert_eq!(list.reconciled(&[]).0, 1, "it ended long before");

    // Refusals that were only counted: as many as were counted and no more.
    let mut counted = refused("TS-LIMIT-CALLER");
    for n in 0..3 {
        let mut one = counted.guoguan[0].clone();
        one["query"] = format!("more-{n}").into();
        counted.guoguan.push(one);
    }
    let fold = |count: u64| {
        sheet(
            60,
            "refusals-folded",
            json!({"code": "TS-LIMIT-CALLER", "who": "guoguan", "count": count}),
        )
    };
    counted.hub.push(fold(3));
    assert_eq!(counted.reconciled(&[]).0, 0);
    counted.hub[1] = fold(2);
    let (code, said) = counted.reconciled(&[]);
    assert_eq!((code, says(&said["findings"]).len()), (1, 1), "{said}");
}

/// A log that its writer has not closed may have more to say, for so many seconds.
#[test]
fn only_the_newest_seconds_of_a_running_log_are_left_out() {
    let home = TempDir::new().unwrap();
    let mut books = honest();
    books.guoguan = vec![sheet(0, "started", json!({}))];
    let entries = |entries: &[Value]| entries.iter().map(Value::to_string).collect::<Vec<_>>();
    let hub = log_of("hub-1", &home.path().join("hub"), &entries(&books.hub));
    let guoguan = home.path().join("guoguan");
    let agent = log_of("guoguan", &guoguan, &entries(&books.guoguan));
    let reconcile = |settle: &str| {
        said(&run(&[
            "audit",
            "reconcile",
            "--json",
            "--hub",
            &hub,
            "--agent",
            &agent,
            "--settle",
            settle,
        ]))
    };
    assert_eq!(reconcile("3600").0, 1, "closed logs are judged whole");
    // The closing frame taken away, as in a copy of a running log.
    let file = guoguan.join("journal").join(format!("{:020}.seg", 0));
    let mut bytes = fs::read(&file).unwrap();
    let close = bytes
        .windows(5)
        .rposition(|five| five == b"TSFR\x02")
        .unwrap();
    let upto = (close + 64).min(bytes.len());
    bytes[close..upto].fill(0);
    fs::write(&file, bytes).unwrap();
    let (code, said) = reconcile("60");
    assert_eq!(
        (code, &said["newest"], &said["compared"]),
        (2, &1.into(), &0.into()),
        "nothing compared is no agreement: {said}"
    );
    assert_eq!(said["verdict"], "nothing-compared");
    assert_eq!(said["judged_up_to"], "2026-11-23T09:59:01+08:00", "{said}");
    let args = ["audit", "reconcile", "--hub", &hub, "--agent", &agent];
    let ran = run(&args);
    assert_eq!(ran.code, 2);
    let hint =
        "verdict    nothing was compared: every question is too new (--settle 0 judges them)";
    assert!(ran.out.ends_with(&format!("{hint}\n")), "{ran:?}");

    let (code, said) = reconcile("0");
    assert_eq!((code, &said["judged_up_to"]), (1, &Value::Null), "{said}");
    let ran = run(&[&args[..], &["--settle", "0"]].concat());
    assert!(!ran.out.contains("newest"), "{ran:?}");
    let finding = format!("FINDING    {}  q: the hub answered", at(0));
    assert!(ran.out.contains(&finding), "as entries have it: {ran:?}");
}

#[test]
fn a_time_without_questions_is_no_agreement() {
    let (code, said) = honest().reconciled(&["--from", "2026-11-24"]);
    assert_eq!(
        (code, &said["verdict"], &said["compared"]),
        (2, &"nothing-compared".into(), &0.into()),
        "{said}"
    );
}

#[test]
fn a_book_that_was_not_given_and_one_that_cannot_be_read_are_told() {
    let home = TempDir::new().unwrap();
    let books = honest();
    let entries = |entries: &[Value]| entries.iter().map(Value::to_string).collect::<Vec<_>>();
    let hub = log_of("hub-1", &home.path().join("hub"), &entries(&books.hub));
    let agent = log_of(
        "guoguan",
        &home.path().join("guoguan"),
        &entries(&books.guoguan),
    );
    let (code, told) = said(&run(&[
        "audit",
        "reconcile",
        "--json",
        "--hub",
        &hub,
        "--agent",
        &agent,
    ]));
    assert_eq!(
        (code, &told["not_given"]),
        (0, &json!({"city": 1})),
        "{told}"
    );
    // A node that asks and answers takes part once.
    let mut both = honest();
    both.hub[0]["asked"] = json!(["city", "guoguan"]);
    let hub_of_both = log_of("hub-1", &home.path().join("both"), &entries(&both.hub));
    let city = log_of("city", &home.path().join("city"), &entries(&books.city));
    let args = ["--hub", &hub_of_both, "--agent", &city];
    let (_, told) = said(&run(
        &[&["audit", "reconcile", "--json"], &args[..]].concat()
    ));
    assert_eq!(told["not_given"], json!({"guoguan": 1}), "{told}");
    let twice = run(&[
        "audit",
        "reconcile",
        "--hub",
        &hub,
        "--agent",
        &agent,
        "--agent",
        &agent,
    ]);
    assert_eq!(twice.code, 2, "{twice:?}");
    let missing = Path::new("/nowhere").to_str().unwrap();
    let ran = run(&["audit", "reconcile", "--hub", &hub, "--agent", missing]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no log in `/nowhere`"), "{ran:?}");
}
