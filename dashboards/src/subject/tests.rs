//! The pages of a subject as a browser gets them.

use std::sync::Mutex;

use axum::http::{StatusCode, header};

use super::*;
use crate::bench::{self, HOSTILE, is_a_good_page};
use crate::language::Language;
use crate::room::Room;
use crate::viewer::Act;

const SUBJECT: &str = "abababababababababababababababababababababababababababababababab";
const NUMBER: &str = "11010519491231002X";

#[derive(Default)]
struct Fake {
    ledger: SubjectLedger,
    heard: Mutex<Vec<(String, String, String)>>,
    before: Mutex<Vec<Option<u64>>>,
}

impl SubjectDesk for Fake {
    fn documents(&self) -> Vec<Document> {
        vec![Document {
            code: "01".into(),
            name: Name::same("居民身份证"),
        }]
    }

    async fn named(&self, _: &Viewer, wanted: Wanted) -> Result<String, Turned> {
        assert_eq!(format!("{wanted:?}"), "Wanted(..)");
        let heard = (wanted.cert_type, wanted.number.to_string(), wanted.reason);
        self.heard.lock().unwrap().push(heard);
        Ok(SUBJECT.to_owned())
    }

    async fn ledger(
        &self,
        _: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> Result<SubjectLedger, Turned> {
        assert_eq!(subject, SUBJECT);
        self.before.lock().unwrap().push(before);
        Ok(self.ledger.clone())
    }

    async fn printed(&self, _: &Viewer, _: &str, _: Option<u64>) -> Result<PrintedLedger, Turned> {
        let proven = |path: Option<(u8, bool)>| Proven {
            leaf: "5b3f".into(),
            path: path.map(|(hashes, leads)| {
                let hashes = (0..hashes).map(|nth| format!("aGFzaA{nth}=="));
                (hashes.collect(), leads)
            }),
        };
        let places = [
            (9, proven(Some((3, true)))),
            (10, proven(Some((3, false)))),
            (7, proven(None)),
        ];
        Ok(PrintedLedger {
            ledger: self.ledger.clone(),
            log: "hub-1".into(),
            at: "2026-11-23T09:00:00+08:00".into(),
            head: Some(SignedHead {
                size: 11,
                root: "cm9vdA==".into(),
                signers: vec!["hub-1".into(), "city".into()],
                note: "hub-1\n11\ncm9vdA==\n\n— hub-1 c2lnbmF0dXJl\n".into(),
            }),
            annex: "subject-abababababab-7-10.proofs".into(),
            proven: places.into(),
        })
    }

    async fn proofs(&self, by: &Viewer, _: &str, before: Option<u64>) -> Result<ProofFile, Turned> {
        assert_eq!(before, Some(10));
        if !by.may(Act::Export) {
            return Err(Turned::nothing_here(by));
        }
        Ok(ProofFile {
            name: "subject-abababababab-7-9.proofs".into(),
            bytes: "proofs".into(),
        })
    }
}

fn name(zh: &str, en: &str) -> Name {
    Name {
        zh: zh.into(),
        en: en.into(),
    }
}

/// A question with each kind of outcome.
fn asked(who: Asker) -> Asked {
    let gave = |outcome: &str, records| Gave {
        center: name("市中心", "City"),
        class: ("04".into(), name("个人账户", "Personal account")),
        outcome: outcome.into(),
        code: "TS-NODE-DOWN".into(),
        records,
        ..Gave::default()
    };
    let outcomes = [
        "answered",
        "no-record",
        "refused",
        "unavailable",
        "stale",
        "not-covered",
        "else",
    ];
    Asked {
        who,
        flow: ("F05".into(), name("账户设立", "Opening")),
        case_no: HOSTILE.into(),
        basis: ("A".into(), HOSTILE.into()),
        is_details: true,
        classes: vec![ClassItems {
            class: ("04".into(), name("个人账户", "Personal account")),
            items: vec![("04-08".into(), name("账户状态", "Account status"))],
        }],
        ending: Ending::Sealed {
            number: 10,
            gave: outcomes.iter().map(|outcome| gave(outcome, 2)).collect(),
            cancelled: true,
            elapsed_ms: 31,
        },
        ..Asked::default()
    }
}

/// A page with each kind of row; every text that comes from outside is hostile.
fn ledger() -> SubjectLedger {
    let who = Asker {
        center: name("国管中心", "State organs"),
        operator: HOSTILE.into(),
        counter: "3".into(),
        system: String::new(),
    };
    let refused = Refused {
        who: who.clone(),
        code: "TS-CASE-SUBJECT".into(),
        said: name("对象不符", "not of the case"),
        ..Refused::default()
    };
    let row = |number, what| LedgerRow {
        number,
        at: "2026-11-23T09:00:00.25+08:00".into(),
        what,
    };
    let look = StaffLook {
        staff: "audit-1".into(),
        role: "audit".into(),
        room: "subject".into(),
        reason: HOSTILE.into(),
        named_by: "city".into(),
    };
    let file = StaffFile {
        staff: HOSTILE.into(),
        form: "proofs".into(),
        rows: 2,
        is_cut: true,
        sha256: "5e".repeat(32),
        ..StaffFile::default()
    };
    SubjectLedger {
        subject: SUBJECT.into(),
        rows: vec![
            row(9, What::Asked(Box::new(asked(who.clone())))),
            row(8, What::Refused(Box::new(refused))),
            row(7, What::Looked(look)),
            row(6, What::Exported(file)),
            row(5, What::Unreadable),
        ],
        before: Some(5),
        covers: (0, 11),
        indexed: 8,
        is_behind: true,
        archived: 3,
    }
}

fn fake() -> Arc<Fake> {
    Arc::new(Fake {
        ledger: ledger(),
        ..Fake::default()
    })
}

fn rooms(desk: &Arc<Fake>) -> Router {
    routes::<Fake>().with_state(Arc::clone(desk))
}

#[tokio::test]
async fn a_number_goes_to_the_desk_and_to_no_page_or_address() {
    let desk = fake();
    let viewer = bench::viewer(Language::Chinese);
    let form = bench::get(rooms(&desk), viewer.clone(), "/subject").await;
    is_a_good_page(&form, Language::Chinese);
    assert!(form.text.contains("autocomplete=\"off\""));
    assert!(form.text.contains("method=\"post\""));
    let typed = format!("cert_type=01&number={NUMBER}&reason=2026-114");
    let sent = bench::post(rooms(&desk), viewer.clone(), "/subject", &typed).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(
        sent.headers[header::LOCATION],
        format!("/subject/{SUBJECT}").as_str()
    );
    assert!(!sent.text.contains(NUMBER));
    let typed = format!("cert_type={ORGANIZATION}&number=1&reason=r");
    bench::post(rooms(&desk), viewer.clone(), "/subject", &typed).await;
    let heard = desk.heard.lock().unwrap().clone();
    assert_eq!(heard[0].0, "01");
    assert_eq!((&*heard[0].1, &*heard[0].2), (NUMBER, "2026-114"));
    assert_eq!(heard[1].0, "", "an organization's code has no type");

    // Without a field, or from another page, nothing reaches the desk, and nothing is echoed.
    let form = format!("number={NUMBER}");
    let bad = bench::post(rooms(&desk), viewer.clone(), "/subject", &form).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert!(!bad.text.contains(NUMBER));
    let mut stranger = viewer;
    stranger.token = "another".into();
    let form = format!("cert_type=01&number={NUMBER}&reason=r");
    let forged = bench::post(rooms(&desk), stranger, "/subject", &form).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert!(!forged.text.contains(NUMBER));
    assert_eq!(desk.heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn the_ledger_says_everything_in_both_languages() {
    let desk = fake();
    for (language, says) in [
        (
            Language::Chinese,
            [
                "国管中心",
                "账户状态",
                "无记录",
                "未知（不可用）",
                "对象不符",
                "归档",
                "截至记录 7：以索引所列为准",
            ],
        ),
        (
            Language::English,
            [
                "State organs",
                "Account status",
                "no record",
                "not known",
                "not of the case",
                "archive",
                "Up to entry 7: as far as the index has them",
            ],
        ),
    ] {
        let path = format!("/subject/{SUBJECT}?before=12");
        let shown = bench::get(rooms(&desk), bench::viewer(language), &path).await;
        is_a_good_page(&shown, language);
        for text in says
            .into_iter()
            .chain(["F05", "TS-CASE-SUBJECT", "#10", "?before=5", "5e5e5e"])
        {
            assert!(shown.text.contains(text), "{text}: {}", shown.text);
        }
        assert!(shown.text.contains("aria-current=\"page\""));
        assert!(shown.text.contains("/proofs?before=10"));
    }
    assert_eq!(*desk.before.lock().unwrap(), [Some(12), Some(12)]);
    let empty = Arc::new(Fake::default());
    let path = format!("/subject/{SUBJECT}");
    let shown = bench::get(rooms(&empty), bench::viewer(Language::Chinese), &path).await;
    assert!(shown.text.contains("未找到关于该人的记录"));
}

#[tokio::test]
async fn paper_has_each_entry_with_its_place_and_its_proof() {
    let desk = fake();
    for language in [Language::Chinese, Language::English] {
        let path = format!("/subject/{SUBJECT}/print");
        let shown = bench::get(rooms(&desk), bench::viewer(language), &path).await;
        is_a_good_page(&shown, language);
        for text in [
            "/log/proof/9",
            "5b3f",
            "cm9vdA==",
            "hub-1, city",
            "<details open>",
            // The whole path and the note as it was signed, not a place to look them up.
            "<li><code>aGFzaA0==</code></li><li><code>aGFzaA1==</code></li>",
            "cm9vdA==\n\n— hub-1 c2lnbmF0dXJl\n</pre>",
            language.say(words::PROVES_NOT),
            "subject-abababababab-7-10.proofs",
        ] {
            assert!(shown.text.contains(text), "{text}");
        }
        let [bad, later] = [words::NOT_PROVEN, words::LATER].map(|said| language.say(said));
        assert!(shown.text.contains(bad) && shown.text.contains(later));
    }
}

#[tokio::test]
async fn proofs_are_a_file_for_those_who_may_take_it() {
    let desk = fake();
    let path = format!("/subject/{SUBJECT}/proofs?before=10");
    let mut viewer = bench::viewer(Language::English);
    let file = bench::get(rooms(&desk), viewer.clone(), &path).await;
    assert_eq!(
        (file.status, file.text.as_str()),
        (StatusCode::OK, "proofs")
    );
    let named = "attachment; filename=\"subject-abababababab-7-9.proofs\"";
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], named);
    viewer.may.remove(&Act::Export);
    let turned = bench::get(rooms(&desk), viewer.clone(), &path).await;
    assert_eq!(turned.status, StatusCode::NOT_FOUND, "as the desk says it");
    let page = format!("/subject/{SUBJECT}");
    let shown = bench::get(rooms(&desk), viewer, &page).await;
    assert!(!shown.text.contains("/proofs"), "is not offered either");
}

#[tokio::test]
async fn what_is_no_pseudonym_is_no_page() {
    let desk = fake();
    let long = format!("{SUBJECT}a");
    let upper = SUBJECT.to_uppercase();
    for name in [NUMBER, "x", &long, &upper] {
        for form in ["", "/print", "/proofs"] {
            let path = format!("/subject/{name}{form}");
            let shown = bench::get(rooms(&desk), bench::viewer(Language::English), &path).await;
            assert_eq!(shown.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!shown.text.contains(NUMBER) || name != NUMBER, "{path}");
        }
    }
    let path = format!("/subject/{SUBJECT}?before=x");
    let shown = bench::get(rooms(&desk), bench::viewer(Language::English), &path).await;
    assert_eq!(shown.status, StatusCode::BAD_REQUEST);
    assert_eq!(Room::of(&path), Some(Room::Subject));
}
