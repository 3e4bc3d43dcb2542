//! `tianshu officer`: a key of one's own, and no signature under what cannot be read.

mod verify;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use policies::{
    ApprovalStatement, ApprovalTree, ApprovedLine, Basis, BasisKind, FlowBook, Mode,
    SignedApproval, shown_digest,
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use time::macros::date;
use time::{Duration, OffsetDateTime};
use wire::Clock as _;

use super::{done, run};

struct Desk {
    dir: TempDir,
    /// Public key of the officer.
    public: [u8; 32],
}

impl Desk {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let key = dir.path().join("legal-2.p8");
        let told = done(&["officer", "new", "--out", key.to_str().unwrap()]);
        let hex = told.trim().strip_prefix("key = \"").unwrap();
        let hex = hex.strip_suffix('"').unwrap();
        let public = HEXLOWER.decode(hex.as_bytes()).unwrap();
        let public = public.try_into().unwrap();
        Self { dir, public }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Signs what an agent answered; what was said, and the body to send.
    fn sign(&self, answer: &Json) -> (super::Ran, Option<Json>) {
        self.sign_by(answer, "builtin")
    }

    /// The same, by the rules of a folder.
    fn sign_by(&self, answer: &Json, rules: &str) -> (super::Ran, Option<Json>) {
        let (paper, out) = (self.file("statement.json"), self.file("signature.json"));
        fs::write(&paper, answer.to_string()).unwrap();
        let _ = fs::remove_file(&out);
        let ran = run(&[
            Path::new("officer"),
            Path::new("sign"),
            Path::new("--yes"),
            Path::new("--key"),
            &self.file("legal-2.p8"),
            Path::new("--statement"),
            &paper,
            Path::new("--rules"),
            Path::new(rules),
            Path::new("--out"),
            &out,
        ]);
        let body = fs::read_to_string(out).ok();
        (ran, body.map(|body| serde_json::from_str(&body).unwrap()))
    }
}

fn statement(change: fn(&mut ApprovalStatement)) -> Json {
    let catalog = catalog::Catalog::builtin().unwrap();
    let flows = FlowBook::builtin(&catalog).unwrap();
    let flow = flows.flow(&"F27".parse().unwrap()).unwrap();
    let (question, salt, nonce) = ([1; 32], [2; 32], [3; 16]);
    let shown = "01 110101********0014";
    let line = ApprovedLine {
        question,
        shown: shown_digest(&salt, shown),
    };
    let tree = ApprovalTree::over(vec![line.leaf(&nonce, 0)]).unwrap();
    let now = wire::SystemClock.now();
    let mut said = ApprovalStatement {
        node: "guoguan".into(),
        case_no: "GG-L27".into(),
        flow: flow.id,
        flow_digest: flow.digest,
        matter: "00".parse().unwrap(),
        basis: Basis {
            issuer: Some("court-01".into()),
            issued_on: Some(date!(2026 - 11 - 20)),
            from: Some(date!(2025 - 01 - 01)),
            until: Some(date!(2025 - 12 - 31)),
            officers: vec!["B-17".into(), "B-18".into()],
            ..Basis::plain(BasisKind::C, "(2026) 17".into(), false)
        },
        asker: "legal-1".into(),
        operator: "legal-2".into(),
        counter: "9".into(),
        system: "business".into(),
        mode: Mode::Details,
        items: [catalog.item_named("04.grzhye").unwrap().no].into(),
        gives: Default::default(),
        verdicts: Default::default(),
        lines: 1,
        root: tree.root(),
        issued_at: now,
        expires_at: now + Duration::HOUR,
        nonce,
    };
    change(&mut said);
    json!({
        "approval": "a", "operator": "somebody else", "expires_at": "never",
        "statement": BASE64.encode(&said.encode().unwrap()),
        "says": {"case_no": "another", "items": []},
        "lines": [{"line": 0, "question": HEXLOWER.encode(&question),
            "salt": HEXLOWER.encode(&salt), "shown": shown}],
    })
}

#[test]
fn an_officer_signs_what_the_bytes_say_and_not_what_stands_beside_them() {
    let desk = Desk::new();
    let answer = statement(|_| {});
    let (ran, body) = desk.sign(&answer);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for said in [
        "F27 司法协助查询",
        "GG-L27 (matter 00)",
        "C (2026) 17, of court-01, dated 2026-11-20, about 2025-01-01 to 2025-12-31",
        "asked by    legal-1",
        "legal-2 at 9 through business",
        "04-14",
        "01 110101********0014",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert!(!ran.out.contains("another"), "{}", ran.out);
    let body = body.unwrap();
    assert_eq!(body["operator"], "legal-2");
    let decoded = |text: &Json| BASE64.decode(text.as_str().unwrap().as_bytes()).unwrap();
    let signed = SignedApproval {
        body: decoded(&answer["statement"]),
        signature: decoded(&body["signature"]),
        ..SignedApproval::default()
    };
    assert_eq!(signed.check_signature(&desk.public), Ok(()));
}

#[test]
fn what_cannot_be_read_or_is_not_covered_is_not_signed() {
    type Change = fn(&mut Json);
    let desk = Desk::new();
    let swapped: [(&str, Change); 8] = [
        ("subjects", |answer| {
            answer["lines"][0]["shown"] = "01 110101********0022".into()
        }),
        ("subjects", |answer| {
            answer["lines"][0]["salt"] = "00".repeat(32).into()
        }),
        ("subjects", |answer| {
            answer["lines"][0]["question"] = "x".into()
        }),
        ("subjects", |answer| answer["lines"] = json!([])),
        ("subjects", |answer| {
            let twice = answer["lines"][0].clone();
            answer["lines"].as_array_mut().unwrap().push(twice);
        }),
        ("no answer", |answer| answer["statement"] = "%".into()),
        ("cannot be read", |answer| {
            answer["statement"] = BASE64.encode(b"{}").into()
        }),
        ("cannot be read", |answer| {
            let bytes = BASE64.decode(answer["statement"].as_str().unwrap().as_bytes());
            let text = String::from_utf8(bytes.unwrap()).unwrap();
            let more = text.replacen('{', "{\"and\":\"more\",", 1);
            answer["statement"] = BASE64.encode(more.as_bytes()).into();
        }),
    ];
    for (row, (reason, change)) in swapped.into_iter().enumerate() {
        let mut answer = statement(|_| {});
        change(&mut answer);
        let (ran, body) = desk.sign(&answer);
        assert_eq!((ran.code, body), (1, None), "row {row}: {}", ran.out);
        assert!(ran.err.contains(reason), "row {row}: {}", ran.err);
    }
    let old = statement(|said| {
        said.issued_at = OffsetDateTime::UNIX_EPOCH;
        said.expires_at = OffsetDateTime::UNIX_EPOCH + Duration::HOUR;
    });
    let (ran, body) = desk.sign(&old);
    assert_eq!(body, None);
    assert!(ran.err.contains("has expired"), "{}", ran.err);
    let other = statement(|said| said.flow_digest = [0; 32]);
    let (ran, _) = desk.sign(&other);
    assert!(ran.out.contains("another version"), "{}", ran.out);
    let unknown = statement(|said| {
        said.items.insert("04-99".parse().unwrap());
    });
    let (ran, body) = desk.sign(&unknown);
    assert_eq!(body, None);
    assert!(ran.err.contains("does not know"), "{}", ran.err);
}

#[test]
fn a_key_is_made_once_and_is_its_owner_s_alone() {
    let desk = Desk::new();
    let key = desk.file("legal-2.p8");
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&key), 0o600);
    let again = run(&["officer", "new", "--out", key.to_str().unwrap()]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("is not overwritten"), "{}", again.err);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let (ran, body) = desk.sign(&statement(|_| {}));
    assert_eq!((ran.code, body), (1, None));
    assert!(ran.err.contains("chmod 600"), "{}", ran.err);
}

