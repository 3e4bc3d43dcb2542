//! An auditor searches and counts the logs of a running star, and finds one person by a number that
//! is typed and stands nowhere.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sandbox::world::{Node, sample};
use serde_json::Value;

use super::ground::{Ground, assert_holds, folder, program, words};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_star_is_searched_and_counted() {
    let mut ground = Ground::start("searching").await;
    for id in ["S1", "S6"] {
        assert_holds(&ground.show().sample(id).await);
    }
    let home = ground.star.home();
    let log = home.hub_log();

    let all = searched(&log, &["--limit", "10000"], "");
    let decisions = all["rows"].as_array().expect("is a list").iter();
    let decisions = decisions.filter(|row| row["entry"]["kind"] == "decision");
    let decisions = decisions.count();
    assert!(decisions > 0);
    let stats = stats(&log);
    assert_eq!(stats["total"]["asks"].as_u64(), Some(decisions as u64));
    let agent = home.agent_log(Node::City);
    assert_eq!(searched(&agent, &[], "")["log"], "city");
    assert!(stats_served(&agent) > 0, "the city answered somebody");

    // The same by an index in a folder of the auditor's own.
    let kept = folder("searching-index");
    let _ = std::fs::remove_dir_all(&kept);
    let kept = kept.to_str().expect("is text");
    for query in ["--kind", "--center"] {
        let value = if query == "--kind" {
            "decision"
        } else {
            "guoguan"
        };
        let plain = searched(&log, &[query, value], "");
        let by_index = searched(&log, &[query, value, "--index", kept], "");
        assert_eq!(plain["rows"], by_index["rows"]);
    }

    // One person, by the keys of hub and agents and the number on standard input.
    let party = sample("S1").expect("is planted").cases[0].parties[0];
    let tag_key = home.dir().join("pki/subject-tag.key");
    let pseudonym_key = home.dir().join("hub/keys/pseudonym.key");
    let keys = [
        "--subject",
        "-",
        "--id-type",
        party.id_type,
        "--tag-key",
        tag_key.to_str().expect("is text"),
        "--pseudonym-key",
        pseudonym_key.to_str().expect("is text"),
    ];
    let found = searched(&log, &keys, party.number);
    let rows = found["rows"].as_array().expect("is a list");
    assert!(!rows.is_empty(), "somebody asked about this person");
    let subject = &rows[0]["entry"]["subject"];
    assert!(rows.iter().all(|row| row["entry"]["subject"] == *subject));
    assert!((rows.len() as u64) < all["found"].as_u64().expect("is a number"));
    ground.check().await;
}

/// What a complete search says; the number that was typed stands nowhere in it.
fn searched(log: &Path, args: &[&str], typed: &str) -> Value {
    let mut command = Command::new(program("tianshu"));
    command
        .args(["audit", "search", "--json"])
        .arg(log)
        .args(args);
    let ended = fed(command, typed);
    let words = words(&ended);
    assert_eq!(ended.status.code(), Some(0), "{words}");
    assert!(typed.is_empty() || !words.contains(typed));
    let said: Value = serde_json::from_slice(&ended.stdout).expect("is JSON");
    assert_eq!(said["complete"], true, "{words}");
    said
}

fn stats(log: &Path) -> Value {
    let mut command = Command::new(program("tianshu"));
    command.args(["audit", "stats", "--json"]).arg(log);
    let ended = fed(command, "");
    assert_eq!(ended.status.code(), Some(0), "{}", words(&ended));
    serde_json::from_slice(&ended.stdout).expect("is JSON")
}

fn stats_served(log: &Path) -> u64 {
    stats(log)["total"]["served"].as_u64().expect("is a number")
}

fn fed(mut command: Command, line: &str) -> Output {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut started = command.spawn().expect("the program runs");
    let mut input = started.stdin.take().expect("is a pipe");
    // A program that reads nothing may be gone by now.
    let _ = writeln!(input, "{line}");
    drop(input);
    started.wait_with_output().expect("ends by itself")
}
