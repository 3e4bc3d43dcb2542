//! The logs of a real star on their way to a real receiver: whatever dies, every entry arrives, the
//! auditor's own program proves it, and nothing personal is among what arrived.

mod forwarding;
mod rsyslog;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sandbox::star::{Star, until};
use sandbox::world::Node;

use super::ground::{Ground, folder, program, words};
use super::secrets::Secrets;
use rsyslog::Rsyslogd;

/// Longer than any of it takes; reaching it is a failure.
const ARRIVES: Duration = Duration::from_secs(60);

fn append(file: &Path, table: &str) {
    let mut text = std::fs::read_to_string(file).expect("is there");
    text.push_str(table);
    std::fs::write(file, text).expect("is written");
}

async fn ask(star: &Star, times: u32) {
    let desk = star.desk(Node::City, "0301").expect("has a token");
    for _ in 0..times {
        // While the hub is down a question is refused, which is an entry too.
        let _ = desk.open("CT-S02", "F05").await;
    }
}

/// What the auditor's program says of what was received.
fn check(log: &Path, received: &Path) -> (bool, String) {
    let said = Command::new(program("tianshu"))
        .args(["audit", "export"])
        .arg(log)
        .arg("--check")
        .arg(received)
        .output()
        .expect("tianshu runs");
    (said.status.success(), words(&said))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_of_a_star_arrives_whatever_dies() {
    let mut receiver = Rsyslogd::prepare(&folder("export-receiver"));
    receiver.start().await;
    let star = Ground::prepare("export");
    append(&star.home().hub_config(), &receiver.table("audit.export"));
    append(
        &star.home().agent_config(Node::City),
        &receiver.table("book.export"),
    );
    let mut ground = Ground::on(star);
    ground.star.start().await.expect("the star starts");
    for line in ground.show().refusals().await {
        super::ground::assert_holds(&line);
    }
    ask(&ground.star, 20).await;
    receiver.kill();
    ask(&ground.star, 20).await;
    receiver.start().await;
    super::ground::assert_holds(&ground.show().hub_killed().await);
    receiver.kill();
    ask(&ground.star, 5).await;
    receiver.start().await;

    let home = ground.star.home();
    let (hub, city) = (home.hub_log(), home.agent_log(Node::City));
    for log in [&hub, &city] {
        let arrived = until(ARRIVES, async || {
            let (complete, said) = check(log, &receiver.received());
            (complete && said.contains("not received yet: 0")).then_some(said)
        });
        let said = arrived.await;
        let said = said.unwrap_or_else(|| panic!("{}", check(log, &receiver.received()).1));
        assert!(said.contains("complete"), "{said}");
    }
    let received = std::fs::read(receiver.received()).expect("is there");
    Secrets::of_the_samples().assert_absent("what was exported", &received);
    let text = String::from_utf8(received).expect("is ASCII");
    for kind in [
        "decision",
        "outcome",
        "refusal",
        "attached",
        "case-opened",
        "export-began",
    ] {
        assert!(text.contains(&format!(" - {kind} [tianshu@")), "{kind}");
    }
    found_out(&hub, &receiver, &text);
    // All had arrived over an earlier connection perhaps; the hub comes back after its pause.
    let connected = until(ARRIVES, async || {
        let metrics = ground.star.hub_metrics().await.ok()?;
        metrics
            .contains("hub_export_connected{receiver=\"soc\"} 1")
            .then_some(())
    });
    connected.await.expect("the receiver is connected again");
    ground.check().await;
}

/// A message that is missing, altered or invented is named.
fn found_out(log: &Path, receiver: &Rsyslogd, text: &str) {
    let meddled = receiver.received().with_extension("meddled");
    let is_third = |line: &&str| line.contains("log=\"hub-1\" index=\"3\"");
    let third = text.lines().find(is_third).expect("entry 3 arrived");
    let without: Vec<&str> = text.lines().filter(|line| !is_third(line)).collect();
    let without = without.join("\n");
    let altered = third.replace("\"severity_id\":", "\"severity_id\":1");
    let invented = third.replace("\"index\":3,", "\"index\":99999999,");
    for (text, said) in [
        (without.clone(), "missing: 3 to 3"),
        (
            format!("{without}\n{altered}"),
            "entry 3 was received with another text",
        ),
        (
            format!("{text}\n{invented}"),
            "entry 99999999 was received and is not in the log",
        ),
        (
            format!("{text}\n{}", &third[..third.len() - 9]),
            "holds no whole event",
        ),
    ] {
        std::fs::write(&meddled, text).expect("is written");
        let (complete, told) = check(log, &meddled);
        assert!(!complete && told.contains(said), "{said}: {told}");
    }
}