/// Without `--yes` somebody types the case number; here nobody does.
#[test]
fn nobody_signs_by_pressing_enter() {
    let desk = Desk::new();
    let (paper, out) = (desk.file("statement.json"), desk.file("signature.json"));
    fs::write(&paper, statement(|_| {}).to_string()).unwrap();
    let key = desk.file("legal-2.p8");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let args = |more: &[&str]| -> Vec<String> {
        let all = [
            "officer",
            "sign",
            "--key",
            &text(&key),
            "--out",
            &text(&out),
        ];
        all.iter().chain(more).map(|&arg| arg.to_owned()).collect()
    };
    let typed = run(&args(&["--statement", &text(&paper)]));
    assert_eq!(typed.code, 1);
    assert!(typed.err.contains("nothing was signed"), "{}", typed.err);
    let piped = run(&args(&[]));
    assert!(piped.err.contains("add --yes"), "{}", piped.err);
    assert!(!out.exists());
}

/// A star may have flows of its own; its officers read them by its own files.
#[test]
fn a_flow_of_the_star_is_read_by_the_rules_of_the_star() {
    let desk = Desk::new();
    let folder = desk.file("rules");
    let folder = folder.to_str().unwrap();
    done(&["policy", "export", folder]);
    let file = desk.file("rules/flows/F27.toml");
    let text = fs::read_to_string(&file).unwrap();
    let own = text.replace("zh = \"司法协助查询\"", "zh = \"本网司法查询\"");
    assert_ne!(own, text);
    fs::write(&file, own).unwrap();
    let flows = {
        let files = policies::RuleFiles::gather(|pattern| {
            let read = wire::read_matching(Path::new(folder), pattern)?.into_iter();
            Ok::<_, wire::FolderError>(
                read.map(|file| policies::RuleFile::from(file.into_parts()))
                    .collect(),
            )
        });
        let catalog = catalog::Catalog::builtin().unwrap();
        policies::RuleSet::parse(&files.unwrap(), &catalog).unwrap()
    };
    let digest = flows.flows().flow(&"F27".parse().unwrap()).unwrap().digest;
    let mut answer = statement(|_| {});
    let bytes = BASE64.decode(answer["statement"].as_str().unwrap().as_bytes());
    let mut said = ApprovalStatement::decode(&bytes.unwrap()).unwrap();
    said.flow_digest = digest;
    answer["statement"] = BASE64.encode(&said.encode().unwrap()).into();
    let (by_star, body) = desk.sign_by(&answer, folder);
    assert_eq!((by_star.code, body.is_some()), (0, true), "{}", by_star.err);
    assert!(by_star.out.contains("F27 本网司法查询"), "{}", by_star.out);
    let (builtin, _) = desk.sign(&answer);
    assert!(builtin.out.contains("another version"), "{}", builtin.out);
    let (nowhere, body) = desk.sign_by(&answer, "/nowhere/at/all");
    assert_eq!((nowhere.code, body), (2, None), "{}", nowhere.err);
}
