//! `tianshu list verify`: a result table is whole, or it is said what is not.

use std::fs;

use data_encoding::BASE64;
use policies::{CaseSigner, ResultTable};
use ring::digest::{SHA256, digest};
use serde_json::json;
use tempfile::TempDir;

use super::run;

const LINES: &str = "{\"line\":1,\"answer\":{\"lamps\":[]},\"refusal\":null}\n\
    {\"line\":2,\"answer\":null,\"refusal\":{\"code\":\"TS-CASE-SUBJECT\"}}\n";

fn signer() -> CaseSigner {
    let key = CaseSigner::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    CaseSigner::from_pkcs8(&key).unwrap()
}

fn summary(signer: &CaseSigner, lines: &str, change: fn(&mut ResultTable)) -> String {
    let mut table = ResultTable {
        node: "guoguan".into(),
        case_no: "GG-L28".into(),
        flow: "F28".parse().unwrap(),
        lines: 2,
        answered: 1,
        refused: 1,
        not_asked: 0,
        at: time::OffsetDateTime::UNIX_EPOCH,
        sha256: digest(&SHA256, lines.as_bytes())
            .as_ref()
            .try_into()
            .unwrap(),
    };
    change(&mut table);
    let signed = signer.sign_table(&table).unwrap();
    let table = json!({"node": "guoguan", "body": BASE64.encode(&signed.body),
        "signature": BASE64.encode(&signed.signature)});
    json!({"summary": {"of": 2, "table": table}}).to_string() + "\n"
}

#[test]
fn a_table_is_whole_or_it_is_said_what_is_not() {
    let (dir, own, other) = (TempDir::new().unwrap(), signer(), signer());
    let trust = dir.path().join("trust.toml");
    let listed = format!(
        "[[node]]\nid = \"guoguan\"\ncenter_code = \"C11002\"\nzh = \"国管\"\nen = \"g\"\n\
         case_key = \"{}\"\nphone = \"1\"\n",
        own.public_key_hex()
    );
    fs::write(&trust, listed).unwrap();
    let verify = |text: String| {
        let file = dir.path().join("table.ndjson");
        fs::write(&file, text).unwrap();
        let (file, trust) = (file.to_str().unwrap(), trust.to_str().unwrap());
        run(&["list", "verify", file, "--trust", trust])
    };
    let good = summary(&own, LINES, |_| {});
    let ran = verify(format!("{LINES}{good}"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(
        ran.out.contains("2: 1 answered, 1 refused, 0 not asked"),
        "{}",
        ran.out
    );
    let broken = broken(&own, &other, &good);
    for (text, reason) in broken {
        let ran = verify(text);
        assert_eq!(ran.code, 1, "{reason}: {} {}", ran.out, ran.err);
        assert!(ran.out.contains(reason), "{reason}: {}", ran.out);
    }
    for unreadable in [
        String::new(),
        LINES.to_owned(),
        "{\"summary\":{}}".to_owned(),
    ] {
        assert_eq!(verify(unreadable).code, 2);
    }
}

/// Tables that somebody has changed, or that another one has signed.
fn broken(own: &CaseSigner, other: &CaseSigner, good: &str) -> Vec<(String, &'static str)> {
    let (one, two) = LINES.split_at(LINES.find('\n').unwrap() + 1);
    vec![
        (format!("{one}{good}"), "the lines are not those"),
        (format!("{two}{one}{good}"), "the lines are not those"),
        (format!("{LINES}{two}{good}"), "the lines are not those"),
        (
            LINES.replace("lamps", "lamp") + good,
            "the lines are not those",
        ),
        (
            LINES.to_owned() + &summary(other, LINES, |_| {}),
            "signature",
        ),
        (
            LINES.to_owned() + &summary(own, LINES, |table| table.node = "city".into()),
            "another node",
        ),
        (
            LINES.to_owned()
                + &summary(own, LINES, |table| {
                    (table.answered, table.refused) = (2, 0);
                }),
            "the counts are not those",
        ),
        (
            LINES.to_owned() + &summary(own, LINES, |table| table.lines = 3),
            "malformed",
        ),
    ]
}
