//! `tianshu audit stats`: the same log always gives the same words, and they are these.

use std::path::Path;

use tempfile::TempDir;

use super::search::{log, log_of};
use super::{done, run};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/stats");

fn at(minute: u64) -> String {
    // A Monday; the counters open at some time in the morning.
    format!(
        "2026-11-23T{:02}:{:02}:00+08:00",
        3 + minute / 60,
        minute % 60
    )
}

fn sheet(minute: u64, rest: &str) -> String {
    format!(r#"{{"v":1,"at":"{}","salt":"00",{rest}}}"#, at(minute))
}

/// Night-time questions, one person again and again, misses, refusals one by one and folded.
fn hub_entries() -> Vec<String> {
    let mut entries = Vec::new();
    let mut minute = 0;
    for n in 0..12_u64 {
        // One of them is named in whichever letters.
        let second = ["a231", "A231"][usize::from(n % 2 == 0)];
        let (node, operator) = [("city", "0317"), ("guoguan", second)][usize::from(n % 3 == 0)];
        let subject = if n < 5 { 1 } else { n };
        let decision = entries.len();
        entries.push(sheet(
            minute,
            &format!(
                r#""kind":"decision","query":"q{n}","who":{{"node":"{node}","operator":"{operator}","counter":"{}"}},"case":{{"number":"C-{n}","flow":"F0{}"}},"subject":"{subject:064x}","asked":["tielu"]"#,
                n % 2, 4 + n % 2
            ),
        ));
        let end = match n % 4 {
            0 => {
                r#""kind":"outcome","nodes":[{"node":"tielu","classes":[{"class":"04","outcome":"no-record"},{"class":"08","outcome":"not-covered"}]}]"#
            }
            1 => {
                r#""kind":"outcome","nodes":[{"node":"tielu","classes":[{"class":"04","outcome":"unavailable","code":"TS-NODE-TIMEOUT"}]}]"#
            }
            2 => {
                r#""kind":"outcome","nodes":[{"node":"tielu","classes":[{"class":"04","outcome":"answered","records":1}]}]"#
            }
            _ => r#""kind":"abandoned","because":"dropped""#,
        };
        entries.push(sheet(
            minute,
            &format!(r#"{end},"query":"q{n}","decision":{decision}"#),
        ));
        minute += 50;
    }
    for code in ["TS-CASE-REPLAYED", "TS-CASE-REPLAYED", "TS-LIMIT-CALLER"] {
        entries.push(sheet(
            minute,
            &format!(
                r#""kind":"refusal","query":"r","code":"{code}","who":{{"node":"city","operator":"0317","counter":"1"}},"flow":"F05","case":"C-1","subject":"""#
            ),
        ));
    }
    entries.push(sheet(
        minute,
        r#""kind":"refusals-folded","code":"TS-LIMIT-CALLER","who":"city","count":40"#,
    ));
    entries
}

/// An agent's own book: cases, one of them never asked about, and a question of another center.
fn agent_entries() -> Vec<String> {
    let case = |minute, case: &str| {
        sheet(
            minute,
            &format!(
                r#""kind":"case-opened","case_no":"{case}","flow":"F05","matter":"02","operator":"0231","counter":"3","system":"s","parties":1"#
            ),
        )
    };
    let answered = |minute, case: &str, lamp: &str| {
        sheet(
            minute,
            &format!(
                r#""kind":"answered","query":"q-{case}","case_no":"{case}","flow":"F05","operator":"0231","counter":"3","lamps":{{"city":"{lamp}"}},"records":0,"decision":{{"log":"hub-1","index":1}}"#
            ),
        )
    };
    let refused = |minute, by: &str, node: &str| {
        sheet(
            minute,
            &format!(
                r#""kind":"refused","query":"q","code":"TS-GUARD-CASE","by":"{by}","node":"{node}","case_no":"GG-3","flow":"F05","operator":"0231""#
            ),
        )
    };
    vec![
        case(400, "GG-1"),
        case(401, "GG-2"),
        case(402, "GG-3"),
        case(403, "GG-4"),
        answered(410, "GG-1", "nothing"),
        answered(411, "GG-2", "not-known"),
        refused(412, "hub", "hub-1"),
        refused(413, "guard", "city"),
        sheet(
            414,
            r#""kind":"served","query":"q-9","node":"city","case_no":"CT-1","flow":"F05","operator":"0317","classes":{}"#,
        ),
    ]
}

fn golden(name: &str, found: &str) {
    let file = Path::new(GOLDEN).join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(GOLDEN).unwrap();
        std::fs::write(&file, found).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, wanted, "rewritten with UPDATE_GOLDEN=1");
}

#[test]
fn a_log_counts_as_these_words_say() {
    let home = TempDir::new().unwrap();
    let hub = log(&home.path().join("hub"), &hub_entries());
    golden("hub.txt", &done(&["audit", "stats", &hub]));
    golden("hub.json", &done(&["audit", "stats", &hub, "--json"]));
    let agent = log_of("guoguan", &home.path().join("agent"), &agent_entries());
    golden("agent.txt", &done(&["audit", "stats", &agent]));
}

#[test]
fn only_what_fits_is_counted_and_a_fault_is_told() {
    let home = TempDir::new().unwrap();
    let hub = log(&home.path().join("hub"), &hub_entries());
    let stats = |args: &[&str]| {
        let said = done(&[&["audit", "stats", &hub, "--json"], args].concat());
        serde_json::from_str::<serde_json::Value>(&said).unwrap()
    };
    let own = stats(&["--center", "guoguan"]);
    assert_eq!(
        (&own["total"]["asks"], &own["total"]["refused"]),
        (&4.into(), &0.into())
    );
    let day = stats(&["--from", "2026-11-23T05:00", "--to", "2026-11-23T06:00"]);
    assert_eq!(day["total"]["asks"], 1, "{day}");
    let most = stats(&["--repeated", "4"]);
    assert_eq!(most["repeated"].as_array().map(Vec::len), Some(0));

    let mut entries = hub_entries();
    entries.push("no entry".to_owned());
    let broken = log(&home.path().join("broken"), &entries);
    let ran = run(&["audit", "stats", &broken]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("complete  NO\nFAULT     entry 28 is none of this"),
        "{ran:?}"
    );
}
